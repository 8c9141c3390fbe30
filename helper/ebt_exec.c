// SPDX-License-Identifier: GPL-2.0-or-later
/* See ebt_exec.h */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "ebt_exec.h"
#include "priv.h"
#include "spawn.h"

#define NAP_NS 5000000
#define MAX_ARGS 7

/* ebtables-legacy-save would be a script. */
static void write_argv(const struct ebt_run *r, const char *argv[MAX_ARGS])
{
	bool counters = r->job == EBT_COUNT;
	size_t n = 0;

	if (r->job == EBT_RESTORE) {
		argv[n++] = r->variant == EBT_LEGACY ?
				    "ebtables-legacy-restore" :
				    "ebtables-nft-restore";
		argv[n++] = "--noflush";
	} else if (r->variant == EBT_LEGACY) {
		argv[n++] = "ebtables-legacy";
		argv[n++] = "-t";
		argv[n++] = ebt_table_name(r->table);
		argv[n++] = "-L";
		argv[n++] = "--Lmac2";
		argv[n++] = counters ? "--Lc" : NULL;
	} else {
		argv[n++] = "ebtables-nft-save";
		argv[n++] = counters ? "-c" : NULL;
	}
	argv[n] = NULL;
}

__attribute__((noreturn)) static void execute(const struct ebt_run *r, int in,
					      int out, int said)
{
	static const struct rlimit file = { EBT_TEXT_MAX, EBT_TEXT_MAX };
	char *const environment[] = { strdup("PATH=/usr/sbin:/usr/bin:/sbin"),
				      strdup("LC_ALL=C"), NULL };
	const char *words[MAX_ARGS];
	char *argv[MAX_ARGS] = { NULL }, path[64];
	size_t i;

	alarm(EBT_RUN_MS / 1000 + 1); /* should nobody be left to end it */
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(said, STDERR_FILENO) < 0 ||
	    setrlimit(RLIMIT_FSIZE, &file) < 0 ||
	    priv_carrier(NULL, r->variant == EBT_LEGACY) < 0)
		_exit(1);
	spawn_reset_signals();
	write_argv(r, words);
	for (i = 0; words[i]; i++)
		argv[i] = strdup(words[i]);
	snprintf(path, sizeof(path), "%s/%s", r->dir, words[0]);
	execve(path, argv, environment);
	dprintf(STDERR_FILENO, "cannot execute %s: %s\n", path,
		strerror(errno));
	_exit(1);
}

static int wait_for(pid_t pid)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
			    .events = POLLIN };
	int rc = 1, status = -1;

	if (p.fd >= 0)
		rc = poll(&p, 1, EBT_RUN_MS);
	if (rc <= 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		nanosleep(&nap, NULL);
	util_closep(&p.fd);
	if (rc <= 0)
		return -ETIMEDOUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

int ebt_exec(const struct ebt_run *r, int in, int out, int said)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		execute(r, in, out, said);
	return wait_for(pid);
}
