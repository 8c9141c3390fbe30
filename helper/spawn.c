// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs tapfilter-resolve, the program that reads XML
 *
 * The child gives up everything that a process can give up before exec; the
 * program goes on from there by itself.  What comes back is data of a process
 * that has read what others wrote: it is bounded in size and time, and counts
 * only when the process ended well.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "log.h"
#include "spawn.h"
#include "util.h"

#define PROGRAM "tapfilter-resolve"
#define DEADLINE_MS 10000
#define OUTPUT_MAX (16u * 1024 * 1024)
#define ERROR_MAX (64u * 1024)
#define MAX_ARGS 32
#define EXIT_NO_EXEC 127 /* as a shell says it */

/**
 * struct command - An argument list, and what the child inherits
 */
struct command {
	int program;
	char *argv[MAX_ARGS];
	size_t argc;
	int fds[MAX_ARGS];
	size_t nfds;
	const struct priv_user *user;
};

static void command_free(struct command *c)
{
	size_t i;

	for (i = 0; i < c->argc; i++)
		free(c->argv[i]);
	util_closep(&c->program);
}

/* ---- directories ---------------------------------------------------------- */

int spawn_open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	return fd < 0 ? log_errno(errno, "cannot open %s", path) : fd;
}

int spawn_open_dirs(const struct conf *c, int (*open_dir)(const char *path),
		    struct spawn_dirs *out)
{
	*out = (struct spawn_dirs){ .domains = -1 };
	out->dir = util_alloc(c->n_template_path, sizeof(*out->dir));
	if (!out->dir)
		return -ENOMEM;
	for (; out->n < c->n_template_path; out->n++) {
		int fd = open_dir(c->template_path[out->n]);

		if (fd < 0 && fd != -ENOENT)
			return fd;
		out->dir[out->n] = fd < 0 ? -1 : fd;
	}
	return 0;
}

void spawn_close_dirs(struct spawn_dirs *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		util_closep(&d->dir[i]);
	free(d->dir);
	if (d->domains >= 0)
		close(d->domains);
	*d = (struct spawn_dirs){ .domains = -1 };
}

/* ---- the command ---------------------------------------------------------- */

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
		  const char *path)
{
	c->fds[c->nfds++] = fd;
	return add_arg(c, "--%s=%d:%s", option, fd, path);
}

static int add_template_dirs(struct command *c, const struct spawn_job *job)
{
	size_t i;
	int rc = 0;

	if (job->staged)
		rc = add_fd(c, "template-dir", job->staged->fd,
			    job->staged->path);
	for (i = 0; rc == 0 && i < job->dirs->n; i++)
		if (job->dirs->dir[i] >= 0)
			rc = add_fd(c, "template-dir", job->dirs->dir[i],
				    job->conf->template_path[i]);
	return rc;
}

static int build_command(struct command *c, const struct spawn_job *job)
{
	const struct conf *conf = job->conf;
	const char *const *more = job->more;
	int rc = add_arg(c, PROGRAM);

	if (rc == 0)
		rc = add_template_dirs(c, job);
	if (rc == 0)
		rc = add_arg(c, "--default-profiles=%s",
			     conf->default_profiles);
	if (rc == 0)
		rc = add_arg(c, "--max-rules=%u", conf->max_rules);
	if (rc == 0 && conf->honour_filterref)
		rc = add_arg(c, "--honour-filterref");
	if (rc == 0)
		rc = add_fd(c, job->option, job->fd, job->path);
	if (rc == 0 && job->file)
		rc = add_arg(c, "--domain-file=%s", job->file);
	if (rc == 0 && job->tap)
		rc = add_arg(c, "--tap=%s", job->tap);
	for (; rc == 0 && more && *more; more++)
		rc = add_arg(c, "%s", *more);
	return rc;
}

/* It stands where it is installed; for root also beside our own program. */
static int open_program(struct command *c, bool by_user)
{
	char path[PATH_MAX + sizeof(PROGRAM)];
	ssize_t n = -1;

	if (!by_user)
		n = readlink("/proc/self/exe", path, PATH_MAX);
	if (n > 0 && n < PATH_MAX) {
		path[n] = '\0';
		memcpy(strrchr(path, '/') + 1, PROGRAM, sizeof(PROGRAM));
		c->program = open(path, O_PATH | O_CLOEXEC);
	}
	if (c->program < 0)
		c->program = open(LIBEXECDIR "/" PROGRAM, O_PATH | O_CLOEXEC);
	if (c->program < 0)
		return log_errno(errno, "cannot open " PROGRAM);
	return 0;
}

/* ---- the child ------------------------------------------------------------ */

/* Whoever called us may have ignored signals, and we have blocked them. */
void spawn_reset_signals(void)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* @kept: messages go to memory of ours, not to a log that may be long already */
static bool set_limits(bool kept)
{
	const struct rlimit cpu = { DEADLINE_MS / 1000, DEADLINE_MS / 1000 };
	const struct rlimit file = { ERROR_MAX, ERROR_MAX };

	/* Lasts beyond exec; the program has no call to stop it. */
	alarm(DEADLINE_MS / 1000 + 1);
	return setrlimit(RLIMIT_CPU, &cpu) == 0 &&
	       (!kept || setrlimit(RLIMIT_FSIZE, &file) == 0);
}

static bool set_files(const struct command *c, int out, int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	size_t i;

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 ||
	    (err >= 0 && dup2(err, STDERR_FILENO) < 0))
		return false;
	for (i = 0; i < c->nfds; i++)
		if (fcntl(c->fds[i], F_SETFD, 0) < 0)
			return false;
	return true;
}

__attribute__((noreturn)) static void child(const struct command *c, int out,
					    int err)
{
	char *const environment[] = { NULL };
	int rc = priv_child(c->user);

	if (rc == 0 && set_files(c, out, err) && set_limits(err >= 0)) {
		spawn_reset_signals();
		syscall(SYS_execveat, c->program, "", c->argv, environment,
			AT_EMPTY_PATH);
		rc = -errno;
	}
	log_errno(rc ? rc : errno, "cannot start " PROGRAM);
	_exit(EXIT_NO_EXEC);
}

static int start_child(const struct command *c, int out, struct spawn *s)
{
	s->end = util_now_ms() + DEADLINE_MS;
	s->pid = fork();
	if (s->pid == 0)
		child(c, out, s->err);
	if (s->pid < 0) {
		s->pid = 0;
		return log_errno(errno, "cannot start " PROGRAM);
	}
	s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (s->pidfd < 0)
		return log_errno(errno, "cannot watch " PROGRAM);
	return 0;
}

int spawn_start(const struct spawn_job *job, struct spawn *s)
{
	_cleanup_(command_free) struct command c = { .program = -1,
						     .user = job->user };
	int pipes[2], rc;

	rc = build_command(&c, job);
	if (rc == 0)
		rc = open_program(&c, job->by_user);
	if (rc < 0)
		return rc;
	if (lseek(job->fd, 0, SEEK_SET) < 0)
		return log_errno(errno, "cannot read %s", job->path);
	if (job->by_user) {
		s->err = memfd_create("messages", MFD_CLOEXEC);
		if (s->err < 0)
			return log_errno(errno, "cannot keep messages");
	}
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return log_errno(errno, "cannot make a pipe");
	s->out = pipes[0];
	rc = start_child(&c, pipes[1], s);
	close(pipes[1]);
	if (rc < 0)
		spawn_abort(s);
	return rc;
}

void spawn_abort(struct spawn *s)
{
	if (s->pid > 0 && kill(s->pid, SIGKILL) == 0)
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	util_closep(&s->pidfd);
	util_closep(&s->out);
	util_closep(&s->err);
	*s = (struct spawn)SPAWN_NONE;
}

static int time_left(const struct spawn *s)
{
	int64_t left = s->end - util_now_ms();

	return left > 0 ? (int)left : 0;
}

/* It has closed its output, so it should be about to end. */
static int wait_child(struct spawn *s)
{
	struct pollfd p = { .fd = s->pidfd, .events = POLLIN };
	int n, status;

	do {
		n = poll(&p, 1, time_left(s));
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

/* What it had to say, if it did not say that to our own standard error */
static void show_messages(const struct spawn *s)
{
	_cleanup_buf_ struct buf text = { 0 };

	if (s->err >= 0 && lseek(s->err, 0, SEEK_SET) == 0 &&
	    util_read_all(s->err, "messages", ERROR_MAX, 0, &text) == 0)
		log_lines(text.data, text.len);
}

int spawn_output(struct spawn *s, struct buf *out)
{
	int left = time_left(s);
	int rc = util_read_all(s->out, "the answer of " PROGRAM, OUTPUT_MAX,
			       left ? (unsigned int)left : 1, out);

	if (rc == 0)
		rc = wait_child(s);
	/* Whoever can freeze us must not bring an old answer into force. */
	if (rc == 0 && time_left(s) == 0)
		rc = log_errno(ETIMEDOUT,
			       "too late for the answer of " PROGRAM);
	show_messages(s);
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
