/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_PUT_H
#define TF_NFT_PUT_H

/* The expressions that all kernel rules of ours are made of */

#include <libnftnl/rule.h>
#include <stdint.h>

#include "util.h"

struct nftnl_expr;

/*
 * All functions append to a kernel rule, and work on NFT_REG_1.  They return 0
 * or negative errno, reported.
 */

/**
 * nft_put_expr() - An empty expression
 *
 * Return: it, owned by the rule; NULL when there is no memory, reported
 */
struct nftnl_expr *nft_put_expr(struct nftnl_rule *r,
				const char *name) _must_check_;

/** nft_put_meta() - Load what the kernel knows of a frame, NFT_META_* */
int nft_put_meta(struct nftnl_rule *r, uint32_t key) _must_check_;

/** nft_put_ct() - Load what it knows of the connection, NFT_CT_* */
int nft_put_ct(struct nftnl_rule *r, uint32_t key) _must_check_;

/**
 * nft_put_payload() - Load bytes of a frame
 * @base:	NFT_PAYLOAD_*, the header that @offset counts from
 */
int nft_put_payload(struct nftnl_rule *r, uint32_t base, uint32_t offset,
		    uint32_t len) _must_check_;

/** nft_put_bits() - (register & @mask) ^ @flip, of @len bytes each */
int nft_put_bits(struct nftnl_rule *r, const void *mask, const void *flip,
		 uint32_t len) _must_check_;

/**
 * nft_put_cmp() - Go on only if the register compares so
 * @op:		NFT_CMP_*
 * @data:	@len bytes, in the order that the register has them
 */
int nft_put_cmp(struct nftnl_rule *r, uint32_t op, const void *data,
		uint32_t len) _must_check_;

#endif /* TF_NFT_PUT_H */
