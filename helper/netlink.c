// SPDX-License-Identifier: GPL-2.0-or-later
/* What every message of the kernel must be, whatever it is about */
#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>

#include "netlink.h"

#define MAX_ERRNO 4095 /* the kernel's: linux/err.h */

/* An error is the first member of struct nlmsgerr, and all that a dump ends
 * with; the end of a good dump may come without. */
static bool error_ok(const struct nlmsghdr *nlh)
{
	const int *error = (const void *)(nlh + 1);
	size_t len = nlh->nlmsg_len - NLMSG_HDRLEN;

	if (nlh->nlmsg_type == NLMSG_ERROR && len < sizeof(struct nlmsgerr))
		return false;
	if (nlh->nlmsg_type == NLMSG_DONE && len < sizeof(*error))
		return true;
	return *error <= 0 && *error >= -MAX_ERRNO;
}

static bool has_error(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE;
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
		if (has_error(nlh) && !error_ok(nlh))
			return -EBADMSG;
		step = NLMSG_ALIGN((size_t)nlh->nlmsg_len);
		if (step > len)
			step = len;
		at += step;
		len -= step;
	}
	return 0;
}
