/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_CARRY_H
#define TF_NFT_CARRY_H

#include "nft_read.h"

/* Counters that outlive a replacement: a rule that is the same afterwards goes
 * on counting where it was. */

/**
 * struct nft_carried - What one rule met
 * @rule:	nft_digest_rule() of it
 * @taken:	By a rule that takes its place
 */
struct nft_carried {
	enum direction dir;
	uint64_t rule;
	uint64_t packets;
	uint64_t bytes;
	bool taken;
};

/**
 * struct nft_carry - What the rules of a tap met
 * @all:	Sorted by direction and rule
 * @ifindex:	Device that the chains are of, whoever that is; 0 if they do not tell
 */
struct nft_carry {
	struct nft_carried *all;
	size_t n;
	uint32_t ifindex;
};

/**
 * nft_carry_read() - Read what the rules that are there met
 * @ifindex:	Device that they must be of: another one's are nobody's
 * @out:	Zeroed; nft_carry_free() releases it, whatever this returned
 */
int nft_carry_read(struct nft_conn *c, const struct nft_names *n,
		   const struct nft_present *present, uint32_t ifindex,
		   struct nft_carry *out) _must_check_;

/**
 * nft_carry_take() - What the same rule met before
 *
 * Rules of several chains may be the same: each is taken once.
 *
 * Return: NULL for nothing
 */
const struct nft_carried *nft_carry_take(struct nft_carry *c,
					 enum direction dir, uint64_t rule);

/** nft_carry_free() - Release what was read */
void nft_carry_free(struct nft_carry *c);

#endif /* TF_NFT_CARRY_H */
