#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# "check" finds what no place can carry: what "compile" and "up" would refuse.
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ebt.sh"
t_need_root
t_need unshare setpriv ip
t_ns "$@"
t_tmp
chmod 755 "$T_TMP"
mkdir "$T_TMP/profiles" "$T_TMP/domains"

conf() { # BACKEND
	cat >"$T_TMP/conf" <<-END
		[tapfilter]
		backend = $1
		template-path = $T_TMP/profiles:$TF_TOP/templates
		domain-dir = $T_TMP/domains
		state-dir = $T_TMP/state
	END
}

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

profile() { # NAME ENTRIES [DIRECTORY]
	printf '<FilterPool name="%s" xmlns:tf="urn:tapfilter:1">%s</FilterPool>' \
		"$1" "$2" >"${3:-$T_TMP/profiles}/$1.xml"
}

entry() { # ACTION DIRECTION [CONDITIONS]
	printf '\n<FilterEntry><Action>%s</Action><TrafficType>%s</TrafficType>%s</FilterEntry>' \
		"$1" "$2" "${3:-}"
}

domain() { # FILE PROFILE [PARAMETERS]
	cat >"$T_TMP/domains/$1.xml" <<-END
		<domain type='kvm'><name>$1</name><devices>
		<interface type='bridge'><mac address='52:54:00:00:00:01'/>
		<source bridge='br0'/><target dev='tap0'/>
		<firewall><reference profile='$2' ${3:-}/></firewall>
		</interface></devices></domain>
	END
}

# ends STATUS NAME COMMAND...: what it says on stderr is in $err
ends() {
	want=$1
	name=$2
	shift 2
	rc=0
	err=$("$@" 2>&1 >"$T_TMP/out") || rc=$?
	if [ "$rc" -eq "$want" ]; then
		t_ok "$name"
	else
		t_fail "$name" "wanted status $want, got $rc; stderr: $err"
	fi
}

said() { # NAME PATTERN
	# shellcheck disable=SC2254 # a pattern it is
	case $err in
	$2) t_ok "$1" ;;
	*) t_fail "$1" "$err" ;;
	esac
}

# as_compile NAME FILE: "check" of a domain says what "compile" does
as_compile() {
	as_status=0
	as=$(tf compile --domain "$2" 2>&1 >"$T_TMP/out") || as_status=$?
	ends "$as_status" "$1: check ends as compile does" tf check "$2"
	t_is "$1: check says what compile does" "$as" "$err"
}

conf auto
profile told "$(entry REJECT incoming)"
domain told told
ends 1 "check of a profile that no place can carry" \
	tf check "$T_TMP/profiles/told.xml"
said "says which entry, and why" "$T_TMP/profiles/told.xml:2: profile 'told' has no place with \
backend = auto: nft netdev cannot carry REJECT of incoming frames; *"
as_compile "such a profile" "$T_TMP/domains/told.xml"
ends 1 "check of everything" tf check
t_is "counts both" "$(($(find "$TF_TOP/templates" -name '*.xml' | wc -l) + 2)) \
files checked, 2 with faults" "$(cat "$T_TMP/out")"
profile outer "<reference profile='told'/>"
ends 1 "check of a profile that references it" \
	tf check "$T_TMP/profiles/outer.xml"
said "says which is the one" "*told.xml:2: *"
ends 1 "check by somebody who is not root" \
	setpriv --reuid=64801 --regid=64801 --clear-groups \
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" check \
	"$T_TMP/profiles/told.xml"
said "says the same" "*told.xml:2: profile 'told' has no place *"
rm "$T_TMP"/profiles/* "$T_TMP"/domains/*
profile told "$(entry REJECT incoming)" "$T_TMP"
ends 1 "create of such a profile" tf create "$T_TMP/told.xml"
said "says what check does" "$T_TMP/told.xml:2: profile 'told' has no place *"
t_is "and there is none" "" "$(ls "$T_TMP/profiles")"

# What only the other backend can carry: the fault of a domain that uses it
conf xtables
ends 0 "shipped profiles are no fault of a host with xtables" tf check
said "but it is told which cannot be used" "*VM-specific-layer3.xml:*\
profile 'VM-specific-layer3' has no place with backend = xtables: *"
ends 1 "that one by its name" tf check "$TF_TOP/templates/VM-specific-layer3.xml"
domain web VM-specific-layer3 "ip_address='10.0.0.1'"
as_compile "a domain that uses it" "$T_TMP/domains/web.xml"
ends 1 "check of everything then" tf check
conf nft
as_compile "with the other backend" "$T_TMP/domains/web.xml"
ends 0 "check of everything then" tf check
rm "$T_TMP/domains/web.xml"

# Whatever stands for parameters does not matter
profile params "
$(entry ACCEPT outgoing '<Hdr8021Filter><HdrSrcMACAddr8021>THIS_MAC THIS_A</HdrSrcMACAddr8021></Hdr8021Filter>')
$(entry ACCEPT outgoing '<Hdr8021Filter><HdrDestMACAddr8021>THIS_A</HdrDestMACAddr8021><HdrDestMACMask8021>THIS_B</HdrDestMACMask8021><HdrProtocolID8021>THIS_C</HdrProtocolID8021></Hdr8021Filter>')
$(entry ACCEPT outgoing '<Hdr8021Filter><HdrVLANID8021>THIS_D</HdrVLANID8021></Hdr8021Filter>')
$(entry ACCEPT outgoing '<ARPFilter><OPCode>THIS_E</OPCode><SrcIPAddr>THIS_IP</SrcIPAddr></ARPFilter>')
$(entry ACCEPT outgoing '<IPHeadersFilter><HdrSrcAddress>THIS_F</HdrSrcAddress></IPHeadersFilter>')
$(entry ACCEPT outgoing '<IPHeadersFilter><HdrSrcAddress>THIS_IP</HdrSrcAddress><HdrSrcMask>THIS_G</HdrSrcMask><HdrProtocolID>udp</HdrProtocolID><HdrSrcPortStart>THIS_H</HdrSrcPortStart><HdrSrcPortEnd>9</HdrSrcPortEnd><HdrDestPortStart>3</HdrDestPortStart><HdrDestPortEnd>THIS_I</HdrDestPortEnd></IPHeadersFilter>')
$(entry ACCEPT outgoing '<IPHeadersFilter><HdrIPVersion>4</HdrIPVersion><HdrProtocolID>tcp</HdrProtocolID><HdrSrcPortStart>THIS_H</HdrSrcPortStart><HdrSrcPortEnd>THIS_I</HdrSrcPortEnd></IPHeadersFilter>')
$(entry DROP outgoing)"
ends 0 "check of a profile with parameters of all kinds" \
	tf check "$T_TMP/profiles/params.xml"
t_is "says nothing" "" "$err"
conf xtables
ends 0 "the same with xtables" tf check "$T_TMP/profiles/params.xml"
t_is "says nothing then" "" "$err"
conf nft

# What this host lacks counts where the bridge of the domain is here.
profile asks "<reference profile='no-mac-spoofing'/><reference profile='no-ip-spoofing'/>
$(entry ACCEPT incoming '<IPHeadersFilter><HdrIPVersion>4</HdrIPVersion></IPHeadersFilter><tf:State>established</tf:State>')
$(entry DROP incoming)"
domain asks asks "ip_address='10.0.0.1'"
ends 0 "a bridge that is not there" tf check "$T_TMP/domains/asks.xml"
ends 1 "compile, which is about this host" tf compile \
	--domain "$T_TMP/domains/asks.xml"
ip link add br0 type bridge nf_call_iptables 0 nf_call_ip6tables 0
as_compile "a bridge that is there" "$T_TMP/domains/asks.xml"
sed -i "s|<source bridge='br0'/>||; s|type='bridge'|type='ethernet'|" \
	"$T_TMP/domains/asks.xml"
as_compile "no bridge" "$T_TMP/domains/asks.xml"
said "no bridge: says so" "*needs a bridge, and the interface has none*"

# iptables and ip6tables each count for themselves
profile shared "$(entry ACCEPT outgoing '<IPHeadersFilter><HdrProtocolID>udp</HdrProtocolID></IPHeadersFilter><tf:Limit rate="9/second"/>')
$(entry DROP outgoing)"
domain shared shared
conf xtables
as_compile "a limit of IPv4 and IPv6" "$T_TMP/domains/shared.xml"
said "a limit of IPv4 and IPv6: says so" "$T_TMP/profiles/shared.xml:2: *\
iptables cannot carry a limit that IPv4 and IPv6 share (write an entry for each \
HdrIPVersion); backend = nft can carry it"
rm "$T_TMP"/domains/*

# What "ebtables" is on this host; its kernel need not have it
if command -v ebtables-legacy >/dev/null && ! [ -L "$(command -v ebtables-legacy)" ]; then
	profile tag "$(entry ACCEPT outgoing '<Hdr8021Filter><HdrVLANID8021>5</HdrVLANID8021></Hdr8021Filter>')
$(entry DROP outgoing)"
	domain tag tag
	conf xtables
	ebt_own
	for variant in nft legacy; do
		ln -sf "/usr/sbin/ebtables-$variant" /etc/alternatives/ebtables
		as_compile "ebtables-$variant" "$T_TMP/domains/tag.xml"
	done
	said "of ebtables-legacy" "$T_TMP/profiles/tag.xml:2: *ebtables cannot \
carry the difference between tags of type 0x8100 and 0x88a8 *; *"
	profile tag "$(entry DROP outgoing '<Hdr8021Filter><HdrVLANID8021>5</HdrVLANID8021></Hdr8021Filter>')"
	ends 0 "what drops more" tf check "$T_TMP/domains/tag.xml"
else
	t_skip "ebtables-legacy" "it is not installed"
fi
t_done
