// SPDX-License-Identifier: GPL-2.0-or-later
/* See nft_stray.h */
#include <errno.h>
#include <linux/netfilter.h>

#include "log.h"
#include "nft_ports.h"
#include "nft_stray.h"

#define MAX_TRIES 100 /* while others change the rules */

/* What is there of a port; of most there is not even a table. */
static int find(struct nft_conn *c, const struct nft_common *k,
		uint32_t ifindex, struct nft_ports *out)
{
	int rc = nft_common_there(c, k);

	return rc <= 0 ? rc : nft_ports_find(c, k->table, ifindex, out);
}

/* The chain that it leads to, "" where a set has it that leads nowhere; or NULL */
static const char *target(const struct nft_ports *p)
{
	unsigned int set;

	for (set = 0; set < PORTS_COUNT; set++)
		if (p->n[set])
			return p->all[set][0].chain;
	return NULL;
}

int nft_stray_find(struct nft_conn *c, const struct nft_common *k,
		   uint32_t ifindex, struct buf *findings)
{
	_cleanup_ports_ struct nft_ports ports = { 0 };
	const char *chain;
	int rc = find(c, k, ifindex, &ports);

	if (rc < 0)
		return rc;
	chain = target(&ports);
	if (!chain)
		return 0;
	rc = buf_printf(findings,
			"the table bridge %s has its number, and leads it to "
			"%s%s, of a tap that had this before\n",
			k->table, *chain ? "the chain " : "rules", chain);
	return rc < 0 ? rc : -EILSEQ;
}

static int try_remove(struct nft_conn *c, const struct nft_common *k,
		      uint32_t ifindex)
{
	_cleanup_ports_ struct nft_ports ports = { 0 };
	_cleanup_batch_ struct nft_batch t = { 0 };
	uint32_t generation;
	int rc = nft_common_generation(c, &generation);

	if (rc >= 0)
		rc = find(c, k, ifindex, &ports);
	if (rc < 0 || !target(&ports))
		return rc;
	rc = nft_batch_begin(&t, c, generation);
	t.family = NFPROTO_BRIDGE;
	if (rc >= 0)
		rc = nft_ports_clear(&t, k->table, &ports);
	if (rc >= 0)
		rc = nft_batch_commit(&t);
	c->changed |= rc >= 0;
	return rc;
}

int nft_stray_remove(struct nft_conn *c, const struct nft_common *k,
		     uint32_t ifindex)
{
	int rc, tries = 0;

	do
		rc = try_remove(c, k, ifindex);
	while (rc == -ERESTART && ++tries < MAX_TRIES);
	if (rc == -ERESTART)
		log_errno(rc, "cannot change the table %s", k->table);
	return rc;
}
