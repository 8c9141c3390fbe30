// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames as they come from a tap.  A packet socket sees them before any filter
 * of the ingress hook and changes nothing for them.  It does not ask for
 * promiscuity: a tap has no address of its own that it could select by.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "log.h"
#include "observe.h"
#include "priv.h"
#include "sandbox.h"

#define FRAME_SIZE (128 * 1024) /* more than segmentation offload makes */
#define QUEUE_SIZE (8 * 1024 * 1024)
#define BURST 256 /* frames, before signals and the clock are looked at */
#define WAIT_MS 500 /* until it is asked whether the tap is still there */
#define MACS 12
#define TAG_SIZE 4

/* Reading, counting, printing; libjansson would like to open /dev/urandom. */
static const struct sandbox_call calls[] = {
	CALL(recvmsg),
	CALL(getsockopt),
	CALL(getsockname),
	CALL_IS(setsockopt, 2, SO_ATTACH_FILTER),
#ifdef SYS_poll
	CALL(poll),
#endif
	CALL(ppoll),
	CALL(clock_gettime),
	CALL(gettimeofday),
	CALL(getpid),
	{ .nr = SYS_openat, .test = SANDBOX_REFUSED },
	CALL(read),
	CALL(write),
	CALL(writev),
	CALL(close),
	CALL(fstat),
#ifdef SYS_newfstatat
	CALL(newfstatat),
#endif
	CALL_IS(ioctl, 1, TCGETS),
	CALL(lseek),
	CALL(brk),
	CALL(mmap),
	CALL(mprotect),
	CALL(mremap),
	CALL(munmap),
	CALL(madvise),
	CALL(getrandom),
	CALL(futex),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(restart_syscall),
	CALL(exit),
	CALL(exit_group),
};

static int set_option(int fd, int level, int option, int v)
{
	return setsockopt(fd, level, option, &v, sizeof(v));
}

/* Nothing arrives before bind() says what and from where. */
static int open_socket(const struct link_info *dev)
{
	const struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)dev->ifindex,
	};
	_cleanup_close_ int fd =
		socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return log_errno(errno, "cannot open a packet socket");
	if (set_option(fd, SOL_PACKET, PACKET_AUXDATA, 1) < 0 ||
	    set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) < 0 ||
	    set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_SIZE) < 0 ||
	    bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return log_errno(errno, "cannot listen to %s", dev->name);
	return TAKE_FD(fd);
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return log_errno(errno, "cannot block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? log_errno(errno, "cannot wait for signals") : fd;
}

int observe_open(const struct link_info *dev, struct observe_tap *out)
{
	out->fd = -1;
	out->signals = open_signals();
	if (out->signals < 0)
		return out->signals;
	out->fd = open_socket(dev);
	return out->fd < 0 ? out->fd : 0;
}

void observe_close(struct observe_tap *t)
{
	if (t->fd >= 0)
		close(t->fd);
	if (t->signals >= 0)
		close(t->signals);
}

/* ---- frames -------------------------------------------------------------------- */

/* The kernel takes the outer tag off and says beside the frame what it was.
 * Return: the tag was there, and @out has it. */
static bool taken_tag(struct msghdr *msg, uint8_t out[TAG_SIZE])
{
	struct tpacket_auxdata aux;
	struct cmsghdr *c;
	uint16_t type;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_PACKET ||
		    c->cmsg_type != PACKET_AUXDATA ||
		    c->cmsg_len < CMSG_LEN(sizeof(aux)))
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
			return false;
		type = aux.tp_status & TP_STATUS_VLAN_TPID_VALID ?
			       aux.tp_vlan_tpid :
			       ETH_P_8021Q;
		out[0] = (uint8_t)(type >> 8);
		out[1] = (uint8_t)type;
		out[2] = (uint8_t)(aux.tp_vlan_tci >> 8);
		out[3] = (uint8_t)aux.tp_vlan_tci;
		return true;
	}
	return false;
}

/**
 * receive() - One frame, with its tag where the guest wrote it
 * @buf:	TAG_SIZE + FRAME_SIZE bytes
 * @frame:	Receives where it begins in there
 *
 * Return: its length, or negative errno, not reported
 */
static ssize_t receive(int fd, uint8_t *buf, uint8_t **frame)
{
	union {
		struct cmsghdr head;
		uint8_t space[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec data = { buf + TAG_SIZE, FRAME_SIZE };
	struct msghdr msg = { .msg_iov = &data,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &msg, 0);
	uint8_t tag[TAG_SIZE];

	if (n < 0)
		return -errno;
	*frame = buf + TAG_SIZE;
	if (n < MACS || !taken_tag(&msg, tag))
		return n;
	memmove(buf, buf + TAG_SIZE, MACS);
	memcpy(buf + MACS, tag, TAG_SIZE);
	*frame = buf;
	return n + TAG_SIZE;
}

/* Not bound to a device any more?  Nobody wakes us up for that. */
static bool has_gone(int fd)
{
	struct sockaddr_ll at = { 0 };
	socklen_t len = sizeof(at);

	return getsockname(fd, (struct sockaddr *)&at, &len) < 0 ||
	       at.sll_ifindex <= 0;
}

/* Return: 1 when there may be more, 0, or negative errno, reported */
static int take_frames(int fd, uint8_t *buf, struct observed *o)
{
	uint8_t *frame = buf;
	unsigned int i;
	ssize_t n;

	for (i = 0; i < BURST; i++) {
		n = receive(fd, buf, &frame);
		/* a link that is down may come up again */
		if (n == -EAGAIN || n == -EINTR || n == -ENETDOWN)
			return 0;
		if (n < 0)
			return log_errno((int)n, "cannot read frames");
		observe_frame(o, frame, (size_t)n);
	}
	return 1;
}

/* Let nothing in any more, and take what waits. */
static int finish(int fd, uint8_t *buf, struct observed *o)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &none };
	int rc;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)) < 0)
		return log_errno(errno, "cannot stop listening");
	do {
		rc = take_frames(fd, buf, o);
	} while (rc > 0);
	return rc;
}

static void count_lost(int fd, struct observed *o)
{
	struct tpacket_stats stats = { 0 };
	socklen_t len = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
		o->lost += stats.tp_drops;
}

static int run(const struct observe_tap *t, int64_t end, struct observed *o,
	       uint8_t *buf)
{
	struct pollfd p[] = { { .fd = t->fd, .events = POLLIN },
			      { .fd = t->signals, .events = POLLIN } };
	int64_t left;
	int rc;

	for (;;) {
		left = end - util_now_ms();
		if (left <= 0 || p[1].revents)
			break;
		if (has_gone(t->fd)) {
			log_note("the tap has gone");
			break;
		}
		if (poll(p, ARRAY_SIZE(p),
			 left < WAIT_MS ? (int)left : WAIT_MS) < 0 &&
		    errno != EINTR)
			return log_errno(errno, "cannot wait for frames");
		if (p[0].revents) {
			rc = take_frames(t->fd, buf, o);
			if (rc < 0)
				return rc;
		}
		count_lost(t->fd, o); /* a number of 32 bits in the kernel */
	}
	rc = finish(t->fd, buf, o);
	count_lost(t->fd, o);
	return rc;
}

static int drop_privileges(void)
{
	struct priv_user user;
	int rc = priv_find_user(PRIV_RESOLVER, &user);

	if (rc < 0)
		return rc;
	rc = priv_child(&user);
	if (rc < 0)
		return log_errno(rc, "cannot drop privileges");
	if (prctl(PR_SET_DUMPABLE, SANDBOX_DUMPABLE, 0, 0, 0) < 0)
		return log_errno(errno, "cannot become undumpable");
	rc = sandbox_files(NULL, 0);
	if (rc < 0 && rc != -EOPNOTSUPP)
		return rc;
	return sandbox_calls(calls, ARRAY_SIZE(calls));
}

int observe_run(struct observe_tap *t, int64_t ms, struct observed *o,
		int64_t *passed)
{
	_cleanup_free_ uint8_t *buf = util_alloc(1, TAG_SIZE + FRAME_SIZE);
	int64_t begun = util_now_ms();
	int rc;

	if (!buf)
		return -ENOMEM;
	rc = drop_privileges();
	if (rc == 0)
		rc = run(t, begun + ms, o, buf);
	*passed = util_now_ms() - begun;
	return rc;
}
