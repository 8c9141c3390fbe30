#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# show: the rules of a tap, what they met, and what was dropped by class.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/json.sh"
t_ns "$@"
t_need "$PYTHON"
up_setup
cat >"$T_TMP/profiles/no-web.xml" <<'EOF'
<FilterPool name='no-web'>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
    <IPHeadersFilter>
      <HdrProtocolID>tcp</HdrProtocolID>
      <HdrDestPortStart>80</HdrDestPortStart>
    </IPHeadersFilter>
  </FilterEntry>
</FilterPool>
EOF
sed -i "s|^template-path = .*|&:$TF_TOP/templates|" "$T_TMP/conf"
# What looks at IPv6, ebtables leaves to ip6tables.
! with xtables || place_shown

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

# class CLASS [DIRECTION]: packets and bytes that show tells of it
class() {
	tf show tap0 | sed -n "s/^$1  *${2:-out}  *//p" | tr -s ' '
}

# ---- what stands where -----------------------------------------------------------
t_is "no tap: usage" 2 "$(tf show >/dev/null 2>&1; echo $?)"
t_is "SECONDS must be some: usage" 2 "$(
	tf show --watch=0 tap0 >/dev/null 2>&1; echo $?)"
t_is "a tap in no bridge" 1 "$(tf show tap0 >/dev/null 2>&1; echo $?)"
ip link set tap0 master br0
t_is "a tap that was never brought up" 1 "$(
	tf show tap0 2>"$T_TMP/err"; echo $?)"
t_true "it is said what to do" grep -q 'tapfilter up tap0' "$T_TMP/err"
ip link set tap0 nomaster

helper up tap0
probe tap0 "$OTHER" >"$T_TMP/out"
# Others have a profile more.
[ -n "${TF_PLACES:-}" ] || t_is "the whole text" "tap0: filtered, in br0, $GUEST of guest-tap0

own-mac (nft netdev)
 own-mac:2 out accept eth.src=$GUEST
 own-mac:8 out drop

DROPPED PACKETS BYTES
mac out 1 46" "$(tf show tap0 | tr -s ' ')"
t_true "with counters" sh -c "
	'$TF_BUILD/tapfilter' --config '$T_TMP/conf' show --counters tap0 |
	grep -q '^  *1  *46  own-mac:8 out drop\$'"
tf show --json tap0 >"$T_TMP/json"
t_json "show --json is as its schema says" show "$T_TMP/json"
t_is "its figures" "own-mac mac 1 46 1 46" "$("$PYTHON" - "$T_TMP/json" <<-'END'
	import json, sys
	tap = json.load(open(sys.argv[1]))
	rule = tap["profiles"][0]["rules"][1]
	mac = [d for d in tap["dropped"]
	       if (d["class"], d["direction"]) == ("mac", "out")]
	print(tap["profiles"][0]["name"], rule["class"], rule["packets"],
	      rule["bytes"], *[n for d in mac
	                       for n in (d["packets"], d["bytes"])])
	END
)"

# ---- after a replacement --------------------------------------------------------------
# counted: packets and bytes of the last entry of own-mac
counted() {
	tf show --counters tap0 | sed -n 's/^  *\([0-9]*\)  *\([0-9]*\)  own-mac:8 .*/\1 \2/p'
}
tf reload tap0
t_is "a rule that is the same counts on" "1 46" "$(counted)"
probe tap0 "$OTHER" >"$T_TMP/out"
t_is "and on" "2 92" "$(counted)"
up_domain tap0 br0 no-multicast own-mac
tf reload tap0
if place_can counting; then
	t_is "also beside others" "2 92" "$(counted)"
else
	t_is "beside others: zero" "0 0" "$(counted)"
	probe tap0 "$OTHER" >"$T_TMP/out"
	t_is "it counts from there" "1 46" "$(counted)"
fi
sed -i 's/^  <FilterEntry>/\n&/' "$T_TMP/profiles/own-mac.xml"
tf reload tap0
t_is "an entry that moved begins at zero" "" "$(counted)"
up_profile own-mac THIS_MAC
up_domain tap0 br0 own-mac
tf reload tap0
t_is "so does one that was not there" "0 0" "$(counted)"
probe tap0 "$OTHER" >"$T_TMP/out"
helper down tap0
helper up tap0
t_is "after down and up: zero" "0 0" "$(counted)"
probe tap0 "$OTHER" >"$T_TMP/out"
ip link del tap0
ip tuntap add tap0 mode tap
helper up tap0
t_is "another device of the name: zero" "0 0" "$(counted)"
probe tap0 "$OTHER" >"$T_TMP/out"

# ---- again and again --------------------------------------------------------------
# The pipe ends it: show finds nobody who reads.
t_is "--watch prints again, without a terminal as lines" "tap0: tap0:" \
	"$(tf show --watch=1 tap0 | grep --line-buffered -o '^tap0:' | head -n 2 |
	tr '\n' ' ' | sed 's/ $//')"
tf show --json --watch=1 tap0 2>/dev/null | head -n 2 >"$T_TMP/json"
t_json_lines "--json --watch: a value a line" show "$T_TMP/json"
tf show --watch=1 tap0 >"$T_TMP/out" 2>&1 &
pid=$!
helper down tap0
rc=0
wait "$pid" || rc=$?
t_is "--watch ends with the tap" 1 "$rc"

# No class hangs on tf:State.
! with state || t_done

# ---- classes, with real frames ------------------------------------------------------
# dropped CLASS PROFILE FRAME [PARAMETERS]: a frame of the table of selftest is
# dropped, and is of that class
dropped() {
	sed "s|<reference .*/>|<reference profile='$2' ${4:-}/>|" \
		"$T_TMP/domain" >"$T_TMP/domains/of-tap0.xml"
	helper down tap0 # all counters at zero
	if ! helper up tap0 >"$T_TMP/out" 2>&1; then
		t_fail "$1: $3, $2" "$(cat "$T_TMP/out")"
		return
	fi
	"$TF_BUILD/test/netns/tap_frame" tap0 p1 "$3" >"$T_TMP/out" 2>&1 &
	pid=$!
	i=0
	seen=
	while [ -z "$seen" ] && [ "$i" -lt 100 ]; do
		[ "$i" -eq 0 ] || sleep 0.02
		i=$((i + 1))
		seen=$(tf show tap0 | sed '1,/^DROPPED/d' |
			awk '$3 != 0 { print $1 }')
	done
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	t_is "$1: $3, $2" "$1" "$seen$(cat "$T_TMP/out")"
}
up_domain tap0 br0 own-mac
# The guest of that table
sed 's/52:54:00:00:00:01/52:54:00:ad:be:01/' "$T_TMP/domains/of-tap0.xml" \
	>"$T_TMP/domain"
ip4="ip_address='10.0.0.1'"
ip6="ipv6_address='2001:db8::1'"
dropped mac no-mac-spoofing unknown-type-other-mac
dropped mac own-mac unknown-type-other-mac
dropped vlan no-mac-spoofing three-tags-unknown-type
dropped ethertype ethernet-only unknown-type
dropped ethertype ipv4-only ping6
dropped ethertype ipv4-only tcp6-in
dropped other generic-layer2 ipv4-other-mac "$ip4"
dropped arp no-arp-spoofing arp-reply-other-ip "$ip4"
dropped ip no-ip-spoofing udp-other-ip "$ip4"
dropped ip no-ipv6-spoofing udp6-other-ip "$ip6"
dropped nd no-ipv6-spoofing na-other "$ip6"
dropped ra no-router-advertisement ra
dropped fragment no-dhcp-server udp-fragment-without-ports
dropped icmp no-router-advertisement icmp-redirect
dropped igmp no-router-advertisement igmp-query
dropped dhcp no-dhcp-server dhcp-offer
dropped dhcp no-dhcp-server dhcp6-advertise
dropped broadcast no-broadcast udp-broadcast
dropped broadcast no-broadcast udp-broadcast-in
dropped multicast no-multicast mdns
dropped multicast no-multicast mdns-in
dropped port no-web tcp
# Several profiles in one list of kernel rules
dropped mac clean-traffic ipv4-other-mac "$ip4"
dropped arp clean-traffic arp-reply-other-ip "$ip4"
dropped ip clean-traffic udp-other-ip "$ip4"
dropped dhcp clean-traffic dhcp-offer "$ip4"
dropped ethertype clean-traffic udp6 "$ip4"
dropped ip clean-traffic-dual-stack udp6-other-ip "$ip4 $ip6"
dropped nd clean-traffic-dual-stack na-other "$ip4 $ip6"
dropped ra clean-traffic-dual-stack ra "$ip4 $ip6"
t_done
