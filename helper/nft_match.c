// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A rule of a binding as kernel rules.  Each match becomes one or more
 * alternatives; the kernel rules are their product, and guards that the
 * kernel's loads need: a transport load of one, two or four bytes does not ask
 * whether the frame is a later fragment.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "nft_cond.h"

#define MAX_ALTERNATIVES 256 /* kernel rules for one rule */
/* What the kernel takes in about a second; max-rules counts rules, not these */
#define MAX_KERNEL_RULES 8192

/* The kernel takes 4095 bytes of expressions in a rule; how large they are. */
#define MAX_RULE_BYTES 3900
#define LOAD_BYTES 16
#define MASK_BYTES 64
#define COMPARE_BYTES 64
#define RANGE_BYTES 48

#define ETHERTYPE_IP6 0x86dd
#define IP4_FRAG_AT 6
#define IP4_OFFSET 0x1fff
#define IP6_LAST_BYTE 39
#define LINK_TYPE_AT 12

/* The matches of a rule and its guards, each as alternatives. */
struct factors {
	unsigned int n;
	struct plan_factor f[RULE_MAX_MATCHES + 1];
};

static uint16_t get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Does a match say that the IPv4 fragment offset is zero? */
static bool pins_offset(const struct match *m)
{
	unsigned int i;

	if (m->field != FIELD_IP_FRAG || m->op != OP_EQ)
		return false;
	for (i = 0; i < m->nvalues; i++)
		if ((get_u16(m->values[i].hi) & IP4_OFFSET) != IP4_OFFSET ||
		    get_u16(m->values[i].lo) & IP4_OFFSET)
			return false;
	return true;
}

static bool is_extension(uint8_t next)
{
	return next == 0 || next == 43 || next == 44 || next == 51 ||
	       next == 59 || next == 60;
}

/* Does a match say that there is no IPv6 Fragment header before layer 4? */
static bool excludes_fraghdr(const struct match *m)
{
	unsigned int i;

	if (m->op != OP_EQ)
		return false;
	if (m->field == FIELD_IP6_FRAGHDR)
		return m->nvalues == 1 && !m->values[0].lo[0];
	if (m->field != FIELD_IP6_NEXTHDR)
		return false;
	for (i = 0; i < m->nvalues; i++)
		if (m->values[i].hi[0] != 0xff ||
		    is_extension(m->values[i].lo[0]))
			return false;
	return true;
}

static bool is_transport(const struct match *m)
{
	return field_get(m->field)->base == BASE_TRANSPORT;
}

static bool any_match(const struct residue *res,
		      bool (*test)(const struct match *m))
{
	unsigned int i;

	for (i = 0; i < res->nmatches; i++)
		if (test(&res->matches[i]))
			return true;
	return false;
}

/* The first transport match that can be loaded by the checking path. */
static int slow_match(const struct residue *res)
{
	struct plan_place at;
	unsigned int i;

	for (i = 0; i < res->nmatches; i++) {
		if (!is_transport(&res->matches[i]))
			continue;
		plan_locate(res->tagged, res->matches[i].field, &at);
		if (plan_slow_place(&at))
			return (int)i;
	}
	return -1;
}

static int guard_ip4(struct plan *p, const struct residue *res,
		     struct plan_factor *out)
{
	struct plan_cond c;
	int rc;

	if (res->tagged)
		rc = plan_uint_cond(p, PLAN_LINK, 18 + IP4_FRAG_AT, 2,
				    IP4_OFFSET, OP_EQ, 0, 0, &c);
	else
		rc = plan_uint_cond(p, PLAN_NET, IP4_FRAG_AT, 2, IP4_OFFSET,
				    OP_EQ, 0, 0, &c);
	if (rc < 0)
		return rc;
	return plan_single(p, &c, 1, out);
}

/*
 * Only a rule whose transport fields all lie in the first two bytes comes
 * here.  No Fragment header; or one, and the kernel's checking path finds
 * three bytes of the upper layer.  (A header cut off before its third byte,
 * behind a Fragment header, is not seen: no receiver takes such a message.)
 */
static int guard_ip6(struct plan *p, struct plan_factor *out)
{
	struct plan_cond absent, first[2];
	struct plan_factor one, two;
	int rc;

	rc = plan_uint_cond(p, PLAN_FRAGHDR, 0, 1, 0xff, OP_EQ, 0, 0, &absent);
	if (rc >= 0)
		rc = plan_single(p, &absent, 1, &one);
	if (rc >= 0)
		rc = plan_uint_cond(p, PLAN_FRAGHDR, 0, 1, 0xff, OP_EQ, 1, 1,
				    &first[0]);
	if (rc >= 0)
		rc = plan_uint_cond(p, PLAN_TRANSPORT, 0, PLAN_SLOW_LEN,
				    0xffffff, OP_RANGE, 0, 0xffffff, &first[1]);
	if (rc >= 0)
		rc = plan_single(p, first, 2, &two);
	if (rc < 0)
		return rc;
	out->nalts = 2;
	out->alts = plan_alloc(p, 2, sizeof(*out->alts));
	if (!out->alts)
		return -ENOMEM;
	out->alts[0] = one.alts[0];
	out->alts[1] = two.alts[0];
	return 0;
}

/* The kernel says "no Fragment header" of a frame that is too short as well. */
static bool needs_ip6_header(const struct match *m)
{
	unsigned int i;

	for (i = 0; m->field == FIELD_IP6_FRAGHDR && i < m->nvalues; i++)
		if (!m->values[i].lo[0])
			return true;
	return false;
}

static int guard_ip6_header(struct plan *p, const struct residue *res,
			    struct plan_factor *out)
{
	struct plan_cond c;
	int rc;

	if (res->tagged)
		rc = plan_uint_cond(p, PLAN_LINK, 18 + IP6_LAST_BYTE, 1, 0xff,
				    OP_RANGE, 0, 0xff, &c);
	else
		rc = plan_uint_cond(p, PLAN_NET, IP6_LAST_BYTE, 1, 0xff,
				    OP_RANGE, 0, 0xff, &c);
	if (rc < 0)
		return rc;
	return plan_single(p, &c, 1, out);
}

static int add_guards(struct plan *p, const struct residue *res, bool slow,
		      struct factors *all)
{
	bool ip6 = res->ethertype == ETHERTYPE_IP6;
	int rc = 0;

	if (any_match(res, needs_ip6_header))
		rc = guard_ip6_header(p, res, &all->f[all->n++]);
	if (rc < 0 || !any_match(res, is_transport))
		return rc;
	if (!ip6 && !any_match(res, pins_offset))
		return guard_ip4(p, res, &all->f[all->n++]);
	if (ip6 && !slow && !any_match(res, excludes_fraghdr))
		return guard_ip6(p, &all->f[all->n++]);
	return 0;
}

static int make_factors(struct plan *p, const struct residue *res,
			struct factors *all)
{
	struct plan_place at;
	const struct match *m;
	unsigned int i;
	int rc, slow = -1;

	if (res->ethertype == ETHERTYPE_IP6 &&
	    !any_match(res, excludes_fraghdr))
		slow = slow_match(res);
	for (i = 0; i < res->nmatches; i++) {
		m = &res->matches[i];
		if (m->field == FIELD_ETH_INNER) {
			rc = plan_inner(p, m, &all->f[all->n++]);
		} else {
			plan_locate(res->tagged, m->field, &at);
			if ((int)i == slow)
				plan_slow_place(&at);
			rc = plan_match_conds(p, &at, m, &all->f[all->n++]);
		}
		if (rc < 0)
			return rc;
	}
	return add_guards(p, res, slow >= 0, all);
}

/* What is cheap first, and what sorts most frames out. */
static unsigned int rank(const struct plan_cond *c)
{
	switch (c->source) {
	case PLAN_LINK:
	case PLAN_NET:
		return 0;
	case PLAN_L4PROTO:
		return 1;
	case PLAN_TRANSPORT:
		return 2;
	case PLAN_FRAG:
	case PLAN_FRAGHDR:
		break;
	}
	return 3;
}

/* A comparison of whole bytes with one value. */
static bool is_plain(const struct plan_cond *c)
{
	return c->op == OP_EQ && c->nvalues == 1 && !c->masked &&
	       c->source <= PLAN_TRANSPORT;
}

/*
 * May two loads be one?  The kernel puts a tag that it keeps beside the frame
 * back for a load that starts at the EtherType, not for one that spans it.
 */
static bool can_join(const struct plan_cond *a, const struct plan_cond *b)
{
	return is_plain(a) && is_plain(b) && a->source == b->source &&
	       a->offset + a->len == b->offset &&
	       a->len + b->len <= FIELD_MAX_BYTES &&
	       (a->source != PLAN_LINK || b->offset != LINK_TYPE_AT);
}

static int join(struct plan *p, struct plan_cond *a, const struct plan_cond *b)
{
	struct value *v = plan_alloc(p, 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	memcpy(v->lo, a->values[0].lo, a->len);
	memcpy(v->lo + a->len, b->values[0].lo, b->len);
	memset(a->mask, 0xff, a->len + b->len);
	a->len += b->len;
	a->values = v;
	a->field = FIELD_NONE;
	return 0;
}

/* Compare fields that are side by side at once: fewer steps for a frame. */
static int join_neighbours(struct plan *p, struct plan_cond *conds,
			   unsigned int *n)
{
	unsigned int i, j = 0;
	int rc;

	for (i = 0; i < *n; i++) {
		for (j = 0; j < *n; j++)
			if (i != j && can_join(&conds[i], &conds[j]))
				break;
		if (j == *n)
			continue;
		rc = join(p, &conds[i], &conds[j]);
		if (rc < 0)
			return rc;
		--*n;
		memmove(&conds[j], &conds[j + 1], (*n - j) * sizeof(*conds));
		i = UINT32_MAX; /* from the start: more may fit now */
	}
	return 0;
}

static size_t rule_bytes(const struct plan_rule *rule)
{
	const struct plan_cond *c;
	unsigned int i;
	size_t sum = 0;

	for (i = 0; i < rule->nconds; i++) {
		c = &rule->conds[i];
		sum += c->masked ? LOAD_BYTES + MASK_BYTES : LOAD_BYTES;
		sum += c->op == OP_NRANGE ? RANGE_BYTES * c->nvalues :
					    COMPARE_BYTES;
	}
	return sum;
}

/* One alternative of each factor, as one kernel rule. */
static int add_product(struct plan *p, struct plan_rule *rule,
		       const struct factors *all, const unsigned int *pick)
{
	const struct plan_alt *alt;
	struct plan_cond *conds;
	unsigned int i, j, r, n = 0;
	int rc;

	for (i = 0; i < all->n; i++)
		n += all->f[i].alts[pick[i]].nconds;
	conds = plan_alloc(p, n, sizeof(*conds));
	if (!conds)
		return -ENOMEM;
	rule->conds = conds;
	for (r = 0; r < 4; r++)
		for (i = 0; i < all->n; i++) {
			alt = &all->f[i].alts[pick[i]];
			for (j = 0; j < alt->nconds; j++)
				if (rank(&alt->conds[j]) == r)
					conds[rule->nconds++] = alt->conds[j];
		}
	rc = join_neighbours(p, conds, &rule->nconds);
	if (rc >= 0 && rule_bytes(rule) > MAX_RULE_BYTES)
		return -E2BIG;
	return rc;
}

static bool next_pick(const struct factors *all, unsigned int *pick)
{
	unsigned int i;

	for (i = all->n; i-- > 0; pick[i] = 0)
		if (++pick[i] < all->f[i].nalts)
			return true;
	return false;
}

static int too_big(const struct binding *b, const struct rule *r)
{
	log_err("%s:%u: the rule needs more conditions than the kernel takes "
		"in one; use shorter lists, or split the entry",
		b->profiles[r->profile].name, r->line);
	return -E2BIG;
}

static int too_many(const struct binding *b, const struct rule *r)
{
	log_err("%s:%u: with this entry the tap needs more than %d kernel "
		"rules in one direction; use shorter lists, or lists of single "
		"values",
		b->profiles[r->profile].name, r->line, MAX_KERNEL_RULES);
	return -E2BIG;
}

int plan_add_residue(struct plan *p, unsigned int chain,
		     const struct binding *b, const struct residue *res,
		     enum plan_verdict accept)
{
	unsigned int pick[RULE_MAX_MATCHES + 1] = { 0 };
	struct factors all = { 0 };
	unsigned int i, n = 1;
	struct plan_rule *rule;
	int rc;

	rc = make_factors(p, res, &all);
	if (rc < 0)
		return rc;
	for (i = 0; i < all.n; i++) {
		n *= all.f[i].nalts;
		if (n > MAX_ALTERNATIVES)
			return too_big(b, res->rule);
		if (!n) /* a match that no frame meets */
			return 0;
	}
	p->nrules += n;
	if (p->nrules > MAX_KERNEL_RULES)
		return too_many(b, res->rule);
	do {
		rule = plan_add_rule(p, chain);
		if (!rule)
			return -ENOMEM;
		rule->verdict = res->drop ? PLAN_DROP : accept;
		rule->from = res->rule;
		rc = add_product(p, rule, &all, pick);
		if (rc == -E2BIG)
			return too_big(b, res->rule);
		if (rc < 0)
			return rc;
	} while (next_pick(&all, pick));
	return 0;
}
