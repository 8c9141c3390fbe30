/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_EBT_RULES_H
#define TF_TEST_EBT_RULES_H

/* Random rules that ebtables can carry, and what must be true of them. */
#include "ebt.h"
#include "eval.h"
#include "random_rules.h"

static void take_away(struct binding *b, const struct rule *r)
{
	unsigned int at = (unsigned int)(r - b->rules);

	rule_clear(&b->rules[at]);
	memmove(&b->rules[at], &b->rules[at + 1],
		(b->nrules - at - 1) * sizeof(*r));
	b->nrules--;
}

/* Without the rules that it cannot carry; how many are left */
static inline unsigned int random_carried(struct binding *b)
{
	const struct rule *bad;
	unsigned int p, before;

	random_binding(b);
	/* what it can carry of a profile depends on the others */
	do {
		before = b->nrules;
		for (p = 0; p < b->nprofiles; p++)
			while (ebt_refuses(b, p, &bad))
				take_away(b, bad);
	} while (b->nrules != before);
	return b->nrules;
}

/* May a frame pass that the rules drop?  Never because of a cut-off header. */
static bool may_pass(const struct frame *f)
{
	unsigned int type = (unsigned int)f->data[12] << 8 | f->data[13];
	size_t whole = type == 0x0800			? 34 :
		       type == 0x86dd			? 54 :
		       type == 0x0806 || type == 0x8035 ? 42 :
							  0;

	return f->len >= whole &&
	       ebt_may_differ(f->data, f->len, VERDICT_ACCEPT);
}

#endif /* TF_TEST_EBT_RULES_H */
