/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_READ_H
#define TF_NFT_READ_H

#include "nft_expr.h"

/**
 * struct nft_present - What the kernel has under the name of a tap
 * @base:	There is a base chain
 * @attached:	It is the one we would make, and bound to the tap if that is
 *		how it is called
 * @nsubs:	Number of sub-chains
 * @nlimits:	Number of limits
 *
 * Members are indexed by enum direction.
 */
struct nft_present {
	bool base[2];
	bool attached[2];
	unsigned int nsubs[2];
	unsigned int nlimits[2];
};

/** nft_read_present() - Look for the chains of a tap */
int nft_read_present(struct nft_conn *c, const struct nft_names *n,
		     struct nft_present *out) _must_check_;

/**
 * nft_read_base() - Has a tap a first chain?
 * @attached:	As of struct nft_present, or NULL
 *
 * Return: 1 if so, else 0, or negative errno, reported
 */
int nft_read_base(struct nft_conn *c, const struct nft_names *n,
		  enum direction dir, bool *attached) _must_check_;

/**
 * nft_read_rules() - Hand each rule of a chain to a function
 * @index:	Chain, as for nft_chain_name()
 *
 * A chain that is not there has no rules.  The reading starts again, after a
 * call of @restart, when others change the rules meanwhile.
 */
int nft_read_rules(struct nft_conn *c, const struct nft_names *n,
		   enum direction dir, unsigned int index,
		   int (*take)(struct nftnl_rule *r, void *data),
		   void (*restart)(void *data), void *data) _must_check_;

/** nft_read_dormant() - Did somebody put the table to sleep? */
int nft_read_dormant(struct nft_conn *c, const struct nft_names *n,
		     bool *dormant) _must_check_;

/**
 * struct nft_reading - What a chain has
 * @got:	Its rules and their sets
 * @sets:	Names of the sets, NUL-terminated, one after the other
 * @comments:	One a rule, likewise; empty for none
 */
struct nft_reading {
	struct nft_digests got;
	struct buf sets;
	struct buf comments;
};

/**
 * nft_read_chain() - Read the rules of a chain
 * @out:	Zeroed; nft_reading_free() releases it, whatever this returned
 */
int nft_read_chain(struct nft_conn *c, const struct nft_names *n,
		   enum direction dir, unsigned int index,
		   struct nft_reading *out) _must_check_;

/** nft_reading_free() - Release what was read */
void nft_reading_free(struct nft_reading *r);

/**
 * nft_read_figures() - What a rule met, and its verdict
 *
 * Return: 1, 0 if it counts nothing, or negative errno
 */
int nft_read_figures(struct nftnl_rule *rule,
		     struct backend_counter *out) _must_check_;

/** nft_read_query() - As query of struct backend_ops */
int nft_read_query(struct nft_conn *c, const struct nft_names *n,
		   struct backend_tap *out) _must_check_;

/** nft_read_counters() - As counters of struct backend_ops */
int nft_read_counters(struct nft_conn *c, const struct nft_names *n,
		      struct backend_counter **out, size_t *count) _must_check_;

#endif /* TF_NFT_READ_H */
