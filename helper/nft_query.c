// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel knows of an installed tap: identity and counters */
#include <stdio.h> /* libnftnl/expr.h needs it */

#include <errno.h>
#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "nft_read.h"
#include "nft_udata.h"

struct identity_reader {
	struct backend_tap id;
	bool found;
};

static void restart_identity(void *data)
{
	struct identity_reader *r = data;

	*r = (struct identity_reader){ 0 };
}

static int take_identity(struct nftnl_rule *rule, void *data)
{
	struct identity_reader *r = data;

	if (!r->found)
		r->found = nft_read_identity(rule, &r->id);
	return 0;
}

int nft_read_query(struct nft_conn *c, const struct nft_names *n,
		   struct backend_tap *out)
{
	static const enum direction dirs[] = { DIR_OUT, DIR_IN };
	struct identity_reader r = { 0 };
	bool none = true;
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		rc = nft_read_base(c, n, dirs[i], NULL);
		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		none = false;
		rc = nft_read_rules(c, n, dirs[i], 0, take_identity,
				    restart_identity, &r);
		if (rc < 0)
			return rc;
		if (r.found) {
			*out = r.id;
			return 0;
		}
	}
	return none ? -ENOENT : -EBADMSG;
}

struct counter_reader {
	enum direction dir;
	struct backend_counter *all;
	size_t n;
	size_t before; /* number of those from other chains */
};

static void restart_counters(void *data)
{
	struct counter_reader *r = data;

	r->n = r->before;
}

int nft_read_figures(struct nftnl_rule *rule, struct backend_counter *out)
{
	struct nftnl_expr_iter *iter = nftnl_expr_iter_create(rule);
	struct nftnl_expr *e;
	const char *name;
	int found = 0;

	if (!iter)
		return -ENOMEM;
	while ((e = nftnl_expr_iter_next(iter))) {
		name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
		if (strcmp(name, "counter") == 0) {
			out->packets =
				nftnl_expr_get_u64(e, NFTNL_EXPR_CTR_PACKETS);
			out->bytes =
				nftnl_expr_get_u64(e, NFTNL_EXPR_CTR_BYTES);
			found = 1;
		} else if (strcmp(name, "reject") == 0) {
			out->verdict = VERDICT_REJECT;
		} else if (strcmp(name, "immediate") == 0) {
			out->verdict =
				nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT) ==
						NF_DROP ?
					VERDICT_DROP :
					VERDICT_ACCEPT;
		}
	}
	nftnl_expr_iter_destroy(iter);
	return found;
}

static int take_counter(struct nftnl_rule *rule, void *data)
{
	struct backend_counter one = { 0 }, *slot;
	struct counter_reader *r = data;
	const char *where;
	int rc;

	rc = nft_read_figures(rule, &one);
	where = nft_read_comment(rule);
	if (rc <= 0 || !where || strlen(where) >= sizeof(one.where))
		return rc < 0 ? rc : 0;
	one.dir = r->dir;
	memcpy(one.where, where, strlen(where) + 1);
	slot = util_grow(&r->all, r->n, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = one;
	r->n++;
	return 0;
}

static int compare_counters(const void *a, const void *b)
{
	const struct backend_counter *x = a, *y = b;

	if (x->dir != y->dir)
		return x->dir < y->dir ? 1 : -1; /* outgoing first */
	if (x->verdict != y->verdict)
		return x->verdict < y->verdict ? -1 : 1;
	return strcmp(x->where, y->where);
}

/* Several kernel rules may stand for one rule of a profile. */
static size_t join_counters(struct backend_counter *all, size_t n)
{
	size_t i, last = 0;

	if (!n)
		return 0;
	qsort(all, n, sizeof(*all), compare_counters);
	for (i = 1; i < n; i++) {
		if (compare_counters(&all[last], &all[i]) != 0) {
			all[++last] = all[i];
			continue;
		}
		all[last].packets += all[i].packets;
		all[last].bytes += all[i].bytes;
	}
	return last + 1;
}

int nft_read_counters(struct nft_conn *c, const struct nft_names *n,
		      struct backend_counter **out, size_t *count)
{
	struct counter_reader r = { 0 };
	struct nft_present present;
	unsigned int index;
	int rc;

	rc = nft_read_present(c, n, &present);
	for (r.dir = DIR_IN; rc >= 0 && r.dir <= DIR_OUT; r.dir++)
		for (index = 0; rc >= 0 && index <= present.nsubs[r.dir];
		     index++) {
			r.before = r.n;
			rc = nft_read_rules(c, n, r.dir, index, take_counter,
					    restart_counters, &r);
		}
	if (rc < 0) {
		free(r.all);
		return rc;
	}
	*out = r.all;
	*count = join_counters(r.all, r.n);
	return 0;
}
