// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What somebody else did to the chains of a tap: the rules in the kernel
 * against those that would be sent, told by the entries that they stand for.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drift.h"
#include "nft_limit.h"
#include "nft_target.h"

/* What the comment of the first rule of a base chain begins with */
#define GUARD "tapfilter: "

/**
 * struct chain - One chain
 * @name:	Its name in the kernel
 * @is:		What is there
 */
struct chain {
	const struct nft_target *target;
	enum direction dir;
	unsigned int index;
	char name[NFT_NAME_SIZE];
	struct nft_reading is;
};

static uint64_t *digests(const struct nft_digests *d)
{
	uint64_t *all = util_alloc(d->nrules + 1, sizeof(*all)), mix[2];
	unsigned int i, set = 0;

	for (i = 0; all && i < d->nrules; i++) {
		all[i] = d->rules[i];
		for (; set < d->ends[i] && set < d->nsets; set++) {
			mix[0] = all[i];
			mix[1] = d->sets[set];
			all[i] = util_digest(mix, sizeof(mix));
		}
	}
	return all;
}

/* NULL for the rule that stands first in a base chain */
static const struct plan_rule *plan_of(const struct chain *c, size_t i)
{
	const struct plan_chain *p = &c->target->plans[c->dir].chains[c->index];

	if (!c->index)
		return i ? &p->rules[i - 1] : NULL;
	return &p->rules[i];
}

static const char *verdict_of(const struct plan_rule *r)
{
	return r->verdict == PLAN_DROP	   ? "drop" :
	       r->verdict == PLAN_REJECT   ? "reject" :
	       r->verdict == PLAN_CONTINUE ? "log" :
					     "accept";
}

/* How a rule that should be there is called */
static int add_name(const void *data, size_t i, struct buf *out)
{
	const struct chain *c = data;
	const struct plan_rule *r = plan_of(c, i);
	char target[NFT_NAME_SIZE], does[NFT_NAME_SIZE + 8];
	char entry[DRIFT_ENTRY_SIZE];

	if (!r)
		return buf_printf(out, "the rule that other devices pass by");
	snprintf(does, sizeof(does), "%s", verdict_of(r));
	if (r->from) {
		drift_entry(c->target->b, r->from, entry);
	} else if (r->verdict == PLAN_JUMP || r->verdict == PLAN_GOTO) {
		nft_chain_name(&c->target->names, c->dir, r->target, target);
		snprintf(does, sizeof(does), "to %s", target);
	}
	return drift_add_name(out, r->from ? entry : NULL, i, does);
}

/* Does a comment say that this rule is meant? */
static bool is_named(const void *data, size_t i, const char *comment)
{
	const struct chain *c = data;
	const struct plan_rule *r = plan_of(c, i);
	char entry[DRIFT_ENTRY_SIZE];

	if (!r)
		return strncmp(comment, GUARD, strlen(GUARD)) == 0;
	if (!r->from)
		return !*comment;
	drift_entry(c->target->b, r->from, entry);
	return strcmp(comment, entry) == 0;
}

static int compare(const struct chain *c, struct buf *findings)
{
	const struct nft_digests *want = &c->target->want[c->dir][c->index];
	_cleanup_drift_ struct drift d = {
		.chain = c->name,
		.want = digests(want),
		.nwant = want->nrules,
		.is = digests(&c->is.got),
		.nis = c->is.got.nrules,
		.add_name = add_name,
		.is_named = is_named,
		.data = c,
	};

	if (!d.want || !d.is || drift_set_comments(&d, &c->is.comments) < 0)
		return -ENOMEM;
	return drift_find(&d, findings);
}

static int verify_chain(struct nft_conn *conn, const struct nft_target *target,
			enum direction dir, unsigned int index,
			struct buf *findings)
{
	struct chain c = { .target = target, .dir = dir, .index = index };
	int rc;

	nft_chain_name(&target->names, dir, index, c.name);
	rc = nft_read_chain(conn, &target->names, dir, index, &c.is);
	if (rc >= 0)
		rc = compare(&c, findings);
	nft_reading_free(&c.is);
	return rc;
}

static int verify_chains(struct nft_conn *conn, const struct nft_target *target,
			 const struct nft_present *now, enum direction dir,
			 struct buf *findings)
{
	unsigned int i, n = target->plans[dir].nchains;
	char name[NFT_NAME_SIZE];
	int rc = 0;

	nft_chain_name(&target->names, dir, 0, name);
	if (!n)
		return now->base[dir] || now->nsubs[dir] ?
			       buf_printf(findings, "chain %s is not ours\n",
					  name) :
			       0;
	if (!now->base[dir])
		return buf_printf(findings, "chain %s is gone\n", name);
	if (!now->attached[dir])
		rc = buf_printf(findings,
				"chain %s is not at its tap any more, or has "
				"another priority or policy\n",
				name);
	for (i = 0; rc >= 0 && i < n; i++) {
		nft_chain_name(&target->names, dir, i, name);
		rc = i <= now->nsubs[dir] ?
			     verify_chain(conn, target, dir, i, findings) :
			     buf_printf(findings, "chain %s is gone\n", name);
	}
	for (i = n; rc >= 0 && i <= now->nsubs[dir]; i++) {
		nft_chain_name(&target->names, dir, i, name);
		rc = buf_printf(findings, "chain %s is not ours\n", name);
	}
	return rc;
}

static int verify_limits(struct nft_conn *conn, const struct nft_target *target,
			 const struct nft_present *now, enum direction dir,
			 struct buf *findings)
{
	const struct plan *p = &target->plans[dir];
	const struct rate *want;
	struct rate got;
	unsigned int i;
	int rc;

	for (i = 0; i < p->nlimits; i++) {
		want = &p->limits[i]->limit;
		rc = nft_read_limit(conn, &target->names, dir, i, &got);
		if (rc < 0)
			return rc;
		if (rc && got.frames == want->frames &&
		    got.seconds == want->seconds && got.burst == want->burst)
			continue;
		rc = buf_printf(findings,
				"the limit of %s:%u is gone or was changed\n",
				target->b->profiles[p->limits[i]->profile].name,
				p->limits[i]->line);
		if (rc < 0)
			return rc;
	}
	return now->nlimits[dir] <= p->nlimits ?
		       0 :
		       buf_printf(findings, "%u limits of %s are not ours\n",
				  now->nlimits[dir] - p->nlimits,
				  target->names.tap);
}

int nft_target_verify(struct nft_conn *c, const struct nft_target *target,
		      struct buf *findings)
{
	static const enum direction dirs[] = { DIR_OUT, DIR_IN };
	size_t before = findings->len, i;
	struct nft_present now;
	bool dormant;
	int rc;

	rc = nft_read_dormant(c, &target->names, &dormant);
	if (rc >= 0 && dormant)
		rc = buf_printf(findings,
				"table %s is dormant: no chain of it filters\n",
				target->names.table);
	if (rc >= 0)
		rc = nft_read_present(c, &target->names, &now);
	for (i = 0; rc >= 0 && i < ARRAY_SIZE(dirs); i++) {
		rc = verify_chains(c, target, &now, dirs[i], findings);
		if (rc >= 0)
			rc = verify_limits(c, target, &now, dirs[i], findings);
	}
	if (rc < 0)
		return rc;
	return findings->len > before ? -EILSEQ : 0;
}
