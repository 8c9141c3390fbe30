// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two profiles that must both be content as one list of rules: where the
 * first accepts, the second decides.  Most products of their rules can never
 * hold (TCP and UDP, say) and vanish, so that the list is often no longer than
 * the two; and it takes no chain, whose number is what each change of any rule
 * in the network namespace costs.
 */
#include <errno.h>
#include <string.h>

#include "nft_body.h"

/* How long two lists may be, and by how much longer the merged one */
#define MERGE_MAX 128
#define MERGE_SLACK 8
#define SINGLE_MAX 4

/* ---- the product ----------------------------------------------------------- */

struct product {
	struct plan *p;
	struct residue *res;
	unsigned int n;
	unsigned int max;
};

static bool add(struct product *out, const struct residue *r)
{
	if (out->n == out->max)
		return false;
	out->res[out->n++] = *r;
	return true;
}

/*
 * The matches of both, without those that others imply.  Returns 1, 0 if that
 * can never hold, -E2BIG (not reported) or another negative errno.
 */
static int join(struct plan *p, const struct residue *a,
		const struct residue *b, struct match *all, unsigned int *count)
{
	unsigned int i, j, n = a->nmatches;

	/* they look at different network headers */
	if (a->ethertype && b->ethertype &&
	    (a->ethertype != b->ethertype || a->tagged != b->tagged))
		return 0;
	memcpy(all, a->matches, n * sizeof(*all));
	for (i = 0; i < b->nmatches; i++) {
		for (j = 0; j < a->nmatches; j++)
			if (match_equal(&all[j], &b->matches[i]))
				break;
		if (j < a->nmatches)
			continue;
		if (n == RULE_MAX_MATCHES)
			return -E2BIG;
		all[n++] = b->matches[i];
	}
	*count = n;
	return plan_simplify(p, all, count);
}

/* Both as one residue with the verdict of @b; returns as join(). */
static int both(struct plan *p, const struct residue *a,
		const struct residue *b, struct residue *out)
{
	struct match all[RULE_MAX_MATCHES], *copy;
	unsigned int n = 0;
	int rc;

	rc = join(p, a, b, all, &n);
	if (rc <= 0)
		return rc;
	copy = plan_alloc(p, n, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, all, n * sizeof(*copy));
	*out = *b;
	if (!out->ethertype) {
		out->ethertype = a->ethertype;
		out->tagged = a->tagged;
	}
	out->nmatches = n;
	out->matches = copy;
	return 1;
}

static bool same_matches(const struct residue *a, const struct residue *b)
{
	unsigned int i;

	if (a->nmatches != b->nmatches)
		return false;
	for (i = 0; i < a->nmatches; i++)
		if (!match_equal(&a->matches[i], &b->matches[i]))
			return false;
	return true;
}

/* The first body accepts these frames: what does the second one do? */
static int add_accepted(struct product *out, const struct residue *a,
			const struct plan_body *b)
{
	struct residue r = { 0 };
	unsigned int i;
	int rc;

	for (i = 0; i < b->n; i++) {
		rc = both(out->p, a, &b->res[i], &r);
		if (rc < 0)
			return rc;
		if (rc && !add(out, &r))
			return -E2BIG;
		if (rc && same_matches(&r, a))
			return 0; /* that decides all of them */
	}
	return add(out, a) ? 0 : -E2BIG;
}

static int multiply(struct product *out, const struct plan_body *a,
		    const struct plan_body *b)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < a->n; i++) {
		if (!a->res[i].drop)
			rc = add_accepted(out, &a->res[i], b);
		else if (!add(out, &a->res[i]))
			rc = -E2BIG;
	}
	for (i = 0; rc >= 0 && i < b->n; i++)
		if (!add(out, &b->res[i]))
			rc = -E2BIG;
	return rc;
}

/* A match on eth.inner is many kernel rules already. */
static bool is_wide(const struct plan_body *b)
{
	unsigned int i, j;

	for (i = 0; i < b->n; i++)
		for (j = 0; j < b->res[i].nmatches; j++)
			if (b->res[i].matches[j].field == FIELD_ETH_INNER)
				return true;
	return false;
}

/* Merge in this order.  Returns the length, 0 if it is too long. */
static int merge_lists(struct plan *p, const struct plan_body *a,
		       const struct plan_body *b, struct residue *res,
		       unsigned int max)
{
	struct product product = { .p = p, .res = res, .max = max };
	int rc = multiply(&product, a, b);

	if (rc < 0)
		return rc == -E2BIG ? 0 : rc;
	return (int)plan_trim(res, product.n);
}

/* The rule that frames at the end of a list count for, if those are dropped */
static const struct rule *end_counts(const struct residue *res, unsigned int n)
{
	if (!n || !res[n - 1].drop || res[n - 1].nmatches)
		return NULL;
	return res[n - 1].counts ? res[n - 1].counts : res[n - 1].rule;
}

/*
 * Two lists that drop what they do not accept have one DROP for both at their
 * end.  It counts for the profile that comes first: what the others are about
 * stands in DROPs of their own, or is rare (lengths that contradict a frame).
 */
static void name_end(struct residue *res, unsigned int n,
		     const struct plan_body *a, const struct plan_body *b)
{
	const struct rule *x = end_counts(a->res, a->n);
	const struct rule *y = end_counts(b->res, b->n);

	if (x && y && end_counts(res, n))
		res[n - 1].counts = x->profile < y->profile ? x : y;
}

static int merge_two(struct plan *p, const struct plan_body *a,
		     const struct plan_body *b, struct plan_body **out)
{
	unsigned int sum = a->n + b->n, limit = sum + sum / 4 + MERGE_SLACK;
	_cleanup_free_ struct residue *one = NULL, *two = NULL;
	int n, m;

	*out = NULL;
	if (sum > MERGE_MAX ||
	    ((a->accepts || b->accepts) && (is_wide(a) || is_wide(b))))
		return 0;
	/* much of it may turn out to be of no use */
	one = util_alloc(limit * 2UL, sizeof(*one));
	two = util_alloc(limit * 2UL, sizeof(*two));
	if (!one || !two)
		return -ENOMEM;
	n = merge_lists(p, a, b, one, limit * 2);
	m = n < 0 ? n : merge_lists(p, b, a, two, limit * 2);
	if (n < 0 || m < 0)
		return n < 0 ? n : m;
	if (!n || (unsigned int)n > limit || (m && m < n)) {
		if (!m || (unsigned int)m > limit)
			return 0;
		n = m;
		memcpy(one, two, (unsigned int)n * sizeof(*one));
	}
	name_end(one, (unsigned int)n, a, b);
	*out = plan_body_keep(p, one, (unsigned int)n);
	return *out ? 0 : -ENOMEM;
}

int plan_bodies_merge(struct plan *p, struct plan_body **bodies,
		      unsigned int *n)
{
	struct plan_body *one;
	unsigned int i, j;
	int rc;

	for (i = 0; i < *n; i++)
		for (j = i + 1; j < *n;) {
			rc = merge_two(p, bodies[i], bodies[j], &one);
			if (rc < 0)
				return rc;
			if (!one) {
				j++;
				continue;
			}
			bodies[i] = one;
			--*n;
			memmove(&bodies[j], &bodies[j + 1],
				(*n - j) * sizeof(struct plan_body *));
			j = i + 1; /* with the new one, more may fit */
		}
	return 0;
}

/* ---- the order ------------------------------------------------------------- */

/*
 * Does the kernel walk along the extension headers for it?  That there is a
 * protocol at all, a range, it knows.
 */
static bool is_dear(const struct residue *r)
{
	const struct match *m;
	unsigned int i;

	for (i = 0; i < r->nmatches; i++) {
		m = &r->matches[i];
		if (m->field == FIELD_IP6_FRAG ||
		    m->field == FIELD_IP6_FRAGNEXT ||
		    m->field == FIELD_IP6_FRAGHDR ||
		    (m->field == FIELD_IP6_PROTO && m->op != OP_RANGE))
			return true;
	}
	return false;
}

int plan_disjoint(struct plan *p, const struct residue *a,
		  const struct residue *b)
{
	struct match all[RULE_MAX_MATCHES];
	unsigned int n;
	int rc = join(p, a, b, all, &n);

	if (rc == -E2BIG)
		return 0;
	return rc < 0 ? rc : !rc;
}

/*
 * Is a DROP of no use?  Nothing behind it accepts any of its frames, and the
 * DROP at the end is another profile's, as good as this one: within a profile,
 * the first rule is the one whose counter the administrator looks for.
 */
static int is_useless(struct plan *p, const struct residue *res, unsigned int i,
		      unsigned int n)
{
	unsigned int j;
	int rc;

	for (j = i + 1; j < n; j++) {
		if (res[j].drop && res[j].rule->profile != res[i].rule->profile)
			continue;
		rc = plan_disjoint(p, &res[i], &res[j]);
		if (rc <= 0)
			return rc;
	}
	return 1;
}

int plan_prune(struct plan *p, struct residue *res, unsigned int *n)
{
	unsigned int i;
	int rc;

	if (!*n || !res[*n - 1].drop || res[*n - 1].nmatches)
		return 0;
	for (i = *n - 1; i-- > 0;) {
		rc = res[i].drop ? is_useless(p, res, i, *n) : 0;
		if (rc < 0)
			return rc;
		if (!rc)
			continue;
		--*n;
		memmove(&res[i], &res[i + 1], (*n - i) * sizeof(*res));
	}
	return 0;
}

/* May these two change places? */
static int can_swap(struct plan *p, const struct residue *a,
		    const struct residue *b)
{
	return a->drop == b->drop ? 1 : plan_disjoint(p, a, b);
}

/* Several protocols right behind the header: a kernel rule each in any case. */
static const struct match *several(const struct residue *r)
{
	const struct match *m;
	unsigned int i;

	for (i = 0; i < r->nmatches; i++) {
		m = &r->matches[i];
		if (m->field == FIELD_IP6_NEXTHDR && m->nvalues > 1 &&
		    m->nvalues <= SINGLE_MAX && plan_is_full(m))
			return m;
	}
	return NULL;
}

/* One protocol of a rule alone */
static int single(struct plan *p, const struct residue *r,
		  const struct match *m, unsigned int value,
		  struct residue *out)
{
	struct match *copy = plan_alloc(p, r->nmatches, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	memcpy(copy, r->matches, r->nmatches * sizeof(*copy));
	copy[m - r->matches].values += value;
	copy[m - r->matches].nvalues = 1;
	*out = *r;
	out->matches = copy;
	return 0;
}

/* Take ACCEPTs apart, so that each protocol can go where it may. */
static int take_apart(struct plan *p, struct plan_body *body)
{
	struct residue *res =
		plan_alloc(p, (size_t)body->n * SINGLE_MAX, sizeof(*res));
	const struct match *m;
	unsigned int i, j, n = 0;
	int rc = 0;

	if (!res)
		return -ENOMEM;
	for (i = 0; i < body->n; i++) {
		m = body->res[i].drop ? NULL : several(&body->res[i]);
		if (!m)
			res[n++] = body->res[i];
		for (j = 0; m && rc >= 0 && j < m->nvalues; j++)
			rc = single(p, &body->res[i], m, j, &res[n++]);
	}
	body->res = res;
	body->n = n;
	return rc;
}

int plan_body_sort(struct plan *p, struct plan_body *body)
{
	unsigned int i, j, to, floor = 0;
	struct residue *res, r;
	int rc = take_apart(p, body);

	if (rc < 0)
		return rc;
	res = body->res;
	for (i = 0; i < body->n; i++) {
		if (res[i].drop || is_dear(&res[i]))
			continue;
		/* they keep their order among themselves */
		for (to = j = i; j-- > floor;) {
			rc = can_swap(p, &res[j], &res[i]);
			if (rc < 0)
				return rc;
			if (!rc)
				break;
			if (is_dear(&res[j]))
				to = j;
		}
		r = res[i];
		memmove(&res[to + 1], &res[to], (i - to) * sizeof(*res));
		res[to] = r;
		floor = to + 1;
	}
	return 0;
}
