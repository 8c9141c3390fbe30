// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel's nf_tables can do, found out by asking for it */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h>

#include "log.h"
#include "nft_common.h"
#include "nft_probe.h"
#include "nft_step.h"
#include "nft_target.h"

static const struct nft_step_op asks[] = { STATE(NEW_BIT), END, END };

/* A rule that asks for the state of a connection, in a table of its own */
static int try_rule(struct nft_conn *c)
{
	struct nft_names n = { .family = NFPROTO_BRIDGE,
			       .table = "tapfilter-probe",
			       .chain = "probe",
			       .hook = NULL };
	_cleanup_batch_ struct nft_batch t = { 0 };
	struct nft_digests d = { 0 };
	enum nft_step refused;
	int rc = nft_batch_begin(&t, c, 0);

	t.family = n.family;
	if (rc >= 0)
		rc = nft_add_table(&t, n.table);
	if (rc >= 0)
		rc = nft_add_chain(&t, &n, DIR_OUT, 0);
	if (rc >= 0)
		rc = nft_steps_write(&t, &n, asks, &d);
	nft_digests_free(&d);
	return rc < 0 ? rc : nft_batch_try(&t, &refused);
}

static bool has_table(struct nft_conn *c, const struct nft_common *k)
{
	return nft_common_ask(c, k, NFPROTO_BRIDGE) == 0;
}

/*
 * 1: it can, 0: it cannot.  What it refused, the kernel undoes, and waits for
 * all of its processors: so it is not asked twice.  Where such rules stand, it
 * can; where those stand that are made only if it cannot, that was found out.
 */
static int ask(struct nft_conn *c)
{
	int rc;

	if (has_table(c, &nft_common_track))
		return 1;
	if (has_table(c, &nft_common_marks))
		return 0;
	rc = try_rule(c);
	switch (rc) {
	case 0:
	case -EPERM:
		return 1;
	case -EPROTO:
	case -EOPNOTSUPP:
	case -EAFNOSUPPORT:
	case -ENOENT:
		return 0;
	default:
		return log_errno(rc, "cannot ask the kernel whether it tracks "
				     "connections of a bridge");
	}
}

int nft_probe_track(bool *can)
{
	static int answer = -1;
	struct nft_conn *c;
	int rc;

	*can = answer != 0;
	if (answer >= 0)
		return 0;
	c = util_alloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	rc = nft_conn_open(c);
	if (rc >= 0)
		rc = ask(c);
	nft_conn_close(c);
	free(c);
	if (rc < 0)
		return rc;
	answer = rc;
	*can = rc;
	return 0;
}
