// SPDX-License-Identifier: GPL-2.0-or-later
/* User data of kernel rules: comments, and whose rules they are */
#include <errno.h>
#include <libnftnl/udata.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "nft_udata.h"

#define UDATA_MAX 256 /* the kernel's NFT_USERDATA_MAXLEN */

/* Our own kind of user data; programs that do not know it skip it. */
#define UDATA_IDENTITY 0x74

/* Layout of the identity, little-endian. */
static const uint8_t magic[4] = { 'T', 'F', 'I', 'D' };
#define IDENTITY_VERSION 1
#define VERSION_AT 4
#define IFINDEX_AT 5
#define OWNER_AT 9
#define UUID_AT 13
#define DIGEST_AT 29
#define IDENTITY_SIZE 37

static void free_udata(struct nftnl_udata_buf **u)
{
	if (*u)
		nftnl_udata_buf_free(*u);
}

static int attach(struct nftnl_rule *r, const char *comment,
		  const uint8_t *identity)
{
	_cleanup_(free_udata) struct nftnl_udata_buf *u =
		nftnl_udata_buf_alloc(UDATA_MAX);

	if (!u || !nftnl_udata_put_strz(u, NFTNL_UDATA_RULE_COMMENT, comment) ||
	    (identity &&
	     !nftnl_udata_put(u, UDATA_IDENTITY, IDENTITY_SIZE, identity)) ||
	    nftnl_rule_set_data(r, NFTNL_RULE_USERDATA, nftnl_udata_buf_data(u),
				nftnl_udata_buf_len(u)) < 0)
		return log_errno(ENOMEM, "cannot make a kernel rule");
	return 0;
}

int nft_udata_identity(struct nftnl_rule *r, const char *tap,
		       const struct backend_tap *id)
{
	uint8_t data[IDENTITY_SIZE] = { 0 };
	char comment[NFTNL_UDATA_COMMENT_MAXLEN];

	memcpy(data, magic, sizeof(magic));
	data[VERSION_AT] = IDENTITY_VERSION;
	util_put_le(data + IFINDEX_AT, 4, id->ifindex);
	util_put_le(data + OWNER_AT, 4, id->owner);
	memcpy(data + UUID_AT, id->uuid, sizeof(id->uuid));
	util_put_le(data + DIGEST_AT, 8, id->digest);
	snprintf(comment, sizeof(comment), "tapfilter: %s, ifindex %u, uid %u",
		 tap, id->ifindex, id->owner);
	return attach(r, comment, data);
}

int nft_udata_where(struct nftnl_rule *r, const struct binding *b,
		    const struct rule *from)
{
	char comment[NFTNL_UDATA_COMMENT_MAXLEN];
	int n;

	n = snprintf(comment, sizeof(comment), "%s:%u",
		     b->profiles[from->profile].name, from->line);
	if (n < 0 || (size_t)n >= sizeof(comment))
		return log_errno(ENAMETOOLONG,
				 "cannot note where a rule of %s "
				 "comes from",
				 b->profiles[from->profile].name);
	return attach(r, comment, NULL);
}

/*
 * An attribute is its type, its length and that many bytes.  The kernel takes
 * any bytes for user data, and nftnl_udata_parse() believes every length.
 */
static const void *find(const struct nftnl_rule *r, uint8_t type, size_t *len)
{
	const uint8_t *at, *found = NULL;
	uint32_t left;

	if (!nftnl_rule_is_set(r, NFTNL_RULE_USERDATA))
		return NULL;
	at = nftnl_rule_get_data(r, NFTNL_RULE_USERDATA, &left);
	while (left >= 2 && at[1] <= left - 2) {
		if (at[0] == type) {
			found = at + 2;
			*len = at[1];
		}
		left -= 2U + at[1];
		at += 2 + at[1];
	}
	return left ? NULL : found;
}

bool nft_read_identity(const struct nftnl_rule *r, struct backend_tap *out)
{
	const uint8_t *data;
	size_t len;

	data = find(r, UDATA_IDENTITY, &len);
	if (!data || len != IDENTITY_SIZE ||
	    memcmp(data, magic, sizeof(magic)) != 0 ||
	    data[VERSION_AT] != IDENTITY_VERSION)
		return false;
	out->ifindex = (uint32_t)util_get_le(data + IFINDEX_AT, 4);
	out->owner = (uint32_t)util_get_le(data + OWNER_AT, 4);
	memcpy(out->uuid, data + UUID_AT, sizeof(out->uuid));
	out->digest = util_get_le(data + DIGEST_AT, 8);
	return true;
}

const char *nft_read_comment(const struct nftnl_rule *r)
{
	const char *text;
	size_t len;

	text = find(r, NFTNL_UDATA_RULE_COMMENT, &len);
	return text && len && !text[len - 1] ? text : NULL;
}
