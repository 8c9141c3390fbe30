/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_EXPR_H
#define TF_NFT_EXPR_H

#include <libnftnl/rule.h>
#include <libnftnl/set.h>

#include "backend.h"
#include "nft_conn.h"
#include "nft_lower.h"

/* Before all others that have something to say on these hooks. */
#define NFT_PRIORITY (-500)

#define NFT_TABLES 16 /* of the netdev family; nft_names_init() says why */
#define NFT_NAME_SIZE 32 /* room for "0123456789abcde-out-4294967295" */

/**
 * struct nft_hook - Where a base chain is called from
 * @number:	Of the hook, in its family
 */
struct nft_hook {
	uint32_t number;
	int32_t priority;
};

/**
 * struct nft_names - Names of the kernel's objects for one tap
 * @family:	NFPROTO_NETDEV, or another in which no chain of a tap is a base
 *		chain
 * @table:	Table that the tap belongs to
 * @tap:	Name of the tap
 * @chain:	Not a tap's but this base chain, or NULL
 * @hook:	Where @chain is called from
 */
struct nft_names {
	uint8_t family;
	char table[NFT_NAME_SIZE];
	const char *tap;
	const char *chain;
	const struct nft_hook *hook;
};

/** nft_names_init() - Find out where the chains of a tap in a place belong */
void nft_names_init(struct nft_names *n, enum place place, const char *tap);

/** nft_names_hook() - Where the first chain is called from; NULL for nowhere */
const struct nft_hook *nft_names_hook(const struct nft_names *n,
				      enum direction dir);

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

/** enum nft_byteorder - Of numbers, as nft(8) calls it */
enum nft_byteorder { NFT_BYTEORDER_HOST = 1, NFT_BYTEORDER_BIG = 2 };

/** nft_set_byteorder() - Tell nft(8) how the keys of a set are to be read */
int nft_set_byteorder(struct nftnl_set *s,
		      enum nft_byteorder order) _must_check_;

/** nft_set_send() - Append the messages that create and fill a set */
int nft_set_send(struct nft_batch *t, struct nftnl_set *set,
		 const struct rule *from) _must_check_;

#endif /* TF_NFT_EXPR_H */
