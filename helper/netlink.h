/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NETLINK_H
#define TF_NETLINK_H

#include <stddef.h>

#include "util.h"

/**
 * netlink_check() - Is what was received whole messages, one after the other?
 * @data:	The bytes, aligned for a struct nlmsghdr
 *
 * Whoever walks them by their lengths then stays among them, and finds in a
 * NLMSG_ERROR a struct nlmsgerr with 0 or a negative errno, in a NLMSG_DONE
 * such a number or none.  libmnl does not look: to mnl_nlmsg_ok(), a length of
 * 2 GiB is a negative number.
 *
 * Return: 0 or -EBADMSG, not reported
 */
int netlink_check(const void *data, size_t len) _must_check_;

#endif /* TF_NETLINK_H */
