// SPDX-License-Identifier: GPL-2.0-or-later
/* See nft_emptied.h */
#include <stdio.h>
#include <string.h>

#include "nft_emptied.h"

void nft_emptied_add(struct nft_emptied *e, const char *table)
{
	nft_emptied_drop(e, table);
	snprintf(e->table[e->n++], NFT_NAME_SIZE, "%s", table);
}

void nft_emptied_drop(struct nft_emptied *e, const char *table)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		if (strcmp(e->table[i], table) == 0)
			memmove(e->table[i], e->table[--e->n], NFT_NAME_SIZE);
}
