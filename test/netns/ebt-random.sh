#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ebtables does with random frames what the evaluator says of the rules that it
# can carry.  TF_RANDOM_SEED and TF_RANDOM_BINDINGS choose others, and more.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/nft.sh"
. "$TF_TOP/test/ebt.sh"
t_need unshare ip bridge
t_need_root
t_ns "$@"
ebt_use
nft_bridge

seed=${TF_RANDOM_SEED:-1}
t_true "random rules and frames, seed $seed" "$TEST_BIN/ebt_random" "$seed" \
	"${TF_RANDOM_BINDINGS:-150}" 300
t_is "nothing is left" "" "$(ebt_save | grep tf-)"
t_done
