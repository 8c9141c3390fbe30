// SPDX-License-Identifier: GPL-2.0-or-later
/* The clean start of tapfilter-helper, see priv.h */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"

int priv_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return log_errno(errno, "cannot open /dev/null");
	} while (fd <= STDERR_FILENO);
	if (close_range((unsigned int)STDERR_FILENO + 1, ~0U, 0) < 0)
		return log_errno(errno, "cannot close inherited files");
	return 0;
}

int priv_signals(void)
{
	static const int timers[] = { ITIMER_REAL, ITIMER_VIRTUAL,
				      ITIMER_PROF };
	const struct itimerval off = { 0 };
	sigset_t none;
	size_t i;
	int sig;

	/* SIGKILL, SIGSTOP and what the C library keeps refuse: that is fine */
	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	for (i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
		if (setitimer(timers[i], &off, NULL) < 0)
			return log_errno(errno, "cannot stop a timer");
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return log_errno(errno, "cannot unblock signals");
	return 0;
}

int priv_environment(void)
{
	if (clearenv() != 0 ||
	    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0 ||
	    setenv("LC_ALL", "C", 1) < 0)
		return log_errno(ENOMEM, "cannot set the environment");
	return 0;
}

int priv_identity(void)
{
	if (getuid() == geteuid() && getgid() == getegid())
		return 0;
	log_err("this program cannot run setuid or setgid");
	return -EPERM;
}

int priv_process(void)
{
	umask(077);
	if (chdir("/") < 0)
		return log_errno(errno, "cannot change to /");
	return 0;
}
