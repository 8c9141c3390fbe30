// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bridge_caller KIND UID GUESTMAC PROGRAM [ARG...]
 *
 * Runs a program as QEMU runs its bridge helper: as user UID, in no other
 * group, with descriptor 5.  KIND is what that is: "pair" (a stream socket
 * that this program holds the other end of), "gone" (whose other end is
 * closed), "full", "dgram", "inet", "pipe", "file" or "closed".
 *
 * Prints "status N", and for a descriptor that was received "tap NAME
 * vnet|plain" and "frames", followed by "own" when a frame from GUESTMAC
 * arrives at p1 and "forged" when one from another address does; the first
 * frame that is written is forged.  Then keeps the tap until its standard input
 * ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "field.h"
#include "util.h"

#define HELPER_FD 5
#define KEEP_FD 20 /* what is ours is not below */
#define PORT "p1"
#define FRAME_SIZE 60
#define TYPE 0x88b5 /* for local experiments */
#define TRIES 250
#define TRY_MS 20

enum { OWN, FORGED };

struct tap {
	int fd;
	int header; /* bytes before each frame */
};

static int fail(const char *what)
{
	perror(what);
	return -1;
}

/* @ends: ours, and the one for the program */
static int make_ends(const char *kind, int *ends)
{
	char full[4096] = { 0 };
	int type = strcmp(kind, "dgram") == 0 ? SOCK_DGRAM : SOCK_STREAM;

	ends[0] = ends[1] = -1;
	if (strcmp(kind, "closed") == 0)
		return 0;
	if (strcmp(kind, "pipe") == 0)
		return pipe(ends);
	if (strcmp(kind, "inet") == 0)
		ends[1] = socket(AF_INET, SOCK_STREAM, 0);
	else if (strcmp(kind, "file") == 0)
		ends[1] = open("/proc/self/exe", O_RDONLY);
	else if (socketpair(AF_UNIX, type, 0, ends) < 0)
		return -1;
	if (strcmp(kind, "gone") == 0) {
		close(ends[0]);
		ends[0] = -1;
	}
	while (strcmp(kind, "full") == 0 &&
	       send(ends[1], full, sizeof(full), MSG_DONTWAIT) > 0)
		;
	return ends[1] < 0 ? -1 : 0;
}

static void run_child(int end, uid_t uid, char **argv)
{
	int moved = end < 0 ? -1 : fcntl(end, F_DUPFD, KEEP_FD);

	close_range(STDERR_FILENO + 1, KEEP_FD - 1, 0);
	if (moved >= 0)
		dup2(moved, HELPER_FD);
	close_range(HELPER_FD + 1, ~0U, 0);
	if (uid && (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
		    setresuid(uid, uid, uid) < 0))
		_exit(126);
	execv(argv[0], argv);
	_exit(127);
}

/* Return: its exit status, 128 and more for a signal */
static int run(int *ends, uid_t uid, char **argv)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		run_child(ends[1], uid, argv);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return fail("child");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Return: the descriptor, -1 for none */
static int receive(int from)
{
	char byte, space[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space),
	};
	struct cmsghdr *cmsg;
	int fd = -1;

	if (recvmsg(from, &msg, MSG_DONTWAIT) != 1)
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

static int open_port(void)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = __builtin_bswap16(TYPE),
		.sll_ifindex = (int)if_nametoindex(PORT),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || !at.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return fail(PORT);
	return fd;
}

static int send_frame(const struct tap *tap, const uint8_t *mac, uint8_t mark)
{
	uint8_t bytes[sizeof(struct virtio_net_hdr) + FRAME_SIZE] = { 0 };
	uint8_t *frame = bytes + tap->header;

	memset(frame, 0xff, ETH_ALEN);
	memcpy(frame + ETH_ALEN, mac, ETH_ALEN);
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	frame[14] = mark;
	if (write(tap->fd, bytes, (size_t)tap->header + FRAME_SIZE) < 0)
		return fail("write");
	return 0;
}

/* Forged before own, and once more when the own one has come */
static int probe(const struct tap *tap, int port, const uint8_t *guest)
{
	static const uint8_t other[] = { 0x52, 0x54, 0, 0, 0, 0xfe };
	struct pollfd p = { .fd = port, .events = POLLIN };
	bool own = false, forged = false;
	uint8_t frame[2048];
	int i;

	for (i = 0; i < TRIES && !own; i++) {
		if (send_frame(tap, other, FORGED) < 0 ||
		    send_frame(tap, guest, OWN) < 0)
			return -1;
		while (!own && poll(&p, 1, TRY_MS) > 0) {
			if (recv(port, frame, sizeof(frame), 0) < FRAME_SIZE)
				continue;
			own |= frame[14] == OWN;
			forged |= frame[14] == FORGED;
		}
	}
	printf("frames%s%s\n", own ? " own" : "", forged ? " forged" : "");
	return 0;
}

static int look_at(int fd, int port, const uint8_t *guest)
{
	struct tap tap = { .fd = fd };
	struct ifreq req = { 0 };
	bool vnet;

	if (ioctl(fd, TUNGETIFF, &req) < 0)
		return fail("TUNGETIFF");
	vnet = req.ifr_flags & IFF_VNET_HDR;
	if (vnet && ioctl(fd, TUNGETVNETHDRSZ, &tap.header) < 0)
		return fail("TUNGETVNETHDRSZ");
	printf("tap %s %s\n", req.ifr_name, vnet ? "vnet" : "plain");
	return probe(&tap, port, guest);
}

static int call(int *ends, int port, uid_t uid, const uint8_t *guest,
		char **argv)
{
	char byte;
	int tap;

	printf("status %d\n", run(ends, uid, argv));
	tap = ends[0] < 0 ? -1 : receive(ends[0]);
	if (tap >= 0 && look_at(tap, port, guest) < 0)
		return 1;
	puts("end");
	while (tap >= 0 && read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	const struct field *f = field_get(FIELD_ETH_SRC);
	uint8_t guest[FIELD_MAX_BYTES];
	int ends[2], port;
	uint64_t uid;

	if (argc < 5 || !util_parse_uint(argv[2], 0, UINT32_MAX, &uid) ||
	    !field_parse(f, argv[3], guest)) {
		fputs("usage: bridge_caller KIND UID GUESTMAC PROGRAM [ARG...]\n",
		      stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	port = open_port();
	if (port < 0 || make_ends(argv[1], ends) < 0)
		return 1;
	return call(ends, port, (uid_t)uid, guest, argv + 4);
}
