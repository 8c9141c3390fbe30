// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A list of rules at the end of a chain as fewer and shorter kernel rules.
 *
 * Where many rules ask the same of a frame, its source address for one, it is
 * asked once: what comes of a frame that meets it is a chain of its own, in
 * which nobody asks again; the rest stays.  That pays most for a question with
 * several answers, each of which would be a kernel rule of every rule.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "nft_body.h"
#include "nft_cond.h"

#define MAX_DEPTH 3
/* Shorter lists are not worth it; longer ones take too long to look at. */
#define MIN_LIST 6
#define MAX_LIST 256
#define MAX_QUESTIONS 32
#define MAX_TRIES 3

/* Roughly what things cost, in expressions of the kernel */
#define RULE_COST 5
#define CHAIN_COST 15
#define FULL_LIST 6 /* values; more are a set */

struct split {
	struct plan *p;
	const struct binding *b;
	enum plan_verdict accept;
};

/* ---- what rules cost --------------------------------------------------------- */

static unsigned int answers(const struct match *m)
{
	if (m->op != OP_EQ && m->op != OP_RANGE)
		return 1;
	return plan_is_full(m) && m->nvalues > FULL_LIST ? 1 : m->nvalues;
}

static unsigned int match_cost(const struct match *m)
{
	return plan_is_full(m) || m->op == OP_RANGE ? 2 : 3;
}

unsigned int plan_count_rules(const struct residue *r)
{
	unsigned int i, n = plan_wants_guard(r) ? 2 : 1;

	for (i = 0; i < r->nmatches; i++)
		n *= answers(&r->matches[i]);
	return n;
}

static unsigned int residue_cost(const struct residue *r)
{
	unsigned int i, each = RULE_COST, n = plan_count_rules(r);

	for (i = 0; i < r->nmatches; i++)
		each += match_cost(&r->matches[i]);
	return n * (plan_wants_guard(r) ? each + 3 : each);
}

static unsigned int list_cost(const struct residue *res, unsigned int n)
{
	unsigned int i, sum = 0;

	for (i = 0; i < n; i++)
		sum += residue_cost(&res[i]);
	return sum;
}

/* ---- one question asked once ------------------------------------------------ */

/**
 * struct halves - A list divided by a match
 * @m:		The match
 * @met:	What is left of the rules where it holds
 * @rest:	What is left where it does not
 */
struct halves {
	const struct match *m;
	struct residue *met, *rest;
	unsigned int nmet, nrest;
};

static void free_halves(struct halves *h)
{
	free(h->met);
	free(h->rest);
	*h = (struct halves){ 0 };
}

/* Fields that are in the frame or not, without more to it */
static bool can_ask(const struct residue *r, const struct match *m)
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
	struct match all[RULE_MAX_MATCHES + 1], *copy;
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
	copy = plan_alloc(p, k, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, all, k * sizeof(*copy));
	*out = *from;
	out->nmatches = k;
	out->matches = copy;
	return 1;
}

/* Returns 0, -E2BIG (not reported) or another negative errno. */
static int halve(struct plan *p, const struct match *m,
		 const struct residue *res, unsigned int n, struct halves *out)
{
	unsigned int i;
	int rc;

	*out = (struct halves){ .m = m };
	out->met = util_alloc(n, sizeof(*res));
	out->rest = util_alloc(n, sizeof(*res));
	if (!out->met || !out->rest)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		rc = assume(p, m, &res[i], &out->met[out->nmet]);
		if (rc < 0)
			return rc;
		out->nmet += (unsigned int)rc;
		rc = deny(p, m, &res[i], &out->rest[out->nrest]);
		if (rc < 0)
			return rc;
		out->nrest += (unsigned int)rc;
	}
	out->nmet = plan_trim(out->met, out->nmet);
	out->nrest = plan_trim(out->rest, out->nrest);
	rc = plan_prune(p, out->met, &out->nmet);
	return rc < 0 ? rc : plan_prune(p, out->rest, &out->nrest);
}

/* ---- which question ----------------------------------------------------------- */

/* A question, and what all rules together pay for it */
struct candidate {
	const struct match *m;
	unsigned int worth;
};

static void offer(struct candidate *all, unsigned int *n, const struct match *m,
		  unsigned int worth)
{
	unsigned int i;

	for (i = 0; i < *n; i++)
		if (match_equal(all[i].m, m))
			break;
	if (i == MAX_QUESTIONS)
		return;
	if (i == *n)
		all[(*n)++] = (struct candidate){ .m = m };
	all[i].worth += worth;
}

static unsigned int find_candidates(const struct residue *res, unsigned int n,
				    struct candidate *all)
{
	unsigned int i, j, cost, found = 0;
	const struct match *m;

	for (i = 0; i < n; i++) {
		cost = residue_cost(&res[i]);
		for (j = 0; j < res[i].nmatches; j++) {
			m = &res[i].matches[j];
			if (can_ask(&res[i], m))
				offer(all, &found, m,
				      cost - cost / answers(m) + match_cost(m));
		}
	}
	return found;
}

/* What it costs to ask */
static unsigned int split_cost(const struct match *m)
{
	return CHAIN_COST + answers(m) * (RULE_COST + match_cost(m));
}

static unsigned int halves_cost(const struct halves *h)
{
	return split_cost(h->m) + list_cost(h->met, h->nmet) +
	       list_cost(h->rest, h->nrest);
}

/* The best one that is left, if it may be worth what it costs. */
static const struct match *take_best(struct candidate *all, unsigned int n)
{
	unsigned int i, best = 0;

	for (i = 1; i < n; i++)
		if (all[i].worth > all[best].worth)
			best = i;
	if (!n || all[best].worth <= split_cost(all[best].m))
		return NULL;
	all[best].worth = 0;
	return all[best].m;
}

/* 1 with the best way to divide a list; 0 if it is best left alone. */
static int choose(struct plan *p, const struct residue *res, unsigned int n,
		  struct halves *out)
{
	unsigned int i, found, cost = list_cost(res, n);
	struct candidate all[MAX_QUESTIONS];
	const struct match *m;
	struct halves h;
	int rc;

	found = find_candidates(res, n, all);
	for (i = 0; i < MAX_TRIES; i++) {
		m = take_best(all, found);
		if (!m)
			break;
		rc = halve(p, m, res, n, &h);
		if (rc >= 0 && halves_cost(&h) < cost) {
			free_halves(out);
			*out = h;
			cost = halves_cost(&h);
			continue;
		}
		free_halves(&h);
		if (rc < 0 && rc != -E2BIG)
			return rc;
	}
	return out->m ? 1 : 0;
}

/* ---- all together -------------------------------------------------------------- */

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

/* The rule that decides those frames, if there is no doubt which it is. */
static const struct rule *
decides_short(const struct halves *h, const struct residue *res, unsigned int n)
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
static bool stays(const struct halves *h)
{
	const struct rule *met = decides_short(h, h->met, h->nmet);

	return met && met == decides_short(h, h->rest, h->nrest);
}

static int add_list(const struct split *s, unsigned int chain,
		    const struct residue *res, unsigned int n,
		    unsigned int depth);

static int add_halves(const struct split *s, unsigned int chain,
		      const struct residue *res, const struct halves *h,
		      unsigned int depth)
{
	bool invert = stays(h);
	struct match m = *h->m;
	struct residue way = {
		.rule = res->rule,
		.ethertype = res->ethertype,
		.nmatches = 1,
		.matches = &m,
	};
	unsigned int met = chain, rest = chain, own;
	int rc = plan_add_chain(s->p);

	if (rc < 0)
		return rc;
	own = (unsigned int)rc;
	if (invert)
		m.op = OP_NE;
	*(invert ? &rest : &met) = own;
	rc = plan_add_way(s->p, chain, s->b, &way, PLAN_GOTO, own);
	if (rc >= 0)
		rc = add_list(s, met, h->met, h->nmet, depth + 1);
	return rc < 0 ? rc : add_list(s, rest, h->rest, h->nrest, depth + 1);
}

static int add_list(const struct split *s, unsigned int chain,
		    const struct residue *res, unsigned int n,
		    unsigned int depth)
{
	_cleanup_(free_halves) struct halves h = { 0 };
	int rc = 0;

	if (depth < MAX_DEPTH && n >= MIN_LIST && n <= MAX_LIST)
		rc = choose(s->p, res, n, &h);
	if (rc < 0)
		return rc;
	return rc ? add_halves(s, chain, res, &h, depth) :
		    plan_add_plain(s->p, chain, s->b, res, n, s->accept);
}

int plan_add_list(struct plan *p, unsigned int chain, const struct binding *b,
		  const struct residue *res, unsigned int n,
		  enum plan_verdict accept)
{
	const struct split s = { .p = p, .b = b, .accept = accept };

	return add_list(&s, chain, res, n, 0);
}
