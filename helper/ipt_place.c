// SPDX-License-Identifier: GPL-2.0-or-later
/* The match "u32": what stands at places of a packet */
#include <errno.h>
#include <linux/netfilter/xt_u32.h>

#include "ipt_cond.h"

#define WORD 4

bool ipt_is_place(const struct ipt_cond *c)
{
	return c->what == IPT_BYTES || c->what == IPT_RUN;
}

/**
 * struct word - Four bytes of a packet, as a number
 * @mask:	What of it is looked at; that is to be from @min to @max
 */
struct word {
	unsigned int at;
	uint32_t mask;
	uint32_t min;
	uint32_t max;
};

/* A byte of a value, at its place in the word that is at @at */
static uint32_t shifted(const struct ipt_cond *c, const uint8_t *value,
			unsigned int at)
{
	uint32_t n = 0;
	unsigned int i;

	for (i = 0; i < WORD; i++)
		if (at + i >= c->at && at + i < (unsigned int)c->at + c->bytes)
			n |= (uint32_t)value[at + i - c->at]
			     << (8 * (WORD - 1 - i));
	return n;
}

static struct word get_word(const struct ipt_cond *c, unsigned int at)
{
	static const uint8_t ones[FIELD_MAX_BYTES] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};
	bool run = c->what == IPT_RUN;
	struct word w = {
		.at = at,
		.mask = shifted(c, run ? ones : c->v.hi, at),
		.min = shifted(c, c->v.lo, at),
	};

	w.max = run ? shifted(c, c->v.hi, at) : w.min;
	return w;
}

/* A match has room for so many; what is more goes to another one. */
static int add_word(struct ipt_draft *d, struct xt_u32 *info,
		    const struct word *w)
{
	struct xt_u32_test *t;
	int rc = 0;

	if (info->ntests == XT_U32_MAXSIZE) {
		rc = ipt_draft_match(d, "u32", 0, info, sizeof(*info));
		*info = (struct xt_u32){ 0 };
	}
	t = &info->tests[info->ntests++];
	t->location[0].number = w->at;
	t->location[1].number = w->mask;
	t->location[1].nextop = XT_U32_AND;
	t->nnums = 2;
	t->value[0].min = w->min;
	t->value[0].max = w->max;
	t->nvalues = 1;
	return rc;
}

int ipt_write_places(struct ipt_draft *d, const struct ipt_cond *const *conds,
		     unsigned int n)
{
	struct xt_u32 info = { 0 };
	unsigned int i, at, end;
	struct word w;
	int rc = 0;

	for (i = 0; i < n; i++) {
		end = (unsigned int)conds[i]->at + conds[i]->bytes;
		for (at = conds[i]->at / WORD * WORD; rc == 0 && at < end;
		     at += WORD) {
			w = get_word(conds[i], at);
			rc = add_word(d, &info, &w);
		}
	}
	return rc < 0 ? rc : ipt_draft_match(d, "u32", 0, &info, sizeof(info));
}
