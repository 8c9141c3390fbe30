/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_HALVES_H
#define TF_NFT_HALVES_H

#include "nft_body.h"

/**
 * struct plan_halves - A list divided by a match
 * @m:		The match
 * @met:	What is left of the rules where it holds
 * @rest:	What is left where it does not
 * @apart:	No rule but the last one is left in both
 * @first:	@rest may be tried first, in the same chain: it ends in a DROP
 *		that then says "and is none of these"
 * @stays:	A frame without the field comes to the same end in both
 */
struct plan_halves {
	const struct match *m;
	struct residue *met, *rest;
	unsigned int nmet, nrest;
	bool apart;
	bool first;
	bool stays;
};

/** plan_can_ask() - Is a match of a rule in the frame or not, without more? */
bool plan_can_ask(const struct residue *r, const struct match *m);

/**
 * plan_halve() - Divide a list
 * @out:	To be released in any case
 *
 * Return: 0, -E2BIG (not reported) or another negative errno
 */
int plan_halve(struct plan *p, const struct match *m, const struct residue *res,
	       unsigned int n, struct plan_halves *out) _must_check_;

/** plan_halves_free() - Release what plan_halve() made */
void plan_halves_free(struct plan_halves *h);

#endif /* TF_NFT_HALVES_H */
