#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# <port isolated='yes'/>: two such ports of a bridge cannot talk to each other,
# all others can.
#
# Runs also with: xtables ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
t_need strace
up_setup
for tap in tap1 plain0 plain1; do
	ip tuntap add "$tap" mode tap
done

# All taps send frames with the same address: none may be locked to it.
cat >"$T_TMP/profiles/not-other.xml" <<END
<FilterPool name='not-other'>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
    <Hdr8021Filter>
      <HdrSrcMACAddr8021>$OTHER</HdrSrcMACAddr8021>
    </Hdr8021Filter>
  </FilterEntry>
</FilterPool>
END

# domain TAP BRIDGE PORT [REFERENCE...]: PORT is yes, no, or - for no <port>
domain() {
	d_tap=$1 d_bridge=$2 d_port=$3
	shift 3
	up_domain "$d_tap" "$d_bridge" "$@"
	[ "$d_port" = - ] || sed -i \
		"s|</interface>|<port isolated='$d_port'/></interface>|" \
		"$T_TMP/domains/of-$d_tap.xml"
}

reach() {
	"$TF_BUILD/test/netns/tap_reach" "$1" "$2" plain1 "$GUEST"
}

isolated() {
	bridge -d link show dev "$1" | grep -o ' isolated [^ ]*' | xargs
}

for tap in tap0 tap1; do
	domain "$tap" br0 yes not-other
done
domain plain0 br0 no not-other
domain plain1 br0 - not-other
for tap in tap0 tap1 plain0 plain1; do
	t_true "up $tap" helper up "$tap"
done
t_is "the flags" "isolated on, isolated on, isolated off, isolated off" \
	"$(isolated tap0), $(isolated tap1), $(isolated plain0), $(isolated plain1)"
t_is "two isolated ports" "no no" "$(reach tap0 tap1) $(reach tap1 tap0)"
t_is "an isolated one and another" "yes yes" \
	"$(reach tap0 plain0) $(reach plain0 tap0)"
t_is "a frame of the guest to the world" pass "$(probe tap0 "$GUEST")"
t_is "and one with another address" drop "$(probe tap0 "$OTHER")"

# ---- a replacement -------------------------------------------------------
for port in no -; do
	domain tap0 br0 $port not-other
	t_true "replaced by $port" helper up tap0
	t_is "replaced by $port: flag" "isolated off" "$(isolated tap0)"
	t_is "replaced by $port: frames" "yes yes" \
		"$(reach tap0 tap1) $(reach tap1 tap0)"
	domain tap0 br0 yes not-other
	t_true "and on again" helper up tap0
	t_is "and on again: frames" "no no" \
		"$(reach tap0 tap1) $(reach tap1 tap0)"
done
t_true "the same once more" helper up tap0
t_is "the same once more: flag" "isolated on" "$(isolated tap0)"

# ---- without references, and without rules before ------------------------
domain tap0 br0 yes
t_true "nothing referenced" helper up tap0
t_is "nothing referenced: frames" "no yes" \
	"$(reach tap0 tap1) $(reach tap0 plain0)"
helper down tap0
t_true "nothing referenced from the start" helper up tap0
t_is "nothing referenced from the start: frames" "no yes" \
	"$(reach tap0 tap1) $(reach tap0 plain0)"
domain tap0 br0 -
t_true "nothing referenced, no longer isolated" helper up tap0
t_is "nothing referenced, no longer isolated: frames" yes \
	"$(reach tap0 tap1)"
helper down tap0
ip link set tap0 master br0 up
bridge link set dev tap0 isolated on
domain tap0 br0 no not-other
t_true "somebody else has isolated it" helper up tap0
t_is "somebody else has isolated it: frames" yes "$(reach tap0 tap1)"

# ---- another bridge ------------------------------------------------------
domain tap0 br0 yes not-other
helper up tap0
ip link add br1 type bridge
ip link set br1 up
domain tap0 br1 yes not-other
t_true "another bridge" helper up tap0
t_is "another bridge: port" "br1 isolated on" "$(port_of tap0) $(isolated tap0)"
domain tap0 br0 no not-other
t_true "and back, not isolated" helper up tap0
t_is "and back, not isolated: port" "br0 isolated off" \
	"$(port_of tap0) $(isolated tap0)"

# ---- what fails ----------------------------------------------------------
# A replacement that cannot be recorded, when the link has been changed.  No
# index is written where the domain is named.
for was in yes no; do
	domain tap0 br0 $was not-other
	helper up tap0
	before=$(isolated tap0)
	if [ $was = yes ]; then other=no; else other=yes; fi
	domain tap0 br0 $other not-other
	t_false "fails after the link: from $was to $other" \
		strace -o /dev/null -e 'trace=/^renameat' \
		-e 'inject=/^renameat:error=ENOSPC' \
		"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" up \
		--domain "$T_TMP/domains/of-tap0.xml" tap0
	t_is "fails after the link: what was is put back" "$before" \
		"$(isolated tap0)"
done
helper down tap0
domain tap0 "" yes not-other
said=$(helper up tap0 2>&1)
rc=$?
want="tap0 is to be an isolated port, but is not to be the port of any bridge"
! with xtables || want='tap0 is to be the port of no Linux bridge, but a profile of it needs one; backend = nft can carry it without'
want="tapfilter-helper: $want"
! with ingress || want="$T_TMP/profiles/incoming.xml:2: profile 'incoming' has \
no place with backend = auto: nft netdev needs the netdev egress hook (Linux \
5.16 and CONFIG_NETFILTER_EGRESS); nft bridge and ingress needs a bridge"
t_is "no bridge to be isolated in" "status 1, down: $want" \
	"status $rc, $(flags tap0): ${said%%, and the interface has none*}"
domain tap0 br0 maybe not-other
said=$(helper up tap0 2>&1)
t_is "neither yes nor no" "status 1, down: \
$T_TMP/domains/of-tap0.xml:1: isolated='maybe' in <port>: must be 'yes' or 'no'" \
	"status $?, $(flags tap0): $said"
domain tap0 br0 yes not-other
if place_can bridgeless; then
	t_true "--no-link" helper up --no-link tap0
	t_is "--no-link: left alone" "down  " \
		"$(flags tap0) $(port_of tap0) $(isolated tap0)"
fi
t_done
