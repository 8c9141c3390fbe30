// SPDX-License-Identifier: GPL-2.0-or-later
/* What is left of rules where a question is known to be met, and where not */
#include <errno.h>
#include <string.h>

#include "nft_cond.h"
#include "nft_halves.h"

/* Kernel rules that all frames may have to pass for the sake of a few */
#define MAX_ASIDE 1

void plan_halves_free(struct plan_halves *h)
{
	free(h->met);
	free(h->rest);
	*h = (struct plan_halves){ 0 };
}

bool plan_can_ask(const struct residue *r, const struct match *m)
{
	return m->op == OP_EQ && field_get(m->field)->base == BASE_NET &&
	       r->ethertype && !r->tagged;
}

/* Take out the values that another match holds of; none may be left. */
static int exclude(struct plan *p, const struct match *m, struct match *x)
{
	struct value *v;
	unsigned int i, n = 0;

	if (match_equal(x, m)) {
		x->nvalues = 0;
		return 0;
	}
	if (x->field != m->field || !plan_is_full(x))
		return 0;
	v = plan_alloc(p, x->nvalues, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (i = 0; i < x->nvalues; i++)
		if (!plan_match_holds(m, x->values[i].lo))
			v[n++] = x->values[i];
	x->values = v;
	x->nvalues = n;
	return 0;
}

/* What is left of a rule where a match does not hold; returns as assume(). */
static int deny(struct plan *p, const struct match *m,
		const struct residue *from, struct residue *out)
{
	struct match *copy = plan_alloc(p, from->nmatches, sizeof(*copy));
	unsigned int i;
	int rc;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, from->matches, from->nmatches * sizeof(*copy));
	for (i = 0; i < from->nmatches; i++) {
		rc = exclude(p, m, &copy[i]);
		if (rc < 0)
			return rc;
		if (!copy[i].nvalues)
			return 0;
	}
	*out = *from;
	out->matches = copy;
	return 1;
}

/*
 * What is left of a rule where a match holds.  Returns 1, 0 if nothing is,
 * -E2BIG (not reported) or another negative errno.
 */
static int assume(struct plan *p, const struct match *m,
		  const struct residue *from, struct residue *out)
{
	struct match all[RULE_MAX_MATCHES + 1];
	unsigned int i, k = 0, n = 0;
	int rc;

	all[n++] = *m;
	for (i = 0; i < from->nmatches; i++)
		if (!match_equal(&from->matches[i], m))
			all[n++] = from->matches[i];
	rc = plan_simplify(p, all, &n);
	if (rc <= 0)
		return rc;
	for (i = 0; i < n; i++)
		if (!match_equal(&all[i], m))
			all[k++] = all[i];
	if (k > RULE_MAX_MATCHES)
		return -E2BIG;
	return plan_residue(p, from, all, k, out);
}

/* ---- frames that are too short to be asked ------------------------------------- */

/* Can this be true of a frame that ends before the field of a match does? */
static bool needs_less(const struct residue *r, const struct match *x,
		       const struct match *m)
{
	const struct field *a = field_get(x->field), *b = field_get(m->field);

	switch (a->base) {
	case BASE_LINK:
		return true;
	case BASE_NET:
		return r->tagged || a->offset + a->width < b->offset + b->width;
	case BASE_VIRTUAL:
		return x->field == FIELD_ETH_INNER ||
		       x->field == FIELD_IP6_FRAGHDR;
	case BASE_TRANSPORT:
	case BASE_FRAGHDR:
		break;
	}
	return false;
}

static bool accepts_short(const struct residue *r, const struct match *m)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		if (!needs_less(r, &r->matches[i], m))
			return false;
	return !r->drop;
}

static bool any_accepts_short(const struct residue *res, unsigned int n,
			      const struct match *m)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (accepts_short(&res[i], m))
			return true;
	return false;
}

/*
 * May the rest be tried first, in the same chain?  It ends in a DROP that then
 * says "and is none of these"; what stands before that never holds where the
 * question is met; and a frame without the field is dropped either way.
 */
static bool goes_first(const struct plan_halves *h)
{
	unsigned int i, rules = 0;

	if (!h->apart || !h->nrest || !h->nmet ||
	    h->rest[h->nrest - 1].nmatches || !h->met[h->nmet - 1].drop ||
	    h->met[h->nmet - 1].nmatches)
		return false;
	for (i = 0; i + 1 < h->nrest; i++)
		rules += plan_count_rules(&h->rest[i]);
	return rules <= MAX_ASIDE &&
	       !any_accepts_short(h->met, h->nmet, h->m) &&
	       !any_accepts_short(h->rest, h->nrest, h->m);
}

/* The rule that decides those frames, if there is no doubt which it is. */
static const struct rule *decides_short(const struct plan_halves *h,
					const struct residue *res,
					unsigned int n)
{
	unsigned int i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < res[i].nmatches; j++)
			if (!needs_less(&res[i], &res[i].matches[j], h->m))
				break;
		if (!res[i].nmatches)
			return res[i].rule;
		if (j == res[i].nmatches)
			return NULL;
	}
	return NULL;
}

/*
 * Which of the two is to be the other chain?  What is met stays here if a
 * frame without the field comes to the same end in both: "is none of these"
 * is one rule, however many values there are, and the kernel looks through a
 * chain once for each rule that leads to it.
 */
static bool stays(const struct plan_halves *h)
{
	const struct rule *met = decides_short(h, h->met, h->nmet);

	return met && met == decides_short(h, h->rest, h->nrest);
}

/* ---- all together -------------------------------------------------------------- */

int plan_halve(struct plan *p, const struct match *m, const struct residue *res,
	       unsigned int n, struct plan_halves *out)
{
	unsigned int i;
	int rc, held;

	*out = (struct plan_halves){ .m = m, .apart = true };
	out->met = util_alloc(n, sizeof(*res));
	out->rest = util_alloc(n, sizeof(*res));
	if (!out->met || !out->rest)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		held = assume(p, m, &res[i], &out->met[out->nmet]);
		if (held < 0)
			return held;
		out->nmet += (unsigned int)held;
		rc = deny(p, m, &res[i], &out->rest[out->nrest]);
		if (rc < 0)
			return rc;
		out->nrest += (unsigned int)rc;
		if (held && rc && i + 1 < n)
			out->apart = false;
	}
	out->nmet = plan_trim(out->met, out->nmet);
	out->nrest = plan_trim(out->rest, out->nrest);
	rc = plan_prune(p, out->met, &out->nmet);
	if (rc == 0)
		rc = plan_prune(p, out->rest, &out->nrest);
	if (rc < 0)
		return rc;
	out->stays = stays(out);
	out->first = goes_first(out);
	return 0;
}
