/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_EMPTIED_H
#define TF_NFT_EMPTIED_H

#include "nft_expr.h"

/** struct nft_emptied - Netdev tables that may be empty now */
struct nft_emptied {
	char table[NFT_TABLES][NFT_NAME_SIZE];
	size_t n;
};

/** nft_emptied_add() - Note a table, unless it is noted */
void nft_emptied_add(struct nft_emptied *e, const char *table);

/** nft_emptied_drop() - The reverse */
void nft_emptied_drop(struct nft_emptied *e, const char *table);

#endif /* TF_NFT_EMPTIED_H */
