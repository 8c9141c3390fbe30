// SPDX-License-Identifier: GPL-2.0-or-later
/* What a bridge does with IP packets, beside forwarding them */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "link_impl.h"
#include "log.h"

/* br_netfilter makes it, in each network namespace. */
#define SYSCTLS "/proc/sys/net/bridge"

struct reader {
	uint32_t ifindex;
	struct link_calls *out;
};

static int parse_bridge(const struct nlattr *a, void *data)
{
	struct link_calls *out = data;
	bool *flag;

	switch (mnl_attr_get_type(a)) {
	case IFLA_BR_NF_CALL_IPTABLES:
		flag = &out->iptables;
		break;
	case IFLA_BR_NF_CALL_IP6TABLES:
		flag = &out->ip6tables;
		break;
	default:
		return MNL_CB_OK;
	}
	return link_take_flag(a, flag);
}

static int parse_kind(const struct nlattr *a, void *data)
{
	return mnl_attr_get_type(a) == IFLA_INFO_DATA ?
		       mnl_attr_parse_nested(a, parse_bridge, data) :
		       MNL_CB_OK;
}

static int parse_attr(const struct nlattr *a, void *data)
{
	return mnl_attr_get_type(a) == IFLA_LINKINFO ?
		       mnl_attr_parse_nested(a, parse_kind, data) :
		       MNL_CB_OK;
}

static int parse_link(const struct nlmsghdr *nlh, void *data)
{
	return mnl_attr_parse(nlh, sizeof(struct ifinfomsg), parse_attr, data);
}

/* The address that IPv6 gives every device by itself is none to speak of. */
static int parse_address(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct reader *r = data;

	if (nlh->nlmsg_type != RTM_NEWADDR ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa)) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	if (ifa->ifa_index != r->ifindex)
		return MNL_CB_OK;
	if (ifa->ifa_family == AF_INET)
		r->out->has_ip = true;
	else if (ifa->ifa_family == AF_INET6 && ifa->ifa_scope < RT_SCOPE_LINK)
		r->out->has_ip6 = true;
	return MNL_CB_OK;
}

/*
 * Told to be strict, the kernel sends the addresses of one device alone; one
 * before 4.20 sends all, however many devices there are.
 */
static int ask_addresses(struct link *l, const struct link_info *bridge,
			 struct link_calls *out)
{
	struct reader reader = { bridge->ifindex, out };
	struct nlmsghdr *nlh = link_request(l, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	int strict = 1, rc;

	ifa->ifa_index = bridge->ifindex;
	mnl_socket_setsockopt(l->nl, NETLINK_GET_STRICT_CHK, &strict,
			      sizeof(strict));
	rc = link_talk(l, nlh, parse_address, &reader);
	strict = 0;
	mnl_socket_setsockopt(l->nl, NETLINK_GET_STRICT_CHK, &strict,
			      sizeof(strict));
	return rc;
}

int link_get_calls(struct link *l, const struct link_info *bridge,
		   struct link_calls *out)
{
	struct nlmsghdr *nlh = link_request(l, RTM_GETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct stat st;
	int rc;

	*out = (struct link_calls){ .loaded = stat(SYSCTLS, &st) == 0 };
	ifi->ifi_index = (int)bridge->ifindex;
	rc = link_talk(l, nlh, parse_link, out);
	if (rc == 0)
		rc = ask_addresses(l, bridge, out);
	return rc < 0 ? log_errno(rc, "cannot look at the bridge %s",
				  bridge->name) :
			0;
}

/* SETLINK would pass over the data of a kind. */
int link_set_calls(struct link *l, const struct link_info *bridge, bool ip,
		   bool ip6)
{
	struct nlmsghdr *nlh = link_request(l, RTM_NEWLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct nlattr *info, *data;
	int rc;

	ifi->ifi_index = (int)bridge->ifindex;
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	if (ip)
		mnl_attr_put_u8(nlh, IFLA_BR_NF_CALL_IPTABLES, 1);
	if (ip6)
		mnl_attr_put_u8(nlh, IFLA_BR_NF_CALL_IP6TABLES, 1);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	rc = link_talk(l, nlh, NULL, NULL);
	return rc < 0 ? log_errno(rc,
				  "cannot have the bridge %s hand packets "
				  "over",
				  bridge->name) :
			0;
}
