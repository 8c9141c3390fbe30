/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_LINK_IMPL_H
#define TF_LINK_IMPL_H

#include <libmnl/libmnl.h>

#include "link.h"

/* What link.c and link_port.c share; nobody else includes this. */

#define LINK_BUFFER 32768 /* a reply of the kernel, with all its attributes */

/**
 * struct link - An rtnetlink connection
 * @seq:	Sequence number of the latest request
 * @buf:	The request, then the reply to it
 */
struct link {
	struct mnl_socket *nl;
	unsigned int seq;
	unsigned int portid;
	char buf[LINK_BUFFER];
};

/**
 * link_request() - Begin a request in the connection's buffer
 *
 * Return: the message; its payload is put next
 */
struct nlmsghdr *link_request(struct link *l, uint16_t type, uint16_t flags);

/**
 * link_talk() - Send the request and read the reply to its end
 * @nlh:	What link_request() returned
 * @cb:		Called for each message that carries data, or NULL
 *
 * Return: 0 or the kernel's negative errno, not reported
 */
int link_talk(struct link *l, struct nlmsghdr *nlh, mnl_cb_t cb, void *data);

/**
 * link_take_flag() - Read an attribute of one byte that is 0 or not
 *
 * Return: for mnl_attr_parse(): MNL_CB_OK or MNL_CB_ERROR
 */
int link_take_flag(const struct nlattr *a, bool *flag) _must_check_;

#endif /* TF_LINK_IMPL_H */
