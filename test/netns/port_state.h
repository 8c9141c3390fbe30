/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_PORT_STATE_H
#define TF_TEST_PORT_STATE_H

/* Wait until a port of a bridge forwards, which is not when it gets a carrier */
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static inline void port_die(const char *what)
{
	perror(what);
	exit(2);
}

static inline int port_data_cb(const struct nlattr *a, void *state)
{
	if (mnl_attr_get_type(a) == IFLA_BRPORT_STATE)
		*(int *)state = mnl_attr_get_u8(a);
	return MNL_CB_OK;
}

static inline int port_info_cb(const struct nlattr *a, void *state)
{
	if (mnl_attr_get_type(a) != IFLA_INFO_SLAVE_DATA)
		return MNL_CB_OK;
	return mnl_attr_parse_nested(a, port_data_cb, state);
}

static inline int port_link_cb(const struct nlattr *a, void *state)
{
	if (mnl_attr_get_type(a) != IFLA_LINKINFO)
		return MNL_CB_OK;
	return mnl_attr_parse_nested(a, port_info_cb, state);
}

static inline int port_cb(const struct nlmsghdr *nlh, void *state)
{
	return mnl_attr_parse(nlh, sizeof(struct ifinfomsg), port_link_cb,
			      state);
}

/* BR_STATE_* of a port; -1 for what is none */
static inline int port_state(const char *name)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	char buf[16384];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;
	int state = -1;
	ssize_t n;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = (int)if_nametoindex(name);
	if (!nl || mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		port_die("cannot ask for a port");
	n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 0, 0, port_cb, &state) < 0)
		port_die("no answer about a port");
	mnl_socket_close(nl);
	return state;
}

/* It forwards some time after its carrier came. */
static inline void wait_for_port(const char *name)
{
	int state, i;

	for (i = 0; i < 500; i++) {
		state = port_state(name);
		if (state < 0 || state == BR_STATE_FORWARDING)
			return;
		poll(NULL, 0, 20);
	}
	port_die("a port does not forward");
}

#endif /* TF_TEST_PORT_STATE_H */
