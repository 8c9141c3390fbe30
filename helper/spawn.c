// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs tapfilter-resolve, the program that reads XML
 *
 * posix_spawn(), which does not copy the address space as fork() would.  What
 * comes back is data of a process that has read what others wrote: it is
 * bounded in size and time, and counts only when the process ended well.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "log.h"
#include "spawn.h"
#include "util.h"

#define PROGRAM "tapfilter-resolve"
#define DEADLINE_MS 10000
#define OUTPUT_MAX (16u * 1024 * 1024)
#define MAX_ARGS 32

/**
 * struct command - An argument list, and what the child inherits
 */
struct command {
	char *argv[MAX_ARGS];
	size_t argc;
	int fds[MAX_ARGS];
	bool own[MAX_ARGS]; /* opened here */
	size_t nfds;
};

static void command_free(struct command *c)
{
	size_t i;

	for (i = 0; i < c->argc; i++)
		free(c->argv[i]);
	for (i = 0; i < c->nfds; i++)
		if (c->own[i])
			close(c->fds[i]);
}

__attribute__((format(printf, 2, 3))) static int add_arg(struct command *c,
							 const char *fmt, ...)
{
	va_list ap;
	int n;

	if (c->argc + 1 == MAX_ARGS)
		return log_errno(E2BIG, "cannot start " PROGRAM);
	va_start(ap, fmt);
	n = vasprintf(&c->argv[c->argc], fmt, ap);
	va_end(ap);
	if (n < 0)
		return log_errno(ENOMEM, "cannot start " PROGRAM);
	c->argv[++c->argc] = NULL;
	return 0;
}

static int add_fd(struct command *c, const char *option, int fd,
		  const char *path, bool own)
{
	c->own[c->nfds] = own;
	c->fds[c->nfds++] = fd;
	return add_arg(c, "--%s=%d:%s", option, fd, path);
}

/* A directory of the template path need not be there; the others are used. */
static int add_template_dirs(struct command *c, const struct conf *conf)
{
	const char *path;
	size_t i;
	int fd, rc;

	for (i = 0; i < conf->n_template_path; i++) {
		path = conf->template_path[i];
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return log_errno(errno, "cannot open %s", path);
		rc = add_fd(c, "template-dir", fd, path, true);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int build_command(struct command *c, const struct spawn_job *job)
{
	const struct conf *conf = job->conf;
	int rc = add_arg(c, PROGRAM);

	if (rc == 0)
		rc = add_template_dirs(c, conf);
	if (rc == 0)
		rc = add_arg(c, "--default-profiles=%s",
			     conf->default_profiles);
	if (rc == 0)
		rc = add_arg(c, "--max-rules=%u", conf->max_rules);
	if (rc == 0 && conf->honour_filterref)
		rc = add_arg(c, "--honour-filterref");
	if (rc == 0)
		rc = add_fd(c, job->option, job->fd, job->path, false);
	if (rc == 0 && job->tap)
		rc = add_arg(c, "--tap=%s", job->tap);
	return rc;
}

/* It stands beside our own program, or where it is installed. */
static int run(pid_t *pid, const struct command *c,
	       const posix_spawn_file_actions_t *files,
	       const posix_spawnattr_t *attr)
{
	char path[PATH_MAX + sizeof(PROGRAM)];
	char *const environment[] = { NULL };
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;
	int rc = ENOENT;

	if (n > 0 && n < PATH_MAX) {
		path[n] = '\0';
		slash = strrchr(path, '/');
		memcpy(slash + 1, PROGRAM, sizeof(PROGRAM));
		rc = posix_spawn(pid, path, files, attr, c->argv, environment);
	}
	if (rc == ENOENT)
		rc = posix_spawn(pid, LIBEXECDIR "/" PROGRAM, files, attr,
				 c->argv, environment);
	return rc;
}

/* Whoever called us may have blocked or ignored signals. */
static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
						    POSIX_SPAWN_SETSIGDEF);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attr, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	return rc;
}

static int set_files(posix_spawn_file_actions_t *files, const struct command *c,
		     int out)
{
	size_t i;
	int rc;

	rc = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null",
					      O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(files, out,
						      STDOUT_FILENO);
	/* To itself: takes the close-on-exec flag away */
	for (i = 0; rc == 0 && i < c->nfds; i++)
		rc = posix_spawn_file_actions_adddup2(files, c->fds[i],
						      c->fds[i]);
	return rc;
}

static int start_child(const struct command *c, int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc;

	rc = posix_spawn_file_actions_init(&files);
	if (rc != 0)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (rc == 0) {
		rc = set_files(&files, c, out);
		if (rc == 0)
			rc = set_attributes(&attr);
		if (rc == 0)
			rc = run(pid, c, &files, &attr);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

int spawn_start(const struct spawn_job *job, struct spawn *s)
{
	_cleanup_(command_free) struct command c = { .argc = 0 };
	int pipes[2], rc;

	rc = build_command(&c, job);
	if (rc < 0)
		return rc;
	if (lseek(job->fd, 0, SEEK_SET) < 0)
		return log_errno(errno, "cannot read %s", job->path);
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return log_errno(errno, "cannot make a pipe");
	rc = start_child(&c, pipes[1], &s->pid);
	close(pipes[1]);
	s->out = pipes[0];
	if (rc != 0) {
		s->pid = 0;
		spawn_abort(s);
		return log_errno(rc, "cannot start " PROGRAM);
	}
	s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (s->pidfd < 0) {
		rc = log_errno(errno, "cannot watch " PROGRAM);
		spawn_abort(s);
		return rc;
	}
	return 0;
}

void spawn_abort(struct spawn *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	if (s->pidfd >= 0)
		close(s->pidfd);
	if (s->out >= 0)
		close(s->out);
	*s = (struct spawn)SPAWN_NONE;
}

/* It has closed its output, so it should be about to end. */
static int wait_child(struct spawn *s)
{
	struct pollfd p = { .fd = s->pidfd, .events = POLLIN };
	int n, status;

	do {
		n = poll(&p, 1, DEADLINE_MS);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return log_errno(n ? errno : ETIMEDOUT,
				 PROGRAM " does not end");
	if (waitpid(s->pid, &status, WNOHANG) != s->pid)
		return log_errno(errno, "cannot wait for " PROGRAM);
	s->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		log_err(PROGRAM " was killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 1) /* 1: it has said why */
		log_err(PROGRAM " ended with status %d", WEXITSTATUS(status));
	return -EINVAL;
}

int spawn_output(struct spawn *s, struct buf *out)
{
	int rc = util_read_all(s->out, "the answer of " PROGRAM, OUTPUT_MAX,
			       DEADLINE_MS, out);

	if (rc == 0)
		rc = wait_child(s);
	spawn_abort(s);
	return rc;
}

int spawn_bindings(struct spawn *s, struct binding **list, size_t *n)
{
	_cleanup_buf_ struct buf bytes = { 0 };
	struct binding *slot;
	size_t pos = 0, used;
	int rc;

	*list = NULL;
	*n = 0;
	rc = spawn_output(s, &bytes);
	while (rc == 0 && pos < bytes.len) {
		slot = util_grow(list, *n, sizeof(*slot));
		if (!slot) {
			rc = -ENOMEM;
			break;
		}
		rc = binding_decode(bytes.data + pos, bytes.len - pos, &used,
				    slot);
		if (rc < 0)
			break;
		(*n)++;
		pos += used;
	}
	if (rc < 0) {
		spawn_free_bindings(*list, *n);
		*list = NULL;
		*n = 0;
	}
	return rc;
}

void spawn_free_bindings(struct binding *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		binding_free(&list[i]);
	free(list);
}
