// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Limits as objects of nf_tables: the kernel rules of an entry are several, and
 * a frame must count once.
 */
#include <stdio.h> /* libnftnl/object.h needs it */

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/object.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "log.h"
#include "nft_limit.h"

#define REQUEST_SIZE 1024

void nft_limit_name(const struct nft_names *n, enum direction dir,
		    unsigned int index, char *out)
{
	nft_chain_name(n, dir, index + 1, out);
}

static struct nlmsghdr *name_limit(struct nlmsghdr *nlh,
				   const struct nft_names *n,
				   enum direction dir, unsigned int index)
{
	char name[NFT_NAME_SIZE];

	nft_limit_name(n, dir, index, name);
	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, n->table);
	mnl_attr_put_strz(nlh, NFTA_OBJ_NAME, name);
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_LIMIT));
	return nlh;
}

int nft_add_limit(struct nft_batch *t, const struct nft_names *n,
		  enum direction dir, unsigned int index,
		  const struct rule *from)
{
	struct nftnl_obj *o = nftnl_obj_alloc();
	char name[NFT_NAME_SIZE];
	struct nlmsghdr *nlh;

	if (!o)
		return log_errno(ENOMEM, "cannot make a limit");
	nft_limit_name(n, dir, index, name);
	nftnl_obj_set_str(o, NFTNL_OBJ_TABLE, n->table);
	nftnl_obj_set_str(o, NFTNL_OBJ_NAME, name);
	nftnl_obj_set_u32(o, NFTNL_OBJ_TYPE, NFT_OBJECT_LIMIT);
	nftnl_obj_set_u64(o, NFTNL_OBJ_LIMIT_RATE, from->limit.frames);
	nftnl_obj_set_u64(o, NFTNL_OBJ_LIMIT_UNIT, from->limit.seconds);
	nftnl_obj_set_u32(o, NFTNL_OBJ_LIMIT_BURST, from->limit.burst);
	nftnl_obj_set_u32(o, NFTNL_OBJ_LIMIT_TYPE, NFT_LIMIT_PKTS);
	nftnl_obj_set_u32(o, NFTNL_OBJ_LIMIT_FLAGS, 0);
	nlh = nft_batch_new(t, NFT_MSG_NEWOBJ, NLM_F_CREATE);
	nftnl_obj_nlmsg_build_payload(nlh, o);
	nftnl_obj_free(o);
	return nft_batch_add(t, nlh, NFT_STEP_LIMIT, from);
}

int nft_add_limit_removal(struct nft_batch *t, const struct nft_names *n,
			  enum direction dir, unsigned int index)
{
	struct nlmsghdr *nlh = nft_batch_new(t, NFT_MSG_DELOBJ, 0);

	return nft_batch_add(t, name_limit(nlh, n, dir, index), NFT_STEP_DELETE,
			     NULL);
}

static int limit_cb(const struct nlmsghdr *nlh, void *data)
{
	struct nftnl_obj *o = nftnl_obj_alloc();
	struct rate *out = data;
	int rc = MNL_CB_ERROR;

	if (o && nftnl_obj_nlmsg_parse(nlh, o) >= 0 &&
	    nftnl_obj_get_u32(o, NFTNL_OBJ_TYPE) == NFT_OBJECT_LIMIT) {
		rc = MNL_CB_OK;
		/* what we never send stays zero, and so differs */
		if (nftnl_obj_get_u32(o, NFTNL_OBJ_LIMIT_TYPE) ==
			    NFT_LIMIT_PKTS &&
		    !nftnl_obj_get_u32(o, NFTNL_OBJ_LIMIT_FLAGS)) {
			out->frames = (uint32_t)nftnl_obj_get_u64(
				o, NFTNL_OBJ_LIMIT_RATE);
			out->seconds = (uint32_t)nftnl_obj_get_u64(
				o, NFTNL_OBJ_LIMIT_UNIT);
			out->burst =
				nftnl_obj_get_u32(o, NFTNL_OBJ_LIMIT_BURST);
		}
	}
	if (o)
		nftnl_obj_free(o);
	return rc;
}

int nft_read_limit(struct nft_conn *c, const struct nft_names *n,
		   enum direction dir, unsigned int index, struct rate *out)
{
	_Alignas(8) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh;
	int rc;

	*out = (struct rate){ 0 };
	nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETOBJ, n->family, 0, 0);
	rc = nft_conn_request(c, name_limit(nlh, n, dir, index), limit_cb, out);
	if (rc == -ENOENT)
		return 0;
	return rc < 0 ? log_errno(rc, "cannot ask the kernel for a limit of %s",
				  n->tap) :
			1;
}
