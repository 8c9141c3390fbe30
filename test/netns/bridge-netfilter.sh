#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bridge-netfilter = keep or on: who switches on a bridge's own setting, when,
# and of which IP version; that no other setting changes, and what the frames
# make of it.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
t_ns "$@"
t_need unshare ip bridge sysctl iptables-legacy ip6tables-legacy ebtables nft
t_need_root
t_tmp
ipt_bridge 3
for i in ip ip6; do
	sysctl -qw "net.bridge.bridge-nf-call-${i}tables=0"
done
ip link set br0 type bridge nf_call_iptables 0 nf_call_ip6tables 0
ip link add br1 type bridge mcast_snooping 0
ip link set br1 address 52:54:00:00:00:0a up
ipt_conf xtables
ipt_entries | ipt_profile state
# ebtables does not look at ports of IPv6
ipt_entry DROP incoming '' tcp 23 6 | ipt_profile no-telnet6

# calls BRIDGE: its own settings, and those of everybody
calls() {
	ip -d link show "$1" | grep -o 'nf_call_ip6\{0,1\}tables [01]' |
		sed 's/.* //' | tr -d '\n'
	for calls_i in ip ip6; do
		printf ' %s' "$(sysctl -n "net.bridge.bridge-nf-call-${calls_i}tables")"
	done
}

off() {
	ip link set "$1" type bridge nf_call_iptables 0 nf_call_ip6tables 0
}

said() {
	{ helper "$@" >/dev/null; } 2>&1
}

# refused NAME PATTERN COMMAND...: and nothing is changed
refused() {
	r_name=$1 r_what=$2
	shift 2
	state >"$T_TMP/before"
	said "$@" >"$T_TMP/err"
	t_true "$r_name" grep -q "$r_what" "$T_TMP/err"
	state >"$T_TMP/after"
	t_true "$r_name: nothing is changed" cmp "$T_TMP/before" "$T_TMP/after"
}

state() {
	calls br0
	calls br1
	tables
	ebtables-save | sed 's/^#.*//'
	nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//'
	bridge -d link
}

# What the profile "state" lets through to guest 1, and what not
policy() {
	unlock
	packets <<END
1>2 tcp 1.1$1 2.80 S pass $2: the guest begins a connection
2>1 tcp 2.80 1.1$1 SA pass $2: the other answers
2>1 tcp 2.3$1 1.80 S drop $2: another begins one that it may not
2>1 tcp 2.4$1 1.22 S pass $2: another begins one that it may
2>1 tcp 2.80 1.2$1 SA drop $2: half-open scan
END
}

closed() {
	unlock
	packets <<END
1>2 tcp 1.1$1 2.80 S drop $2: closed from the guest
2>1 tcp 2.4$1 1.22 S drop $2: closed to the guest
1>2 udp6 1.1000 2.53 pass $2: not for IPv6
END
}

# ---- keep ---------------------------------------------------------------------
ipt_domain 1 br0 no-mac-spoofing no-ip-spoofing state
refused "keep is the default" '^tapfilter-helper: tap1: the bridge br0 does not hand IPv4 packets to iptables, .*"bridge-netfilter = on".* nf_call_iptables 1$' \
	up --no-link tap1
ipt_conf xtables "bridge-netfilter = keep"
refused "keep" '"bridge-netfilter = on"' up --no-link tap1

# ---- on -----------------------------------------------------------------------
ipt_conf xtables "bridge-netfilter = on"
state >"$T_TMP/before"
t_is "compile says where it would be" iptables "$(tf compile tap1 2>/dev/null |
	sed -n '/^# profile state/s/.*(\([^)]*\)).*/\1/p')"
state >"$T_TMP/after"
t_true "and changes nothing" cmp "$T_TMP/before" "$T_TMP/after"
ip addr add 10.0.0.9/24 dev br0
refused "a bridge with an address" 'the host has an IPv4 address on the bridge br0,.* which a profile needs; backend = nft can carry it$' \
	up --no-link tap1
# hints: "compile" tells of the other backend only if that can do it now
{
	ipt_entry ACCEPT incoming |
		sed 's|</FilterEntry>|<tf:ConnLimit max="1"/>&|'
	ipt_entry DROP incoming
} | ipt_profile few
ipt_domain 2 br0 no-mac-spoofing no-ip-spoofing few
t_true "compile and check say so, too" sh -c '[ "$1" = "$2" ] &&
	echo "$1" | grep -q "few.xml:[0-9]*: .*iptables needs a bridge on which the host has no address"' \
	sh "$(tf compile tap2 2>&1)" \
	"$(tf check "$T_TMP/domains/guest2.xml" 2>&1 >/dev/null)"
tf compile --backend nft tap2 >/dev/null 2>&1 ||
	refused "a bridge with an address, and what nft cannot carry" \
		'the host has an IPv4 address on the bridge br0,.* which a profile needs$' \
		up --no-link tap2
hint() { # NAME WANT BACKEND PATTERN
	if tf compile --backend "$3" tap2 >/dev/null 2>&1; then
		t_skip "$1" "this kernel has a place for it"
		return
	fi
	t_is "$1" "$2" "$(tf compile --backend "$3" tap2 2>&1 |
		sed -n "s/.*$4.*\(backend = [^ ]* can carry it\)$/\1/p")"
}
hint "no hint where the host has an address" "" nft tf:ConnLimit
ip addr flush dev br0
hint "a hint to xtables" "backend = xtables can carry it" nft tf:ConnLimit
ipt_conf nft
hint "no hint where the bridge hands nothing over" "" nft tf:ConnLimit
ipt_conf xtables "bridge-netfilter = on"
sed "s|<source bridge='br0'/>||" "$T_TMP/domains/guest2.xml" >"$T_TMP/none.xml"
t_true "in no bridge" grep -q target "$T_TMP/none.xml"
mv "$T_TMP/none.xml" "$T_TMP/domains/guest2.xml"
hint "no hint to xtables where there is no bridge" "" nft tf:ConnLimit
ipt_domain 2 br0 VM-specific-layer3
sed -i "s/VM-specific-layer3'/& ip_address='10.0.0.2'/" "$T_TMP/domains/guest2.xml"
hint "a hint to nft" "backend = nft can carry it" xtables ip.frag
rm "$T_TMP/domains/guest2.xml"
t_true "up" helper up tap1
t_is "for IPv4 alone" "10 0 0" "$(calls br0)"
t_is "of this bridge alone" "00 0 0" "$(calls br1)"
policy 001 "up"
bridge link set dev tap1 locked on
t_true "verify" tf verify tap1

off br0
closed 002 "switched off"
t_is "verify finds it" "4 the bridge br0 does not hand IPv4 packets over" "$(
	tf verify tap1 >"$T_TMP/out" 2>&1; echo $?) $(
	grep -o 'the bridge br0 does not hand IPv4 packets over' "$T_TMP/out")"
bridge link set dev tap1 locked on
t_true "verify --repair" tf verify --repair tap1
t_is "switches it on" "10 0 0" "$(calls br0)"
policy 003 "repaired"
off br0
t_true "restore" helper restore
t_is "switches it on, too" "10 0 0" "$(calls br0)"
off br0
t_true "reload" helper reload tap1
t_is "so does that" "10 0 0" "$(calls br0)"

ipt_domain 1 br0 no-mac-spoofing no-ip-spoofing state no-telnet6
t_true "a profile of IPv6" helper reload tap1
t_is "for both" "11 0 0" "$(calls br0)"
unlock
packets <<'END'
2>1 tcp6 2.3000 1.23 S drop IPv6: to the port that is closed
2>1 tcp6 2.3000 1.24 S pass IPv6: to another
END
ip link set tap1 master br1
t_true "reload where it was moved to" helper reload tap1
t_is "of that bridge" "11 0 0" "$(calls br1)"
t_true "down" helper down tap1
t_is "down leaves it on" "11 0 0" "$(calls br0)"

# ---- what others than up do -----------------------------------------------------
off br0
off br1
ip link set tap1 master br1 up
ipt_domain 1 br1 no-mac-spoofing no-ip-spoofing state
t_true "up --no-link" helper up --no-link tap1
t_is "of its bridge" "10 0 0" "$(calls br1)"
t_is "and no other" "00 0 0" "$(calls br0)"
t_true "down --no-link" helper down --no-link tap1
ip link set tap1 master br0 up
off br1
hook() {
	sed 's,<name>.*</name>,&<metadata>\
<tf:firewall xmlns:tf="urn:tapfilter:1"><tf:interface target="tap1">\
<tf:reference profile="no-mac-spoofing"/>\
<tf:reference profile="no-ip-spoofing" ip_address="10.0.0.1"/>\
<tf:reference profile="state"/></tf:interface></tf:firewall></metadata>,' |
		helper hook qemu guest1 "$@" -
}
ipt_domain 1 br0
t_true "the hook, as libvirt calls it" hook start begin \
	<"$T_TMP/domains/guest1.xml"
t_is "switches it on" "10 0 0" "$(calls br0)"
policy 004 "hook"
t_true "the guest ends" hook stopped end <"$T_TMP/domains/guest1.xml"
off br0

# The bridge's own address: no port can be the guest's.
ip link set br0 address 52:54:00:00:00:01
ipt_domain 1 br0 no-mac-spoofing no-ip-spoofing state
t_false "an up that fails at the link" helper up tap1
t_is "leaves it on" "10 0 0" "$(calls br0)"
t_is "and the tap closed" "" "$(ip link show tap1 up; tables | grep tap1)"
ip link set br0 address 52:54:00:00:00:09
off br0

# ---- without br_netfilter -------------------------------------------------------
# What it makes cannot be taken away, but hidden.
unloaded() {
	unshare -m sh -c 'mount -t tmpfs none /proc/sys/net && exec "$@"' sh \
		"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" "$@"
}
for i in xtables nft; do
	ipt_conf $i "bridge-netfilter = on"
	unloaded up tap1 2>"$T_TMP/err"
	t_true "$i: the missing module is named" grep -q \
		'kernel module br_netfilter.*modprobe br_netfilter' \
		"$T_TMP/err"
	t_is "$i: nothing is changed" "00 0 0" "$(calls br0; tables | grep tap1)"
done

# ---- marks ------------------------------------------------------------------------
ipt_conf nft
t_true "nft: keep is an error" grep -q \
	'nft bridge with marks needs a bridge that .*(bridge-netfilter = on in' <<END
$(said up tap1)
END
ipt_conf nft "bridge-netfilter = on"
ip addr add 10.0.0.9/24 dev br0
t_true "nft: up, also of a bridge with an address" helper up tap1
ip addr flush dev br0
t_is "nft: for both, since what has no state is dropped" "11 0 0" \
	"$(calls br0)"
policy 005 "nft"
off br0
closed6() {
	unlock
	packets <<END
1>2 tcp 1.1$1 2.80 S drop $2: closed from the guest
2>1 tcp 2.4$1 1.22 S drop $2: closed to the guest
END
}
closed6 006 "nft, switched off"
bridge link set dev tap1 locked on
t_is "nft: verify finds it" 4 "$(tf verify tap1 >/dev/null 2>&1; echo $?)"
t_true "nft: verify --repair" tf verify --repair tap1
t_is "nft: switches it on" "11 0 0" "$(calls br0)"
policy 007 "nft, repaired"
t_true "nft: down" helper down tap1
t_done
