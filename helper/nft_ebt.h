/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_EBT_H
#define TF_NFT_EBT_H

#include "util.h"

/**
 * nft_ebt_tables() - Has the kernel a table that ebtables-nft uses?
 *
 * Of the family bridge, named "nat" or "filter", whoever made it.
 *
 * Return: 1, 0, or negative errno, reported
 */
int nft_ebt_tables(void) _must_check_;

#endif /* TF_NFT_EBT_H */
