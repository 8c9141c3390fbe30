// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The iptables place as a carrier: its tables, and the guard in ebtables
 *
 * The guard comes last and goes first: without iptables it would let nothing
 * pass, and what the rules replace is still in force.
 */
#include <errno.h>

#include "ipt.h"
#include "ipt_bridge.h"
#include "ipt_guard.h"
#include "iptc.h"

static int carrier_prepare(const struct priv_user *user)
{
	(void)user;
	return xtable_lock_open();
}

static int carrier_open(struct backend **out)
{
	return backend_ipt.open(out);
}

static void carrier_close(struct backend *be)
{
	backend_ipt.close(be);
}

static int carrier_query(struct backend *be, const char *tap,
			 struct backend_tap *out)
{
	return backend_ipt.query(be, tap, out);
}

static int carrier_ready(struct backend *be, const struct binding *b,
			 uint32_t ifindex)
{
	(void)be;
	return ipt_bridge_ready(b, ifindex);
}

static int carrier_apply(struct backend *be, const struct backend_item *items,
			 size_t n)
{
	int rc = backend_ipt.apply(be, items, n);

	return rc < 0 ? rc : ipt_guard_put(items, n);
}

static int carrier_verify(struct backend *be, const struct binding *b,
			  const struct backend_tap *id, struct buf *findings)
{
	int rc = backend_ipt.verify(be, b, id, findings), guard, bridge;

	if (rc < 0 && rc != -EILSEQ)
		return rc;
	guard = ipt_guard_check(b, findings);
	if (guard < 0 && guard != -EILSEQ)
		return guard;
	bridge = ipt_bridge_check(b, id->ifindex, findings);
	if (bridge < 0)
		return bridge;
	return guard < 0 ? guard : rc;
}

static int carrier_remove(struct backend *be, const char *tap)
{
	int guard = ipt_guard_remove(tap), rc = backend_ipt.remove(be, tap);

	return guard < 0 ? guard : rc;
}

static int carrier_counters(struct backend *be, const struct binding *b,
			    struct backend_counter **out, size_t *n)
{
	return backend_ipt.counters(be, b, out, n);
}

const struct backend_ops backend_ipt_guarded = {
	.name = "iptables",
	.prepare = carrier_prepare,
	.open = carrier_open,
	.close = carrier_close,
	.query = carrier_query,
	.ready = carrier_ready,
	.apply = carrier_apply,
	.verify = carrier_verify,
	.remove = carrier_remove,
	.counters = carrier_counters,
};
