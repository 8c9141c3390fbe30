// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink: the connection, and what a device is
 *
 * Never /sys/class/net: that shows the network namespace of whoever mounted
 * it, rtnetlink the one that we are in.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "link_impl.h"
#include "log.h"
#include "netlink.h"
#include "util.h"

#define MAX_STALE 64 /* messages of earlier requests that are passed over */

int link_open(struct link **out)
{
	struct link *l = util_alloc(1, sizeof(*l));
	int rc;

	if (!l)
		return -ENOMEM;
	l->nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!l->nl || mnl_socket_bind(l->nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		rc = log_errno(errno, "cannot open an rtnetlink socket");
		link_close(l);
		return rc;
	}
	l->portid = mnl_socket_get_portid(l->nl);
	*out = l;
	return 0;
}

void link_close(struct link *l)
{
	if (!l)
		return;
	if (l->nl)
		mnl_socket_close(l->nl);
	free(l);
}

struct nlmsghdr *link_request(struct link *l, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(l->buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = ++l->seq;
	return nlh;
}

/* What is left of a request whose reply was not read to its end */
static bool is_stale(const struct link *l, ssize_t n)
{
	const struct nlmsghdr *nlh = (const void *)l->buf;

	return mnl_nlmsg_ok(nlh, (int)n) && nlh->nlmsg_seq != l->seq;
}

int link_talk(struct link *l, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	unsigned int stale = 0;
	ssize_t n;
	int rc;

	nlh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(l->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(l->nl, l->buf, sizeof(l->buf));
		if (n < 0)
			return -errno;
		rc = netlink_check(l->buf, (size_t)n);
		if (rc < 0)
			return rc;
		rc = MNL_CB_OK;
		if (is_stale(l, n) && ++stale <= MAX_STALE)
			continue;
		rc = mnl_cb_run(l->buf, (size_t)n, l->seq, l->portid, cb, data);
		if (rc < 0)
			return -errno;
	} while (rc != MNL_CB_STOP);
	return 0;
}

/* The callbacks of mnl_attr_parse(): MNL_CB_ERROR with errno set, or go on. */
static int bad_reply(void)
{
	errno = EBADMSG;
	return MNL_CB_ERROR;
}

static int parse_tun(const struct nlattr *a, void *data)
{
	struct link_info *out = data;

	switch (mnl_attr_get_type(a)) {
	case IFLA_TUN_OWNER:
		if (mnl_attr_validate(a, MNL_TYPE_U32) < 0)
			return MNL_CB_ERROR;
		out->owner = mnl_attr_get_u32(a);
		break;
	case IFLA_TUN_TYPE:
		if (mnl_attr_validate(a, MNL_TYPE_U8) < 0)
			return MNL_CB_ERROR;
		out->tap = mnl_attr_get_u8(a) == IFF_TAP;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

int link_take_flag(const struct nlattr *a, bool *flag)
{
	if (mnl_attr_validate(a, MNL_TYPE_U8) < 0)
		return MNL_CB_ERROR;
	*flag = mnl_attr_get_u8(a);
	return MNL_CB_OK;
}

static int parse_bridge(const struct nlattr *a, void *data)
{
	const struct ifla_bridge_id *id = mnl_attr_get_payload(a);
	struct link_info *out = data;

	switch (mnl_attr_get_type(a)) {
	case IFLA_BR_BRIDGE_ID:
		if (mnl_attr_get_payload_len(a) < sizeof(*id))
			return bad_reply();
		memcpy(out->bridge_id, id->addr, sizeof(out->bridge_id));
		break;
	case IFLA_BR_VLAN_FILTERING:
		return link_take_flag(a, &out->vlans);
	default:
		break;
	}
	return MNL_CB_OK;
}

static int parse_port(const struct nlattr *a, void *data)
{
	struct link_info *out = data;
	bool *flag;

	switch (mnl_attr_get_type(a)) {
	case IFLA_BRPORT_ISOLATED:
		flag = &out->isolated;
		break;
	case IFLA_BRPORT_LOCKED:
		flag = &out->locked;
		out->lockable = true;
		break;
	case IFLA_BRPORT_LEARNING:
		flag = &out->learning;
		break;
	default:
		return MNL_CB_OK;
	}
	return link_take_flag(a, flag);
}

/* The kernel names the kind before it sends the data of that kind. */
static int parse_kind(const struct nlattr *a, void *data)
{
	size_t len = mnl_attr_get_payload_len(a);
	struct link_info *out = data;

	switch (mnl_attr_get_type(a)) {
	case IFLA_INFO_KIND:
		if (mnl_attr_validate(a, MNL_TYPE_NUL_STRING) < 0)
			return MNL_CB_ERROR;
		/* A longer kind is none of those that we ask for. */
		if (len <= sizeof(out->kind))
			memcpy(out->kind, mnl_attr_get_str(a), len);
		break;
	case IFLA_INFO_SLAVE_KIND:
		if (mnl_attr_validate(a, MNL_TYPE_NUL_STRING) < 0)
			return MNL_CB_ERROR;
		out->port = strcmp(mnl_attr_get_str(a), "bridge") == 0;
		break;
	case IFLA_INFO_SLAVE_DATA:
		if (out->port)
			return mnl_attr_parse_nested(a, parse_port, out);
		break;
	case IFLA_INFO_DATA:
		if (strcmp(out->kind, "tun") == 0)
			return mnl_attr_parse_nested(a, parse_tun, out);
		if (strcmp(out->kind, "bridge") == 0)
			return mnl_attr_parse_nested(a, parse_bridge, out);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static int parse_attr(const struct nlattr *a, void *data)
{
	size_t len = mnl_attr_get_payload_len(a);
	struct link_info *out = data;

	switch (mnl_attr_get_type(a)) {
	case IFLA_IFNAME:
		if (len == 0 || len > sizeof(out->name))
			return bad_reply();
		memcpy(out->name, mnl_attr_get_payload(a), len);
		out->name[sizeof(out->name) - 1] = '\0';
		break;
	case IFLA_ADDRESS:
		if (len == sizeof(out->mac))
			memcpy(out->mac, mnl_attr_get_payload(a), len);
		break;
	case IFLA_MTU:
		if (mnl_attr_validate(a, MNL_TYPE_U32) < 0)
			return MNL_CB_ERROR;
		out->mtu = mnl_attr_get_u32(a);
		break;
	case IFLA_TXQLEN:
		if (mnl_attr_validate(a, MNL_TYPE_U32) < 0)
			return MNL_CB_ERROR;
		out->queue = mnl_attr_get_u32(a);
		break;
	case IFLA_MASTER:
		if (mnl_attr_validate(a, MNL_TYPE_U32) < 0)
			return MNL_CB_ERROR;
		out->master = mnl_attr_get_u32(a);
		break;
	case IFLA_LINKINFO:
		return mnl_attr_parse_nested(a, parse_kind, out);
	default:
		break;
	}
	return MNL_CB_OK;
}

static int parse_link(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct link_info *out = data;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi))
		return bad_reply();
	*out = (struct link_info){
		.ifindex = (uint32_t)ifi->ifi_index,
		.owner = (uint32_t)-1,
		.up = ifi->ifi_flags & IFF_UP,
	};
	return mnl_attr_parse(nlh, sizeof(*ifi), parse_attr, out);
}

static int get(struct link *l, const char *name, uint32_t ifindex,
	       struct link_info *out)
{
	struct nlmsghdr *nlh = link_request(l, RTM_GETLINK, 0);
	struct ifinfomsg *ifi;
	int rc;

	*out = (struct link_info){ 0 };
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = (int)ifindex;
	if (name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	rc = link_talk(l, nlh, parse_link, out);
	/* An acknowledgement alone says nothing about any device. */
	return rc == 0 && !out->ifindex ? -EBADMSG : rc;
}

struct listing {
	struct link_info *all;
	size_t n;
};

static int add_link(const struct nlmsghdr *nlh, void *data)
{
	struct listing *list = data;
	struct link_info *slot =
		util_grow(&list->all, list->n, sizeof(*list->all));

	if (!slot) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	list->n++;
	return parse_link(nlh, slot);
}

int link_list(struct link *l, struct link_info **out, size_t *n)
{
	struct nlmsghdr *nlh = link_request(l, RTM_GETLINK, NLM_F_DUMP);
	struct listing list = { 0 };
	int rc;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	rc = link_talk(l, nlh, add_link, &list);
	if (rc < 0) {
		free(list.all);
		return log_errno(rc, "cannot list the devices");
	}
	*out = list.all;
	*n = list.n;
	return 0;
}

int link_get(struct link *l, const char *name, struct link_info *out)
{
	int rc = get(l, name, 0, out);

	if (rc == 0 && strcmp(out->name, name) != 0)
		rc = -ENODEV; /* found by an alternative name */
	if (rc == 0 || rc == -ENODEV)
		return rc;
	return log_errno(rc, "cannot look up %s", name);
}

int link_get_index(struct link *l, uint32_t ifindex, struct link_info *out)
{
	int rc = get(l, NULL, ifindex, out);

	if (rc == 0 || rc == -ENODEV)
		return rc;
	return log_errno(rc, "cannot look up device %u", ifindex);
}

int link_no_device(const char *name)
{
	log_err("there is no device \"%s\": QEMU makes it when it starts, or 'ip tuntap add %s mode tap'",
		name, name);
	return -ENODEV;
}

int link_no_tap(const char *name)
{
	log_err("\"%s\" is not a tap: 'ip -d link show %s' says what it is",
		name, name);
	return -EINVAL;
}

int link_is_bridge(struct link *l, const char *name, struct link_info *out)
{
	int rc = link_get(l, name, out);

	if (rc == -ENODEV)
		log_err("there is no bridge \"%s\": 'ip link add %s type bridge' makes one",
			name, name);
	if (rc < 0)
		return rc;
	if (strcmp(out->kind, "bridge") == 0)
		return 0;
	log_err("\"%s\" is not a Linux bridge but a device of kind \"%s\"; for any other switch use --no-link",
		name, out->kind);
	return -EINVAL;
}

/* Whose entry it is, and whether somebody set it */
struct entry {
	uint32_t port;
	bool fixed;
};

static int parse_entry(const struct nlmsghdr *nlh, void *data)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	struct entry *out = data;

	if (nlh->nlmsg_type != RTM_NEWNEIGH ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm))
		return bad_reply();
	out->port = (uint32_t)ndm->ndm_ifindex;
	out->fixed = ndm->ndm_state & (NUD_NOARP | NUD_PERMANENT);
	return MNL_CB_OK;
}

int link_is_pinned(struct link *l, const struct link_info *tap,
		   const uint8_t *guest_mac)
{
	struct nlmsghdr *nlh = link_request(l, RTM_GETNEIGH, 0);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	struct entry entry = { 0 };
	int rc;

	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_ifindex = (int)tap->ifindex;
	ndm->ndm_flags = NTF_MASTER;
	mnl_attr_put(nlh, NDA_LLADDR, sizeof(tap->mac), guest_mac);
	rc = link_talk(l, nlh, parse_entry, &entry);
	if (rc < 0 && rc != -ENOENT)
		return log_errno(rc, "cannot ask for a forwarding entry of %s",
				 tap->name);
	return entry.port == tap->ifindex && entry.fixed;
}
