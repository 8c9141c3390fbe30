// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The chains of one direction.  Frames are divided by their EtherType, IP
 * frames once more by their protocol if that pays; what is left of a profile
 * then (its body) is short.  A frame meets the bodies of its class one after
 * the other: those that only drop stand in the chain itself, one that also
 * accepts is a chain of its own in which ACCEPT returns, and the last such one
 * stands in the chain as well.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "nft_body.h"

struct split;

/**
 * struct class_plan - What happens in a class
 * @drop:	All frames are dropped, by this
 * @bodies:	Else, what profiles do
 * @split:	How the class is divided further, NULL if it is not
 * @chain:	Its chain, 0 while it has none
 */
struct class_plan {
	const struct residue *drop;
	unsigned int n;
	struct plan_body **bodies;
	struct split *split;
	unsigned int chain;
};

/**
 * struct split - A division of frames into classes
 * @common:	Bodies that all classes have
 */
struct split {
	struct plan_key key;
	struct class_plan classes[CLASS_MAX];
	struct class_plan common;
};

struct lower {
	const struct binding *b;
	enum direction dir;
	struct plan *plan;
	struct residue *all; /* rules of one profile */
	struct residue *scratch;
};

/*
 * A division pays when so many rules ask for what it knows: it takes chains,
 * but in IPv6 it saves the walk along the extension headers.
 */
#define SPLIT_MIN_IP4 16
#define SPLIT_MIN_IP6 4

static int make_room(struct lower *l, struct class_plan *cp)
{
	cp->bodies = plan_alloc(l->plan, l->b->nprofiles,
				sizeof(struct plan_body *));
	return cp->bodies ? 0 : -ENOMEM;
}

static int make_rooms(struct lower *l, struct split *s)
{
	unsigned int c;
	int rc;

	rc = make_room(l, &s->common);
	for (c = 0; rc >= 0 && c < s->key.n; c++)
		rc = make_room(l, &s->classes[c]);
	return rc;
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

/* Divide the rules of one profile, or what is left of them. */
static int divide(struct lower *l, struct split *s, const struct residue *from,
		  unsigned int n)
{
	struct plan_body *known = NULL, *body;
	unsigned int c;
	int rc;

	for (c = 0; c < s->key.n; c++) {
		rc = plan_body_narrow(l->plan, &s->key, c, from, n, l->scratch,
				      &known, &body);
		if (rc < 0)
			return rc;
		add_body(&s->classes[c], body);
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

static bool all_have(const struct split *s, const struct plan_body *body)
{
	unsigned int c;

	for (c = 0; c < s->key.n; c++)
		if (!has_body(&s->classes[c], body))
			return false;
	return true;
}

/* Move bodies that every class has to the front. */
static void hoist(struct split *s)
{
	struct class_plan *first = NULL;
	struct plan_body *body;
	unsigned int c, i = 0, open = 0;

	for (c = 0; c < s->key.n; c++) {
		if (s->classes[c].drop)
			continue;
		if (!open++)
			first = &s->classes[c];
	}
	while (open > 1 && i < first->n) {
		body = first->bodies[i];
		if (!all_have(s, body)) {
			i++;
			continue;
		}
		for (c = 0; c < s->key.n; c++)
			take_body(&s->classes[c], body);
		s->common.bodies[s->common.n++] = body;
	}
}

/* Count matches on a protocol, and give those that are frequent a class. */
static unsigned int find_protocols(const struct residue *res, bool ip6,
				   struct plan_key *key)
{
	static const uint8_t frequent[] = { 6, 17, 1, 58 };
	const struct match *m;
	unsigned int i, j, k, count = 0;

	for (i = 0; i < res->nmatches; i++) {
		m = &res->matches[i];
		if (m->field != key->field &&
		    !(ip6 && m->field == FIELD_IP6_PROTO))
			continue;
		count++;
		for (j = 0; m->op == OP_EQ && j < m->nvalues; j++)
			for (k = 0; k < sizeof(frequent); k++)
				if (m->values[j].hi[0] == 0xff &&
				    m->values[j].lo[0] == frequent[k])
					plan_key_add(key, m->values[j].lo);
	}
	return count;
}

/* Divide a class of IP frames by protocol, if that pays. */
static int split_class(struct lower *l, struct class_plan *cp, bool ip6)
{
	struct split *s = plan_alloc(l->plan, 1, sizeof(*s));
	unsigned int i, j, count = 0;
	int rc;

	if (!s)
		return -ENOMEM;
	s->key.field = ip6 ? FIELD_IP6_NEXTHDR : FIELD_IP_PROTO;
	s->key.n = CLASS_OTHER + 1;
	for (i = 0; i < cp->n; i++)
		for (j = 0; j < cp->bodies[i]->n; j++)
			count += find_protocols(&cp->bodies[i]->res[j], ip6,
						&s->key);
	if (count < (ip6 ? SPLIT_MIN_IP6 : SPLIT_MIN_IP4) ||
	    s->key.n == CLASS_OTHER + 1)
		return 0;
	rc = make_rooms(l, s);
	for (i = 0; rc >= 0 && i < cp->n; i++)
		rc = divide(l, s, cp->bodies[i]->res, cp->bodies[i]->n);
	if (rc >= 0)
		hoist(s);
	cp->split = s;
	return rc;
}

static int add_residues(struct lower *l, unsigned int chain,
			const struct plan_body *body, enum plan_verdict accept)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < body->n; i++)
		rc = plan_add_residue(l->plan, chain, l->b, &body->res[i],
				      accept);
	return rc;
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

static int add_split(struct lower *l, unsigned int chain, struct split *s);

/* All that happens in a class, up to the end of a chain. */
static int add_content(struct lower *l, unsigned int chain,
		       const struct class_plan *cp)
{
	struct plan_rule *r;

	if (cp->split)
		return add_split(l, chain, cp->split);
	if (!cp->drop)
		return add_bodies(l, chain, cp, true);
	r = plan_add_rule(l->plan, chain);
	if (!r)
		return -ENOMEM;
	r->verdict = PLAN_DROP;
	r->from = cp->drop->rule;
	return 0;
}

/* A rule that decides about a class, or sends it to its chain. */
static int add_branch(struct lower *l, unsigned int chain,
		      const struct split *s, unsigned int class_no,
		      struct class_plan *cp)
{
	const uint8_t *value = s->key.value[class_no];
	int rc;

	if (is_final(cp))
		return plan_add_test(l->plan, chain, s->key.field, OP_EQ, value,
				     cp->drop ? PLAN_DROP : PLAN_ACCEPT, 0,
				     cp->drop ? cp->drop->rule : NULL);
	if (!cp->chain) {
		rc = plan_add_chain(l->plan);
		if (rc < 0)
			return rc;
		cp->chain = (unsigned int)rc;
		rc = add_content(l, cp->chain, cp);
		if (rc < 0)
			return rc;
	}
	return plan_add_test(l->plan, chain, s->key.field, OP_EQ, value,
			     PLAN_GOTO, cp->chain, NULL);
}

/*
 * The class that needs no chain of its own because it can stand at the end.
 * That is CLASS_OTHER; when nothing is to be looked at there, another one.
 * Only for a field that every frame has: "unequal" would else be false.
 */
static unsigned int last_class(const struct split *s)
{
	unsigned int c, here = CLASS_OTHER;

	if (s->key.field != FIELD_ETH_TYPE || !is_final(&s->classes[here]))
		return here;
	for (c = CLASS_OTHER + 1; c < s->key.n; c++)
		if (!is_final(&s->classes[c]))
			here = c;
	return here;
}

static bool all_accept(const struct split *s)
{
	unsigned int c;

	for (c = 0; c < s->key.n; c++)
		if (s->classes[c].drop || s->classes[c].n)
			return false;
	return true;
}

/* Use the chain of a class that does the same. */
static void share_chain(struct split *s, unsigned int class_no)
{
	unsigned int c;

	for (c = CLASS_OTHER + 1; c < class_no; c++)
		if (s->classes[c].chain &&
		    same_class(&s->classes[c], &s->classes[class_no]))
			s->classes[class_no].chain = s->classes[c].chain;
}

static int add_split(struct lower *l, unsigned int chain, struct split *s)
{
	const struct class_plan *other = &s->classes[CLASS_OTHER];
	unsigned int c, here = last_class(s);
	int rc;

	rc = add_bodies(l, chain, &s->common, all_accept(s));
	for (c = CLASS_OTHER + 1; rc >= 0 && c < s->key.n; c++) {
		if (c == here || same_class(&s->classes[c], other))
			continue;
		share_chain(s, c);
		rc = add_branch(l, chain, s, c, &s->classes[c]);
	}
	if (rc >= 0 && here != CLASS_OTHER)
		rc = plan_add_test(l->plan, chain, s->key.field, OP_NE,
				   s->key.value[here],
				   other->drop ? PLAN_DROP : PLAN_ACCEPT, 0,
				   other->drop ? other->drop->rule : NULL);
	return rc < 0 ? rc : add_content(l, chain, &s->classes[here]);
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
			.nmatches = r->nmatches,
			.matches = r->matches,
		};
	}
	return n;
}

static int lower(struct lower *l)
{
	struct split *s = plan_alloc(l->plan, 1, sizeof(*s));
	unsigned int i;
	int rc;

	if (!s)
		return -ENOMEM;
	plan_key_types(l->b, l->dir, &s->key);
	rc = make_rooms(l, s);
	for (i = 0; rc >= 0 && i < l->b->nprofiles; i++)
		rc = divide(l, s, l->all, take_profile(l, i));
	if (rc < 0)
		return rc;
	hoist(s);
	rc = split_class(l, &s->classes[CLASS_IP4], false);
	if (rc >= 0)
		rc = split_class(l, &s->classes[CLASS_IP6], true);
	return rc < 0 ? rc : add_split(l, 0, s);
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
