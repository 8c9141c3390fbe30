// SPDX-License-Identifier: GPL-2.0-or-later
/* What is left of a profile once the EtherType of a frame is known */
#include <errno.h>
#include <string.h>

#include "nft_body.h"
#include "nft_cond.h"

#define LINK_HEADER_BITS (14 * 8) /* every frame is as long as this */

/* CLASS_IP4, CLASS_IP6 and so on: the order of the tests in the base chain */
static const uint16_t frequent_types[] = { 0x0800, 0x86dd, 0x0806 };

/* How far back a rule that makes another one useless is looked for */
#define SHADOW_DEPTH 128

enum truth { IS_FALSE, IS_TRUE, IS_OPEN };

static bool has_class(const struct plan_types *t, const uint8_t *type)
{
	unsigned int i;

	for (i = CLASS_OTHER + 1; i < t->n; i++)
		if (memcmp(type, t->type[i], FIELD_MAX_BYTES) == 0)
			return true;
	return false;
}

static void add_class(struct plan_types *t, uint16_t type)
{
	uint8_t value[FIELD_MAX_BYTES] = { (uint8_t)(type >> 8),
					   (uint8_t)type };

	if (t->n < CLASS_MAX && !has_class(t, value))
		memcpy(t->type[t->n++], value, sizeof(value));
}

/*
 * The frequent types, and those that rules name while there is room; only
 * types that wrap nothing, so that eth.inner is known too.
 */
void plan_types_find(const struct binding *b, enum direction dir,
		     struct plan_types *out)
{
	const struct rule *r;
	unsigned int i;

	*out = (struct plan_types){ .n = CLASS_OTHER + 1 };
	for (i = 0; i < ARRAY_SIZE(frequent_types); i++)
		add_class(out, frequent_types[i]);
	for (i = 0; i < b->nrules; i++) {
		r = &b->rules[i];
		if (r->dir == dir && !rule_tagged(r) &&
		    plan_type_is_plain(rule_ethertype(r)))
			add_class(out, rule_ethertype(r));
	}
}

bool plan_is_typed(const struct rule *r)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		if (field_get(r->matches[i].field)->family != FAMILY_ANY)
			return true;
	return false;
}

static bool value_holds(enum match_op op, const struct value *v,
			const uint8_t *value)
{
	unsigned int i;

	if (op == OP_RANGE || op == OP_NRANGE)
		return memcmp(value, v->lo, FIELD_MAX_BYTES) >= 0 &&
		       memcmp(value, v->hi, FIELD_MAX_BYTES) <= 0;
	for (i = 0; i < FIELD_MAX_BYTES; i++)
		if ((value[i] & v->hi[i]) != v->lo[i])
			return false;
	return true;
}

bool plan_match_holds(const struct match *m, const uint8_t *value)
{
	bool negated = m->op == OP_NE || m->op == OP_NRANGE;
	unsigned int i;

	for (i = 0; i < m->nvalues; i++)
		if (value_holds(m->op, &m->values[i], value))
			return !negated;
	return negated;
}

/*
 * A match on an EtherType that has no class: values that have one do not
 * count.  Returns an enum truth or negative errno.
 */
static int narrow_other(struct plan *p, const struct plan_types *t,
			struct match *m)
{
	const struct value *from = m->values;
	struct value *v;
	unsigned int i, n = 0;

	if (m->op != OP_EQ && m->op != OP_NE)
		return IS_OPEN;
	v = plan_alloc(p, m->nvalues, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (i = 0; i < m->nvalues; i++)
		if (from[i].hi[0] != 0xff || from[i].hi[1] != 0xff ||
		    !has_class(t, from[i].lo))
			v[n++] = from[i];
	if (!n)
		return m->op == OP_NE ? IS_TRUE : IS_FALSE;
	m->values = v;
	m->nvalues = n;
	return IS_OPEN;
}

static int narrow(struct plan *p, const struct plan_types *t,
		  unsigned int class_no, struct match *m)
{
	if (m->field != FIELD_ETH_TYPE && m->field != FIELD_ETH_INNER)
		return IS_OPEN;
	if (class_no != CLASS_OTHER)
		return plan_match_holds(m, t->type[class_no]) ? IS_TRUE :
								IS_FALSE;
	return m->field == FIELD_ETH_TYPE ? narrow_other(p, t, m) : IS_OPEN;
}

int plan_residue(struct plan *p, const struct residue *from,
		 const struct match *matches, unsigned int n,
		 struct residue *out)
{
	struct match *copy = plan_alloc(p, n, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	memcpy(copy, matches, n * sizeof(*copy));
	*out = *from;
	out->nmatches = n;
	out->matches = copy;
	return 1;
}

/* What is left of a rule; 1 if something is, 0 if it never holds. */
static int make_residue(struct plan *p, const struct plan_types *types,
			unsigned int class_no, const struct residue *from,
			struct residue *out)
{
	struct match open[RULE_MAX_MATCHES];
	unsigned int i, n = 0;
	int t;

	for (i = 0; i < from->nmatches; i++) {
		open[n] = from->matches[i];
		t = narrow(p, types, class_no, &open[n]);
		if (t < 0)
			return t;
		if (t == IS_FALSE)
			return 0;
		if (t == IS_OPEN)
			n++;
	}
	t = plan_simplify(p, open, &n);
	if (t <= 0)
		return t;
	return plan_residue(p, from, open, n, out);
}

/* The same conditions and verdict; perhaps of two rules. */
static bool same_residue(const struct residue *a, const struct residue *b)
{
	unsigned int i;

	if (a->drop != b->drop || a->nmatches != b->nmatches)
		return false;
	for (i = 0; i < a->nmatches; i++)
		if (!match_equal(&a->matches[i], &b->matches[i]))
			return false;
	return true;
}

static bool has_match(const struct residue *res, const struct match *m)
{
	unsigned int i;

	for (i = 0; i < res->nmatches; i++)
		if (match_equal(&res->matches[i], m))
			return true;
	return false;
}

/* Does @a hold wherever @b does, as far as their matches tell? */
static bool covers(const struct residue *a, const struct residue *b)
{
	unsigned int i;

	for (i = 0; i < a->nmatches; i++)
		if (!has_match(b, &a->matches[i]))
			return false;
	return true;
}

static bool same_body(const struct plan_body *a, const struct residue *res,
		      unsigned int n)
{
	unsigned int i;

	if (a->n != n)
		return false;
	for (i = 0; i < n; i++)
		if (a->res[i].rule != res[i].rule ||
		    !same_residue(&a->res[i], &res[i]))
			return false;
	return true;
}

bool plan_body_equal(const struct plan_body *a, const struct plan_body *b)
{
	unsigned int i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!same_residue(&a->res[i], &b->res[i]))
			return false;
	return true;
}

/* Is the opposite of this match one match, true of all other frames? */
static bool can_negate(const struct match *m)
{
	const struct field *f = field_get(m->field);

	return f->base == BASE_LINK && f->offset + f->width <= LINK_HEADER_BITS;
}

static int negate(struct plan *p, const struct residue *drop,
		  const struct match *m, struct residue *out)
{
	static const enum match_op opposite[] = {
		[OP_EQ] = OP_NE,
		[OP_NE] = OP_EQ,
		[OP_RANGE] = OP_NRANGE,
		[OP_NRANGE] = OP_RANGE,
	};
	struct match *copy = plan_alloc(p, 1, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *m;
	copy->op = opposite[m->op];
	*out = *drop;
	out->nmatches = 1;
	out->matches = copy;
	return 0;
}

static bool can_negate_all(const struct residue *res)
{
	unsigned int i;

	for (i = 0; i < res->nmatches; i++)
		if (!can_negate(&res->matches[i]))
			return false;
	return true;
}

/*
 * "Accept A and B; drop" at the end becomes "drop not A; drop not B".
 * Returns the new number of residues or negative errno.
 */
static int fold_tail(struct plan *p, struct residue *res, unsigned int n)
{
	struct residue accept, drop;
	unsigned int i;
	int rc;

	if (n < 2 || !res[n - 1].drop || res[n - 1].nmatches ||
	    res[n - 2].drop || !can_negate_all(&res[n - 2]))
		return (int)n;
	drop = res[n - 1];
	accept = res[n - 2];
	n -= 2;
	for (i = 0; i < accept.nmatches; i++) {
		rc = negate(p, &drop, &accept.matches[i], &res[n++]);
		if (rc < 0)
			return rc;
	}
	return (int)n;
}

struct plan_body *plan_body_keep(struct plan *p, const struct residue *res,
				 unsigned int n)
{
	struct plan_body *b = plan_alloc(p, 1, sizeof(*b));
	unsigned int i;

	if (!b)
		return NULL;
	b->n = n;
	b->res = plan_alloc(p, n, sizeof(*b->res));
	if (!b->res)
		return NULL;
	for (i = 0; i < n; i++) {
		b->res[i] = res[i];
		b->accepts |= !res[i].drop;
	}
	return b;
}

/* Is there one of the rules before that decides all that this one would? */
static bool is_shadowed(const struct residue *res, unsigned int n,
			const struct residue *r)
{
	unsigned int i = n > SHADOW_DEPTH ? n - SHADOW_DEPTH : 0;

	for (; i < n; i++)
		if (covers(&res[i], r))
			return true;
	return false;
}

unsigned int plan_trim(struct residue *res, unsigned int n)
{
	unsigned int i, kept = 0;

	for (i = 0; i < n; i++)
		if (!is_shadowed(res, kept, &res[i]))
			res[kept++] = res[i];
	while (kept && !res[kept - 1].drop)
		kept--;
	return kept;
}

int plan_body_make(struct plan *p, const struct plan_types *types,
		   unsigned int class_no, const struct residue *from,
		   unsigned int n, struct residue *scratch,
		   struct plan_body **known, struct plan_body **out)
{
	struct plan_body *k;
	unsigned int i, left = 0;
	int rc;

	for (i = 0; i < n; i++) {
		rc = make_residue(p, types, class_no, &from[i], &scratch[left]);
		if (rc < 0)
			return rc;
		left += (unsigned int)rc;
	}
	rc = fold_tail(p, scratch, plan_trim(scratch, left));
	if (rc < 0)
		return rc;
	left = (unsigned int)rc;
	for (k = *known; k; k = k->next)
		if (same_body(k, scratch, left)) {
			*out = k;
			return 0;
		}
	k = plan_body_keep(p, scratch, left);
	if (!k)
		return -ENOMEM;
	k->next = *known;
	*known = *out = k;
	return 0;
}
