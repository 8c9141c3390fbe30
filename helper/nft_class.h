/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_CLASS_H
#define TF_NFT_CLASS_H

#include "nft_body.h"

/**
 * struct plan_class - What happens in a class
 * @drop:	All frames are dropped, by this
 * @bodies:	Else, what profiles do
 * @like:	Class that is like this one, or NULL
 * @chain:	Its chain, 0 while it has none
 */
struct plan_class {
	const struct residue *drop;
	unsigned int n;
	struct plan_body **bodies;
	struct plan_class *like;
	unsigned int chain;
};

/**
 * struct plan_lower - The work on one direction
 * @common:	Bodies that all classes have
 * @all:	Rules of one profile
 * @scratch:	Room for residues
 */
struct plan_lower {
	const struct binding *b;
	enum direction dir;
	struct plan *plan;
	struct plan_types types;
	struct plan_class classes[CLASS_MAX];
	struct plan_class common;
	struct residue *all;
	struct residue *scratch;
};

/** plan_is_special() - Does a profile do more than to accept or drop? */
bool plan_is_special(const struct binding *b, enum direction dir,
		     unsigned int profile);

/**
 * plan_add_special() - Append the chain of such a profile, and a jump to it
 * @res:	Its rules
 */
int plan_add_special(struct plan_lower *l, const struct residue *res,
		     unsigned int n) _must_check_;

/** plan_add_base() - Write the base chain and all that it leads to */
int plan_add_base(struct plan_lower *l) _must_check_;

#endif /* TF_NFT_CLASS_H */
