// SPDX-License-Identifier: GPL-2.0-or-later
/* Stage 3 of priv.h: nothing of the caller's process acts on ours */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"
#include "util.h"

#define MIB (1024UL * 1024)
#define FILES 256
#define MANY_FILES 16384 /* the locks of as many taps, almost */

/* Enough for the largest binding, little enough to end what runs away. */
static const struct {
	__rlimit_resource_t what;
	rlim_t n;
} limits[] = {
	{ RLIMIT_CORE, 0 },	  { RLIMIT_FSIZE, 64 * MIB },
	{ RLIMIT_NPROC, 4096 },	  { RLIMIT_STACK, 8 * MIB },
	{ RLIMIT_CPU, 20 },
#if !SANDBOX_SANITIZED
	{ RLIMIT_AS, 512 * MIB }, { RLIMIT_DATA, 512 * MIB },
#endif
};

static int set_environment(void)
{
	if (clearenv() != 0 ||
	    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0 ||
	    setenv("LC_ALL", "C", 1) < 0)
		return log_errno(ENOMEM, "cannot set the environment");
	return 0;
}

/*
 * Blocked for the whole run: a terminal's ^Z or a caller's signal must not
 * stop a process that holds a lock.  All waits have a limit of their own.
 */
static int set_signals(void)
{
	static const __itimer_which_t timers[] = { ITIMER_REAL, ITIMER_VIRTUAL,
						   ITIMER_PROF };
	const struct itimerval off = { 0 };
	sigset_t all;
	size_t i;
	int sig;

	/* SIGKILL, SIGSTOP and what the C library keeps refuse: that is fine */
	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	/* These become errors of write(). */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	for (i = 0; i < ARRAY_SIZE(timers); i++)
		if (setitimer(timers[i], &off, NULL) < 0)
			return log_errno(errno, "cannot stop a timer");
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return log_errno(errno, "cannot block signals");
	return 0;
}

/* Root without CAP_SYS_RESOURCE lives with what it was given. */
static int set_limit(const struct priv *p, __rlimit_resource_t what, rlim_t n)
{
	struct rlimit r = { n, n };

	if (setrlimit(what, &r) == 0)
		return 0;
	if (errno != EPERM || p->uid != 0 || getrlimit(what, &r) < 0)
		return log_errno(errno, "cannot set a resource limit");
	r.rlim_cur = r.rlim_max;
	if (setrlimit(what, &r) < 0)
		return log_errno(errno, "cannot set a resource limit");
	return 0;
}

/* Whoever is not root may have made us the slowest process, or the first to
 * be killed when memory is short. */
static int set_priority(void)
{
	const struct sched_param none = { 0 };
	_cleanup_close_ int fd = -1;

	if (setpriority(PRIO_PROCESS, 0, 0) < 0 ||
	    sched_setscheduler(0, SCHED_OTHER, &none) < 0)
		return log_errno(errno, "cannot set my priority");
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return log_errno(errno, "cannot set oom_score_adj");
	return 0;
}

void priv_hurry(void)
{
	/* without the right to it, it takes its time */
	if (setpriority(PRIO_PROCESS, 0, -20) < 0)
		return;
}

/* libcap-ng clears the bounding set only together with a change of ids. */
static int clear_bounding(void)
{
	unsigned long cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return log_errno(errno, "cannot clear the bounding "
						"set");
	return 0;
}

int priv_process(const struct priv *p, bool many)
{
	size_t i;
	int rc;

	rc = set_environment();
	if (rc == 0)
		rc = set_signals();
	/* At once: not everybody may raise it again. */
	if (rc == 0)
		rc = set_limit(p, RLIMIT_NOFILE, many ? MANY_FILES : FILES);
	for (i = 0; rc == 0 && i < ARRAY_SIZE(limits); i++)
		rc = set_limit(p, limits[i].what, limits[i].n);
	if (rc == 0 && p->mode == PRIV_SETUID)
		rc = set_priority();
	/* what is not in the bounding set cannot become inheritable */
	if (rc == 0)
		rc = priv_inheritable();
	if (rc == 0 && p->mode != PRIV_REDUCED)
		rc = clear_bounding();
	if (rc < 0)
		return rc;
	umask(077);
	if (chdir("/") < 0)
		return log_errno(errno, "cannot change to /");
	if (prctl(PR_SET_DUMPABLE, SANDBOX_DUMPABLE, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return log_errno(errno, "cannot give up new privileges");
	return 0;
}
