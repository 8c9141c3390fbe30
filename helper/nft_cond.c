// SPDX-License-Identifier: GPL-2.0-or-later
/* One match of a rule as conditions on loaded bytes */
#include <errno.h>
#include <string.h>

#include "nft_cond.h"

#define TAGGED_NET 18 /* the network header behind one tag */

/* Is this what the kernel reads without asking for the fragment offset? */
static bool is_fast(const struct plan_place *at)
{
	return (at->len == 1 || at->len == 2 || at->len == 4) &&
	       at->offset % at->len == 0;
}

void plan_locate(bool tagged, enum field_id id, struct plan_place *out)
{
	const struct field *f = field_get(id);
	unsigned int first = f->offset;

	*out = (struct plan_place){ .field = id };
	switch (f->base) {
	case BASE_LINK:
		out->source = PLAN_LINK;
		break;
	case BASE_NET:
		out->source = tagged ? PLAN_LINK : PLAN_NET;
		if (tagged)
			first += TAGGED_NET * 8;
		break;
	case BASE_TRANSPORT:
		out->source = PLAN_TRANSPORT;
		break;
	case BASE_FRAGHDR:
		out->source = PLAN_FRAG;
		break;
	case BASE_VIRTUAL:
		out->source = id == FIELD_IP6_FRAGHDR ? PLAN_FRAGHDR :
							PLAN_L4PROTO;
		break;
	}
	out->offset = first / 8;
	out->len = (first % 8 + f->width + 7) / 8;
	out->shift = out->len * 8 - first % 8 - f->width;
	/* the kernel is faster with a mask of four bytes than one of two */
	if (id == FIELD_IP_FRAG && !tagged) {
		out->lead = 2;
		out->offset -= out->lead;
		out->len += out->lead;
	}
	/* the presence of a header is a whole byte in the kernel */
	if (out->source == PLAN_FRAGHDR)
		out->shift = 0;
}

bool plan_slow_place(struct plan_place *at)
{
	if (!is_fast(at))
		return true;
	if (at->offset + at->len < PLAN_SLOW_LEN || at->len > PLAN_SLOW_LEN)
		return false;
	at->lead = PLAN_SLOW_LEN - at->len;
	at->offset -= at->lead;
	at->len += at->lead;
	return true;
}

/* Move a value of the field to where its bits stand among the loaded ones. */
static void place_value(const struct plan_place *at, const uint8_t *value,
			uint8_t *out)
{
	size_t i, bytes = field_bytes(field_get(at->field));
	uint64_t n = 0;

	memset(out, 0, FIELD_MAX_BYTES);
	if (!at->shift && bytes == at->len - at->lead) {
		memcpy(out + at->lead, value, bytes);
		return;
	}
	for (i = 0; i < bytes; i++)
		n = n << 8 | value[i];
	n <<= at->shift;
	for (i = at->len; i-- > at->lead; n >>= 8)
		out[i] = (uint8_t)n;
}

/* A condition at a place under a mask, with values of the field. */
static int make_cond(struct plan *p, const struct plan_place *at,
		     const uint8_t *mask, enum match_op op,
		     const struct value *values, unsigned int n,
		     struct plan_cond *out)
{
	struct value *placed = plan_alloc(p, n, sizeof(*placed));
	unsigned int i;

	if (!placed)
		return -ENOMEM;
	*out = (struct plan_cond){
		.source = at->source,
		.offset = at->offset,
		.len = at->len,
		.field = at->field,
		.op = op,
		.nvalues = n,
		.values = placed,
	};
	for (i = 0; i < n; i++) {
		place_value(at, values[i].lo, placed[i].lo);
		place_value(at, values[i].hi, placed[i].hi);
	}
	place_value(at, mask, out->mask);
	for (i = 0; i < at->len; i++)
		out->masked |= out->mask[i] != 0xff;
	if (at->source == PLAN_FRAGHDR)
		out->masked = false;
	if (at->lead || at->shift || field_get(at->field)->width % 8)
		out->field = FIELD_NONE;
	return 0;
}

static int compare_values(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct value));
}

static bool same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, FIELD_MAX_BYTES) == 0;
}

/* Is @next at most one above @hi? */
static bool touches(const uint8_t *hi, const uint8_t *next, size_t bytes)
{
	uint8_t up[FIELD_MAX_BYTES];
	size_t i = bytes;

	memcpy(up, hi, sizeof(up));
	while (i-- > 0 && ++up[i] == 0)
		;
	/* the highest value wraps to zero: everything is below it */
	if (i == SIZE_MAX)
		return true;
	return memcmp(next, up, bytes) <= 0;
}

/* Sort ranges and join those that overlap or touch; returns how many. */
static unsigned int join_ranges(struct value *v, unsigned int n, size_t bytes)
{
	unsigned int i, last = 0;

	qsort(v, n, sizeof(*v), compare_values);
	for (i = 1; i < n; i++) {
		if (!touches(v[last].hi, v[i].lo, bytes))
			v[++last] = v[i];
		else if (memcmp(v[last].hi, v[i].hi, bytes) < 0)
			memcpy(v[last].hi, v[i].hi, FIELD_MAX_BYTES);
	}
	return last + 1;
}

static unsigned int unique_points(struct value *v, unsigned int n)
{
	unsigned int i, last = 0;

	qsort(v, n, sizeof(*v), compare_values);
	for (i = 1; i < n; i++)
		if (!same(v[last].lo, v[i].lo))
			v[++last] = v[i];
	return last + 1;
}

/* Put single values before ranges; returns how many there are. */
static unsigned int points_first(struct value *v, unsigned int n)
{
	unsigned int i, points = 0;
	struct value swap;

	for (i = 0; i < n; i++)
		if (same(v[i].lo, v[i].hi)) {
			swap = v[points];
			v[points++] = v[i];
			v[i] = swap;
		}
	return points;
}

static int one_each(struct plan *p, const struct plan_cond *conds,
		    unsigned int n, struct plan_factor *out)
{
	unsigned int i;

	out->nalts = n;
	out->alts = plan_alloc(p, n, sizeof(*out->alts));
	if (!out->alts)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		out->alts[i].nconds = 1;
		out->alts[i].conds = conds + i;
	}
	return 0;
}

static int all_of(struct plan *p, const struct plan_cond *conds, unsigned int n,
		  struct plan_factor *out)
{
	out->nalts = 1;
	out->alts = plan_alloc(p, 1, sizeof(*out->alts));
	if (!out->alts)
		return -ENOMEM;
	out->alts[0].nconds = n;
	out->alts[0].conds = conds;
	return 0;
}

/*
 * Up to so many values are compared one by one.  A set costs more than the
 * rules it saves: the kernel looks through the names of all sets of the table
 * for each new one.
 */
#define LIST_MAX 6

/* Values under one mask, compared for @op: one condition each, or a set. */
static int add_points(struct plan *p, const struct plan_place *at,
		      const uint8_t *mask, enum match_op op,
		      const struct value *v, unsigned int n,
		      struct plan_cond *conds, unsigned int *nconds)
{
	unsigned int i;
	int rc = 0;

	if (n > LIST_MAX)
		return make_cond(p, at, mask, op, v, n, &conds[(*nconds)++]);
	for (i = 0; rc >= 0 && i < n; i++)
		rc = make_cond(p, at, mask, op, v + i, 1, &conds[(*nconds)++]);
	return rc;
}

/*
 * Ranges, and the single values among them.  Never a set of ranges: for a
 * moment after a transaction the kernel (6.18 for one) does not find anything
 * in a new one, and lets a frame through that it should drop.
 */
static int range_conds(struct plan *p, const struct plan_place *at,
		       const struct match *m, struct plan_factor *out)
{
	const struct field *f = field_get(m->field);
	bool not = m->op == OP_NRANGE;
	unsigned int i, points, n = m->nvalues, nconds = 0;
	struct value *v = plan_alloc(p, n, sizeof(*v)), full = { 0 };
	struct plan_cond *conds = plan_alloc(p, n, sizeof(*conds));
	int rc = 0;

	if (!v || !conds)
		return -ENOMEM;
	memcpy(v, m->values, n * sizeof(*v));
	value_full_mask(f, &full);
	n = join_ranges(v, n, field_bytes(f));
	points = points_first(v, n);
	if (points)
		rc = add_points(p, at, full.hi, not ? OP_NE : OP_EQ, v,
				unique_points(v, points), conds, &nconds);
	if (rc >= 0 && not &&n > points)
		rc = make_cond(p, at, full.hi, OP_NRANGE, v + points,
			       n - points, &conds[nconds++]);
	for (i = points; rc >= 0 && !not &&i < n; i++)
		rc = make_cond(p, at, full.hi, OP_RANGE, v + i, 1,
			       &conds[nconds++]);
	if (rc < 0)
		return rc;
	return not ? all_of(p, conds, nconds, out) :
		     one_each(p, conds, nconds, out);
}

/* Pick the values under the mask of the one at @first and mark them done. */
static unsigned int pick_mask(const struct match *m, unsigned int first,
			      bool *done, struct value *out)
{
	unsigned int i, n = 0;

	for (i = first; i < m->nvalues; i++) {
		if (done[i] || !same(m->values[i].hi, m->values[first].hi))
			continue;
		done[i] = true;
		memcpy(out[n].lo, m->values[i].lo, FIELD_MAX_BYTES);
		memcpy(out[n].hi, m->values[i].lo, FIELD_MAX_BYTES);
		n++;
	}
	return unique_points(out, n);
}

/* A list without masks as the ranges that its values make up. */
static int list_conds(struct plan *p, const struct plan_place *at,
		      const struct match *m, struct plan_factor *out)
{
	struct value *v = plan_alloc(p, m->nvalues, sizeof(*v));
	struct match ranges = *m;
	unsigned int i;

	if (!v)
		return -ENOMEM;
	for (i = 0; i < m->nvalues; i++) {
		memcpy(v[i].lo, m->values[i].lo, FIELD_MAX_BYTES);
		memcpy(v[i].hi, m->values[i].lo, FIELD_MAX_BYTES);
	}
	ranges.op = m->op == OP_EQ ? OP_RANGE : OP_NRANGE;
	ranges.values = v;
	return range_conds(p, at, &ranges, out);
}

static bool is_unmasked(const struct match *m)
{
	struct value full = { 0 };
	unsigned int i;

	value_full_mask(field_get(m->field), &full);
	for (i = 0; i < m->nvalues; i++)
		if (!same(m->values[i].hi, full.hi))
			return false;
	return true;
}

/* Values under masks: conditions for each mask. */
static int mask_conds(struct plan *p, const struct plan_place *at,
		      const struct match *m, struct plan_factor *out)
{
	bool done[MATCH_MAX_VALUES] = { false };
	struct plan_cond *conds;
	struct value *v;
	unsigned int i, n = 0, count;
	int rc;

	conds = plan_alloc(p, m->nvalues, sizeof(*conds));
	v = plan_alloc(p, m->nvalues, sizeof(*v));
	if (!conds || !v)
		return -ENOMEM;
	for (i = 0; i < m->nvalues; i++) {
		if (done[i])
			continue;
		count = pick_mask(m, i, done, v);
		rc = add_points(p, at, m->values[i].hi, m->op, v, count, conds,
				&n);
		if (rc < 0)
			return rc;
	}
	return m->op == OP_EQ ? one_each(p, conds, n, out) :
				all_of(p, conds, n, out);
}

int plan_match_conds(struct plan *p, const struct plan_place *at,
		     const struct match *m, struct plan_factor *out)
{
	if (m->op == OP_RANGE || m->op == OP_NRANGE)
		return range_conds(p, at, m, out);
	if (m->nvalues > 1 && is_unmasked(m))
		return list_conds(p, at, m, out);
	return mask_conds(p, at, m, out);
}

int plan_single(struct plan *p, const struct plan_cond *conds, unsigned int n,
		struct plan_factor *out)
{
	struct plan_cond *copy = plan_alloc(p, n, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	memcpy(copy, conds, n * sizeof(*copy));
	return all_of(p, copy, n, out);
}

int plan_uint_cond(struct plan *p, enum plan_source source, unsigned int offset,
		   unsigned int len, uint64_t mask, enum match_op op,
		   uint64_t lo, uint64_t hi, struct plan_cond *out)
{
	struct value *v = plan_alloc(p, 1, sizeof(*v));
	unsigned int i;

	if (!v)
		return -ENOMEM;
	*out = (struct plan_cond){
		.source = source,
		.offset = offset,
		.len = len,
		.op = op,
		.nvalues = 1,
		.values = v,
	};
	for (i = len; i-- > 0; lo >>= 8, hi >>= 8, mask >>= 8) {
		v->lo[i] = (uint8_t)lo;
		v->hi[i] = (uint8_t)hi;
		out->mask[i] = (uint8_t)mask;
		out->masked |= out->mask[i] != 0xff;
	}
	return 0;
}
