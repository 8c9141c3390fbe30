// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a command on a kernel without the netdev egress hook:
 *
 *	no_egress COMMAND...
 *
 * Whoever beneath it asks for a chain there, asks for one at a hook that no
 * kernel has: this one then says what one before 5.16 says, and for the same
 * reason.  Seccomp hands each message over before it is sent; that goes through
 * all programs, whatever their environment.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_HOOK 7 /* of no kernel */
#define MAX_MESSAGE (1 << 24)
#define MAX_IOVECS 1024
#define NEW_CHAIN (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN)

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* ---- what is sent --------------------------------------------------------- */

static int take_number(const struct nlattr *a, void *data)
{
	const uint8_t **found = data;

	if (mnl_attr_get_type(a) == NFTA_HOOK_HOOKNUM &&
	    mnl_attr_validate(a, MNL_TYPE_U32) >= 0 &&
	    mnl_attr_get_u32(a) == htonl(NF_NETDEV_EGRESS))
		*found = mnl_attr_get_payload(a);
	return MNL_CB_OK;
}

static int take_hook(const struct nlattr *a, void *data)
{
	return mnl_attr_get_type(a) == NFTA_CHAIN_HOOK ?
		       mnl_attr_parse_nested(a, take_number, data) :
		       MNL_CB_OK;
}

/* Where a message has the number of the egress hook, or NULL */
static const uint8_t *egress_in(const struct nlmsghdr *nlh)
{
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(nlh);
	const uint8_t *found = NULL;

	if (nlh->nlmsg_type == NEW_CHAIN &&
	    mnl_nlmsg_get_payload_len(nlh) >= sizeof(*head) &&
	    head->nfgen_family == NFPROTO_NETDEV)
		mnl_attr_parse(nlh, sizeof(*head), take_hook, &found);
	return found;
}

/* An address of another process is no pointer of ours. */
static struct iovec elsewhere(uintptr_t at, size_t len)
{
	struct iovec v = { .iov_len = len };

	memcpy(&v.iov_base, &at, sizeof(at));
	return v;
}

static void change(pid_t pid, uintptr_t at)
{
	uint32_t hook = htonl(NO_HOOK);
	struct iovec from = { &hook, sizeof(hook) };
	struct iovec to = elsewhere(at, sizeof(hook));

	if (process_vm_writev(pid, &from, 1, &to, 1, 0) != sizeof(hook))
		die("process_vm_writev");
}

/* What is not there any more is not sent. */
static int take(pid_t pid, uintptr_t at, void *out, size_t len)
{
	struct iovec to = { out, len }, from = elsewhere(at, len);

	return process_vm_readv(pid, &to, 1, &from, 1, 0) == (ssize_t)len;
}

/* Other frames may begin with any length: to libmnl, a broadcast's is -1. */
static bool is_message(const struct nlmsghdr *nlh, int left)
{
	return mnl_nlmsg_ok(nlh, left) && nlh->nlmsg_len <= (uint32_t)left;
}

static void look_at(pid_t pid, uintptr_t at, size_t len)
{
	uint8_t *copy = len < MAX_MESSAGE ? malloc(len + 1) : NULL;
	const struct nlmsghdr *nlh = (const void *)copy;
	const uint8_t *found;
	int left = (int)len;

	if (copy && take(pid, at, copy, len))
		for (; is_message(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			found = egress_in(nlh);
			if (found)
				change(pid, at + (uintptr_t)(found - copy));
		}
	free(copy);
}

static void look_at_message(pid_t pid, uintptr_t at)
{
	struct iovec all[MAX_IOVECS];
	struct msghdr m;
	size_t i;

	if (!take(pid, at, &m, sizeof(m)) || m.msg_iovlen > MAX_IOVECS ||
	    !take(pid, (uintptr_t)m.msg_iov, all, m.msg_iovlen * sizeof(*all)))
		return;
	for (i = 0; i < m.msg_iovlen; i++)
		look_at(pid, (uintptr_t)all[i].iov_base, all[i].iov_len);
}

/* ---- seccomp -------------------------------------------------------------- */

static int listener(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendto, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(code) / sizeof(*code), code };
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			  SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);

	if (fd < 0)
		die("seccomp");
	return (int)fd;
}

static void serve(int fd)
{
	struct seccomp_notif_resp answer = { 0 };
	struct seccomp_notif ask = { 0 };

	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &ask) < 0)
		return; /* it was killed meanwhile */
	if (ask.data.nr == SYS_sendto)
		look_at((pid_t)ask.pid, (uintptr_t)ask.data.args[1],
			(size_t)ask.data.args[2]);
	else
		look_at_message((pid_t)ask.pid, (uintptr_t)ask.data.args[1]);
	answer.id = ask.id;
	answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* The parent gets at the listener; a message could not be sent any more. */
static int fetch(int pidfd, int fd)
{
	int own = -1;

	if (pidfd >= 0)
		own = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (own < 0)
		die("pidfd_getfd");
	return own;
}

/*
 * Serve until the last process beneath has gone; that of the command is waited
 * for at once, since to older kernels it has gone only then.  Returns its
 * status.
 */
static int serve_all(pid_t pid, int pidfd, int fd)
{
	struct pollfd p[] = { { .fd = fd, .events = POLLIN },
			      { .fd = pidfd, .events = POLLIN } };
	int status = 0;

	while (poll(p, 2, -1) > 0 && !(p[0].revents & POLLHUP)) {
		if (p[0].revents)
			serve(fd);
		if (p[1].revents && waitpid(pid, &status, 0) == pid)
			p[1].fd = -1;
	}
	if (p[1].fd >= 0 && waitpid(pid, &status, 0) < 0)
		die("waitpid");
	return status;
}

static void child(char **argv, int out, int in)
{
	int fd = listener();
	char go;

	if (write(out, &fd, sizeof(fd)) != sizeof(fd) || read(in, &go, 1) != 1)
		die("pipe");
	close(fd);
	execvp(argv[0], argv);
	die(argv[0]);
}

int main(int argc, char **argv)
{
	int up[2], down[2], fd, pidfd, status;
	pid_t pid;

	if (argc < 2 || pipe2(up, O_CLOEXEC) < 0 || pipe2(down, O_CLOEXEC) < 0)
		return 2;
	pid = fork();
	if (pid == 0)
		child(argv + 1, up[1], down[0]);
	if (pid < 0 || read(up[0], &fd, sizeof(fd)) != sizeof(fd))
		die("start");
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	fd = fetch(pidfd, fd);
	if (write(down[1], "", 1) != 1)
		die("pipe");
	status = serve_all(pid, pidfd, fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
