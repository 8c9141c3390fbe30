// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The backend that the programs use: all carriers that there are.
 *
 * The configured backend decides where profiles are placed.  What is installed,
 * removed and looked at concerns every carrier: another one may have been
 * configured before.
 */
#include <errno.h>
#include <stdlib.h>

#include "carriers.h"
#include "log.h"
#include "place.h"

static const struct carrier carriers[] = {
	{ &backend_nft, 1U << PLACE_NETDEV },
};

struct backend {
	struct carriers c;
};

static int all_open(struct backend **out)
{
	struct backend *be = util_alloc(1, sizeof(*be));
	int rc;

	if (!be)
		return -ENOMEM;
	be->c = (struct carriers){ .all = carriers, .n = ARRAY_SIZE(carriers) };
	rc = carriers_open(&be->c);
	if (rc < 0)
		free(be);
	else
		*out = be;
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

static int all_counters(struct backend *be, const struct binding *b,
			struct backend_counter **out, size_t *n)
{
	return carriers_counters(&be->c, b, out, n);
}

static const struct backend_ops backend_all = {
	.name = "all",
	.open = all_open,
	.close = all_close,
	.query = all_query,
	.apply = all_apply,
	.verify = all_verify,
	.remove = all_remove,
	.counters = all_counters,
};

const struct backend_ops *backend_find(const char *name)
{
	if (place_backend_ok(name))
		return &backend_all;
	log_err("there is no backend '%s'; use 'nft' or 'auto'", name);
	return NULL;
}
