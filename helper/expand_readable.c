// SPDX-License-Identifier: GPL-2.0-or-later
/* Packets whose length fields contradict the frame: see expand_readable() */
#include <errno.h>
#include <string.h>

#include "expand_rules.h"
#include "log.h"

#define TYPE_IP4 0x0800
#define TYPE_IP6 0x86dd

static bool looks_above(const struct rule *r)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		if (r->matches[i].field == FIELD_IP6_PROTO ||
		    field_get(r->matches[i].field)->base == BASE_TRANSPORT)
			return true;
	return false;
}

/* The first rule that drops packets of that kind by their upper layer. */
static const struct rule *find_cause(const struct binding *b,
				     enum direction dir, uint16_t ethertype)
{
	const struct rule *r;
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		r = &b->rules[i];
		if (r->verdict != VERDICT_ACCEPT && r->dir == dir &&
		    !rule_tagged(r) && rule_ethertype(r) == ethertype &&
		    looks_above(r))
			return r;
	}
	return NULL;
}

static struct rule *add_rule(struct binding *b, const struct rule *cause,
			     enum verdict verdict, uint16_t ethertype)
{
	struct rule head = { .verdict = verdict,
			     .dir = cause->dir,
			     .line = cause->line,
			     .entry = b->nrules,
			     .profile = b->nprofiles - 1 };
	struct rule *r = util_grow(&b->rules, b->nrules, sizeof(*r));

	if (!r)
		return NULL;
	*r = head;
	b->nrules++;
	if (rule_match_uint(r, FIELD_ETH_TYPE, OP_EQ, ethertype) < 0)
		return NULL;
	return r;
}

static int add_conjunct(struct binding *b, const struct rule *cause,
			uint16_t ethertype)
{
	struct binding_profile *p = &b->profiles[b->nprofiles];
	const struct rule why = *cause; /* the array of rules may move */
	struct match *m;
	struct rule *r;

	b->nprofiles++;
	if (binding_name_profile(p, &b->profiles[why.profile],
				 ethertype == TYPE_IP4 ?
					 "(readable IPv4 packets only)" :
					 "(readable IPv6 packets only)") < 0)
		return -ENOMEM;
	r = add_rule(b, &why, VERDICT_ACCEPT, ethertype);
	if (!r)
		return -ENOMEM;
	m = rule_add_match(
		r, ethertype == TYPE_IP4 ? FIELD_IP_UPPER : FIELD_IP6_PROTO,
		OP_RANGE, 1);
	if (!m)
		return -ENOMEM;
	m->values[0].hi[0] = 0xff;
	return add_rule(b, &why, VERDICT_DROP, ethertype) ? 0 : -ENOMEM;
}

int expand_readable(struct binding *out)
{
	static const uint16_t types[] = { TYPE_IP4, TYPE_IP6 };
	const struct rule *cause;
	enum direction dir;
	size_t i;
	int rc;

	for (dir = DIR_IN; dir <= DIR_OUT; dir++) {
		for (i = 0; i < ARRAY_SIZE(types); i++) {
			cause = find_cause(out, dir, types[i]);
			if (!cause)
				continue;
			rc = add_conjunct(out, cause, types[i]);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}
