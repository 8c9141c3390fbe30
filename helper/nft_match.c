// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A rule of a binding as kernel rules.  Each match becomes one or more
 * alternatives, guards that the kernel's loads need are more of them; the
 * kernel rules are their product.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "nft_body.h"
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

#define LINK_TYPE_AT 12

/* The match by which a header names the protocol behind it, or NULL */
static const struct match *find_protocol(const struct residue *res)
{
	const struct match *m;
	unsigned int i;

	for (i = 0; i < res->nmatches && !res->tagged; i++) {
		m = &res->matches[i];
		if (m->field == FIELD_IP_PROTO ||
		    (plan_is_upper(m) && m->nvalues == 1))
			return m;
	}
	return NULL;
}

/*
 * That the kernel found an upper layer is asked with a range of all protocols.
 * Where a header names the protocol, that is the one it found, and to compare
 * is faster; in IPv4 that says both.
 */
static void name_upper(struct residue *res, struct match *matches)
{
	const struct match *named = find_protocol(res);
	bool any = false, ip4 = named && named->field == FIELD_IP_PROTO;
	unsigned int i, n = 0;

	for (i = 0; named && i < res->nmatches; i++)
		any |= plan_is_any_upper(&res->matches[i]);
	if (!any)
		return;
	for (i = 0; i < res->nmatches; i++) {
		matches[n] = res->matches[i];
		if (matches[n].field == FIELD_IP_PROTO)
			matches[n].field = FIELD_IP_UPPER;
		else if (plan_is_any_upper(&matches[n])) {
			matches[n] = *named;
			matches[n].field = FIELD_IP6_PROTO;
			n -= ip4;
		}
		n++;
	}
	res->nmatches = n;
	res->matches = matches;
}

static int make_factors(struct plan *p, const struct residue *from,
			struct plan_factors *all)
{
	struct match matches[RULE_MAX_MATCHES];
	struct residue named = *from;
	const struct residue *res = &named;
	struct plan_place at;
	const struct match *m;
	unsigned int i;
	int rc, slow;

	name_upper(&named, matches);
	slow = plan_carrier(res);
	for (i = 0; i < res->nmatches; i++) {
		m = &res->matches[i];
		if (m->field == FIELD_ETH_INNER) {
			rc = plan_inner(p, m, &all->f[all->n++]);
		} else if (m->field == FIELD_CT_STATE) {
			rc = plan_state(p, m, &all->f[all->n++]);
		} else {
			plan_locate(res->tagged, m->field, &at);
			if ((int)i == slow)
				plan_slow_place(&at);
			rc = plan_match_conds(p, &at, m, &all->f[all->n++]);
		}
		if (rc < 0)
			return rc;
	}
	return plan_add_guards(p, res, all);
}

/* What is cheap first, and what sorts most frames out. */
static unsigned int rank(const struct plan_cond *c)
{
	switch (c->source) {
	case PLAN_LINK:
	case PLAN_NET:
		return 0;
	case PLAN_L4PROTO:
	case PLAN_MARK:
	case PLAN_CONN:
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
		       const struct plan_factors *all, const unsigned int *pick)
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

static bool next_pick(const struct plan_factors *all, unsigned int *pick)
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

int plan_add_like(struct plan *p, unsigned int chain, const struct binding *b,
		  const struct residue *res, const struct plan_rule *model)
{
	unsigned int pick[RULE_MAX_MATCHES + 1] = { 0 };
	struct plan_factors all = { 0 };
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
		*rule = *model;
		rc = add_product(p, rule, &all, pick);
		if (rc == -E2BIG)
			return too_big(b, res->rule);
		if (rc < 0)
			return rc;
	} while (next_pick(&all, pick));
	return 0;
}

int plan_add_residue(struct plan *p, unsigned int chain,
		     const struct binding *b, const struct residue *res,
		     enum plan_verdict accept)
{
	const struct plan_rule model = {
		.verdict = res->drop ? PLAN_DROP : accept,
		.from = res->counts ? res->counts : res->rule,
	};

	return plan_add_like(p, chain, b, res, &model);
}

int plan_add_way(struct plan *p, unsigned int chain, const struct binding *b,
		 const struct residue *res, enum plan_verdict verdict,
		 unsigned int target)
{
	const struct plan_rule model = { .verdict = verdict, .target = target };

	return plan_add_like(p, chain, b, res, &model);
}
