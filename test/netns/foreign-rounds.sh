#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Beside all of foreign/ at once, by both variants of iptables: a tap goes up
# and down a thousand times in each place, and nobody's rules have changed.
# With ebtables a round is two runs of its programs: TF_ROUNDS is how often.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
t_ns "$@"
t_need unshare ip bridge nft iptables-legacy ip6tables-legacy iptables-nft \
	ip6tables-nft ebtables
t_need_root
t_tmp
ipt_bridge 1
for i in docker ufw firewalld libvirt; do
	load $i nft
	load $i legacy
done
load firewalld nftables

cat >"$T_TMP/frames" <<'END'
p:1 out accept eth.type=0x0800 ip.src={10.0.0.1,10.0.1.0/24}
p:2 out drop eth.type=0x0800
q:1 in drop eth.type=0x0800 ip.proto=17 l4.dport=99
END
{
	cat "$T_TMP/frames"
	echo "r:1 in accept eth.type=0x0800 ct.state={established,related}"
	echo "r:2 in drop eth.type=0x0800"
	echo "r:3 in drop eth.type=0x86dd ip6.proto=6 l4.dport=23"
} >"$T_TMP/packets"

foreign >"$T_TMP/before"
t_is "there are many" yes "$(test "$(wc -l <"$T_TMP/before")" -gt 500 &&
	echo yes)"
# rounds PLACE TIMES RULES
rounds() {
	t_true "$1: $2 times up and down" sh -c \
		"'$TEST_BIN/place_rounds' $1 tap1 $2 <'$T_TMP/$3'"
	foreign >"$T_TMP/now"
	t_is "$1: nobody's rules have changed" "" \
		"$(diff "$T_TMP/before" "$T_TMP/now")"
	t_is "$1: nothing of ours is left" "" "$(tables | grep tapf
		ebtables-save | grep 'tf-\|tap1'
		nft list ruleset 2>/dev/null | grep tapfilter)"
}
rounds netdev 1000 frames
rounds bridge 1000 packets
rounds iptables 1000 packets
rounds ebtables "${TF_ROUNDS:-250}" frames
t_done
