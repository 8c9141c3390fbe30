// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linux before 5.16, or built without CONFIG_NETFILTER_EGRESS, has no hook for
 * what goes out to a device.  Only the registration of a chain tells.
 */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "nft_egress.h"
#include "nft_target.h"

/* Every network namespace has this device. */
static const struct nft_names names = { .family = NFPROTO_NETDEV,
					.table = "tapfilter-probe",
					.tap = "lo" };

static int try(struct nft_conn *c, enum nft_step *refused)
{
	_cleanup_batch_ struct nft_batch t = { 0 };
	int rc = nft_batch_begin(&t, c, 0);

	if (rc >= 0)
		rc = nft_add_table(&t, names.table);
	if (rc >= 0)
		rc = nft_add_chain(&t, &names, DIR_IN, 0);
	return rc < 0 ? rc : nft_batch_try(&t, refused);
}

int nft_egress(void)
{
	struct nft_conn *c = util_alloc(1, sizeof(*c));
	enum nft_step refused = NFT_STEP_BEGIN;
	int rc;

	if (!c)
		return -ENOMEM;
	rc = nft_conn_open(c);
	if (rc >= 0)
		rc = try(c, &refused);
	nft_conn_close(c);
	free(c);
	if (refused == NFT_STEP_BASE_IN && (rc == -EOPNOTSUPP || rc == -EINVAL))
		return 0;
	return rc < 0 ? rc : 1;
}
