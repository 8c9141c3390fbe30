// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-helper: puts a tap behind its filter and into its bridge
 *
 * main() goes through the stages of priv.h in their order.  What is opened as
 * root is opened by session_open(); what runs after session_drop() has
 * CAP_NET_ADMIN and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "helper.h"
#include "log.h"
#include "tap.h"
#include "util.h"

#define NAME "tapfilter-helper"
#define MAX_PROOF_FD 1024

/* The working directory is left before a file is opened. */
static int make_absolute(const char **path)
{
	_cleanup_free_ char *cwd = NULL;
	char *all;

	if (!*path || **path == '/' || strcmp(*path, "-") == 0)
		return 0;
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return log_errno(errno, "cannot find %s", *path);
	if (asprintf(&all, "%s/%s", cwd, *path) < 0)
		return log_errno(ENOMEM, "cannot find %s", *path);
	*path = all;
	return 0;
}

static int print(const char *text, const char *more)
{
	if (fputs(text, stdout) < 0 || fputs(more, stdout) < 0 ||
	    fflush(stdout) < 0) {
		log_errno(errno, "cannot write to standard output");
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}

static int print_version(void)
{
	char sandbox[64] = "seccomp, no Landlock";
	int abi = sandbox_landlock_abi();

	if (abi)
		snprintf(sandbox, sizeof(sandbox), "seccomp, Landlock ABI %d",
			 abi);
	return print(NAME " " VERSION "\nsandbox: ", sandbox) ||
	       print("\n", "");
}

/* QEMU leaves the open tap to its scripts: who has that, has the tap. */
static bool has_proof(const struct options *o)
{
	int fd;

	for (fd = STDERR_FILENO + 1; o->ntaps == 1 && fd < MAX_PROOF_FD; fd++)
		if (tap_fd_is(fd, o->taps[0]))
			return true;
	return false;
}

static const char *tap_of(const struct session *s)
{
	if (s->options->ntaps)
		return s->options->taps[0];
	return s->tap[0] ? s->tap : "-";
}

/* A caller's text between quotes must not be able to end them. */
static void quote(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text && n + 5 < size; text++)
		n += (size_t)snprintf(out + n, size - n,
				      strchr("\"\\", *text) ? "\\x%02X" : "%c",
				      *text);
	out[n] = '\0';
}

/* One line for each decision; see also what escapes it in log.c */
static void report(const struct session *s, int rc)
{
	const struct options *o = s->options;
	char domain[1024];

	quote(s->name[0] ? s->name :
	      o->guest	 ? o->guest :
			   "-",
	      domain, sizeof(domain));
	log_decision(
		"uid=%u op=%s tap=%s bridge=%s domain=\"%s\" section=%s: %s",
		s->priv->uid, o->command->name, tap_of(s),
		o->bridge ? o->bridge : "-", domain,
		s->grant ? s->grant->label : "-",
		rc == 0	  ? "done" :
		s->denied ? "denied" :
			    "failed");
}

/* When every lock is released: standard error may be a full pipe. */
static int tell_user(const struct session *s, int rc)
{
	const struct options *o = s->options;

	if (rc < 0 && !session_is_root(s))
		log_public("%s %s: %s; the system log says why",
			   o->command->name, tap_of(s),
			   s->denied ? "not allowed" : "failed");
	return rc == 0	 ? STATUS_DONE :
	       s->denied ? STATUS_DENIED :
			   STATUS_FAILED;
}

/* From the first file to the exit status, for one tap or one domain */
static int run(struct session *s)
{
	int rc = session_open(s), prepared, dropped;

	if (rc == 0)
		rc = session_start(s);
	/* Even a failed one may have to close its tap. */
	prepared = session_prepare(s);
	if (rc == 0)
		rc = prepared;
	dropped = session_drop(s);
	/*
	 * Root's failed up still closes its tap, with nothing of what others
	 * wrote in reach: the resolver's answer is only read when rc is 0.
	 */
	if (dropped == 0 || session_is_root(s))
		rc = s->options->command->run(s, rc < 0 ? rc : dropped);
	else
		rc = dropped;
	/* Before all is known and granted, "there is none" would tell. */
	if (rc < 0 && !s->granted)
		s->denied = true;
	report(s, rc);
	session_close(s);
	return tell_user(s, rc);
}

static int run_child(const struct session *s, char *tap)
{
	char *taps[] = { tap, NULL };
	struct options one = *s->options;
	struct session own = *s;
	int status = 0;
	pid_t pid = fork();

	if (pid < 0) {
		log_errno(errno, "cannot make a child");
		return STATUS_FAILED;
	}
	if (pid == 0) {
		one.taps = taps;
		one.ntaps = 1;
		own.options = &one;
		_exit(run(&own));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return STATUS_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED;
}

/* Each tap by a process of its own, which drops its own privileges; one that
 * fails does not keep the others from their turn. */
static int run_each(const struct session *s, char **taps, size_t n)
{
	int rc, worst = STATUS_DONE;
	size_t i;

	for (i = 0; i < n; i++) {
		rc = run_child(s, taps[i]);
		worst = rc > worst ? rc : worst;
	}
	return worst;
}

static int run_all(struct session *s)
{
	char(*names)[TAP_NAME_SIZE] = NULL;
	_cleanup_free_ char **taps = NULL;
	size_t i, n = 0;
	int index = session_list(s, &names, &n), rc;

	taps = index < 0 ? NULL : util_alloc(n, sizeof(*taps));
	for (i = 0; taps && i < n; i++)
		taps[i] = names[i];
	rc = taps ? run_each(s, taps, n) : STATUS_FAILED;
	free(names);
	return rc == STATUS_DONE && index ? STATUS_FAILED : rc;
}

int main(int argc, char **argv)
{
	static struct options o; /* its strings live as long as we do */
	static struct priv p;
	struct session s = { .options = &o, .priv = &p };

	log_program(NAME);
	if (priv_caller(argc, &p) < 0)
		return STATUS_DENIED;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return print(options_usage, options_help);
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return print_version();
	if (options_parse(argv + 1, &o) < 0)
		return STATUS_USAGE;
	if (p.mode == PRIV_NONE) {
		log_err("only root may do this: the helper is not installed setuid, see ACCESS in tapfilter-helper(8)");
		return STATUS_DENIED;
	}
	s.proof = !session_is_root(&s) && has_proof(&o);
	if (make_absolute(&o.config) < 0 || make_absolute(&o.domain) < 0 ||
	    priv_descriptors(o.fd) < 0 ||
	    priv_process(&p, o.command->many && session_is_root(&s)) < 0)
		return STATUS_FAILED;
	if (o.command->urgent && session_is_root(&s))
		priv_hurry();
	log_open();
	if (!session_is_root(&s))
		log_private();
	if (o.command->op != ACL_RELOAD || o.domain || o.ntaps == 1 ||
	    !session_is_root(&s))
		return run(&s);
	return o.ntaps ? run_each(&s, o.taps, o.ntaps) : run_all(&s);
}
