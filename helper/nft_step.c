// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules that are written down as tables, as nf_tables expressions */
#include <stdio.h> /* libnftnl/expr.h needs it */

#include <errno.h>
#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <string.h>

#include "log.h"
#include "nft_mark.h"
#include "nft_ports.h"
#include "nft_put.h"
#include "nft_step.h"

#define LINK_TYPE_AT 12

static const uint8_t group_mask[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0 };
static const uint8_t group[] = { 0x01, 0x80, 0xc2, 0, 0, 0 };

static int add_payload(struct nftnl_rule *r, const struct nft_step_op *op)
{
	return nft_put_payload(r, op->a, op->b, op->c);
}

static int keep_bits(struct nftnl_rule *r, const void *mask, uint32_t len)
{
	static const uint8_t zero[8];

	return nft_put_bits(r, mask, zero, len);
}

/* A number of 1, 2 or 4 bytes, as this machine has it */
struct number {
	uint8_t bytes[4];
};

static struct number as_bytes(uint32_t value, uint32_t len)
{
	uint8_t one = (uint8_t)value;
	uint16_t two = (uint16_t)value;
	struct number n = { { 0 } };

	if (len == 1)
		memcpy(n.bytes, &one, sizeof(one));
	else if (len == 2)
		memcpy(n.bytes, &two, sizeof(two));
	else
		memcpy(n.bytes, &value, sizeof(value));
	return n;
}

static int add_number(struct nftnl_rule *r, uint32_t op, uint32_t value,
		      uint32_t len)
{
	struct number n = as_bytes(value, len);

	return nft_put_cmp(r, op, n.bytes, len);
}

static int add_kind(struct nftnl_rule *r, uint32_t op)
{
	static const char kind[IFNAMSIZ] = "bridge";

	return nft_put_cmp(r, op, kind, sizeof(kind));
}

/* Under a mask the register is this. */
static int add_masked(struct nftnl_rule *r, uint32_t mask, uint32_t value)
{
	int rc = keep_bits(r, &mask, sizeof(mask));

	return rc < 0 ? rc : add_number(r, NFT_CMP_EQ, value, sizeof(value));
}

static int set_mark(struct nftnl_rule *r, bool connection, uint32_t mask,
		    uint32_t value)
{
	struct nftnl_expr *e;
	int rc = connection ? nft_put_ct(r, NFT_CT_MARK) :
			      nft_put_meta(r, NFT_META_MARK);

	mask = ~mask;
	if (rc >= 0)
		rc = nft_put_bits(r, &mask, &value, sizeof(mask));
	if (rc < 0)
		return rc;
	e = nft_put_expr(r, connection ? "ct" : "meta");
	if (!e)
		return -ENOMEM;
	if (connection) {
		nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
		nftnl_expr_set_u32(e, NFTNL_EXPR_CT_SREG, NFT_REG_1);
	} else {
		nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_MARK);
		nftnl_expr_set_u32(e, NFTNL_EXPR_META_SREG, NFT_REG_1);
	}
	return 0;
}

static int add_verdict(struct nftnl_rule *r)
{
	struct nftnl_expr *e = nft_put_expr(r, "immediate");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, NF_ACCEPT);
	return 0;
}

static int add_lookup(struct nftnl_rule *r, enum nft_ports_set set,
		      bool inverted)
{
	struct nftnl_expr *e = nft_put_expr(r, "lookup");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS,
			   inverted ? NFT_LOOKUP_F_INV : 0);
	if (set != PORTS_GUESTS)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT);
	if (nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, nft_ports_name(set)) <
	    0)
		return log_errno(ENOMEM, "cannot make a kernel rule");
	return 0;
}

const char *nft_step_stations(enum nft_step_stations set)
{
	return set == STATIONS ? "stations" : "stations6";
}

static int add_count(struct nftnl_rule *r, enum nft_step_stations set)
{
	struct nftnl_expr *count = nftnl_expr_alloc("connlimit");
	struct nftnl_expr *e = nft_put_expr(r, "dynset");

	if (!count || !e) {
		if (count)
			nftnl_expr_free(count);
		return log_errno(ENOMEM, "cannot make a kernel rule");
	}
	nftnl_expr_set_u32(count, NFTNL_EXPR_CONNLIMIT_COUNT,
			   nft_mark_connections());
	nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_ADD);
	nftnl_expr_set(e, NFTNL_EXPR_DYNSET_EXPR, count, 0);
	if (nftnl_expr_set_str(e, NFTNL_EXPR_DYNSET_SET_NAME,
			       nft_step_stations(set)) < 0)
		return log_errno(ENOMEM, "cannot make a kernel rule");
	return 0;
}

static int add_reserved(struct nftnl_rule *r)
{
	int rc = keep_bits(r, group_mask, sizeof(group_mask));

	return rc < 0 ? rc : nft_put_cmp(r, NFT_CMP_EQ, group, sizeof(group));
}

/* Of the frame, not of what is behind a tag */
static int add_type(struct nftnl_rule *r, uint32_t op, uint32_t type)
{
	static const struct nft_step_op load = LINK(LINK_TYPE_AT, 2);
	uint8_t bytes[] = { (uint8_t)(type >> 8), (uint8_t)type };
	int rc = add_payload(r, &load);

	return rc < 0 ? rc : nft_put_cmp(r, op, bytes, sizeof(bytes));
}

static int add_step(struct nftnl_rule *r, const struct nft_step_op *op)
{
	uint32_t mask = nft_mark_mask(), bits = nft_mark_bits(op->a);
	struct number n;
	int rc;

	switch (op->code) {
	case STEP_END:
		break;
	case STEP_META:
		return nft_put_meta(r, op->a);
	case STEP_CT:
		return nft_put_ct(r, op->a);
	case STEP_PAYLOAD:
		return add_payload(r, op);
	case STEP_BITS:
		n = as_bytes(op->b, op->a);
		return keep_bits(r, n.bytes, op->a);
	case STEP_IS:
		return add_number(r, NFT_CMP_EQ, op->b, op->a);
	case STEP_ISNT:
		return add_number(r, NFT_CMP_NEQ, op->b, op->a);
	case STEP_KIND:
		return add_kind(r, op->a);
	case STEP_NOTED:
		return add_masked(r, mask, bits);
	case STEP_NOTE:
		return set_mark(r, false, mask, bits);
	case STEP_OPENED:
	case STEP_UNOPENED:
		rc = nft_put_ct(r, NFT_CT_MARK);
		return rc < 0 ? rc :
				add_masked(r, bits,
					   op->code == STEP_OPENED ? bits : 0);
	case STEP_OPEN:
		return set_mark(r, true, bits, bits);
	case STEP_TYPE:
		return add_type(r, op->a, op->b);
	case STEP_RESERVED:
		return add_reserved(r);
	case STEP_PORT:
		return add_lookup(r, (enum nft_ports_set)op->a, false);
	case STEP_NO_PORT:
		return add_lookup(r, (enum nft_ports_set)op->a, true);
	case STEP_COUNT:
		return add_count(r, (enum nft_step_stations)op->a);
	case STEP_ACCEPT:
		return add_verdict(r);
	}
	return -EINVAL;
}

/* Up to its end; returns where the next one begins, or NULL (reported). */
static const struct nft_step_op *write_rule(struct nft_batch *t,
					    struct nftnl_rule *r,
					    const struct nft_step_op *op,
					    struct nft_digests *d)
{
	struct nlmsghdr *nlh;

	for (; op->code != STEP_END; op++)
		if (add_step(r, op) < 0)
			return NULL;
	if (nft_digest_rule(r, d) < 0)
		return NULL;
	nlh = nft_batch_new(t, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	nftnl_rule_nlmsg_build_payload(nlh, r);
	return nft_batch_add(t, nlh, NFT_STEP_RULE, NULL) < 0 ? NULL : op + 1;
}

int nft_steps_write(struct nft_batch *t, const struct nft_names *n,
		    const struct nft_step_op *ops, struct nft_digests *d)
{
	struct nftnl_rule *r;

	while (ops && ops->code != STEP_END) {
		r = nftnl_rule_alloc();
		if (!r ||
		    nftnl_rule_set_str(r, NFTNL_RULE_TABLE, n->table) < 0 ||
		    nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, n->chain) < 0) {
			if (r)
				nftnl_rule_free(r);
			return log_errno(ENOMEM, "cannot make a kernel rule");
		}
		ops = write_rule(t, r, ops, d);
		nftnl_rule_free(r);
	}
	return ops ? 0 : -ENOMEM;
}
