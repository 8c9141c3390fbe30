// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The nft backend: netdev chains on ingress and egress of the tap.
 *
 * A tap has two base chains and some sub-chains in one of a fixed number of
 * tables.  Installing and replacing are the same transaction: rules of the
 * chains that are there are flushed, and all is filled again.
 */
#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "backend.h"
#include "log.h"
#include "nft_linger.h"
#include "nft_read.h"

struct backend {
	struct nft_conn conn;
	char emptied[NFT_NAME_SIZE]; /* table that may be empty now */
};

/* What is to be in the kernel, for both directions. */
struct target {
	const struct binding *b;
	const struct backend_tap *id;
	struct nft_names names;
	struct nft_present present;
	struct plan plans[2];
	struct nft_digests *want[2]; /* one for each chain */
};

static void free_target(struct target *t)
{
	unsigned int dir, i;

	for (dir = DIR_IN; dir <= DIR_OUT; dir++) {
		for (i = 0; t->want[dir] && i < t->plans[dir].nchains; i++)
			nft_digests_free(&t->want[dir][i]);
		free(t->want[dir]);
		plan_free(&t->plans[dir]);
	}
}

static int out_of_memory(void)
{
	return log_errno(ENOMEM, "cannot make a kernel chain");
}

static int add_table(struct nft_batch *t, const struct nft_names *n)
{
	struct nftnl_table *table = nftnl_table_alloc();
	struct nlmsghdr *nlh;

	if (!table || nftnl_table_set_str(table, NFTNL_TABLE_NAME, n->table)) {
		if (table)
			nftnl_table_free(table);
		return out_of_memory();
	}
	/* wakes a table that somebody made dormant */
	nftnl_table_set_u32(table, NFTNL_TABLE_FLAGS, 0);
	nlh = nft_batch_new(t, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	nftnl_table_nlmsg_build_payload(nlh, table);
	nftnl_table_free(table);
	return nft_batch_add(t, nlh, NFT_STEP_TABLE, NULL);
}

static struct nftnl_chain *new_chain(const struct nft_names *n,
				     enum direction dir, unsigned int index)
{
	struct nftnl_chain *c = nftnl_chain_alloc();
	char chain[NFT_NAME_SIZE];

	nft_chain_name(n, dir, index, chain);
	if (c && nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, n->table) >= 0 &&
	    nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, chain) >= 0)
		return c;
	if (c)
		nftnl_chain_free(c);
	out_of_memory();
	return NULL;
}

static int make_base(struct nftnl_chain *c, const struct nft_names *n,
		     enum direction dir)
{
	nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM,
			    dir == DIR_OUT ? NF_NETDEV_INGRESS :
					     NF_NETDEV_EGRESS);
	nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, NFT_PRIORITY);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	if (nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, "filter") < 0 ||
	    nftnl_chain_set_str(c, NFTNL_CHAIN_DEV, n->tap) < 0)
		return out_of_memory();
	return 0;
}

static int add_chain(struct nft_batch *t, const struct nft_names *n,
		     enum direction dir, unsigned int index)
{
	struct nftnl_chain *c = new_chain(n, dir, index);
	enum nft_step step = NFT_STEP_CHAIN;
	struct nlmsghdr *nlh;
	int rc = 0;

	if (!c)
		return -ENOMEM;
	if (!index) {
		step = dir == DIR_OUT ? NFT_STEP_BASE_OUT : NFT_STEP_BASE_IN;
		rc = make_base(c, n, dir);
	}
	if (rc >= 0) {
		nlh = nft_batch_new(t, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
		nftnl_chain_nlmsg_build_payload(nlh, c);
		rc = nft_batch_add(t, nlh, step, NULL);
	}
	nftnl_chain_free(c);
	return rc;
}

/* A message that names a chain: flush its rules, or delete it. */
static int add_removal(struct nft_batch *t, const struct nft_names *n,
		       enum direction dir, unsigned int index, uint16_t type)
{
	char chain[NFT_NAME_SIZE];
	struct nlmsghdr *nlh;

	nft_chain_name(n, dir, index, chain);
	nlh = nft_batch_new(t, type, 0);
	if (type == NFT_MSG_DELRULE) {
		mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, n->table);
		mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
	} else {
		mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, n->table);
		mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, chain);
	}
	return nft_batch_add(t, nlh, NFT_STEP_DELETE, NULL);
}

/* Flush all chains of a tap: rules go before the chains that they lead to. */
static int flush_all(struct nft_batch *t, const struct nft_names *n,
		     const struct nft_present *present)
{
	enum direction dir;
	unsigned int i;
	int rc = 0;

	for (dir = DIR_IN; dir <= DIR_OUT; dir++)
		for (i = !present->base[dir];
		     rc >= 0 && i <= present->nsubs[dir]; i++)
			rc = add_removal(t, n, dir, i, NFT_MSG_DELRULE);
	return rc;
}

static bool is_present(const struct nft_present *p)
{
	return p->base[DIR_OUT] || p->base[DIR_IN] || p->nsubs[DIR_OUT] ||
	       p->nsubs[DIR_IN];
}

/* Bring the chains of a direction into being, and those too many away. */
static int set_chains(struct nft_batch *t, const struct target *target,
		      enum direction dir)
{
	const struct nft_present *p = &target->present;
	unsigned int i, wanted = target->plans[dir].nchains - 1;
	bool base = p->base[dir];
	int rc = 0;

	/* on some kernels a chain outlives its device without being bound to
	 * the next one of that name */
	if (base && !p->attached[dir]) {
		rc = add_removal(t, &target->names, dir, 0, NFT_MSG_DELCHAIN);
		base = false;
	}
	if (rc >= 0 && !base)
		rc = add_chain(t, &target->names, dir, 0);
	for (i = p->nsubs[dir] + 1; rc >= 0 && i <= wanted; i++)
		rc = add_chain(t, &target->names, dir, i);
	for (i = wanted + 1; rc >= 0 && i <= p->nsubs[dir]; i++)
		rc = add_removal(t, &target->names, dir, i, NFT_MSG_DELCHAIN);
	return rc;
}

static int fill_chain(struct nft_batch *t, struct target *target,
		      enum direction dir, unsigned int index)
{
	const struct plan_chain *c = &target->plans[dir].chains[index];
	struct nft_digests *want = &target->want[dir][index];
	unsigned int i;
	int rc = 0;

	if (!index)
		rc = nft_add_guard(t, &target->names, dir, target->id, want);
	for (i = 0; rc >= 0 && i < c->nrules; i++)
		rc = nft_add_rule(t, &target->names, dir, index, &c->rules[i],
				  want);
	return rc;
}

static int write_target(struct nft_batch *t, struct target *target)
{
	enum direction dir;
	unsigned int i;
	int rc;

	rc = add_table(t, &target->names);
	if (rc >= 0)
		rc = flush_all(t, &target->names, &target->present);
	for (dir = DIR_IN; rc >= 0 && dir <= DIR_OUT; dir++)
		rc = set_chains(t, target, dir);
	for (dir = DIR_IN; rc >= 0 && dir <= DIR_OUT; dir++)
		for (i = 0; rc >= 0 && i < target->plans[dir].nchains; i++)
			rc = fill_chain(t, target, dir, i);
	return rc;
}

static int verify_target(struct nft_conn *c, const struct target *target)
{
	struct nft_present now;
	enum direction dir;
	unsigned int i;
	int rc;

	rc = nft_read_present(c, &target->names, &now);
	if (rc < 0)
		return rc;
	for (dir = DIR_IN; dir <= DIR_OUT; dir++) {
		if (!now.attached[dir] ||
		    now.nsubs[dir] != target->plans[dir].nchains - 1) {
			log_err("the kernel's chains of %s are not those that "
				"were sent",
				target->names.tap);
			return -EILSEQ;
		}
		for (i = 0; i < target->plans[dir].nchains; i++) {
			rc = nft_verify_chain(c, &target->names, dir, i,
					      &target->want[dir][i]);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static int delete_all(struct nft_batch *t, const struct nft_names *n,
		      const struct nft_present *present)
{
	enum direction dir;
	unsigned int i;
	int rc;

	rc = flush_all(t, n, present);
	for (dir = DIR_IN; dir <= DIR_OUT; dir++)
		for (i = !present->base[dir];
		     rc >= 0 && i <= present->nsubs[dir]; i++)
			rc = add_removal(t, n, dir, i, NFT_MSG_DELCHAIN);
	return rc;
}

static int nft_remove(struct backend *be, const char *tap)
{
	_cleanup_batch_ struct nft_batch t = { 0 };
	struct nft_present present;
	struct nft_names n;
	int rc;

	nft_names_init(&n, tap);
	rc = nft_read_present(&be->conn, &n, &present);
	if (rc < 0 || !is_present(&present))
		return rc;
	rc = nft_batch_begin(&t, &be->conn);
	if (rc >= 0)
		rc = delete_all(&t, &n, &present);
	if (rc >= 0)
		rc = nft_batch_commit(&t);
	if (rc < 0)
		return rc;
	be->conn.changed = true;
	memcpy(be->emptied, n.table, sizeof(be->emptied));
	return 0;
}

static int plan_target(struct target *t)
{
	enum direction dir;
	int rc;

	for (dir = DIR_IN; dir <= DIR_OUT; dir++) {
		rc = nft_lower(t->b, dir, &t->plans[dir]);
		if (rc < 0)
			return rc;
		t->want[dir] = util_alloc(t->plans[dir].nchains,
					  sizeof(*t->want[dir]));
		if (!t->want[dir])
			return -ENOMEM;
	}
	return 0;
}

/* Fills @t, and the digests of what is to come of it */
static int write_batch(struct backend *be, struct target *target,
		       struct nft_batch *t)
{
	int rc = nft_batch_begin(t, &be->conn);

	t->b = target->b;
	return rc < 0 ? rc : write_target(t, target);
}

static int nft_apply(struct backend *be, const struct binding *b,
		     const struct backend_tap *id)
{
	_cleanup_(free_target) struct target target = { .b = b, .id = id };
	_cleanup_batch_ struct nft_batch t = { 0 };
	int rc;

	nft_names_init(&target.names, b->tap);
	rc = plan_target(&target);
	if (rc >= 0)
		rc = nft_read_present(&be->conn, &target.names,
				      &target.present);
	if (rc >= 0)
		rc = write_batch(be, &target, &t);
	if (rc >= 0)
		rc = nft_batch_commit(&t);
	if (rc < 0)
		return rc;
	be->conn.changed = true;
	be->emptied[0] = '\0';
	rc = verify_target(&be->conn, &target);
	/* what was there before is gone: only a first try can be undone */
	if (rc < 0 && !is_present(&target.present))
		nft_remove(be, b->tap);
	return rc;
}

static int nft_verify(struct backend *be, const struct binding *b,
		      const struct backend_tap *id)
{
	_cleanup_(free_target) struct target target = { .b = b, .id = id };
	_cleanup_batch_ struct nft_batch t = { 0 };
	int rc;

	nft_names_init(&target.names, b->tap);
	rc = plan_target(&target);
	/* Never sent: the digests are what is wanted. */
	if (rc >= 0)
		rc = write_batch(be, &target, &t);
	return rc < 0 ? rc : verify_target(&be->conn, &target);
}

static int nft_query(struct backend *be, const char *tap,
		     struct backend_tap *out)
{
	struct nft_names n;

	nft_names_init(&n, tap);
	return nft_read_query(&be->conn, &n, out);
}

static int nft_counters(struct backend *be, const char *tap,
			struct backend_counter **out, size_t *count)
{
	struct nft_names n;

	nft_names_init(&n, tap);
	return nft_read_counters(&be->conn, &n, out, count);
}

static int nft_open(struct backend **out)
{
	struct backend *be = util_alloc(1, sizeof(*be));
	int rc;

	if (!be)
		return -ENOMEM;
	rc = nft_conn_open(&be->conn);
	if (rc < 0) {
		nft_conn_close(&be->conn);
		free(be);
		return rc;
	}
	*out = be;
	return 0;
}

static void nft_close(struct backend *be)
{
	if (!be)
		return;
	if (be->conn.changed)
		nft_linger(&be->conn, be->emptied);
	nft_conn_close(&be->conn);
	free(be);
}

const struct backend_ops backend_nft = {
	.name = "nft",
	.open = nft_open,
	.close = nft_close,
	.query = nft_query,
	.apply = nft_apply,
	.verify = nft_verify,
	.remove = nft_remove,
	.counters = nft_counters,
};
