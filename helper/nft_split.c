// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A list of rules at the end of a chain as fewer and shorter kernel rules.
 *
 * Where many rules ask the same of a frame, its source address for one, it is
 * asked once: what comes of a frame that meets it is a chain of its own, in
 * which nobody asks again; the rest stays.  That pays most for a question with
 * several answers, each of which would be a kernel rule of every rule.  Where
 * the rest is little more than a DROP, that goes first and no chain is needed.
 */
#include <errno.h>
#include <string.h>

#include "nft_halves.h"

#define MAX_DEPTH 3
/* Shorter lists are not worth it; longer ones take too long to look at. */
#define MIN_LIST 4
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
			if (plan_can_ask(&res[i], m))
				offer(all, &found, m,
				      cost - cost / answers(m) + match_cost(m));
		}
	}
	return found;
}

/* What it costs to ask where the rest goes first */
static unsigned int first_cost(const struct match *m)
{
	return RULE_COST + m->nvalues * match_cost(m);
}

/* What it costs to ask and go to a chain */
static unsigned int split_cost(const struct match *m)
{
	return CHAIN_COST + answers(m) * (RULE_COST + match_cost(m));
}

static unsigned int halves_cost(const struct plan_halves *h)
{
	return (h->first ? first_cost(h->m) : split_cost(h->m)) +
	       list_cost(h->met, h->nmet) +
	       list_cost(h->rest, h->first ? h->nrest - 1 : h->nrest);
}

/* What it costs at least: a rule that does not ask holds in both halves. */
static unsigned int least_cost(const struct match *m, const struct residue *res,
			       unsigned int n)
{
	unsigned int i, j;

	for (i = 0; i + 1 < n; i++) {
		for (j = 0; j < res[i].nmatches; j++)
			if (res[i].matches[j].field == m->field)
				break;
		if (j == res[i].nmatches)
			return split_cost(m);
	}
	return first_cost(m);
}

/* The best one that is left, if it may be worth what it costs. */
static const struct match *take_best(struct candidate *all, unsigned int n,
				     const struct residue *res,
				     unsigned int nres)
{
	unsigned int i, best = 0;

	for (i = 1; i < n; i++)
		if (all[i].worth > all[best].worth)
			best = i;
	if (!n || all[best].worth <= least_cost(all[best].m, res, nres))
		return NULL;
	all[best].worth = 0;
	return all[best].m;
}

/* 1 with the best way to divide a list; 0 if it is best left alone. */
static int choose(struct plan *p, const struct residue *res, unsigned int n,
		  struct plan_halves *out)
{
	unsigned int i, found, cost = list_cost(res, n);
	struct candidate all[MAX_QUESTIONS];
	const struct match *m;
	struct plan_halves h;
	int rc;

	found = find_candidates(res, n, all);
	for (i = 0; i < MAX_TRIES; i++) {
		m = take_best(all, found, res, n);
		if (!m)
			break;
		rc = plan_halve(p, m, res, n, &h);
		if (rc >= 0 && halves_cost(&h) < cost) {
			plan_halves_free(out);
			*out = h;
			cost = halves_cost(&h);
			continue;
		}
		plan_halves_free(&h);
		if (rc < 0 && rc != -E2BIG)
			return rc;
	}
	return out->m ? 1 : 0;
}

/* ---- all together -------------------------------------------------------------- */

static int add_list(const struct split *s, unsigned int chain,
		    const struct residue *res, unsigned int n,
		    unsigned int depth);

static int add_first(const struct split *s, unsigned int chain,
		     const struct residue *res, const struct plan_halves *h,
		     unsigned int depth)
{
	struct residue drop = h->rest[h->nrest - 1];
	struct match m = *h->m;
	int rc;

	m.op = OP_NE;
	drop.ethertype = res->ethertype;
	drop.nmatches = 1;
	drop.matches = &m;
	rc = plan_add_plain(s->p, chain, s->b, h->rest, h->nrest - 1,
			    s->accept);
	if (rc >= 0)
		rc = plan_add_residue(s->p, chain, s->b, &drop, s->accept);
	return rc < 0 ? rc : add_list(s, chain, h->met, h->nmet, depth + 1);
}

static int add_halves(const struct split *s, unsigned int chain,
		      const struct residue *res, const struct plan_halves *h,
		      unsigned int depth)
{
	bool invert = h->stays;
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

/* A list that is not divided any more */
static int add_whole(const struct split *s, unsigned int chain,
		     const struct residue *res, unsigned int n)
{
	struct residue *all;
	int rc;

	if (n < MIN_LIST || n > MAX_LIST)
		return plan_add_plain(s->p, chain, s->b, res, n, s->accept);
	rc = plan_ahead(s->p, res, &n, &all);
	return rc < 0 ? rc :
			plan_add_plain(s->p, chain, s->b, all, n, s->accept);
}

static int add_list(const struct split *s, unsigned int chain,
		    const struct residue *res, unsigned int n,
		    unsigned int depth)
{
	_cleanup_(plan_halves_free) struct plan_halves h = { 0 };
	int rc = 0;

	if (depth < MAX_DEPTH && n >= MIN_LIST && n <= MAX_LIST)
		rc = choose(s->p, res, n, &h);
	if (rc < 0)
		return rc;
	if (!rc)
		return add_whole(s, chain, res, n);
	return h.first ? add_first(s, chain, res, &h, depth) :
			 add_halves(s, chain, res, &h, depth);
}

int plan_add_list(struct plan *p, unsigned int chain, const struct binding *b,
		  const struct residue *res, unsigned int n,
		  enum plan_verdict accept)
{
	const struct split s = { .p = p, .b = b, .accept = accept };

	return add_list(&s, chain, res, n, 0);
}
