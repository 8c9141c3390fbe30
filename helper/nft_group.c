// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules that look into the upper-layer header of IPv6 packets need a guard
 * against later fragments, of two alternatives: each of them would be two
 * kernel rules.  Those for one protocol stand in a chain of their own, with
 * one guard before it.
 */
#include <errno.h>
#include <string.h>

#include "nft_body.h"

#define MAX_LIST 256 /* longer ones take too long to look at */

struct group {
	struct plan *p;
	const struct binding *b;
	enum plan_verdict accept;
};

/* The upper-layer protocol, if it is a known one behind any headers */
static const struct match *upper(const struct residue *r)
{
	const struct match *m;
	unsigned int i;

	for (i = 0; i < r->nmatches; i++) {
		m = &r->matches[i];
		if (m->field == FIELD_IP6_PROTO && m->nvalues == 1 &&
		    plan_is_full(m))
			return m;
	}
	return NULL;
}

static bool fits(const struct group *s, const struct residue *leader,
		 const struct residue *r)
{
	return plan_wants_guard(r) && upper(r) &&
	       match_equal(upper(leader), upper(r)) &&
	       (r->drop || s->accept == PLAN_ACCEPT);
}

/* May this rule be tried before those between that are not in the group? */
static int can_pass(struct plan *p, const struct residue *res,
		    const bool *grouped, unsigned int from, unsigned int i)
{
	unsigned int j;
	int rc;

	for (j = from; j < i; j++) {
		if (grouped[j] || res[j].drop == res[i].drop)
			continue;
		rc = plan_disjoint(p, &res[j], &res[i]);
		if (rc <= 0)
			return rc;
	}
	return 1;
}

/*
 * Find the rules from @first on that can stand behind its guard.  Returns how
 * many kernel rules that saves, or negative errno.
 */
static int find_group(const struct group *s, const struct residue *res,
		      unsigned int n, unsigned int first, bool *grouped)
{
	unsigned int i, count = 0;
	int rc;

	for (i = first; i < n; i++) {
		if (grouped[i] || !fits(s, &res[first], &res[i]))
			continue;
		rc = can_pass(s->p, res, grouped, first, i);
		if (rc < 0)
			return rc;
		grouped[i] = rc;
		if (rc)
			count += plan_count_rules(&res[i]) / 2;
	}
	return (int)count;
}

/* A rule of the group: protocol and guard are known to hold. */
static int add_member(const struct group *s, unsigned int chain,
		      const struct residue *r)
{
	struct match rest[RULE_MAX_MATCHES];
	struct residue member = *r;
	unsigned int i, n = 0;

	for (i = 0; i < r->nmatches; i++)
		if (&r->matches[i] != upper(r))
			rest[n++] = r->matches[i];
	member.guard = GUARD_NEVER;
	member.nmatches = n;
	member.matches = rest;
	return plan_add_residue(s->p, chain, s->b, &member, s->accept);
}

static int add_group(const struct group *s, unsigned int chain,
		     const struct residue *res, unsigned int n,
		     unsigned int first, const bool *before, const bool *now)
{
	struct residue way = res[first];
	unsigned int i, own;
	int rc = plan_add_chain(s->p);

	if (rc < 0)
		return rc;
	own = (unsigned int)rc;
	for (i = first; rc >= 0 && i < n; i++)
		if (now[i] && !before[i])
			rc = add_member(s, own, &res[i]);
	way.guard = GUARD_ALWAYS;
	way.nmatches = 1;
	way.matches = upper(&res[first]);
	return rc < 0 ? rc :
			plan_add_way(s->p, chain, s->b, &way, PLAN_JUMP, own);
}

/* The jump and its chain cost as much as so many rules. */
#define MIN_GROUP 4

static int add_all(const struct group *s, unsigned int chain,
		   const struct residue *res, unsigned int n)
{
	bool before[MAX_LIST] = { false }, now[MAX_LIST];
	unsigned int i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < n; i++) {
		if (n <= MAX_LIST && before[i])
			continue;
		if (n <= MAX_LIST && fits(s, &res[i], &res[i])) {
			memcpy(now, before, sizeof(now));
			rc = find_group(s, res, n, i, now);
			if (rc < 0)
				break;
			if (rc >= MIN_GROUP) {
				rc = add_group(s, chain, res, n, i, before,
					       now);
				memcpy(before, now, sizeof(before));
				continue;
			}
		}
		rc = plan_add_residue(s->p, chain, s->b, &res[i], s->accept);
	}
	return rc;
}

int plan_add_plain(struct plan *p, unsigned int chain, const struct binding *b,
		   const struct residue *res, unsigned int n,
		   enum plan_verdict accept)
{
	const struct group g = { .p = p, .b = b, .accept = accept };

	return add_all(&g, chain, res, n);
}
