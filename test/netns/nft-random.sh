#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel does with random frames what the evaluator says of random rules.
# TF_RANDOM_SEED and TF_RANDOM_BINDINGS choose others, and more.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/nft.sh"
t_need unshare ip bridge nft
t_need_root
t_ns "$@"
nft_bridge

seed=${TF_RANDOM_SEED:-1}
t_true "random rules and frames, seed $seed" "$TEST_BIN/nft_random" "$seed" \
	"${TF_RANDOM_BINDINGS:-400}" 500
t_true "the same without an egress hook" "$TEST_BIN/nft_random" "$seed" \
	"${TF_RANDOM_BINDINGS:-400}" 500 ingress
t_true "nothing is left" gone
t_is "nor in the bridge family" "" "$(nft list tables bridge)"
t_done
