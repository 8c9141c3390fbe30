// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules as the records have them: after "nft flush ruleset", after whatever
 * took some away, or when it is not certain what stands
 *
 * Between a flush and the rules a guest is open, and all rules of many guests
 * take the kernel a while.  So the taps without any are closed first, by rules
 * that drop everything: these are few, and stand under the tap's own names
 * like any other rules of its own.  Whoever is killed after that leaves a tap
 * that is closed, and what the next restore, up, down or gc finds are rules
 * that are not those of the record.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "place.h"
#include "restore.h"
#include "session_place.h"

/**
 * struct one - One of the taps
 * @lock:	Its lock, -1 while it is not held
 * @busy:	Somebody else has the lock
 * @dead:	Its device has gone
 * @empty:	There is no record
 * @ours:	It has a device, and a record that says how to filter that
 * @open:	Nothing of ours filters it
 * @lost:	Its rules are not those of the record
 * @changed:	But they are there
 * @shut:	They cannot be put back
 * @dev:	Its device
 * @record:	At first without a binding
 * @closed:	Rules that let nothing pass
 * @stopped:	It has these, and no others
 */
struct one {
	const char *tap;
	int lock;
	bool busy;
	bool dead;
	bool empty;
	bool ours;
	bool open;
	bool lost;
	bool changed;
	bool shut;
	struct link_info dev;
	struct record record;
	struct binding closed;
	bool stopped;
};

struct work {
	struct session *s;
	const struct restore_which *which;
	struct one *all;
	size_t n;
	struct backend_item *items;
	int rc;
};

static void fail(struct work *w, int rc)
{
	w->rc = w->rc < 0 ? w->rc : rc;
}

/* ---- a glance at each: who is open? ---------------------------------------- */

static bool is_open(const struct work *w, const struct one *o)
{
	struct backend_tap id = { 0 };

	return w->s->ops->query(w->s->be, o->tap, &id) < 0 ||
	       id.ifindex != o->dev.ifindex;
}

/* It does not even tell which device it is of. */
static int look_without_record(const struct work *w, struct one *o, int why)
{
	int rc = link_get(w->s->link, o->tap, &o->dev);

	o->dead = rc == -ENODEV;
	if (rc < 0)
		return o->dead ? 0 : rc;
	if (why == -EBADMSG)
		log_err("the record of %s is damaged", o->tap);
	else
		log_errno(why, "cannot read the record of %s", o->tap);
	o->shut = is_open(w, o) && strcmp(o->dev.kind, "tun") == 0;
	return why;
}

/* Chains go by the name of a device: under its new one it has none.  Or it is
 * another device, which has its number. */
static int look_at_renamed(const struct work *w, struct one *o)
{
	struct record now = { 0 };

	o->dead = session_is_dead(&o->record, w->s);
	if (o->dead)
		return 0;
	o->shut = state_peek(w->s->state, o->dev.name, &now) < 0 ||
		  now.ifindex != o->dev.ifindex ||
		  !session_same_boot(w->s, &now);
	if (!o->shut)
		return 0;
	log_err("%s has been renamed to %s, and its rules do not go with it",
		o->tap, o->dev.name);
	return -ENODEV;
}

static int look(const struct work *w, struct one *o)
{
	int rc = state_peek(w->s->state, o->tap, &o->record);

	o->empty = rc == -ENOENT;
	if (rc < 0 && !o->empty)
		return look_without_record(w, o, rc);
	if (o->empty && w->which->named) {
		log_err("there is no record of %s: 'tapfilter up %s' filters it",
			o->tap, o->tap);
		return -ENOENT;
	}
	if (o->empty || o->record.unfiltered)
		return 0;
	rc = session_same_boot(w->s, &o->record) ?
		     link_get_index(w->s->link, o->record.ifindex, &o->dev) :
		     -ENODEV;
	o->dead = rc == -ENODEV;
	if (rc < 0)
		return o->dead ? 0 : rc;
	if (strcmp(o->dev.name, o->tap) != 0)
		return look_at_renamed(w, o);
	o->ours = true;
	o->open = is_open(w, o);
	return 0;
}

/* Whoever has the lock may never come to an end: nothing is installed beside
 * him, but what is open is closed.  A first up has not opened it yet. */
static void look_without_lock(const struct work *w, struct one *o)
{
	if (look(w, o) == 0 && o->open && o->record.active)
		o->shut = true;
	o->ours = o->open = o->dead = o->empty = false;
}

/* No wait while other locks are held: nobody then waits for us in turn. */
static void take(struct work *w, struct one *o, bool wait)
{
	int rc;

	o->lock = state_hold(w->s->state, o->tap, wait);
	o->busy = o->lock == -EAGAIN;
	if (o->busy)
		return;
	rc = o->lock < 0 ? o->lock : look(w, o);
	if (rc < 0)
		fail(w, rc);
	if (o->lock < 0)
		look_without_lock(w, o);
}

/* ---- rules ---------------------------------------------------------------- */

static struct backend_item item_of(const struct work *w, const struct one *o,
				   const struct binding *b)
{
	struct backend_item item = {
		.b = b,
		.id = session_identity(w->s, o->record.ifindex, b),
	};

	/* Whoever brought it up can still take it down. */
	item.id.owner = o->record.owner;
	return item;
}

static struct backend_item closed_item(const struct work *w, struct one *o)
{
	static char domain[] = "", name[] = "closed", params[] = "";
	static struct binding_profile profile = { .name = name,
						  .params = params };
	static struct rule drop[] = {
		{ .verdict = VERDICT_DROP, .dir = DIR_OUT },
		{ .verdict = VERDICT_DROP, .dir = DIR_IN },
	};

	profile.place = place_tap();
	o->closed = (struct binding){ .domain = domain,
				      .nprofiles = 1,
				      .profiles = &profile,
				      .nrules = ARRAY_SIZE(drop),
				      .rules = drop };
	memcpy(o->closed.tap, o->dev.name, TAP_NAME_SIZE);
	return item_of(w, o, &o->closed);
}

/* A stopgap: what comes of it does not matter for what follows. */
static void close_open(struct work *w)
{
	size_t i, n = 0;

	session_learn(w->s);
	for (i = 0; i < w->n; i++)
		if (w->all[i].open)
			w->items[n++] = closed_item(w, &w->all[i]);
	if (n && w->s->ops->apply(w->s->be, w->items, n) < 0) {
		log_err("the taps without rules could not be closed at once");
		return;
	}
	for (i = 0; i < w->n; i++)
		w->all[i].stopped = w->all[i].open;
}

static bool is_changed(const struct work *w, const struct backend_item *want)
{
	_cleanup_buf_ struct buf findings = { 0 };
	int rc = w->s->ops->verify(w->s->be, want->b, &want->id, &findings);

	if (rc == -EILSEQ)
		log_err("%s: %.*s", want->b->tap,
			(int)strcspn(findings.data, "\n"), findings.data);
	return rc < 0;
}

static void compare(struct work *w, struct one *o)
{
	struct backend_item want;
	struct backend_tap id;
	int rc = state_load(w->s->state, o->tap, &o->record);

	if (rc < 0) {
		o->shut = o->open;
		fail(w, rc);
		return;
	}
	want = item_of(w, o, &o->record.binding);
	o->lost = o->open || w->s->ops->query(w->s->be, o->tap, &id) < 0 ||
		  id.digest != want.id.digest;
	o->changed = !o->lost && is_changed(w, &want);
	o->lost |= o->changed;
}

/* Rules in several places come one after the other: closed until all stand. */
static int install(struct work *w, size_t first, size_t end)
{
	struct one *o;
	size_t i, n = 0;

	for (i = first; i < end; i++) {
		o = &w->all[i];
		if (!o->lost)
			continue;
		w->items[n] = item_of(w, o, &o->record.binding);
		w->items[n++].old = o->stopped ? &o->closed : NULL;
	}
	return n ? w->s->ops->apply(w->s->be, w->items, n) : 0;
}

static void install_all(struct work *w)
{
	size_t i;
	bool one;

	if (install(w, 0, w->n) == 0)
		return;
	for (i = 0; i < w->n; i++) {
		one = w->all[i].lost && session_reconnect(w->s) == 0 &&
		      install(w, i, i + 1) == 0;
		w->all[i].shut = w->all[i].shut || (w->all[i].lost && !one);
	}
}

/* ---- the end of each ------------------------------------------------------ */

static void settle(struct work *w, struct one *o)
{
	int rc;

	if (o->shut) {
		log_err("%s: the recorded rules are missing and cannot be put "
			"back: closing it",
			o->dev.name);
		fail(w, -EIO);
		if (link_shut(w->s->link, &o->dev) < 0)
			log_err("%s could not be set down", o->dev.name);
	} else if (o->lost) {
		log_err(o->changed ?
				"%s: it was not as recorded, and is again" :
				"%s: the recorded rules were missing and are back",
			o->tap);
	}
	record_free(&o->record);
	if (o->lock >= 0)
		state_release(w->s->state, o->tap, o->lock, o->empty);
	if (!o->dead || !w->which->clear)
		return;
	rc = session_clear(w->s, o->tap);
	if (rc > 0)
		log_note("%s has gone: cleared away", o->tap);
	if (rc < 0)
		fail(w, rc);
}

static void restore(struct work *w, bool wait)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		take(w, &w->all[i], wait);
	close_open(w);
	for (i = 0; i < w->n; i++)
		if (w->all[i].ours)
			compare(w, &w->all[i]);
	install_all(w);
	for (i = 0; i < w->n; i++)
		settle(w, &w->all[i]);
}

int restore_taps(struct session *s, char (*taps)[TAP_NAME_SIZE], size_t n,
		 const struct restore_which *which)
{
	_cleanup_free_ struct backend_item *items =
		util_alloc(n, sizeof(*items));
	_cleanup_free_ struct one *all = util_alloc(n, sizeof(*all));
	struct work w = { s, which, all, n, items, 0 };
	size_t i;

	if (!all || !items)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		all[i].tap = taps[i];
	restore(&w, false);
	w.n = 1;
	for (i = 0; i < n; i++) {
		w.all = &all[i];
		if (!all[i].busy)
			continue;
		all[i] = (struct one){ .tap = taps[i] };
		restore(&w, true);
	}
	return w.rc;
}
