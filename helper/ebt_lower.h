/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EBT_LOWER_H
#define TF_EBT_LOWER_H

#include "ebt.h"

/* What ebt_lower.c shares with its neighbours; nobody else includes this. */

/**
 * struct slot - What a rule asks of one option
 * @list:	The values: any of them
 */
struct slot {
	size_t n;
	struct ebt_cond *list;
};

/**
 * struct lower - One rule on its way
 * @type:	EtherType that it is bound to, 0 for none
 * @slots:	By option; empty if it is not asked
 * @none_of:	Option that must have none of several values, else
 *		EBT_KEY_COUNT
 */
struct lower {
	const struct rule *r;
	uint16_t type;
	struct slot slots[EBT_KEY_COUNT];
	enum ebt_key none_of;
};

/**
 * ebt_lower_rule() - Write a rule as options
 * @l:		@r is set, the rest is zero; see ebt_lower_free()
 *
 * Return: what of it cannot be written, or NULL
 */
const char *ebt_lower_rule(struct lower *l);

/**
 * ebt_lower_check() - Can rules be made of all combinations of values?
 * @l:		Receives @none_of
 *
 * Return: why not, or NULL
 */
const char *ebt_lower_check(struct lower *l);

#define EBT_NO_MEMORY "it, for want of memory"

static inline bool ebt_is_range(const struct match *m)
{
	return m->op == OP_RANGE || m->op == OP_NRANGE;
}

static inline bool ebt_is_negated(const struct match *m)
{
	return m->op == OP_NE || m->op == OP_NRANGE;
}

/** ebt_lower_add() - Append a condition of an option; NULL, reported */
struct ebt_cond *ebt_lower_add(struct lower *l, enum ebt_key key);

/** ebt_put_any() - Append any address, which must be there; the same */
const char *ebt_put_any(struct lower *l, enum ebt_key key);

/**
 * ebt_put_masked() - Append addresses under a mask
 *
 * Return: what of it cannot be written, or NULL
 */
const char *ebt_put_masked(struct lower *l, const struct match *m,
			   enum ebt_key key);

/** ebt_lower_free() - Release the slots */
void ebt_lower_free(struct lower *l);

#endif /* TF_EBT_LOWER_H */
