/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_NFT_CALLS_H
#define TF_TEST_NFT_CALLS_H

/*
 * What tapfilter-helper asks of nf_tables, as calls with numbers: fuzz_nft.c
 * answers them out of its input, fuzz_seeds.c with what the kernel says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "binding_text.h"

#define NFT_CALLS 4

/* Rules that need sub-chains, a set, and an expression of each kind. */
static const char call_rules[] =
	"a:1 out drop eth.src!=52:54:00:00:00:01\n"
	"a:2 out accept eth.type=0x0800 ip.src={10.0.0.1,10.0.0.5,10.0.0.9,"
	"10.0.1.1,10.0.2.1,10.0.3.1,10.0.4.1,10.0.5.1}\n"
	"a:3 out drop eth.type=0x0800\n"
	"b:1 out accept eth.type=0x0800 ip.proto=6 l4.dport=80-90\n"
	"b:2 out drop eth.type=0x86dd ip6.proto=58 icmp6.type=134\n"
	"b:3 in drop eth.type=0x0806 arp.op=2\n"
	"c:1 out accept eth.type=0x0806 limit=5/minute burst=5 log=1 "
	"log.limit=1/day log.burst=1 log.prefix=\"noted\"\n"
	"c:2 out reject eth.type=0x0806\n";

static int call_counters(struct backend *be)
{
	const struct binding of = { .tap = "tap0" };
	struct backend_counter *all = NULL;
	size_t n = 0, i;
	int rc = backend_nft.counters(be, &of, &all, &n);

	if (rc < 0 && (all || n))
		abort();
	for (i = 0; i < n; i++)
		if (!memchr(all[i].where, 0, sizeof(all[i].where)) ||
		    all[i].dir > DIR_OUT || all[i].verdict > VERDICT_REJECT)
			abort();
	free(all);
	return rc;
}

static int call_nft(struct backend *be, unsigned int which,
		    const struct binding *b)
{
	struct backend_tap id = { .ifindex = 7, .owner = 4711 };

	switch (which) {
	case 0:
		return backend_nft.query(be, "tap0", &id);
	case 1:
		return backend_nft.apply(
			be, &(struct backend_item){ .b = b, .id = id }, 1);
	case 2:
		return call_counters(be);
	default:
		return backend_nft.remove(be, "tap0");
	}
}

#endif /* TF_TEST_NFT_CALLS_H */
