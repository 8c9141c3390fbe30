// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Profiles whose rules do more than to accept or drop: limits, logs, REJECT; and
 * those that ask for connections.
 *
 * What the others are made of, merged lists and rules that are left out because
 * they decide nothing, would count or note frames twice or not at all.  Such a
 * profile is a chain of its own instead, which the base chain jumps to before
 * anything else; its rules stand in it one after the other, as they are.
 *
 * A rule with a log leads to a small chain that notes the frame and gives the
 * verdict.  One for all kernel rules of an entry: so its rate is that of the
 * entry.  An ACCEPT there is the end of the chain, which goes back to where the
 * profile's chain was left from.
 *
 * tf:ConnLimit counts in such a chain, too: once for all of an entry, whatever
 * the state of the connections.  Packets of those above the number go on in one
 * more chain, with the entries that follow.
 */
#include <errno.h>

#include "nft_class.h"
#include "nft_cond.h"

bool plan_is_special(const struct binding *b, enum direction dir,
		     unsigned int profile)
{
	const struct rule *r;
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		r = &b->rules[i];
		if (r->profile == profile && r->dir == dir &&
		    (r->limit.frames || r->log.on || rule_is_stateful(r) ||
		     r->verdict == VERDICT_REJECT))
			return true;
	}
	return false;
}

static enum plan_verdict verdict_of(const struct rule *r)
{
	switch (r->verdict) {
	case VERDICT_ACCEPT:
		return PLAN_RETURN;
	case VERDICT_REJECT:
		return PLAN_REJECT;
	case VERDICT_DROP:
		break;
	}
	return PLAN_DROP;
}

/* The chain that notes a frame; returns its index or negative errno. */
static int add_log(struct plan *p, const struct rule *r)
{
	int chain = plan_add_chain(p);
	struct plan_rule *note, *end;

	if (chain < 0)
		return chain;
	note = plan_add_rule(p, (unsigned int)chain);
	if (!note)
		return -ENOMEM;
	note->log = &r->log;
	note->verdict = PLAN_CONTINUE;
	end = plan_add_rule(p, (unsigned int)chain);
	if (!end)
		return -ENOMEM;
	end->from = r;
	end->verdict = verdict_of(r);
	return chain;
}

/* What all kernel rules of an entry do, the same for all its rules */
static int make_model(struct plan *p, const struct rule *r,
		      struct plan_rule *out)
{
	int rc;

	*out = (struct plan_rule){ .from = r, .verdict = verdict_of(r) };
	if (r->limit.frames) {
		rc = plan_add_limit(p, r);
		if (rc < 0)
			return rc;
		out->limit = p->nlimits;
	}
	if (!r->log.on)
		return 0;
	rc = add_log(p, r);
	if (rc < 0)
		return rc;
	out->from = NULL;
	out->verdict = PLAN_GOTO;
	out->target = (unsigned int)rc;
	return 0;
}

/* ---- tf:ConnLimit ---------------------------------------------------------- */

/* Where the packets that were counted come to */
struct counted {
	struct plan_rule model; /* what the entry does */
	const struct match *state; /* that they must have, or NULL */
	unsigned int rest; /* chain of the others */
};

/* Append a rule without conditions that leads to another chain. */
static int go_on(struct plan *p, unsigned int chain, unsigned int target)
{
	struct plan_rule *r = plan_add_rule(p, chain);

	if (!r)
		return -ENOMEM;
	r->verdict = PLAN_GOTO;
	r->target = target;
	return 0;
}

/* A chain for what else is asked of them; its index or negative errno */
static int add_questions(struct plan *p, const struct binding *b,
			 const struct rule *r, const struct counted *c)
{
	const struct residue res = { .rule = r,
				     .nmatches = c->state ? 1 : 0,
				     .matches = c->state };
	int rc, chain = plan_add_chain(p);

	if (chain < 0)
		return chain;
	rc = plan_add_like(p, (unsigned int)chain, b, &res, &c->model);
	if (rc >= 0)
		rc = go_on(p, (unsigned int)chain, c->rest);
	return rc < 0 ? rc : chain;
}

/* The chain that counts, before what the entry does; its index or an error */
static int add_count(struct plan *p, uint32_t conns, const struct counted *c)
{
	struct plan_cond *none = plan_alloc(p, 1, sizeof(*none));
	int rc, chain = plan_add_chain(p);
	struct plan_rule *r;

	if (chain < 0 || !none)
		return chain < 0 ? chain : -ENOMEM;
	rc = plan_no_connection(p, none);
	/* the kernel drops what it cannot count; but that opens nothing */
	r = rc < 0 ? NULL : plan_add_rule(p, (unsigned int)chain);
	if (!r)
		return -ENOMEM;
	*r = c->model;
	r->nconds = 1;
	r->conds = none;
	r = plan_add_rule(p, (unsigned int)chain);
	if (!r)
		return -ENOMEM;
	*r = c->model;
	r->conns = conns;
	rc = go_on(p, (unsigned int)chain, c->rest);
	return rc < 0 ? rc : chain;
}

/* Put the count before a model; what is above it goes on in @rest. */
static int add_conns(struct plan *p, const struct binding *b,
		     const struct rule *r, unsigned int rest,
		     struct plan_rule *model)
{
	struct counted c = { .model = *model,
			     .state = rule_find(r, FIELD_CT_STATE),
			     .rest = rest };
	int chain;

	if (c.state || model->limit) {
		chain = add_questions(p, b, r, &c);
		if (chain < 0)
			return chain;
		c.model = (struct plan_rule){ .verdict = PLAN_GOTO,
					      .target = (unsigned int)chain };
	}
	chain = add_count(p, r->conns, &c);
	*model = (struct plan_rule){ .verdict = PLAN_GOTO,
				     .target = (unsigned int)chain };
	return chain < 0 ? chain : 0;
}

/* The residue without what is asked behind the count */
static int without_state(struct plan *p, const struct residue *from,
			 struct residue *out)
{
	struct match *kept = plan_alloc(p, from->nmatches, sizeof(*kept));
	unsigned int i;

	if (!kept)
		return -ENOMEM;
	*out = *from;
	out->nmatches = 0;
	out->matches = kept;
	for (i = 0; i < from->nmatches; i++)
		if (from->matches[i].field != FIELD_CT_STATE)
			kept[out->nmatches++] = from->matches[i];
	return 0;
}

/* ---- the profile ----------------------------------------------------------- */

/*
 * All residues of the entry that the first is of, into @chain; where the
 * profile goes on is in @chain then.  Returns how many these are.
 */
static int add_entry(struct plan_lower *l, const struct residue *res,
		     unsigned int n, unsigned int *chain)
{
	const struct rule *first = res[0].rule;
	unsigned int i, at = *chain;
	struct plan_rule model;
	struct residue one;
	int rest = 0, rc = make_model(l->plan, first, &model);

	if (rc >= 0 && first->conns) {
		rest = plan_add_chain(l->plan);
		rc = rest < 0 ? rest :
				add_conns(l->plan, l->b, first,
					  (unsigned int)rest, &model);
	}
	for (i = 0; rc >= 0 && i < n && res[i].rule->entry == first->entry;
	     i++) {
		one = res[i];
		if (first->conns)
			rc = without_state(l->plan, &res[i], &one);
		if (model.from)
			model.from = one.rule;
		if (rc >= 0)
			rc = plan_add_like(l->plan, at, l->b, &one, &model);
	}
	if (rc >= 0 && first->conns) {
		rc = go_on(l->plan, at, (unsigned int)rest);
		*chain = (unsigned int)rest;
	}
	return rc < 0 ? rc : (int)i;
}

int plan_add_special(struct plan_lower *l, const struct residue *res,
		     unsigned int n)
{
	int rc = plan_add_chain(l->plan);
	struct plan_rule *jump;
	unsigned int i, chain;

	if (rc < 0)
		return rc;
	chain = (unsigned int)rc;
	jump = plan_add_rule(l->plan, 0);
	if (!jump)
		return -ENOMEM;
	jump->verdict = PLAN_JUMP;
	jump->target = chain;
	for (i = 0; rc >= 0 && i < n; i += (unsigned int)rc) {
		rc = add_entry(l, &res[i], n - i, &chain);
		if (rc < 0)
			return rc;
	}
	return rc < 0 ? rc : 0;
}
