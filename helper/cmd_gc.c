// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-helper gc, and the few records that each up looks after in passing
 *
 * A tap that goes without a down (QEMU was killed, or has no downscript)
 * leaves a record, and on newer kernels chains that no device has.  They do
 * nothing to any other tap; here they are removed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper.h"
#include "log.h"

#define IN_PASSING 2

/*
 * Has a tap gone, which had this number?  Another device may have got it: one
 * that is no tap, or one that was brought up under the name that it has now.
 * Any other may still be this tap, renamed.  Returns 1, 0 or negative errno.
 */
static int has_gone(struct session *s, const char *tap, uint32_t ifindex)
{
	struct link_info dev;
	int rc = link_get_index(s->link, ifindex, &dev);

	if (rc < 0)
		return rc == -ENODEV ? 1 : rc;
	if (strcmp(dev.name, tap) == 0)
		return 0;
	return !dev.tap ||
	       state_has_device(s->state, dev.name, ifindex, s->boot_id);
}

bool session_is_dead(const struct record *r, void *data)
{
	struct session *s = data;

	return !session_same_boot(s, r) ||
	       has_gone(s, r->binding.tap, r->ifindex) == 1;
}

/* What is damaged does not say of which device it is: restore closes one that
 * is there, if nothing filters it. */
static int is_gone(struct session *s, const char *tap, int loaded,
		   const struct record *r)
{
	struct link_info dev;
	int rc;

	if (loaded == 0)
		return session_is_dead(r, s);
	rc = link_get(s->link, tap, &dev);
	return rc == -ENODEV ? 1 : rc;
}

/* Rules are under the tap's name, which another device may have by now. */
static int remove_dead(struct session *s, const char *tap)
{
	struct backend_tap id = { 0 };
	int rc = s->ops->query(s->be, tap, &id);

	if (rc == -ENOENT)
		return 0;
	if (rc == 0) {
		rc = has_gone(s, tap, id.ifindex);
		if (rc != 1)
			return rc < 0 ? rc : -EEXIST;
	} else if (rc != -EBADMSG) {
		return rc;
	}
	return s->ops->remove(s->be, tap);
}

int session_clear(struct session *s, const char *tap)
{
	_cleanup_record_ struct record r = { 0 };
	int rc = state_lock(s->state, tap);

	if (rc < 0)
		return rc;
	rc = state_load(s->state, tap, &r);
	rc = rc == -ENOENT ? 0 : is_gone(s, tap, rc, &r);
	if (rc <= 0) {
		state_unlock(s->state, false);
		return rc;
	}
	rc = remove_dead(s, tap);
	if (rc == 0)
		rc = session_forget(s, tap, r.owner);
	state_unlock(s->state, rc == 0);
	if (rc == -EEXIST)
		return 0;
	return rc < 0 ? rc : 1;
}

/* Without a lock and without the rules: most taps live. */
static bool may_be_dead(struct session *s, const char *tap)
{
	struct record head = { 0 };
	int rc = state_peek(s->state, tap, &head);

	return rc == -EBADMSG || (rc == 0 && session_is_dead(&head, s));
}

void session_sweep(struct session *s)
{
	char taps[IN_PASSING][TAP_NAME_SIZE];
	size_t i, n = state_some(s->state, taps, IN_PASSING);

	state_unlock(s->state, false);
	for (i = 0; i < n; i++)
		if (may_be_dead(s, taps[i]) && session_clear(s, taps[i]) < 0)
			log_note("%s was not cleared away", taps[i]);
}

int cmd_gc(struct session *s, int rc)
{
	char(*taps)[TAP_NAME_SIZE] = NULL;
	size_t i, n = 0;
	int one;

	if (rc == 0)
		rc = link_open(&s->link);
	if (rc == 0)
		rc = s->ops->open(&s->be);
	if (rc == 0)
		rc = state_list(s->state, &taps, &n);
	for (i = 0; i < n; i++) {
		if (!may_be_dead(s, taps[i]))
			continue;
		one = session_clear(s, taps[i]);
		if (one > 0)
			log_note("%s has gone: cleared away", taps[i]);
		rc = one < 0 ? one : rc;
	}
	free(taps);
	return rc;
}
