// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The conditions of a rule.  Numbers of up to 8 bits are looked at as the set
 * of those that all matches leave.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "ipt_cond.h"

#define PROTO_TCP 6
#define PROTO_AUTH 51

/* Numbers that some matches leave; those from @size on do not exist */
struct numbers {
	unsigned int size;
	bool has[256];
};

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

static struct ipt_list *add_list(struct ipt_conds *c)
{
	struct ipt_list *l = util_grow(&c->lists, c->n, sizeof(*l));

	if (l)
		c->n++;
	return l;
}

static struct ipt_cond *add_cond(struct ipt_list *l, enum ipt_what what)
{
	struct ipt_cond *c = l ? util_grow(&l->conds, l->n, sizeof(*c)) : NULL;

	if (c) {
		c->what = what;
		l->n++;
	}
	return c;
}

/* ---- numbers ------------------------------------------------------------- */

static bool in_value(const struct match *m, const struct value *v,
		     unsigned int number)
{
	if (m->op == OP_RANGE || m->op == OP_NRANGE)
		return number >= v->lo[0] && number <= v->hi[0];
	return (number & v->hi[0]) == v->lo[0];
}

static bool meets(const struct match *m, unsigned int number)
{
	unsigned int i;

	for (i = 0; i < m->nvalues; i++)
		if (in_value(m, &m->values[i], number))
			return m->op == OP_EQ || m->op == OP_RANGE;
	return m->op == OP_NE || m->op == OP_NRANGE;
}

/* How many numbers of a field are left; all when nothing asks for it */
static unsigned int leave(const struct rule *r, enum field_id field,
			  struct numbers *s)
{
	unsigned int i, k, left = 0;

	for (k = 0; k < s->size; k++) {
		for (i = 0; s->has[k] && i < r->nmatches; i++)
			if (r->matches[i].field == field &&
			    !meets(&r->matches[i], k))
				s->has[k] = false;
		left += s->has[k];
	}
	return left;
}

static struct numbers all_numbers(unsigned int size)
{
	struct numbers s = { .size = size };

	memset(s.has, true, size);
	return s;
}

/* The next run of numbers that are left, from *@next on: that of @first up to
 * but without *@next */
static bool next_run(const struct numbers *s, unsigned int *first,
		     unsigned int *next)
{
	while (*next < s->size && !s->has[*next])
		++*next;
	*first = *next;
	while (*next < s->size && s->has[*next])
		++*next;
	return *first < *next;
}

static int add_runs(struct ipt_conds *out, const struct numbers *s,
		    enum ipt_what what)
{
	struct ipt_list *l = add_list(out);
	struct ipt_cond *c;
	unsigned int first, next = 0;

	while (next_run(s, &first, &next)) {
		c = add_cond(l, what);
		if (!c)
			return -ENOMEM;
		c->v.lo[0] = (uint8_t)first;
		c->v.hi[0] = (uint8_t)(next - 1);
	}
	return 0;
}

/* Each number that is left, or not any of those that are not */
static int add_singles(struct ipt_conds *out, const struct numbers *s,
		       unsigned int left, enum ipt_what what)
{
	bool inverted = left > s->size / 2;
	struct ipt_list *l = NULL;
	struct ipt_cond *c;
	unsigned int k;

	for (k = 0; k < s->size; k++) {
		if (s->has[k] == inverted)
			continue;
		if (!l || inverted)
			l = add_list(out);
		c = add_cond(l, what);
		if (!c)
			return -ENOMEM;
		c->inverted = inverted;
		c->v.lo[0] = (uint8_t)k;
	}
	return 0;
}

static int take_dscp(const struct rule *r, bool six, struct ipt_conds *out)
{
	struct numbers s = all_numbers(64);
	unsigned int left;

	left = leave(r, six ? FIELD_IP6_DSCP : FIELD_IP_DSCP, &s);
	out->never |= !left;
	return left == s.size ? 0 : add_singles(out, &s, left, IPT_DSCP);
}

static int take_ttl(const struct rule *r, bool six, struct ipt_conds *out)
{
	struct numbers s = all_numbers(256);
	unsigned int left;

	left = leave(r, six ? FIELD_IP6_HOPLIMIT : FIELD_IP_TTL, &s);
	out->never |= !left;
	return left == s.size ? 0 : add_runs(out, &s, IPT_TTL);
}

/* ---- protocols ----------------------------------------------------------- */

static const uint8_t extensions[] = { 0, 43, 44, 60 };

/*
 * ip6tables looks behind an Authentication header, where rules of ours see
 * the protocol 51, and never finds the number of an extension header.  iptables
 * takes protocol 0 for any.
 */
static struct numbers protocols(const struct rule *r, bool six,
				unsigned int *left)
{
	struct numbers s = all_numbers(256);
	unsigned int i;

	if (!six)
		leave(r, FIELD_IP_UPPER, &s);
	*left = leave(r, six ? FIELD_IP6_PROTO : FIELD_IP_PROTO, &s);
	for (i = 0; six && *left < s.size && i < sizeof(extensions); i++) {
		*left -= s.has[extensions[i]];
		s.has[extensions[i]] = false;
	}
	return s;
}

static int add_proto(struct ipt_list *l, enum ipt_what what, unsigned int k,
		     bool inverted)
{
	struct ipt_cond *c = add_cond(l, what);

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
	l = add_list(out);
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

	while (next_run(codes, &first, &next)) {
		c = add_cond(l, IPT_ICMP);
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
	struct ipt_cond *c = add_cond(l, IPT_ICMP);

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
	struct ipt_list *l = add_list(out);

	return add_type(l, 0, false) && add_type(l, 0, true) ? 0 : -ENOMEM;
}

/* None of the types that are missing, with any code */
static int exclude_types(struct ipt_conds *out, const struct numbers *types)
{
	unsigned int k;

	for (k = 0; k < types->size; k++)
		if (!types->has[k] && !add_type(add_list(out), k, true))
			return -ENOMEM;
	return 0;
}

static int take_icmp(const struct rule *r, bool six, struct ipt_conds *out)
{
	struct numbers types = all_numbers(256), codes = all_numbers(256);
	enum field_id type = six ? FIELD_ICMP6_TYPE : FIELD_ICMP_TYPE;
	enum field_id code = six ? FIELD_ICMP6_CODE : FIELD_ICMP_CODE;
	unsigned int ntypes, ncodes, k;
	struct ipt_list *l;
	int rc = 0;

	if (!rule_find(r, type) && !rule_find(r, code))
		return 0;
	ntypes = leave(r, type, &types);
	ncodes = leave(r, code, &codes);
	out->never |= !ntypes || !ncodes;
	if (out->never)
		return 0;
	if (ntypes == types.size && ncodes == codes.size)
		return add_any_icmp(out);
	if (ntypes > types.size / 2 && ncodes == codes.size)
		return exclude_types(out, &types);
	l = add_list(out);
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
			l = add_list(out);
		c = add_cond(l, what);
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
	return rc < 0 ? rc : take_icmp(r, six, out);
}
