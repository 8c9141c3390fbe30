// SPDX-License-Identifier: GPL-2.0-or-later
/* What the taps of a place share: written, mended, removed, compared */
#include <stdio.h> /* libnftnl/expr.h needs it */

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "log.h"
#include "nft_common.h"
#include "nft_ports.h"
#include "nft_read.h"
#include "nft_step.h"
#include "nft_target.h"

#define REQUEST_SIZE 1024
#define NFT_TYPE_ETHER 9 /* of nft(8), for its listings */
#define MAX_STATIONS 65535

const struct nft_common *nft_common_of(enum place place)
{
	switch (place) {
	case PLACE_INGRESS:
		return &nft_common_incoming;
	case PLACE_BRIDGE:
		return &nft_common_marks;
	case PLACE_TRACK:
		return &nft_common_track;
	default:
		return NULL;
	}
}

static struct nft_names table_of(const struct nft_common *k, uint8_t family)
{
	struct nft_names n = { .family = family };

	snprintf(n.table, sizeof(n.table), "%s", k->table);
	return n;
}

static struct nft_names names_of(const struct nft_common *k,
				 const struct nft_common_chain *c)
{
	struct nft_names n = table_of(k, c->family);

	n.chain = c->name;
	n.hook = &c->hook;
	return n;
}

/* ---- writing -------------------------------------------------------------- */

/* Connections are counted for each station. */
static int make_stations(struct nft_batch *t, const char *table,
			 enum nft_step_stations set)
{
	struct nftnl_set *s = nftnl_set_alloc();
	struct nlmsghdr *nlh;

	if (!s || nftnl_set_set_str(s, NFTNL_SET_TABLE, table) < 0 ||
	    nftnl_set_set_str(s, NFTNL_SET_NAME, nft_step_stations(set)) < 0) {
		if (s)
			nftnl_set_free(s);
		return log_errno(ENOMEM, "cannot make a set of stations");
	}
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, t->family);
	nftnl_set_set_u32(s, NFTNL_SET_ID, ++t->nsets);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, NFT_TYPE_ETHER);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, 6);
	nftnl_set_set_u32(s, NFTNL_SET_FLAGS, NFT_SET_EVAL);
	nftnl_set_set_u32(s, NFTNL_SET_DESC_SIZE, MAX_STATIONS);
	nlh = nft_batch_new(t, NFT_MSG_NEWSET, NLM_F_CREATE);
	nftnl_set_nlmsg_build_payload(nlh, s);
	nftnl_set_free(s);
	return nft_batch_add(t, nlh, NFT_STEP_SET, NULL);
}

/*
 * A chain with another hook under our name goes first.  Flushed in any case:
 * somebody else may have made it after we looked.
 */
static int write_chain(struct nft_batch *t, const struct nft_common *k,
		       const struct nft_common_chain *c, bool wrong)
{
	struct nft_names n = names_of(k, c);
	struct nft_digests d = { 0 };
	int rc = 0;

	if (wrong)
		rc = nft_add_removal(t, &n, DIR_OUT, 0, NFT_MSG_DELRULE);
	if (rc >= 0 && wrong)
		rc = nft_add_removal(t, &n, DIR_OUT, 0, NFT_MSG_DELCHAIN);
	if (rc >= 0)
		rc = nft_add_chain(t, &n, DIR_OUT, 0);
	if (rc >= 0)
		rc = nft_add_removal(t, &n, DIR_OUT, 0, NFT_MSG_DELRULE);
	if (rc >= 0)
		rc = nft_steps_write(t, &n, c->rules, &d);
	nft_digests_free(&d);
	return rc;
}

int nft_common_write(struct nft_batch *t, const struct nft_common *k,
		     const struct nft_common_now *now)
{
	enum nft_step_stations j;
	size_t i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < k->nfamilies; i++) {
		t->family = k->families[i];
		rc = nft_add_table(t, k->table);
		if (rc >= 0 && t->family == NFPROTO_BRIDGE)
			rc = nft_ports_make(t, k->table, k->sets);
		for (j = 0; rc >= 0 && j < k->stations[t->family]; j++)
			rc = make_stations(t, k->table, j);
	}
	for (i = 0; rc >= 0 && i < k->nchains; i++) {
		t->family = k->chains[i].family;
		rc = write_chain(t, k, &k->chains[i],
				 now->chain[i] && !now->right[i]);
	}
	t->family = NFPROTO_BRIDGE;
	return rc;
}

int nft_common_delete(struct nft_batch *t, const struct nft_common *k,
		      const struct nft_common_now *now)
{
	struct nlmsghdr *nlh;
	size_t i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < k->nfamilies; i++) {
		if (!now->table[i])
			continue;
		t->family = k->families[i];
		nlh = nft_batch_new(t, NFT_MSG_DELTABLE, 0);
		mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, k->table);
		rc = nft_batch_add(t, nlh, NFT_STEP_DELETE, NULL);
	}
	return rc;
}

/* ---- reading -------------------------------------------------------------- */

static int take_generation(const struct nlattr *a, void *data)
{
	uint32_t *out = data;

	if (mnl_attr_get_type(a) == NFTA_GEN_ID &&
	    mnl_attr_validate(a, MNL_TYPE_U32) >= 0)
		*out = ntohl(mnl_attr_get_u32(a));
	return MNL_CB_OK;
}

static int generation_cb(const struct nlmsghdr *nlh, void *data)
{
	return mnl_attr_parse(nlh, sizeof(struct nfgenmsg), take_generation,
			      data);
}

static int ignore_cb(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	(void)data;
	return MNL_CB_OK;
}

int nft_common_ask(struct nft_conn *c, const struct nft_common *k,
		   uint8_t family)
{
	_Alignas(8) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh;

	nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETTABLE, family, 0, 0);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, k->table);
	return nft_conn_request(c, nlh, ignore_cb, NULL);
}

static int look_at_table(struct nft_conn *c, const struct nft_common *k,
			 uint8_t family, bool *there)
{
	int rc = nft_common_ask(c, k, family);

	if (rc < 0 && rc != -ENOENT)
		return log_errno(rc, "cannot ask for the table %s", k->table);
	*there = rc >= 0;
	return 0;
}

int nft_common_there(struct nft_conn *c, const struct nft_common *k)
{
	bool there = false;
	int rc = look_at_table(c, k, NFPROTO_BRIDGE, &there);

	return rc < 0 ? rc : there;
}

int nft_common_generation(struct nft_conn *c, uint32_t *out)
{
	_Alignas(8) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh;
	int rc;

	*out = 0;
	nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETGEN, NFPROTO_UNSPEC, 0, 0);
	rc = nft_conn_request(c, nlh, generation_cb, out);
	return rc < 0 ? log_errno(rc, "cannot ask the kernel for its rules") :
			0;
}

int nft_common_look(struct nft_conn *c, const struct nft_common *k,
		    struct nft_common_now *out)
{
	struct nft_names n;
	size_t i;
	int rc;

	*out = (struct nft_common_now){ 0 };
	rc = nft_common_generation(c, &out->generation);
	for (i = 0; rc >= 0 && i < k->nfamilies; i++)
		rc = look_at_table(c, k, k->families[i], &out->table[i]);
	for (i = 0; rc >= 0 && i < k->nchains; i++) {
		n = names_of(k, &k->chains[i]);
		rc = nft_read_base(c, &n, DIR_OUT, &out->right[i]);
		out->chain[i] = rc > 0;
	}
	return rc < 0 ? rc : 0;
}

static int take_rule(struct nftnl_rule *r, void *data)
{
	return nft_digest_rule(r, data);
}

static void restart(void *data)
{
	nft_digests_free(data);
}

static bool same_rules(const struct nft_digests *a, const struct nft_digests *b)
{
	return a->nrules == b->nrules &&
	       memcmp(a->rules, b->rules, a->nrules * sizeof(*a->rules)) == 0;
}

static int verify_chain(struct nft_conn *c, const struct nft_common *k,
			const struct nft_common_chain *chain, bool right,
			struct buf *findings)
{
	static const char *const family[] = { [NFPROTO_BRIDGE] = "bridge",
					      [NFPROTO_IPV4] = "ip",
					      [NFPROTO_IPV6] = "ip6" };
	struct nft_digests want = { 0 }, is = { 0 };
	_cleanup_batch_ struct nft_batch t = { 0 };
	struct nft_names n = names_of(k, chain);
	int rc;

	rc = nft_read_rules(c, &n, DIR_OUT, 0, take_rule, restart, &is);
	/* never sent: the digests are what is wanted */
	if (rc >= 0)
		rc = nft_batch_begin(&t, c, 0);
	if (rc >= 0)
		rc = nft_steps_write(&t, &n, chain->rules, &want);
	if (rc >= 0 && (!right || !same_rules(&want, &is)))
		rc = buf_printf(findings,
				"chain %s of the table %s %s is gone or was "
				"changed\n",
				chain->name, family[chain->family], k->table);
	nft_digests_free(&want);
	nft_digests_free(&is);
	return rc;
}

int nft_common_verify(struct nft_conn *c, const struct nft_common *k,
		      struct buf *findings)
{
	struct nft_names n;
	struct nft_common_now now;
	bool dormant = false;
	size_t i;
	int rc = nft_common_look(c, k, &now);

	for (i = 0; rc >= 0 && i < k->nchains; i++)
		rc = verify_chain(c, k, &k->chains[i],
				  now.chain[i] && now.right[i], findings);
	for (i = 0; rc >= 0 && i < k->nfamilies; i++) {
		n = table_of(k, k->families[i]);
		rc = nft_read_dormant(c, &n, &dormant);
		if (rc >= 0 && dormant)
			rc = buf_printf(findings,
					"a table %s is dormant: no chain of it "
					"does anything\n",
					k->table);
	}
	return rc;
}
