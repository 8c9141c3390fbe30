// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What stands at a fixed place of an IPv6 packet, and Fragment headers
 *
 * The match "u32" loads what stands at a place, and is false behind the end of
 * the packet.  A place is fixed if the first next header says what is there.
 */
#include <errno.h>
#include <linux/netfilter_ipv6/ip6t_frag.h>

#include "ipt_numbers.h"

#define NEXT_FRAGMENT 44
#define NEXT_ICMP6 58
#define ND_LENGTH 24 /* of a message without an option */
#define ND_LENGTH_ONE 32 /* ... with one */
#define RS_LENGTH_ONE 16

/**
 * struct spot - Where a field is
 * @at:		Its first byte, from that of the IPv6 header on
 * @next:	What the first next header must be, 0 for anything
 * @length:	The payload must be asked to be as long, since a shorter packet
 *		may have the field only in what the bridge cuts off
 */
static const struct spot {
	enum field_id field;
	uint8_t at;
	uint8_t next;
	uint8_t length;
} spots[] = {
	{ FIELD_IP6_LENGTH, 4, 0, 0 },
	{ FIELD_IP6_NEXTHDR, 6, 0, 0 },
	{ FIELD_IP6_FRAGNEXT, 40, NEXT_FRAGMENT, 0 },
	{ FIELD_ND_TARGET, 48, NEXT_ICMP6, ND_LENGTH },
	{ FIELD_ND_OPTTYPE, 64, NEXT_ICMP6, ND_LENGTH_ONE },
	{ FIELD_ND_OPTLEN, 65, NEXT_ICMP6, ND_LENGTH_ONE },
	{ FIELD_ND_LLADDR, 66, NEXT_ICMP6, ND_LENGTH_ONE },
	{ FIELD_RS_OPTTYPE, 48, NEXT_ICMP6, RS_LENGTH_ONE },
	{ FIELD_RS_OPTLEN, 49, NEXT_ICMP6, RS_LENGTH_ONE },
	{ FIELD_RS_LLADDR, 50, NEXT_ICMP6, RS_LENGTH_ONE },
};

static const struct spot *find_spot(enum field_id field)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(spots); i++)
		if (spots[i].field == field)
			return &spots[i];
	return NULL;
}

bool ipt_next_is(const struct rule *r, unsigned int next)
{
	struct numbers s = ipt_all_numbers(256);

	return ipt_leave(r, FIELD_IP6_NEXTHDR, &s) == 1 && s.has[next];
}

/* ---- what cannot be asked ------------------------------------------------- */

static bool is_byte(const struct match *m)
{
	return field_bytes(field_get(m->field)) == 1;
}

/* Is the payload at least so long? */
static bool has_length(const struct rule *r, unsigned int length)
{
	const struct match *m = rule_find(r, FIELD_IP6_LENGTH);
	unsigned int i;

	for (i = 0; m && i < m->nvalues; i++)
		if ((m->values[i].lo[0] << 8 | m->values[i].lo[1]) <
		    (int)length)
			return false;
	return m;
}

static const char *refuses_spot(const struct rule *r, const struct match *m,
				const struct spot *s)
{
	const char *name = field_get(m->field)->name;

	if (s->next && !ipt_next_is(r, s->next))
		return name;
	if (s->length && !has_length(r, s->length))
		return name;
	if (is_byte(m) || m->op == OP_EQ)
		return NULL;
	return m->field == FIELD_IP6_LENGTH && m->op == OP_RANGE ? NULL : name;
}

/* The flags of "frag" that ask for this; false for none */
static bool to_flags(const struct match *m, uint8_t *flags)
{
	const struct value *v = m->values;
	unsigned int is = (unsigned int)v->lo[0] << 8 | v->lo[1];
	unsigned int mask = (unsigned int)v->hi[0] << 8 | v->hi[1];

	if (m->op != OP_EQ || m->nvalues != 1 || (mask & ~0xfff9U) ||
	    (is & 0xfff8) || ((mask & 0xfff8) && (mask & 0xfff8) != 0xfff8))
		return false;
	*flags = mask & 0xfff8 ? IP6T_FRAG_FST : 0;
	if (mask & 1)
		*flags |= is ? IP6T_FRAG_MF : IP6T_FRAG_NMF;
	return true;
}

const char *ipt_bytes_refuses(const struct rule *r, const struct match *m)
{
	const struct spot *s = find_spot(m->field);
	struct numbers there = ipt_all_numbers(2);
	uint8_t flags;

	if (s)
		return refuses_spot(r, m, s);
	if (m->field == FIELD_IP6_FRAG && !to_flags(m, &flags))
		return "ip6.frag in such an entry";
	/* it is not sure of a packet whose headers are cut off */
	if (m->field == FIELD_IP6_FRAGHDR && r->verdict != VERDICT_ACCEPT &&
	    ipt_leave(r, m->field, &there) == 1 && there.has[0])
		return "ip6.fraghdr in such an entry";
	return NULL;
}

/* ---- conditions ----------------------------------------------------------- */

static void put_spot(struct ipt_cond *c, const struct spot *s, size_t bytes)
{
	c->at = s->at;
	c->bytes = (uint8_t)bytes;
}

static int take_byte(const struct rule *r, const struct spot *s,
		     struct ipt_conds *out)
{
	struct numbers n = ipt_all_numbers(256);
	struct ipt_list *l;
	unsigned int i;

	if (!rule_find(r, s->field))
		return 0;
	out->never |= !ipt_leave(r, s->field, &n);
	if (ipt_add_runs(out, &n, IPT_RUN) < 0)
		return -ENOMEM;
	l = &out->lists[out->n - 1];
	for (i = 0; i < l->n; i++)
		put_spot(&l->conds[i], s, 1);
	return 0;
}

static int take_values(const struct match *m, const struct spot *s,
		       struct ipt_conds *out)
{
	struct ipt_list *l = ipt_list_add(out);
	struct ipt_cond *c;
	unsigned int i;

	for (i = 0; i < m->nvalues; i++) {
		c = ipt_cond_add(l, m->op == OP_RANGE ? IPT_RUN : IPT_BYTES);
		if (!c)
			return -ENOMEM;
		c->v = m->values[i];
		put_spot(c, s, field_bytes(field_get(m->field)));
	}
	return 0;
}

static int take_fragment(const struct rule *r, const struct match *m,
			 struct ipt_conds *out)
{
	struct numbers there = ipt_all_numbers(2);
	struct ipt_cond *c;
	unsigned int left = 1;

	there.has[0] = false;
	if (m->field == FIELD_IP6_FRAGHDR) {
		there = ipt_all_numbers(2);
		left = ipt_leave(r, m->field, &there);
	}
	out->never |= !left;
	if (left != 1)
		return 0;
	c = ipt_cond_add(ipt_list_add(out), IPT_FRAGMENT);
	if (!c)
		return -ENOMEM;
	c->inverted = there.has[0];
	if (m->field == FIELD_IP6_FRAG)
		to_flags(m, &c->v.lo[0]);
	return 0;
}

int ipt_take_bytes(const struct rule *r, struct ipt_conds *out)
{
	const struct match *m;
	const struct spot *s;
	unsigned int i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_SIZE(spots); i++)
		if (field_bytes(field_get(spots[i].field)) == 1)
			rc = take_byte(r, &spots[i], out);
	for (i = 0; rc == 0 && i < r->nmatches; i++) {
		m = &r->matches[i];
		s = find_spot(m->field);
		if (s && !is_byte(m))
			rc = take_values(m, s, out);
		else if (m->field == FIELD_IP6_FRAG ||
			 m->field == FIELD_IP6_FRAGHDR)
			rc = take_fragment(r, m, out);
	}
	return rc;
}
