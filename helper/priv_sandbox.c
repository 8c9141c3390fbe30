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

#define ANY(name)                \
	{                        \
		.nr = SYS_##name \
	}
#define IS(name, a, v)                                            \
	{                                                         \
		.nr = SYS_##name, .test = SANDBOX_IS, .arg = (a), \
		.value = (uint32_t)(v)                            \
	}
#define NONE_OF(name, a, v)                                            \
	{                                                              \
		.nr = SYS_##name, .test = SANDBOX_NONE_OF, .arg = (a), \
		.value = (uint32_t)(v)                                 \
	}

#define NAMESPACES                                                   \
	(CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
	 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

/*
 * No exec: the resolver runs already.  No change of ids or capabilities, no
 * ptrace, no mount, no new sockets but netlink.
 */
static const struct sandbox_call calls[] = {
	/* memory */
	ANY(brk),
	ANY(mmap),
	ANY(mprotect),
	ANY(mremap),
	ANY(munmap),
	ANY(madvise),
	ANY(sysinfo), /* qsort() asks how much memory there is */
	/* files: records, locks and the index, beneath an open directory */
	ANY(openat),
	ANY(close),
	ANY(close_range),
	ANY(read),
	ANY(pread64),
	ANY(pwrite64),
	ANY(write),
	ANY(writev),
	ANY(lseek),
	ANY(fcntl),
	ANY(flock),
	ANY(fstat),
#ifdef SYS_newfstatat
	ANY(newfstatat),
#endif
	ANY(statx),
	ANY(fchmod),
	ANY(umask),
	ANY(fsync),
	ANY(getdents64),
	ANY(mkdirat),
	ANY(renameat),
	ANY(unlinkat),
#ifdef SYS_dup2
	ANY(dup2),
	ANY(poll),
#endif
	ANY(dup3),
	ANY(ppoll),
	ANY(chdir),
	/* the kernel's tables; syslog's socket is open, and no other can be:
	 * what listens on one may obey whatever uid 0 says */
	{ .nr = SYS_socket,
	  .test = SANDBOX_IS_OR_REFUSED,
	  .arg = 0,
	  .value = AF_NETLINK },
	{ .nr = SYS_connect, .test = SANDBOX_REFUSED },
	ANY(bind),
	ANY(getsockname),
	ANY(getpeername),
	ANY(getsockopt),
	ANY(setsockopt),
	ANY(sendto),
	ANY(sendmsg),
	ANY(recvfrom),
	ANY(recvmsg),
	/* a new tap; stdio asks whether it writes to a terminal */
	IS(ioctl, 1, TUNSETIFF),
	IS(ioctl, 1, TUNGETFEATURES),
	IS(ioctl, 1, TUNGETIFF),
	IS(ioctl, 1, TCGETS),
	/* the resolver's end, and the child that outlives a removal */
	NONE_OF(clone, 0, NAMESPACES),
	ANY(wait4),
	ANY(waitid),
	ANY(kill),
	ANY(setsid),
	ANY(set_robust_list),
	ANY(rseq),
	/* time, ids, the end */
	ANY(clock_gettime),
	ANY(clock_nanosleep),
	ANY(nanosleep),
	ANY(gettimeofday),
	ANY(getpid),
	ANY(gettid),
	ANY(getuid),
	ANY(geteuid),
	ANY(getrandom),
	ANY(rt_sigaction),
	ANY(rt_sigprocmask),
	ANY(rt_sigreturn),
	ANY(restart_syscall),
	ANY(futex),
	ANY(tgkill),
	ANY(exit),
	ANY(exit_group),
};

int priv_sandbox(const struct priv *p, const struct sandbox_dir *dirs, size_t n)
{
	int rc = sandbox_files(dirs, n);

	if (rc == -EOPNOTSUPP && p->mode == PRIV_REDUCED)
		return log_errno(rc, "uid 0 without the right to change ids "
				     "needs a kernel with Landlock");
	if (rc < 0 && rc != -EOPNOTSUPP)
		return rc;
	return sandbox_calls(calls, ARRAY_SIZE(calls));
}
