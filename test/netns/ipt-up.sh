#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# backend = xtables with a stateful profile: up, reload, verify and down by the
# helper, over ebtables and iptables; what is refused, and what is closed when
# the bridge no longer hands packets over.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
t_ns "$@"
t_need unshare ip bridge iptables-legacy ip6tables-legacy ebtables
t_need_root
t_tmp
ipt_bridge 3
ipt_conf xtables
ipt_entries | ipt_profile state

for i in 1 3; do
	ipt_domain $i br0 no-mac-spoofing no-ip-spoofing state
	t_true "up tap$i" helper up "tap$i"
done
t_is "placed with ebtables and iptables" "ebtables ebtables iptables" \
	"$(tf compile tap1 2>/dev/null |
		sed -n '/^# profile/s/.*(\([^)]*\)).*/\1/p' | xargs)"
t_true "verify" tf verify tap1

unlock
policy() {
	packets <<'END'
1>2 tcp 1.1000 2.80 S pass the guest begins a connection
2>1 tcp 2.80 1.1000 SA pass the other answers
1>2 tcp 1.1000 2.80 A pass the guest goes on
2>1 tcp 2.3000 1.80 S drop another begins one that it may not
2>1 tcp 2.3001 1.22 S pass another begins one that it may
1>2 tcp 1.22 2.3001 SA pass the guest answers
2>1 tcp 2.80 1.1002 SA drop half-open scan
3>2 tcp 1.1000 2.80 A drop another guest forges a packet of the connection
3>1 tcp 2.80 1.1000 As drop another guest forges the other end
1>3 tcp 1.1004 3.22 S pass from guest to guest, as both allow
1>3 tcp 1.1005 3.80 S drop from guest to guest, as one does not allow
1>2 udp6 1.1000 2.53 pass IPv6 is none of its business
END
}
policy
tf show tap1 >"$T_TMP/stats"
t_is "both are counted" "no-ip-spoofing state" "$(
	grep -o 'no-ip-spoofing\|state' "$T_TMP/stats" | sort -u | xargs)"

met() {
	tf show --counters tap1 | grep '^ *[1-9].* \(state\|no-ip-spoofing\):'
}
met=$(met)
t_true "by entries" [ -n "$met" ]
t_true "reload" helper reload tap1
t_is "what is the same goes on counting" "$met" "$(met)"

# ---- what the host sends, which iptables does not see
ip addr add 10.0.0.9/24 dev br0
for i in 1 2; do
	ip neigh add "10.0.0.$i" lladdr "52:54:00:00:00:0$i" dev br0
done
packets <<'END'
0>1 tcp 9.3000 1.22 S drop the host to the guest: closed
1>0 udp 1.1000 9.53 pass the guest to the host: judged
0>2 udp 9.3000 2.53 pass the host to an unfiltered guest
END
helper reload tap1 2>"$T_TMP/err"
t_true "reload refuses an address on the bridge" grep -q \
	'^tapfilter-helper: tap1: the host has an IPv4 address on the bridge br0,' \
	"$T_TMP/err"
ip addr flush dev br0
t_true "without it, reload" helper reload tap1

# ---- a bridge that does not hand packets over
sysctl -qw net.bridge.bridge-nf-call-iptables=0
ip link set br0 type bridge nf_call_iptables 0
packets <<'END'
1>2 tcp 1.1001 2.80 S drop handed over no longer: the guest is closed
2>1 tcp 2.3002 1.22 S drop in both directions
1>2 udp6 1.1000 2.53 pass but for IPv6
END
t_is "verify finds it" "4 host: the bridge br0 does not hand IPv4 packets" "$(
	tf verify tap1 >"$T_TMP/out" 2>&1; echo $?) $(
	grep -o 'host: the bridge br0 does not hand IPv4 packets' "$T_TMP/out")"
t_is "and says it once" 1 "$(grep -c host: "$T_TMP/out")"
helper reload tap1 2>"$T_TMP/err"
t_true "reload refuses such a bridge" grep -q \
	'ip link set br0 type bridge nf_call_iptables 1$' "$T_TMP/err"
t_is "and so does a first up" 1 "$(ipt_domain 2 br0 no-mac-spoofing no-ip-spoofing \
	state; helper up tap2 2>&1 | grep -c 'nf_call_iptables 1$')"
t_is "which leaves nothing" "" "$(tables | grep "tapf.*tap2"
	ebtables-save | grep tap2)"
ip link add br1 type bridge mcast_snooping 0
ip link set br1 up
ip link set tap1 master br1
ip link set tap2 master br1 up
unlock
packets <<'END'
1>2 tcp 1.1001 2.80 S drop moved to another bridge: closed
2>1 tcp 2.3002 1.22 S drop in both directions
END
ip link set tap1 master br0
ip link set tap2 master br0
ip link set br0 type bridge nf_call_iptables 1
t_true "handed over again, reload" helper reload tap1
unlock
packets <<'END'
1>2 tcp 1.1005 2.80 S pass it goes on
2>1 tcp 2.3005 1.80 S drop as before
END

# ---- what others do to our rules
# tampered NAME COMMAND...
tampered() {
	t_name=$1
	shift
	bridge link set dev tap1 locked on
	t_true "$t_name: verify before" tf verify tap1
	"$@"
	t_is "$t_name: verify" 4 "$(tf verify tap1 >/dev/null 2>&1; echo $?)"
	t_true "$t_name: reload" helper reload tap1
	t_true "$t_name: is mended" tf verify tap1
}
tampered "a rule of iptables" iptables-legacy -t mangle -F tapf-o-tap1
tampered "a guard that is gone" ebtables -t filter -F FORWARD
tampered "something before the guard" ebtables -t filter -I INPUT -j ACCEPT
tampered "a note of what it sends that is gone" ebtables -t nat -D PREROUTING \
	-p IPv4 -i tap1 -j mark --mark-or 0x6000000 --mark-target CONTINUE
tampered "a rule of ebtables" ebtables -t nat -F tf-tap1-o

# ---- a profile that goes from one place to the other
ipt_domain 1 br0 no-mac-spoofing no-ip-spoofing
t_true "without state" helper reload tap1
t_is "iptables has nothing of it" "" "$(tables | grep tap1)"
unlock
packets <<'END'
2>1 tcp 2.3006 1.80 S pass everybody may connect
3>1 tcp 3.1000 1.80 S pass a filtered guest, too
END
ipt_domain 1 br0 no-mac-spoofing no-ip-spoofing state
t_true "with it again" helper reload tap1
unlock
policy

# ---- killed, whenever that is: as before, as after, or closed
wrong='' n=0
while [ $n -lt 12 ]; do
	n=$((n + 1))
	# not by the function, or only its shell is killed
	("$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" reload tap1 &
	pid=$!
	sleep "0.0$n"
	kill -KILL $pid) 2>/dev/null
	unlock
	echo "2>1 tcp 2.310$n 1.80 S drop" | "$TEST_BIN/conn_wire" |
		grep -q '^drop drop' || wrong="$wrong open"
	helper up tap1 || wrong="$wrong unmended"
	tf verify tap1 >/dev/null || wrong="$wrong unverified"
done
t_is "killed at any time" "" "$wrong"

for i in 1 3; do
	t_true "down tap$i" helper down "tap$i"
done
t_is "nothing is left" "" "$(tables | grep tapf
	ebtables-save | grep 'tf-\|tap[0-9]')"
t_done
