// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One tap in the kernel: two base chains and some sub-chains in one of a fixed
 * number of tables
 *
 * Installing and replacing are the same messages: rules of the chains that are
 * there are flushed, and all is filled again.
 */
#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "log.h"
#include "nft_limit.h"
#include "nft_target.h"

/* Is nothing of that direction ours?  Another carrier has it, then. */
static bool is_elsewhere(const struct binding *b, enum place place,
			 enum direction dir)
{
	unsigned int i;

	if (place == PLACE_INGRESS)
		return dir == DIR_OUT;
	if (place != PLACE_NETDEV || dir == DIR_OUT || !b->nprofiles)
		return false;
	for (i = 0; i < b->nprofiles; i++)
		if (b->profiles[i].place != PLACE_INGRESS)
			return false;
	return true;
}

int nft_target_plan(struct nft_target *t, enum place place,
		    const struct binding *b, const struct backend_tap *id)
{
	enum direction dir;
	int rc;

	t->b = b;
	t->id = *id;
	nft_names_init(&t->names, place, b->tap);
	for (dir = DIR_IN; dir <= DIR_OUT; dir++) {
		if (is_elsewhere(b, place, dir))
			continue;
		rc = nft_lower(b, dir, &t->plans[dir]);
		if (rc < 0)
			return rc;
		t->want[dir] = util_alloc(t->plans[dir].nchains,
					  sizeof(*t->want[dir]));
		if (!t->want[dir])
			return -ENOMEM;
	}
	return 0;
}

int nft_target_look(struct nft_conn *c, struct nft_target *t)
{
	int rc = nft_read_present(c, &t->names, &t->present);

	return rc < 0 ? rc :
			nft_carry_read(c, &t->names, &t->present, t->id.ifindex,
				       &t->carry);
}

int nft_target_ports(struct nft_conn *c, const struct nft_target *t,
		     struct nft_ports *out)
{
	uint32_t old = t->carry.ifindex;
	int rc;

	if (nft_is_present(&t->present) && !old)
		return nft_ports_read(c, t->names.table, out);
	rc = nft_ports_find(c, t->names.table, t->id.ifindex, out);
	if (rc >= 0 && old && old != t->id.ifindex)
		rc = nft_ports_find(c, t->names.table, old, out);
	return rc;
}

void nft_target_free(struct nft_target *t)
{
	unsigned int dir, i;

	nft_carry_free(&t->carry);

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

int nft_add_table(struct nft_batch *t, const char *name)
{
	struct nftnl_table *table = nftnl_table_alloc();
	struct nlmsghdr *nlh;

	if (!table || nftnl_table_set_str(table, NFTNL_TABLE_NAME, name)) {
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
		     const struct nft_hook *hook)
{
	nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, hook->number);
	nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, hook->priority);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	if (nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, "filter") < 0)
		return out_of_memory();
	if (!n->chain && nftnl_chain_set_str(c, NFTNL_CHAIN_DEV, n->tap) < 0)
		return out_of_memory();
	return 0;
}

int nft_add_chain(struct nft_batch *t, const struct nft_names *n,
		  enum direction dir, unsigned int index)
{
	const struct nft_hook *hook = index ? NULL : nft_names_hook(n, dir);
	struct nftnl_chain *c = new_chain(n, dir, index);
	enum nft_step step = NFT_STEP_CHAIN;
	struct nlmsghdr *nlh;
	int rc = 0;

	if (!c)
		return -ENOMEM;
	if (hook) {
		if (!n->chain)
			step = dir == DIR_OUT ? NFT_STEP_BASE_OUT :
						NFT_STEP_BASE_IN;
		rc = make_base(c, n, hook);
	}
	if (rc >= 0) {
		nlh = nft_batch_new(t, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
		nftnl_chain_nlmsg_build_payload(nlh, c);
		rc = nft_batch_add(t, nlh, step, NULL);
	}
	nftnl_chain_free(c);
	return rc;
}

int nft_add_removal(struct nft_batch *t, const struct nft_names *n,
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

/*
 * Flush all chains of a tap: rules go before the chains that they lead to and
 * the limits that they ask.
 */
static int flush_all(struct nft_batch *t, const struct nft_names *n,
		     const struct nft_present *present)
{
	enum direction dir;
	unsigned int i;
	int rc = 0;

	for (dir = DIR_IN; dir <= DIR_OUT; dir++)
		for (i = !present->base[dir];
		     rc >= 0 && i <= present->nsubs[dir]; i++)
			rc = nft_add_removal(t, n, dir, i, NFT_MSG_DELRULE);
	for (dir = DIR_IN; dir <= DIR_OUT; dir++)
		for (i = 0; rc >= 0 && i < present->nlimits[dir]; i++)
			rc = nft_add_limit_removal(t, n, dir, i);
	return rc;
}

bool nft_is_present(const struct nft_present *p)
{
	return p->base[DIR_OUT] || p->base[DIR_IN] || p->nsubs[DIR_OUT] ||
	       p->nsubs[DIR_IN] || p->nlimits[DIR_OUT] || p->nlimits[DIR_IN];
}

/* Bring chains and limits of a direction into being, and what is too many
 * away. */
static int set_chains(struct nft_batch *t, const struct nft_target *target,
		      enum direction dir)
{
	const struct nft_present *p = &target->present;
	unsigned int i, n = target->plans[dir].nchains;
	unsigned int wanted = n ? n - 1 : 0;
	bool base = p->base[dir];
	int rc = 0;

	/* on some kernels a chain outlives its device without being bound to
	 * the next one of that name */
	if (base && (!n || !p->attached[dir])) {
		rc = nft_add_removal(t, &target->names, dir, 0,
				     NFT_MSG_DELCHAIN);
		base = false;
	}
	if (rc >= 0 && n && !base)
		rc = nft_add_chain(t, &target->names, dir, 0);
	for (i = p->nsubs[dir] + 1; rc >= 0 && i <= wanted; i++)
		rc = nft_add_chain(t, &target->names, dir, i);
	for (i = wanted + 1; rc >= 0 && i <= p->nsubs[dir]; i++)
		rc = nft_add_removal(t, &target->names, dir, i,
				     NFT_MSG_DELCHAIN);
	for (i = 0; rc >= 0 && i < target->plans[dir].nlimits; i++)
		rc = nft_add_limit(t, &target->names, dir, i,
				   target->plans[dir].limits[i]);
	return rc;
}

static int fill_chain(struct nft_batch *t, struct nft_target *target,
		      enum direction dir, unsigned int index)
{
	const struct plan_chain *c = &target->plans[dir].chains[index];
	struct nft_digests *want = &target->want[dir][index];
	unsigned int i;
	int rc = 0;

	if (!index)
		rc = nft_add_guard(t, &target->names, dir, &target->id, want);
	for (i = 0; rc >= 0 && i < c->nrules; i++)
		rc = nft_add_rule(t, &target->names, dir, index, &c->rules[i],
				  want);
	return rc;
}

int nft_target_write(struct nft_batch *t, struct nft_target *target)
{
	enum direction dir;
	unsigned int i;
	int rc;

	t->b = target->b;
	t->carry = &target->carry;
	rc = flush_all(t, &target->names, &target->present);
	for (dir = DIR_IN; rc >= 0 && dir <= DIR_OUT; dir++)
		rc = set_chains(t, target, dir);
	for (dir = DIR_IN; rc >= 0 && dir <= DIR_OUT; dir++)
		for (i = 0; rc >= 0 && i < target->plans[dir].nchains; i++)
			rc = fill_chain(t, target, dir, i);
	return rc;
}

int nft_delete_all(struct nft_batch *t, const struct nft_names *n,
		   const struct nft_present *present)
{
	enum direction dir;
	unsigned int i;
	int rc;

	rc = flush_all(t, n, present);
	for (dir = DIR_IN; dir <= DIR_OUT; dir++)
		for (i = !present->base[dir];
		     rc >= 0 && i <= present->nsubs[dir]; i++)
			rc = nft_add_removal(t, n, dir, i, NFT_MSG_DELCHAIN);
	return rc;
}
