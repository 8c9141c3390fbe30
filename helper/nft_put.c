// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h> /* libnftnl/expr.h needs it */

#include <errno.h>
#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>

#include "log.h"
#include "nft_put.h"

struct nftnl_expr *nft_put_expr(struct nftnl_rule *r, const char *name)
{
	struct nftnl_expr *e = nftnl_expr_alloc(name);

	if (e)
		nftnl_rule_add_expr(r, e);
	else
		log_errno(ENOMEM, "cannot make a kernel rule");
	return e;
}

int nft_put_meta(struct nftnl_rule *r, uint32_t key)
{
	struct nftnl_expr *e = nft_put_expr(r, "meta");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
	return 0;
}

int nft_put_ct(struct nftnl_rule *r, uint32_t key)
{
	struct nftnl_expr *e = nft_put_expr(r, "ct");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, NFT_REG_1);
	return 0;
}

int nft_put_payload(struct nftnl_rule *r, uint32_t base, uint32_t offset,
		    uint32_t len)
{
	struct nftnl_expr *e = nft_put_expr(r, "payload");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
	return 0;
}

int nft_put_bits(struct nftnl_rule *r, const void *mask, const void *flip,
		 uint32_t len)
{
	struct nftnl_expr *e = nft_put_expr(r, "bitwise");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, mask, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, flip, len);
	return 0;
}

int nft_put_cmp(struct nftnl_rule *r, uint32_t op, const void *data,
		uint32_t len)
{
	struct nftnl_expr *e = nft_put_expr(r, "cmp");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, data, len);
	return 0;
}
