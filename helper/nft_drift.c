// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What somebody else did to the chains of a tap: the rules in the kernel
 * against those that would be sent, told by the entries that they stand for.
 */
#include <errno.h>
#include <string.h>

#include "diff.h"
#include "nft_limit.h"
#include "nft_target.h"

/* What the comment of the first rule of a base chain begins with */
#define GUARD "tapfilter: "

/**
 * struct chain - One chain, as it should be and as it is
 * @name:	Its name in the kernel
 * @comments:	One for each rule that is there
 * @x:		Digests of what should be there, with the sets of each rule
 * @y:		Of what is there
 */
struct chain {
	const struct nft_target *target;
	enum direction dir;
	unsigned int index;
	char name[NFT_NAME_SIZE];
	struct nft_reading is;
	const char **comments;
	uint64_t *x;
	uint64_t *y;
	struct buf *findings;
};

static void free_chain(struct chain *c)
{
	nft_reading_free(&c->is);
	free(c->comments);
	free(c->x);
	free(c->y);
}

static const struct nft_digests *wanted(const struct chain *c)
{
	return &c->target->want[c->dir][c->index];
}

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
static int add_name(const struct chain *c, size_t i)
{
	const struct plan_rule *r = plan_of(c, i);
	char target[NFT_NAME_SIZE];

	if (!r)
		return buf_printf(c->findings,
				  "the rule that other devices pass by");
	if (r->from)
		return buf_printf(c->findings, "%s:%u (%s)",
				  c->target->b->profiles[r->from->profile].name,
				  r->from->line, verdict_of(r));
	if (r->verdict != PLAN_JUMP && r->verdict != PLAN_GOTO)
		return buf_printf(c->findings, "rule %zu (%s)", i + 1,
				  verdict_of(r));
	nft_chain_name(&c->target->names, c->dir, r->target, target);
	return buf_printf(c->findings, "rule %zu (to %s)", i + 1, target);
}

/* Does a comment say that this rule is meant? */
static bool is_named(const struct chain *c, size_t i, const char *comment)
{
	const struct plan_rule *r = plan_of(c, i);
	const char *name;
	uint64_t line;
	size_t len;

	if (!r)
		return strncmp(comment, GUARD, strlen(GUARD)) == 0;
	if (!r->from)
		return !*comment;
	name = c->target->b->profiles[r->from->profile].name;
	len = strlen(name);
	return strncmp(comment, name, len) == 0 && comment[len] == ':' &&
	       util_parse_uint(comment + len + 1, 0, UINT32_MAX, &line) &&
	       line == r->from->line;
}

static int add_finding(const struct chain *c, size_t i, const char *what)
{
	int rc = buf_printf(c->findings, "chain %s: ", c->name);

	if (rc >= 0)
		rc = add_name(c, i);
	return rc < 0 ? rc : buf_printf(c->findings, " %s\n", what);
}

/* A rule that should not be there; @before: the one of ours behind it */
static int add_stranger(const struct chain *c, size_t i, size_t before)
{
	const char *comment = c->comments[i];
	int rc;

	rc = buf_printf(c->findings,
			"chain %s: a rule that is not ours stands ", c->name);
	if (rc < 0)
		return rc;
	if (before == wanted(c)->nrules) {
		rc = buf_printf(c->findings, "at the end");
	} else {
		rc = buf_printf(c->findings, "before ");
		if (rc >= 0)
			rc = add_name(c, before);
	}
	if (rc >= 0 && *comment)
		rc = buf_printf(c->findings, "; its comment is \"%s\"",
				comment);
	return rc < 0 ? rc : buf_add(c->findings, "\n", 1);
}

/* Rules that went and rules that came at one place: one of the same name that
 * did both was changed. */
static int add_hunk(const struct chain *c, const struct diff_hunk *h)
{
	size_t i, j, next = h->b, end = h->b + h->nb;
	int rc = 0;

	for (i = h->a; rc >= 0 && i < h->a + h->na; i++) {
		for (j = next; j < end; j++)
			if (is_named(c, i, c->comments[j]))
				break;
		if (j == end) {
			rc = add_finding(c, i, "is gone");
			continue;
		}
		for (; rc >= 0 && next < j; next++)
			rc = add_stranger(c, next, i);
		if (rc >= 0)
			rc = add_finding(c, i, "was changed");
		next = j + 1;
	}
	for (; rc >= 0 && next < end; next++)
		rc = add_stranger(c, next, h->a + h->na);
	return rc;
}

static int index_comments(struct chain *c)
{
	size_t at = 0;
	unsigned int i;

	c->comments = util_alloc(c->is.got.nrules + 1, sizeof(*c->comments));
	if (!c->comments)
		return -ENOMEM;
	for (i = 0; i < c->is.got.nrules; i++) {
		c->comments[i] = c->is.comments.data + at;
		at += strlen(c->comments[i]) + 1;
	}
	return 0;
}

static int compare(struct chain *c)
{
	struct diff_hunk *hunks = NULL;
	size_t i, n = 0;
	int rc;

	c->x = digests(wanted(c));
	c->y = digests(&c->is.got);
	if (!c->x || !c->y)
		return -ENOMEM;
	rc = diff_lists(c->x, wanted(c)->nrules, c->y, c->is.got.nrules, &hunks,
			&n);
	if (rc >= 0 && n)
		rc = index_comments(c);
	for (i = 0; rc >= 0 && i < n; i++)
		rc = add_hunk(c, &hunks[i]);
	free(hunks);
	return rc;
}

static int verify_chain(struct nft_conn *conn, const struct nft_target *target,
			enum direction dir, unsigned int index,
			struct buf *findings)
{
	_cleanup_(free_chain) struct chain c = { .target = target,
						 .dir = dir,
						 .index = index,
						 .findings = findings };
	int rc;

	nft_chain_name(&target->names, dir, index, c.name);
	rc = nft_read_chain(conn, &target->names, dir, index, &c.is);
	return rc < 0 ? rc : compare(&c);
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
