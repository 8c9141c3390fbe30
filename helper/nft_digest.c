// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Digests of rules and sets: made of what is sent and of what is read back,
 * they must agree.  The names of anonymous sets, with a dash or "__set" of
 * nft(8), handles and the figures of counters are left out.
 */
#include <stdio.h> /* libnftnl/expr.h needs it */

#include <errno.h>
#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <string.h>

#include "log.h"
#include "nft_common.h"

#define MAX_ATTRS 6
#define ATTR_MAX 64 /* the prefix of a log, and more than any value */

/* Which attributes of an expression count; the frequent ones first. */
static const struct {
	const char *name;
	uint16_t attrs[MAX_ATTRS]; /* ends with zero */
} known[] = {
	{ "payload",
	  { NFTNL_EXPR_PAYLOAD_DREG, NFTNL_EXPR_PAYLOAD_BASE,
	    NFTNL_EXPR_PAYLOAD_OFFSET, NFTNL_EXPR_PAYLOAD_LEN } },
	{ "cmp",
	  { NFTNL_EXPR_CMP_SREG, NFTNL_EXPR_CMP_OP, NFTNL_EXPR_CMP_DATA } },
	{ "immediate",
	  { NFTNL_EXPR_IMM_DREG, NFTNL_EXPR_IMM_VERDICT,
	    NFTNL_EXPR_IMM_CHAIN } },
	{ "counter", { 0 } },
	{ "meta",
	  { NFTNL_EXPR_META_KEY, NFTNL_EXPR_META_DREG, NFTNL_EXPR_META_SREG } },
	{ "range",
	  { NFTNL_EXPR_RANGE_SREG, NFTNL_EXPR_RANGE_OP,
	    NFTNL_EXPR_RANGE_FROM_DATA, NFTNL_EXPR_RANGE_TO_DATA } },
	{ "bitwise",
	  { NFTNL_EXPR_BITWISE_SREG, NFTNL_EXPR_BITWISE_DREG,
	    NFTNL_EXPR_BITWISE_LEN, NFTNL_EXPR_BITWISE_MASK,
	    NFTNL_EXPR_BITWISE_XOR } },
	{ "exthdr",
	  { NFTNL_EXPR_EXTHDR_DREG, NFTNL_EXPR_EXTHDR_TYPE,
	    NFTNL_EXPR_EXTHDR_OFFSET, NFTNL_EXPR_EXTHDR_LEN,
	    NFTNL_EXPR_EXTHDR_OP, NFTNL_EXPR_EXTHDR_FLAGS } },
	/* one with a destination takes verdicts out of the set */
	{ "lookup",
	  { NFTNL_EXPR_LOOKUP_SREG, NFTNL_EXPR_LOOKUP_FLAGS,
	    NFTNL_EXPR_LOOKUP_DREG } },
	{ "objref",
	  { NFTNL_EXPR_OBJREF_IMM_TYPE, NFTNL_EXPR_OBJREF_IMM_NAME } },
	{ "limit",
	  { NFTNL_EXPR_LIMIT_RATE, NFTNL_EXPR_LIMIT_UNIT,
	    NFTNL_EXPR_LIMIT_BURST, NFTNL_EXPR_LIMIT_TYPE,
	    NFTNL_EXPR_LIMIT_FLAGS } },
	{ "log",
	  { NFTNL_EXPR_LOG_GROUP, NFTNL_EXPR_LOG_PREFIX, NFTNL_EXPR_LOG_LEVEL,
	    NFTNL_EXPR_LOG_SNAPLEN, NFTNL_EXPR_LOG_QTHRESHOLD } },
	{ "ct", { NFTNL_EXPR_CT_KEY, NFTNL_EXPR_CT_DREG, NFTNL_EXPR_CT_SREG } },
	{ "dynset",
	  { NFTNL_EXPR_DYNSET_SREG_KEY, NFTNL_EXPR_DYNSET_OP,
	    NFTNL_EXPR_DYNSET_SET_NAME } },
	{ "connlimit",
	  { NFTNL_EXPR_CONNLIMIT_COUNT, NFTNL_EXPR_CONNLIMIT_FLAGS } },
	{ "reject", { NFTNL_EXPR_REJECT_TYPE, NFTNL_EXPR_REJECT_CODE } },
};

/*
 * The kernel looks at all chains of a table when one of them changes, and
 * nft(8) takes half a megabyte of memory and many messages for each table.
 * 16 tables keep both small up to some thousand taps.
 */
void nft_names_init(struct nft_names *n, enum place place, const char *tap)
{
	unsigned int table = util_digest(tap, strlen(tap)) % NFT_TABLES;
	const struct nft_common *k = nft_common_of(place);

	*n = (struct nft_names){ .family = NFPROTO_NETDEV, .tap = tap };
	if (k) {
		n->family = NFPROTO_BRIDGE;
		snprintf(n->table, sizeof(n->table), "%s", k->table);
		return;
	}
	snprintf(n->table, sizeof(n->table), "tapfilter-%02u", table);
}

const struct nft_hook *nft_names_hook(const struct nft_names *n,
				      enum direction dir)
{
	static const struct nft_hook hooks[] = {
		[DIR_IN] = { NF_NETDEV_EGRESS, NFT_PRIORITY },
		[DIR_OUT] = { NF_NETDEV_INGRESS, NFT_PRIORITY },
	};

	if (n->chain)
		return n->hook;
	return n->family == NFPROTO_NETDEV ? &hooks[dir] : NULL;
}

void nft_chain_name(const struct nft_names *n, enum direction dir,
		    unsigned int index, char *out)
{
	const char *way = dir == DIR_OUT ? "out" : "in";

	if (n->chain)
		snprintf(out, NFT_NAME_SIZE, "%s", n->chain);
	else if (index)
		snprintf(out, NFT_NAME_SIZE, "%.15s-%s-%u", n->tap, way,
			 index - 1);
	else
		snprintf(out, NFT_NAME_SIZE, "%.15s-%s", n->tap, way);
}

void nft_digests_free(struct nft_digests *d)
{
	free(d->rules);
	free(d->ends);
	free(d->sets);
	buf_free(&d->flat);
	*d = (struct nft_digests){ 0 };
}

static int add_sized(struct buf *out, const void *data, uint32_t len)
{
	int rc = buf_add(out, &len, sizeof(len));

	return rc < 0 || !len ? rc : buf_add(out, data, len);
}

/* Appends length and bytes of an attribute, and returns the new length. */
static size_t put_attr(const struct nftnl_expr *e, uint16_t attr, uint8_t *out,
		       size_t used)
{
	const void *data = NULL;
	uint32_t len = 0;

	if (nftnl_expr_is_set(e, attr))
		data = nftnl_expr_get(e, attr, &len);
	if (!data)
		len = 0;
	memcpy(out + used, &len, sizeof(len));
	used += sizeof(len);
	/* none of ours is as long: what of it is compared does not matter */
	if (len > ATTR_MAX)
		len = ATTR_MAX;
	if (len)
		memcpy(out + used, data, len);
	return used + len;
}

/* The set that a rule asks, where others ask it too */
static int add_set(const struct nftnl_expr *e, struct buf *out)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET);

	if (!name || strchr(name, '-') || strncmp(name, "__", 2) == 0)
		return 0;
	return buf_add(out, name, strlen(name) + 1);
}

static int add_expr(const struct nftnl_expr *e, struct buf *out)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
	uint8_t flat[1 + MAX_ATTRS * (sizeof(uint32_t) + ATTR_MAX)];
	size_t i, j, used = 0;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(known[i].name, name) == 0)
			break;
	flat[used++] = (uint8_t)i;
	/* what we never send cannot be equal: that it is there is enough */
	for (j = 0; i < ARRAY_SIZE(known) && j < MAX_ATTRS; j++) {
		if (!known[i].attrs[j])
			break;
		used = put_attr(e, known[i].attrs[j], flat, used);
	}
	return buf_add(out, flat, used);
}

/* What it makes for each element of a set */
static int add_inner(const struct nftnl_expr *e, struct buf *out)
{
	uint32_t len;

	if (!nftnl_expr_is_set(e, NFTNL_EXPR_DYNSET_EXPR))
		return 0;
	return add_expr(nftnl_expr_get(e, NFTNL_EXPR_DYNSET_EXPR, &len), out);
}

static int add_exprs(struct nftnl_rule *r, struct nft_digests *d)
{
	struct nftnl_expr_iter *iter = nftnl_expr_iter_create(r);
	struct nftnl_expr *e;
	const char *name;
	int rc = 0;

	if (!iter)
		return log_errno(ENOMEM, "cannot go through a rule");
	while (rc >= 0 && (e = nftnl_expr_iter_next(iter))) {
		rc = add_expr(e, &d->flat);
		name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
		if (strcmp(name, "lookup") == 0) {
			d->lookups++;
			rc = rc < 0 ? rc : add_set(e, &d->flat);
		} else if (strcmp(name, "dynset") == 0) {
			rc = rc < 0 ? rc : add_inner(e, &d->flat);
		}
	}
	nftnl_expr_iter_destroy(iter);
	return rc;
}

static int append(uint64_t **array, unsigned int *n, uint64_t digest)
{
	uint64_t *slot = util_grow(array, *n, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	*slot = digest;
	++*n;
	return 0;
}

int nft_digest_rule(struct nftnl_rule *r, struct nft_digests *d)
{
	const void *data = NULL;
	unsigned int *end;
	uint32_t len = 0;
	int rc;

	if (nftnl_rule_is_set(r, NFTNL_RULE_USERDATA))
		data = nftnl_rule_get_data(r, NFTNL_RULE_USERDATA, &len);
	d->flat.len = 0;
	rc = add_sized(&d->flat, data, data ? len : 0);
	if (rc >= 0)
		rc = add_exprs(r, d);
	if (rc < 0)
		return rc;
	end = util_grow(&d->ends, d->nrules, sizeof(*end));
	if (!end)
		return -ENOMEM;
	*end = d->lookups;
	return append(&d->rules, &d->nrules,
		      util_digest(d->flat.data, d->flat.len));
}

/* An element, such that elements sort by their bytes. */
struct element {
	uint8_t key[FIELD_MAX_BYTES];
	uint32_t len;
	uint32_t flags;
};

struct elements {
	struct element *e;
	size_t n;
};

static int take_element(struct nftnl_set_elem *se, void *data)
{
	struct elements *all = data;
	struct element *e = util_grow(&all->e, all->n, sizeof(*e));
	const void *key;
	uint32_t len;

	if (!e)
		return -1;
	all->n++;
	key = nftnl_set_elem_get(se, NFTNL_SET_ELEM_KEY, &len);
	if (key && len <= sizeof(e->key)) {
		memcpy(e->key, key, len);
		e->len = len;
	}
	if (nftnl_set_elem_is_set(se, NFTNL_SET_ELEM_FLAGS))
		e->flags = nftnl_set_elem_get_u32(se, NFTNL_SET_ELEM_FLAGS);
	return 0;
}

static int compare_elements(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct element));
}

int nft_digest_set(struct nftnl_set *s, struct nft_digests *d)
{
	struct elements all = { 0 };
	uint64_t digest = 0;
	int rc;

	if (nftnl_set_elem_foreach(s, take_element, &all) < 0) {
		free(all.e);
		return -ENOMEM;
	}
	if (all.n) {
		qsort(all.e, all.n, sizeof(*all.e), compare_elements);
		digest = util_digest(all.e, all.n * sizeof(*all.e));
	}
	free(all.e);
	rc = append(&d->sets, &d->nsets, digest);
	return rc;
}
