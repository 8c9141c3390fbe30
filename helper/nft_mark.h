/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_MARK_H
#define TF_NFT_MARK_H

#include <stdint.h>

#include "field.h"

/*
 * What connection tracking makes of a packet, as some bits of its mark: a
 * number of enum conn_state or of enum mark_state.
 *
 * The mark of a connection that the host opened says CONN_INVALID there: with
 * that, whoever copies marks to packets can only have them dropped.
 */
enum mark_state {
	MARK_UNTRACKED = CONN_INVALID + 1, /* what has no connections */
	MARK_GUEST, /* a guest sent it; not yet looked at; see ipt_guard.c, too */
	MARK_HOST, /* it went up to the host */
};

/* The same bits of a connection's mark, each by itself */
enum mark_connection {
	MARK_TAKEN = 1, /* a guest's rules let it get what opened it */
	MARK_SENT = 2, /* a guest's rules let it send what opened it */
	MARK_BY_HOST = CONN_INVALID, /* the host opened it; by itself, too */
};

/** nft_mark_mask() - The bits */
uint32_t nft_mark_mask(void);

/** nft_mark_bits() - A number as these bits */
uint32_t nft_mark_bits(unsigned int state);

/**
 * nft_mark_judged() - The bit of packets that iptables has judged
 *
 * None of nft_mark_mask(): both places may be in use on one host.  Of those bits
 * the place iptables writes MARK_GUEST, before other places write theirs.
 */
uint32_t nft_mark_judged(void);

/** nft_mark_connections() - Most connections that one guest may have open */
uint32_t nft_mark_connections(void);

#endif /* TF_NFT_MARK_H */
