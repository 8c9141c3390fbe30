/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_STRAY_H
#define TF_NFT_STRAY_H

#include "nft_common.h"

/*
 * The maps of a place go by the number of a device.  Another device may get the
 * number of one that went without a down, and is then led to chains that are
 * not of its tap, which let nothing of it pass.
 */

/**
 * nft_stray_find() - Is a device, whose tap has no chains there, led to any?
 * @findings:	To which: a line
 *
 * Return: 0, -EILSEQ if so, or another negative errno, reported
 */
int nft_stray_find(struct nft_conn *c, const struct nft_common *k,
		   uint32_t ifindex, struct buf *findings) _must_check_;

/** nft_stray_remove() - Lead it to none */
int nft_stray_remove(struct nft_conn *c, const struct nft_common *k,
		     uint32_t ifindex) _must_check_;

#endif /* TF_NFT_STRAY_H */
