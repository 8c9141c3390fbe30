// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel has: chains of a tap and their rules, read and compared */
#include <stdio.h> /* libnftnl/expr.h needs it */

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "log.h"
#include "nft_limit.h"
#include "nft_read.h"
#include "nft_udata.h"

#define REQUEST_SIZE 1024
#define MAX_TRIES 100 /* while others change the rules */

static struct nlmsghdr *chain_request(char *buf, const struct nft_names *n,
				      const char *chain, uint16_t type,
				      uint16_t flags)
{
	struct nlmsghdr *nlh;

	nlh = nftnl_nlmsg_build_hdr(buf, type, n->family, flags, 0);
	if (type == NFT_MSG_GETRULE) {
		mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, n->table);
		mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
	} else {
		mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, n->table);
		mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, chain);
	}
	return nlh;
}

/* What a base chain must be, and whether it is. */
struct base_check {
	const char *tap;
	const struct nft_hook *hook;
	bool attached;
};

static bool is_bound(const struct nftnl_chain *c, const char *tap)
{
	const char *const *devices;
	unsigned int n = 0;

	if (nftnl_chain_is_set(c, NFTNL_CHAIN_DEVICES)) {
		devices = nftnl_chain_get(c, NFTNL_CHAIN_DEVICES);
		while (devices && devices[n])
			n++;
		return n == 1 && strcmp(devices[0], tap) == 0;
	}
	return nftnl_chain_is_set(c, NFTNL_CHAIN_DEV) &&
	       strcmp(nftnl_chain_get_str(c, NFTNL_CHAIN_DEV), tap) == 0;
}

static bool is_right(const struct nftnl_chain *c,
		     const struct base_check *check)
{
	bool base = nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM);

	if (!check->hook || !base)
		return !check->hook && !base;
	return nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM) ==
		       check->hook->number &&
	       nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO) ==
		       check->hook->priority &&
	       nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) == NF_ACCEPT &&
	       (!check->tap || is_bound(c, check->tap));
}

static int chain_cb(const struct nlmsghdr *nlh, void *data)
{
	struct nftnl_chain *c = nftnl_chain_alloc();
	struct base_check *check = data;

	if (!c)
		return MNL_CB_ERROR;
	if (nftnl_chain_nlmsg_parse(nlh, c) < 0) {
		nftnl_chain_free(c);
		return MNL_CB_ERROR;
	}
	check->attached = is_right(c, check);
	nftnl_chain_free(c);
	return MNL_CB_OK;
}

/* 1: there is such a chain; 0: there is none; negative: failed, reported. */
static int probe(struct nft_conn *c, const struct nft_names *n,
		 enum direction dir, unsigned int index, bool *attached)
{
	struct base_check check = {
		.tap = n->chain ? NULL : n->tap,
		.hook = index ? NULL : nft_names_hook(n, dir),
	};
	_Alignas(8) char buf[REQUEST_SIZE];
	char chain[NFT_NAME_SIZE];
	int rc;

	nft_chain_name(n, dir, index, chain);
	rc = nft_conn_request(c,
			      chain_request(buf, n, chain, NFT_MSG_GETCHAIN, 0),
			      chain_cb, &check);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return log_errno(rc, "cannot ask the kernel for the chain %s",
				 chain);
	if (attached)
		*attached = check.attached;
	return 1;
}

int nft_read_base(struct nft_conn *c, const struct nft_names *n,
		  enum direction dir, bool *attached)
{
	return probe(c, n, dir, 0, attached);
}

int nft_read_present(struct nft_conn *c, const struct nft_names *n,
		     struct nft_present *out)
{
	enum direction dir;
	struct rate rate;
	int rc;

	*out = (struct nft_present){ 0 };
	for (dir = DIR_IN; dir <= DIR_OUT; dir++) {
		rc = probe(c, n, dir, 0, &out->attached[dir]);
		if (rc < 0)
			return rc;
		out->base[dir] = rc;
		while ((rc = probe(c, n, dir, out->nsubs[dir] + 1, NULL)) > 0)
			out->nsubs[dir]++;
		if (rc < 0)
			return rc;
		while ((rc = nft_read_limit(c, n, dir, out->nlimits[dir],
					    &rate)) > 0)
			out->nlimits[dir]++;
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int table_cb(const struct nlmsghdr *nlh, void *data)
{
	struct nftnl_table *t = nftnl_table_alloc();
	uint32_t *flags = data;
	int rc;

	if (!t)
		return MNL_CB_ERROR;
	rc = nftnl_table_nlmsg_parse(nlh, t);
	if (rc >= 0 && nftnl_table_is_set(t, NFTNL_TABLE_FLAGS))
		*flags = nftnl_table_get_u32(t, NFTNL_TABLE_FLAGS);
	nftnl_table_free(t);
	return rc < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

int nft_read_dormant(struct nft_conn *c, const struct nft_names *n,
		     bool *dormant)
{
	_Alignas(8) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh;
	uint32_t flags = 0;
	int rc;

	nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETTABLE, n->family, 0, 0);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, n->table);
	rc = nft_conn_request(c, nlh, table_cb, &flags);
	*dormant = flags & NFT_TABLE_F_DORMANT;
	if (rc < 0 && rc != -ENOENT)
		return log_errno(rc, "cannot ask the kernel for the table %s",
				 n->table);
	return 0;
}

struct rule_reader {
	int (*take)(struct nftnl_rule *r, void *data);
	void *data;
};

static int rule_cb(const struct nlmsghdr *nlh, void *data)
{
	struct rule_reader *reader = data;
	struct nftnl_rule *r = nftnl_rule_alloc();
	int rc = -1;

	if (!r)
		return MNL_CB_ERROR;
	if (nftnl_rule_nlmsg_parse(nlh, r) >= 0) {
		rc = reader->take(r, reader->data);
		if (rc < 0)
			errno = -rc;
	}
	nftnl_rule_free(r);
	return rc < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

int nft_read_rules(struct nft_conn *c, const struct nft_names *n,
		   enum direction dir, unsigned int index,
		   int (*take)(struct nftnl_rule *r, void *data),
		   void (*restart)(void *data), void *data)
{
	struct rule_reader reader = { .take = take, .data = data };
	_Alignas(8) char buf[REQUEST_SIZE];
	char chain[NFT_NAME_SIZE];
	struct nlmsghdr *nlh;
	int rc, tries = 0;

	nft_chain_name(n, dir, index, chain);
	do {
		restart(data);
		nlh = chain_request(buf, n, chain, NFT_MSG_GETRULE, NLM_F_DUMP);
		rc = nft_conn_request(c, nlh, rule_cb, &reader);
	} while (rc == -EINTR && ++tries < MAX_TRIES);
	if (rc < 0)
		return log_errno(rc, "cannot read the rules of the chain %s",
				 chain);
	return 0;
}

void nft_reading_free(struct nft_reading *r)
{
	nft_digests_free(&r->got);
	buf_free(&r->sets);
	buf_free(&r->comments);
}

static void restart_reading(void *data)
{
	nft_reading_free(data);
}

static int take_sets(struct nftnl_rule *rule, struct buf *out)
{
	struct nftnl_expr_iter *iter = nftnl_expr_iter_create(rule);
	struct nftnl_expr *e;
	const char *name;
	int rc = 0;

	if (!iter)
		return -ENOMEM;
	while (rc >= 0 && (e = nftnl_expr_iter_next(iter))) {
		name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
		if (strcmp(name, "lookup") != 0)
			continue;
		name = nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET);
		/* it goes into a request, which has room for such a name */
		if (!name || strlen(name) >= NFT_SET_MAXNAMELEN)
			rc = -EBADMSG;
		else
			rc = buf_add(out, name, strlen(name) + 1);
	}
	nftnl_expr_iter_destroy(iter);
	return rc;
}

static int read_rule(struct nftnl_rule *rule, void *data)
{
	struct nft_reading *r = data;
	const char *comment = nft_read_comment(rule);
	int rc = nft_digest_rule(rule, &r->got);

	if (!comment)
		comment = "";
	if (rc >= 0)
		rc = buf_add(&r->comments, comment, strlen(comment) + 1);
	return rc < 0 ? rc : take_sets(rule, &r->sets);
}

static int elems_cb(const struct nlmsghdr *nlh, void *data)
{
	return nftnl_set_elems_nlmsg_parse(nlh, data) < 0 ? MNL_CB_ERROR :
							    MNL_CB_OK;
}

static int read_set(struct nft_conn *c, const struct nft_names *n,
		    const char *name, struct nft_digests *d)
{
	_Alignas(8) char buf[REQUEST_SIZE];
	struct nftnl_set *set = NULL;
	struct nlmsghdr *nlh;
	int rc, tries = 0;

	do {
		if (set)
			nftnl_set_free(set);
		set = nftnl_set_alloc();
		if (!set)
			return log_errno(ENOMEM, "cannot read a set");
		nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETSETELEM, n->family,
					    NLM_F_DUMP, 0);
		mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, n->table);
		mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, name);
		rc = nft_conn_request(c, nlh, elems_cb, set);
	} while (rc == -EINTR && ++tries < MAX_TRIES);
	if (rc < 0)
		log_errno(rc, "cannot read the set %s of the table %s", name,
			  n->table);
	else
		rc = nft_digest_set(set, d);
	nftnl_set_free(set);
	return rc;
}

int nft_read_chain(struct nft_conn *c, const struct nft_names *n,
		   enum direction dir, unsigned int index,
		   struct nft_reading *out)
{
	size_t at;
	int rc;

	rc = nft_read_rules(c, n, dir, index, read_rule, restart_reading, out);
	for (at = 0; rc >= 0 && at < out->sets.len;
	     at += strlen(out->sets.data + at) + 1)
		rc = read_set(c, n, out->sets.data + at, &out->got);
	return rc;
}
