// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of values as anonymous constant sets */
#include <errno.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "nft_expr.h"

/*
 * nft(8) writes the values of a set by its key type, and takes them back only
 * when that is the type of the field as it understands the rule: our loads
 * mostly have no name there, so their values are integers.
 */
enum nft_type {
	NFT_TYPE_INTEGER = 4,
	NFT_TYPE_INET_PROTO = 12,
	NFT_TYPE_INET_SERVICE = 13,
};

static enum nft_type key_type(const struct plan_cond *c)
{
	switch (c->field) {
	case FIELD_IP_UPPER:
	case FIELD_IP6_PROTO:
		return NFT_TYPE_INET_PROTO;
	case FIELD_L4_SPORT:
	case FIELD_L4_DPORT:
		return NFT_TYPE_INET_SERVICE;
	default:
		return NFT_TYPE_INTEGER;
	}
}

static int out_of_memory(void)
{
	return log_errno(ENOMEM, "cannot make the values of a rule");
}

static int add_elem(struct nftnl_set *s, const uint8_t *key, uint32_t len)
{
	struct nftnl_set_elem *e = nftnl_set_elem_alloc();

	if (!e)
		return out_of_memory();
	if (nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, key, len) < 0) {
		nftnl_set_elem_free(e);
		return out_of_memory();
	}
	nftnl_set_elem_add(s, e);
	return 0;
}

int nft_set_byteorder(struct nftnl_set *s, enum nft_byteorder order)
{
	struct nftnl_udata_buf *u = nftnl_udata_buf_alloc(64);
	int rc = -1;

	if (u && nftnl_udata_put_u32(u, NFTNL_UDATA_SET_KEYBYTEORDER, order))
		rc = nftnl_set_set_data(s, NFTNL_SET_USERDATA,
					nftnl_udata_buf_data(u),
					nftnl_udata_buf_len(u));
	if (u)
		nftnl_udata_buf_free(u);
	return rc < 0 ? out_of_memory() : 0;
}

/*
 * A name of our own: the kernel makes one up by looking at the names of all
 * sets of the table.
 */
static int name_set(struct nftnl_set *s, const struct nft_names *n,
		    uint32_t number)
{
	char name[NFT_NAME_SIZE];

	snprintf(name, sizeof(name), "%.15s-%u", n->tap, number);
	if (nftnl_set_set_str(s, NFTNL_SET_TABLE, n->table) < 0 ||
	    nftnl_set_set_str(s, NFTNL_SET_NAME, name) < 0)
		return out_of_memory();
	return 0;
}

int nft_set_make(struct nft_batch *t, const struct nft_names *n,
		 const struct plan_cond *c, struct nftnl_set **out)
{
	struct nftnl_set *s = nftnl_set_alloc();
	unsigned int i;
	int rc;

	if (!s)
		return out_of_memory();
	rc = name_set(s, n, ++t->nsets);
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, t->family);
	nftnl_set_set_u32(s, NFTNL_SET_ID, t->nsets);
	nftnl_set_set_u32(s, NFTNL_SET_FLAGS,
			  NFT_SET_ANONYMOUS | NFT_SET_CONSTANT);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, key_type(c));
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, c->len);
	nftnl_set_set_u32(s, NFTNL_SET_DESC_SIZE, c->nvalues);
	if (rc >= 0)
		rc = nft_set_byteorder(s, NFT_BYTEORDER_BIG);
	for (i = 0; rc >= 0 && i < c->nvalues; i++)
		rc = add_elem(s, c->values[i].lo, c->len);
	if (rc < 0) {
		nftnl_set_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

int nft_set_send(struct nft_batch *t, struct nftnl_set *set,
		 const struct rule *from)
{
	struct nlmsghdr *nlh;
	int rc;

	nlh = nft_batch_new(t, NFT_MSG_NEWSET, NLM_F_CREATE);
	nftnl_set_nlmsg_build_payload(nlh, set);
	rc = nft_batch_add(t, nlh, NFT_STEP_SET, from);
	if (rc < 0)
		return rc;
	nlh = nft_batch_new(t, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
	nftnl_set_elems_nlmsg_build_payload(nlh, set);
	return nft_batch_add(t, nlh, NFT_STEP_SET, from);
}
