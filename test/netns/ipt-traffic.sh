#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The iptables place under traffic, and its rules against the evaluator.
# TF_RANDOM_SEED and TF_RANDOM_BINDINGS choose others, and more.
#
# Runs alone: it floods.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
t_need unshare ip bridge iptables-legacy ip6tables-legacy
t_need_root
t_ns "$@"
t_tmp
ipt_pair

MAC=52:54:00:00:00:01
cat >"$T_TMP/small" <<END
mac:1 out accept eth.type=0x0800 eth.src=$MAC
mac:2 out drop eth.type=0x0800
END
cat >"$T_TMP/large" <<END
mac:1 out accept eth.type=0x0800 eth.src=$MAC
mac:2 out drop eth.type=0x0800
ip:1 out accept eth.type=0x0800 ip.src={10.0.0.1,10.0.1.0/24}
ip:2 out accept eth.type=0x0800 ct.state=invalid limit=5/second burst=1
ip:3 out drop eth.type=0x0800 log=3 log.limit=1/hour log.burst=1 log.prefix="y"
ip6:1 out drop eth.type=0x86dd ct.state=invalid
END
t_true "replace under traffic" "$TEST_BIN/nft_traffic" iptables 300 \
	"$T_TMP/small" "$T_TMP/large"
ipt remove tap0
t_true "replace from one place to the other" "$TEST_BIN/nft_traffic" moving 20 \
	"$T_TMP/small" "$T_TMP/small"

# Without connection tracking, which would put fragments together
seed=${TF_RANDOM_SEED:-1}
t_true "random rules and frames, seed $seed" unshare -n sh -c '
	. "$0/test/lib.sh" && . "$0/test/ipt.sh"
	ipt_pair
	exec "$TEST_BIN/ipt_random" "$1" "$2" 300' "$TF_TOP" "$seed" \
	"${TF_RANDOM_BINDINGS:-200}"
t_done
