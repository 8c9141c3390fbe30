/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_LINGER_H
#define TF_NFT_LINGER_H

#include "nft_conn.h"
#include "nft_emptied.h"

/**
 * nft_linger() - Leave a connection to a child that closes it later
 * @c:		Connection; the caller still closes its own descriptor
 * @e:		Tables to delete if nothing is left in them
 *
 * A netfilter socket that is closed while the kernel still waits to free
 * removed rules makes its owner wait for 8 to 30 ms.
 */
void nft_linger(struct nft_conn *c, const struct nft_emptied *e);

#endif /* TF_NFT_LINGER_H */
