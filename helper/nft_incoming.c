// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What goes out to a tap on a kernel that has no hook there: hooks of the
 * bridge lead to the tap's chain.
 *
 * In postrouting, a bridge does not show what it sends by itself: spanning tree
 * and the queries of snooping.  Each frame that comes to a port passes one of
 * these two hooks, and only one.
 */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h>

#include "nft_common.h"
#include "nft_ports.h"

/* Behind those who may give a frame another address. */
#define LATE 500

static const struct nft_step_op to_port[] = { META(NFT_META_OIF),
					      PORT(PORTS_IN), END, END };

static const struct nft_common_chain chains[] = {
	{ NFPROTO_BRIDGE, "forwarded", { NF_BR_FORWARD, LATE }, to_port },
	{ NFPROTO_BRIDGE, "sent", { NF_BR_LOCAL_OUT, LATE }, to_port },
};

const struct nft_common nft_common_incoming = {
	.table = "tapfilter-incoming",
	.nfamilies = 1,
	.families = { NFPROTO_BRIDGE },
	.sets = 1U << PORTS_IN,
	.nchains = ARRAY_SIZE(chains),
	.chains = chains,
};
