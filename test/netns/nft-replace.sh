#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Install, replace, remove: what the kernel has, whose it is, and what stays of
# it; nobody else's tables change.
#
# Runs alone: it floods.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/nft.sh"
t_need unshare ip bridge nft
t_need_root
t_ns "$@"
t_tmp
nft_bridge

nft -f - <<'END'
table inet theirs {
	set s { type ipv4_addr; elements = { 10.9.9.9, 10.9.9.10 } }
	chain input { type filter hook input priority 0; ip saddr @s drop; }
}
table netdev theirs {
	chain c {
		type filter hook ingress device "tap0" priority 0;
		ether type 0x88cc drop
	}
}
END
foreign() {
	nft -s list table inet theirs
	nft -s list table netdev theirs
}
foreign >"$T_TMP/before"

# Few chains and many, in turn
MAC=52:54:00:00:00:01
cat >"$T_TMP/small" <<END
mac:1 out accept eth.src=$MAC
mac:2 out drop
END
cat >"$T_TMP/large" <<END
mac:1 out accept eth.src=$MAC
mac:2 out drop
ip:1 out accept eth.type=0x0800 ip.src={10.0.0.1,10.0.1.0/24}
ip:2 out drop eth.type=0x0800
dhcp:1 out accept eth.type=0x0800 ip.proto=6
dhcp:2 out drop eth.type=0x0800 ip.proto=17 l4.sport=67
ip6:1 out accept eth.type=0x86dd ip6.src={fe80::1,2001:db8::/64}
ip6:2 out drop eth.type=0x86dd
arp:1 out accept eth.type=0x0806 arp.spa=10.0.0.1
arp:2 out drop eth.type=0x0806
arp:3 in drop eth.type=0x0806 arp.op={3,4}
END
install() {
	driver apply tap0 <"$T_TMP/$1"
}

t_is "nothing yet" "No such file or directory" \
	"$(driver query tap0 | head -n 1)"
t_true "install" install small
ifindex() {
	ip -o link show tap0 | cut -d: -f1
}
t_is "identity" "ifindex $(ifindex) owner 4711 uuid aabb" \
	"$(driver query tap0 | sed -n 's/ digest.*//p')"
t_true "comment of the first rule" sh -c \
	'nft list ruleset | grep -q "comment \"tapfilter: tap0, ifindex"'
chains() {
	nft list chains | grep -c 'chain tap0-'
}
t_is "small: chains" 2 "$(chains)"
t_true "replace by a larger one" install large
more=$(chains)
t_true "large: more chains" test "$more" -gt 2
t_true "replace by a smaller one" install small
t_is "small again: chains" 2 "$(chains)"

t_true "replace under traffic" "$TEST_BIN/nft_traffic" 200 \
	"$T_TMP/large" "$T_TMP/small"
t_true "a dropped frame is counted" sh -c \
	"'$TEST_BIN/nft_driver' counters tap0 | grep -q '^mac:2 out drop [1-9]'"

# ---- others at the same time ----------------------------------------------
pids=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	ip tuntap add "t$i" mode tap
	driver apply "t$i" 5 <"$T_TMP/large" >"$T_TMP/out$i" 2>&1 &
	pids="$pids $!"
done
bad=0
for pid in $pids; do
	wait "$pid" || bad=$((bad + 1))
done
t_is "twelve at the same time" 0 "$bad"
pids=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	driver remove "t$i" >/dev/null &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || bad=$((bad + 1))
done
t_is "twelve removed at the same time" 0 "$bad"
t_true "remove" driver remove tap0
t_true "nothing is left" gone
foreign >"$T_TMP/after"
t_true "tables of others are as they were" cmp "$T_TMP/before" "$T_TMP/after"

# ---- several in one step ---------------------------------------------------
ip tuntap add tap0 mode tap 2>/dev/null
all=tap0,$(seq -f t%g -s , 12)
t_true "install on 13 taps in one step" \
	"$TEST_BIN/nft_driver" apply "$all" <"$T_TMP/large"
t_is "all have their chains" $((13 * more)) "$(nft list chains | grep -c '	chain t')"
table=$(nft list tables | sed -n 's/table netdev \(tapfilter-.*\)/\1/p' | tail -n 1)
last=$(nft list table netdev "$table" | sed -n 's/^	chain \(t.*\)-out {/\1/p' |
	tail -n 1)
nft "add chain netdev $table foreign; add rule netdev $table foreign \
	jump $last-out-0"
nft -s list ruleset >"$T_TMP/several"
t_false "one cannot be replaced" sh -c \
	"'$TEST_BIN/nft_driver' apply $all <'$T_TMP/small' 2>'$T_TMP/err'"
t_true "it is said which" \
	grep -q "$last: the kernel refused the removal of old rules" \
	"$T_TMP/err"
nft -s list ruleset >"$T_TMP/after"
t_true "none was" cmp "$T_TMP/several" "$T_TMP/after"
nft delete chain netdev "$table" foreign
nft add table netdev "$table" '{ flags dormant; }'
t_true "replace all in one step" \
	"$TEST_BIN/nft_driver" apply "$all" <"$T_TMP/small"
t_is "two chains each" 26 "$(nft list chains | grep -c '	chain t')"
for i in $(echo "$all" | tr , ' '); do
	driver remove "$i" >/dev/null
done
t_true "nothing is left" gone

# ---- the device goes, and comes again --------------------------------------
t_true "install" install large
ip link del tap0
ip tuntap add tap0 mode tap
t_true "install on a new device of the same name" install large
t_is "identity of the new device" \
	"ifindex $(ifindex)" \
	"$(driver query tap0 | sed -n 's/ owner.*//p')"
t_is "as many chains" "$more" "$(chains)"
t_is "two base chains at the tap" 2 \
	"$(nft list chains | grep -c 'hook .*device "tap0" priority -500')"
ip link del tap0
t_true "remove without the device" driver remove tap0
t_true "remove once more" driver remove tap0
t_true "nothing is left" gone
t_is "nothing is found" "No such file or directory" \
	"$(driver query tap0 | head -n 1)"

# ---- what others left of ours -----------------------------------------------
ip tuntap add tap0 mode tap
t_true "install" install large
table=$(nft list tables | sed -n 's/table netdev \(tapfilter-.*\)/\1/p')
nft flush chain netdev "$table" tap0-out
nft flush chain netdev "$table" tap0-in
t_is "flushed: no identity" "Bad message" "$(driver query tap0 | head -n 1)"
t_true "flushed: install" install large
nft delete table netdev "$table"
t_true "deleted: install" install large
# One message amid the transaction is refused: that is noticed, and nothing done
nft "add chain netdev $table foreign; add rule netdev $table foreign \
	jump $(nft list chains | grep -o 'tap0-out-[0-9]*' | tail -n 1)"
nft -s list table netdev "$table" >"$T_TMP/before"
t_false "a chain that is in use cannot go" sh -c \
	"'$TEST_BIN/nft_driver' apply tap0 <'$T_TMP/small' 2>'$T_TMP/err'"
t_true "it is said what was refused" \
	grep -q "the kernel refused the removal of old rules" "$T_TMP/err"
nft -s list table netdev "$table" >"$T_TMP/after"
t_true "all is as it was" cmp "$T_TMP/before" "$T_TMP/after"
nft delete chain netdev "$table" foreign
nft add table netdev "$table" '{ flags dormant; }'
t_true "dormant: install" install large
t_false "dormant: awake again" sh -c \
	"nft list table netdev $table | grep -q dormant"
t_true "remove" driver remove tap0
t_true "nothing is left" gone
t_done
