#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nft(8) lists every shape of rule that we can make.  (There are legal rules
# that make it abort.)
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/nft.sh"
t_need unshare ip nft
t_need_root
t_ns "$@"
t_tmp
ip tuntap add tap0 mode tap

"$TEST_BIN/nft_shapes" >"$T_TMP/rules"
t_true "every shape is installed and read back" \
	sh -c "'$TEST_BIN/nft_driver' apply tap0 <'$T_TMP/rules'"
# Rules that no frame can meet, or that others make useless, are left out
lines=$(driver counters tap0 | grep -oE '^(shape|effect):[0-9]+' | sort -u | grep -c .)
t_true "most shapes are in the kernel" test "$lines" -gt 1000
t_true "nft lists every shape" sh -c "nft list ruleset >'$T_TMP/list'"
t_is "every shape is in the listing" "$lines" \
	"$(grep -oE '(shape|effect):[0-9]+' "$T_TMP/list" | sort -u | grep -c .)"
t_true "nft lists every shape as JSON" \
	sh -c "nft -j list ruleset >'$T_TMP/json'"
t_is "every shape is in the JSON listing" "$lines" \
	"$(grep -oE '(shape|effect):[0-9]+' "$T_TMP/json" | sort -u | grep -c .)"
# nft 1.0.6 has no name for some loads from a Fragment header
grep -v 'frag unknown' "$T_TMP/list" >"$T_TMP/again"
t_true "nft reads its listing back" nft -c -f "$T_TMP/again"

# Far more rules than one datagram holds by default
awk 'BEGIN {
	for (i = 1; i <= 4096; i++)
		printf "many:%d out drop eth.type=0x0800 ip.src=10.%d.%d.1 " \
			"ip.proto=17 l4.dport=%d\n", i, i / 256, i % 256, i
}' >"$T_TMP/many"
t_true "4096 rules" sh -c \
	"'$TEST_BIN/nft_driver' apply tap0 <'$T_TMP/many'"
t_is "4096 counters" 4096 "$(driver counters tap0 | grep -c '^many:')"
t_true "remove" driver remove tap0
t_true "nothing is left" gone
t_done
