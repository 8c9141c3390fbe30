// SPDX-License-Identifier: GPL-2.0-or-later
/* A profile that ebtables and iptables carry together; see place_split.h */
#include <errno.h>
#include <string.h>

#include "ebt.h"
#include "ipt_lower.h"
#include "ipt_reduce.h"
#include "log.h"
#include "place_split.h"

#define NO_MEMORY "it, for want of memory"
#define LATER "(no later fragments of IPv6)"

static const uint16_t types[IPT_FAMILIES] = { 0x0800, 0x86dd };

void split_free(struct split *s)
{
	binding_free(&s->rest);
	binding_free(&s->part);
	binding_free(&s->later);
	*s = (struct split){ 0 };
}

/* ---- the part of iptables ------------------------------------------------- */

/* A rule as far as it is about one type; false if there is no memory */
static bool restrict_to(const struct rule *r, uint16_t type, struct rule *out)
{
	const struct match *m;
	struct match *copy;
	unsigned int i;

	*out = *r;
	out->nmatches = 0;
	if (rule_match_uint(out, FIELD_ETH_TYPE, OP_EQ, type) < 0)
		return false;
	for (i = 0; i < r->nmatches; i++) {
		m = &r->matches[i];
		if (m->field == FIELD_ETH_TYPE || m->field == FIELD_ETH_INNER)
			continue;
		copy = rule_add_match(out, m->field, m->op, m->nvalues);
		if (!copy) {
			rule_clear(out);
			return false;
		}
		memcpy(copy->values, m->values,
		       m->nvalues * sizeof(*m->values));
	}
	return true;
}

/* @done: rules behind one that is about all of a type are never met */
static const char *add_rule(const struct rule *r, unsigned int families,
			    bool done[2][IPT_FAMILIES], struct split *out)
{
	const char *what = NULL;
	struct rule one;
	enum ipt_family f;

	for (f = 0; !what && f < IPT_FAMILIES; f++) {
		if (!(families & 1U << f) || done[r->dir][f] ||
		    ebt_reach(r, types[f]) == REACH_NONE)
			continue;
		if (!restrict_to(r, types[f], &one))
			return NO_MEMORY;
		done[r->dir][f] = ebt_reach(r, types[f]) == REACH_ALL;
		what = ipt_reduce(&one, &out->part, &out->later);
		rule_clear(&one);
	}
	return what;
}

static const char *check_limits(const struct binding *b, unsigned int profile,
				const struct split *out,
				const struct rule **rule)
{
	const char *what = NULL;
	const struct rule *r;
	unsigned int i;

	for (i = 1; !what && i < out->part.nrules; i++) {
		r = &out->part.rules[i];
		what = ipt_refuses_pair(r - 1, r);
		if (!what)
			continue;
		for (*rule = b->rules;
		     (*rule)->profile != profile || (*rule)->entry != r->entry;)
			++*rule;
	}
	return what;
}

static const char *make_part(const struct binding *b, unsigned int profile,
			     unsigned int families, struct split *out,
			     const struct rule **rule)
{
	bool done[2][IPT_FAMILIES] = { 0 };
	const char *what = NULL;
	unsigned int i;

	for (i = 0; !what && i < b->nrules; i++) {
		if (b->rules[i].profile != profile)
			continue;
		what = add_rule(&b->rules[i], families, done, out);
		if (what)
			*rule = &b->rules[i];
	}
	return what ? what : check_limits(b, profile, out, rule);
}

/* ---- the rest ------------------------------------------------------------- */

/* Is it about nothing but the types of iptables' part? */
static bool is_covered(const struct rule *r, unsigned int families)
{
	const struct match *m = rule_find(r, FIELD_ETH_TYPE);
	struct value full = { 0 };
	unsigned int i;
	uint16_t type;

	if (!m || m->op != OP_EQ)
		return false;
	value_full_mask(field_get(FIELD_ETH_TYPE), &full);
	for (i = 0; i < m->nvalues; i++) {
		type = (uint16_t)(m->values[i].lo[0] << 8 | m->values[i].lo[1]);
		if (memcmp(m->values[i].hi, full.hi, sizeof(full.hi)) != 0 ||
		    !((families & 1U << IPT_IP4 && type == types[IPT_IP4]) ||
		      (families & 1U << IPT_IP6 && type == types[IPT_IP6])))
			return false;
	}
	return true;
}

/* What is left has rules in a direction if one of them does something. */
static bool has_rest(const struct binding *b, unsigned int profile,
		     unsigned int families, enum direction dir)
{
	const struct rule *r;
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		r = &b->rules[i];
		if (r->profile == profile && r->dir == dir &&
		    !is_covered(r, families) &&
		    (r->verdict != VERDICT_ACCEPT || r->log.on))
			return true;
	}
	return false;
}

/* What the rest is not about, in entries of its own for each direction */
static int add_accepts(const struct rule *like, unsigned int families,
		       struct binding *rest)
{
	enum ipt_family f;
	struct rule *to;

	for (f = 0; f < IPT_FAMILIES; f++) {
		if (!(families & 1U << f))
			continue;
		to = util_grow(&rest->rules, rest->nrules, sizeof(*to));
		if (!to)
			return -ENOMEM;
		*to = (struct rule){ .dir = like->dir,
				     .line = like->line,
				     .entry = like->dir };
		rest->nrules++;
		if (rule_match_uint(to, FIELD_ETH_TYPE, OP_EQ, types[f]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static const struct rule *first_rule(const struct binding *b,
				     unsigned int profile, enum direction dir)
{
	unsigned int i;

	for (i = 0; i < b->nrules; i++)
		if (b->rules[i].profile == profile && b->rules[i].dir == dir)
			return &b->rules[i];
	return NULL;
}

static int make_rest(const struct binding *b, unsigned int profile,
		     unsigned int families, struct binding *rest)
{
	enum direction dir;
	bool has[2] = { 0 };
	const struct rule *r;
	struct rule *to;
	unsigned int i;
	int rc = 0;

	for (dir = DIR_IN; rc == 0 && dir <= DIR_OUT; dir++) {
		has[dir] = has_rest(b, profile, families, dir);
		if (has[dir])
			rc = add_accepts(first_rule(b, profile, dir), families,
					 rest);
	}
	for (i = 0; rc == 0 && i < b->nrules; i++) {
		r = &b->rules[i];
		if (r->profile != profile || is_covered(r, families) ||
		    !has[r->dir])
			continue;
		to = util_grow(&rest->rules, rest->nrules, sizeof(*to));
		rc = to ? rule_copy(to, r) : -ENOMEM;
		if (rc < 0)
			break;
		to->entry += DIR_OUT + 1;
		rest->nrules++;
	}
	return rc;
}

/* The binding with the rest in place of the profile; shares all but the array */
static int view_rest(const struct binding *b, unsigned int profile,
		     const struct binding *rest, struct binding *view)
{
	unsigned int i;

	*view = *b;
	view->nrules = 0;
	view->rules = util_alloc(b->nrules + rest->nrules, sizeof(*b->rules));
	if (!view->rules)
		return -ENOMEM;
	for (i = 0; i < b->nrules; i++)
		if (b->rules[i].profile != profile)
			view->rules[view->nrules++] = b->rules[i];
	for (i = 0; i < rest->nrules; i++)
		view->rules[view->nrules++] = rest->rules[i];
	return 0;
}

/* ---- both ----------------------------------------------------------------- */

static const char *try(const struct binding *b, unsigned int profile,
		       unsigned int families, struct split *out,
		       const struct rule **rule)
{
	const char *what = make_part(b, profile, families, out, rule);
	const struct rule *ignored;
	struct binding view;

	if (what)
		return what;
	what = "other frames than IPv4 and IPv6";
	if (!out->part.nrules)
		return what;
	if (make_rest(b, profile, families, &out->rest) < 0 ||
	    view_rest(b, profile, &out->rest, &view) < 0)
		return NO_MEMORY;
	if (!out->rest.nrules || !ebt_refuses(&view, profile, &ignored))
		what = NULL;
	free(view.rules);
	return what;
}

const char *split_make(const struct binding *b, unsigned int profile,
		       struct split *out, const struct rule **rule)
{
	static const unsigned int sets[] = {
		1U << IPT_IP6,
		1U << IPT_IP4,
		1U << IPT_IP4 | 1U << IPT_IP6,
	};
	const char *what = NULL, *last;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		split_free(out);
		last = try(b, profile, sets[i], out, rule);
		out->families = sets[i];
		if (!last)
			return NULL;
		what = last;
	}
	return what;
}

static int add_profile(struct binding *b, const struct binding_profile *of,
		       const char *params, enum place place)
{
	struct binding_profile *p = &b->profiles[b->nprofiles++];

	p->place = place;
	return binding_name_profile(p, of, params);
}

/* Move rules to the end of an array with room for them. */
static void move(struct rule *to, unsigned int *n, struct binding *from,
		 unsigned int profile)
{
	unsigned int i;

	for (i = 0; i < from->nrules; i++) {
		to[*n] = from->rules[i];
		to[(*n)++].profile = profile;
	}
	from->nrules = 0;
}

static bool same_matches(const struct rule *a, const struct rule *b)
{
	unsigned int i;

	for (i = 0; i < a->nmatches && i < b->nmatches; i++)
		if (!match_equal(&a->matches[i], &b->matches[i]))
			return false;
	return a->nmatches == b->nmatches;
}

/* Has a profile these rules and no others? */
static bool has_rules(const struct binding *b, unsigned int profile,
		      const struct binding *rules)
{
	unsigned int i, n = 0;

	for (i = 0; i < b->nrules; i++) {
		if (b->rules[i].profile != profile)
			continue;
		if (n == rules->nrules ||
		    !same_matches(&b->rules[i], &rules->rules[n]))
			return false;
		n++;
	}
	return n == rules->nrules;
}

/* Whoever places a binding again has it already. */
static bool has_later(const struct binding *b, const struct binding_profile *of,
		      const struct binding *later)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (strcmp(b->profiles[i].name, of->name) == 0 &&
		    strcmp(b->profiles[i].params, LATER) == 0 &&
		    has_rules(b, i, later))
			return true;
	return false;
}

static int part_params(const struct split *s, const char *params,
		       struct buf *out)
{
	return buf_printf(out, "%s%s(%s)", params, *params ? " " : "",
			  s->families == 1U << IPT_IP4 ? "IPv4" :
			  s->families == 1U << IPT_IP6 ? "IPv6" :
							 "IPv4 and IPv6");
}

/* The profiles, with those that are new */
static int commit_profiles(struct binding *b, unsigned int profile,
			   const struct split *s)
{
	struct binding_profile *all, *of;
	_cleanup_buf_ struct buf params = { 0 };
	int rc = part_params(s, b->profiles[profile].params, &params);

	all = rc == 0 ? util_alloc(b->nprofiles + 2, sizeof(*all)) : NULL;
	if (!all)
		return -ENOMEM;
	memcpy(all, b->profiles, b->nprofiles * sizeof(*all));
	free(b->profiles);
	b->profiles = all;
	of = &all[profile];
	of->place = s->rest.nrules ? PLACE_EBTABLES : PLACE_IPTABLES;
	if (s->rest.nrules)
		rc = add_profile(b, of, params.data, PLACE_IPTABLES);
	if (rc == 0 && s->later.nrules)
		rc = add_profile(b, of, LATER, PLACE_EBTABLES);
	return rc;
}

int split_commit(struct binding *b, unsigned int profile, struct split *s)
{
	unsigned int i, n = 0, added = b->nprofiles;
	struct rule *all;
	int rc;

	if (has_later(b, &b->profiles[profile], &s->later))
		binding_free(&s->later);
	if (b->nprofiles + 2 > BINDING_MAX_PROFILES ||
	    b->nrules + s->rest.nrules + s->part.nrules + s->later.nrules >
		    BINDING_MAX_RULES)
		return log_errno(E2BIG, "cannot split the profile '%s'",
				 b->profiles[profile].name);
	all = util_alloc(b->nrules + s->rest.nrules + s->part.nrules +
				 s->later.nrules + 1,
			 sizeof(*all));
	rc = all ? commit_profiles(b, profile, s) : -ENOMEM;
	if (rc < 0) {
		free(all);
		return rc;
	}
	for (i = 0; i < b->nrules && b->rules[i].profile < profile; i++)
		all[n++] = b->rules[i];
	if (s->rest.nrules)
		move(all, &n, &s->rest, profile);
	else
		move(all, &n, &s->part, profile);
	for (; i < b->nrules; i++)
		if (b->rules[i].profile == profile)
			rule_clear(&b->rules[i]);
		else
			all[n++] = b->rules[i];
	if (s->part.nrules)
		move(all, &n, &s->part, added++);
	move(all, &n, &s->later, added);
	free(b->rules);
	b->rules = all;
	b->nrules = n;
	return 0;
}
