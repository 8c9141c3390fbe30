#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kernel without the netdev egress hook: what comes to a guest is filtered by
# chains of the bridge family.  This kernel has the hook; no_egress takes it from
# all that runs here.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
[ -n "${TF_NO_EGRESS:-}" ] ||
	TF_NO_EGRESS=1 exec "$TF_BUILD/test/netns/no_egress" "$0" "$@"
t_ns "$@"
t_need strace sysctl
up_setup
THIRD=52:54:00:00:00:08
PLACE="nft bridge and ingress"
HEAR=$TF_BUILD/test/netns/tap_hear

# reassembly 0|1: the bridges of this namespace show packets to iptables
reassembly() {
	for r_i in iptables ip6tables; do
		r_file=/proc/sys/net/bridge/bridge-nf-call-$r_i
		[ ! -e "$r_file" ] || echo "$1" >"$r_file"
	done
}

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

# hear MAC [VLAN]: what becomes of a frame to the guest
hear() {
	"$HEAR" tap0 p1 "$@"
}

# both: what becomes of a foreign frame to the guest, and of another; then of
# one that it forges, and of its own
both() {
	echo "$(hear "$OTHER") $(hear "$THIRD")" \
		"$(probe tap0 "$OTHER") $(probe tap0 "$GUEST")"
}

tables() {
	nft list tables | sort | tr '\n' ' '
}

# says NAME PATTERN: that is on standard error
says() {
	t_true "$1" grep -q -- "$2" "$T_TMP/err"
}

# profile NAME CONDITION [CONDITION]: frames to the guest that meet them are
# dropped
profile() {
	cat >"$T_TMP/profiles/$1.xml" <<-EOF
	<FilterPool name='$1' xmlns:tf='urn:tapfilter:1'>
	  <FilterEntry>
	    <Action>DROP</Action> <TrafficType>incoming</TrafficType>
	    $2 ${3:-}
	  </FilterEntry>
	</FilterPool>
	EOF
}
profile not-other \
	"<Hdr8021Filter><HdrSrcMACAddr8021>$OTHER</HdrSrcMACAddr8021></Hdr8021Filter>"
profile no-stp \
	"<Hdr8021Filter><HdrDestMACAddr8021>01:80:c2:00:00:00</HdrDestMACAddr8021></Hdr8021Filter>"
profile no-fragments \
	"<IPHeadersFilter><HdrIPVersion>4</HdrIPVersion><tf:Fragment>later</tf:Fragment></IPHeadersFilter>"
reassembly 0
up_domain tap0 br0 own-mac not-other

# ---- the kernel is asked, and once ----------------------------------------
t_false "(an egress chain is refused here)" \
	nft "add table netdev x; add chain netdev x y { type filter hook egress device lo priority 0; }"
nft flush ruleset
t_is "compile names the place" "2" "$(tf compile tap0 | grep -c "($PLACE)")"
strace -e trace=sendto -o "$T_TMP/first" "$TF_BUILD/tapfilter-helper" \
	--config "$T_TMP/conf" up tap0
strace -e trace=sendto -o "$T_TMP/second" "$TF_BUILD/tapfilter-helper" \
	--config "$T_TMP/conf" up tap0
asked() {
	grep -c 'tapfilter-probe\|\\x74\\x61\\x70\\x66\\x69\\x6c\\x74\\x65\\x72\\x2d\\x70' \
		"$T_TMP/$1"
}
t_is "the first up asks, the second does not" "1 0" \
	"$(asked first) $(asked second)"
t_is "the answer is remembered" \
	"$(cat /proc/sys/kernel/random/boot_id)0" "$(cat "$T_STATE/.egress")"
t_false "nothing is left of the question" nft list table netdev tapfilter-probe

# ---- frames ---------------------------------------------------------------
t_is "there is a chain of each direction, each in its place" \
	"bridge tapfilter-incoming tap0-in netdev tap0-out" \
	"$(nft list ruleset | awk '$1 == "table" { t = $2 " " $3 }
		$1 == "chain" && $2 ~ /^tap0-/ {
			sub(/tapfilter-[0-9][0-9]/, "", t); print t, $2 }' |
		sort | xargs)"
t_is "frames of both directions" "drop pass drop pass" "$(both)"
t_is "a tagged frame" "drop pass" "$(hear "$OTHER" 5) $(hear "$THIRD" 5)"
t_is "verify" "0" "$(tf verify tap0 >/dev/null 2>&1; echo $?)"
tf show tap0 >"$T_TMP/show"
t_true "show knows what was dropped to the guest" \
	grep -Eq '^mac +in +[1-9]' "$T_TMP/show"

ip link add br1 type bridge mcast_snooping 0
ip link set br1 up
ip link set p0 master br1
ip link set tap0 master br1
t_is "in another bridge" "drop pass" \
	"$(hear "$OTHER") $(hear "$THIRD")"
ip link set p0 master br0
t_true "brought up again" helper up tap0
t_is "and back in its own" "drop pass drop pass" "$(both)"

# What the bridge itself sends does not pass its last hook.
ip link set br0 type bridge stp_state 1 hello_time 100
up_domain tap0 br0 own-mac no-stp
t_true "a profile without spanning tree" helper up tap0
"$HEAR" tap0 stp >"$T_TMP/stp" &
pid=$!
met() {
	nft list chain bridge tapfilter-incoming tap0-in |
		grep -c 'counter packets [2-9].* drop'
}
n=0
until [ "$(met)" -gt 0 ] || [ "$n" -eq 600 ]; do
	n=$((n + 1))
	sleep 0.05
done
t_is "frames of spanning tree were met" 1 "$(met)"
kill "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
t_is "and none came to the guest" "" "$(cat "$T_TMP/stp")"
up_domain tap0 br0 own-mac not-other
helper up tap0
t_is "with another profile they come" stp "$("$HEAR" tap0 stp)"
ip link set br0 type bridge stp_state 0

# ---- a replacement, and what others do ------------------------------------
up_domain tap0 br0 own-mac
t_true "nothing incoming any more" helper up tap0
t_is "the bridge chains go" "netdev" \
	"$(tables | awk '{ print $2 }')"
t_is "frames" "pass pass drop pass" "$(both)"
t_is "verify, outgoing alone" "0" "$(tf verify tap0 >/dev/null 2>&1; echo $?)"
up_domain tap0 br0 own-mac not-other
t_true "incoming again" helper reload tap0
t_is "frames, again" "drop pass drop pass" "$(both)"

nft delete element bridge tapfilter-incoming in "{ tap0 }"
t_is "(the way to the chain is cut)" pass "$(hear "$OTHER")"
t_is "verify finds it" 4 "$(tf verify tap0 >"$T_TMP/err"; echo $?)"
says "and says what" "the table bridge tapfilter-incoming does not lead"
t_true "restore" helper restore
t_is "restored" "drop pass drop pass" "$(both)"
nft delete table bridge tapfilter-incoming
t_true "restore of the whole table" helper restore
t_is "the table is back" "drop pass drop pass" "$(both)"
nft flush ruleset
t_true "restore after a flush" helper restore 2>/dev/null
t_is "all is back" "drop pass drop pass" "$(both)"

# ---- two taps, and the last one -------------------------------------------
ip tuntap add tap1 mode tap
up_domain tap1 br0 not-other
t_true "another tap" helper up tap1
t_true "the first one goes" helper down tap0
t_is "the other one's chains stay" "tap1-in tap1-out" \
	"$(nft list ruleset | awk '$1 == "chain" && $2 ~ /^tap/ { print $2 }' |
		sort | xargs)"
t_true "and it is as it was" tf verify tap1
ip link delete tap1
t_true "gc" helper gc
t_is "nothing of it is left in the bridge family" "" "$(nft list tables bridge)"

# ---- what this place cannot do --------------------------------------------
# refused NAME PATTERN: up of tap0 changes nothing
refused() {
	t_false "$1" helper up tap0 2>"$T_TMP/err"
	helper up tap0 2>"$T_TMP/err"
	says "$1: why" "$2"
	t_is "$1: the tap is closed" "down 0" "$(flags tap0) $(chains tap0)"
}
up_domain tap0 "" not-other
refused "no bridge" "$PLACE needs a bridge, and the interface has none"
up_domain tap0 "" own-mac
t_true "no bridge, and nothing incoming" helper up tap0
t_true "down" helper down tap0
up_domain tap0 br7 not-other
refused "a bridge that is not there" "$PLACE needs the bridge of the interface"
up_domain tap0 br0 not-other
t_false "a tap in no bridge, whose port is not ours" \
	sh -c '"$@" 2>&1 | tee /dev/stderr | grep -q "nft netdev" && exit 1' sh \
	"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" up --no-link tap0
ip link set tap0 master br0
t_true "in its bridge, it is filtered" helper up --no-link tap0
helper down --no-link tap0
ip link set tap0 nomaster down

up_domain tap0 br0 no-fragments
t_true "fragments" helper up tap0
t_true "fragments: verify" tf verify tap0
ip link set br0 type bridge nf_call_iptables 1
t_is "the bridge puts fragments together: verify" 4 \
	"$(tf verify tap0 >"$T_TMP/err" 2>/dev/null; echo $?)"
says "... says so" "$PLACE needs a bridge that leaves fragments alone"
helper down tap0
refused "the bridge puts fragments together" \
	"no-fragments.xml:2: .*nft netdev needs the netdev egress hook .*; $PLACE needs a bridge that leaves fragments alone"
ip link set br0 type bridge nf_call_iptables 0
if [ -e /proc/sys/net/bridge ]; then
	reassembly 1
	refused "all bridges put fragments together" \
		"$PLACE needs a bridge that leaves fragments alone"
else
	t_skip "all bridges put fragments together" "br_netfilter is not loaded"
fi
up_domain tap0 br0 not-other
t_true "... which only fragments mind" helper up tap0
helper down tap0
reassembly 0

# ---- an answer that is wrong ----------------------------------------------
echo "00000000-0000-0000-0000-0000000000001" >"$T_STATE/.egress"
t_true "an answer of another boot is none" helper up tap0
t_is "... and the right one is noted" \
	"$(cat /proc/sys/kernel/random/boot_id)0" "$(cat "$T_STATE/.egress")"
helper down tap0
printf '%s1' "$(cat /proc/sys/kernel/random/boot_id)" >"$T_STATE/.egress"
refused "a wrong answer lets nothing pass" \
	"the kernel has no netdev egress hook"
t_done
