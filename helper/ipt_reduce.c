// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What iptables and ip6tables can enforce of a rule, in the language of rules
 *
 * Only IPv6 is another matter than for nft.  A Fragment header is looked into
 * directly behind the IPv6 header.  And where the host uses connection tracking,
 * that has put fragments together before: then there is no such header, and the
 * first next header and the length are those of the whole.  So:
 *
 * - A DROP by what is behind a Fragment header drops every fragment that has
 *   another extension header before it; an ACCEPT does not accept it.
 * - With an outgoing rule that asks for one of these, the later fragments that
 *   it may be about are dropped by ebtables, which comes first.  So nothing is
 *   put together.
 * - An incoming DROP that such a packet could escape is an error.
 */
#include <string.h>

#include "ipt_numbers.h"
#include "ipt_reduce.h"

#define TYPE_IP6 0x86dd
#define NEXT_FRAGMENT 44
#define NO_MEMORY "it, for want of memory"
#define OFFSET_MASK 0xfff8

static const enum field_id of_whole[] = {
	FIELD_IP6_FRAGHDR, FIELD_IP6_FRAGNEXT, FIELD_IP6_FRAG,
	FIELD_IP6_NEXTHDR, FIELD_IP6_LENGTH,
};

/* Does it ask for what is different once fragments have been put together? */
static bool asks_fragments(const struct rule *r)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(of_whole); i++)
		if (rule_find(r, of_whole[i]))
			return true;
	return false;
}

static bool may_be_next(const struct rule *r, unsigned int next)
{
	struct numbers s = ipt_all_numbers(256);

	return ipt_leave(r, FIELD_IP6_NEXTHDR, &s) && s.has[next];
}

/* Could a packet escape it because it has been put together? */
static bool is_escaped(const struct rule *r)
{
	if (rule_find(r, FIELD_IP6_FRAGHDR) ||
	    rule_find(r, FIELD_IP6_FRAGNEXT) || rule_find(r, FIELD_IP6_FRAG))
		return true;
	return (rule_find(r, FIELD_IP6_NEXTHDR) ||
		rule_find(r, FIELD_IP6_LENGTH)) &&
	       may_be_next(r, NEXT_FRAGMENT);
}

/* ---- later fragments ------------------------------------------------------ */

/* Does a rule drop all that another does? */
static bool covers(const struct rule *r, const struct rule *other)
{
	const struct match *m;
	unsigned int i;

	for (i = 0; i < r->nmatches; i++) {
		m = rule_find(other, r->matches[i].field);
		if (!m || !match_equal(&r->matches[i], m))
			return false;
	}
	return true;
}

/* Takes the rule, unless others say as much; takes away what it says, too. */
static int keep_later(struct binding *later, struct rule *r)
{
	unsigned int i, n = 0;
	struct rule *slot;

	for (i = 0; i < later->nrules; i++)
		if (later->rules[i].dir == r->dir &&
		    covers(&later->rules[i], r)) {
			rule_clear(r);
			return 0;
		}
	for (i = 0; i < later->nrules; i++)
		if (later->rules[i].dir == r->dir &&
		    covers(r, &later->rules[i]))
			rule_clear(&later->rules[i]);
		else
			later->rules[n++] = later->rules[i];
	later->nrules = n;
	slot = util_grow(&later->rules, n, sizeof(*slot));
	if (!slot)
		return -1;
	*slot = *r;
	later->nrules++;
	return 0;
}

/* What every fragment of a packet has: its addresses */
static int copy_addresses(struct rule *to, const struct rule *from)
{
	const struct match *m;
	struct match *copy;
	unsigned int i;

	for (i = 0; i < from->nmatches; i++) {
		m = &from->matches[i];
		if (m->op != OP_EQ ||
		    (m->field != FIELD_IP6_SRC && m->field != FIELD_IP6_DST) ||
		    rule_find(to, m->field))
			continue;
		copy = rule_add_match(to, m->field, m->op, m->nvalues);
		if (!copy)
			return -1;
		memcpy(copy->values, m->values,
		       m->nvalues * sizeof(*m->values));
	}
	return 0;
}

static int add_later(const struct rule *r, struct binding *later)
{
	struct rule to = { .verdict = VERDICT_DROP,
			   .dir = r->dir,
			   .line = r->line,
			   .entry = r->entry };
	struct match *m = NULL;

	if (rule_match_uint(&to, FIELD_ETH_TYPE, OP_EQ, TYPE_IP6) == 0 &&
	    copy_addresses(&to, r) == 0)
		m = rule_add_match(&to, FIELD_IP6_FRAG, OP_NE, 1);
	if (!m) {
		rule_clear(&to);
		return -1;
	}
	m->values[0].hi[0] = OFFSET_MASK >> 8;
	m->values[0].hi[1] = OFFSET_MASK & 0xff;
	return keep_later(later, &to);
}

/* ---- rules ---------------------------------------------------------------- */

static struct rule *add_copy(struct binding *part, const struct rule *r,
			     enum field_id without)
{
	struct rule *to = util_grow(&part->rules, part->nrules, sizeof(*to));
	unsigned int i;

	if (!to || rule_copy(to, r) < 0)
		return NULL;
	part->nrules++;
	for (i = 0; i < to->nmatches; i++)
		if (to->matches[i].field == without) {
			free(to->matches[i].values);
			memmove(&to->matches[i], &to->matches[i + 1],
				(to->nmatches - i - 1) * sizeof(*to->matches));
			to->nmatches--;
			i--;
		}
	return to;
}

static int match_others(struct rule *to)
{
	static const uint8_t others[] = { 0, 43, 51, 60 };
	struct match *m = rule_add_match(to, FIELD_IP6_NEXTHDR, OP_EQ,
					 ARRAY_SIZE(others));
	size_t i;

	for (i = 0; m && i < ARRAY_SIZE(others); i++) {
		m->values[i].lo[0] = others[i];
		m->values[i].hi[0] = 0xff;
	}
	return m ? rule_match_uint(to, FIELD_IP6_FRAGHDR, OP_EQ, 1) : -1;
}

/* What is behind a Fragment header, where that can be seen */
static int add_behind(const struct rule *r, struct binding *part)
{
	struct rule *to = add_copy(part, r, FIELD_NONE);

	if (!to ||
	    rule_match_uint(to, FIELD_IP6_NEXTHDR, OP_EQ, NEXT_FRAGMENT) < 0)
		return -1;
	if (r->verdict == VERDICT_ACCEPT)
		return 0;
	to = add_copy(part, r, FIELD_IP6_FRAGNEXT);
	return to ? match_others(to) : -1;
}

const char *ipt_reduce(const struct rule *r, struct binding *part,
		       struct binding *later)
{
	unsigned int first = part->nrules, i;
	const char *what = NULL;

	if (r->dir == DIR_IN && r->verdict != VERDICT_ACCEPT && is_escaped(r))
		return "a DROP of incoming fragments";
	if (r->dir == DIR_OUT && asks_fragments(r) && add_later(r, later) < 0)
		return NO_MEMORY;
	if (rule_find(r, FIELD_IP6_FRAGNEXT) &&
	    !ipt_next_is(r, NEXT_FRAGMENT)) {
		if (add_behind(r, part) < 0)
			return NO_MEMORY;
	} else if (!add_copy(part, r, FIELD_NONE)) {
		return NO_MEMORY;
	}
	for (i = first; !what && i < part->nrules; i++)
		what = ipt_refuses(&part->rules[i]);
	return what;
}
