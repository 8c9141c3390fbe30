// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The conditions of a rule.  Numbers of up to 8 bits are looked at as the set
 * of those that all matches leave.
 */
#include <errno.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <string.h>

#include "ipt_numbers.h"

#define PROTO_TCP 6
#define PROTO_AUTH 51

enum ipt_family ipt_family_of(const struct rule *r)
{
	return rule_ethertype(r) == 0x86dd ? IPT_IP6 : IPT_IP4;
}

void ipt_conds_free(struct ipt_conds *c)
{
	unsigned int i;

	for (i = 0; i < c->n; i++)
		free(c->lists[i].conds);
	free(c->lists);
	*c = (struct ipt_conds){ 0 };
}

unsigned int ipt_conds_count(const struct ipt_conds *c)
{
	unsigned int i, n = !c->never;

	for (i = 0; i < c->n && n < USHRT_MAX; i++)
		n *= c->lists[i].n;
	return i < c->n ? UINT_MAX : n;
}

static int take_dscp(const struct rule *r, bool six, struct ipt_conds *out)
{
	struct numbers s = ipt_all_numbers(64);
	unsigned int left;

	left = ipt_leave(r, six ? FIELD_IP6_DSCP : FIELD_IP_DSCP, &s);
	out->never |= !left;
	return left == s.size ? 0 : ipt_add_singles(out, &s, left, IPT_DSCP);
}

static int take_ttl(const struct rule *r, bool six, struct ipt_conds *out)
{
	struct numbers s = ipt_all_numbers(256);
	unsigned int left;

	left = ipt_leave(r, six ? FIELD_IP6_HOPLIMIT : FIELD_IP_TTL, &s);
	out->never |= !left;
	return left == s.size ? 0 : ipt_add_runs(out, &s, IPT_TTL);
}

/* ---- protocols ----------------------------------------------------------- */

static const uint8_t extensions[] = { 0, 43, 44, 60 };

/* Does a rule look behind the IP headers? */
static bool asks_upper(const struct rule *r)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		if (field_get(r->matches[i].field)->base == BASE_TRANSPORT)
			return true;
	return false;
}

/* Matches of a protocol need its number, which the first next header may be. */
static void take_next(const struct rule *r, struct numbers *s)
{
	struct numbers next = ipt_all_numbers(256);
	unsigned int k;

	if (!asks_upper(r) || ipt_leave(r, FIELD_IP6_NEXTHDR, &next) != 1)
		return;
	for (k = 0; k < sizeof(extensions); k++)
		if (next.has[extensions[k]])
			return;
	for (k = 0; k < s->size; k++)
		s->has[k] = s->has[k] && next.has[k];
}

/*
 * ip6tables looks behind an Authentication header, where rules of ours see
 * the protocol 51, and never finds the number of an extension header.  iptables
 * takes protocol 0 for any.
 */
static struct numbers protocols(const struct rule *r, bool six,
				unsigned int *left)
{
	struct numbers s = ipt_all_numbers(256);
	unsigned int i;

	if (six)
		take_next(r, &s);
	else
		ipt_leave(r, FIELD_IP_UPPER, &s);
	*left = ipt_leave(r, six ? FIELD_IP6_PROTO : FIELD_IP_PROTO, &s);
	for (i = 0; six && *left < s.size && i < sizeof(extensions); i++) {
		*left -= s.has[extensions[i]];
		s.has[extensions[i]] = false;
	}
	return s;
}

static int add_proto(struct ipt_list *l, enum ipt_what what, unsigned int k,
		     bool inverted)
{
	struct ipt_cond *c = ipt_cond_add(l, what);

	if (!c)
		return -ENOMEM;
	c->inverted = inverted;
	c->v.lo[0] = (uint8_t)k;
	return 0;
}

/* The one number that is missing and can be asked for so; else 0 */
static unsigned int missing_proto(const struct numbers *s, bool six,
				  unsigned int left)
{
	unsigned int k, all = s->size;

	if (six)
		all -= (unsigned int)ARRAY_SIZE(extensions);
	for (k = 1; left + 1 == all && k < s->size; k++)
		if (!s->has[k] &&
		    !(six && memchr(extensions, (int)k, sizeof(extensions))))
			return k;
	return 0;
}

/* All protocols but one */
static int exclude_proto(struct ipt_list *l, bool six, unsigned int k)
{
	int rc;

	if (six && k == PROTO_AUTH)
		return add_proto(l, IPT_AUTH, k, true);
	rc = add_proto(l, IPT_PROTO, k, true);
	return rc == 0 && six ? add_proto(l, IPT_AUTH, PROTO_AUTH, false) : rc;
}

static int take_proto(const struct rule *r, bool six, struct ipt_conds *out)
{
	unsigned int left, k, missing;
	struct numbers s = protocols(r, six, &left);
	struct ipt_list *l;
	int rc = 0;

	out->never |= !left;
	if (left == s.size && !(six && rule_find(r, FIELD_IP6_PROTO)))
		return 0;
	l = ipt_list_add(out);
	if (left == s.size) /* any, but there must be one */
		rc = add_proto(l, IPT_PROTO, PROTO_TCP, false);
	if (rc < 0 || left == s.size)
		return rc < 0 ? rc : exclude_proto(l, six, PROTO_TCP);
	missing = missing_proto(&s, six, left);
	if (missing)
		return exclude_proto(l, six, missing);
	for (k = 0; rc == 0 && k < s.size; k++)
		if (s.has[k])
			rc = add_proto(l,
				       six && k == PROTO_AUTH ? IPT_AUTH :
								IPT_PROTO,
				       k, false);
	return rc;
}

/* ---- ICMP ---------------------------------------------------------------- */

static int add_icmp(struct ipt_list *l, unsigned int type,
		    const struct numbers *codes)
{
	struct ipt_cond *c;
	unsigned int first, next = 0;

	while (ipt_next_run(codes, &first, &next)) {
		c = ipt_cond_add(l, IPT_ICMP);
		if (!c)
			return -ENOMEM;
		c->v.lo[0] = (uint8_t)type;
		c->v.lo[1] = (uint8_t)first;
		c->v.hi[1] = (uint8_t)(next - 1);
	}
	return 0;
}

static struct ipt_cond *add_type(struct ipt_list *l, unsigned int type,
				 bool inverted)
{
	struct ipt_cond *c = ipt_cond_add(l, IPT_ICMP);

	if (c) {
		c->inverted = inverted;
		c->v.lo[0] = (uint8_t)type;
		c->v.hi[1] = 0xff;
	}
	return c;
}

/* Any type and code, but there must be one: not so in a later fragment. */
static int add_any_icmp(struct ipt_conds *out)
{
	struct ipt_list *l = ipt_list_add(out);

	return add_type(l, 0, false) && add_type(l, 0, true) ? 0 : -ENOMEM;
}

/* None of the types that are missing, with any code */
static int exclude_types(struct ipt_conds *out, const struct numbers *types)
{
	unsigned int k;

	for (k = 0; k < types->size; k++)
		if (!types->has[k] && !add_type(ipt_list_add(out), k, true))
			return -ENOMEM;
	return 0;
}

static int take_icmp(const struct rule *r, bool six, struct ipt_conds *out)
{
	struct numbers types = ipt_all_numbers(256),
		       codes = ipt_all_numbers(256);
	enum field_id type = six ? FIELD_ICMP6_TYPE : FIELD_ICMP_TYPE;
	enum field_id code = six ? FIELD_ICMP6_CODE : FIELD_ICMP_CODE;
	unsigned int ntypes, ncodes, k;
	struct ipt_list *l;
	int rc = 0;

	if (!rule_find(r, type) && !rule_find(r, code))
		return 0;
	ntypes = ipt_leave(r, type, &types);
	ncodes = ipt_leave(r, code, &codes);
	out->never |= !ntypes || !ncodes;
	if (out->never)
		return 0;
	if (ntypes == types.size && ncodes == codes.size)
		return add_any_icmp(out);
	if (ntypes > types.size / 2 && ncodes == codes.size)
		return exclude_types(out, &types);
	l = ipt_list_add(out);
	for (k = 0; rc == 0 && k < types.size; k++)
		if (types.has[k])
			rc = add_icmp(l, k, &codes);
	return rc;
}

/* ---- values -------------------------------------------------------------- */

/* From the value to where its mask, which has no gaps, lets it end */
static void to_range(const struct match *m, const struct value *v, size_t bytes,
		     struct value *out)
{
	size_t i;

	*out = *v;
	if (m->op == OP_EQ || m->op == OP_NE)
		for (i = 0; i < bytes; i++)
			out->hi[i] = (uint8_t)(v->lo[i] | ~v->hi[i]);
}

static int take_values(const struct match *m, enum ipt_what what,
		       struct ipt_conds *out)
{
	bool inverted = m->op == OP_NE || m->op == OP_NRANGE;
	size_t bytes = field_bytes(field_get(m->field));
	struct ipt_list *l = NULL;
	struct ipt_cond *c;
	unsigned int i;

	for (i = 0; i < m->nvalues; i++) {
		if (!l || inverted)
			l = ipt_list_add(out);
		c = ipt_cond_add(l, what);
		if (!c)
			return -ENOMEM;
		c->inverted = inverted;
		if (what == IPT_FLAGS)
			c->v = m->values[i];
		else
			to_range(m, &m->values[i], bytes, &c->v);
	}
	return 0;
}

static void take_states(const struct match *m, struct ipt_conds *out)
{
	uint8_t states = 0;
	unsigned int i;

	for (i = 0; i < m->nvalues; i++)
		states |= (uint8_t)(1 << m->values[i].lo[0]);
	out->states = out->states ? out->states & states : states;
	out->never |= !out->states;
}

/* Every group is the broadcast address or none; a single address is neither. */
static int take_group(const struct match *m, struct ipt_conds *out)
{
	bool all = m->values[0].hi[0] == 1, is = m->op == OP_EQ;
	struct ipt_list *l = ipt_list_add(out);
	struct ipt_cond *c = ipt_cond_add(l, IPT_GROUP);

	if (all && !m->values[0].lo[0])
		is = !is;
	if (!c)
		return -ENOMEM;
	c->v.lo[0] = PACKET_BROADCAST;
	c->inverted = !is;
	if (!all)
		return 0;
	c = ipt_cond_add(is ? l : ipt_list_add(out), IPT_GROUP);
	if (!c)
		return -ENOMEM;
	c->v.lo[0] = PACKET_MULTICAST;
	c->inverted = !is;
	return 0;
}

static int take_match(const struct match *m, struct ipt_conds *out)
{
	switch (m->field) {
	case FIELD_IP_SRC:
	case FIELD_IP6_SRC:
		return take_values(m, IPT_SRC, out);
	case FIELD_IP_DST:
	case FIELD_IP6_DST:
		return take_values(m, IPT_DST, out);
	case FIELD_ETH_SRC:
		return take_values(m, IPT_MAC, out);
	case FIELD_L4_SPORT:
		return take_values(m, IPT_SPORT, out);
	case FIELD_L4_DPORT:
		return take_values(m, IPT_DPORT, out);
	case FIELD_TCP_FLAGS:
		return take_values(m, IPT_FLAGS, out);
	case FIELD_CT_STATE:
		take_states(m, out);
		return 0;
	case FIELD_ETH_DST:
		return take_group(m, out);
	default: /* a number, or the EtherType, which the table is for */
		return 0;
	}
}

int ipt_conds_make(const struct rule *r, struct ipt_conds *out)
{
	bool six = ipt_family_of(r) == IPT_IP6;
	unsigned int i;
	int rc;

	/* first: the matches of a protocol need to know it */
	rc = take_proto(r, six, out);
	for (i = 0; rc == 0 && i < r->nmatches; i++)
		rc = take_match(&r->matches[i], out);
	if (rc == 0)
		rc = take_dscp(r, six, out);
	if (rc == 0)
		rc = take_ttl(r, six, out);
	if (rc == 0 && six)
		rc = ipt_take_bytes(r, out);
	return rc < 0 ? rc : take_icmp(r, six, out);
}
