// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The chains of one direction.  Frames are divided by their EtherType; what is
 * left of a profile in a class (its body) is short.  The bodies of a class are
 * merged into one list as far as that does not make it long.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "nft_class.h"
#include "nft_common.h"
#include "nft_cond.h"
#include "place.h"

static int make_room(struct plan_lower *l, struct plan_class *cp)
{
	cp->bodies = plan_alloc(l->plan, l->b->nprofiles,
				sizeof(struct plan_body *));
	return cp->bodies ? 0 : -ENOMEM;
}

/* Add what a profile does, unless another one does the same already. */
static void add_body(struct plan_class *cp, struct plan_body *body)
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
static int divide(struct plan_lower *l, unsigned int n)
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

static void take_body(struct plan_class *cp, const struct plan_body *body)
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
static bool has_body(const struct plan_class *cp, const struct plan_body *body)
{
	unsigned int i;

	for (i = 0; i < cp->n; i++)
		if (cp->bodies[i] == body)
			return true;
	return cp->drop;
}

static bool all_have(const struct plan_lower *l, const struct plan_body *body)
{
	unsigned int c;

	for (c = 0; c < l->types.n; c++)
		if (!has_body(&l->classes[c], body))
			return false;
	return true;
}

/* Move bodies that every class has to the front of the base chain. */
static void hoist(struct plan_lower *l)
{
	struct plan_class *first = NULL;
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

static bool same_class(const struct plan_class *a, const struct plan_class *b)
{
	if (a->drop || b->drop)
		return a->drop && b->drop;
	return a->n == b->n &&
	       (!a->n || memcmp(a->bodies, b->bodies,
				a->n * sizeof(struct plan_body *)) == 0);
}

static void find_alike(struct plan_lower *l)
{
	unsigned int c, k;

	for (c = 1; c < l->types.n; c++)
		for (k = 0; k < c && !l->classes[c].like; k++)
			if (same_class(&l->classes[c], &l->classes[k]))
				l->classes[c].like = &l->classes[k];
}

/* Rules of one profile in the direction, as residues of which nothing went. */
static unsigned int take_profile(struct plan_lower *l, unsigned int profile)
{
	const struct rule *r;
	unsigned int i, n = 0;

	for (i = 0; i < l->b->nrules; i++) {
		r = &l->b->rules[i];
		if (r->profile != profile || r->dir != l->dir)
			continue;
		l->all[n++] = (struct residue){
			.rule = r,
			.drop = r->verdict != VERDICT_ACCEPT,
			.tagged = rule_tagged(r),
			.ethertype = plan_is_typed(r) ? rule_ethertype(r) : 0,
			.nmatches = r->nmatches,
			.matches = r->matches,
		};
	}
	return n;
}

static bool asks_state(const struct plan_lower *l, enum direction dir)
{
	unsigned int i;

	for (i = 0; i < l->b->nrules; i++)
		if (l->b->rules[i].dir == dir &&
		    rule_is_stateful(&l->b->rules[i]))
			return true;
	return false;
}

/* What is opened in one direction lets something pass in the other. */
static int add_unjudged(struct plan_lower *l)
{
	int rc = 0;

	if (asks_state(l, l->dir))
		rc = plan_add_unknown(l->plan, 0);
	if (rc >= 0 && (asks_state(l, DIR_IN) || asks_state(l, DIR_OUT)))
		rc = plan_add_wrapped(l->plan, 0);
	return rc;
}

static int lower(struct plan_lower *l)
{
	struct plan_class *cp;
	unsigned int c, i, n;
	int rc;

	plan_types_find(l->b, l->dir, &l->types);
	rc = add_unjudged(l);
	if (rc >= 0)
		rc = make_room(l, &l->common);
	for (c = 0; rc >= 0 && c < l->types.n; c++)
		rc = make_room(l, &l->classes[c]);
	for (i = 0; rc >= 0 && i < l->b->nprofiles; i++) {
		n = take_profile(l, i);
		rc = plan_is_special(l->b, l->dir, i) ?
			     plan_add_special(l, l->all, n) :
			     divide(l, n);
	}
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
	return rc < 0 ? rc : plan_add_base(l);
}

/* Whoever decides places does not send it here. */
static int check_rules(const struct binding *b, enum direction dir)
{
	const struct rule *r;
	enum place place;
	const char *what;
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		r = &b->rules[i];
		place = b->profiles[r->profile].place;
		if (!nft_common_of(place))
			place = PLACE_NETDEV;
		what = r->dir == dir ? place_refuses_rule(place, r) : NULL;
		if (!what)
			continue;
		log_err("%s:%u: %s cannot carry %s",
			b->profiles[r->profile].name, r->line,
			place_name(place), what);
		return -EOPNOTSUPP;
	}
	return 0;
}

int nft_lower(const struct binding *b, enum direction dir, struct plan *out)
{
	_cleanup_free_ struct residue *all =
		util_alloc(b->nrules, sizeof(*all));
	_cleanup_free_ struct residue *scratch =
		util_alloc(b->nrules + RULE_MAX_MATCHES, sizeof(*scratch));
	struct plan_lower l = {
		.b = b, .dir = dir, .plan = out, .all = all, .scratch = scratch
	};
	int rc = all && scratch ? check_rules(b, dir) : -ENOMEM;

	if (rc == 0)
		rc = plan_add_chain(out);
	return rc < 0 ? rc : lower(&l);
}
