// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What tapfilter-resolve gives up before it reads the first byte of XML: every
 * file but those beneath its directories, every system call but those that
 * reading, computing and writing need.  It does so whoever starts it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "log.h"
#include "resolve.h"
#include "sandbox.h"

/* Neither sockets nor processes, nothing that changes a file. */
static const struct sandbox_call calls[] = {
	CALL(brk),
	CALL(mmap),
	CALL(mprotect),
	CALL(mremap),
	CALL(munmap),
	CALL(madvise),
	CALL(sysinfo), /* qsort() asks how much memory there is */
	CALL_NONE_OF(openat, 2, O_ACCMODE | O_CREAT | O_TRUNC),
	CALL(close),
	CALL(read),
	CALL(write),
	CALL(writev),
	CALL(lseek),
	/* F_SETOWN and F_SETSIG would send signals to others of our uid */
	CALL_IS(fcntl, 1, F_GETFL),
	CALL_IS(fcntl, 1, F_GETFD),
	CALL_IS(fcntl, 1, F_SETFD),
	CALL_IS(fcntl, 1, F_DUPFD_CLOEXEC),
	CALL(fstat),
#ifdef SYS_newfstatat
	CALL(newfstatat),
#endif
#ifdef SYS_poll
	CALL(poll),
#endif
	CALL(ppoll),
	CALL(getdents64),
	/* stdio asks whether it writes to a terminal */
	CALL_IS(ioctl, 1, TCGETS),
	CALL(clock_gettime),
	CALL(gettimeofday),
	CALL(getrandom),
	CALL(futex),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(restart_syscall),
	CALL(exit),
	CALL(exit_group),
};

/* What is no directory is found to be none by whoever lists it. */
static size_t add_dir(struct sandbox_dir *dirs, size_t n, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
		return n;
	dirs[n].fd = fd;
	return n + 1;
}

int resolve_sandbox(const struct resolve_options *o)
{
	struct sandbox_dir dirs[RESOLVE_MAX_DIRS + 2] = { 0 };
	size_t i, n = 0;
	int rc;

	for (i = 0; i < o->ndirs; i++)
		n = add_dir(dirs, n, o->dirs[i].fd);
	if (o->domain_dir.path)
		n = add_dir(dirs, n, o->domain_dir.fd);
	if (o->index.path)
		n = add_dir(dirs, n, o->index.fd);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, SANDBOX_DUMPABLE, 0, 0, 0) < 0)
		return log_errno(errno, "cannot give up new privileges");
	rc = sandbox_files(dirs, n);
	if (rc < 0 && rc != -EOPNOTSUPP)
		return rc;
	return sandbox_calls(calls, ARRAY_SIZE(calls));
}
