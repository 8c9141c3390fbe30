// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The network of selftest: a namespace with a bridge and three taps.  Nothing
 * in it speaks on its own: no IPv6, no spanning tree, no snooping.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "log.h"
#include "selftest.h"

#define PEER_TAP "peer0"
#define OTHER_TAP "other0"
#define FORWARD_ALL 0xfff8 /* group addresses that a bridge may forward */

/* Write a setting of this namespace; a kernel without it has nothing to set. */
static int set_sysctl(const char *path, const char *value)
{
	_cleanup_close_ int fd = -1;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return log_errno(errno, "cannot set %s", path);
	return 0;
}

static int silence(void)
{
	static const struct {
		const char *path;
		const char *value;
	} settings[] = {
		{ "/proc/sys/net/ipv6/conf/all/disable_ipv6", "1" },
		{ "/proc/sys/net/ipv6/conf/default/disable_ipv6", "1" },
		/* where br_netfilter is loaded, these are on in a new one */
		{ "/proc/sys/net/bridge/bridge-nf-call-arptables", "0" },
		{ "/proc/sys/net/bridge/bridge-nf-call-iptables", "0" },
		{ "/proc/sys/net/bridge/bridge-nf-call-ip6tables", "0" },
	};
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_SIZE(settings); i++)
		rc = set_sysctl(settings[i].path, settings[i].value);
	return rc;
}

/**
 * struct request - An rtnetlink message that grows
 */
struct request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	uint8_t attrs[256];
};

static struct rtattr *add_attr(struct request *r, unsigned short type,
			       const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(r->head.nlmsg_len);
	struct rtattr *a = (struct rtattr *)(void *)((char *)r + at);

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->head.nlmsg_len = (uint32_t)(at + RTA_ALIGN(a->rta_len));
	return a;
}

static void end_nest(const struct request *r, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((const char *)r + r->head.nlmsg_len -
					 (const char *)nest);
}

/* A bridge, up to its settings */
static struct rtattr *begin_bridge(struct request *r, uint16_t flags,
				   struct rtattr **info)
{
	r->head.nlmsg_len = NLMSG_LENGTH(sizeof(r->link));
	r->head.nlmsg_type = RTM_NEWLINK;
	r->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	add_attr(r, IFLA_IFNAME, SELFTEST_BRIDGE, sizeof(SELFTEST_BRIDGE));
	*info = add_attr(r, IFLA_LINKINFO, NULL, 0);
	add_attr(r, IFLA_INFO_KIND, "bridge", sizeof("bridge"));
	return add_attr(r, IFLA_INFO_DATA, NULL, 0);
}

static int send_bridge(struct request *r, struct rtattr *data,
		       struct rtattr *info, const char *what)
{
	_cleanup_close_ int fd = -1;
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
		uint8_t more[512];
	} answer;
	ssize_t n;

	end_nest(r, data);
	end_nest(r, info);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0 || send(fd, r, r->head.nlmsg_len, 0) < 0)
		return log_errno(errno, "cannot %s a bridge", what);
	n = recv(fd, &answer, sizeof(answer), 0);
	if (n < 0)
		return log_errno(errno, "cannot %s a bridge", what);
	if ((size_t)n < NLMSG_LENGTH(sizeof(answer.err)) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return log_errno(EBADMSG, "cannot %s a bridge", what);
	if (answer.err.error)
		return log_errno(answer.err.error, "cannot %s a bridge", what);
	return 0;
}

static int make_bridge(void)
{
	const uint32_t off32 = 0;
	const uint16_t forward = FORWARD_ALL;
	const uint8_t off8 = 0;
	struct request r = { .link = { .ifi_flags = IFF_UP,
				       .ifi_change = IFF_UP } };
	struct rtattr *info, *data;

	data = begin_bridge(&r, NLM_F_CREATE | NLM_F_EXCL, &info);
	/* it learns nothing: a frame goes to every port, whatever came before */
	add_attr(&r, IFLA_BR_AGEING_TIME, &off32, sizeof(off32));
	add_attr(&r, IFLA_BR_STP_STATE, &off32, sizeof(off32));
	add_attr(&r, IFLA_BR_MCAST_SNOOPING, &off8, sizeof(off8));
	add_attr(&r, IFLA_BR_GROUP_FWD_MASK, &forward, sizeof(forward));
	return send_bridge(&r, data, info, "make");
}

int selftest_net_show(bool show)
{
	const uint8_t value = show;
	struct request r = { 0 };
	struct rtattr *info, *data;

	data = begin_bridge(&r, 0, &info);
	add_attr(&r, IFLA_BR_NF_CALL_IPTABLES, &value, sizeof(value));
	add_attr(&r, IFLA_BR_NF_CALL_IP6TABLES, &value, sizeof(value));
	return send_bridge(&r, data, info, "change");
}

static int make_tap(const char *name, int *out)
{
	_cleanup_close_ int fd = -1;
	struct ifreq ifr = { 0 };

	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return log_errno(errno, "cannot open /dev/net/tun");
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
	if (ioctl(fd, TUNSETIFF, &ifr) < 0)
		return log_errno(errno, "cannot make the tap %s", name);
	*out = TAKE_FD(fd);
	return 0;
}

/* Make a station: a tap that is in the bridge and up. */
static int make_station(int ctl, const char *name, int *out)
{
	struct ifreq ifr = { 0 };
	int rc = make_tap(name, out);

	if (rc < 0)
		return rc;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), SELFTEST_BRIDGE);
	ifr.ifr_ifindex = (int)if_nametoindex(name);
	if (ioctl(ctl, SIOCBRADDIF, &ifr) < 0)
		return log_errno(errno, "cannot attach %s to the bridge", name);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags = IFF_UP;
	if (ioctl(ctl, SIOCSIFFLAGS, &ifr) < 0)
		return log_errno(errno, "cannot set %s up", name);
	return 0;
}

int selftest_net_open(struct selftest_net *net)
{
	_cleanup_close_ int ctl = -1;
	int rc;

	*net = (struct selftest_net){ -1, -1, -1 };
	if (unshare(CLONE_NEWNET) < 0)
		return log_errno(errno, "cannot make a network namespace%s",
				 errno == EPERM ? " (are you root?)" : "");
	rc = silence();
	if (rc == 0)
		rc = make_bridge();
	if (rc < 0)
		return rc;
	ctl = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ctl < 0)
		return log_errno(errno, "cannot open a socket");
	rc = make_station(ctl, PEER_TAP, &net->peer);
	if (rc == 0)
		rc = make_station(ctl, OTHER_TAP, &net->other);
	if (rc == 0)
		rc = make_tap(SELFTEST_TAP, &net->guest);
	return rc;
}

void selftest_net_close(struct selftest_net *net)
{
	if (net->guest >= 0)
		close(net->guest);
	if (net->peer >= 0)
		close(net->peer);
	if (net->other >= 0)
		close(net->other);
	*net = (struct selftest_net){ -1, -1, -1 };
}
