/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_UDATA_H
#define TF_NFT_UDATA_H

#include <libnftnl/rule.h>

#include "backend.h"

/*
 * What rides along with a rule as its user data: a comment that other programs
 * show, and on the first rule of a base chain whose rules these are.
 */

/** nft_udata_identity() - Attach the identity of a tap */
int nft_udata_identity(struct nftnl_rule *r, const char *tap,
		       const struct backend_tap *id) _must_check_;

/** nft_udata_where() - Attach "PROFILE:LINE" of a rule */
int nft_udata_where(struct nftnl_rule *r, const struct binding *b,
		    const struct rule *from) _must_check_;

/**
 * nft_read_identity() - Identity of a tap from the user data of a rule
 *
 * Return: true if there is one
 */
bool nft_read_identity(const struct nftnl_rule *r, struct backend_tap *out);

/**
 * nft_read_comment() - The comment of a rule
 *
 * Return: NUL-terminated text in the rule, or NULL if it has none
 */
const char *nft_read_comment(const struct nftnl_rule *r);

#endif /* TF_NFT_UDATA_H */
