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
#include <stdio.h> /* libnftnl/expr.h needs it */

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_bridge.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>

#include "log.h"
#include "nft_mark.h"
#include "nft_ports.h"
#include "nft_read.h"
#include "nft_state.h"
#include "nft_step.h"
#include "nft_target.h"

#define REQUEST_SIZE 1024
#define NFT_TYPE_ETHER 9 /* of nft(8), for its listings */
#define MAX_STATIONS 65535

/* Behind what others do there; the bridge calls the hooks of IP at 0 in
 * prerouting and at the very end of postrouting. */
#define LATE 500
#define BEFORE_IP (-10)
#define BEHIND_IP 100

static const uint8_t families[STATE_TABLES] = { NFPROTO_BRIDGE, NFPROTO_IPV4,
						NFPROTO_IPV6 };

struct state_chain {
	uint8_t family;
	const char *name;
	struct nft_hook hook;
	const struct nft_step_op *rules;
};

static const struct nft_step_op early[] = {
	NOTE(0), END, META(NFT_META_IIF), PORT(PORTS_GUESTS), NOTE(MARK_GUEST),
	END,	 END
};

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

/* A TCP packet that opens a connection is a SYN and nothing else. */
#define JUDGE_NEW                                                        \
	STATE(NEW_BIT), META(NFT_META_L4PROTO), IS(1, IPPROTO_TCP),      \
		LAYER4(13, 1), BITS(1, 0x17), ISNT(1, 0x02),             \
		NOTE(CONN_INVALID), ACCEPT, END, STATE(NEW_BIT),         \
		NOTED(MARK_GUEST), META(NFT_META_IIFTYPE),               \
		IS(2, ARPHRD_ETHER), STATION, COUNT, NOTE(CONN_INVALID), \
		ACCEPT, END, STATE(NEW_BIT), NOTE(CONN_NEW), ACCEPT, END

#define JUDGE_OLD                                                          \
	UNLESS_BRIDGE(NFT_META_IIFKIND), ACCEPT, END, NOTED(MARK_HOST),    \
		ACCEPT, END, OPENED, DIRECTION(IP_CT_DIR_REPLY),           \
		NOTE(CONN_INVALID), ACCEPT, END, STATE(ESTABLISHED_BIT),   \
		NOTE(CONN_ESTABLISHED), ACCEPT, END, STATE(UNTRACKED_BIT), \
		NOTE(MARK_UNTRACKED), ACCEPT, END

#define OTHERWISE NOTE(CONN_INVALID), END, END

/* Related are errors: what a helper expects is another connection. */
#define ERROR4(type)                                                     \
	STATE(RELATED_BIT), META(NFT_META_L4PROTO), IS(1, IPPROTO_ICMP), \
		LAYER4(0, 1), IS(1, type), NOTE(CONN_RELATED), ACCEPT, END
#define ERROR6                                                             \
	STATE(RELATED_BIT), META(NFT_META_L4PROTO), IS(1, IPPROTO_ICMPV6), \
		LAYER4(0, 1), BITS(1, 0x80), IS(1, 0), NOTE(CONN_RELATED), \
		ACCEPT, END

static const struct nft_step_op from_bridge4[] = { JUDGE_OLD,  ERROR4(3),
						   ERROR4(11), ERROR4(12),
						   JUDGE_NEW,  OTHERWISE };

static const struct nft_step_op from_bridge6[] = { JUDGE_OLD, ERROR6, JUDGE_NEW,
						   OTHERWISE };

static const struct nft_step_op host_sends[] = { IF_BRIDGE(NFT_META_OIFKIND),
						 DIRECTION(IP_CT_DIR_ORIGINAL),
						 OPEN, END, END };

/* Routed, not bridged: from elsewhere, or up from a bridge */
static const struct nft_step_op host_routes[] = {
	UNLESS_BRIDGE(NFT_META_OIFKIND),
	ACCEPT,
	END,
	DIRECTION(IP_CT_DIR_REPLY),
	ACCEPT,
	END,
	UNLESS_BRIDGE(NFT_META_IIFKIND),
	OPEN,
	ACCEPT,
	END,
	NOTED(MARK_HOST),
	OPEN,
	END,
	END
};

#define ANSWER_OLD                                                           \
	UNLESS_BRIDGE(NFT_META_OIFKIND), ACCEPT, END, STATE(UNTRACKED_BIT),  \
		NOTE(MARK_UNTRACKED), ACCEPT, END,                           \
		DIRECTION(IP_CT_DIR_ORIGINAL), NOTE(CONN_INVALID), ACCEPT,   \
		END, STATE(ESTABLISHED_BIT), NOTE(CONN_ESTABLISHED), ACCEPT, \
		END

static const struct nft_step_op to_bridge4[] = { ANSWER_OLD, ERROR4(3),
						 ERROR4(11), ERROR4(12),
						 OTHERWISE };

static const struct nft_step_op to_bridge6[] = { ANSWER_OLD, ERROR6,
						 OTHERWISE };

static const struct state_chain chains[STATE_CHAINS] = {
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

static struct nft_names names_of(const struct state_chain *c)
{
	return (struct nft_names){ .family = c->family,
				   .table = NFT_STATE_TABLE,
				   .chain = c->name,
				   .hook = &c->hook };
}

/* ---- writing -------------------------------------------------------------- */

/* Connections are counted for each station. */
static int make_stations(struct nft_batch *t)
{
	struct nftnl_set *s = nftnl_set_alloc();
	struct nlmsghdr *nlh;

	if (!s || nftnl_set_set_str(s, NFTNL_SET_TABLE, NFT_STATE_TABLE) < 0 ||
	    nftnl_set_set_str(s, NFTNL_SET_NAME, NFT_STEP_STATIONS) < 0) {
		if (s)
			nftnl_set_free(s);
		return log_errno(ENOMEM, "cannot make a set of stations");
	}
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, t->family);
	nftnl_set_set_u32(s, NFTNL_SET_ID, ++t->nsets);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, NFT_TYPE_ETHER);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, 6);
	nftnl_set_set_u32(s, NFTNL_SET_FLAGS, NFT_SET_EVAL);
	nftnl_set_set_u32(s, NFTNL_SET_DESC_SIZE, MAX_STATIONS);
	nlh = nft_batch_new(t, NFT_MSG_NEWSET, NLM_F_CREATE);
	nftnl_set_nlmsg_build_payload(nlh, s);
	nftnl_set_free(s);
	return nft_batch_add(t, nlh, NFT_STEP_SET, NULL);
}

/*
 * A chain with another hook under our name goes first.  Flushed in any case:
 * somebody else may have made it after we looked.
 */
static int write_chain(struct nft_batch *t, const struct state_chain *c,
		       bool wrong)
{
	struct nft_names n = names_of(c);
	struct nft_digests d = { 0 };
	int rc = 0;

	if (wrong)
		rc = nft_add_removal(t, &n, DIR_OUT, 0, NFT_MSG_DELRULE);
	if (rc >= 0 && wrong)
		rc = nft_add_removal(t, &n, DIR_OUT, 0, NFT_MSG_DELCHAIN);
	if (rc >= 0)
		rc = nft_add_chain(t, &n, DIR_OUT, 0);
	if (rc >= 0)
		rc = nft_add_removal(t, &n, DIR_OUT, 0, NFT_MSG_DELRULE);
	if (rc >= 0)
		rc = nft_steps_write(t, &n, c->rules, &d);
	nft_digests_free(&d);
	return rc;
}

int nft_state_write(struct nft_batch *t, const struct nft_state *now)
{
	struct nft_names n = { .table = NFT_STATE_TABLE };
	size_t i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < ARRAY_SIZE(families); i++) {
		t->family = families[i];
		rc = nft_add_table(t, &n);
		if (rc >= 0)
			rc = t->family == NFPROTO_BRIDGE ? nft_ports_make(t) :
							   make_stations(t);
	}
	for (i = 0; rc >= 0 && i < ARRAY_SIZE(chains); i++) {
		t->family = chains[i].family;
		rc = write_chain(t, &chains[i],
				 now->chain[i] && !now->right[i]);
	}
	t->family = NFPROTO_BRIDGE;
	return rc;
}

int nft_state_delete(struct nft_batch *t, const struct nft_state *now)
{
	struct nlmsghdr *nlh;
	size_t i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < ARRAY_SIZE(families); i++) {
		if (!now->table[i])
			continue;
		t->family = families[i];
		nlh = nft_batch_new(t, NFT_MSG_DELTABLE, 0);
		mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, NFT_STATE_TABLE);
		rc = nft_batch_add(t, nlh, NFT_STEP_DELETE, NULL);
	}
	return rc;
}

/* ---- reading -------------------------------------------------------------- */

static int take_generation(const struct nlattr *a, void *data)
{
	uint32_t *out = data;

	if (mnl_attr_get_type(a) == NFTA_GEN_ID &&
	    mnl_attr_validate(a, MNL_TYPE_U32) >= 0)
		*out = ntohl(mnl_attr_get_u32(a));
	return MNL_CB_OK;
}

static int generation_cb(const struct nlmsghdr *nlh, void *data)
{
	return mnl_attr_parse(nlh, sizeof(struct nfgenmsg), take_generation,
			      data);
}

static int ignore_cb(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	(void)data;
	return MNL_CB_OK;
}

static int look_at_table(struct nft_conn *c, uint8_t family, bool *there)
{
	_Alignas(8) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh;
	int rc;

	nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETTABLE, family, 0, 0);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, NFT_STATE_TABLE);
	rc = nft_conn_request(c, nlh, ignore_cb, NULL);
	if (rc < 0 && rc != -ENOENT)
		return log_errno(rc, "cannot ask for the table %s",
				 NFT_STATE_TABLE);
	*there = rc >= 0;
	return 0;
}

int nft_state_there(struct nft_conn *c)
{
	bool there = false;
	int rc = look_at_table(c, NFPROTO_BRIDGE, &there);

	return rc < 0 ? rc : there;
}

int nft_state_look(struct nft_conn *c, struct nft_state *out)
{
	_Alignas(8) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh;
	struct nft_names n;
	size_t i;
	int rc;

	*out = (struct nft_state){ 0 };
	nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETGEN, NFPROTO_UNSPEC, 0, 0);
	rc = nft_conn_request(c, nlh, generation_cb, &out->generation);
	if (rc < 0)
		log_errno(rc, "cannot ask the kernel for its rules");
	for (i = 0; rc >= 0 && i < ARRAY_SIZE(families); i++)
		rc = look_at_table(c, families[i], &out->table[i]);
	for (i = 0; rc >= 0 && i < ARRAY_SIZE(chains); i++) {
		n = names_of(&chains[i]);
		rc = nft_read_base(c, &n, DIR_OUT, &out->right[i]);
		out->chain[i] = rc > 0;
	}
	return rc < 0 ? rc : 0;
}

static int take_rule(struct nftnl_rule *r, void *data)
{
	return nft_digest_rule(r, data);
}

static void restart(void *data)
{
	nft_digests_free(data);
}

static bool same_rules(const struct nft_digests *a, const struct nft_digests *b)
{
	return a->nrules == b->nrules &&
	       memcmp(a->rules, b->rules, a->nrules * sizeof(*a->rules)) == 0;
}

static int verify_chain(struct nft_conn *c, const struct state_chain *chain,
			bool right, struct buf *findings)
{
	static const char *const family[] = { [NFPROTO_BRIDGE] = "bridge",
					      [NFPROTO_IPV4] = "ip",
					      [NFPROTO_IPV6] = "ip6" };
	struct nft_digests want = { 0 }, is = { 0 };
	_cleanup_batch_ struct nft_batch t = { 0 };
	struct nft_names n = names_of(chain);
	int rc;

	rc = nft_read_rules(c, &n, DIR_OUT, 0, take_rule, restart, &is);
	/* never sent: the digests are what is wanted */
	if (rc >= 0)
		rc = nft_batch_begin(&t, c, 0);
	if (rc >= 0)
		rc = nft_steps_write(&t, &n, chain->rules, &want);
	if (rc >= 0 && (!right || !same_rules(&want, &is)))
		rc = buf_printf(findings,
				"chain %s of the table %s %s is gone or was "
				"changed\n",
				chain->name, family[chain->family],
				NFT_STATE_TABLE);
	nft_digests_free(&want);
	nft_digests_free(&is);
	return rc;
}

int nft_state_verify(struct nft_conn *c, struct buf *findings)
{
	struct nft_names n = { .table = NFT_STATE_TABLE };
	struct nft_state now;
	bool dormant = false;
	size_t i;
	int rc = nft_state_look(c, &now);

	for (i = 0; rc >= 0 && i < ARRAY_SIZE(chains); i++)
		rc = verify_chain(c, &chains[i], now.chain[i] && now.right[i],
				  findings);
	for (i = 0; rc >= 0 && i < ARRAY_SIZE(families); i++) {
		n.family = families[i];
		rc = nft_read_dormant(c, &n, &dormant);
		if (rc >= 0 && dormant)
			rc = buf_printf(findings,
					"a table %s is dormant: no chain of it "
					"does anything\n",
					NFT_STATE_TABLE);
	}
	return rc;
}
