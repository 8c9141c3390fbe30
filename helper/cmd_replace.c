// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-helper replace: new rules for many taps, all of them or none
 *
 * Standard input says what each tap is to have, and what its record must have
 * said when that was found out.  Records are written before the rules are
 * changed, and only renamed after it: a full disk is found in time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper.h"
#include "log.h"
#include "session_place.h"

#define INPUT_MAX (64u * 1024 * 1024)
#define INPUT_WAIT_MS 10000
#define DIGEST_SIZE 8

/**
 * struct change - One tap
 * @digest:	Of the binding in its record, when @new was made
 * @new:	What it is to have
 * @old:	Its record
 * @lock:	Its lock, -1 while it is not held
 * @recorded:	The record says @new
 */
struct change {
	uint64_t digest;
	struct binding new;
	struct record old;
	int lock;
	bool recorded;
};

struct changes {
	struct session *s;
	struct change *all;
	size_t n;
	struct backend_item *items;
};

/* ---- what is wanted ------------------------------------------------------- */

static uint64_t get_digest(const char *at)
{
	uint64_t n = 0;
	size_t i;

	for (i = DIGEST_SIZE; i-- > 0;)
		n = n << 8 | (uint8_t)at[i];
	return n;
}

static int parse(struct changes *c, const char *at, size_t len)
{
	struct change *slot;
	size_t used;
	int rc;

	for (; len; at += used, len -= used) {
		slot = util_grow(&c->all, c->n, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		slot->lock = -1;
		c->n++;
		if (len <= DIGEST_SIZE) {
			log_err("standard input ends amid an item");
			return -EBADMSG;
		}
		slot->digest = get_digest(at);
		rc = binding_decode(at + DIGEST_SIZE, len - DIGEST_SIZE, &used,
				    &slot->new);
		if (rc < 0)
			return rc;
		used += DIGEST_SIZE;
	}
	return 0;
}

static int compare_taps(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return strcmp(x->new.tap, y->new.tap);
}

static int check(const struct changes *c)
{
	const struct binding *b;
	size_t i;

	for (i = 0; i < c->n; i++) {
		b = &c->all[i].new;
		if (!b->tap[0] || !b->nprofiles) {
			log_err("standard input has an item without %s",
				b->tap[0] ? "a profile" : "a tap");
			return -EINVAL;
		}
		if (i && compare_taps(&c->all[i - 1], &c->all[i]) == 0) {
			log_err("standard input has %s twice", b->tap);
			return -EINVAL;
		}
	}
	return 0;
}

/* Whoever wrote them may not have asked this kernel. */
static int place(struct changes *c)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n; i++)
		rc = session_place(c->s, &c->all[i].new);
	return rc;
}

static int read_changes(struct changes *c)
{
	_cleanup_buf_ struct buf text = { 0 };
	int rc = util_read_all(STDIN_FILENO, "standard input", INPUT_MAX,
			       INPUT_WAIT_MS, &text);

	if (rc == 0)
		rc = parse(c, text.data, text.len);
	if (rc < 0)
		return rc;
	if (c->n)
		qsort(c->all, c->n, sizeof(*c->all), compare_taps);
	c->items = util_alloc(c->n, sizeof(*c->items));
	rc = c->items ? check(c) : -ENOMEM;
	return rc < 0 ? rc : place(c);
}

/* ---- what there is -------------------------------------------------------- */

static int look(struct changes *c, struct change *one)
{
	struct session *s = c->s;
	const char *tap = one->new.tap;
	struct link_info dev;
	int rc;

	one->lock = state_hold(s->state, tap, true);
	if (one->lock < 0)
		return one->lock;
	rc = state_load(s->state, tap, &one->old);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (rc < 0 || binding_digest(&one->old.binding) != one->digest) {
		log_err("%s was changed meanwhile: try again", tap);
		return -ESTALE;
	}
	rc = link_get(s->link, tap, &dev);
	if (rc < 0 && rc != -ENODEV)
		return rc;
	if (rc == 0 && dev.ifindex == one->old.ifindex &&
	    session_same_boot(s, &one->old))
		return 0;
	log_err("%s has gone or is another device now: use gc", tap);
	return -ENODEV;
}

/* ---- the change ----------------------------------------------------------- */

static int prepare(struct changes *c, size_t i)
{
	struct change *one = &c->all[i];
	struct record r =
		session_record(c->s, one->old.ifindex, &one->new, true);

	/* Whoever brought it up can still take it down. */
	r.owner = one->old.owner;
	r.no_link = one->old.no_link;
	r.given = one->old.given;
	c->items[i].b = &one->new;
	c->items[i].old = &one->old.binding;
	c->items[i].id = session_identity(c->s, r.ifindex, &one->new);
	c->items[i].id.owner = r.owner;
	return state_prepare(c->s->state, &r);
}

static int change(struct changes *c)
{
	size_t i;
	int rc = c->s->ops->apply(c->s->be, c->items, c->n);

	for (i = 0; rc == 0 && i < c->n; i++)
		rc = session_unlock(c->s, &c->all[i].old, &c->all[i].new);
	for (i = 0; rc == 0 && i < c->n; i++) {
		rc = state_commit(c->s->state, c->all[i].new.tap);
		c->all[i].recorded = rc == 0;
	}
	return rc;
}

static void put_back(struct changes *c)
{
	struct backend_tap old;
	struct change *one;
	size_t i;

	for (i = 0; i < c->n; i++) {
		one = &c->all[i];
		old = session_identity(c->s, one->old.ifindex,
				       &one->old.binding);
		old.owner = one->old.owner;
		if (session_put_back(c->s, &one->new, &one->old, &old) < 0)
			log_err("%s: which rules it has now is not certain",
				one->new.tap);
		if (one->recorded && state_save(c->s->state, &one->old) < 0)
			log_err("the record of %s could not be put back",
				one->new.tap);
	}
}

static int replace(struct changes *c)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n; i++)
		rc = look(c, &c->all[i]);
	for (i = 0; rc == 0 && i < c->n; i++)
		rc = prepare(c, i);
	if (rc == 0) {
		rc = change(c);
		if (rc < 0)
			put_back(c);
	}
	for (i = 0; rc < 0 && i < c->n; i++)
		if (c->all[i].lock >= 0)
			state_abandon(c->s->state, c->all[i].new.tap);
	return rc;
}

static void free_changes(struct changes *c)
{
	struct change *one;
	size_t i;

	for (i = 0; i < c->n; i++) {
		one = &c->all[i];
		if (one->lock >= 0)
			state_release(c->s->state, one->new.tap, one->lock,
				      false);
		binding_free(&one->new);
		record_free(&one->old);
	}
	free(c->all);
	free(c->items);
}

int cmd_replace(struct session *s, int rc)
{
	_cleanup_(free_changes) struct changes c = { .s = s };

	if (rc == 0)
		rc = read_changes(&c);
	if (rc == 0 && !c.n)
		return 0;
	if (rc == 0)
		rc = link_open(&s->link);
	if (rc == 0)
		rc = s->ops->open(&s->be);
	if (rc == 0)
		rc = replace(&c);
	if (rc < 0)
		log_err("nothing was replaced");
	return rc;
}
