// SPDX-License-Identifier: GPL-2.0-or-later
/* What every message of the kernel must be, whatever it is about */
#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>

#include "netlink.h"

#define MAX_ERRNO 4095 /* the kernel's: linux/err.h */

static bool is_error(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = (const void *)(nlh + 1);

	return nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(*err)) &&
	       err->error <= 0 && err->error >= -MAX_ERRNO;
}

int netlink_check(const void *data, size_t len)
{
	const struct nlmsghdr *nlh;
	const char *at = data;
	size_t step;

	while (len > 0) {
		nlh = (const void *)at;
		if (len < sizeof(*nlh) || nlh->nlmsg_len < sizeof(*nlh) ||
		    nlh->nlmsg_len > len)
			return -EBADMSG;
		if (nlh->nlmsg_type == NLMSG_ERROR && !is_error(nlh))
			return -EBADMSG;
		step = NLMSG_ALIGN((size_t)nlh->nlmsg_len);
		if (step > len)
			step = len;
		at += step;
		len -= step;
	}
	return 0;
}
