// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ebtables place: chains of our own in the table "nat", to which
 * PREROUTING leads what comes from the tap, POSTROUTING what goes to it
 *
 * One ebtables-restore is one transaction, for all taps of a call.  Its exit
 * status is not believed; what counts is what the kernel has afterwards.  When
 * that is not what was sent, somebody else may have changed the tables at the
 * same time, and it is tried again from what is there now.
 *
 * Rules go to the host's own variant of ebtables.  What the other one has of a
 * tap, from a time when that was the host's, drops frames as well: it goes
 * when the new rules are there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ebt.h"
#include "ebt_child.h"
#include "log.h"

#define TRIES 4

struct backend {
	const struct ebt_names *names;
	const struct ebt_host *host;
};

/* Read before the sandbox, for all connections of the process */
static struct ebt_names names;
static bool prepared;

/* What is to be in the kernel of one tap, and what was there */
struct target {
	const char *tap;
	struct binding reduced;
	struct ebt_chains want;
	struct ebt_view before;
};

static void free_targets(struct target *t, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		ebt_chains_free(&t[i].want);
		ebt_view_free(&t[i].before);
		binding_free(&t[i].reduced);
	}
	free(t);
}

static bool is_empty(const struct ebt_view *v)
{
	return !v->chains.n && !v->jumps[DIR_IN] && !v->jumps[DIR_OUT];
}

/* ---- reading -------------------------------------------------------------- */

static int read_tap(struct backend *be, enum ebt_variant v, const char *tap,
		    bool counters, struct ebt_view *out)
{
	_cleanup_buf_ struct buf text = { 0 };
	int rc = ebt_child_save(v, EBT_NAT, counters, &text);

	ebt_view_free(out);
	*out = (struct ebt_view){ 0 };
	return rc < 0 ? rc : ebt_parse(text.data, be->names, tap, out);
}

/* Has the variant that is not the host's own anything of a tap?  1, 0, error */
static int other_has(struct backend *be, const char *tap)
{
	_cleanup_view_ struct ebt_view now = { 0 };
	int rc;

	if (be->host->other == EBT_VARIANTS)
		return 0;
	rc = read_tap(be, be->host->other, tap, false, &now);
	return rc < 0 ? rc : !is_empty(&now);
}

/* Is what the kernel has what is wanted? */
static bool is_as_wanted(const char *tap, const struct ebt_chains *want,
			 const struct ebt_view *now)
{
	enum direction dir;
	size_t i;

	if (want->n != now->chains.n)
		return false;
	for (i = 0; i < want->n; i++)
		if (!ebt_chain_equal(&want->chain[i],
				     ebt_chain_find(&now->chains,
						    want->chain[i].name)))
			return false;
	for (dir = DIR_IN; dir <= DIR_OUT; dir++)
		if (now->late[dir] ||
		    now->jumps[dir] != ebt_has_direction(want, tap, dir))
			return false;
	return true;
}

/* ---- a change ------------------------------------------------------------- */

static int read_all(struct backend *be, enum ebt_variant v,
		    const struct target *t, size_t n, struct ebt_view *now)
{
	_cleanup_buf_ struct buf text = { 0 };
	int rc = ebt_child_save(v, EBT_NAT, false, &text);
	size_t i;

	for (i = 0; rc == 0 && i < n; i++) {
		ebt_view_free(&now[i]);
		now[i] = (struct ebt_view){ 0 };
		rc = ebt_parse(text.data, be->names, t[i].tap, &now[i]);
	}
	return rc;
}

static bool all_as_wanted(const struct target *t, size_t n,
			  const struct ebt_view *now)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_as_wanted(t[i].tap, &t[i].want, &now[i]))
			return false;
	return true;
}

static int write_all(struct buf *out, const struct target *t, size_t n,
		     const struct ebt_view *now)
{
	size_t i;
	int rc = buf_printf(out, "*nat\n");

	for (i = 0; rc == 0 && i < n; i++)
		rc = ebt_write_change(out, t[i].tap, &t[i].want, &now[i]);
	return rc;
}

/* 0; -EAGAIN (not reported) when the kernel has something else */
static int try_once(struct backend *be, enum ebt_variant v,
		    const struct target *t, size_t n, struct ebt_view *now,
		    struct buf *said)
{
	_cleanup_buf_ struct buf text = { 0 };
	int rc = read_all(be, v, t, n, now);

	if (rc < 0 || all_as_wanted(t, n, now))
		return rc;
	said->len = 0;
	rc = write_all(&text, t, n, now);
	if (rc == 0)
		rc = ebt_child_restore(v, &text, said);
	if (rc == 0)
		rc = read_all(be, v, t, n, now);
	return rc < 0 || all_as_wanted(t, n, now) ? rc : -EAGAIN;
}

static int bring_about(struct backend *be, enum ebt_variant v,
		       const struct target *t, size_t n)
{
	struct ebt_view *now = util_alloc(n, sizeof(*now));
	_cleanup_buf_ struct buf said = { 0 };
	int tries, rc = now ? -EAGAIN : -ENOMEM;
	size_t i;

	for (tries = 0; rc == -EAGAIN && tries < TRIES; tries++)
		rc = try_once(be, v, t, n, now, &said);
	if (rc == -EAGAIN) {
		log_lines(said.data ? said.data : "", said.len);
		log_err("the rules that %s has of %s are not those that were "
			"given to %s-restore",
			ebt_variant_name(v), t->tap, ebt_variant_name(v));
		rc = -EILSEQ;
	}
	for (i = 0; now && i < n; i++)
		ebt_view_free(&now[i]);
	free(now);
	return rc;
}

/* What was there before becomes what is wanted. */
static void put_back(struct backend *be, struct target *t, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		ebt_chains_free(&t[i].want);
		t[i].want = t[i].before.chains;
		t[i].before.chains = (struct ebt_chains){ 0 };
	}
	if (bring_about(be, be->host->own, t, n) < 0)
		log_err("what ebtables had of %s before could not be put back",
			t->tap);
}

static bool can_put_back(const struct ebt_chains *c)
{
	size_t i, j;

	for (i = 0; i < c->n; i++)
		for (j = 0; j < c->chain[i].nrules; j++)
			if (c->chain[i].rules[j].target == EBT_STRANGE)
				return false;
	return true;
}

/* The other variant is to have nothing of these taps. */
static int clear_other(struct backend *be, const struct target *t, size_t n)
{
	struct target *none;
	size_t i;
	int rc;

	if (be->host->other == EBT_VARIANTS)
		return 0;
	none = util_alloc(n, sizeof(*none));
	if (!none)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		none[i].tap = t[i].tap;
	rc = bring_about(be, be->host->other, none, n);
	free_targets(none, n);
	return rc;
}

static int change(struct backend *be, struct target *t, size_t n)
{
	bool back = true;
	size_t i;
	int rc = ebt_child_lock();

	if (rc < 0)
		return rc;
	for (i = 0; rc == 0 && i < n; i++) {
		rc = read_tap(be, be->host->own, t[i].tap, false, &t[i].before);
		back = back && can_put_back(&t[i].before.chains);
	}
	if (rc == 0) {
		rc = bring_about(be, be->host->own, t, n);
		if (rc == 0)
			rc = clear_other(be, t, n);
		if (rc < 0 && back)
			put_back(be, t, n);
	}
	ebt_child_unlock();
	return rc;
}

/* ---- the operations ------------------------------------------------------- */

static int query(struct backend *be, enum ebt_variant v, const char *tap,
		 struct backend_tap *out)
{
	_cleanup_view_ struct ebt_view now = { 0 };
	const struct ebt_chain *c;
	char name[EBT_CHAIN_SIZE];
	int rc = read_tap(be, v, tap, false, &now);

	if (rc < 0)
		return rc;
	ebt_chain_name(tap, "id", name);
	c = ebt_chain_find(&now.chains, name);
	if (c && ebt_read_identity(c, out))
		return 0;
	return is_empty(&now) ? -ENOENT : -EBADMSG;
}

static int ebt_query(struct backend *be, const char *tap,
		     struct backend_tap *out)
{
	int rc = query(be, be->host->own, tap, out);

	if (rc != -ENOENT || be->host->other == EBT_VARIANTS)
		return rc;
	return query(be, be->host->other, tap, out);
}

/* Rules may have been placed when ebtables was another program. */
static int check_legacy(const struct binding *b)
{
	const char *what = NULL;
	const struct rule *r;

	for (r = b->rules; !what && r < b->rules + b->nrules; r++) {
		what = ebt_legacy_refuses(r);
		if (what)
			log_at(b->profiles[r->profile].file, r->line,
			       "ebtables-legacy cannot carry %s", what);
	}
	return what ? -EOPNOTSUPP : 0;
}

static int make_target(struct backend *be, const struct backend_item *item,
		       struct target *t)
{
	int rc = be->host->own == EBT_LEGACY ? check_legacy(item->b) : 0;

	if (rc < 0)
		return rc;
	t->tap = item->b->tap;
	rc = ebt_reduce(item->b, &t->reduced);
	return rc < 0 ? rc : ebt_lower(&t->reduced, &item->id, &t->want);
}

static int ebt_apply(struct backend *be, const struct backend_item *items,
		     size_t n)
{
	struct target *t = util_alloc(n, sizeof(*t));
	size_t i;
	int rc = t ? 0 : -ENOMEM;

	for (i = 0; rc == 0 && i < n; i++)
		rc = make_target(be, &items[i], &t[i]);
	if (rc == 0 && n)
		rc = change(be, t, n);
	if (t)
		free_targets(t, n);
	return rc;
}

static int ebt_verify(struct backend *be, const struct binding *b,
		      const struct backend_tap *id, struct buf *findings)
{
	const struct backend_item item = { .b = b, .id = *id };
	struct target *t = util_alloc(1, sizeof(*t));
	_cleanup_view_ struct ebt_view now = { 0 };
	int rc = t ? make_target(be, &item, t) : -ENOMEM;

	int others = rc == 0 ? other_has(be, b->tap) : 0;

	if (rc == 0)
		rc = others < 0 ?
			     others :
			     read_tap(be, be->host->own, b->tap, false, &now);
	if (rc == 0 && (others || !is_as_wanted(b->tap, &t->want, &now))) {
		rc = ebt_write_findings(findings, &t->reduced, &t->want, &now);
		if (rc == 0 && others)
			rc = buf_printf(findings,
					"%s has rules of %s, and the host's "
					"ebtables is %s\n",
					ebt_variant_name(be->host->other),
					b->tap,
					ebt_variant_name(be->host->own));
		rc = rc < 0 ? rc : -EILSEQ;
	}
	if (t)
		free_targets(t, 1);
	return rc;
}

/* Most taps have nothing here: that costs no lock. */
static int ebt_remove(struct backend *be, const char *tap)
{
	_cleanup_view_ struct ebt_view now = { 0 };
	struct target *t;
	int rc = read_tap(be, be->host->own, tap, false, &now);

	if (rc == 0 && is_empty(&now)) {
		rc = other_has(be, tap);
		if (rc == 0)
			return 0;
	}
	if (rc < 0)
		return rc;
	t = util_alloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->tap = tap;
	rc = change(be, t, 1);
	free_targets(t, 1);
	return rc;
}

/* ---- counters ------------------------------------------------------------- */

static int ebt_counters(struct backend *be, const struct binding *b,
			struct backend_counter **out, size_t *n)
{
	const struct backend_item item = { .b = b };
	struct target *t = util_alloc(1, sizeof(*t));
	_cleanup_view_ struct ebt_view now = { 0 };
	int rc = t ? make_target(be, &item, t) : -ENOMEM;

	*out = NULL;
	*n = 0;
	if (rc == 0)
		rc = read_tap(be, be->host->own, b->tap, true, &now);
	if (rc == 0)
		rc = ebt_count(&t->reduced, &t->want, &now.chains, out, n);
	if (rc < 0) {
		free(*out);
		*out = NULL;
	}
	if (t)
		free_targets(t, 1);
	return rc;
}

/* What failed as root is not tried again without that. */
static int ebt_prepare(const struct priv_user *user)
{
	static int rc;

	if (!prepared)
		rc = ebt_names_load(&names);
	if (!prepared && rc == 0)
		rc = ebt_child_start(user);
	prepared = true;
	return rc;
}

static int ebt_open(struct backend **out)
{
	struct backend *be = util_alloc(1, sizeof(*be));
	int rc = be ? ebt_prepare(NULL) : -ENOMEM;

	if (rc < 0) {
		free(be);
		return rc;
	}
	be->names = &names;
	be->host = ebt_child_host();
	*out = be;
	return 0;
}

static void ebt_close(struct backend *be)
{
	free(be);
}

const struct backend_ops backend_ebt = {
	.name = "ebtables",
	.prepare = ebt_prepare,
	.open = ebt_open,
	.close = ebt_close,
	.query = ebt_query,
	.apply = ebt_apply,
	.verify = ebt_verify,
	.remove = ebt_remove,
	.counters = ebt_counters,
};
