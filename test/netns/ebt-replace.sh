#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ebtables: replacement under traffic, several taps in one step and at the same
# time, and what stays of it.
#
# Runs alone: it floods.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/nft.sh"
. "$TF_TOP/test/ebt.sh"
t_need unshare ip bridge
t_need_root
t_ns "$@"
ebt_use
t_tmp
nft_bridge

ours() {
	ebt_save | grep -c 'tf-'
}

# No chain of a profile stays when the large one is replaced by the small one.
MAC=52:54:00:00:00:01
cat >"$T_TMP/small" <<END
mac:1 out accept eth.src=$MAC
mac:2 out drop
END
cat >"$T_TMP/large" <<END
mac:1 out accept eth.src=$MAC
mac:2 out drop
ip:1 out accept eth.type=0x0800 ip.src={10.0.0.1,10.0.1.0/24}
ip:2 out drop eth.inner=0x0800
dhcp:1 out drop eth.type=0x0800 ip.proto=17 l4.sport=67
arp:3 in drop eth.type=0x0806 arp.op={3,4}
END
install() {
	driver xtables apply tap0 <"$T_TMP/$1"
}
t_is "nothing yet" "No such file or directory" \
	"$(driver xtables query tap0 | head -n 1)"
t_true "install" install small
ifindex() {
	ip -o link show tap0 | cut -d: -f1
}
t_is "identity" "ifindex $(ifindex) owner 4711 uuid aabb" \
	"$(driver xtables query tap0 | sed -n 's/ digest.*//p')"
small=$(ours)
t_true "replace by a larger one" install large
t_true "more chains" test "$(ours)" -gt "$small"
t_true "replace by a smaller one" install small
t_is "as many as before" "$small" "$(ours)"
t_true "replace under traffic" "$TEST_BIN/nft_traffic" xtables 60 \
	"$T_TMP/large" "$T_TMP/small"
t_true "a dropped frame is counted" sh -c \
	"ebtables -t nat -L tf-tap0-o0 --Lc | grep -q 'DROP .*pcnt = [1-9]'"

# Both files of rules can be read back after each of them
seq=$(seq -f t%g -s , 6)
for i in $(echo "$seq" | tr , ' '); do
	ip tuntap add "$i" mode tap
done
t_true "six taps in one step" "$TEST_BIN/nft_driver" xtables apply "$seq" \
	<"$T_TMP/large"
t_is "all have their jumps" 6 \
	"$(ebt_save | grep -c 'A PREROUTING -i t[1-6] ')"
# What somebody else put to use cannot go: then none is changed
ebtables -t nat -N foreign
ebtables -t nat -A foreign -j tf-t6-o1
ebt_save | grep -v '^#' >"$T_TMP/before"
t_false "one cannot be replaced" sh -c \
	"'$TEST_BIN/nft_driver' xtables apply $seq <'$T_TMP/small' 2>'$T_TMP/err'"
ebt_save | grep -v '^#' >"$T_TMP/after"
t_true "none was" cmp "$T_TMP/before" "$T_TMP/after"
ebtables -t nat -X foreign 2>/dev/null
ebtables -t nat -F foreign 2>/dev/null
ebtables -t nat -X foreign 2>/dev/null
pids=
for i in $(echo "$seq" | tr , ' '); do
	driver xtables apply "$i" 3 <"$T_TMP/small" >/dev/null &
	pids="$pids $!"
done
bad=0
for pid in $pids; do
	wait "$pid" || bad=$((bad + 1))
done
t_is "six at the same time" 0 "$bad"
for i in tap0 $(echo "$seq" | tr , ' '); do
	driver xtables remove "$i" >/dev/null || bad=$((bad + 1))
done
t_is "all removed" "0 0" "$bad $(ours)"
t_true "remove once more" driver xtables remove tap0
t_done
