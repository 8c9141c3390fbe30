// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tap_file: what tap.c makes, sends and knows; prints TAP.  Run by tap.sh in a
 * namespace of its own where "used" is a bridge and "old" is a persistent tap.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "log.h"
#include "tap.h"

#define CAP_NET_ADMIN 12
#define SEND_BUFFER 4096

/* tap_open() and tap_create() as one: the tap's descriptor, or an error */
static int make_tap(const char *name, bool vnet_hdr,
		    char out_name[TAP_NAME_SIZE])
{
	int fd = tap_open(), rc;

	if (fd < 0)
		return fd;
	rc = tap_create(fd, name, vnet_hdr, out_name);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static unsigned int number, ioctls;

/* Before the library's: what is called on a descriptor is counted. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	ioctls++;
	return (int)syscall(SYS_ioctl, fd, request, arg);
}

static void check(bool ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++number, what);
}

static unsigned int flags_of(int tap)
{
	struct ifreq req = { 0 };

	return syscall(SYS_ioctl, tap, TUNGETIFF, &req) < 0 ?
		       0 :
		       (unsigned int)req.ifr_flags & 0xffff;
}

/* Something else than tap.c makes it. */
static int make_device(const char *name, int flags)
{
	struct ifreq req = { .ifr_flags = (short)(flags | IFF_NO_PI) };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (syscall(SYS_ioctl, fd, TUNSETIFF, &req) < 0)
		perror(name);
	return fd;
}

/*
 * With packet information this would be less than an Ethernet header.  (The
 * flag that is read back tells something else: IFF_NOFILTER is the same bit.)
 */
static bool takes_short_frame(int tap)
{
	char frame[15] = { 0 };

	return write(tap, frame, sizeof(frame)) < 0 && errno == EIO; /* down */
}

static void test_create(void)
{
	char name[TAP_NAME_SIZE] = "", other[TAP_NAME_SIZE] = "";
	int tap = make_tap("tap0", false, name), second;

	check(tap >= 0 && strcmp(name, "tap0") == 0 && if_nametoindex("tap0"),
	      "make a tap");
	check(flags_of(tap) & IFF_TAP, "it is a tap");
	check(takes_short_frame(tap), "without packet information");
	check(!(flags_of(tap) & IFF_VNET_HDR), "without a virtio-net header");
	check(!(flags_of(tap) & IFF_PERSIST), "and not persistent");
	check(fcntl(tap, F_GETFD) & FD_CLOEXEC, "it does not outlive exec");
	check(make_tap("tap0", false, other) == -EBUSY,
	      "a name of an open tap");
	check(make_tap("old", false, other) == -EBUSY,
	      "a name of a tap that nobody has open");
	check(make_tap("used", false, other) == -EBUSY, "a name of a bridge");
	close(tap);
	check(!if_nametoindex("tap0"), "it goes with its descriptor");

	tap = make_tap(NULL, true, name);
	second = make_tap(NULL, false, other);
	check(tap >= 0 && strcmp(name, "tf0") == 0, "the kernel's name");
	check(second >= 0 && strcmp(other, "tf1") == 0, "the next one");
	check(flags_of(tap) & IFF_VNET_HDR, "with a virtio-net header");
	check(!(flags_of(second) & IFF_VNET_HDR), "and again without");
	close(tap);
	close(second);
}

static void test_names(void)
{
	static const char *const bad[] = { "", "tap%d", "a/b", "-x",
					   "tap0123456789abc" };
	char name[TAP_NAME_SIZE];
	char what[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(what, sizeof(what), "no name for a tap: '%s'", bad[i]);
		check(make_tap(bad[i], false, name) == -EINVAL, what);
	}
	check(make_tap("tap0123456789ab", false, name) >= 0 &&
		      strcmp(name, "tap0123456789ab") == 0,
	      "a name as long as there can be");
}

/* Return: bytes received, with the descriptor that came, or -1 */
static ssize_t receive(int sock, int *fd, char *byte)
{
	char space[CMSG_SPACE(4 * sizeof(int))], bytes[16];
	struct iovec data = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &data,
			      .msg_iovlen = 1,
			      .msg_control = space,
			      .msg_controllen = sizeof(space) };
	ssize_t n = recvmsg(sock, &msg, MSG_DONTWAIT);
	const struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);

	*fd = -1;
	*byte = bytes[0];
	if (c && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return n;
}

static void fill(int sock)
{
	char bytes[SEND_BUFFER] = { 0 };

	while (send(sock, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		continue;
	while (send(sock, bytes, 1, MSG_DONTWAIT) > 0)
		continue;
}

static void test_send(void)
{
	char name[TAP_NAME_SIZE] = "", byte = 1;
	int ends[2], fd, tap = make_tap("tap0", false, name);

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		perror("socketpair");
	check(tap_send(ends[0], tap) == 0, "send a tap");
	check(receive(ends[1], &fd, &byte) == 1 && byte == 0,
	      "one byte of value 0 comes");
	close(tap);
	check(tap_fd_is(fd, "tap0"), "and the tap, which lives on");
	close(fd);
	check(receive(ends[1], &fd, &byte) < 0, "and nothing else");

	tap = make_tap("tap0", false, name);
	fill(ends[0]);
	check(tap_send(ends[0], tap) == -EAGAIN, "a socket that is full");
	close(ends[1]);
	check(tap_send(ends[0], tap) == -EPIPE,
	      "a socket whose other end has gone, without a signal");
	check(tap_send(ends[0], -1) == -EBADF, "no descriptor");
	close(ends[0]);
	check(tap_send(tap, tap) == -ENOTSOCK, "no socket");
	close(tap);
}

static int pair(int type)
{
	int ends[2] = { -1, -1 };

	if (socketpair(AF_UNIX, type, 0, ends) < 0)
		perror("socketpair");
	return ends[0];
}

/* A connection over the loopback device */
static int inet_pair(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(server, (struct sockaddr *)&at, len) < 0 ||
	    listen(server, 1) < 0 ||
	    getsockname(server, (struct sockaddr *)&at, &len) < 0 ||
	    connect(client, (struct sockaddr *)&at, len) < 0)
		perror("inet");
	return client;
}

static int listening(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* Without a path: the kernel gives it an abstract name. */
	if (bind(fd, (struct sockaddr *)&at, sizeof(sa_family_t)) < 0 ||
	    listen(fd, 1) < 0)
		perror("listen");
	return fd;
}

static int pipe_end(void)
{
	int ends[2] = { -1, -1 };

	if (pipe(ends) < 0)
		perror("pipe");
	return ends[0];
}

static void test_sockets(void)
{
	const struct {
		const char *what;
		int fd;
		int want;
	} cases[] = {
		{ "a connected stream socket", pair(SOCK_STREAM), 0 },
		{ "datagrams", pair(SOCK_DGRAM), -ENOTSOCK },
		{ "packets in sequence", pair(SOCK_SEQPACKET), -ENOTSOCK },
		{ "not connected", socket(AF_UNIX, SOCK_STREAM, 0), -ENOTCONN },
		{ "listening", listening(), -ENOTCONN },
		{ "a connected inet socket", inet_pair(), -ENOTSOCK },
		{ "netlink", socket(AF_NETLINK, SOCK_RAW, 0), -ENOTSOCK },
		{ "a pipe", pipe_end(), -ENOTSOCK },
		{ "a regular file", open("/etc/passwd", O_RDONLY), -ENOTSOCK },
		{ "a directory", open("/", O_RDONLY), -ENOTSOCK },
		{ "/dev/null", open("/dev/null", O_RDWR), -ENOTSOCK },
		{ "/dev/net/tun", open("/dev/net/tun", O_RDWR), -ENOTSOCK },
		{ "a path only", open("/dev/null", O_PATH), -ENOTSOCK },
		{ "nothing", -1, -EBADF },
		{ "not open", 900, -EBADF },
	};
	char what[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(what, sizeof(what), "to send through: %s",
			 cases[i].what);
		check(tap_check_socket(cases[i].fd) == cases[i].want, what);
	}
}

static void test_what_is_no_tap(void)
{
	const struct {
		const char *what;
		int fd;
		bool tun; /* at least the driver's */
	} cases[] = {
		{ "a tun device", make_device("tun0", IFF_TUN), true },
		{ "/dev/net/tun alone", open("/dev/net/tun", O_RDWR), true },
		{ "/dev/net/tun as a path", open("/dev/net/tun", O_PATH),
		  true },
		{ "a regular file", open("/etc/passwd", O_RDONLY), false },
		{ "a directory", open("/", O_RDONLY), false },
		{ "/dev/null", open("/dev/null", O_RDWR), false },
		{ "a terminal", open("/dev/ptmx", O_RDWR | O_NOCTTY), false },
		{ "a pipe", pipe_end(), false },
		{ "an inet socket", socket(AF_INET, SOCK_DGRAM, 0), false },
		{ "a unix socket", pair(SOCK_STREAM), false },
		{ "nothing", -1, false },
		{ "not open", 900, false },
	};
	char what[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(what, sizeof(what), "no proof: %s", cases[i].what);
		ioctls = 0;
		check(!tap_fd_is(cases[i].fd, i ? "" : "tun0") &&
			      !tap_fd_is(cases[i].fd, "old"),
		      what);
		snprintf(what, sizeof(what), "and no ioctl: %s", cases[i].what);
		if (!cases[i].tun)
			check(!ioctls, what);
	}
}

static void drop_net_admin(void)
{
	struct {
		uint32_t version;
		int pid;
	} head = { 0x20080522, 0 };
	struct {
		uint32_t effective, permitted, inheritable;
	} caps[2];

	if (syscall(SYS_capget, &head, caps) < 0)
		perror("capget");
	caps[0].effective &= ~(1u << CAP_NET_ADMIN);
	if (syscall(SYS_capset, &head, caps) < 0)
		perror("capset");
}

static void test_proof(void)
{
	char name[TAP_NAME_SIZE] = "";
	int first = make_tap("tap0", false, name), second, home;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	check(tap_fd_is(first, "tap0"), "proof: our tap");
	check(!tap_fd_is(first, "tap1"), "no proof: another name");
	check(!tap_fd_is(first, "tap"), "no proof: a shorter name");
	check(!tap_fd_is(first, "tap00"), "no proof: a longer name");
	second = make_device("old", IFF_TAP);
	check(tap_fd_is(second, "old"), "proof: a tap that others made");
	close(second);

	if (unshare(CLONE_NEWNET) < 0)
		perror("unshare");
	second = make_tap("tap0", false, name);
	check(second >= 0, "the same name in another namespace");
	check(!tap_fd_is(first, "tap0"), "no proof: seen from there");
	check(tap_fd_is(second, "tap0"), "proof: the one there, from there");
	if (setns(home, CLONE_NEWNET) < 0)
		perror("setns");
	check(!tap_fd_is(second, "tap0"), "no proof: the one there, from here");
	check(tap_fd_is(first, "tap0"), "proof: the one here, from here");
	drop_net_admin();
	check(!tap_fd_is(first, "tap0"), "no proof: without CAP_NET_ADMIN");
	check(make_tap("tap9", false, name) == -EPERM, "and none can be made");
}

int main(void)
{
	log_program("tap_file");
	test_create();
	test_names();
	test_send();
	test_sockets();
	test_what_is_no_tap();
	test_proof();
	printf("1..%u\n", number);
	return 0;
}
