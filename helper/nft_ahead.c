// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What most frames meet first.  Where many DROPs, each of something rare (a
 * port, a kind of ICMP), stand before an ACCEPT of the rest, each ordinary
 * frame would be held against all of them.  An ACCEPT of frames of which none
 * of these DROPs can hold goes before them: of the protocols that they do not
 * name, and of TCP and UDP from and to other ports than they name.
 */
#include <errno.h>
#include <string.h>

#include "nft_body.h"

#define ETHERTYPE_IP4 0x800
#define MAX_AHEAD 8 /* of one list */
#define MIN_SPARED 3 /* kernel rules; one more rule costs the rest a little */
#define MAX_VALUES 4
#define PROTO_TCP 6
#define PROTO_UDP 17

/* A list that grows */
struct ahead {
	struct plan *p;
	struct residue *res;
	unsigned int n;
	unsigned int added;
};

/* The one protocol behind the network header that a match names, or 0 */
static uint8_t one_protocol(const struct match *m)
{
	if (m->field != FIELD_IP_PROTO && m->field != FIELD_IP6_NEXTHDR)
		return 0;
	return plan_is_full(m) && m->nvalues == 1 ? m->values[0].lo[0] : 0;
}

static bool has_ports(const struct match *m)
{
	uint8_t proto = one_protocol(m);

	return proto == PROTO_TCP || proto == PROTO_UDP;
}

static const struct match *find(const struct residue *r, enum field_id field)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		if (r->matches[i].field == field)
			return &r->matches[i];
	return NULL;
}

/* Only with a protocol that has ports; what names none stands at no port. */
static const struct match *find_port(const struct residue *r)
{
	const struct match *m;
	unsigned int i;

	for (i = 0; i < r->nmatches; i++) {
		m = &r->matches[i];
		if ((m->field == FIELD_L4_SPORT ||
		     m->field == FIELD_L4_DPORT) &&
		    plan_is_full(m) && m->nvalues <= MAX_VALUES)
			return m;
	}
	return NULL;
}

/* Ask one thing more; returns 1, 0 if that cannot be, or negative errno. */
static int narrow(struct plan *p, struct residue *r, const struct match *m,
		  enum match_op op)
{
	struct match all[RULE_MAX_MATCHES];
	unsigned int n = r->nmatches;
	int rc;

	if (n == RULE_MAX_MATCHES)
		return 0;
	memcpy(all, r->matches, n * sizeof(*all));
	all[n] = *m;
	all[n++].op = op;
	rc = plan_simplify(p, all, &n);
	return rc <= 0 ? rc : plan_residue(p, r, all, n, r);
}

/* May an ACCEPT be tried before this one, with the same outcome? */
static int can_pass(struct plan *p, const struct residue *r,
		    const struct residue *other)
{
	if (!other->drop && other->rule == r->rule)
		return 1;
	return plan_disjoint(p, r, other);
}

/*
 * Put what is a part of the ACCEPT at @i as far to the front as it can be.
 * @ports: it is narrowed to other ports than DROPs on its way name.
 */
static int rise(struct ahead *a, unsigned int i, struct residue *r, bool ports)
{
	unsigned int to, spared = 0;
	const struct match *m;
	int rc = 1;

	for (to = i; to > 0; to--) {
		rc = can_pass(a->p, r, &a->res[to - 1]);
		m = a->res[to - 1].drop ? find_port(&a->res[to - 1]) : NULL;
		if (rc == 0 && ports && m)
			rc = narrow(a->p, r, m, OP_NE);
		if (rc <= 0)
			break;
		spared += plan_count_rules(&a->res[to - 1]);
	}
	if (rc < 0)
		return rc;
	if (spared < MIN_SPARED || a->added == MAX_AHEAD)
		return 0;
	memmove(&a->res[to + 1], &a->res[to], (a->n - to) * sizeof(*r));
	a->res[to] = *r;
	a->n++;
	a->added++;
	return 1;
}

/* A part of an ACCEPT whose protocol has ports: whole packets, other ports */
static int add_ports(struct ahead *a, unsigned int i, struct residue *r)
{
	static struct value whole = { .hi = { 0x3f, 0xff } };
	const struct match m = { .field = FIELD_IP_FRAG,
				 .op = OP_EQ,
				 .nvalues = 1,
				 .values = &whole };
	int rc = 1;

	if (r->ethertype == ETHERTYPE_IP4)
		rc = narrow(a->p, r, &m, OP_EQ);
	return rc <= 0 ? rc : rise(a, i, r, true);
}

/* The protocols that DROPs before the ACCEPT at @i name, as a match */
static int find_named(const struct ahead *a, unsigned int i, struct match *out)
{
	struct value *values = plan_alloc(a->p, MAX_VALUES, sizeof(*values));
	const struct match *m;
	unsigned int j, k;

	if (!values)
		return -ENOMEM;
	*out = (struct match){ .field = FIELD_IP_PROTO, .values = values };
	for (j = 0; j < i; j++) {
		m = a->res[j].drop ? find(&a->res[j], FIELD_IP_PROTO) : NULL;
		if (!m || !one_protocol(m))
			continue;
		for (k = 0; k < out->nvalues; k++)
			if (values[k].lo[0] == m->values[0].lo[0])
				break;
		if (k == MAX_VALUES)
			return 0;
		if (k == out->nvalues)
			values[out->nvalues++] = m->values[0];
	}
	return out->nvalues > 0;
}

/* Parts of an IPv4 ACCEPT of any protocol */
static int add_protocols(struct ahead *a, unsigned int i)
{
	const unsigned int before = a->added;
	const struct residue accept = a->res[i];
	struct residue r = accept;
	struct match named, one;
	unsigned int k;
	int rc = find_named(a, i, &named);

	one = named;
	one.nvalues = 1;
	/* one by one: the kernel is slower with ranges */
	for (k = 0; rc > 0 && k < named.nvalues; k++) {
		one.values = named.values + k;
		rc = narrow(a->p, &r, &one, OP_NE);
	}
	if (rc > 0)
		rc = rise(a, i, &r, false);
	for (k = 0; rc >= 0 && k < named.nvalues; k++) {
		one.values = named.values + k;
		if (!has_ports(&one))
			continue;
		r = accept;
		rc = narrow(a->p, &r, &one, OP_EQ);
		if (rc > 0)
			rc = add_ports(a, i + a->added - before, &r);
	}
	return rc;
}

/*
 * The protocol that is all an ACCEPT asks for: NULL for any.  What asks for
 * more is not what most frames are.
 */
static bool is_wide(const struct residue *r, const struct match **protocol)
{
	const struct match *m;
	unsigned int i;

	*protocol = NULL;
	for (i = 0; i < r->nmatches; i++) {
		m = &r->matches[i];
		if (!*protocol && one_protocol(m))
			*protocol = m;
		else if (!plan_is_any_upper(m))
			return false;
	}
	return !r->drop && !r->tagged;
}

int plan_ahead(struct plan *p, const struct residue *res, unsigned int *n,
	       struct residue **out)
{
	struct ahead a = { .p = p, .n = *n };
	const struct match *protocol;
	unsigned int i, before;
	struct residue r;
	int rc = 0;

	a.res = plan_alloc(p, *n + MAX_AHEAD, sizeof(*res));
	if (!a.res)
		return -ENOMEM;
	memcpy(a.res, res, *n * sizeof(*res));
	for (i = 0; rc >= 0 && i < a.n; i += 1 + a.added - before) {
		before = a.added;
		r = a.res[i];
		if (!is_wide(&r, &protocol))
			continue;
		if (protocol && has_ports(protocol))
			rc = add_ports(&a, i, &r);
		else if (!protocol && r.ethertype == ETHERTYPE_IP4)
			rc = add_protocols(&a, i);
	}
	*out = a.res;
	*n = a.n;
	return rc < 0 ? rc : 0;
}
