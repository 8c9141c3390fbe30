// SPDX-License-Identifier: GPL-2.0-or-later
/* The chains of a tap in a table, and what leads there */
#include <errno.h>
#include <linux/netfilter/xt_MARK.h>
#include <string.h>

#include "ipt_cond.h"
#include "ipt_drift.h"
#include "ipt_lower.h"
#include "ipt_table.h"
#include "nft_mark.h"

/*
 * PREROUTING sees each packet from a port once, whether it is bridged, routed
 * or for the host.  In FORWARD each copy of a bridged packet has a port that it
 * goes to, and the bridge's own chains still come behind it.  What enters or
 * leaves by the tap itself and not by its bridge cannot be judged here: it is
 * dropped.
 */
static const struct way {
	const char *from;
	const char *chain;
} ways[] = {
	{ "PREROUTING", "tapfilter-out" },
	{ "FORWARD", "tapfilter-in" },
	{ "POSTROUTING", "tapfilter-own" },
};

enum { WAY_OUT, WAY_IN, WAY_OWN };

static int add_device_drop(struct ipt_rules *out, const char *tap, bool in)
{
	_cleanup_draft_ struct ipt_draft d = { 0 };
	int rc = ipt_draft_begin(&d, out->family);

	if (rc < 0)
		return rc;
	ipt_draft_device(&d, in, tap);
	return ipt_draft_end(&d, "DROP", false, out);
}

static int add_port_jump(struct ipt_rules *out, const char *tap,
			 enum direction dir)
{
	_cleanup_draft_ struct ipt_draft d = { 0 };
	char chain[IPT_CHAIN_SIZE];
	int rc = ipt_draft_begin(&d, out->family);

	ipt_chain_name(dir, 0, tap, chain);
	if (rc == 0)
		rc = ipt_write_port(&d, dir, tap);
	return rc < 0 ? rc : ipt_draft_end(&d, chain, false, out);
}

/* The rules that lead to a tap's chain, or drop what has none */
static int way_rules(const char *tap, unsigned int way, struct ipt_rules *out)
{
	int rc;

	switch (way) {
	case WAY_OUT:
		rc = add_port_jump(out, tap, DIR_OUT);
		return rc < 0 ? rc : add_device_drop(out, tap, true);
	case WAY_IN:
		return add_port_jump(out, tap, DIR_IN);
	default:
		return add_device_drop(out, tap, false);
	}
}

/* The rule of a built-in chain that leads to ours */
static int entry_rule(unsigned int way, struct ipt_rules *out)
{
	_cleanup_draft_ struct ipt_draft d = { 0 };
	int rc = ipt_draft_begin(&d, out->family);

	return rc < 0 ? rc : ipt_draft_end(&d, ways[way].chain, false, out);
}

/* The rule that ends a way: it sets the mark, or takes it away. */
static int end_rule(unsigned int way, struct ipt_rules *out)
{
	const uint32_t bit = nft_mark_judged();
	const struct xt_mark_mtinfo1 marked = { .mark = bit, .mask = bit };
	const struct xt_mark_tginfo2 set = { .mark = bit, .mask = bit };
	const struct xt_mark_tginfo2 clear = { .mask = bit };
	_cleanup_draft_ struct ipt_draft d = { 0 };
	int rc = 0;

	if (way == WAY_IN)
		return 0;
	rc = ipt_draft_begin(&d, out->family);
	if (rc == 0 && way == WAY_OUT)
		rc = ipt_write_any_port(&d);
	else if (rc == 0)
		rc = ipt_draft_match(&d, "mark", 1, &marked, sizeof(marked));
	return rc < 0 ? rc :
			ipt_draft_end_target(&d, "MARK", 2,
					     way == WAY_OUT ? &set : &clear,
					     sizeof(set), out);
}

static bool leads_to(const struct ipt_rules *in, const void *rule,
		     const char *chain)
{
	return strcmp(ipt_rule_target(in->family, rule)->u.user.name, chain) ==
	       0;
}

/* Delete the rules of @chain that lead to @to; the last first. */
static int delete_jumps(struct xtable *t, const char *chain,
			const struct ipt_rules *rules, const char *to)
{
	unsigned int pos = 0, gone = 0;
	const void *r = NULL;
	int rc = 0;

	for (; rc == 0 && (r = ipt_next(rules, r)); pos++)
		if (leads_to(rules, r, to))
			rc = xtable_delete(t, chain, pos - gone++);
	return rc;
}

/* Is the first rule, and no other, the one that leads to our chain? */
static bool is_entered(const struct ipt_rules *builtin,
		       const struct ipt_rules *entry, unsigned int way)
{
	const void *r = NULL;
	unsigned int n = 0;

	while ((r = ipt_next(builtin, r)))
		n += leads_to(builtin, r, ways[way].chain);
	return n == 1 && ipt_find_rule(builtin, ipt_next(entry, NULL)) == 0;
}

static int enter(struct xtable *t, enum ipt_family f, unsigned int way)
{
	_cleanup_rules_ struct ipt_rules builtin = { .family = f };
	_cleanup_rules_ struct ipt_rules entry = { .family = f };
	int rc = 0;

	if (!xtable_has(t, ways[way].chain))
		rc = xtable_make(t, ways[way].chain);
	if (rc == 0)
		rc = xtable_read(t, ways[way].from, &builtin);
	if (rc == 0)
		rc = entry_rule(way, &entry);
	if (rc < 0 || is_entered(&builtin, &entry, way))
		return rc;
	rc = delete_jumps(t, ways[way].from, &builtin, ways[way].chain);
	return rc < 0 ? rc :
			xtable_insert(t, ways[way].from, ipt_next(&entry, NULL),
				      0);
}

/* Nothing of ours is left in the way. */
static int leave(struct xtable *t, enum ipt_family f, unsigned int way)
{
	_cleanup_rules_ struct ipt_rules builtin = { .family = f };
	int rc = xtable_read(t, ways[way].from, &builtin);

	if (rc == 0)
		rc = delete_jumps(t, ways[way].from, &builtin, ways[way].chain);
	if (rc == 0)
		rc = xtable_make(t, ways[way].chain);
	return rc < 0 ? rc : xtable_drop(t, ways[way].chain);
}

/* Delete the rules of @chain that are as @which; the last first. */
static int delete_equal(struct xtable *t, const char *chain,
			const struct ipt_rules *rules,
			const struct ipt_rules *which)
{
	unsigned int pos = 0, gone = 0;
	const void *r = NULL;
	int rc = 0;

	for (; rc == 0 && (r = ipt_next(rules, r)); pos++)
		if (ipt_find_rule(which, r) >= 0)
			rc = xtable_delete(t, chain, pos - gone++);
	return rc;
}

static bool has_end(const struct ipt_rules *all, const struct ipt_rules *end)
{
	return !end->n || (all->n && ipt_find_rule(all, ipt_next(end, NULL)) ==
					     (int)all->n - 1);
}

static int put_end(struct xtable *t, enum ipt_family f, unsigned int way)
{
	_cleanup_rules_ struct ipt_rules all = { .family = f };
	_cleanup_rules_ struct ipt_rules left = { .family = f };
	_cleanup_rules_ struct ipt_rules end = { .family = f };
	int rc = end_rule(way, &end);

	if (rc == 0)
		rc = xtable_read(t, ways[way].chain, &all);
	if (rc < 0 || has_end(&all, &end))
		return rc;
	rc = delete_equal(t, ways[way].chain, &all, &end);
	if (rc == 0)
		rc = xtable_read(t, ways[way].chain, &left);
	return rc < 0 ? rc :
			xtable_insert(t, ways[way].chain, ipt_next(&end, NULL),
				      left.n);
}

/* Rules of a tap stand behind each other: a stray one is not in this order. */
static bool stand_in_order(const struct ipt_rules *all,
			   const struct ipt_rules *wanted)
{
	int first = ipt_find_rule(all, ipt_next(wanted, NULL)), pos;
	const void *r = NULL;
	unsigned int i = 0;

	while (first >= 0 && (r = ipt_next(wanted, r))) {
		pos = ipt_find_rule(all, r);
		if (pos != first + (int)i++)
			return false;
	}
	return first >= 0;
}

/* Take away what leads to the tap's chain, and what looks like it. */
static int delete_way(struct xtable *t, const char *tap, unsigned int way,
		      const struct ipt_rules *all,
		      const struct ipt_rules *wanted)
{
	const char *chain = ways[way].chain;
	unsigned int pos = 0, gone = 0;
	const void *r = NULL;
	int rc = 0;

	for (; rc == 0 && (r = ipt_next(all, r)); pos++)
		if (ipt_find_rule(wanted, r) >= 0 ||
		    ipt_chain_is_of(
			    ipt_rule_target(all->family, r)->u.user.name, tap))
			rc = xtable_delete(t, chain, pos - gone++);
	return rc;
}

static int put_way(struct xtable *t, enum ipt_family f, const char *tap,
		   unsigned int way)
{
	_cleanup_rules_ struct ipt_rules all = { .family = f };
	_cleanup_rules_ struct ipt_rules wanted = { .family = f };
	const void *r = NULL;
	unsigned int pos = 0;
	int rc = enter(t, f, way);

	if (rc == 0)
		rc = put_end(t, f, way);
	if (rc == 0)
		rc = way_rules(tap, way, &wanted);
	if (rc == 0)
		rc = xtable_read(t, ways[way].chain, &all);
	if (rc < 0 || stand_in_order(&all, &wanted))
		return rc;
	rc = delete_way(t, tap, way, &all, &wanted);
	while (rc == 0 && (r = ipt_next(&wanted, r)))
		rc = xtable_insert(t, ways[way].chain, r, pos++);
	return rc;
}

static int take_way(struct xtable *t, enum ipt_family f, const char *tap,
		    unsigned int way)
{
	_cleanup_rules_ struct ipt_rules all = { .family = f };
	_cleanup_rules_ struct ipt_rules left = { .family = f };
	_cleanup_rules_ struct ipt_rules wanted = { .family = f };
	_cleanup_rules_ struct ipt_rules end = { .family = f };
	int rc;

	if (!xtable_has(t, ways[way].chain))
		return 0;
	rc = way_rules(tap, way, &wanted);
	if (rc == 0)
		rc = xtable_read(t, ways[way].chain, &all);
	if (rc == 0)
		rc = delete_way(t, tap, way, &all, &wanted);
	if (rc == 0)
		rc = xtable_read(t, ways[way].chain, &left);
	if (rc == 0)
		rc = end_rule(way, &end);
	return rc < 0 || left.n > end.n ? rc : leave(t, f, way);
}

int ipt_table_get(struct xtable *t, const char *tap, struct ipt_set *out)
{
	const char *name = xtable_walk(t, true);
	struct ipt_chain *c;
	int rc = 0;

	/* reading rules is a walk of its own within the library */
	for (; name; name = xtable_walk(t, false)) {
		if (!ipt_chain_is_of(name, tap))
			continue;
		c = util_grow(&out->chains, out->n, sizeof(*c));
		if (!c)
			return -ENOMEM;
		out->n++;
		memcpy(c->name, name, strnlen(name, sizeof(c->name) - 1));
		rc = xtable_read(t, c->name, &c->rules);
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* Empty all chains before deleting any: they lead to each other. */
static int drop_others(struct xtable *t, const struct ipt_set *old,
		       const struct ipt_set *set)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; rc == 0 && i < old->n; i++)
		if (!ipt_find_chain(set, old->chains[i].name))
			rc = xtable_make(t, old->chains[i].name);
	for (i = 0; rc == 0 && i < old->n; i++)
		if (!ipt_find_chain(set, old->chains[i].name))
			rc = xtable_drop(t, old->chains[i].name);
	return rc;
}

int ipt_table_put(struct xtable *t, const char *tap, const struct ipt_set *set)
{
	_cleanup_set_ struct ipt_set old = { 0 };
	unsigned int i;
	int rc = ipt_table_get(t, tap, &old);

	if (rc < 0 || (!old.n && !set->n))
		return rc;
	for (i = 0; rc == 0 && i < set->n; i++)
		rc = xtable_make(t, set->chains[i].name);
	for (i = 0; rc == 0 && i < set->n; i++)
		rc = xtable_fill(t, set->chains[i].name, &set->chains[i].rules);
	for (i = 0; rc == 0 && i < ARRAY_SIZE(ways); i++)
		rc = set->n ? put_way(t, set->family, tap, i) :
			      take_way(t, set->family, tap, i);
	return rc < 0 ? rc : drop_others(t, &old, set);
}

/* No other rule in a chain of ours may let something by. */
static bool is_ours(const struct ipt_rules *all, const struct ipt_rules *end)
{
	const void *r = NULL;
	const char *target;

	while ((r = ipt_next(all, r))) {
		target = ipt_rule_target(all->family, r)->u.user.name;
		if (strcmp(target, "DROP") != 0 &&
		    !ipt_chain_is_of(target, NULL) && ipt_find_rule(end, r) < 0)
			return false;
	}
	return has_end(all, end);
}

static int differs(const struct ipt_set *set, const char *chain,
		   const char *how, struct buf *findings)
{
	return buf_printf(findings, "chain %s of %s %s\n", chain,
			  ipt_family_name(set->family), how);
}

static int check_way(struct xtable *t, const char *tap,
		     const struct ipt_set *set, unsigned int way,
		     struct buf *findings)
{
	_cleanup_rules_ struct ipt_rules builtin = { .family = set->family };
	_cleanup_rules_ struct ipt_rules entry = { .family = set->family };
	_cleanup_rules_ struct ipt_rules all = { .family = set->family };
	_cleanup_rules_ struct ipt_rules wanted = { .family = set->family };
	_cleanup_rules_ struct ipt_rules end = { .family = set->family };
	int rc = xtable_read(t, ways[way].from, &builtin);

	if (rc == 0)
		rc = entry_rule(way, &entry);
	if (rc == 0)
		rc = end_rule(way, &end);
	if (rc == 0)
		rc = way_rules(tap, way, &wanted);
	if (rc == 0)
		rc = xtable_read(t, ways[way].chain, &all);
	if (rc < 0)
		return rc == -ENOENT ? differs(set, ways[way].chain, "is gone",
					       findings) :
				       rc;
	if (!is_entered(&builtin, &entry, way))
		return differs(set, ways[way].from,
			       "does not begin with what leads to ours",
			       findings);
	if (is_ours(&all, &end) && stand_in_order(&all, &wanted))
		return 0;
	return differs(set, ways[way].chain, "is not what was installed",
		       findings);
}

int ipt_table_check(struct xtable *t, const char *tap,
		    const struct ipt_set *set, struct buf *findings)
{
	_cleanup_set_ struct ipt_set now = { 0 };
	size_t before = findings->len;
	unsigned int i;
	int rc = ipt_table_get(t, tap, &now);

	if (rc == 0)
		rc = ipt_drift(set, &now, findings);
	for (i = 0; rc == 0 && set->n && i < ARRAY_SIZE(ways); i++)
		rc = check_way(t, tap, set, i, findings);
	if (rc < 0)
		return rc;
	return findings->len > before ? -EILSEQ : 0;
}
