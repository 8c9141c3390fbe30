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
 */
#include <errno.h>

#include "nft_class.h"

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

int plan_add_special(struct plan_lower *l, const struct residue *res,
		     unsigned int n)
{
	const struct rule *last = NULL, *r;
	struct plan_rule model, *jump;
	unsigned int i, chain;
	int rc = plan_add_chain(l->plan);

	if (rc < 0)
		return rc;
	chain = (unsigned int)rc;
	jump = plan_add_rule(l->plan, 0);
	if (!jump)
		return -ENOMEM;
	jump->verdict = PLAN_JUMP;
	jump->target = chain;
	for (i = 0; rc >= 0 && i < n; i++) {
		r = res[i].rule;
		if (!last || last->entry != r->entry)
			rc = make_model(l->plan, r, &model);
		else if (model.from)
			model.from = r;
		last = r;
		if (rc >= 0)
			rc = plan_add_like(l->plan, chain, l->b, &res[i],
					   &model);
	}
	return rc;
}
