/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_LINK_CALLS_H
#define TF_TEST_LINK_CALLS_H

/*
 * What tapfilter-helper does over rtnetlink, as calls with numbers: fuzz_link.c
 * answers them out of its input, fuzz_seeds.c with what the kernel says.
 */
#include "link.h"

#define LINK_CALLS 4

static int call_link(struct link *l, unsigned int which)
{
	static const uint8_t guest[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	struct link_port port = { .bridge = which == 1 ? "br0" : "",
				  .guest_mac = which == 1 ? guest : NULL,
				  .isolated = which == 1 };
	struct link_info tap, other;
	int rc = link_get(l, "tap0", &tap);

	if (rc != 0)
		return rc;
	switch (which) {
	case 0:
		rc = link_get_index(l, tap.ifindex, &other);
		return rc == 0 ? link_is_bridge(l, "br0", &other) : rc;
	case 1:
	case 2:
		return link_attach(l, &tap, &port);
	default:
		rc = link_unpin(l, &tap, guest);
		return rc == 0 ? link_shut(l, &tap) : rc;
	}
}

#endif /* TF_TEST_LINK_CALLS_H */
