// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As root, the last thing before the drop: which file is it, and start of the
 * resolver.  What must read an answer already does so in a child that drops.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "helper.h"
#include "log.h"

/* What it opens itself must be root's, as what we open. */
static const char *const trusted_files[] = { "--trusted-files", NULL };

static const struct priv_user *parser_of(const struct session *s)
{
	return s->priv->mode == PRIV_REDUCED ? NULL : &s->parser;
}

static int start_index(struct session *s)
{
	struct spawn_job job = {
		.conf = &s->conf,
		.dirs = &s->dirs,
		.option = "index",
		.fd = s->dirs.domains,
		.path = s->conf.domain_dir,
		.more = trusted_files,
		.user = parser_of(s),
	};
	int rc = domindex_begin(&s->index);

	return rc < 0 ? rc : spawn_start(&job, &s->resolver);
}

static int wait_child(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return log_errno(errno, "cannot wait for a child");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		log_err("a child was killed by signal %d", WTERMSIG(status));
	return -EIO;
}

/* By a child, which drops its privileges before it reads an answer */
static int remake_index(struct session *s)
{
	pid_t pid = fork();
	int rc;

	if (pid < 0)
		return log_errno(errno, "cannot make a child");
	if (pid)
		return wait_child(pid);
	rc = start_index(s);
	if (rc == 0)
		rc = session_drop(s);
	if (rc == 0)
		rc = domindex_write(&s->index, &s->resolver);
	_exit(rc < 0 ? STATUS_FAILED : STATUS_DONE);
}

/* Which file of the domain directory claims the tap; root brings the index up
 * to date. */
static int find_file(struct session *s, const char *tap, char *file)
{
	const struct domindex *q = &s->index;
	_cleanup_close_ int lock = -1;
	int rc = domindex_find(q, tap, false, file);

	if (rc != -ESTALE)
		return rc;
	if (!session_is_root(s)) {
		log_err("no %s.xml in %s, and the index of domains does not "
			"have %s or is out of date: root's \"tapfilter reload\" "
			"makes it anew",
			tap, s->conf.domain_dir, tap);
		return -ENOENT;
	}
	lock = domindex_lock(q);
	if (lock < 0)
		return lock;
	rc = domindex_find(q, tap, false, file);
	if (rc != -ESTALE)
		return rc; /* whoever had the lock has just made it */
	rc = remake_index(s);
	return rc < 0 ? rc : domindex_find(q, tap, true, file);
}

/*
 * Also when it looks fresh: a file that was changed in place does not show in
 * the directory, and others than root cannot make an index.  What was written
 * just before this command must be told from what is written after it.
 *
 * Return: as session_list()
 */
static int refresh_index(struct session *s)
{
	const struct timespec nap = { .tv_nsec = DOMINDEX_STEP_NS };
	bool fresh = domindex_is_fresh(&s->index);
	_cleanup_close_ int lock = domindex_lock(&s->index);
	int rc;

	if (lock < 0)
		return lock;
	nanosleep(&nap, NULL);
	rc = remake_index(s);
	return rc < 0 && fresh ? 1 : rc;
}

/*
 * What went without a down is not filtered any more: gc's job, not reload's.
 * And a domain that was handed over is to be handed over again.
 */
static int keep_own(struct session *s, char (*taps)[TAP_NAME_SIZE], size_t *n)
{
	struct record r = { 0 };
	struct link_info dev;
	size_t i, kept = 0;
	int rc = link_open(&s->link);

	for (i = 0; rc == 0 && i < *n; i++) {
		rc = link_get(s->link, taps[i], &dev);
		if (rc == 0 &&
		    (state_peek(s->state, taps[i], &r) < 0 || !r.given))
			memmove(taps[kept++], taps[i], TAP_NAME_SIZE);
		else if (rc == -ENODEV)
			rc = 0;
	}
	*n = kept;
	return rc;
}

int session_list(struct session *s, char (**taps)[TAP_NAME_SIZE], size_t *n)
{
	int rc = session_open(s), listed;

	if (rc == 0)
		rc = refresh_index(s);
	if (rc >= 0) {
		listed = state_list(s->state, taps, n);
		if (listed == 0)
			listed = keep_own(s, *taps, n);
		rc = listed < 0 ? listed : rc;
	}
	session_close(s);
	return rc;
}

static int start_bridge(struct session *s, struct spawn_job job)
{
	const struct options *o = s->options;
	char file[sizeof(s->name) + sizeof(".xml")], bridge[64], which[64];
	const char *more[] = { "--trusted-files", bridge, NULL, NULL };

	snprintf(file, sizeof(file), "%s.xml", o->guest);
	snprintf(bridge, sizeof(bridge), "--bridge=%s", o->bridge);
	snprintf(which, sizeof(which), "%s%s", o->nic ? "--nic=" : "--mac=",
		 o->nic ? o->nic :
		 o->mac ? o->mac :
			  "");
	if (o->nic || o->mac)
		more[2] = which;
	job.file = file;
	job.more = more;
	return spawn_start(&job, &s->resolver);
}

static int start_tap(struct session *s, struct spawn_job job)
{
	char file[INDEX_FILE_SIZE];
	int rc;

	job.more = trusted_files;
	job.tap = s->options->ntaps ? s->options->taps[0] : NULL;
	if (s->options->domain) {
		job.option = "domain";
		job.fd = s->domain_fd;
		job.path = s->options->domain;
		if (strcmp(job.path, "-") == 0)
			job.path = "standard input";
		/* All taps of it; which of them are wanted is seen later. */
		if (s->options->command->op == ACL_RELOAD)
			job.tap = NULL;
		return spawn_start(&job, &s->resolver);
	}
	rc = find_file(s, job.tap, file);
	job.file = file;
	return rc < 0 ? rc : spawn_start(&job, &s->resolver);
}

/* Who has no right to a tap must not get its lock either. */
static int look_at_tap(struct session *s, const char *tap)
{
	struct link_info dev;
	int rc;

	if (session_is_root(s))
		return 0;
	rc = link_open(&s->link);
	if (rc == 0)
		rc = link_get(s->link, tap, &dev);
	link_close(s->link);
	s->link = NULL;
	if (rc == -ENODEV)
		return link_no_device(tap);
	return rc < 0 ? rc : session_may_touch(s, &dev);
}

/*
 * Before the resolver reads a file: who changes it afterwards and then reloads
 * waits for us, so old rules never replace newer ones.
 */
static int lock_tap(struct session *s)
{
	const struct options *o = s->options;
	int rc;

	/* A domain of root's own may have several: each has its turn. */
	if (o->ntaps != 1 || (o->domain && o->command->op == ACL_RELOAD))
		return 0;
	rc = look_at_tap(s, o->taps[0]);
	return rc < 0 ? rc : state_lock(s->state, o->taps[0]);
}

/* Whose domain it is tells all that is needed when nothing is resolved. */
static int start_hook(struct session *s, struct spawn_job job)
{
	static const char *const whole[] = { "--trusted-files", "--lenient",
					     NULL };
	static const char *const identity[] = { "--identity", NULL };

	if (s->options->event == HOOK_NOTHING)
		return 0;
	job.option = "domain";
	job.fd = s->domain_fd;
	job.path = "the domain from libvirt";
	job.more = session_reads_profiles(s) && !s->unconfigured ? whole :
								   identity;
	return spawn_start(&job, &s->resolver);
}

int session_start(struct session *s)
{
	struct spawn_job job = {
		.conf = &s->conf,
		.dirs = &s->dirs,
		.option = "domain-dir",
		.fd = s->dirs.domains,
		.path = s->conf.domain_dir,
		.user = parser_of(s),
		.by_user = !session_is_root(s),
	};

	int rc;

	if (!s->options->command->resolves)
		return 0;
	/* Without it, what reads the XML could write root's files. */
	if (s->priv->mode == PRIV_REDUCED && !sandbox_landlock_abi())
		return log_errno(EOPNOTSUPP,
				 "uid 0 without the right to change ids needs "
				 "a kernel with Landlock");
	if (!s->options->command->hook) {
		rc = lock_tap(s);
		if (rc < 0)
			return rc;
	}
	if (session_reads_profiles(s) && s->state) {
		rc = state_reading(s->state);
		if (rc < 0)
			return rc;
	}
	if (s->options->command->hook)
		return start_hook(s, job);
	return s->options->guest ? start_bridge(s, job) : start_tap(s, job);
}
