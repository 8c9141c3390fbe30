// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections of bridged packets.  The families of nf_tables that see frames
 * cannot ask connection tracking; br_netfilter shows the packets in them to the
 * hooks of IP, which can, and a mark carries the answer back.
 *
 * A packet that is dropped must not have opened its connection: the guest could
 * answer it and be let out as established.  The kernel keeps a connection from
 * the last hook of IP on.  So both directions of bridged frames are judged
 * before that one, by what was found out in prerouting.  What the host sends or
 * routes itself has left the hooks of IP when the bridge gets it: of that, only
 * answers have a state, and a connection that it opens is remembered by a bit
 * of the connection's mark, so that a guest's answer to it has none either.
 */
#include <limits.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h>
#include <net/if_arp.h>

#include "nft_common.h"
#include "nft_judge.h"
#include "nft_ports.h"

/*
 * Others write marks, too.  Ours is written behind them, right before a new
 * connection is kept, and read with as little as can be in between: the bridge
 * calls the hooks of IP at 0 in prerouting and at the very end of postrouting.
 */
#define LATE (INT_MAX - 1)
#define BEFORE_IP (-10)
#define BEHIND_IP 1

/* What is noted already, ipt_guard.c looks for behind this. */
static const struct nft_step_op early[] = { NOTED(MARK_GUEST),
					    ACCEPT,
					    END,
					    NOTE(0),
					    END,
					    META(NFT_META_IIF),
					    PORT(PORTS_GUESTS),
					    NOTE(MARK_GUEST),
					    END,
					    END };

static const struct nft_step_op to_out[] = { META(NFT_META_IIF),
					     PORT(PORTS_OUT), END, END };

static const struct nft_step_op to_in[] = { META(NFT_META_OIF), PORT(PORTS_IN),
					    END, END };

/* Frames to the reserved groups come here without prerouting. */
static const struct nft_step_op to_host[] = {
	RESERVED, META(NFT_META_IIF), PORT(PORTS_OUT),
	END,	  NOTE(MARK_HOST),    END,
	END
};

/* Of a guest that cannot be counted, none is new. */
#define JUDGE_NEW                                                     \
	NEW_UNLIKE_SYN, STATE(NEW_BIT), NOTED(MARK_GUEST),            \
		META(NFT_META_IIFTYPE), IS(2, ARPHRD_ETHER),          \
		COUNTED(STATIONS), STATE(NEW_BIT), NOTED(MARK_GUEST), \
		NOTE(CONN_INVALID), ACCEPT, END, SAYS(NEW_BIT, CONN_NEW)

#define JUDGE_OLD                                                              \
	UNLESS_BRIDGE(NFT_META_IIFKIND), ACCEPT, END, NOTED(MARK_HOST),        \
		ACCEPT, END, OPENED(MARK_BY_HOST), DIRECTION(IP_CT_DIR_REPLY), \
		NOTE(CONN_INVALID), ACCEPT, END,                               \
		SAYS(ESTABLISHED_BIT, CONN_ESTABLISHED),                       \
		SAYS(UNTRACKED_BIT, MARK_UNTRACKED)

static const struct nft_step_op from_bridge4[] = { JUDGE_OLD,  ERROR4(3),
						   ERROR4(11), ERROR4(12),
						   JUDGE_NEW,  OTHERWISE };

static const struct nft_step_op from_bridge6[] = { JUDGE_OLD, ERROR6, JUDGE_NEW,
						   OTHERWISE };

static const struct nft_step_op host_sends[] = { IF_BRIDGE(NFT_META_OIFKIND),
						 DIRECTION(IP_CT_DIR_ORIGINAL),
						 OPEN(MARK_BY_HOST), END, END };

/* Routed, not bridged: from elsewhere, or up from a bridge */
static const struct nft_step_op host_routes[] = {
	UNLESS_BRIDGE(NFT_META_OIFKIND),
	ACCEPT,
	END,
	DIRECTION(IP_CT_DIR_REPLY),
	ACCEPT,
	END,
	UNLESS_BRIDGE(NFT_META_IIFKIND),
	OPEN(MARK_BY_HOST),
	ACCEPT,
	END,
	NOTED(MARK_HOST),
	OPEN(MARK_BY_HOST),
	END,
	END
};

#define ANSWER_OLD                                                         \
	UNLESS_BRIDGE(NFT_META_OIFKIND), ACCEPT, END,                      \
		SAYS(UNTRACKED_BIT, MARK_UNTRACKED),                       \
		DIRECTION(IP_CT_DIR_ORIGINAL), NOTE(CONN_INVALID), ACCEPT, \
		END, SAYS(ESTABLISHED_BIT, CONN_ESTABLISHED)

static const struct nft_step_op to_bridge4[] = { ANSWER_OLD, ERROR4(3),
						 ERROR4(11), ERROR4(12),
						 OTHERWISE };

static const struct nft_step_op to_bridge6[] = { ANSWER_OLD, ERROR6,
						 OTHERWISE };

static const struct nft_common_chain chains[] = {
	{ NFPROTO_BRIDGE, "early", { NF_BR_PRE_ROUTING, BEFORE_IP }, early },
	{ NFPROTO_BRIDGE, "outgoing", { NF_BR_PRE_ROUTING, BEHIND_IP }, to_out },
	{ NFPROTO_BRIDGE, "incoming", { NF_BR_POST_ROUTING, BEHIND_IP }, to_in },
	{ NFPROTO_BRIDGE, "host", { NF_BR_LOCAL_IN, BEHIND_IP }, to_host },
	{ NFPROTO_IPV4, "bridged", { NF_INET_PRE_ROUTING, LATE }, from_bridge4 },
	{ NFPROTO_IPV4, "sent", { NF_INET_LOCAL_OUT, LATE }, host_sends },
	{ NFPROTO_IPV4, "routed", { NF_INET_FORWARD, LATE }, host_routes },
	{ NFPROTO_IPV4, "left", { NF_INET_POST_ROUTING, LATE }, to_bridge4 },
	{ NFPROTO_IPV6, "bridged", { NF_INET_PRE_ROUTING, LATE }, from_bridge6 },
	{ NFPROTO_IPV6, "sent", { NF_INET_LOCAL_OUT, LATE }, host_sends },
	{ NFPROTO_IPV6, "routed", { NF_INET_FORWARD, LATE }, host_routes },
	{ NFPROTO_IPV6, "left", { NF_INET_POST_ROUTING, LATE }, to_bridge6 },
};

const struct nft_common nft_common_marks = {
	.table = "tapfilter-state",
	.nfamilies = 3,
	.families = { NFPROTO_BRIDGE, NFPROTO_IPV4, NFPROTO_IPV6 },
	.sets = 1U << PORTS_IN | 1U << PORTS_OUT | 1U << PORTS_GUESTS,
	.stations = { [NFPROTO_IPV4] = 1, [NFPROTO_IPV6] = 1 },
	.nchains = ARRAY_SIZE(chains),
	.chains = chains,
};
