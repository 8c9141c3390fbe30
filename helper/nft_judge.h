/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_JUDGE_H
#define TF_NFT_JUDGE_H

#include "nft_mark.h"
#include "nft_step.h"

/*
 * What a packet is with regard to its connection: rules that all places share
 * which ask for that, so that they agree.
 */

/* A TCP packet that opens a connection is a SYN and nothing else. */
#define NEW_UNLIKE_SYN                                              \
	STATE(NEW_BIT), META(NFT_META_L4PROTO), IS(1, IPPROTO_TCP), \
		LAYER4(13, 1), BITS(1, 0x17), ISNT(1, 0x02),        \
		NOTE(CONN_INVALID), ACCEPT, END

/* Related are errors: what a helper expects is another connection. */
#define ERROR4(type)                                                     \
	STATE(RELATED_BIT), META(NFT_META_L4PROTO), IS(1, IPPROTO_ICMP), \
		LAYER4(0, 1), IS(1, type), NOTE(CONN_RELATED), ACCEPT, END
#define ERROR6                                                             \
	STATE(RELATED_BIT), META(NFT_META_L4PROTO), IS(1, IPPROTO_ICMPV6), \
		LAYER4(0, 1), BITS(1, 0x80), IS(1, 0), NOTE(CONN_RELATED), \
		ACCEPT, END

/* The station has not too many with this one. */
#define COUNTED(set) STATION, COUNT(set), NOTE(CONN_NEW), ACCEPT, END

#define SAYS(bit, state) STATE(bit), NOTE(state), ACCEPT, END

#define OTHERWISE NOTE(CONN_INVALID), END, END

#endif /* TF_NFT_JUDGE_H */
