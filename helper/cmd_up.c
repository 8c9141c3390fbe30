// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-helper up: from a tap to a tap that is filtered and in its bridge
 *
 * The order is the point: rules, then bridge and IFF_UP.  The domain is
 * resolved by another process meanwhile, so nothing is changed before its
 * answer is there.  What happens after a failure depends on one question
 * only: did our rules stand there for this very device?  If so, everything
 * stays as it was.  If not, the tap ends down and off the bridge.  When an up
 * fails before that is known, even over its configuration, it still asks.
 * What the caller may not touch is left alone in any case.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "place.h"
#include "up.h"

static bool is_filtered(const struct binding *b)
{
	return b->nprofiles > 0;
}

static int may_touch(struct up *u, const struct link_info *dev)
{
	return u->made ? 0 : session_may_touch(u->s, dev);
}

/* Only a device that may be closed when something fails gets past this. */
static int look_at_tap(struct up *u)
{
	int rc = link_get(u->s->link, u->tap, &u->before);

	if (rc == -ENODEV)
		return link_no_device(u->tap);
	if (rc < 0)
		return rc;
	if (!up_is_tap(&u->before))
		return link_no_tap(u->tap);
	rc = may_touch(u, &u->before);
	u->mine = rc == 0;
	return rc;
}

static bool is_old_of_this(const struct up *u)
{
	return u->old.ifindex == u->before.ifindex &&
	       session_same_boot(u->s, &u->old);
}

/* A record that is damaged is no more use than none. */
static int look_at_record(struct up *u)
{
	int rc = state_load(u->s->state, u->tap, &u->old);

	u->has_old = rc == 0;
	/* A guess, for the case that the kernel cannot be asked */
	u->replace = u->has_old && u->old.active && is_old_of_this(u);
	return rc == -ENOENT || rc == -EBADMSG ? 0 : rc;
}

int up_look_at_rules(struct up *u)
{
	int rc = session_reconnect(u->s);

	if (rc == 0)
		rc = u->s->ops->query(u->s->be, u->tap, &u->installed);
	/* Chains that do not tell whose they are keep nothing out. */
	if (rc < 0 && rc != -ENOENT && rc != -EBADMSG)
		return rc;
	u->asked = true;
	u->has_rules = rc != -ENOENT;
	u->replace = rc == 0 && u->installed.ifindex == u->before.ifindex;
	return 0;
}

/* Whoever brought this device up, by the kernel's word or the record's */
static int look_at_owner(struct up *u)
{
	int rc = 0;

	if (u->replace)
		rc = session_may_replace(u->s, u->tap, u->installed.owner);
	if (rc == 0 && u->has_old && is_old_of_this(u))
		rc = session_may_replace(u->s, u->tap, u->old.owner);
	if (rc < 0)
		u->mine = false;
	return rc;
}

/* The port is somebody else's work, but for what the rules lean on. */
static int attach_none(struct up *u, const struct binding *b)
{
	int rc = 0;

	if (u->has_old && is_old_of_this(u))
		rc = session_unlock(u->s, &u->old, b);
	if (rc == 0 && place_needs_guard(b))
		rc = link_guard(u->s->link, u->before.ifindex, b->mac);
	return rc;
}

static int attach(struct up *u, const struct binding *b)
{
	const uint8_t *mac = up_pinned_mac(b), *old_mac = NULL;
	int rc;

	if (u->s->options->no_link)
		return attach_none(u, b);
	u->linked = true;
	rc = link_attach(u->s->link, &u->before,
			 &(struct link_port){
				 .bridge = b->bridge,
				 .guest_mac = mac,
				 .isolated = b->isolated,
				 .locked = binding_pins_mac(b),
				 .guarded = place_needs_guard(b),
			 });
	if (rc < 0)
		return rc;
	/* Whether its rules stand or were flushed */
	if (u->has_old && is_old_of_this(u) && u->before.master)
		old_mac = up_pinned_mac(&u->old.binding);
	if (!old_mac || (mac && memcmp(mac, old_mac, sizeof(b->mac)) == 0))
		return 0;
	return link_unpin(u->s->link, &u->before, old_mac);
}

/* A device that was made anew under the same name is another one. */
static int same_device(struct up *u)
{
	struct link_info now;
	int rc = link_get(u->s->link, u->tap, &now);

	if (rc < 0 && rc != -ENODEV)
		return rc;
	if (rc == 0 && now.ifindex == u->before.ifindex)
		return may_touch(u, &now);
	log_err("%s has gone or is another device now", u->tap);
	return -ENODEV;
}

/* Root may have moved it: only root moves it on. */
static int check_master(struct up *u)
{
	struct link_info bridge = { 0 };
	int rc;

	if (session_is_root(u->s) || !u->before.master)
		return 0;
	rc = link_get_index(u->s->link, u->before.master, &bridge);
	if (rc == 0 && strcmp(bridge.name, u->new.bridge) != 0)
		rc = session_deny(u->s, "%s is in bridge %s already", u->tap,
				  bridge.name);
	return rc;
}

/* Hooks of a bridge see nothing of what is in none. */
static int check_port(struct up *u)
{
	struct binding alone;

	if (!place_needs_port(&u->new) ||
	    (u->s->options->no_link ? u->before.port : u->new.bridge[0] != 0))
		return 0;
	alone = u->new;
	alone.bridge[0] = '\0';
	log_err("%s is to be the port of no Linux bridge, but a profile of it "
		"needs one%s",
		u->tap,
		place_needs_guard(&u->new) && place_backend_can(&alone, "nft",
								&place_kernel) ?
			"; backend = nft can carry it without" :
			"");
	return -EOPNOTSUPP;
}

static int install(struct up *u)
{
	struct backend_tap id =
		session_identity(u->s, u->before.ifindex, &u->new);
	struct record r =
		session_record(u->s, u->before.ifindex, &u->new, false);
	int rc = check_port(u);

	/* While rules are replaced, the record tells what to go back to. */
	if (rc == 0 && !u->replace)
		rc = state_save(u->s->state, &r);
	if (rc == 0)
		rc = session_claim(u->s, u->tap);
	if (rc < 0)
		return rc;
	u->tried = true;
	rc = session_apply(u->s, &u->new, &id, u->has_old ? &u->old : NULL,
			   &u->installed);
	if (rc == 0)
		rc = same_device(u);
	if (rc == 0)
		rc = attach(u, &u->new);
	if (rc < 0)
		return rc;
	r.active = true;
	return state_save(u->s->state, &r);
}

/* The interface references nothing any more: the link first, it may fail. */
static int leave_open(struct up *u)
{
	struct record r =
		session_record(u->s, u->before.ifindex, &u->new, true);
	int rc = attach(u, &u->new);

	log_note("%s: domain %s references no profile for it: not filtered",
		 u->tap, u->new.domain);
	u->tried = rc == 0;
	if (rc == 0 && u->has_rules)
		rc = u->s->ops->remove(u->s->be, u->tap);
	if (rc == 0)
		rc = u->s->ops->release(u->s->be, u->before.ifindex);
	if (rc == 0 && session_is_root(u->s))
		return state_remove(u->s->state, u->tap);
	/* Without rules, only a record lets this user undo it. */
	if (rc == 0)
		rc = state_save(u->s->state, &r);
	if (rc == 0)
		rc = session_claim(u->s, u->tap);
	return rc;
}

/* All that is to be known before the first change */
static int look(struct up *u)
{
	int record, rc;

	rc = link_open(&u->s->link);
	if (rc == 0 && !state_has_lock(u->s->state))
		rc = state_lock(u->s->state, u->tap);
	if (rc == 0)
		rc = look_at_tap(u);
	if (rc < 0)
		return rc;
	record = look_at_record(u);
	rc = up_look_at_rules(
		u); /* in any case: it settles what may be undone */
	if (rc == 0)
		rc = record;
	return rc < 0 ? rc : look_at_owner(u);
}

static int put_in_force(struct up *u)
{
	int rc = is_filtered(&u->new) ? install(u) : leave_open(u);

	u->done = rc == 0;
	return rc;
}

static int run(struct up *u, int started)
{
	/* Without the lock nothing is looked at, but it may be closed. */
	int rc = state_has_lock(u->s->state) ? look(u) : started;

	if (rc == 0)
		rc = started;
	if (rc == 0)
		rc = session_binding(u->s, u->tap, &u->new);
	if (rc == 0)
		rc = check_master(u);
	/* Nothing was changed yet, and it is not for this caller to do. */
	if (rc < 0 && u->s->denied)
		u->mine = false;
	if (rc == 0)
		rc = put_in_force(u);
	if (rc < 0)
		up_undo(u);
	return rc;
}

int up_new_tap(struct session *s, const struct binding *b)
{
	struct up u = { .s = s, .tap = b->tap, .made = true, .new = *b };
	int rc = look(&u);

	if (rc == 0)
		rc = put_in_force(&u);
	if (rc < 0)
		up_undo(&u);
	record_free(&u.old);
	return rc;
}

struct up *up_begin(const struct session *s, struct binding *b)
{
	struct up *u = util_alloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->own = util_alloc(1, sizeof(*u->own));
	if (!u->own || session_branch(s, u->own) < 0) {
		up_end(u);
		return NULL;
	}
	u->s = u->own;
	u->new = *b;
	*b = (struct binding){ 0 };
	u->tap = u->new.tap;
	return u;
}

int up_put_in_force(struct up *u)
{
	int rc = look(u);

	if (rc == 0)
		rc = put_in_force(u);
	if (rc == 0)
		rc = link_discard(u->s->link, &u->before);
	if (rc < 0)
		up_undo(u);
	return rc;
}

void up_end(struct up *u)
{
	if (!u)
		return;
	if (u->own)
		session_close(u->own);
	free(u->own);
	binding_free(&u->new);
	record_free(&u->old);
	free(u);
}

int cmd_up(struct session *s, int rc)
{
	struct up u = { .s = s, .tap = s->options->taps[0] };

	/* Others than root cannot have set it up. */
	if (s->state)
		rc = run(&u, rc);
	else if (session_is_root(s))
		up_shut_unless_filtered(&u);
	binding_free(&u.new);
	record_free(&u.old);
	if (rc == 0)
		session_sweep(s);
	return rc;
}
