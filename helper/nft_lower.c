// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The chains of one direction.  Frames fall into classes by their EtherType,
 * and what is left of a profile (its body) is short.  A frame meets the bodies
 * of its class one after the other: those that only drop stand in the chain
 * itself, one that also accepts is a chain of its own in which ACCEPT returns,
 * and the last such one stands in the chain as well.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "nft_body.h"

struct class_plan {
	const struct residue *drop; /* all frames are dropped, by this */
	unsigned int n;
	struct plan_body **bodies;
	unsigned int chain; /* 0 while it has none */
};

struct lower {
	const struct binding *b;
	enum direction dir;
	struct plan *plan;
	struct plan_classes types;
	struct class_plan classes[CLASS_MAX];
	struct class_plan common; /* bodies that all classes have */
};

static int add_profile(struct lower *l, unsigned int profile,
		       struct residue *scratch)
{
	struct plan_body *known = NULL, *body;
	struct class_plan *cp;
	unsigned int c, i, n = 0;
	int rc;

	for (i = 0; i < l->b->nrules; i++)
		n += l->b->rules[i].profile == profile &&
		     l->b->rules[i].dir == l->dir;
	for (c = 0; n && c < l->types.n; c++) {
		rc = plan_body_make(l->plan, l->b, l->dir, profile, &l->types,
				    c, scratch, &known, &body);
		if (rc < 0)
			return rc;
		cp = &l->classes[c];
		if (!body->n || cp->drop)
			continue;
		if (!body->res[0].nmatches) {
			cp->drop = &body->res[0];
			cp->n = 0;
			continue;
		}
		cp->bodies[cp->n++] = body;
	}
	return 0;
}

static bool take_body(struct class_plan *cp, const struct plan_body *body)
{
	unsigned int i;

	for (i = 0; i < cp->n; i++)
		if (cp->bodies[i] == body) {
			cp->n--;
			memmove(&cp->bodies[i], &cp->bodies[i + 1],
				(cp->n - i) * sizeof(*cp->bodies));
			return true;
		}
	return false;
}

static bool has_body(const struct class_plan *cp, const struct plan_body *body)
{
	unsigned int i;

	for (i = 0; i < cp->n; i++)
		if (cp->bodies[i] == body)
			return true;
	return false;
}

/*
 * Move bodies that every class has to the front of the base chain.  A class
 * that drops all its frames does not mind.
 */
static void hoist(struct lower *l)
{
	struct class_plan *first = NULL, *cp;
	unsigned int c, i, open = 0;
	struct plan_body *body;

	for (c = 0; c < l->types.n; c++) {
		if (l->classes[c].drop)
			continue;
		open++;
		if (!first)
			first = &l->classes[c];
	}
	if (open < 2)
		return;
	for (i = 0; i < first->n;) {
		body = first->bodies[i];
		for (c = 0; c < l->types.n; c++) {
			cp = &l->classes[c];
			if (!cp->drop && !has_body(cp, body))
				break;
		}
		if (c < l->types.n) {
			i++;
			continue;
		}
		for (c = 0; c < l->types.n; c++)
			take_body(&l->classes[c], body);
		l->common.bodies[l->common.n++] = body;
	}
}

static int add_residues(struct lower *l, unsigned int chain,
			const struct plan_body *body, enum plan_verdict accept)
{
	unsigned int i;
	int rc;

	for (i = 0; i < body->n; i++) {
		rc = plan_add_residue(l->plan, chain, l->b, &body->res[i],
				      accept);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A jump to the chain of a body. */
static int add_jump(struct lower *l, unsigned int chain, struct plan_body *body)
{
	struct plan_rule *r;
	int rc;

	if (!body->chain) {
		rc = plan_add_chain(l->plan);
		if (rc < 0)
			return rc;
		body->chain = (unsigned int)rc;
		rc = add_residues(l, body->chain, body, PLAN_RETURN);
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
static int add_bodies(struct lower *l, unsigned int chain,
		      const struct class_plan *cp, bool last)
{
	unsigned int i, accepting = 0;
	int rc = 0;

	for (i = 0; rc >= 0 && i < cp->n; i++) {
		accepting += cp->bodies[i]->accepts;
		if (!cp->bodies[i]->accepts)
			rc = add_residues(l, chain, cp->bodies[i], PLAN_ACCEPT);
	}
	for (i = 0; rc >= 0 && i < cp->n; i++) {
		if (!cp->bodies[i]->accepts)
			continue;
		if (--accepting || !last)
			rc = add_jump(l, chain, cp->bodies[i]);
		else
			rc = add_residues(l, chain, cp->bodies[i], PLAN_ACCEPT);
	}
	return rc;
}

static bool same_class(const struct class_plan *a, const struct class_plan *b)
{
	if (a->drop || b->drop)
		return a->drop && b->drop;
	return a->n == b->n &&
	       (!a->n || memcmp(a->bodies, b->bodies,
				a->n * sizeof(struct plan_body *)) == 0);
}

static bool is_final(const struct class_plan *cp)
{
	return cp->drop || !cp->n;
}

static uint16_t class_type(const struct lower *l, unsigned int class_no)
{
	return (uint16_t)(l->types.type[class_no][0] << 8 |
			  l->types.type[class_no][1]);
}

/* A rule that sends a class of frames where its bodies are. */
static int add_class(struct lower *l, unsigned int class_no)
{
	struct class_plan *cp = &l->classes[class_no];
	uint16_t type = class_type(l, class_no);
	unsigned int c;
	int rc;

	if (cp->drop)
		return plan_add_ethertype(l->plan, 0, OP_EQ, type, PLAN_DROP, 0,
					  cp->drop->rule);
	if (!cp->n)
		return plan_add_ethertype(l->plan, 0, OP_EQ, type, PLAN_ACCEPT,
					  0, NULL);
	for (c = CLASS_OTHER + 1; c < class_no; c++)
		if (l->classes[c].chain && same_class(&l->classes[c], cp))
			cp->chain = l->classes[c].chain;
	if (!cp->chain) {
		rc = plan_add_chain(l->plan);
		if (rc < 0)
			return rc;
		cp->chain = (unsigned int)rc;
		rc = add_bodies(l, cp->chain, cp, true);
		if (rc < 0)
			return rc;
	}
	return plan_add_ethertype(l->plan, 0, OP_EQ, type, PLAN_GOTO, cp->chain,
				  NULL);
}

/* What is left at the end of the base chain. */
static int add_rest(struct lower *l, const struct class_plan *cp)
{
	struct plan_rule *r;

	if (!cp->drop)
		return add_bodies(l, 0, cp, true);
	r = plan_add_rule(l->plan, 0);
	if (!r)
		return -ENOMEM;
	r->verdict = PLAN_DROP;
	r->from = cp->drop->rule;
	return 0;
}

/*
 * The base chain.  When nothing is to be looked at in frames without a class
 * of their own, the last class that is looked at stands in the base chain and
 * saves a chain.
 */
static int add_base(struct lower *l)
{
	const struct class_plan *other = &l->classes[CLASS_OTHER];
	unsigned int class_no, here = CLASS_OTHER;
	bool alone = is_final(other) && !other->drop;
	int rc;

	for (class_no = CLASS_OTHER + 1; class_no < l->types.n; class_no++) {
		alone &= same_class(&l->classes[class_no], other);
		if (is_final(other) && !is_final(&l->classes[class_no]))
			here = class_no;
	}
	rc = add_bodies(l, 0, &l->common, alone);
	for (class_no = CLASS_OTHER + 1; rc >= 0 && class_no < l->types.n;
	     class_no++)
		if (class_no != here &&
		    !same_class(&l->classes[class_no], other))
			rc = add_class(l, class_no);
	if (rc >= 0 && here != CLASS_OTHER)
		rc = plan_add_ethertype(l->plan, 0, OP_NE, class_type(l, here),
					other->drop ? PLAN_DROP : PLAN_ACCEPT,
					0,
					other->drop ? other->drop->rule : NULL);
	if (rc < 0)
		return rc;
	return add_rest(l, &l->classes[here]);
}

static int find_bodies(struct lower *l)
{
	_cleanup_free_ struct residue *scratch =
		util_alloc(l->b->nrules + RULE_MAX_MATCHES, sizeof(*scratch));
	unsigned int i;
	int rc = scratch ? 0 : -ENOMEM;

	for (i = 0; rc >= 0 && i < l->b->nprofiles; i++)
		rc = add_profile(l, i, scratch);
	return rc;
}

static int make_room(struct lower *l, struct class_plan *cp)
{
	cp->bodies = plan_alloc(l->plan, l->b->nprofiles,
				sizeof(struct plan_body *));
	return cp->bodies ? 0 : -ENOMEM;
}

int nft_lower(const struct binding *b, enum direction dir, struct plan *out)
{
	struct lower l = { .b = b, .dir = dir, .plan = out };
	unsigned int c;
	int rc;

	plan_classes_find(b, dir, &l.types);
	rc = plan_add_chain(out);
	if (rc >= 0)
		rc = make_room(&l, &l.common);
	for (c = 0; rc >= 0 && c < l.types.n; c++)
		rc = make_room(&l, &l.classes[c]);
	if (rc >= 0)
		rc = find_bodies(&l);
	if (rc < 0)
		return rc;
	hoist(&l);
	return add_base(&l);
}
