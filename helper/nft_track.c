// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections of bridged packets where the kernel tracks them at the bridge
 * itself (nf_conntrack_bridge).  It looks a packet up before these chains of
 * prerouting, and keeps its connection behind those of postrouting: what is
 * dropped by one of them has opened nothing.
 *
 * But a connection may have been opened by another way than past the guest's
 * rules: by a frame that went to several ports, by one with a false address
 * between two stations that are not filtered, or by the host, which keeps it
 * before the bridge gets the packet.  So two bits of the connection's mark say
 * that a guest's rules let the guest send, or get, packets of the side that
 * opened it, and without that there is no other side.
 *
 * The state gets to the chains of the tap in the mark of the packet, and is
 * taken out of it before any other hook.
 */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h>

#include "nft_common.h"
#include "nft_judge.h"
#include "nft_ports.h"

/* Behind what others do there, and one behind the other where nobody else is:
 * who wrote a mark in between could say what is not so. */
#define ASK 9000
#define LEAD 9001
#define DONE 9002

#define NO_GUEST(key) META(key), NO_PORT(PORTS_GUESTS), ACCEPT, END

/*
 * What is in a tag, the kernel tracks as if it were not; a profile looks at it
 * in another way.
 */
#define IP4 0x0800
#define IP6 0x86dd
#define TAGGED TYPE_ISNT(IP4), TYPE_ISNT(IP6), NOTE(0), ACCEPT, END

/* @own: what the guest's rules let pass of the one side, @other: of the other */
#define JUDGE_OLD(key, own, other)                                  \
	NO_GUEST(key), TAGGED, SAYS(UNTRACKED_BIT, MARK_UNTRACKED), \
		STATE(ESTABLISHED_BIT | RELATED_BIT),               \
		DIRECTION(IP_CT_DIR_ORIGINAL), UNOPENED(own),       \
		NOTE(CONN_INVALID), ACCEPT, END,                    \
		STATE(ESTABLISHED_BIT | RELATED_BIT),               \
		DIRECTION(IP_CT_DIR_REPLY), UNOPENED(other),        \
		NOTE(CONN_INVALID), ACCEPT, END,                    \
		SAYS(ESTABLISHED_BIT, CONN_ESTABLISHED), ERROR4(3), \
		ERROR4(11), ERROR4(12), ERROR6, NEW_UNLIKE_SYN

/* Of a guest that cannot be counted, none is new. */
static const struct nft_step_op ask_out[] = { JUDGE_OLD(NFT_META_IIF, MARK_SENT,
							MARK_TAKEN),
					      STATE(NEW_BIT),
					      TYPE_IS(IP4),
					      COUNTED(STATIONS),
					      STATE(NEW_BIT),
					      TYPE_IS(IP6),
					      COUNTED(STATIONS_IP6),
					      OTHERWISE };

static const struct nft_step_op ask_in[] = {
	JUDGE_OLD(NFT_META_OIF, MARK_TAKEN, MARK_SENT), SAYS(NEW_BIT, CONN_NEW),
	OTHERWISE
};

static const struct nft_step_op to_out[] = { META(NFT_META_IIF),
					     PORT(PORTS_OUT), END, END };

static const struct nft_step_op to_in[] = { META(NFT_META_OIF), PORT(PORTS_IN),
					    END, END };

/* Frames to the reserved groups come here without prerouting, and untracked. */
static const struct nft_step_op to_host[] = { RESERVED,
					      META(NFT_META_IIF),
					      NO_PORT(PORTS_GUESTS),
					      ACCEPT,
					      END,
					      RESERVED,
					      NOTE(0),
					      END,
					      RESERVED,
					      META(NFT_META_IIF),
					      PORT(PORTS_OUT),
					      END,
					      END };

/* An error is not of the connection itself. */
#define TAKE(key, own)                                                       \
	NO_GUEST(key), TAGGED, STATE(NEW_BIT | ESTABLISHED_BIT),             \
		DIRECTION(IP_CT_DIR_ORIGINAL), OPEN(own), END, NOTE(0), END, \
		END

static const struct nft_step_op take_out[] = { TAKE(NFT_META_IIF, MARK_SENT) };

static const struct nft_step_op take_in[] = { TAKE(NFT_META_OIF, MARK_TAKEN) };

static const struct nft_common_chain chains[] = {
	{ NFPROTO_BRIDGE, "ask-outgoing", { NF_BR_PRE_ROUTING, ASK }, ask_out },
	{ NFPROTO_BRIDGE, "outgoing", { NF_BR_PRE_ROUTING, LEAD }, to_out },
	{ NFPROTO_BRIDGE, "sent", { NF_BR_PRE_ROUTING, DONE }, take_out },
	{ NFPROTO_BRIDGE, "host", { NF_BR_LOCAL_IN, LEAD }, to_host },
	{ NFPROTO_BRIDGE, "ask-incoming", { NF_BR_POST_ROUTING, ASK }, ask_in },
	{ NFPROTO_BRIDGE, "incoming", { NF_BR_POST_ROUTING, LEAD }, to_in },
	{ NFPROTO_BRIDGE, "taken", { NF_BR_POST_ROUTING, DONE }, take_in },
};

const struct nft_common nft_common_track = {
	.table = "tapfilter-track",
	.nfamilies = 1,
	.families = { NFPROTO_BRIDGE },
	.sets = 1U << PORTS_IN | 1U << PORTS_OUT | 1U << PORTS_GUESTS,
	.stations = { [NFPROTO_BRIDGE] = STATIONS_COUNT },
	.nchains = ARRAY_SIZE(chains),
	.chains = chains,
};
