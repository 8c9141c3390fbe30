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

/* There must be rules of ours for this very device. */
static int look_at(struct session *s, const char *tap, struct backend_tap *id)
{
	struct link_info dev = { 0 };
	int rc = link_get(s->link, tap, &dev);

	if (rc == -ENODEV)
		return log_errno(rc, "there is no device \"%s\"", tap);
	if (rc < 0)
		return rc;
	rc = s->ops->query(s->be, tap, id);
	if (rc == 0 && id->ifindex == dev.ifindex)
		return 0;
	if (rc < 0 && rc != -ENOENT)
		return rc;
	log_err("%s has no rules to replace: use up", tap);
	return -ENOENT;
}

static int replace(struct session *s, const struct binding *b,
		   const struct record *old,
		   const struct backend_tap *installed)
{
	struct backend_tap id = session_identity(installed->ifindex, b);
	struct record r = session_record(s, id.ifindex, b, true);
	int rc;

	if (old) {
		id.owner = r.owner = old->owner;
		r.no_link = old->no_link;
	}
	rc = s->ops->apply(s->be, b, &id);
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
		if (rc == 0)
			rc = state_remove(s->state, b->tap);
	}
	if (rc < 0 && session_put_back(s, b, old, installed) < 0)
		log_err("%s: which rules it has now is not certain", b->tap);
	return rc;
}

static int reload_tap(struct session *s, const char *tap)
{
	_cleanup_spawn_ struct spawn resolver = SPAWN_NONE;
	struct backend_tap installed = { 0 };
	struct binding b = { 0 };
	int rc;

	rc = state_lock(s->state, tap);
	if (rc < 0)
		return rc;
	rc = look_at(s, tap, &installed);
	if (rc == 0)
		rc = session_resolve(s, tap, &resolver);
	if (rc == 0)
		rc = session_binding(&resolver, tap, &b);
	if (rc == 0)
		rc = install(s, &b, &installed);
	if (rc < 0)
		log_err("%s was not reloaded", tap);
	binding_free(&b);
	state_unlock(s->state, false);
	return rc;
}

/* Those of the taps in the domain file that have a record */
static int list_of_domain(struct session *s, char (**taps)[TAP_NAME_SIZE],
			  size_t *n)
{
	_cleanup_spawn_ struct spawn resolver = SPAWN_NONE;
	char(*all)[TAP_NAME_SIZE];
	struct binding *list = NULL;
	size_t i, j, nall, nlist = 0;
	int rc;

	rc = state_list(s->state, &all, &nall);
	if (rc < 0)
		return rc;
	rc = session_resolve(s, NULL, &resolver);
	if (rc == 0)
		rc = spawn_bindings(&resolver, &list, &nlist);
	*n = 0;
	for (i = 0; rc == 0 && i < nall; i++)
		for (j = 0; j < nlist; j++)
			if (strcmp(all[i], list[j].tap) == 0) {
				memmove(all[(*n)++], all[i], TAP_NAME_SIZE);
				break;
			}
	if (rc == 0 && *n == 0) {
		log_err("no tap of this domain has rules");
		rc = -ENOENT;
	}
	spawn_free_bindings(list, nlist);
	*taps = all;
	return rc;
}

static int reload_listed(struct session *s)
{
	char(*taps)[TAP_NAME_SIZE] = NULL;
	size_t i, n = 0;
	int failed, rc;

	failed = s->options->domain ? list_of_domain(s, &taps, &n) :
				      state_list(s->state, &taps, &n);
	for (i = 0; failed == 0 && i < n; i++) {
		rc = reload_tap(s, taps[i]);
		failed = rc < 0 ? rc : failed;
	}
	free(taps);
	return failed;
}

static int run(struct session *s)
{
	const struct options *o = s->options;
	int rc, failed = 0;
	size_t i;

	rc = link_open(&s->link);
	if (rc == 0)
		rc = s->ops->open(&s->be);
	if (rc < 0)
		return rc;
	if (o->ntaps == 0)
		return reload_listed(s);
	for (i = 0; i < o->ntaps; i++) {
		rc = reload_tap(s, o->taps[i]);
		failed = rc < 0 ? rc : failed;
	}
	return failed;
}

enum status cmd_reload(const struct options *o)
{
	struct session s;
	int rc = session_open(&s, o);

	if (rc == 0)
		rc = run(&s);
	session_close(&s);
	return rc < 0 ? STATUS_FAILED : STATUS_DONE;
}
