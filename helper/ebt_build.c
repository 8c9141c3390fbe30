// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The chains of a tap: one for each profile, and behind it one for each list of
 * values that must not be
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ebt_lower.h"
#include "log.h"

#define MAX_ALTERNATIVES 1024 /* rules that one rule may become */

/* Is it always there, so that one can ask for what it is not? */
static bool is_certain(enum ebt_key key)
{
	return key == EBT_PROTO || key == EBT_SRC || key == EBT_DST ||
	       key == EBT_VLAN_ENCAP;
}

/*
 * Several options of a kind are alternatives, so none of them can be "not":
 * what is none of a list is what a chain of returns lets through to a DROP.
 */
const char *ebt_lower_check(struct lower *l)
{
	size_t i, total = 1;

	l->none_of = EBT_KEY_COUNT;
	for (i = 0; i < EBT_KEY_COUNT; i++) {
		if (l->slots[i].n > 1 && l->slots[i].list[0].negated) {
			if (l->none_of != EBT_KEY_COUNT ||
			    l->r->verdict == VERDICT_ACCEPT ||
			    !is_certain((enum ebt_key)i))
				return "a list of values that must not be";
			l->none_of = (enum ebt_key)i;
			continue;
		}
		if (l->slots[i].n)
			total *= l->slots[i].n;
		if (total > MAX_ALTERNATIVES)
			return "so many combinations of values";
	}
	return NULL;
}

const char *ebt_lower_refuses(const struct rule *r)
{
	_cleanup_(ebt_lower_free) struct lower l = { .r = r };

	return ebt_lower_rule(&l);
}

/**
 * struct builder - The chains of one direction
 * @next:	Number of the next chain
 */
struct builder {
	const struct binding *b;
	struct ebt_chains *out;
	enum direction dir;
	unsigned int next;
};

/* A chain's place in memory may change with the next one: its name is kept. */
static int new_chain(struct builder *bd, char *name)
{
	char suffix[16];

	snprintf(suffix, sizeof(suffix), "%c%u", bd->dir == DIR_OUT ? 'o' : 'i',
		 bd->next++);
	ebt_chain_name(bd->b->tap, suffix, name);
	return ebt_chain_add(bd->out, name) ? 0 : -ENOMEM;
}

static struct ebt_rule *new_rule(struct builder *bd, const char *chain,
				 enum ebt_target target)
{
	struct ebt_chain *c = ebt_chain_find(bd->out, chain);

	if (c && c->nrules < EBT_MAX_RULES)
		return ebt_rule_add(c, target);
	log_errno(E2BIG, "cannot make a rule of ebtables");
	return NULL;
}

static int add_jump(struct builder *bd, const char *from, const char *to)
{
	struct ebt_rule *r = new_rule(bd, from, EBT_JUMP);

	if (!r)
		return -ENOMEM;
	memcpy(r->jump, to, EBT_CHAIN_SIZE);
	return 0;
}

/* All combinations, the last option running fastest; to @target or @jump */
static int add_rules(struct builder *bd, const char *chain,
		     const struct lower *l, enum ebt_target target,
		     const char *jump)
{
	size_t at[EBT_KEY_COUNT] = { 0 }, k;
	struct ebt_rule *to;

	do {
		to = new_rule(bd, chain, target);
		if (!to)
			return -ENOMEM;
		if (jump)
			memcpy(to->jump, jump, EBT_CHAIN_SIZE);
		else
			to->from = l->r;
		for (k = 0; k < EBT_KEY_COUNT; k++)
			if (l->slots[k].n && k != l->none_of)
				to->conds[to->nconds++] =
					l->slots[k].list[at[k]];
		for (k = EBT_KEY_COUNT; k-- > 0; at[k] = 0)
			if (k != l->none_of && at[k] + 1 < l->slots[k].n) {
				at[k]++;
				break;
			}
	} while (k < EBT_KEY_COUNT);
	return 0;
}

/* The options that a match needs with it */
static bool needs_proto(enum ebt_key key)
{
	return key == EBT_VLAN_ENCAP;
}

/* Those that are one of the list return, the others are dropped. */
static int add_none_of(struct builder *bd, const char *chain,
		       const struct lower *l)
{
	const struct slot *s = &l->slots[l->none_of];
	char name[EBT_CHAIN_SIZE];
	struct ebt_rule *r;
	size_t i;
	int rc = new_chain(bd, name);

	if (rc == 0)
		rc = add_rules(bd, chain, l, EBT_JUMP, name);
	for (i = 0; rc == 0 && i < s->n; i++) {
		r = new_rule(bd, name, EBT_RETURN);
		if (!r)
			return -ENOMEM;
		if (needs_proto(l->none_of))
			r->conds[r->nconds++] = l->slots[EBT_PROTO].list[0];
		r->conds[r->nconds] = s->list[i];
		r->conds[r->nconds++].negated = false;
	}
	r = rc == 0 ? new_rule(bd, name, EBT_DROP) : NULL;
	if (!r)
		return -ENOMEM;
	r->from = l->r;
	return 0;
}

static int add_rule(struct builder *bd, const char *chain,
		    const struct rule *from)
{
	_cleanup_(ebt_lower_free) struct lower l = { .r = from };
	const char *what = ebt_lower_rule(&l);

	if (what) {
		log_err("profile %s, line %u: ebtables cannot carry %s",
			bd->b->profiles[from->profile].name, from->line, what);
		return -EOPNOTSUPP;
	}
	if (l.none_of != EBT_KEY_COUNT)
		return add_none_of(bd, chain, &l);
	return add_rules(bd, chain, &l,
			 from->verdict == VERDICT_DROP ? EBT_DROP : EBT_RETURN,
			 NULL);
}

static int add_profile(struct builder *bd, const char *chain,
		       unsigned int profile)
{
	const struct rule *r;
	unsigned int i;
	int rc = 0;

	for (i = 0; rc == 0 && i < bd->b->nrules; i++) {
		r = &bd->b->rules[i];
		if (r->profile == profile && r->dir == bd->dir)
			rc = add_rule(bd, chain, r);
	}
	/* At its end, a chain of ebtables accepts: for everybody. */
	return rc < 0 || new_rule(bd, chain, EBT_RETURN) ? rc : -ENOMEM;
}

/* Does a profile drop anything in a direction? */
static bool drops(const struct binding *b, unsigned int profile,
		  enum direction dir)
{
	unsigned int i;

	for (i = 0; i < b->nrules; i++)
		if (b->rules[i].profile == profile && b->rules[i].dir == dir &&
		    b->rules[i].verdict == VERDICT_DROP)
			return true;
	return false;
}

static int add_direction(struct ebt_chains *out, const struct binding *b,
			 enum direction dir)
{
	struct builder bd = { .b = b, .out = out, .dir = dir };
	char top[EBT_CHAIN_SIZE], name[EBT_CHAIN_SIZE];
	unsigned int p;
	int rc = 0;

	ebt_chain_name(b->tap, dir == DIR_OUT ? "o" : "i", top);
	for (p = 0; rc == 0 && p < b->nprofiles; p++) {
		if (!drops(b, p, dir))
			continue;
		if (!ebt_chain_find(out, top) && !ebt_chain_add(out, top))
			return -ENOMEM;
		rc = new_chain(&bd, name);
		if (rc == 0)
			rc = add_jump(&bd, top, name);
		if (rc == 0)
			rc = add_profile(&bd, name, p);
	}
	if (rc == 0 && bd.next)
		rc = new_rule(&bd, top, EBT_RETURN) ? 0 : -ENOMEM;
	return rc;
}

int ebt_lower(const struct binding *b, const struct backend_tap *id,
	      struct ebt_chains *out)
{
	enum direction dir;
	int rc = ebt_add_identity(b->tap, id, out);

	for (dir = DIR_IN; rc == 0 && dir <= DIR_OUT; dir++)
		rc = add_direction(out, b, dir);
	return rc;
}
