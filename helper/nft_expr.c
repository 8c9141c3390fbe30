// SPDX-License-Identifier: GPL-2.0-or-later
/* Planned rules as nf_tables expressions and anonymous sets */
#include <stdio.h> /* libnftnl/expr.h needs it */

#include <errno.h>
#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "log.h"
#include "nft_carry.h"
#include "nft_effect.h"
#include "nft_expr.h"
#include "nft_limit.h"
#include "nft_put.h"
#include "nft_udata.h"

#define NEXTHDR_FRAGMENT 44

static void free_rule(struct nftnl_rule **r)
{
	if (*r)
		nftnl_rule_free(*r);
}

static int add_payload(struct nftnl_rule *r, const struct plan_cond *c)
{
	static const uint32_t bases[] = {
		[PLAN_LINK] = NFT_PAYLOAD_LL_HEADER,
		[PLAN_NET] = NFT_PAYLOAD_NETWORK_HEADER,
		[PLAN_TRANSPORT] = NFT_PAYLOAD_TRANSPORT_HEADER,
	};

	return nft_put_payload(r, bases[c->source], c->offset, c->len);
}

static int add_exthdr(struct nftnl_rule *r, const struct plan_cond *c)
{
	struct nftnl_expr *e = nft_put_expr(r, "exthdr");
	bool presence = c->source == PLAN_FRAGHDR;

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_DREG, NFT_REG_1);
	nftnl_expr_set_u8(e, NFTNL_EXPR_EXTHDR_TYPE, NEXTHDR_FRAGMENT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_OFFSET, c->offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_LEN, c->len);
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_OP, NFT_EXTHDR_OP_IPV6);
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_FLAGS,
			   presence ? NFT_EXTHDR_F_PRESENT : 0);
	return 0;
}

static int add_load(struct nftnl_rule *r, const struct plan_cond *c)
{
	switch (c->source) {
	case PLAN_LINK:
	case PLAN_NET:
	case PLAN_TRANSPORT:
		return add_payload(r, c);
	case PLAN_L4PROTO:
		return nft_put_meta(r, NFT_META_L4PROTO);
	case PLAN_FRAG:
	case PLAN_FRAGHDR:
		return add_exthdr(r, c);
	case PLAN_MARK:
		return nft_put_meta(r, NFT_META_MARK);
	case PLAN_CONN:
		return nft_put_ct(r, NFT_CT_STATE);
	}
	return -EINVAL;
}

static int add_mask(struct nftnl_rule *r, const struct plan_cond *c)
{
	static const uint8_t zero[FIELD_MAX_BYTES];

	return nft_put_bits(r, c->mask, zero, c->len);
}

static int add_range(struct nftnl_rule *r, uint32_t op, const struct value *v,
		     uint32_t len)
{
	struct nftnl_expr *e = nft_put_expr(r, "range");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_RANGE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_RANGE_OP, op);
	nftnl_expr_set(e, NFTNL_EXPR_RANGE_FROM_DATA, v->lo, len);
	nftnl_expr_set(e, NFTNL_EXPR_RANGE_TO_DATA, v->hi, len);
	return 0;
}

static int add_lookup(struct nftnl_rule *r, const struct nftnl_set *set,
		      bool inverted)
{
	struct nftnl_expr *e = nft_put_expr(r, "lookup");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET,
			   nftnl_set_get_str(set, NFTNL_SET_NAME));
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID,
			   nftnl_set_get_u32(set, NFTNL_SET_ID));
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS,
			   inverted ? NFT_LOOKUP_F_INV : 0);
	return 0;
}

static int add_values(struct nft_batch *t, const struct nft_names *n,
		      struct nftnl_rule *r, const struct plan_rule *pr,
		      const struct plan_cond *c, struct nft_digests *d)
{
	struct nftnl_set *set;
	int rc;

	rc = nft_set_make(t, n, c, &set);
	if (rc < 0)
		return rc;
	rc = nft_set_send(t, set, pr->from);
	if (rc >= 0)
		rc = add_lookup(r, set, c->op == OP_NE);
	if (rc >= 0)
		rc = nft_digest_set(set, d);
	nftnl_set_free(set);
	return rc;
}

/* Are these the bytes that the register holds already? */
static bool same_bytes(const struct plan_cond *a, const struct plan_cond *b)
{
	return a->source == b->source && a->offset == b->offset &&
	       a->len == b->len && a->masked == b->masked &&
	       (!a->masked || memcmp(a->mask, b->mask, a->len) == 0);
}

static int add_cond(struct nft_batch *t, const struct nft_names *n,
		    struct nftnl_rule *r, const struct plan_rule *pr,
		    const struct plan_cond *c, struct nft_digests *d)
{
	bool loaded = c > pr->conds && same_bytes(c - 1, c);
	unsigned int i;
	int rc = 0;

	if (!loaded)
		rc = add_load(r, c);
	if (rc >= 0 && !loaded && c->masked)
		rc = add_mask(r, c);
	if (rc < 0)
		return rc;
	if (c->op == OP_RANGE)
		return add_range(r, NFT_RANGE_EQ, &c->values[0], c->len);
	for (i = 0; rc >= 0 && c->op == OP_NRANGE && i < c->nvalues; i++)
		rc = add_range(r, NFT_RANGE_NEQ, &c->values[i], c->len);
	if (rc < 0 || c->op == OP_NRANGE)
		return rc;
	if (c->nvalues > 1)
		return add_values(t, n, r, pr, c, d);
	return nft_put_cmp(r, c->op == OP_EQ ? NFT_CMP_EQ : NFT_CMP_NEQ,
			   c->values[0].lo, c->len);
}

static int add_conns(struct nftnl_rule *r, uint32_t conns)
{
	struct nftnl_expr *e = nft_put_expr(r, "connlimit");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CONNLIMIT_COUNT, conns);
	return 0;
}

static int add_verdict(struct nftnl_rule *r, uint32_t verdict,
		       const char *chain)
{
	struct nftnl_expr *e = nft_put_expr(r, "immediate");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, verdict);
	if (chain && nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, chain) < 0)
		return log_errno(ENOMEM, "cannot make a kernel rule");
	return 0;
}

static int plan_verdict(const struct nft_names *n, enum direction dir,
			struct nftnl_rule *r, const struct plan_rule *pr)
{
	static const int verdicts[] = {
		[PLAN_ACCEPT] = NF_ACCEPT,  [PLAN_DROP] = NF_DROP,
		[PLAN_RETURN] = NFT_RETURN, [PLAN_JUMP] = NFT_JUMP,
		[PLAN_GOTO] = NFT_GOTO,
	};
	bool leads = pr->verdict == PLAN_JUMP || pr->verdict == PLAN_GOTO;
	char chain[NFT_NAME_SIZE];

	if (pr->verdict == PLAN_REJECT)
		return nft_put_reject(r);
	if (pr->verdict == PLAN_CONTINUE)
		return 0;
	if (leads)
		nft_chain_name(n, dir, pr->target, chain);
	return add_verdict(r, (uint32_t)verdicts[pr->verdict],
			   leads ? chain : NULL);
}

/* A rule that belongs to a chain, still without expressions. */
static struct nftnl_rule *new_rule(const struct nft_names *n,
				   enum direction dir, unsigned int index)
{
	struct nftnl_rule *r = nftnl_rule_alloc();
	char chain[NFT_NAME_SIZE];

	nft_chain_name(n, dir, index, chain);
	if (r && nftnl_rule_set_str(r, NFTNL_RULE_TABLE, n->table) >= 0 &&
	    nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain) >= 0)
		return r;
	log_errno(ENOMEM, "cannot make a kernel rule");
	if (r)
		nftnl_rule_free(r);
	return NULL;
}

static int send_rule(struct nft_batch *t, struct nftnl_rule *r,
		     const struct rule *from)
{
	struct nlmsghdr *nlh;

	nlh = nft_batch_new(t, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	nftnl_rule_nlmsg_build_payload(nlh, r);
	return nft_batch_add(t, nlh, NFT_STEP_RULE, from);
}

int nft_add_guard(struct nft_batch *t, const struct nft_names *n,
		  enum direction dir, const struct backend_tap *id,
		  struct nft_digests *d)
{
	_cleanup_(free_rule) struct nftnl_rule *r = new_rule(n, dir, 0);
	int rc;

	if (!r)
		return -ENOMEM;
	rc = nft_put_meta(r, dir == DIR_OUT ? NFT_META_IIF : NFT_META_OIF);
	if (rc >= 0)
		rc = nft_put_cmp(r, NFT_CMP_NEQ, &id->ifindex,
				 sizeof(id->ifindex));
	if (rc >= 0)
		rc = add_verdict(r, NF_ACCEPT, NULL);
	if (rc >= 0)
		rc = nft_udata_identity(r, n->tap, id);
	if (rc >= 0)
		rc = nft_digest_rule(r, d);
	return rc < 0 ? rc : send_rule(t, r, NULL);
}

/* Go on where the same rule was before */
static void carry_on(struct nft_batch *t, enum direction dir, uint64_t rule,
		     struct nftnl_expr *counter)
{
	const struct nft_carried *met = nft_carry_take(t->carry, dir, rule);

	if (!met)
		return;
	nftnl_expr_set_u64(counter, NFTNL_EXPR_CTR_PACKETS, met->packets);
	nftnl_expr_set_u64(counter, NFTNL_EXPR_CTR_BYTES, met->bytes);
}

int nft_add_rule(struct nft_batch *t, const struct nft_names *n,
		 enum direction dir, unsigned int index,
		 const struct plan_rule *pr, struct nft_digests *d)
{
	_cleanup_(free_rule) struct nftnl_rule *r = new_rule(n, dir, index);
	struct nftnl_expr *counter = NULL;
	char limit[NFT_NAME_SIZE];
	unsigned int i;
	int rc = 0;

	if (!r)
		return -ENOMEM;
	for (i = 0; i < pr->nconds; i++) {
		rc = add_cond(t, n, r, pr, &pr->conds[i], d);
		if (rc < 0)
			return rc;
	}
	if (pr->conns)
		rc = add_conns(r, pr->conns);
	if (rc >= 0 && pr->limit) {
		nft_limit_name(n, dir, pr->limit - 1, limit);
		rc = nft_put_limit(r, limit);
	}
	if (rc >= 0 && pr->log)
		rc = nft_put_log(r, pr->log);
	if (rc >= 0 && pr->from) {
		counter = nft_put_expr(r, "counter");
		if (!counter)
			return -ENOMEM;
		rc = nft_udata_where(r, t->b, pr->from);
	}
	if (rc >= 0)
		rc = plan_verdict(n, dir, r, pr);
	if (rc >= 0)
		rc = nft_digest_rule(r, d);
	if (rc < 0)
		return rc;
	if (counter)
		carry_on(t, dir, d->rules[d->nrules - 1], counter);
	return send_rule(t, r, pr->from);
}
