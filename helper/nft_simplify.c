// SPDX-License-Identifier: GPL-2.0-or-later
/* What the matches of a rule say about each other */
#include <errno.h>
#include <string.h>

#include "nft_body.h"

bool plan_is_full(const struct match *m)
{
	struct value full = { 0 };
	unsigned int i;

	if (m->op != OP_EQ)
		return false;
	value_full_mask(field_get(m->field), &full);
	for (i = 0; i < m->nvalues; i++)
		if (memcmp(m->values[i].hi, full.hi, FIELD_MAX_BYTES) != 0)
			return false;
	return true;
}

/* Can a value be under both masked values? */
static bool can_both(const struct value *a, const struct value *b)
{
	unsigned int i;

	for (i = 0; i < FIELD_MAX_BYTES; i++)
		if ((a->lo[i] ^ b->lo[i]) & a->hi[i] & b->hi[i])
			return false;
	return true;
}

static bool can_intersect(const struct match *a, const struct match *b)
{
	unsigned int i, j;

	for (i = 0; i < a->nvalues; i++)
		for (j = 0; j < b->nvalues; j++)
			if (can_both(&a->values[i], &b->values[j]))
				return true;
	return false;
}

/* Keep the values of @m that @other holds of. */
static int filter(struct plan *p, struct match *m, const struct match *other)
{
	struct value *v = plan_alloc(p, m->nvalues, sizeof(*v));
	unsigned int i, n = 0;

	if (!v)
		return -ENOMEM;
	for (i = 0; i < m->nvalues; i++)
		if (plan_match_holds(other, m->values[i].lo))
			v[n++] = m->values[i];
	if (n < m->nvalues) {
		m->values = v;
		m->nvalues = n;
	}
	return n ? 1 : 0;
}

static bool is_extension(uint8_t next)
{
	return next == 0 || next == 43 || next == 44 || next == 51 ||
	       next == 59 || next == 60;
}

bool plan_is_upper(const struct match *m)
{
	unsigned int i;

	if (m->field != FIELD_IP6_NEXTHDR || !plan_is_full(m))
		return false;
	for (i = 0; i < m->nvalues; i++)
		if (is_extension(m->values[i].lo[0]))
			return false;
	return true;
}

static bool wants_fraghdr(const struct match *m)
{
	static const uint8_t none[FIELD_MAX_BYTES];

	return m->field == FIELD_IP6_FRAG || m->field == FIELD_IP6_FRAGNEXT ||
	       (m->field == FIELD_IP6_FRAGHDR && !plan_match_holds(m, none));
}

static bool refuses_fraghdr(const struct match *m)
{
	static const uint8_t one[FIELD_MAX_BYTES] = { 1 };

	return plan_is_upper(m) ||
	       (m->field == FIELD_IP6_FRAGHDR && !plan_match_holds(m, one));
}

bool plan_is_any_upper(const struct match *m)
{
	static const uint8_t lowest[FIELD_MAX_BYTES];
	static const uint8_t highest[FIELD_MAX_BYTES] = { 0xff };

	return (m->field == FIELD_IP_UPPER || m->field == FIELD_IP6_PROTO) &&
	       m->op == OP_RANGE && plan_match_holds(m, lowest) &&
	       plan_match_holds(m, highest) && m->nvalues == 1;
}

enum relation { NOTHING, IMPOSSIBLE, SECOND_IS_IMPLIED };

/*
 * What @a says about @b; @a may lose values.  @deep: another match looks at
 * the upper-layer header, so the kernel did find it.
 */
static int relate(struct plan *p, struct match *a, const struct match *b,
		  bool deep)
{
	int rc;

	if (a->field == b->field && plan_is_full(a)) {
		rc = filter(p, a, b);
		return rc < 0 ? rc : rc ? SECOND_IS_IMPLIED : IMPOSSIBLE;
	}
	if (a->field == b->field && a->op == OP_EQ && b->op == OP_EQ)
		return can_intersect(a, b) ? NOTHING : IMPOSSIBLE;
	if (field_get(a->field)->base == BASE_TRANSPORT && plan_is_any_upper(b))
		return SECOND_IS_IMPLIED;
	if (wants_fraghdr(b) && refuses_fraghdr(a))
		return IMPOSSIBLE;
	if ((b->field != FIELD_IP6_PROTO && b->field != FIELD_IP6_FRAGHDR) ||
	    !plan_is_upper(a))
		return NOTHING;
	if (b->field == FIELD_IP6_PROTO) {
		rc = filter(p, a, b);
		if (rc < 0)
			return rc;
		return !rc ? IMPOSSIBLE : deep ? SECOND_IS_IMPLIED : NOTHING;
	}
	return b->field == FIELD_IP6_FRAGHDR && deep ? SECOND_IS_IMPLIED :
						       NOTHING;
}

static bool is_deep(const struct match *matches, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (field_get(matches[i].field)->base == BASE_TRANSPORT)
			return true;
	return false;
}

int plan_simplify(struct plan *p, struct match *matches, unsigned int *n)
{
	bool deep = is_deep(matches, *n);
	unsigned int i, j;
	int rc;

	for (i = 0; i < *n; i++)
		for (j = 0; j < *n; j++) {
			if (i == j)
				continue;
			rc = relate(p, &matches[i], &matches[j], deep);
			if (rc < 0 || rc == IMPOSSIBLE)
				return rc < 0 ? rc : 0;
			if (rc == NOTHING)
				continue;
			--*n;
			memmove(&matches[j], &matches[j + 1],
				(*n - j) * sizeof(*matches));
			i -= j < i;
			j--;
		}
	return 1;
}
