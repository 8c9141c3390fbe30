// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A profile changes, and with it the rules of the guests that run.
 *
 * Everything that can fail is done on the text beside the profiles first: the
 * profile itself, those that reference it, and the rules of each tap.  Then the
 * file changes, and after it the kernel, all taps in one step by the helper.  A
 * tap that came up meanwhile may have read the old file, so they are looked at
 * again until there is nothing left to do.  When something fails after all, the
 * same way leads back.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "admin.h"
#include "admin_pool.h"
#include "admin_replace.h"
#include "admin_taps.h"
#include "admin_uses.h"
#include "log.h"

/* Taps come and go while we are at it, but not for ever. */
#define MAX_ROUNDS 8

/* ---- profiles ------------------------------------------------------------- */

/* @references: only whether it can be resolved */
static int check(const struct admin_stage *s, int dir, const char *file,
		 const char *name, const char *path, bool references)
{
	char option[64];
	const char *more[] = { option, references ? "--references" : NULL,
			       NULL };
	struct spawn_job job = {
		.conf = &s->pool->conf,
		.staged = &s->dirs,
		.option = "check",
		.path = path,
		.more = more,
	};
	_cleanup_spawn_ struct spawn child = SPAWN_NONE;
	_cleanup_buf_ struct buf out = { 0 };
	_cleanup_close_ int fd = admin_open_file(dir, file, path);
	int rc;

	if (fd == -ENOENT)
		return log_errno(ENOENT, "opening \"%s\"", path);
	if (fd < 0)
		return fd;
	snprintf(option, sizeof(option), "--name=%s", name);
	job.fd = fd;
	if (!references)
		return admin_check(&job);
	rc = admin_resolve(&job, &child);
	return rc < 0 ? rc : spawn_output(&child, &out);
}

/* A profile that references the changed one must still be one. */
static int check_user(const struct admin_stage *s, const char *user)
{
	const struct conf *c = &s->pool->conf;
	_cleanup_buf_ struct buf path = { 0 };
	struct admin_found at;
	int rc = admin_pool_find(c, 0, user, &at);

	if (rc == -ENOENT)
		return 0;
	if (rc == 0)
		rc = buf_printf(&path, "%s/%s.xml", at.dir, user);
	if (rc == 0)
		rc = check(s, AT_FDCWD, path.data, user, path.data, true);
	return rc;
}

/* The least that an interface has: default-profiles must do with it. */
static int check_defaults(const struct admin_stage *s)
{
	static const char domain[] =
		"<domain><name>any</name><devices><interface type='bridge'>"
		"<mac address='52:54:00:00:00:01'/><source bridge='any'/>"
		"</interface></devices></domain>";
	struct spawn_job job = {
		.conf = &s->pool->conf,
		.staged = &s->dirs,
		.option = "domain",
		.path = "a guest without references",
	};
	_cleanup_spawn_ struct spawn child = SPAWN_NONE;
	_cleanup_close_ int fd = memfd_create("domain", MFD_CLOEXEC);
	_cleanup_buf_ struct buf out = { 0 };
	int rc;

	if (fd < 0 || util_write_all(fd, domain, strlen(domain)) < 0)
		return log_errno(errno, "cannot keep a domain");
	job.fd = fd;
	rc = admin_resolve(&job, &child);
	return rc < 0 ? rc : spawn_output(&child, &out);
}

static int check_users(const struct admin_stage *s, const char *name)
{
	_cleanup_uses_ struct admin_uses uses = { 0 };
	const struct admin_use *u;
	size_t i;
	bool defaults = false;
	int rc = admin_uses_profiles(&s->pool->conf, &uses);

	for (i = 0; rc == 0 && i < uses.n; i++) {
		u = &uses.items[i];
		defaults = defaults || u->kind == USER_DEFAULT;
		if (u->kind == USER_PROFILE && strcmp(u->who, name) != 0 &&
		    strcmp(u->profile, name) == 0)
			rc = check_user(s, u->who);
	}
	return rc == 0 && defaults ? check_defaults(s) : rc;
}

static int check_profiles(const struct admin_stage *s,
			  const struct admin_change *c)
{
	int rc = check(s, s->dirs.fd, s->file, c->name, c->source, false);

	return rc < 0 ? rc : check_users(s, c->name);
}

/* ---- taps ----------------------------------------------------------------- */

/* Neither a terminal's ^C nor a pager that has gone comes between the file and
 * the kernel. */
static void hold_signals(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, before);
}

/*
 * The file is the new one: replace until no tap has anything else.  Who had read
 * the old one by then is waited for once; for longer than a resolver lives it
 * makes no sense, since what comes later is not taken.
 */
static int replace_all(struct admin_replace *r)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < MAX_ROUNDS; i++) {
		if (r->n) {
			rc = admin_replace_run(r);
			/* One went down, or got other rules: begin anew. */
			if (rc < 0 && rc != -EAGAIN)
				return rc;
		}
		if (i == 0) {
			rc = admin_taps_await(r->conf);
			if (rc < 0 && rc != -ETIMEDOUT)
				return rc;
		}
		rc = admin_replace_collect(r, NULL);
		if (rc < 0 || !r->n)
			return rc;
	}
	log_err("taps come and go all the time: no end after %d attempts",
		MAX_ROUNDS);
	return -EAGAIN;
}

/*
 * As it was before: the file first, then the taps that have new rules: from the
 * helper, or because they came up meanwhile.
 */
static int undo(struct admin_stage *s, struct admin_replace *r)
{
	int rc = admin_stage_put_back(s);

	admin_replace_forget(r);
	if (rc == 0)
		rc = admin_replace_collect(r, NULL);
	if (rc == 0)
		rc = replace_all(r);
	if (rc < 0)
		log_err("not all could be put back: \"tapfilter reload\" gives "
			"all taps the rules that the files say now");
	return rc;
}

static int apply(struct admin_stage *s, struct admin_replace *r, bool remove)
{
	int rc = admin_stage_commit(s, remove);

	if (rc < 0)
		return rc;
	rc = replace_all(r);
	if (rc < 0)
		undo(s, r);
	return rc;
}

int admin_pool_change(const struct admin_pool *p, const struct admin_change *c,
		      size_t *taps)
{
	_cleanup_stage_ struct admin_stage s = { .dirs.fd = -1 };
	_cleanup_replace_ struct admin_replace r = { .conf = &p->conf,
						     .profile = c->name };
	sigset_t before;
	int rc = admin_stage_open(p, c->name, c->text, &s);

	if (rc == 0 && c->text->len)
		rc = check_profiles(&s, c);
	if (rc == 0 && c->text->len)
		rc = admin_replace_collect(&r, &s.dirs);
	if (rc == 0) {
		hold_signals(&before);
		rc = apply(&s, &r, c->remove);
		admin_stage_close(&s);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	*taps = r.replaced;
	if (rc < 0)
		log_err("%s was not changed", c->name);
	return rc;
}
