// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-helper reload: compile again what stands, and replace it
 *
 * The link is left alone.  Each tap is replaced atomically; one that fails
 * keeps its rules, is reported, and does not keep the others from their turn.
 */
#include <errno.h>
#include <string.h>

#include "helper.h"
#include "log.h"
#include "place.h"

/* There must be rules of ours for this very device. */
static int look_at(struct session *s, const char *tap, struct backend_tap *id)
{
	struct link_info dev = { 0 };
	int rc = link_get(s->link, tap, &dev);

	if (rc == -ENODEV)
		return link_no_device(tap);
	if (rc < 0)
		return rc;
	rc = session_may_touch(s, &dev);
	if (rc == 0)
		rc = s->ops->query(s->be, tap, id);
	if (rc == 0 && id->ifindex == dev.ifindex)
		return session_may_replace(s, tap, id->owner);
	/* Chains that do not tell whose they are keep nothing out. */
	if (rc < 0 && rc != -ENOENT && rc != -EBADMSG)
		return rc;
	log_err("%s has no rules to replace: use up", tap);
	return -ENOENT;
}

static int replace(struct session *s, const struct binding *b,
		   const struct record *old,
		   const struct backend_tap *installed)
{
	struct backend_tap id = session_identity(s, installed->ifindex, b);
	struct record r = session_record(s, id.ifindex, b, true);
	int rc;

	/* Whoever brought it up can still take it down. */
	id.owner = r.owner = installed->owner;
	r.no_link = old && old->no_link;
	r.given = r.given || (old && old->given);
	rc = place_needs_guard(b) ? link_guard(s->link, id.ifindex, b->mac) : 0;
	if (rc == 0)
		rc = session_apply(s, b, &id, old, installed);
	if (rc == 0 && old)
		rc = session_unlock(s, old, b);
	return rc < 0 ? rc : state_save(s->state, &r);
}

static int install(struct session *s, const struct binding *b,
		   const struct backend_tap *installed)
{
	_cleanup_record_ struct record record = { 0 };
	const struct record *old = NULL;
	int rc;

	if (state_load(s->state, b->tap, &record) == 0)
		old = &record;
	if (b->nprofiles > 0) {
		rc = replace(s, b, old, installed);
	} else {
		/* The interface references nothing any more. */
		rc = s->ops->remove(s->be, b->tap);
		if (rc == 0 && old)
			rc = session_unlock(s, old, b);
		if (rc == 0)
			rc = session_forget(s, b->tap, installed->owner);
	}
	if (rc < 0 && session_put_back(s, b, old, installed) < 0)
		log_err("%s: which rules it has now is not certain", b->tap);
	return rc;
}

static int reload_binding(struct session *s, const struct binding *b)
{
	struct backend_tap installed = { 0 };
	int rc = look_at(s, b->tap, &installed);

	if (rc == 0)
		rc = install(s, b, &installed);
	if (rc < 0)
		log_err("%s was not reloaded", b->tap);
	return rc;
}

/* The resolver is at work on this tap alone, and the tap is locked. */
static int reload_one(struct session *s, const char *tap)
{
	_cleanup_binding_ struct binding b = { 0 };
	int rc = session_binding(s, tap, &b);

	if (rc < 0) {
		log_err("%s was not reloaded", tap);
		return rc;
	}
	return reload_binding(s, &b);
}

static bool is_wanted(struct session *s, const char *tap)
{
	struct record r = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < s->options->ntaps; i++)
		if (strcmp(s->options->taps[i], tap) == 0)
			return true;
	if (s->options->ntaps)
		return false;
	if (s->options->bind)
		return true;
	rc = state_load(s->state, tap, &r);
	record_free(&r);
	return rc != -ENOENT;
}

static bool has_rules(struct session *s, const char *tap)
{
	struct backend_tap id;
	struct link_info dev;

	return s->ops->query(s->be, tap, &id) == 0 &&
	       link_get(s->link, tap, &dev) == 0 && dev.ifindex == id.ifindex;
}

/* A tap that libvirt made without a hook to tell us: hot-plugged */
static int bind_tap(struct session *s, struct binding *b)
{
	char group[STATE_GROUP_SIZE];
	struct up *u;
	int rc;

	log_note("%s of %s has no rules yet: installing them", b->tap,
		 b->domain);
	state_domain_group(b->uuid, group);
	rc = state_join(s->state, group, b->tap);
	if (rc < 0)
		return rc;
	u = up_begin(s, b);
	rc = u ? up_put_in_force(u) : -ENOMEM;
	up_end(u);
	return rc;
}

static int reload_of_domain(struct session *s, struct binding *b)
{
	int rc;

	if (s->options->bind && b->tap[0] && !has_rules(s, b->tap))
		return bind_tap(s, b);
	rc = state_lock(s->state, b->tap);
	if (rc == 0)
		rc = reload_binding(s, b);
	state_unlock(s->state, false);
	return rc;
}

/* The resolver is at work on a whole domain: those of its taps that are named,
 * or all that have a record. */
static int reload_domain(struct session *s)
{
	struct binding *list = NULL;
	size_t i, n = 0, found = 0;
	int failed, rc;

	failed = session_bindings(s, &list, &n);
	for (i = 0; i < n; i++) {
		if (!is_wanted(s, list[i].tap))
			continue;
		found++;
		rc = reload_of_domain(s, &list[i]);
		failed = rc < 0 ? rc : failed;
	}
	spawn_free_bindings(list, n);
	if (failed == 0 &&
	    found < (s->options->ntaps ? s->options->ntaps : 1)) {
		log_err("%s of this domain has rules",
			s->options->ntaps ? "not every named tap" : "no tap");
		failed = -ENOENT;
	}
	return failed;
}

int cmd_reload(struct session *s, int rc)
{
	if (rc == 0)
		rc = link_open(&s->link);
	if (rc == 0)
		rc = s->ops->open(&s->be);
	if (rc < 0)
		return rc;
	return s->options->domain ? reload_domain(s) :
				    reload_one(s, s->options->taps[0]);
}
