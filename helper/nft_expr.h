/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_EXPR_H
#define TF_NFT_EXPR_H

#include <libnftnl/rule.h>
#include <libnftnl/set.h>

#include "backend.h"
#include "nft_conn.h"
#include "nft_lower.h"

#define NFT_NAME_SIZE 32 /* room for "0123456789abcde-out-4294967295" */

/**
 * struct nft_names - Names of the kernel's objects for one tap
 * @table:	Table that the tap belongs to
 * @tap:	Name of the tap
 */
struct nft_names {
	char table[NFT_NAME_SIZE];
	const char *tap;
};

/** nft_names_init() - Find out where the chains of a tap belong */
void nft_names_init(struct nft_names *n, const char *tap);

/**
 * nft_chain_name() - Name of a chain
 * @index:	0 for the base chain, else number of the sub-chain from 1
 */
void nft_chain_name(const struct nft_names *n, enum direction dir,
		    unsigned int index, char *out);

/**
 * struct nft_digests - What is expected of a chain when it is read back
 * @rules:	One digest a rule
 * @ends:	How many sets a rule and those before it look into
 * @lookups:	The last of @ends
 * @sets:	One digest an anonymous set, in the order of the rules
 * @flat:	Room to work in
 */
struct nft_digests {
	unsigned int nrules;
	uint64_t *rules;
	unsigned int *ends;
	unsigned int lookups;
	unsigned int nsets;
	uint64_t *sets;
	struct buf flat;
};

void nft_digests_free(struct nft_digests *d);

/** nft_digest_rule() - Append the digest of a rule, counters left out */
int nft_digest_rule(struct nftnl_rule *r, struct nft_digests *d) _must_check_;

/** nft_digest_set() - Append the digest of a set's elements */
int nft_digest_set(struct nftnl_set *s, struct nft_digests *d) _must_check_;

/** nft_add_guard() - Append the first rule of a base chain, with the identity */
int nft_add_guard(struct nft_batch *t, const struct nft_names *n,
		  enum direction dir, const struct backend_tap *id,
		  struct nft_digests *d) _must_check_;

/**
 * nft_add_rule() - Append a rule and its sets
 * @index:	Chain, as for nft_chain_name()
 * @d:		Receives what is expected in the kernel
 */
int nft_add_rule(struct nft_batch *t, const struct nft_names *n,
		 enum direction dir, unsigned int index,
		 const struct plan_rule *pr,
		 struct nft_digests *d) _must_check_;

/**
 * nft_set_make() - The values of a condition as an anonymous set
 * @n:		Where it belongs
 * @out:	Receives the set, to be released with nftnl_set_free()
 */
int nft_set_make(struct nft_batch *t, const struct nft_names *n,
		 const struct plan_cond *c,
		 struct nftnl_set **out) _must_check_;

/** nft_set_send() - Append the messages that create and fill a set */
int nft_set_send(struct nft_batch *t, struct nftnl_set *set,
		 const struct rule *from) _must_check_;

#endif /* TF_NFT_EXPR_H */
