/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_EGRESS_H
#define TF_NFT_EGRESS_H

#include "util.h"

/**
 * nft_egress() - Has the kernel the netdev egress hook?
 *
 * Asks for a chain there in a transaction that is never committed.  The kernel
 * takes some milliseconds to undo one.
 *
 * Return: 1 if so, 0 if not; negative errno, not reported, when something else
 * is in the way
 */
int nft_egress(void) _must_check_;

#endif /* TF_NFT_EGRESS_H */
