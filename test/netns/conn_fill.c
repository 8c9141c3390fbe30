// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fills the table of connections of this network namespace:
 *
 *	conn_fill N		N connections that the kernel may not give up
 *	conn_fill 0		none at all
 */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define ONE 256 /* bytes at most */
#define AT_ONCE 200
#define TIMEOUT 600 /* s */

static void put_tuple(struct nlmsghdr *nlh, uint16_t type, uint32_t from,
		      uint32_t to, uint16_t sport, uint16_t dport)
{
	struct nlattr *tuple = mnl_attr_nest_start(nlh, type), *part;

	part = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put_u32(nlh, CTA_IP_V4_SRC, htonl(from));
	mnl_attr_put_u32(nlh, CTA_IP_V4_DST, htonl(to));
	mnl_attr_nest_end(nlh, part);
	part = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, IPPROTO_UDP);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(sport));
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(dport));
	mnl_attr_nest_end(nlh, part);
	mnl_attr_nest_end(nlh, tuple);
}

/* Number @i of all: from its own address and port */
static size_t put_one(char *at, uint32_t i)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);
	struct nfgenmsg *nfg;
	uint32_t from = 0xac100000 + i / 50000, to = 0xac200001;
	uint16_t port = (uint16_t)(1024 + i % 50000);

	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_INET;
	put_tuple(nlh, CTA_TUPLE_ORIG, from, to, port, 9);
	put_tuple(nlh, CTA_TUPLE_REPLY, to, from, 9, port);
	mnl_attr_put_u32(nlh, CTA_STATUS,
			 htonl(IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED));
	mnl_attr_put_u32(nlh, CTA_TIMEOUT, htonl(TIMEOUT));
	return nlh->nlmsg_len;
}

static size_t put_flush(char *at)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);

	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	return nlh->nlmsg_len;
}

int main(int argc, char **argv)
{
	static char buf[AT_ONCE * ONE];
	unsigned long i = 0, n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	struct mnl_socket *nl = mnl_socket_open(NETLINK_NETFILTER);
	size_t len;

	if (argc != 2 || !nl)
		return 2;
	do {
		len = n ? 0 : put_flush(buf);
		for (; i < n && len + ONE <= sizeof(buf); i++)
			len += put_one(buf + len, (uint32_t)i);
		if (mnl_socket_sendto(nl, buf, len) < 0) {
			perror("conn_fill");
			return 1;
		}
	} while (i < n);
	return 0;
}
