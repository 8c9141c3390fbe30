// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The chains of classes.  Of the bodies of a class, a frame meets one after the
 * other: one that only drops stands in the chain itself, one that also accepts
 * is a chain of its own in which ACCEPT returns, and the last such one stands
 * in the chain as well.
 */
#include <errno.h>
#include <string.h>

#include "nft_class.h"

/* So many kernel rules of a class are not worth a chain; and in frequent classes */
#define INLINE_MAX 8
#define INLINE_MAX_IP 2

/* A jump to the chain of a body. */
static int add_jump(struct plan_lower *l, unsigned int chain,
		    struct plan_body *body)
{
	struct plan_rule *r;
	int rc;

	if (!body->chain) {
		rc = plan_add_chain(l->plan);
		if (rc < 0)
			return rc;
		body->chain = (unsigned int)rc;
		rc = plan_add_list(l->plan, body->chain, l->b, body->res,
				   body->n, PLAN_RETURN);
		if (rc < 0)
			return rc;
	}
	r = plan_add_rule(l->plan, chain);
	if (!r)
		return -ENOMEM;
	r->verdict = PLAN_JUMP;
	r->target = body->chain;
	return 0;
}

/*
 * The bodies of a class.  They are conjuncts, so those that only drop can go
 * first.  @last: nothing follows in this chain, an ACCEPT of the last body
 * is final.
 */
static int add_bodies(struct plan_lower *l, unsigned int chain,
		      const struct plan_class *cp, bool last)
{
	unsigned int i, accepting = 0;
	struct plan_body *body;
	int rc = 0;

	for (i = 0; rc >= 0 && i < cp->n; i++) {
		body = cp->bodies[i];
		accepting += body->accepts;
		if (!body->accepts)
			rc = plan_add_plain(l->plan, chain, l->b, body->res,
					    body->n, PLAN_ACCEPT);
	}
	for (i = 0; rc >= 0 && i < cp->n; i++) {
		body = cp->bodies[i];
		if (!body->accepts)
			continue;
		if (--accepting || !last)
			rc = add_jump(l, chain, body);
		else
			rc = plan_add_list(l->plan, chain, l->b, body->res,
					   body->n, PLAN_ACCEPT);
	}
	return rc;
}

static bool is_final(const struct plan_class *cp)
{
	return cp->drop || !cp->n;
}

/* All that happens in a class, up to the end of a chain. */
static int add_content(struct plan_lower *l, unsigned int chain,
		       const struct plan_class *cp)
{
	struct plan_rule *r;

	if (!cp->drop)
		return add_bodies(l, chain, cp, true);
	r = plan_add_rule(l->plan, chain);
	if (!r)
		return -ENOMEM;
	r->verdict = PLAN_DROP;
	r->from = cp->drop->rule;
	return 0;
}

/* A test of the EtherType alone in the base chain. */
static int add_test(struct plan_lower *l, unsigned int class_no,
		    enum match_op op, enum plan_verdict verdict,
		    unsigned int target, const struct residue *from)
{
	return plan_add_test(l->plan, 0, FIELD_ETH_TYPE, op,
			     l->types.type[class_no], verdict, target,
			     from ? from->rule : NULL);
}

static bool is_small(const struct plan_class *cp, unsigned int class_no)
{
	bool frequent = class_no == CLASS_IP4 || class_no == CLASS_IP6;
	unsigned int i, sum = 0;
	const struct residue *r;

	if (cp->n != 1)
		return false;
	for (i = 0; i < cp->bodies[0]->n; i++) {
		r = &cp->bodies[0]->res[i];
		if (r->nmatches == RULE_MAX_MATCHES)
			return false;
		sum += plan_count_rules(r);
	}
	return sum <= (frequent ? INLINE_MAX_IP : INLINE_MAX);
}

/* Rules of a class in the base chain: each tests the EtherType. */
static int add_inline(struct plan_lower *l, unsigned int class_no,
		      const struct plan_body *body)
{
	struct value value = { .hi = { 0xff, 0xff } };
	struct match type = { .field = FIELD_ETH_TYPE,
			      .op = OP_EQ,
			      .nvalues = 1,
			      .values = &value };
	struct match matches[RULE_MAX_MATCHES];
	struct residue r;
	unsigned int i;
	int rc;

	memcpy(value.lo, l->types.type[class_no], sizeof(value.lo));
	matches[0] = type;
	for (i = 0; i < body->n; i++) {
		r = body->res[i];
		memcpy(matches + 1, r.matches, r.nmatches * sizeof(*matches));
		r.matches = matches;
		r.nmatches++;
		rc = plan_add_residue(l->plan, 0, l->b, &r, PLAN_ACCEPT);
		if (rc < 0)
			return rc;
	}
	/* nothing in it decides the rest: that passes */
	if (body->res[body->n - 1].nmatches)
		return add_test(l, class_no, OP_EQ, PLAN_ACCEPT, 0, NULL);
	return 0;
}

/* What becomes of a class, in the base chain. */
static int add_class(struct plan_lower *l, unsigned int class_no)
{
	struct plan_class *cp = &l->classes[class_no];
	int rc;

	if (cp->like)
		cp = cp->like;
	if (is_final(cp))
		return add_test(l, class_no, OP_EQ,
				cp->drop ? PLAN_DROP : PLAN_ACCEPT, 0,
				cp->drop);
	if (is_small(cp, class_no))
		return add_inline(l, class_no, cp->bodies[0]);
	if (!cp->chain) {
		rc = plan_add_chain(l->plan);
		if (rc < 0)
			return rc;
		cp->chain = (unsigned int)rc;
		rc = add_content(l, cp->chain, cp);
		if (rc < 0)
			return rc;
	}
	return add_test(l, class_no, OP_EQ, PLAN_GOTO, cp->chain, NULL);
}

/*
 * The class that needs no test because it stands at the end: CLASS_OTHER, or
 * when nothing is to be looked at there, another one.
 */
static unsigned int last_class(const struct plan_lower *l)
{
	unsigned int c, here = CLASS_OTHER;

	if (!is_final(&l->classes[here]))
		return here;
	for (c = CLASS_OTHER + 1; c < l->types.n; c++)
		if (!is_final(&l->classes[c]) && !l->classes[c].like)
			here = c;
	return here;
}

static bool all_accept(const struct plan_lower *l)
{
	unsigned int c;

	for (c = 0; c < l->types.n; c++)
		if (l->classes[c].drop || l->classes[c].n)
			return false;
	return true;
}

static bool just_passes(const struct plan_class *cp)
{
	if (cp->like)
		cp = cp->like;
	return is_final(cp) && !cp->drop;
}

/* All that is of no class is dropped: "drop what is none of these" does. */
static int drop_other(struct plan_lower *l, const struct residue *drop)
{
	struct value values[CLASS_MAX] = { 0 };
	struct match m = { .field = FIELD_ETH_TYPE,
			   .op = OP_NE,
			   .values = values };
	struct residue r = *drop;
	unsigned int c;

	for (c = CLASS_OTHER + 1; c < l->types.n; c++) {
		if (!just_passes(&l->classes[c]))
			continue;
		memcpy(values[m.nvalues].lo, l->types.type[c],
		       sizeof(values[0].lo));
		value_full_mask(field_get(m.field), &values[m.nvalues++]);
	}
	r.nmatches = m.nvalues ? 1 : 0;
	r.matches = &m;
	return plan_add_residue(l->plan, 0, l->b, &r, PLAN_ACCEPT);
}

int plan_add_base(struct plan_lower *l)
{
	const struct plan_class *other = &l->classes[CLASS_OTHER];
	unsigned int c, here = last_class(l);
	bool drops = other->drop && here == CLASS_OTHER;
	int rc;

	rc = add_bodies(l, 0, &l->common, all_accept(l));
	for (c = CLASS_OTHER + 1; rc >= 0 && c < l->types.n; c++)
		if (c != here && l->classes[c].like != other &&
		    !(drops && just_passes(&l->classes[c])))
			rc = add_class(l, c);
	if (rc >= 0 && drops)
		return drop_other(l, other->drop);
	if (rc >= 0 && here != CLASS_OTHER)
		rc = add_test(l, here, OP_NE,
			      other->drop ? PLAN_DROP : PLAN_ACCEPT, 0,
			      other->drop);
	return rc < 0 ? rc : add_content(l, 0, &l->classes[here]);
}
