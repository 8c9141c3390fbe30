// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of conditions, and numbers of up to 8 bits as sets */
#include <errno.h>
#include <string.h>

#include "ipt_numbers.h"

struct ipt_list *ipt_list_add(struct ipt_conds *c)
{
	struct ipt_list *l = util_grow(&c->lists, c->n, sizeof(*l));

	if (l)
		c->n++;
	return l;
}

struct ipt_cond *ipt_cond_add(struct ipt_list *l, enum ipt_what what)
{
	struct ipt_cond *c = l ? util_grow(&l->conds, l->n, sizeof(*c)) : NULL;

	if (c) {
		c->what = what;
		l->n++;
	}
	return c;
}

/* ---- numbers ------------------------------------------------------------- */

static bool in_value(const struct match *m, const struct value *v,
		     unsigned int number)
{
	if (m->op == OP_RANGE || m->op == OP_NRANGE)
		return number >= v->lo[0] && number <= v->hi[0];
	return (number & v->hi[0]) == v->lo[0];
}

static bool meets(const struct match *m, unsigned int number)
{
	unsigned int i;

	for (i = 0; i < m->nvalues; i++)
		if (in_value(m, &m->values[i], number))
			return m->op == OP_EQ || m->op == OP_RANGE;
	return m->op == OP_NE || m->op == OP_NRANGE;
}

/* How many numbers of a field are left; all when nothing asks for it */
unsigned int ipt_leave(const struct rule *r, enum field_id field,
		       struct numbers *s)
{
	unsigned int i, k, left = 0;

	for (k = 0; k < s->size; k++) {
		for (i = 0; s->has[k] && i < r->nmatches; i++)
			if (r->matches[i].field == field &&
			    !meets(&r->matches[i], k))
				s->has[k] = false;
		left += s->has[k];
	}
	return left;
}

struct numbers ipt_all_numbers(unsigned int size)
{
	struct numbers s = { .size = size };

	memset(s.has, true, size);
	return s;
}

/* The next run of numbers that are left, from *@next on: that of @first up to
 * but without *@next */
bool ipt_next_run(const struct numbers *s, unsigned int *first,
		  unsigned int *next)
{
	while (*next < s->size && !s->has[*next])
		++*next;
	*first = *next;
	while (*next < s->size && s->has[*next])
		++*next;
	return *first < *next;
}

int ipt_add_runs(struct ipt_conds *out, const struct numbers *s,
		 enum ipt_what what)
{
	struct ipt_list *l = ipt_list_add(out);
	struct ipt_cond *c;
	unsigned int first, next = 0;

	while (ipt_next_run(s, &first, &next)) {
		c = ipt_cond_add(l, what);
		if (!c)
			return -ENOMEM;
		c->v.lo[0] = (uint8_t)first;
		c->v.hi[0] = (uint8_t)(next - 1);
	}
	return 0;
}

/* Each number that is left, or not any of those that are not */
int ipt_add_singles(struct ipt_conds *out, const struct numbers *s,
		    unsigned int left, enum ipt_what what)
{
	bool inverted = left > s->size / 2;
	struct ipt_list *l = NULL;
	struct ipt_cond *c;
	unsigned int k;

	for (k = 0; k < s->size; k++) {
		if (s->has[k] == inverted)
			continue;
		if (!l || inverted)
			l = ipt_list_add(out);
		c = ipt_cond_add(l, what);
		if (!c)
			return -ENOMEM;
		c->inverted = inverted;
		c->v.lo[0] = (uint8_t)k;
	}
	return 0;
}
