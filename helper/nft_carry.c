// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters that outlive a replacement.  What is counted between the reading and
 * the transaction is lost: the kernel hands no counter on.
 */
#include <errno.h>
#include <string.h>

#include "nft_carry.h"
#include "nft_udata.h"

/**
 * struct reader - What is read of one direction
 * @first:	Number of those of the chains before this one
 * @flat:	Digests of the rules of the chain
 * @ours:	The base chain says that it is of the device
 */
struct reader {
	struct nft_carry *out;
	enum direction dir;
	uint32_t ifindex;
	size_t first;
	struct nft_digests flat;
	bool ours;
};

static void restart(void *data)
{
	struct reader *r = data;

	r->out->n = r->first;
	nft_digests_free(&r->flat);
}

static int take(struct nftnl_rule *rule, void *data)
{
	struct backend_counter met = { 0 };
	struct reader *r = data;
	struct nft_carried *slot;
	struct backend_tap id;
	int rc;

	if (nft_read_identity(rule, &id)) {
		r->ours = id.ifindex == r->ifindex;
		r->out->ifindex = id.ifindex;
	}
	rc = nft_read_figures(rule, &met);
	if (rc <= 0 || !met.packets)
		return rc < 0 ? rc : 0;
	rc = nft_digest_rule(rule, &r->flat);
	if (rc < 0)
		return rc;
	slot = util_grow(&r->out->all, r->out->n, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = (struct nft_carried){
		.dir = r->dir,
		.rule = r->flat.rules[r->flat.nrules - 1],
		.packets = met.packets,
		.bytes = met.bytes,
	};
	r->out->n++;
	return 0;
}

static int read_direction(struct nft_conn *c, const struct nft_names *n,
			  const struct nft_present *present, struct reader *r)
{
	size_t before = r->out->n;
	unsigned int i;
	int rc = 0;

	for (i = 0; rc >= 0 && i <= present->nsubs[r->dir]; i++) {
		r->first = r->out->n;
		rc = nft_read_rules(c, n, r->dir, i, take, restart, r);
	}
	nft_digests_free(&r->flat);
	if (!r->ours)
		r->out->n = before;
	return rc;
}

static int compare(const void *a, const void *b)
{
	const struct nft_carried *x = a, *y = b;

	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	return (x->rule > y->rule) - (x->rule < y->rule);
}

int nft_carry_read(struct nft_conn *c, const struct nft_names *n,
		   const struct nft_present *present, uint32_t ifindex,
		   struct nft_carry *out)
{
	enum direction dir;
	int rc = 0;

	for (dir = DIR_IN; rc >= 0 && dir <= DIR_OUT; dir++) {
		struct reader r = { .out = out,
				    .dir = dir,
				    .ifindex = ifindex };

		if (present->base[dir])
			rc = read_direction(c, n, present, &r);
	}
	if (out->n)
		qsort(out->all, out->n, sizeof(*out->all), compare);
	return rc;
}

const struct nft_carried *nft_carry_take(struct nft_carry *c,
					 enum direction dir, uint64_t rule)
{
	const struct nft_carried key = { .dir = dir, .rule = rule };
	struct nft_carried *found;
	size_t i;

	if (!c->n)
		return NULL;
	found = bsearch(&key, c->all, c->n, sizeof(*c->all), compare);
	if (!found)
		return NULL;
	for (i = (size_t)(found - c->all);
	     i && compare(&key, &c->all[i - 1]) == 0;)
		i--;
	for (; i < c->n && compare(&key, &c->all[i]) == 0; i++) {
		if (c->all[i].taken)
			continue;
		c->all[i].taken = true;
		return &c->all[i];
	}
	return NULL;
}

void nft_carry_free(struct nft_carry *c)
{
	free(c->all);
	*c = (struct nft_carry){ 0 };
}
