/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_LIMIT_H
#define TF_NFT_LIMIT_H

#include "nft_expr.h"

/* The limits of a tap: objects that are numbered from 0 in each direction */

/** nft_limit_name() - Name of a limit; @out has NFT_NAME_SIZE bytes */
void nft_limit_name(const struct nft_names *n, enum direction dir,
		    unsigned int index, char *out);

/** nft_add_limit() - Append the message that makes a limit, that of @from */
int nft_add_limit(struct nft_batch *t, const struct nft_names *n,
		  enum direction dir, unsigned int index,
		  const struct rule *from) _must_check_;

/** nft_add_limit_removal() - Append the message that deletes a limit */
int nft_add_limit_removal(struct nft_batch *t, const struct nft_names *n,
			  enum direction dir, unsigned int index) _must_check_;

/**
 * nft_read_limit() - Ask the kernel for a limit
 * @out:	What it is; 0 frames for one that is none of ours
 *
 * Return: 1; 0 if there is none; negative errno, reported
 */
int nft_read_limit(struct nft_conn *c, const struct nft_names *n,
		   enum direction dir, unsigned int index,
		   struct rate *out) _must_check_;

#endif /* TF_NFT_LIMIT_H */
