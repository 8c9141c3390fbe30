// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The backend that the programs use: the carriers of the configured one, and
 * nft, which may have been configured before, where the kernel has it.
 *
 * ebtables is a program, and iptables needs a privilege more: they are there
 * only where they are asked for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "carriers.h"
#include "ebt.h"
#include "ebt_variant.h"
#include "ipt.h"
#include "log.h"
#include "place.h"

static const struct carrier carriers[] = {
	{ .ops = &backend_nft,
	  .places = { [DIR_IN] = 1U << PLACE_NETDEV,
		      [DIR_OUT] = 1U << PLACE_NETDEV | 1U << PLACE_INGRESS } },
	{ .ops = &backend_ingress,
	  .places = { [DIR_IN] = 1U << PLACE_INGRESS } },
	{ .ops = &backend_track, .places = CARRIER_PLACES(1U << PLACE_TRACK) },
	{ .ops = &backend_bridge,
	  .places = CARRIER_PLACES(1U << PLACE_BRIDGE) },
	{ .ops = &backend_ebt, .places = CARRIER_PLACES(1U << PLACE_EBTABLES) },
	{ .ops = &backend_ipt_guarded,
	  .places = CARRIER_PLACES(1U << PLACE_IPTABLES) },
};
#define NFT_CARRIERS 4

struct backend {
	struct carriers c;
};

static int open_some(size_t first, size_t n, struct backend **out)
{
	struct backend *be = util_alloc(1, sizeof(*be));
	int rc;

	if (!be)
		return -ENOMEM;
	be->c = (struct carriers){ .all = carriers + first, .n = n };
	rc = carriers_open(&be->c);
	if (rc < 0)
		free(be);
	else
		*out = be;
	return rc;
}

static int nft_open(struct backend **out)
{
	return open_some(0, NFT_CARRIERS, out);
}

static int all_open(struct backend **out)
{
	return open_some(0, ARRAY_SIZE(carriers), out);
}

static int xtables_open(struct backend **out)
{
	return open_some(NFT_CARRIERS, ARRAY_SIZE(carriers) - NFT_CARRIERS,
			 out);
}

static int all_prepare(const struct priv_user *user)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_SIZE(carriers); i++)
		if (carriers[i].ops->prepare)
			rc = carriers[i].ops->prepare(user);
	return rc;
}

static void all_close(struct backend *be)
{
	if (be)
		carriers_close(&be->c);
	free(be);
}

static int all_query(struct backend *be, const char *tap,
		     struct backend_tap *out)
{
	return carriers_query(&be->c, tap, out);
}

static int all_holds(struct backend *be, const struct binding *b,
		     const struct backend_tap *id)
{
	return carriers_hold(&be->c, b, id);
}

static int all_apply(struct backend *be, const struct backend_item *items,
		     size_t n)
{
	return carriers_apply(&be->c, items, n);
}

static int all_verify(struct backend *be, const struct binding *b,
		      const struct backend_tap *id, struct buf *findings)
{
	return carriers_verify(&be->c, b, id, findings);
}

static int all_remove(struct backend *be, const char *tap)
{
	return carriers_remove(&be->c, tap);
}

static int all_release(struct backend *be, uint32_t ifindex)
{
	return carriers_release(&be->c, ifindex);
}

static int all_counters(struct backend *be, const struct binding *b,
			struct backend_counter **out, size_t *n)
{
	return carriers_counters(&be->c, b, out, n);
}

#define ALL(open_)                                                      \
	.close = all_close, .query = all_query, .holds = all_holds,     \
	.apply = all_apply, .verify = all_verify, .remove = all_remove, \
	.release = all_release, .counters = all_counters, .open = (open_)

static const struct backend_ops backend_only_nft = {
	.name = "nft",
	ALL(nft_open),
};

static const struct backend_ops backend_both = {
	.name = "xtables",
	.raw = true,
	.prepare = all_prepare,
	ALL(all_open),
};

static const struct backend_ops backend_only_xtables = {
	.name = "xtables",
	.raw = true,
	.prepare = all_prepare,
	ALL(xtables_open),
};

const struct backend_ops *backend_find(const char *name,
				       const struct place_probe *probe)
{
	const char *used = place_backend(name, probe);

	if (strcmp(used, "nft") == 0)
		return &backend_only_nft;
	if (strcmp(used, "xtables") == 0)
		return probe->has_nft() ? &backend_both : &backend_only_xtables;
	log_err("there is no backend '%s'; use 'nft', 'xtables' or 'auto'",
		name);
	return NULL;
}

/* Without ebtables nothing can be carried by it, nor by iptables alone. */
const struct backend_ops *backend_any(const struct place_probe *probe)
{
	return backend_find(ebt_host_has() ? "xtables" : "auto", probe);
}
