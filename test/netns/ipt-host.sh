#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stateful profiles on a host that lacks something, or has too much of it:
# modules, tags, connections.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
t_ns "$@"
t_need unshare ip bridge sysctl iptables-legacy ip6tables-legacy ebtables strace
t_need_root
t_tmp
ipt_bridge 3
ipt_conf xtables
ipt_entries | ipt_profile state
for i in 1 3; do
	ipt_domain $i br0 no-mac-spoofing no-ip-spoofing state
done

# ---- what the kernel lacks: every call that asks for it says so ------------------
# traced OPTION...: up of tap1 by strace; what it said in $T_TMP/err
traced() {
	strace -o "$T_TMP/trace" -e trace=getsockopt,setsockopt "$@" \
		"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" up tap1 \
		2>"$T_TMP/err"
}
# named NAME PATTERN
named() {
	t_true "$1: is named" grep -q "$2" "$T_TMP/err" || cat "$T_TMP/err" >&2
	t_is "$1: the tap is closed, with no rules" "" "$(
		ip link show tap1 up; tables | grep tapf
		ebtables-save | grep 'tf-\|tap1')"
}
if ! strace -o /dev/null -e inject=getuid:signal=KILL true 2>/dev/null; then
	t_skip "what the kernel lacks" "strace cannot inject here"
else
	traced
	helper down tap1
	# number CALL OPTION: which of these calls is the first with this one
	number() {
		grep "^$1" "$T_TMP/trace" | grep -n "$2" | cut -d: -f1 | head -1
	}
	info=$(number getsockopt IPT_SO_GET_INFO)
	set=$(number setsockopt IPT_SO_SET_REPLACE)
	get=$(sed '/IPT_SO_SET_REPLACE/,$d' "$T_TMP/trace" |
		grep -c '^getsockopt')
	traced -e "inject=getsockopt:error=ENOPROTOOPT:when=$info+"
	named "no x_tables" \
		'table mangle of iptables: .* (modprobe iptable_mangle):'
	traced -e "inject=getsockopt:error=ENOENT:when=$info+"
	named "no table" \
		'table mangle of iptables: .* (modprobe iptable_mangle):'
	traced -e "inject=setsockopt:error=ENOENT:when=$set"
	named "the kernel does not say what" \
		'table mangle of iptables: the kernel lacks a match or target: '
	traced -e "inject=setsockopt:error=ENOENT:when=$set" \
		-e "inject=getsockopt:error=ENOENT:when=$((get + 1))"
	named "a match" 'iptables: the kernel has no match "\([a-z]*\)": modprobe ipt_\1: '
fi

# ---- tags ------------------------------------------------------------------------
for i in 1 3; do
	t_true "up tap$i" helper up tap$i
done
tagged() {
	unlock
	packets <<END
2>1 vlan 5 udp 2.$1 1.53 $2 filter-vlan-tagged $3: to the guest, what is not let in
2>1 vlan 5 tcp 2.$1 1.22 S pass filter-vlan-tagged $3: to the guest, what is
1>2 vlan 5 udp 1.$1 2.53 drop filter-vlan-tagged $3: from a guest whose addresses are pinned
2>1 udp 2.$1 1.53 drop filter-vlan-tagged $3: untagged is as ever
1>2 udp 1.$1 2.54 pass filter-vlan-tagged $3: both ways
2>3 vlan 5 udp6 2.$1 3.53 pass filter-vlan-tagged $3: nothing is said of IPv6
END
}
tagged 3001 pass 0
sysctl -qw net.bridge.bridge-nf-filter-vlan-tagged=1
tagged 3002 drop 1
sysctl -qw net.bridge.bridge-nf-filter-vlan-tagged=0

# ---- one guest does not fill the table of connections --------------------------------
for i in 1 3; do
	ipt_conf xtables "state-connections = 3"
	t_true "reload tap$i, with a bound" helper reload tap$i
done
unlock
packets <<'END'
1>2 udp 1.4001 2.53 pass bound: first connection
1>2 udp 1.4002 2.53 pass bound: second connection
1>2 tcp 1.4003 2.80 S pass bound: third connection
1>2 udp 1.4002 2.53 pass bound: what is open goes on, answered or not
1>2 udp 1.4004 2.53 drop bound: fourth connection
2>1 udp 2.53 1.4001 pass bound: what is open is answered
1>2 udp 1.4001 2.53 pass bound: and goes on
3>2 udp 3.4001 2.53 pass bound: another guest has its own
2>1 tcp 2.4001 1.22 S pass bound: others may still ask the guest
2>1 tcp 2.80 1.4003 Rs pass bound: one ends
1>2 udp 1.4005 2.53 pass bound: and there is room for another
1>2 udp 1.4006 2.53 drop bound: for one
END
ipt_conf xtables
for i in 1 3; do
	t_true "reload tap$i, without it" helper reload tap$i
done

# ---- a guest in each of the two places that ask for connections ----------------------
t_true "down tap1" helper down tap1
t_true "down tap3" helper down tap3
ipt_conf nft "state-marks = 0xf0"
t_true "tap1 by marks" helper up tap1
ipt_conf xtables "state-marks = 0xf0"
t_true "tap3 by iptables" helper up tap3
t_is "three bits and one" "0x00000070 0x80/0x80" "$(
	nft list chain ip tapfilter-state bridged | grep -o 0x00000070 |
		sort -u) $(ebtables-save | grep -o '0x80/0x80' | sort -u)"
unlock
packets <<'END'
1>3 tcp 1.4101 3.22 S pass of both: one guest asks the other
3>1 tcp 3.22 1.4101 SA pass of both: and is answered
3>1 tcp 3.4102 1.22 S pass of both: the other way round
1>3 tcp 1.22 3.4102 SA pass of both: with its answer
1>3 udp 1.4103 3.53 drop of both: what iptables does not let in
3>1 udp 3.4103 1.53 drop of both: nor marks
1>3 tcp 1.80 3.4104 A drop of both: an answer to nothing
3>1 tcp 3.80 1.4104 A drop of both: either way
2>3 udp 2.4105 3.53 drop of both: from an unfiltered guest
2>1 udp 2.4105 1.53 drop of both: to both
END
sysctl -qw net.bridge.bridge-nf-call-iptables=0
ip link set br0 type bridge nf_call_iptables 0
packets <<'END'
2>3 tcp 2.4106 3.22 S drop of both, no longer handed over: closed
2>1 tcp 2.4106 1.22 S drop of both, no longer handed over: to both
1>3 tcp 1.4107 3.22 S drop of both, no longer handed over: from both
END
ip link set br0 type bridge nf_call_iptables 1
t_true "down of both: tap1" helper down tap1
t_true "down of both: tap3" helper down tap3
ipt_conf xtables
for i in 1 3; do
	t_true "up tap$i" helper up tap$i
done

# ---- the table of connections is full -----------------------------------------------
full() {
	unlock
	packets <<END
1>2 tcp 1.$1 2.80 S pass $2: the guest begins a connection
2>1 tcp 2.80 1.$1 SA pass $2: it is answered
1>2 tcp 1.$1 2.80 A pass $2: and open
END
	"$TEST_BIN/conn_fill" "$(sysctl -n net.netfilter.nf_conntrack_max)"
	packets <<END
1>2 tcp 1.$1 2.80 A pass $2, full: what is open goes on
2>1 tcp 2.80 1.$1 As pass $2, full: both ways
1>2 tcp 1.3999 2.80 S drop $2, full: nothing is begun
2>1 tcp 2.3999 1.22 S drop $2, full: nor let in
2>1 tcp 2.80 1.3998 A drop $2, full: nor taken for an answer
3>2 udp 1.3999 2.53 drop $2, full: forged frames are dropped as ever
END
}
full 3010 iptables
"$TEST_BIN/conn_fill" 0
for i in 1 3; do
	t_true "down tap$i" helper down tap$i
done
ipt_conf nft
for i in 1 3; do
	t_true "nft: up tap$i" helper up tap$i
done
full 3020 "nft bridge with marks"
t_done
