// SPDX-License-Identifier: GPL-2.0-or-later
/* See nft_ebt.h */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "log.h"
#include "nft_conn.h"
#include "nft_ebt.h"

#define REQUEST_SIZE 256

static int ignore_cb(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	(void)data;
	return MNL_CB_OK;
}

static int has_table(struct nft_conn *c, const char *name)
{
	_Alignas(8) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETTABLE,
						     NFPROTO_BRIDGE, 0, 0);
	int rc;

	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, name);
	rc = nft_conn_request(c, nlh, ignore_cb, NULL);
	if (rc == -ENOENT)
		return 0;
	return rc < 0 ? log_errno(rc, "cannot ask for the table %s", name) : 1;
}

int nft_ebt_tables(void)
{
	struct nft_conn *c = util_alloc(1, sizeof(*c));
	int rc = c ? nft_conn_open(c) : -ENOMEM;

	if (rc == 0) {
		rc = has_table(c, "nat");
		if (rc == 0)
			rc = has_table(c, "filter");
		nft_conn_close(c);
	}
	free(c);
	return rc;
}
