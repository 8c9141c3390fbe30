// SPDX-License-Identifier: GPL-2.0-or-later
/* What kernel rules do beside looking at a frame and giving a verdict */
#include <stdio.h> /* libnftnl/expr.h needs it */

#include <errno.h>
#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>

#include "log.h"
#include "nft_effect.h"
#include "nft_put.h"

int nft_put_limit(struct nftnl_rule *r, const char *name)
{
	struct nftnl_expr *e = nft_put_expr(r, "objref");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE, NFT_OBJECT_LIMIT);
	if (nftnl_expr_set_str(e, NFTNL_EXPR_OBJREF_IMM_NAME, name) < 0)
		return log_errno(ENOMEM, "cannot make a kernel rule");
	return 0;
}

static int put_rate(struct nftnl_rule *r, const struct rate *rate)
{
	struct nftnl_expr *e = nft_put_expr(r, "limit");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_RATE, rate->frames);
	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_UNIT, rate->seconds);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_BURST, rate->burst);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_FLAGS, 0);
	return 0;
}

int nft_put_log(struct nftnl_rule *r, const struct rule_log *log)
{
	int rc = log->rate.frames ? put_rate(r, &log->rate) : 0;
	struct nftnl_expr *e;

	if (rc < 0)
		return rc;
	e = nft_put_expr(r, "log");
	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u16(e, NFTNL_EXPR_LOG_GROUP, log->group);
	if (log->prefix[0] &&
	    nftnl_expr_set_str(e, NFTNL_EXPR_LOG_PREFIX, log->prefix) < 0)
		return log_errno(ENOMEM, "cannot make a kernel rule");
	return 0;
}

int nft_put_reject(struct nftnl_rule *r)
{
	struct nftnl_expr *e = nft_put_expr(r, "reject");

	if (!e)
		return -ENOMEM;
	nftnl_expr_set_u32(e, NFTNL_EXPR_REJECT_TYPE, NFT_REJECT_ICMPX_UNREACH);
	nftnl_expr_set_u8(e, NFTNL_EXPR_REJECT_CODE,
			  NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
	return 0;
}
