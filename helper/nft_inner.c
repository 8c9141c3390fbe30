// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The EtherType behind up to two tags and LLC/SNAP.  The kernel has no such
 * field: one alternative for each way in which a frame can be wrapped.
 */
#include <errno.h>
#include <string.h>

#include "nft_cond.h"

#define TYPE_AT 12
#define TAG_SIZE 4
#define MAX_TAGS 2
#define MIN_ETHERTYPE 0x600

static const uint16_t tpids[] = { 0x8100, 0x88a8, 0x9100 };

/* AA AA 03 and an OUI, as the kernel loads them with the type behind. */
#define SNAP_LEN 8
#define SNAP_RFC1042 0xaaaa03000000ULL
#define SNAP_TUNNEL 0xaaaa030000f8ULL

static bool is_tpid(uint16_t type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tpids); i++)
		if (type == tpids[i])
			return true;
	return false;
}

bool plan_type_is_plain(uint16_t type)
{
	return type >= MIN_ETHERTYPE && !is_tpid(type);
}

static void put(uint8_t *out, unsigned int len, uint64_t n)
{
	while (len-- > 0) {
		out[len] = (uint8_t)n;
		n >>= 8;
	}
}

static int set_cond(struct plan_cond *out, unsigned int offset,
		    unsigned int len, struct value *v, unsigned int n)
{
	*out = (struct plan_cond){
		.source = PLAN_LINK,
		.offset = offset,
		.len = len,
		.op = OP_EQ,
		.nvalues = n,
		.values = v,
	};
	if (offset == TYPE_AT)
		out->field = FIELD_ETH_TYPE;
	memset(out->mask, 0xff, len);
	return 0;
}

static int compare_lo(const void *a, const void *b)
{
	return memcmp(a, b, FIELD_MAX_BYTES);
}

/* Sort, and drop what occurs twice. */
static unsigned int tidy(struct value *v, unsigned int n)
{
	unsigned int i, last = 0;

	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), compare_lo);
	for (i = 1; i < n; i++)
		if (compare_lo(&v[last], &v[i]) != 0)
			v[++last] = v[i];
	return last + 1;
}

/* Is the field at @offset a tag's TPID? */
static int tpid_cond(struct plan *p, unsigned int offset, struct plan_cond *out)
{
	struct value *v = plan_alloc(p, ARRAY_SIZE(tpids), sizeof(*v));
	unsigned int i;

	if (!v)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(tpids); i++)
		put(v[i].lo, 2, tpids[i]);
	return set_cond(out, offset, 2, v, ARRAY_SIZE(tpids));
}

/* The type at @offset itself, behind @tags tags; 0 conditions: impossible. */
static int plain_conds(struct plan *p, const struct match *m,
		       unsigned int offset, unsigned int tags,
		       struct plan_cond *out, unsigned int *n)
{
	struct value *v = plan_alloc(p, m->nvalues, sizeof(*v));
	unsigned int i, count = 0;
	uint16_t type;

	if (!v)
		return -ENOMEM;
	for (i = 0; i < m->nvalues; i++) {
		type = (uint16_t)(m->values[i].lo[0] << 8 | m->values[i].lo[1]);
		if (type < MIN_ETHERTYPE || (tags < MAX_TAGS && is_tpid(type)))
			continue;
		put(v[count++].lo, 2, type);
	}
	*n = count ? 1 : 0;
	return set_cond(out, offset, 2, v, tidy(v, count));
}

/* A length at @offset, LLC/SNAP behind it, and the type behind that. */
static int snap_conds(struct plan *p, const struct match *m,
		      unsigned int offset, struct plan_cond *out)
{
	struct value *v = plan_alloc(p, m->nvalues * 2UL, sizeof(*v));
	unsigned int i;
	uint64_t type;
	int rc;

	if (!v)
		return -ENOMEM;
	for (i = 0; i < m->nvalues; i++) {
		type = (uint64_t)m->values[i].lo[0] << 8 | m->values[i].lo[1];
		put(v[i * 2].lo, SNAP_LEN, SNAP_RFC1042 << 16 | type);
		put(v[i * 2 + 1].lo, SNAP_LEN, SNAP_TUNNEL << 16 | type);
	}
	rc = plan_uint_cond(p, PLAN_LINK, offset, 2, 0xffff, OP_RANGE, 0,
			    MIN_ETHERTYPE - 1, &out[0]);
	if (rc < 0)
		return rc;
	return set_cond(&out[1], offset + 2, SNAP_LEN, v,
			tidy(v, m->nvalues * 2));
}

int plan_inner(struct plan *p, const struct match *m, struct plan_factor *out)
{
	struct plan_cond conds[MAX_TAGS + 2];
	unsigned int tags, n, offset = TYPE_AT;
	struct plan_factor one;
	int rc;

	*out = (struct plan_factor){ 0 };
	out->alts = plan_alloc(p, (MAX_TAGS + 1) * 2, sizeof(*out->alts));
	if (!out->alts)
		return -ENOMEM;
	for (tags = 0; tags <= MAX_TAGS; tags++, offset += TAG_SIZE) {
		rc = plain_conds(p, m, offset, tags, &conds[tags], &n);
		if (rc >= 0 && n) {
			rc = plan_single(p, conds, tags + 1, &one);
			if (rc >= 0)
				out->alts[out->nalts++] = one.alts[0];
		}
		if (rc >= 0)
			rc = snap_conds(p, m, offset, &conds[tags]);
		if (rc >= 0)
			rc = plan_single(p, conds, tags + 2, &one);
		if (rc < 0)
			return rc;
		out->alts[out->nalts++] = one.alts[0];
		rc = tpid_cond(p, offset, &conds[tags]);
		if (rc < 0)
			return rc;
	}
	return 0;
}
