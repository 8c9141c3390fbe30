// SPDX-License-Identifier: GPL-2.0-or-later
/* What rules of ebtables have met, by entries of profiles */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ebt.h"

static struct backend_counter *find_counter(struct backend_counter *all,
					    size_t n, const char *where,
					    const struct rule *r)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (all[i].dir == r->dir && all[i].verdict == r->verdict &&
		    strcmp(all[i].where, where) == 0)
			return &all[i];
	return NULL;
}

static int add_counter(struct backend_counter **all, size_t *n,
		       const struct binding *b, const struct rule *from,
		       const struct ebt_rule *now)
{
	struct backend_counter *slot;
	char where[sizeof(slot->where)];

	snprintf(where, sizeof(where), "%s:%u", b->profiles[from->profile].name,
		 from->line);
	slot = find_counter(*all, *n, where, from);
	if (!slot) {
		slot = util_grow(all, *n, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		++*n;
		slot->dir = from->dir;
		slot->verdict = from->verdict;
		memcpy(slot->where, where, sizeof(where));
	}
	slot->packets += now->packets;
	slot->bytes += now->bytes;
	return 0;
}

int ebt_count(const struct binding *b, const struct ebt_chains *want,
	      const struct ebt_chains *now, struct backend_counter **out,
	      size_t *n)
{
	const struct ebt_chain *c, *have;
	size_t i, j;
	int rc = 0;

	for (i = 0; rc == 0 && i < want->n; i++) {
		c = &want->chain[i];
		have = ebt_chain_find(now, c->name);
		for (j = 0; have && rc == 0 && j < c->nrules; j++)
			if (j < have->nrules && c->rules[j].from &&
			    ebt_rule_equal(&c->rules[j], &have->rules[j]))
				rc = add_counter(out, n, b, c->rules[j].from,
						 &have->rules[j]);
	}
	return rc;
}
