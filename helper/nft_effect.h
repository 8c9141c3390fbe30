/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_EFFECT_H
#define TF_NFT_EFFECT_H

#include <libnftnl/rule.h>

#include "rule.h"

/* All functions append to a kernel rule; 0 or negative errno, reported. */

/** nft_put_limit() - Go on only as long as a limit allows it */
int nft_put_limit(struct nftnl_rule *r, const char *name) _must_check_;

/** nft_put_log() - Note the frame */
int nft_put_log(struct nftnl_rule *r, const struct rule_log *log) _must_check_;

/** nft_put_reject() - Drop, and tell the sender of an IP packet */
int nft_put_reject(struct nftnl_rule *r) _must_check_;

#endif /* TF_NFT_EFFECT_H */
