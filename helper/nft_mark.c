// SPDX-License-Identifier: GPL-2.0-or-later
/* The state of connections in the marks of packets */
#include <errno.h>
#include <string.h>

#include "backend.h"
#include "bridge_calls.h"
#include "conf.h"
#include "nft_cond.h"
#include "nft_mark.h"
#include "nft_step.h"

#define LINK_TYPE_AT 12

/* One host has one configuration. */
static uint32_t marks = CONF_STATE_MARKS;
static uint32_t connections = CONF_STATE_CONNECTIONS;

void backend_configure(const struct conf *c)
{
	marks = c->state_marks;
	connections = c->state_connections;
	bridge_calls_configure(c->bridge_netfilter);
}

/* All but the highest of the bits that stand side by side */
uint32_t nft_mark_mask(void)
{
	return marks & marks >> 1;
}

uint32_t nft_mark_judged(void)
{
	return marks & ~nft_mark_mask();
}

uint32_t nft_mark_bits(unsigned int state)
{
	return state * (marks & -marks);
}

uint32_t nft_mark_connections(void)
{
	return connections;
}

static int make_cond(struct plan *p, enum plan_source source, enum match_op op,
		     uint32_t mask, uint32_t bits, struct plan_cond *out)
{
	struct value *v = plan_alloc(p, 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	*out = (struct plan_cond){
		.source = source,
		.len = sizeof(mask),
		.masked = true,
		.op = op,
		.nvalues = 1,
		.values = v,
	};
	memcpy(out->mask, &mask, sizeof(mask));
	memcpy(v->lo, &bits, sizeof(bits));
	return 0;
}

static int make_state(struct plan *p, enum match_op op, unsigned int state,
		      struct plan_cond *out)
{
	return make_cond(p, PLAN_MARK, op, nft_mark_mask(),
			 nft_mark_bits(state), out);
}

int plan_state(struct plan *p, const struct match *m, struct plan_factor *out)
{
	struct plan_alt *alts = plan_alloc(p, m->nvalues, sizeof(*alts));
	struct plan_cond *conds = plan_alloc(p, m->nvalues, sizeof(*conds));
	unsigned int i;
	int rc = 0;

	if (!alts || !conds)
		return -ENOMEM;
	for (i = 0; rc >= 0 && i < m->nvalues; i++) {
		rc = make_state(p, OP_EQ, m->values[i].lo[0], &conds[i]);
		alts[i].nconds = 1;
		alts[i].conds = &conds[i];
	}
	out->nalts = m->nvalues;
	out->alts = alts;
	return rc;
}

int plan_no_connection(struct plan *p, struct plan_cond *out)
{
	return make_cond(p, PLAN_CONN, OP_NE, INVALID_BIT | UNTRACKED_BIT, 0,
			 out);
}

/* Drop frames of a type whose mark says none of these. */
static int drop_unless(struct plan *p, unsigned int chain, uint16_t type,
		       const unsigned int *states, unsigned int n)
{
	struct plan_cond *conds = plan_alloc(p, 1 + n, sizeof(*conds));
	struct plan_rule *r = plan_add_rule(p, chain);
	unsigned int i;
	int rc;

	if (!conds || !r)
		return -ENOMEM;
	*r = (struct plan_rule){ .nconds = 1 + n,
				 .conds = conds,
				 .verdict = PLAN_DROP };
	rc = plan_uint_cond(p, PLAN_LINK, LINK_TYPE_AT, 2, 0xffff, OP_EQ, type,
			    type, &conds[0]);
	for (i = 0; rc >= 0 && i < n; i++)
		rc = make_state(p, OP_NE, states[i], &conds[1 + i]);
	return rc;
}

int plan_add_unknown(struct plan *p, unsigned int chain)
{
	static const unsigned int judged[] = { CONN_NEW, CONN_ESTABLISHED,
					       CONN_RELATED, CONN_INVALID,
					       MARK_UNTRACKED };
	static const uint16_t types[] = { 0x0800, 0x86dd };
	unsigned int i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < ARRAY_SIZE(types); i++)
		rc = drop_unless(p, chain, types[i], judged,
				 ARRAY_SIZE(judged));
	return rc;
}

int plan_add_wrapped(struct plan *p, unsigned int chain)
{
	static const unsigned int others[] = { 0, MARK_GUEST, MARK_HOST };
	/* those that br_netfilter can look behind; the last is of PPPoE */
	static const uint16_t types[] = { 0x8100, 0x88a8, 0x8864 };
	unsigned int i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < ARRAY_SIZE(types); i++)
		rc = drop_unless(p, chain, types[i], others,
				 ARRAY_SIZE(others));
	return rc;
}
