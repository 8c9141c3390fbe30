// SPDX-License-Identifier: GPL-2.0-or-later
/* Stage 5 of priv.h: the system calls and files that are left */
#include <errno.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "log.h"
#include "priv.h"
#include "util.h"

#define NAMESPACES                                                   \
	(CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
	 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

/*
 * No exec: the resolver runs already.  No change of ids or capabilities, no
 * ptrace, no mount, no new sockets but netlink.
 */
static const struct sandbox_call calls[] = {
	/* memory */
	CALL(brk),
	CALL(mmap),
	CALL(mprotect),
	CALL(mremap),
	CALL(munmap),
	CALL(madvise),
	CALL(sysinfo), /* qsort() asks how much memory there is */
	/* files: records, locks and the index, beneath an open directory */
	CALL(openat),
	CALL(close),
	CALL(close_range),
	CALL(read),
	CALL(pread64),
	CALL(pwrite64),
	CALL(write),
	CALL(writev),
	CALL(lseek),
	CALL(fcntl),
	CALL(flock),
	CALL(fstat),
#ifdef SYS_newfstatat
	CALL(newfstatat),
#endif
	CALL(statx),
	CALL(fchmod),
	CALL(umask),
	CALL(fsync),
	CALL(getdents64),
	CALL(mkdirat),
	CALL(renameat),
	CALL(unlinkat),
#ifdef SYS_dup2
	CALL(dup2),
	CALL(poll),
#endif
	CALL(dup3),
	CALL(ppoll),
	CALL(chdir),
	/* the kernel's tables; syslog's socket is open, and no other can be:
	 * what listens on one may obey whatever uid 0 says */
	{ .nr = SYS_socket,
	  .test = SANDBOX_IS_OR_REFUSED,
	  .arg = 0,
	  .value = AF_NETLINK },
	{ .nr = SYS_connect, .test = SANDBOX_REFUSED },
	CALL(bind),
	CALL(getsockname),
	CALL(getpeername),
	CALL(getsockopt),
	CALL(setsockopt),
	CALL(sendto),
	CALL(sendmsg),
	CALL(recvfrom),
	CALL(recvmsg),
	/* a new tap; stdio asks whether it writes to a terminal */
	CALL_IS(ioctl, 1, TUNSETIFF),
	CALL_IS(ioctl, 1, TUNGETFEATURES),
	CALL_IS(ioctl, 1, TUNGETIFF),
	CALL_IS(ioctl, 1, TCGETS),
	/* the resolver's end, and the child that outlives a removal */
	CALL_NONE_OF(clone, 0, NAMESPACES),
	CALL(wait4),
	CALL(waitid),
	CALL(kill),
	CALL(setsid),
	CALL(set_robust_list),
	CALL(rseq),
	/* time, ids, the end */
	CALL(clock_gettime),
	CALL(clock_nanosleep),
	CALL(nanosleep),
	CALL(gettimeofday),
	CALL(getpid),
	CALL(gettid),
	CALL(getuid),
	CALL(geteuid),
	CALL(getrandom),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(restart_syscall),
	CALL(futex),
	CALL(tgkill),
	CALL(exit),
	CALL(exit_group),
};

/* Entries for one call stand together. */
static int limit_calls(bool raw)
{
	static const uint32_t families[] = { AF_INET, AF_INET6 };
	struct sandbox_call all[ARRAY_SIZE(calls) + ARRAY_SIZE(families)];
	size_t i, k, n = 0;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		all[n++] = calls[i];
		if (!raw || calls[i].nr != SYS_socket)
			continue;
		for (k = 0; k < ARRAY_SIZE(families); k++) {
			all[n] = calls[i];
			all[n++].value = families[k];
		}
	}
	return sandbox_calls(all, n);
}

int priv_sandbox(const struct priv *p, const struct sandbox_dir *dirs, size_t n)
{
	int rc = sandbox_files(dirs, n);

	if (rc == -EOPNOTSUPP && p->mode == PRIV_REDUCED)
		return log_errno(rc, "uid 0 without the right to change ids "
				     "needs a kernel with Landlock");
	if (rc < 0 && rc != -EOPNOTSUPP)
		return rc;
	return limit_calls(p->raw);
}
