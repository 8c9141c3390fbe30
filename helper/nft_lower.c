// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The chains of one direction.  Frames are divided by their EtherType; what is
 * left of a profile in a class (its body) is short.  The bodies of a class are
 * merged into one list as far as that does not make it long.  Of those that
 * remain, a frame meets one after the other: one that only drops stands in the
 * chain itself, one that also accepts is a chain of its own in which ACCEPT
 * returns, and the last such one stands in the chain as well.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "nft_body.h"

/* So many kernel rules of a class are not worth a chain; and in frequent classes */
#define INLINE_MAX 8
#define INLINE_MAX_IP 2

/**
 * struct class_plan - What happens in a class
 * @drop:	All frames are dropped, by this
 * @bodies:	Else, what profiles do
 * @like:	Class that is like this one, or NULL
 * @chain:	Its chain, 0 while it has none
 */
struct class_plan {
	const struct residue *drop;
	unsigned int n;
	struct plan_body **bodies;
	struct class_plan *like;
	unsigned int chain;
};

/**
 * struct lower - The work on one direction
 * @common:	Bodies that all classes have
 * @all:	Rules of one profile
 * @scratch:	Room for residues
 */
struct lower {
	const struct binding *b;
	enum direction dir;
	struct plan *plan;
	struct plan_types types;
	struct class_plan classes[CLASS_MAX];
	struct class_plan common;
	struct residue *all;
	struct residue *scratch;
};

static int make_room(struct lower *l, struct class_plan *cp)
{
	cp->bodies = plan_alloc(l->plan, l->b->nprofiles,
				sizeof(struct plan_body *));
	return cp->bodies ? 0 : -ENOMEM;
}

/* Add what a profile does, unless another one does the same already. */
static void add_body(struct class_plan *cp, struct plan_body *body)
{
	unsigned int i;

	if (!body->n || cp->drop)
		return;
	if (!body->res[0].nmatches) {
		cp->drop = &body->res[0];
		cp->n = 0;
		return;
	}
	for (i = 0; i < cp->n; i++)
		if (plan_body_equal(cp->bodies[i], body))
			return;
	cp->bodies[cp->n++] = body;
}

/* Divide the rules of one profile among the classes. */
static int divide(struct lower *l, unsigned int n)
{
	struct plan_body *known = NULL, *body;
	unsigned int c;
	int rc;

	for (c = 0; c < l->types.n; c++) {
		rc = plan_body_make(l->plan, &l->types, c, l->all, n,
				    l->scratch, &known, &body);
		if (rc < 0)
			return rc;
		add_body(&l->classes[c], body);
	}
	return 0;
}

static void take_body(struct class_plan *cp, const struct plan_body *body)
{
	unsigned int i;

	for (i = 0; i < cp->n; i++)
		if (cp->bodies[i] == body) {
			cp->n--;
			memmove(&cp->bodies[i], &cp->bodies[i + 1],
				(cp->n - i) * sizeof(*cp->bodies));
			return;
		}
}

/* A class that drops all its frames has every body as good as any. */
static bool has_body(const struct class_plan *cp, const struct plan_body *body)
{
	unsigned int i;

	for (i = 0; i < cp->n; i++)
		if (cp->bodies[i] == body)
			return true;
	return cp->drop;
}

static bool all_have(const struct lower *l, const struct plan_body *body)
{
	unsigned int c;

	for (c = 0; c < l->types.n; c++)
		if (!has_body(&l->classes[c], body))
			return false;
	return true;
}

/* Move bodies that every class has to the front of the base chain. */
static void hoist(struct lower *l)
{
	struct class_plan *first = NULL;
	struct plan_body *body;
	unsigned int c, i = 0, open = 0;

	for (c = 0; c < l->types.n; c++) {
		if (l->classes[c].drop)
			continue;
		if (!open++)
			first = &l->classes[c];
	}
	while (open > 1 && i < first->n) {
		body = first->bodies[i];
		if (!all_have(l, body)) {
			i++;
			continue;
		}
		for (c = 0; c < l->types.n; c++)
			take_body(&l->classes[c], body);
		l->common.bodies[l->common.n++] = body;
	}
}

static bool same_class(const struct class_plan *a, const struct class_plan *b)
{
	if (a->drop || b->drop)
		return a->drop && b->drop;
	return a->n == b->n &&
	       (!a->n || memcmp(a->bodies, b->bodies,
				a->n * sizeof(struct plan_body *)) == 0);
}

static void find_alike(struct lower *l)
{
	unsigned int c, k;

	for (c = 1; c < l->types.n; c++)
		for (k = 0; k < c && !l->classes[c].like; k++)
			if (same_class(&l->classes[c], &l->classes[k]))
				l->classes[c].like = &l->classes[k];
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
static int add_bodies(struct lower *l, unsigned int chain,
		      const struct class_plan *cp, bool last)
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

static bool is_final(const struct class_plan *cp)
{
	return cp->drop || !cp->n;
}

/* All that happens in a class, up to the end of a chain. */
static int add_content(struct lower *l, unsigned int chain,
		       const struct class_plan *cp)
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
static int add_test(struct lower *l, unsigned int class_no, enum match_op op,
		    enum plan_verdict verdict, unsigned int target,
		    const struct residue *from)
{
	return plan_add_test(l->plan, 0, FIELD_ETH_TYPE, op,
			     l->types.type[class_no], verdict, target,
			     from ? from->rule : NULL);
}

static bool is_small(const struct class_plan *cp, unsigned int class_no)
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
static int add_inline(struct lower *l, unsigned int class_no,
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
static int add_class(struct lower *l, unsigned int class_no)
{
	struct class_plan *cp = &l->classes[class_no];
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
static unsigned int last_class(const struct lower *l)
{
	unsigned int c, here = CLASS_OTHER;

	if (!is_final(&l->classes[here]))
		return here;
	for (c = CLASS_OTHER + 1; c < l->types.n; c++)
		if (!is_final(&l->classes[c]) && !l->classes[c].like)
			here = c;
	return here;
}

static bool all_accept(const struct lower *l)
{
	unsigned int c;

	for (c = 0; c < l->types.n; c++)
		if (l->classes[c].drop || l->classes[c].n)
			return false;
	return true;
}

static int add_base(struct lower *l)
{
	const struct class_plan *other = &l->classes[CLASS_OTHER];
	unsigned int c, here = last_class(l);
	int rc;

	rc = add_bodies(l, 0, &l->common, all_accept(l));
	for (c = CLASS_OTHER + 1; rc >= 0 && c < l->types.n; c++)
		if (c != here && l->classes[c].like != other)
			rc = add_class(l, c);
	if (rc >= 0 && here != CLASS_OTHER)
		rc = add_test(l, here, OP_NE,
			      other->drop ? PLAN_DROP : PLAN_ACCEPT, 0,
			      other->drop);
	return rc < 0 ? rc : add_content(l, 0, &l->classes[here]);
}

/* Rules of one profile in the direction, as residues of which nothing went. */
static unsigned int take_profile(struct lower *l, unsigned int profile)
{
	const struct rule *r;
	unsigned int i, n = 0;

	for (i = 0; i < l->b->nrules; i++) {
		r = &l->b->rules[i];
		if (r->profile != profile || r->dir != l->dir)
			continue;
		l->all[n++] = (struct residue){
			.rule = r,
			.drop = r->verdict == VERDICT_DROP,
			.tagged = rule_tagged(r),
			.ethertype = plan_is_typed(r) ? rule_ethertype(r) : 0,
			.nmatches = r->nmatches,
			.matches = r->matches,
		};
	}
	return n;
}

static int lower(struct lower *l)
{
	struct class_plan *cp;
	unsigned int c, i;
	int rc;

	plan_types_find(l->b, l->dir, &l->types);
	rc = make_room(l, &l->common);
	for (c = 0; rc >= 0 && c < l->types.n; c++)
		rc = make_room(l, &l->classes[c]);
	for (i = 0; rc >= 0 && i < l->b->nprofiles; i++)
		rc = divide(l, take_profile(l, i));
	if (rc < 0)
		return rc;
	hoist(l);
	find_alike(l);
	rc = plan_bodies_merge(l->plan, l->common.bodies, &l->common.n);
	for (c = 0; rc >= 0 && c < l->types.n; c++) {
		cp = &l->classes[c];
		if (!cp->like)
			rc = plan_bodies_merge(l->plan, cp->bodies, &cp->n);
	}
	cp = &l->classes[CLASS_IP6];
	for (i = 0; rc >= 0 && i < cp->n; i++)
		rc = plan_body_sort(l->plan, cp->bodies[i]);
	return rc < 0 ? rc : add_base(l);
}

int nft_lower(const struct binding *b, enum direction dir, struct plan *out)
{
	_cleanup_free_ struct residue *all =
		util_alloc(b->nrules, sizeof(*all));
	_cleanup_free_ struct residue *scratch =
		util_alloc(b->nrules + RULE_MAX_MATCHES, sizeof(*scratch));
	struct lower l = {
		.b = b, .dir = dir, .plan = out, .all = all, .scratch = scratch
	};
	int rc = all && scratch ? plan_add_chain(out) : -ENOMEM;

	return rc < 0 ? rc : lower(&l);
}
