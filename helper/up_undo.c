// SPDX-License-Identifier: GPL-2.0-or-later
/* An up that failed: back to what was, or closed; see cmd_up.c */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "place.h"
#include "up.h"

const uint8_t *up_pinned_mac(const struct binding *b)
{
	return binding_pins_mac(b) || place_needs_guard(b) ? b->mac : NULL;
}

bool up_is_tap(const struct link_info *dev)
{
	return strcmp(dev->kind, "tun") == 0 && dev->tap;
}

static bool same_mac(const uint8_t *a, const uint8_t *b)
{
	return a && b ? memcmp(a, b, 6) == 0 : a == b;
}

/* It was in no bridge, or down: closed, and opened again if it was open. */
static int put_back_free(struct up *u, struct link_info *now)
{
	int rc = link_shut(u->s->link, now);

	now->master = 0;
	now->up = false;
	if (rc == 0 && u->before.up)
		rc = link_attach(u->s->link, now,
				 &(struct link_port){ .bridge = "" });
	return rc;
}

static int put_back_port(struct up *u, const struct link_info *now)
{
	const uint8_t *new_mac = up_pinned_mac(&u->new);
	const uint8_t *old_mac = up_pinned_mac(&u->old.binding);
	struct link_info bridge = { 0 };
	int rc;

	if (now->master == u->before.master && now->up &&
	    now->isolated == u->before.isolated &&
	    now->locked == u->before.locked && same_mac(old_mac, new_mac))
		return 0;
	rc = link_get_index(u->s->link, u->before.master, &bridge);
	if (rc == 0)
		rc = link_attach(
			u->s->link, now,
			&(struct link_port){
				.bridge = bridge.name,
				.guest_mac = old_mac,
				.isolated = u->before.isolated,
				.locked = binding_pins_mac(&u->old.binding),
				.guarded = place_needs_guard(&u->old.binding),
			});
	if (rc == 0 && new_mac && !same_mac(old_mac, new_mac))
		rc = link_unpin(u->s->link, now, new_mac);
	return rc;
}

static void put_back_link(struct up *u)
{
	struct link_info now;
	int rc = link_get_index(u->s->link, u->before.ifindex, &now);

	if (rc == -ENODEV)
		return;
	if (rc == 0 && u->before.master && u->before.up)
		rc = put_back_port(u, &now);
	else if (rc == 0 &&
		 (now.master != u->before.master || now.up != u->before.up))
		rc = put_back_free(u, &now);
	if (rc < 0)
		log_err("the link of %s could not be put back", u->tap);
}

/* A replacement failed: what was there before stays. */
static void put_back(struct up *u)
{
	int rc = 0;

	if (u->tried)
		rc = session_put_back(u->s, &u->new,
				      u->has_old ? &u->old : NULL,
				      &u->installed);
	if (rc == 0 && u->linked)
		put_back_link(u);
	if (rc == 0 && u->done && u->has_old &&
	    state_save(u->s->state, &u->old) < 0)
		log_err("the record of %s could not be put back", u->tap);
}

/* Who only mistyped something is to know why a guest has no network now. */
static void say_closed(const struct up *u)
{
	if (u->before.up || u->before.master)
		log_err("%s is closed, set down and in no bridge, until an up succeeds",
			u->tap);
}

/* A first up failed: the tap is closed, and only then are rules removed. */
static void shut(struct up *u)
{
	struct link_info now;
	int rc = 0;

	if (!u->s->options->no_link) {
		rc = link_get_index(u->s->link, u->before.ifindex, &now);
		if (rc == -ENODEV)
			rc = 0;
		else if (rc == 0) {
			rc = link_shut(u->s->link, &now);
			if (rc == 0)
				say_closed(u);
		}
	}
	if (rc < 0) {
		log_err("%s could not be set down", u->tap);
		return;
	}
	if (!u->s->be || u->s->ops->remove(u->s->be, u->tap) < 0)
		log_err("rules of %s, if any, could not be removed", u->tap);
	else if (session_forget(u->s, u->tap, u->s->priv->uid) == 0)
		state_unlock(u->s->state, true);
}

/* Failed before it was known what stands there: ask for this alone. */
void up_shut_unless_filtered(struct up *u)
{
	int rc;

	if (u->s->options->no_link)
		return;
	if (!u->s->ops)
		u->s->ops = backend_find("auto", &place_kernel);
	link_close(u->s->link);
	u->s->link = NULL;
	rc = link_open(&u->s->link);
	if (rc == 0)
		rc = link_get(u->s->link, u->tap, &u->before);
	if (rc == -ENODEV || (rc == 0 && !up_is_tap(&u->before)))
		return;
	/* If it cannot be asked even now, the record's word must do. */
	if (rc == 0 && up_look_at_rules(u) < 0)
		log_err("cannot tell whether %s has rules", u->tap);
	if (rc == 0 && !u->replace) {
		rc = link_shut(u->s->link, &u->before);
		if (rc == 0)
			say_closed(u);
	}
	if (rc < 0)
		log_err("%s could not be set down", u->tap);
}

void up_undo(struct up *u)
{
	if (u->asked && u->mine && u->replace)
		put_back(u);
	else if (u->asked && u->mine)
		shut(u);
	else if (!u->asked && session_is_root(u->s))
		up_shut_unless_filtered(u);
}
