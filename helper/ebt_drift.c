// SPDX-License-Identifier: GPL-2.0-or-later
/* What somebody else did to the chains of a tap */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drift.h"
#include "ebt.h"

/* A chain that should be there, and the rules that it is for */
struct chain {
	const struct binding *b;
	const struct ebt_chain *want;
};

/* Equal where ebt_rule_equal() says so */
static uint64_t digest(const struct ebt_rule *r)
{
	uint64_t mix[4] = { r->target, util_digest(r->jump, strlen(r->jump)) };
	const struct ebt_cond *c;
	unsigned int i;

	for (i = 0; i < r->nconds; i++) {
		c = &r->conds[i];
		mix[0] = util_digest(mix, sizeof(mix));
		mix[1] = (uint64_t)c->key << 1 | c->negated;
		mix[2] = util_digest(c->lo, sizeof(c->lo));
		mix[3] = util_digest(c->hi, sizeof(c->hi));
	}
	return util_digest(mix, sizeof(mix));
}

static uint64_t *digests(const struct ebt_chain *c)
{
	uint64_t *all = util_alloc(c->nrules + 1, sizeof(*all));
	size_t i;

	for (i = 0; all && i < c->nrules; i++)
		all[i] = digest(&c->rules[i]);
	return all;
}

static int add_name(const void *data, size_t i, struct buf *out)
{
	static const char *const words[] = {
		[EBT_ACCEPT] = "accept",     [EBT_DROP] = "drop",
		[EBT_RETURN] = "accept",     [EBT_CONTINUE] = "continue",
		[EBT_STRANGE] = "no target",
	};
	const struct chain *c = data;
	const struct ebt_rule *r = &c->want->rules[i];
	char entry[DRIFT_ENTRY_SIZE], does[EBT_CHAIN_SIZE + 8];

	if (r->target == EBT_JUMP)
		snprintf(does, sizeof(does), "to %s", r->jump);
	else
		snprintf(does, sizeof(does), "%s", words[r->target]);
	if (r->from)
		drift_entry(c->b, r->from, entry);
	return drift_add_name(out, r->from ? entry : NULL, i, does);
}

static int write_difference(struct buf *out, const struct binding *b,
			    const struct ebt_chain *want,
			    const struct ebt_chain *now)
{
	const struct chain c = { b, want };
	_cleanup_drift_ struct drift d = {
		.chain = want->name,
		.want = digests(want),
		.nwant = want->nrules,
		.is = digests(now),
		.nis = now->nrules,
		.add_name = add_name,
		.data = &c,
	};

	return d.want && d.is ? drift_find(&d, out) : -ENOMEM;
}

static int write_jump_finding(struct buf *out, const char *tap,
			      enum direction dir, bool wanted,
			      const struct ebt_view *now)
{
	const char *hook = dir == DIR_OUT ? "PREROUTING" : "POSTROUTING";

	if (now->late[dir])
		return buf_printf(out,
				  "chain %s: rules of others stand before "
				  "those of %s\n",
				  hook, tap);
	if (now->jumps[dir] == wanted)
		return 0;
	return buf_printf(out, "chain %s: leads to the rules of %s %s\n", hook,
			  tap,
			  !now->jumps[dir] ? "no more" :
			  wanted	   ? "more than once" :
					     "although there are none");
}

int ebt_write_findings(struct buf *out, const struct binding *b,
		       const struct ebt_chains *want,
		       const struct ebt_view *now)
{
	const struct ebt_chain *c;
	enum direction dir;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < want->n; i++) {
		c = ebt_chain_find(&now->chains, want->chain[i].name);
		rc = c ? write_difference(out, b, &want->chain[i], c) :
			 buf_printf(out, "chain %s is gone\n",
				    want->chain[i].name);
	}
	for (i = 0; rc == 0 && i < now->chains.n; i++) {
		c = &now->chains.chain[i];
		if (!ebt_chain_find(want, c->name))
			rc = buf_printf(out, "chain %s is not ours\n", c->name);
	}
	for (dir = DIR_IN; rc == 0 && dir <= DIR_OUT; dir++)
		rc = write_jump_finding(out, b->tap, dir,
					ebt_has_direction(want, b->tap, dir),
					now);
	return rc;
}
