// SPDX-License-Identifier: GPL-2.0-or-later
/* The chains of a tap, from the rules of its profiles */
#include <errno.h>
#include <linux/netfilter/xt_NFLOG.h>
#include <stdio.h>
#include <string.h>

#include "ipt_cond.h"
#include "ipt_lower.h"
#include "log.h"
#include "nft_mark.h"

#define ACCEPT "RETURN"
#define DROP "DROP"

/**
 * struct lower - Chains of one direction that are being made
 * @nchains:	Number of those of this direction
 */
struct lower {
	const struct binding *b;
	enum direction dir;
	unsigned int nchains;
	struct ipt_set *out;
};

/* Where an entry's packets go to */
struct goal {
	char target[IPT_CHAIN_SIZE];
	bool go;
	bool decides;
};

static struct ipt_rules *rules_of(struct lower *l, unsigned int chain)
{
	return &l->out->chains[chain].rules;
}

/* Return: its number in the set, or negative errno */
static int add_chain(struct lower *l)
{
	struct ipt_chain *c = util_grow(&l->out->chains, l->out->n, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->rules.family = l->out->family;
	ipt_chain_name(l->dir, l->nchains++, l->b->tap, c->name);
	return (int)l->out->n++;
}

/* Lead all packets that have come so far to another chain. */
static int lead(struct lower *l, unsigned int chain, unsigned int to, bool go)
{
	_cleanup_draft_ struct ipt_draft d = { 0 };
	int rc = ipt_draft_begin(&d, l->out->family);

	return rc < 0 ? rc :
			ipt_draft_end(&d, l->out->chains[to].name, go,
				      rules_of(l, chain));
}

static struct goal goal_of(const struct lower *l, int chain)
{
	struct goal g = { .go = true };

	memcpy(g.target, l->out->chains[chain].name, sizeof(g.target));
	return g;
}

static struct goal verdict_of(const struct rule *r)
{
	struct goal g = { .decides = true };

	snprintf(g.target, sizeof(g.target), "%s",
		 r->verdict == VERDICT_ACCEPT ? ACCEPT : DROP);
	return g;
}

static int end_rule(struct lower *l, unsigned int chain, const struct rule *r,
		    const struct goal *g, struct ipt_draft *d)
{
	char where[80];
	int rc = 0;

	if (g->decides) {
		snprintf(where, sizeof(where), "%s:%u",
			 l->b->profiles[r->profile].name, r->line);
		rc = ipt_write_comment(d, where);
	}
	return rc < 0 ? rc :
			ipt_draft_end(d, g->target, g->go, rules_of(l, chain));
}

/* One condition of each list */
static int write_conds(struct ipt_draft *d, const struct ipt_conds *c,
		       unsigned int number)
{
	const struct ipt_cond *places[RULE_MAX_MATCHES], *cond;
	unsigned int i, n = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n; i++) {
		cond = &c->lists[i].conds[number % c->lists[i].n];
		number /= c->lists[i].n;
		if (!ipt_is_place(cond))
			rc = ipt_write_cond(d, cond);
		else if (n < ARRAY_SIZE(places))
			places[n++] = cond;
		else
			rc = -E2BIG;
	}
	return rc < 0 || !n ? rc : ipt_write_places(d, places, n);
}

/* One combination of the conditions of a rule */
static int add_combination(struct lower *l, unsigned int chain,
			   const struct rule *r, const struct ipt_conds *c,
			   unsigned int number, const struct goal *g)
{
	_cleanup_draft_ struct ipt_draft d = { 0 };
	int rc = ipt_draft_begin(&d, l->out->family);

	if (rc == 0)
		rc = write_conds(&d, c, number);
	/* connections are counted before their state is asked for */
	if (rc == 0 && c->states && !r->conns)
		rc = ipt_write_states(&d, c->states);
	return rc < 0 ? rc : end_rule(l, chain, r, g, &d);
}

static int add_rule(struct lower *l, unsigned int chain, const struct rule *r,
		    const struct goal *g)
{
	_cleanup_conds_ struct ipt_conds c = { 0 };
	unsigned int i, n;
	int rc = ipt_conds_make(r, &c);

	n = ipt_conds_count(&c);
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_combination(l, chain, r, &c, i, g);
	return rc;
}

/* A chain that notes a packet, no more than so many, and decides */
static int add_log(struct lower *l, const struct rule *r)
{
	_cleanup_draft_ struct ipt_draft d = { 0 };
	_cleanup_draft_ struct ipt_draft last = { 0 };
	struct xt_nflog_info info = { .group = r->log.group };
	const struct goal g = verdict_of(r);
	int rc, chain = add_chain(l);

	if (chain < 0)
		return chain;
	memcpy(info.prefix, r->log.prefix, sizeof(info.prefix));
	rc = ipt_draft_begin(&d, l->out->family);
	if (rc == 0 && r->log.rate.frames)
		rc = ipt_write_limit(&d, &r->log.rate);
	if (rc == 0)
		rc = ipt_draft_end_target(&d, "NFLOG", 0, &info, sizeof(info),
					  rules_of(l, (unsigned int)chain));
	if (rc == 0)
		rc = ipt_draft_begin(&last, l->out->family);
	if (rc == 0)
		rc = end_rule(l, (unsigned int)chain, r, &g, &last);
	return rc < 0 ? rc : chain;
}

static int states_of(const struct rule *r, uint8_t *states)
{
	_cleanup_conds_ struct ipt_conds c = { 0 };
	int rc = ipt_conds_make(r, &c);

	*states = c.states;
	return rc;
}

/*
 * A chain that packets of a limited entry come to, all of them, since they
 * share its limits.  What is above them goes on to @rest.
 */
static int add_limits(struct lower *l, const struct rule *r,
		      const struct goal *g, unsigned int rest)
{
	_cleanup_draft_ struct ipt_draft d = { 0 };
	int rc, chain = add_chain(l);
	uint8_t states = 0;

	if (chain < 0)
		return chain;
	rc = ipt_draft_begin(&d, l->out->family);
	if (rc == 0 && r->conns)
		rc = states_of(r, &states);
	if (rc == 0 && r->conns)
		rc = ipt_write_conns(&d, r->conns);
	if (rc == 0 && states)
		rc = ipt_write_states(&d, states);
	if (rc == 0 && r->limit.frames)
		rc = ipt_write_limit(&d, &r->limit);
	if (rc == 0)
		rc = end_rule(l, (unsigned int)chain, r, g, &d);
	if (rc == 0)
		rc = lead(l, (unsigned int)chain, rest, true);
	return rc < 0 ? rc : chain;
}

static bool is_of(const struct lower *l, const struct rule *r,
		  unsigned int profile)
{
	return r->profile == profile && r->dir == l->dir &&
	       ipt_family_of(r) == l->out->family;
}

/* All rules of an entry from @r on, in a chain */
static int add_entry(struct lower *l, unsigned int chain, const struct rule *r,
		     const struct goal *g)
{
	const struct rule *end = l->b->rules + l->b->nrules, *of = r;
	int rc = 0;

	for (; rc == 0 && r < end && r->profile == of->profile &&
	       r->entry == of->entry;
	     r++)
		if (is_of(l, r, of->profile))
			rc = add_rule(l, chain, r, g);
	return rc;
}

/* Return: the chain that the profile goes on in, or negative errno */
static int lower_entry(struct lower *l, unsigned int chain,
		       const struct rule *r)
{
	struct goal g = verdict_of(r);
	int at, rest = (int)chain, rc;

	if (r->log.on) {
		at = add_log(l, r);
		if (at < 0)
			return at;
		g = goal_of(l, at);
	}
	if (r->limit.frames || r->conns) {
		rest = add_chain(l);
		at = rest < 0 ? rest : add_limits(l, r, &g, (unsigned int)rest);
		if (at < 0)
			return at;
		g = goal_of(l, at);
	}
	rc = add_entry(l, chain, r, &g);
	if (rc == 0 && rest != (int)chain)
		rc = lead(l, chain, (unsigned int)rest, true);
	return rc < 0 ? rc : rest;
}

static int lower_profile(struct lower *l, unsigned int base,
			 unsigned int profile)
{
	int rc, chain = -1;
	const struct rule *r, *last = NULL;
	unsigned int i;

	for (i = 0; i < l->b->nrules; i++) {
		r = &l->b->rules[i];
		if (!is_of(l, r, profile) || (last && last->entry == r->entry))
			continue;
		last = r;
		if (chain < 0) {
			chain = add_chain(l);
			rc = chain < 0 ?
				     chain :
				     lead(l, base, (unsigned int)chain, false);
			if (rc < 0)
				return rc;
		}
		chain = lower_entry(l, (unsigned int)chain, r);
		if (chain < 0)
			return chain;
	}
	return 0;
}

static int add_identity(struct lower *l, unsigned int base,
			const struct backend_tap *id)
{
	_cleanup_draft_ struct ipt_draft d = { 0 };
	char text[160], uuid[UTIL_UUID_SIZE];
	int rc = ipt_draft_begin(&d, l->out->family);

	util_format_uuid(id->uuid, uuid);
	snprintf(text, sizeof(text),
		 "tapfilter ifindex=%u owner=%u uuid=%s digest=%016llx",
		 id->ifindex, id->owner, uuid, (unsigned long long)id->digest);
	if (rc == 0)
		rc = ipt_write_comment(&d, text);
	return rc < 0 ? rc : ipt_draft_end(&d, "", false, rules_of(l, base));
}

static bool asks_for_state(const struct lower *l)
{
	const struct rule *r;
	unsigned int i;

	for (i = 0; i < l->b->nrules; i++) {
		r = &l->b->rules[i];
		if (l->b->profiles[r->profile].place == PLACE_IPTABLES &&
		    ipt_family_of(r) == l->out->family &&
		    rule_find(r, FIELD_CT_STATE))
			return true;
	}
	return false;
}

/*
 * The table of connections is everybody's: what all profiles let through opens
 * no more than so many of them.  Only what opens one is counted.
 */
static int bound_connections(struct lower *l, unsigned int base)
{
	_cleanup_draft_ struct ipt_draft below = { 0 };
	_cleanup_draft_ struct ipt_draft above = { 0 };
	struct ipt_rules *rules = rules_of(l, base);
	int rc = ipt_draft_begin(&below, l->out->family);

	if (rc == 0)
		rc = ipt_write_states(&below, 1U << CONN_NEW);
	if (rc == 0)
		rc = ipt_write_conns(&below, nft_mark_connections());
	if (rc == 0)
		rc = ipt_draft_end(&below, ACCEPT, false, rules);
	if (rc == 0)
		rc = ipt_draft_begin(&above, l->out->family);
	if (rc == 0)
		rc = ipt_write_states(&above, 1U << CONN_NEW);
	return rc < 0 ? rc : ipt_draft_end(&above, DROP, false, rules);
}

static int lower_direction(struct lower *l, const struct backend_tap *id)
{
	int rc, base = add_chain(l);
	unsigned int i;

	if (base < 0)
		return base;
	rc = add_identity(l, (unsigned int)base, id);
	for (i = 0; rc == 0 && i < l->b->nprofiles; i++)
		if (l->b->profiles[i].place == PLACE_IPTABLES)
			rc = lower_profile(l, (unsigned int)base, i);
	if (rc == 0 && l->dir == DIR_OUT && asks_for_state(l))
		rc = bound_connections(l, (unsigned int)base);
	return rc;
}

const char *ipt_refuses_pair(const struct rule *before, const struct rule *r)
{
	return (r->limit.frames || r->conns) && r->profile == before->profile &&
			       r->entry == before->entry &&
			       ipt_family_of(r) != ipt_family_of(before) ?
		       "a limit that IPv4 and IPv6 share (write an entry for "
		       "each HdrIPVersion)" :
		       NULL;
}

static int check_limits(const struct binding *b)
{
	const char *what = NULL;
	const struct rule *r;
	unsigned int i;

	for (i = 1; !what && i < b->nrules; i++) {
		r = &b->rules[i];
		if (b->profiles[r->profile].place == PLACE_IPTABLES)
			what = ipt_refuses_pair(r - 1, r);
		if (what)
			log_at(b->profiles[r->profile].file, r->line,
			       "iptables cannot carry %s", what);
	}
	return what ? -EOPNOTSUPP : 0;
}

bool ipt_has_rules(const struct binding *b, enum ipt_family f,
		   enum direction dir)
{
	const struct rule *r;
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		r = &b->rules[i];
		if (b->profiles[r->profile].place == PLACE_IPTABLES &&
		    r->dir == dir && ipt_family_of(r) == f)
			return true;
	}
	return false;
}

bool ipt_has_family(const struct binding *b, enum ipt_family f)
{
	return ipt_has_rules(b, f, DIR_IN) || ipt_has_rules(b, f, DIR_OUT);
}

int ipt_lower(const struct binding *b, const struct backend_tap *id,
	      enum ipt_family f, struct ipt_set *out)
{
	struct lower l = { .b = b, .out = out };
	int rc = check_limits(b);

	out->family = f;
	if (rc < 0 || !ipt_has_family(b, f))
		return rc;
	for (l.dir = DIR_IN; rc == 0 && l.dir <= DIR_OUT; l.dir++) {
		l.nchains = 0;
		rc = lower_direction(&l, id);
	}
	return rc;
}
