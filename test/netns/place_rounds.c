// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules in a place and out again, many times, by one process:
 *
 *	place_rounds PLACE TAP TIMES	rules from standard input, as text
 *
 * PLACE is netdev, bridge, ebtables or iptables.
 */
#include <net/if.h>
#include <stdio.h>

#include "../binding_text.h"
#include "ebt.h"
#include "ipt.h"

static const struct {
	const char *name;
	enum place place;
	const struct backend_ops *ops;
} places[] = {
	{ "netdev", PLACE_NETDEV, &backend_nft },
	{ "bridge", PLACE_BRIDGE, &backend_bridge },
	{ "ebtables", PLACE_EBTABLES, &backend_ebt },
	{ "iptables", PLACE_IPTABLES, &backend_ipt },
};

static int rounds(const struct backend_ops *ops, const struct binding *b,
		  uint64_t times)
{
	const struct backend_item item = {
		.b = b,
		.id = { .ifindex = if_nametoindex(b->tap),
			.digest = binding_digest(b) },
	};
	struct backend *nft = NULL, *be = NULL;
	int rc = backend_nft.open(&nft);

	if (rc >= 0)
		rc = ops->join ? ops->join(nft, &be) : ops->open(&be);
	if (rc < 0)
		return rc;
	for (; rc >= 0 && times; times--) {
		rc = ops->apply(be, &item, 1);
		if (rc >= 0)
			rc = ops->remove(be, b->tap);
	}
	ops->close(be);
	backend_nft.close(nft);
	return rc;
}

int main(int argc, char **argv)
{
	_cleanup_buf_ struct buf text = { 0 };
	struct binding b = { 0 };
	uint64_t times;
	unsigned int k;
	size_t i;
	int rc;

	if (argc != 4 || !util_parse_uint(argv[3], 1, 1000000, &times))
		return 2;
	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (strcmp(places[i].name, argv[1]) == 0)
			break;
	if (i == ARRAY_SIZE(places))
		return 2;
	rc = util_read_all(STDIN_FILENO, "standard input", 1 << 24, 0, &text);
	if (rc < 0)
		return 1;
	text_binding(&b, argv[2], text.data ? text.data : "");
	for (k = 0; k < b.nprofiles; k++)
		b.profiles[k].place = places[i].place;
	rc = rounds(places[i].ops, &b, times);
	binding_free(&b);
	return rc < 0 ? 1 : 0;
}
