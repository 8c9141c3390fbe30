/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_COND_H
#define TF_NFT_COND_H

#include "nft_lower.h"

/* The kernel checks the fragment offset for loads of this size. */
#define PLAN_SLOW_LEN 3

/**
 * struct plan_place - Where a field's bytes are loaded from
 * @source:	See enum plan_source
 * @offset:	First byte
 * @len:	Number of bytes
 * @lead:	Bytes at the front that are loaded but not looked at
 * @shift:	Bits behind the field in its last byte
 * @field:	The field
 */
struct plan_place {
	enum plan_source source;
	unsigned int offset;
	unsigned int len;
	unsigned int lead;
	unsigned int shift;
	enum field_id field;
};

/** struct plan_alt - Conditions that must all hold */
struct plan_alt {
	unsigned int nconds;
	const struct plan_cond *conds;
};

/** struct plan_factor - Alternatives, any of which makes a match true */
struct plan_factor {
	unsigned int nalts;
	struct plan_alt *alts;
};

/** struct plan_factors - The matches of a rule and its guards */
struct plan_factors {
	unsigned int n;
	struct plan_factor f[RULE_MAX_MATCHES + 2];
};

/** plan_carrier() - Which transport match carries the guard itself; -1: none */
int plan_carrier(const struct residue *res);

/** plan_add_guards() - Append what else must be asked for a residue's loads */
int plan_add_guards(struct plan *p, const struct residue *res,
		    struct plan_factors *all) _must_check_;

/** plan_locate() - Where a field is, perhaps behind a tag */
void plan_locate(bool tagged, enum field_id id, struct plan_place *out);

/**
 * plan_slow_place() - Change a transport place so that the kernel reads it by
 * the path that refuses later fragments
 *
 * The load ends where it ended: a frame that holds the field holds it still.
 *
 * Return: false if the field is too near to the start of the header for that
 */
bool plan_slow_place(struct plan_place *at);

/** plan_match_conds() - A match on the field at a place */
int plan_match_conds(struct plan *p, const struct plan_place *at,
		     const struct match *m,
		     struct plan_factor *out) _must_check_;

/** plan_single() - A factor of one alternative of @n conditions */
int plan_single(struct plan *p, const struct plan_cond *conds, unsigned int n,
		struct plan_factor *out) _must_check_;

/** plan_uint_cond() - A condition on up to 8 bytes, from numbers */
int plan_uint_cond(struct plan *p, enum plan_source source, unsigned int offset,
		   unsigned int len, uint64_t mask, enum match_op op,
		   uint64_t lo, uint64_t hi,
		   struct plan_cond *out) _must_check_;

/** plan_type_is_plain() - Is this an EtherType, and not a tag's? */
bool plan_type_is_plain(uint16_t type);

/** plan_inner() - A match on eth.inner in a frame of an unknown EtherType */
int plan_inner(struct plan *p, const struct match *m,
	       struct plan_factor *out) _must_check_;

/** plan_state() - A match on ct.state, by the mark of the packet */
int plan_state(struct plan *p, const struct match *m,
	       struct plan_factor *out) _must_check_;

/**
 * plan_no_connection() - A condition: the kernel knows of no connection that
 * the packet belongs to
 */
int plan_no_connection(struct plan *p, struct plan_cond *out) _must_check_;

/**
 * plan_add_unknown() - Append the rules that drop packets of IP that connection
 * tracking never saw
 */
int plan_add_unknown(struct plan *p, unsigned int chain) _must_check_;

/**
 * plan_add_wrapped() - Append the rule that drops packets of IP behind a tag
 * that connection tracking saw
 *
 * It does not know tags: one could open a connection that a packet without a
 * tag is then taken to belong to.
 */
int plan_add_wrapped(struct plan *p, unsigned int chain) _must_check_;

#endif /* TF_NFT_COND_H */
