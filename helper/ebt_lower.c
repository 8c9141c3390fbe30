// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which option stands for which field
 *
 * An option holds one value, so a rule with lists becomes all combinations.
 * An option of "ip", "ip6" or "arp" is false when its header is not whole; a
 * port, type or code also in a later fragment: as the matches that it stands
 * for.  ebtables looks at MAC addresses in ARP only if the hardware type is 1
 * and their length 6, and at IP addresses only if the protocol is 0x0800 and
 * their length 4: that is how the lengths are asked.
 */
#include <string.h>

#include "ebt_lower.h"

#define MIN_TYPE 0x600
#define MAX_VLAN 4094
#define TYPE_IP4 0x0800
#define MULTIPLE_ECN 4
#define NEXT_FRAGMENT 44

void ebt_lower_free(struct lower *l)
{
	size_t i;

	for (i = 0; i < EBT_KEY_COUNT; i++)
		free(l->slots[i].list);
}

static bool is_full(const struct match *m, unsigned int i)
{
	struct value full = { 0 };

	value_full_mask(field_get(m->field), &full);
	return memcmp(m->values[i].hi, full.hi, FIELD_MAX_BYTES) == 0;
}

/* ---- values --------------------------------------------------------------- */

static uint32_t to_number(const struct match *m, const uint8_t *v)
{
	size_t bytes = field_bytes(field_get(m->field)), i;
	uint32_t n = 0;

	for (i = 0; i < bytes; i++)
		n = n << 8 | v[i];
	return n;
}

static void put_number(const struct match *m, uint8_t *out, uint32_t n)
{
	size_t i;

	for (i = field_bytes(field_get(m->field)); i-- > 0; n >>= 8)
		out[i] = (uint8_t)n;
}

/* Numbers, each by itself; a range becomes its members. */
static const char *put_exact(struct lower *l, const struct match *m,
			     enum ebt_key key)
{
	struct ebt_cond *c;
	unsigned int i;
	uint32_t n, last;

	for (i = 0; i < m->nvalues; i++) {
		if (!ebt_is_range(m) && !is_full(m, i))
			return "masks of numbers";
		n = to_number(m, m->values[i].lo);
		last = ebt_is_range(m) ? to_number(m, m->values[i].hi) : n;
		if (last - n > UINT8_MAX)
			return "a range of more than 256 numbers";
		for (; n <= last; n++) {
			c = ebt_lower_add(l, key);
			if (!c)
				return EBT_NO_MEMORY;
			c->negated = ebt_is_negated(m);
			put_number(m, c->lo, n);
		}
	}
	return NULL;
}

/* Ports have ranges. */
static const char *put_range(struct lower *l, const struct match *m,
			     enum ebt_key key)
{
	struct ebt_cond *c;
	unsigned int i;

	for (i = 0; i < m->nvalues; i++) {
		if (!ebt_is_range(m) && !is_full(m, i))
			return "masks of numbers";
		c = ebt_lower_add(l, key);
		if (!c)
			return EBT_NO_MEMORY;
		c->negated = ebt_is_negated(m);
		memcpy(c->lo, m->values[i].lo, FIELD_MAX_BYTES);
		memcpy(c->hi,
		       ebt_is_range(m) ? m->values[i].hi : m->values[i].lo,
		       FIELD_MAX_BYTES);
	}
	return NULL;
}

/* ---- fields --------------------------------------------------------------- */

static const char *put_type(struct lower *l, const struct match *m,
			    enum ebt_key key)
{
	const char *what;
	size_t i;

	/* every 802.3 length, and only in front of a SNAP header's type */
	if (key == EBT_PROTO && m->op == OP_RANGE && m->nvalues == 1 &&
	    !to_number(m, m->values[0].lo) &&
	    to_number(m, m->values[0].hi) == MIN_TYPE - 1)
		return ebt_lower_add(l, key) ? NULL : EBT_NO_MEMORY;
	what = put_exact(l, m, key);
	/* for "-p 0x0600" it takes LENGTH, and forgets a "!" */
	for (i = 0; !what && i < l->slots[key].n; i++)
		if (to_number(m, l->slots[key].list[i].lo) <= MIN_TYPE)
			what = "types up to 0x0600";
	return what;
}

static const char *put_snap(struct lower *l, const struct match *m)
{
	const struct match *type = rule_find(l->r, FIELD_ETH_TYPE);

	if (!type || type->op != OP_RANGE)
		return "eth.inner";
	return put_exact(l, m, EBT_SNAP_TYPE);
}

/* The field without the two bits of ECN: one option for each of these */
static const char *put_dscp(struct lower *l, const struct match *m,
			    enum ebt_key key)
{
	const char *what;
	size_t i, n;
	unsigned int ecn;
	uint8_t dscp;

	if (ebt_is_negated(m))
		return "a DSCP that must not be";
	what = put_exact(l, m, key);
	n = l->slots[key].n;
	for (i = 0; !what && i < n; i++) {
		dscp = (uint8_t)(l->slots[key].list[i].lo[0] << 2);
		l->slots[key].list[i].lo[0] = dscp;
		for (ecn = 1; !what && ecn < MULTIPLE_ECN; ecn++) {
			struct ebt_cond *c = ebt_lower_add(l, key);

			if (c)
				c->lo[0] = (uint8_t)(dscp | ecn);
			else
				what = EBT_NO_MEMORY;
		}
	}
	return what;
}

static bool is_pinned(const struct rule *r, enum field_id field, uint32_t value)
{
	const struct match *m = rule_find(r, field);

	return m && m->op == OP_EQ && m->nvalues == 1 && is_full(m, 0) &&
	       to_number(m, m->values[0].lo) == value;
}

static bool is_arp_of_ip(const struct rule *r)
{
	return is_pinned(r, FIELD_ARP_HTYPE, 1) &&
	       is_pinned(r, FIELD_ARP_PTYPE, TYPE_IP4) &&
	       is_pinned(r, FIELD_ARP_HLEN, 6) &&
	       is_pinned(r, FIELD_ARP_PLEN, 4);
}

/* An address that is anything, so that its length is looked at */
static const char *put_length(struct lower *l, const struct match *m)
{
	bool mac = m->field == FIELD_ARP_HLEN;

	if (rule_find(l->r, mac ? FIELD_ARP_SHA : FIELD_ARP_SPA) ||
	    rule_find(l->r, mac ? FIELD_ARP_THA : FIELD_ARP_TPA))
		return NULL;
	return ebt_put_any(l, mac ? EBT_ARP_MAC_SRC : EBT_ARP_IP_DST);
}

static const char *put_arp(struct lower *l, const struct match *m)
{
	switch (m->field) {
	case FIELD_ARP_HTYPE:
		return put_exact(l, m, EBT_ARP_HTYPE);
	case FIELD_ARP_PTYPE:
		return put_exact(l, m, EBT_ARP_PTYPE);
	case FIELD_ARP_OP:
		return put_exact(l, m, EBT_ARP_OP);
	default:
		break;
	}
	if (!is_arp_of_ip(l->r))
		return "lengths and addresses of ARP that is not for IPv4 over "
		       "Ethernet";
	switch (m->field) {
	case FIELD_ARP_SHA:
		return ebt_put_masked(l, m, EBT_ARP_MAC_SRC);
	case FIELD_ARP_THA:
		return ebt_put_masked(l, m, EBT_ARP_MAC_DST);
	case FIELD_ARP_SPA:
		return ebt_put_masked(l, m, EBT_ARP_IP_SRC);
	case FIELD_ARP_TPA:
		return ebt_put_masked(l, m, EBT_ARP_IP_DST);
	default:
		return put_length(l, m);
	}
}

static const char *put_vlan(struct lower *l, const struct match *m)
{
	const struct match *id = rule_find(l->r, FIELD_VLAN_ID);
	const char *what;
	size_t i;

	switch (m->field) {
	case FIELD_VLAN_TYPE:
		return put_type(l, m, EBT_VLAN_ENCAP);
	case FIELD_VLAN_PCP:
		/* it forgets the priority where there is another VLAN */
		if (id && !is_pinned(l->r, FIELD_VLAN_ID, 0))
			return "vlan.pcp with vlan.id";
		return put_exact(l, m, EBT_VLAN_PRIO);
	default:
		what = put_exact(l, m, EBT_VLAN_ID);
		for (i = 0; !what && i < l->slots[EBT_VLAN_ID].n; i++)
			if ((l->slots[EBT_VLAN_ID].list[i].lo[0] << 8 |
			     l->slots[EBT_VLAN_ID].list[i].lo[1]) > MAX_VLAN)
				what = "vlan.id 4095";
		return what;
	}
}

/* Type and code are one option. */
static const char *put_icmp(struct lower *l)
{
	const struct match *type = rule_find(l->r, FIELD_ICMP_TYPE);
	const struct match *code = rule_find(l->r, FIELD_ICMP_CODE);
	struct lower one = { .r = l->r, .type = l->type };
	struct slot *s = &one.slots[EBT_IP_ICMP];
	struct ebt_cond *c;
	const char *what = NULL;
	size_t i, n;
	unsigned int j;

	if (type)
		what = put_range(&one, type, EBT_IP_ICMP);
	else if (!ebt_lower_add(&one, EBT_IP_ICMP))
		what = EBT_NO_MEMORY;
	else
		s->list[0].hi[0] = UINT8_MAX;
	n = s->n;
	for (i = 0; !what && i < n; i++) {
		if (code && (ebt_is_negated(code) || s->list[i].negated))
			what = "an ICMP code with a negation";
		for (j = 0; !what && j < (code ? code->nvalues : 1); j++) {
			c = ebt_lower_add(l, EBT_IP_ICMP);
			if (!c) {
				what = EBT_NO_MEMORY;
				break;
			}
			*c = s->list[i];
			if (code && !ebt_is_range(code) && !is_full(code, j))
				what = "masks of numbers";
			c->lo[1] = code ? code->values[j].lo[0] : 0;
			c->hi[1] = !code	      ? UINT8_MAX :
				   ebt_is_range(code) ? code->values[j].hi[0] :
							code->values[j].lo[0];
		}
	}
	ebt_lower_free(&one);
	return what;
}

static const char *put_transport(struct lower *l, const struct match *m)
{
	if (l->type != TYPE_IP4)
		return field_get(m->field)->name;
	switch (m->field) {
	case FIELD_L4_SPORT:
		return put_range(l, m, EBT_IP_SPORT);
	case FIELD_L4_DPORT:
		return put_range(l, m, EBT_IP_DPORT);
	case FIELD_ICMP_TYPE:
		return put_icmp(l);
	case FIELD_ICMP_CODE:
		return rule_find(l->r, FIELD_ICMP_TYPE) ? NULL : put_icmp(l);
	case FIELD_IGMP_TYPE:
		return put_range(l, m, EBT_IP_IGMP);
	default:
		return field_get(m->field)->name;
	}
}

/* The protocol of a later fragment is that header, of no other packet. */
static const char *put_later(struct lower *l, const struct match *m)
{
	static const struct value later = { .hi = { 0xff, 0xf8 } };
	struct ebt_cond *c;

	if (m->op != OP_NE || m->nvalues != 1 ||
	    memcmp(m->values, &later, sizeof(later)) != 0)
		return field_get(m->field)->name;
	c = ebt_lower_add(l, EBT_IP6_PROTO);
	if (c)
		c->lo[0] = NEXT_FRAGMENT;
	return c ? NULL : EBT_NO_MEMORY;
}

static const char *put_ip(struct lower *l, const struct match *m)
{
	switch (m->field) {
	case FIELD_IP_SRC:
		return ebt_put_masked(l, m, EBT_IP_SRC);
	case FIELD_IP_DST:
		return ebt_put_masked(l, m, EBT_IP_DST);
	case FIELD_IP_DSCP:
		return put_dscp(l, m, EBT_IP_TOS);
	case FIELD_IP_PROTO:
		return put_exact(l, m, EBT_IP_PROTO);
	case FIELD_IP6_SRC:
		return ebt_put_masked(l, m, EBT_IP6_SRC);
	case FIELD_IP6_DST:
		return ebt_put_masked(l, m, EBT_IP6_DST);
	case FIELD_IP6_DSCP:
		return put_dscp(l, m, EBT_IP6_TCLASS);
	case FIELD_IP6_FRAG:
		return put_later(l, m);
	default:
		return field_get(m->field)->name;
	}
}

static const char *put_match(struct lower *l, const struct match *m)
{
	const struct field *f = field_get(m->field);

	switch (m->field) {
	case FIELD_ETH_DST:
		return ebt_put_masked(l, m, EBT_DST);
	case FIELD_ETH_SRC:
		return ebt_put_masked(l, m, EBT_SRC);
	case FIELD_ETH_TYPE:
		return put_type(l, m, EBT_PROTO);
	case FIELD_ETH_INNER:
		return put_snap(l, m);
	case FIELD_VLAN_PCP:
	case FIELD_VLAN_ID:
	case FIELD_VLAN_TYPE:
		return put_vlan(l, m);
	default:
		break;
	}
	/* it never looks behind a tag */
	if (rule_tagged(l->r))
		return f->name;
	if (f->base == BASE_TRANSPORT)
		return put_transport(l, m);
	return f->family == FAMILY_ARP ? put_arp(l, m) : put_ip(l, m);
}

const char *ebt_lower_rule(struct lower *l)
{
	const char *what = NULL;
	unsigned int i, j;

	l->type = rule_ethertype(l->r);
	for (i = 0; !what && i < l->r->nmatches; i++) {
		for (j = 0; j < i; j++)
			if (l->r->matches[j].field == l->r->matches[i].field)
				return "two conditions on one field";
		what = put_match(l, &l->r->matches[i]);
	}
	return what ? what : ebt_lower_check(l);
}
