// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-helper hook: what libvirt's qemu hook execs
 *
 * libvirt makes the taps, sets them up and puts them into their bridges, so
 * rules are all that is done here: all of a guest's or none, before QEMU
 * starts.  When the guest has ended, the XML no longer names taps that libvirt
 * numbered; the domain's UUID finds them.  Never calls libvirt, which waits for
 * us, and writes nothing to standard output, which libvirt may take for XML.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "restore.h"

static void note_name(struct session *s, const char *name)
{
	snprintf(s->name, sizeof(s->name), "%s", name);
}

/* ---- start ---------------------------------------------------------------- */

/**
 * struct guest - A guest that is being started
 * @ups:	Its taps, @n of them
 */
struct guest {
	struct up **ups;
	size_t n;
};

static int check_binding(const struct binding *b)
{
	if (b->tap[0])
		return 0;
	log_err("interface %u of %s references a profile, but has no tap",
		b->nic, b->domain);
	return -EINVAL;
}

/* The group first: what is not in it is not found when the guest ends. */
static int add_tap(struct session *s, struct guest *g, struct binding *b)
{
	char group[STATE_GROUP_SIZE];
	struct up *u;
	int rc;

	state_domain_group(b->uuid, group);
	rc = state_join(s->state, group, b->tap);
	if (rc < 0)
		return rc;
	u = up_begin(s, b);
	if (!u)
		return -ENOMEM;
	rc = up_put_in_force(u);
	if (rc < 0)
		up_end(u);
	else
		g->ups[g->n++] = u;
	return rc;
}

static int compare_taps(const void *a, const void *b)
{
	const struct binding *x = a, *y = b;

	return strcmp(x->tap, y->tap);
}

static int start_all(struct session *s, struct binding *list, size_t n)
{
	struct guest g = { 0 };
	size_t i;
	int rc = 0;

	g.ups = util_alloc(n, sizeof(struct up *));
	if (!g.ups)
		return -ENOMEM;
	for (i = 0; rc == 0 && i < n; i++)
		rc = check_binding(&list[i]);
	/* The order in which locks are waited for, see state_hold() */
	if (n)
		qsort(list, n, sizeof(*list), compare_taps);
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_tap(s, &g, &list[i]);
	for (i = g.n; rc < 0 && i-- > 0;)
		up_undo(g.ups[i]);
	for (i = 0; i < g.n; i++)
		up_end(g.ups[i]);
	free(g.ups);
	return rc;
}

/* Also for a guest that is about to come here: then only resolved. */
static int start(struct session *s)
{
	struct binding *list = NULL;
	size_t n = 0;
	int rc = session_bindings(s, &list, &n);

	if (rc == 0 && n)
		note_name(s, list[0].domain);
	if (rc == 0 && s->options->event == HOOK_START)
		rc = start_all(s, list, n);
	spawn_free_bindings(list, n);
	if (rc == 0 && n && s->options->event == HOOK_START) {
		rc = link_open(&s->link);
		if (rc == 0)
			rc = session_reconnect(s);
		if (rc == 0)
			session_sweep(s);
		rc = 0;
	}
	return rc;
}

/* ---- the taps of a guest that runs, or has ended -------------------------- */

/* Rules may be there, and another's, although the record is not ours. */
static bool is_of(const struct record *r, const struct binding *guest)
{
	return memcmp(r->binding.uuid, guest->uuid, sizeof(guest->uuid)) == 0;
}

/* The guest has ended; a tap that somebody made beforehand may still be there,
 * with nobody at its other end. */
static int forget(struct session *s, const struct record *r)
{
	int rc = s->ops->remove(s->be, r->binding.tap);

	return rc < 0 ? rc : session_forget(s, r->binding.tap, r->owner);
}

static int forget_tap(struct session *s, const struct binding *guest,
		      const char *group, const char *tap)
{
	_cleanup_record_ struct record r = { 0 };
	bool none;
	int rc = state_lock(s->state, tap);

	if (rc < 0)
		return rc;
	rc = state_load(s->state, tap, &r);
	none = rc == -ENOENT;
	if (none)
		rc = 0;
	else if (rc == 0 && is_of(&r, guest))
		rc = forget(s, &r);
	if (rc == 0)
		rc = state_leave(s->state, group, tap);
	state_unlock(s->state, none || (rc == 0 && is_of(&r, guest)));
	return rc;
}

/* libvirtd was away: what should stand must stand, whosever it is by now. */
static int keep(struct session *s, char (*taps)[TAP_NAME_SIZE], size_t n)
{
	const struct restore_which which = { 0 };

	return restore_taps(s, taps, n, &which);
}

static int all_taps(struct session *s)
{
	_cleanup_binding_ struct binding guest = { 0 };
	char(*taps)[TAP_NAME_SIZE] = NULL;
	char group[STATE_GROUP_SIZE];
	bool ends = s->options->event == HOOK_END;
	size_t i, n = 0;
	int one, rc = session_identity_of(s, &guest);

	if (rc < 0)
		return rc;
	note_name(s, guest.domain);
	state_domain_group(guest.uuid, group);
	rc = state_members(s->state, group, &taps, &n);
	if (rc == 0 && n)
		rc = link_open(&s->link);
	if (rc == 0 && n)
		rc = s->ops->open(&s->be);
	if (rc == 0 && !ends)
		rc = keep(s, taps, n);
	for (i = 0; s->be && ends && i < n; i++) {
		one = forget_tap(s, &guest, group, taps[i]);
		rc = one < 0 ? one : rc;
	}
	free(taps);
	if (rc == 0 && ends)
		state_disband(s->state, group);
	return rc;
}

/* ---- the command ---------------------------------------------------------- */

/* Nobody knows what a guest with a tap would have asked for. */
static int without_conf(struct session *s, int rc)
{
	_cleanup_binding_ struct binding guest = { 0 };

	if (session_identity_of(s, &guest) == 0) {
		note_name(s, guest.domain);
		if (guest.nic == 0)
			return 0;
	}
	log_err("no guest with a tap can start before that is mended");
	return rc;
}

/* Anything but 0 would kill the guest: it is the log that tells. */
static int reconnect(struct session *s, int rc)
{
	if (rc == 0)
		rc = all_taps(s);
	if (rc < 0)
		log_err("not all rules of this guest are known to stand");
	return 0;
}

int cmd_hook(struct session *s, int rc)
{
	switch (s->options->event) {
	case HOOK_NOTHING:
		return 0;
	case HOOK_START:
	case HOOK_CHECK:
		if (s->unconfigured)
			return without_conf(s, -EINVAL);
		return rc < 0 ? rc : start(s);
	case HOOK_RECONNECT:
		return reconnect(s, s->unconfigured ? -EINVAL : rc);
	case HOOK_END:
		break;
	}
	if (s->unconfigured)
		rc = -EINVAL;
	return rc < 0 ? rc : all_taps(s);
}
