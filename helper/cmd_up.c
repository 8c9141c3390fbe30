// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-helper up: from a tap to a tap that is filtered and in its bridge
 *
 * The order is the point: rules, then bridge and IFF_UP.  The domain is
 * resolved by another process meanwhile, so nothing is changed before its
 * answer is there.  What happens after a failure depends on one question
 * only: did our rules stand there for this very device?  If so, everything
 * stays as it was.  If not, the tap ends down and off the bridge.
 */
#include <errno.h>
#include <string.h>

#include "helper.h"
#include "log.h"

/**
 * struct up - One `up` on its way
 * @before:	The device as it was
 * @installed:	What carried rules under its name, if @has_rules
 * @replace:	Those rules are ours for this device
 * @old:	Its record, if @has_old
 * @applied:	The kernel has the new rules
 * @new:	What is asked for
 */
struct up {
	struct session s;
	const char *tap;
	struct link_info before;
	struct backend_tap installed;
	bool has_rules;
	bool replace;
	struct record old;
	bool has_old;
	bool applied;
	struct binding new;
};

static bool is_filtered(const struct binding *b)
{
	return b->nprofiles > 0;
}

static const uint8_t *pinned_mac(const struct binding *b)
{
	return binding_pins_mac(b) ? b->mac : NULL;
}

/* Only a device that may be closed when something fails gets past this. */
static int look_at_tap(struct up *u)
{
	int rc = link_get(u->s.link, u->tap, &u->before);

	if (rc == -ENODEV)
		return log_errno(rc, "there is no device \"%s\"", u->tap);
	if (rc < 0)
		return rc;
	if (strcmp(u->before.kind, "tun") != 0 || !u->before.tap) {
		log_err("\"%s\" is not a tap", u->tap);
		return -EINVAL;
	}
	return 0;
}

/* A record that is damaged is no more use than none. */
static int look_at_record(struct up *u)
{
	struct record now = session_record(&u->s, 0, &u->new, false);
	int rc = state_load(u->s.state, u->tap, &u->old);

	u->has_old = rc == 0;
	/* A guess, for the case that the kernel cannot be asked */
	u->replace = u->has_old && u->old.active &&
		     u->old.ifindex == u->before.ifindex &&
		     strcmp(u->old.boot_id, now.boot_id) == 0;
	return rc == -ENOENT || rc == -EBADMSG ? 0 : rc;
}

static int look_at_rules(struct up *u)
{
	int rc = u->s.ops->open(&u->s.be);

	if (rc == 0)
		rc = u->s.ops->query(u->s.be, u->tap, &u->installed);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	u->has_rules = rc == 0;
	u->replace = u->has_rules && u->installed.ifindex == u->before.ifindex;
	return 0;
}

static int attach(struct up *u, const struct binding *b)
{
	const uint8_t *mac = pinned_mac(b), *old_mac = NULL;
	int rc;

	if (u->s.options->no_link)
		return 0;
	rc = link_attach(u->s.link, &u->before, b->bridge, mac);
	if (rc < 0)
		return rc;
	if (u->replace && u->has_old && u->before.master)
		old_mac = pinned_mac(&u->old.binding);
	if (!old_mac || (mac && memcmp(mac, old_mac, sizeof(b->mac)) == 0))
		return 0;
	return link_unpin(u->s.link, &u->before, old_mac);
}

/* A device that was made anew under the same name is another one. */
static int same_device(struct up *u)
{
	struct link_info now;
	int rc = link_get(u->s.link, u->tap, &now);

	if (rc < 0 && rc != -ENODEV)
		return rc;
	if (rc == 0 && now.ifindex == u->before.ifindex)
		return 0;
	log_err("%s has gone or is another device now", u->tap);
	return -ENODEV;
}

static int install(struct up *u)
{
	struct backend_tap id = session_identity(u->before.ifindex, &u->new);
	struct record r =
		session_record(&u->s, u->before.ifindex, &u->new, false);
	int rc = 0;

	/* While rules are replaced, the record tells what to go back to. */
	if (!u->replace)
		rc = state_save(u->s.state, &r);
	if (rc < 0)
		return rc;
	rc = u->s.ops->apply(u->s.be, &u->new, &id);
	if (rc < 0)
		return rc;
	u->applied = true;
	rc = same_device(u);
	if (rc == 0)
		rc = attach(u, &u->new);
	if (rc < 0)
		return rc;
	r.active = true;
	return state_save(u->s.state, &r);
}

/* The interface references nothing any more: the link first, it may fail. */
static int leave_open(struct up *u)
{
	int rc = attach(u, &u->new);

	if (rc == 0 && u->has_rules)
		rc = u->s.ops->remove(u->s.be, u->tap);
	if (rc == 0)
		rc = state_remove(u->s.state, u->tap);
	return rc;
}

static void put_back_link(struct up *u)
{
	struct link_info now, bridge = { 0 };

	if (u->s.options->no_link)
		return;
	if (link_get_index(u->s.link, u->before.ifindex, &now) < 0 ||
	    (now.master == u->before.master && now.up == u->before.up))
		return;
	if (u->before.master &&
	    link_get_index(u->s.link, u->before.master, &bridge) < 0)
		return;
	if (!u->before.up) {
		if (link_shut(u->s.link, &now) < 0)
			log_err("%s could not be set down again", u->tap);
	} else if (link_attach(u->s.link, &now, bridge.name,
			       pinned_mac(&u->old.binding)) < 0) {
		log_err("%s could not be put back into its bridge", u->tap);
	}
}

/* A replacement failed: what was there before stays. */
static void put_back(struct up *u)
{
	bool known = u->has_old &&
		     binding_digest(&u->old.binding) == u->installed.digest;

	if (!u->applied)
		return;
	if (!known) {
		log_err("%s: no record of the old rules, so the new ones stay",
			u->tap);
		return;
	}
	if (u->s.ops->apply(u->s.be, &u->old.binding, &u->installed) < 0)
		log_err("%s: the old rules could not be put back, so the new ones stay",
			u->tap);
	put_back_link(u);
}

/* A first up failed: the tap is closed, and only then are rules removed. */
static void shut(struct up *u)
{
	struct link_info now;
	int rc = 0;

	if (!u->s.options->no_link) {
		rc = link_get_index(u->s.link, u->before.ifindex, &now);
		if (rc == 0)
			rc = link_shut(u->s.link, &now);
		else if (rc == -ENODEV)
			rc = 0;
	}
	if (rc < 0) {
		log_err("%s could not be set down", u->tap);
		return;
	}
	if (!u->s.be || u->s.ops->remove(u->s.be, u->tap) < 0)
		log_err("rules of %s, if any, could not be removed", u->tap);
	else if (state_remove(u->s.state, u->tap) == 0)
		state_unlock(u->s.state, true);
}

static int run(struct up *u)
{
	_cleanup_spawn_ struct spawn resolver = SPAWN_NONE;
	int started, record, rc;

	rc = link_open(&u->s.link);
	if (rc == 0)
		rc = look_at_tap(u);
	if (rc < 0)
		return rc;
	/* It works while we ask the kernel, on another processor if it can. */
	started = session_resolve(&u->s, u->tap, &resolver);
	rc = state_lock(u->s.state, u->tap);
	/* Again: who had the lock may have changed it. */
	if (rc == 0)
		rc = look_at_tap(u);
	if (rc < 0)
		return rc;
	record = look_at_record(u);
	rc = look_at_rules(u); /* in any case: it settles what may be undone */
	if (rc == 0)
		rc = record;
	if (rc == 0)
		rc = started;
	if (rc == 0)
		rc = session_binding(&resolver, u->tap, &u->new);
	if (rc == 0)
		rc = is_filtered(&u->new) ? install(u) : leave_open(u);
	if (rc < 0 && u->replace)
		put_back(u);
	else if (rc < 0)
		shut(u);
	return rc;
}

enum status cmd_up(const struct options *o)
{
	struct up u = { .tap = o->taps[0] };
	int rc = session_open(&u.s, o);

	if (rc == 0)
		rc = run(&u);
	session_close(&u.s);
	binding_free(&u.new);
	record_free(&u.old);
	return rc < 0 ? STATUS_FAILED : STATUS_DONE;
}
