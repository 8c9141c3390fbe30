// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink: whatever the kernel answers, nothing is read beyond it, and no
 * call takes an answer that it does not understand for a success.
 */
#include <stdlib.h>
#include <string.h>

#include "../link_calls.h"
#include "netlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool fake_takes(const struct nlmsghdr *nlh)
{
	(void)nlh;
	return true;
}

static void check_info(struct link *l)
{
	struct link_info dev;
	int rc = link_get(l, "tap0", &dev);

	if (rc > 0)
		abort();
	if (rc == 0 && (strcmp(dev.name, "tap0") != 0 ||
			!memchr(dev.kind, 0, sizeof(dev.kind)) || !dev.ifindex))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link *l;

	if (!size)
		return 0;
	fake_begin(data + 1, size - 1);
	if (link_open(&l) < 0)
		abort();
	check_info(l);
	link_close(l);
	fake_begin(data + 1, size - 1);
	if (link_open(&l) < 0)
		abort();
	if (call_link(l, data[0] % LINK_CALLS) > 0)
		abort();
	link_close(l);
	return 0;
}
