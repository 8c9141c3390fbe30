// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flood TAP PORT GUESTMAC OTHERMAC
 *
 * Writes frames from OTHERMAC and from GUESTMAC to TAP, as fast as it takes
 * them, until standard input ends; then prints
 *
 *	SPOOFED HONEST LEAKED PASSED
 *
 * how many of each TAP took, and how many came out of PORT.  What is counted
 * there has a socket of its own that sees nothing else, so none is lost in the
 * crowd of the others.  Prints "ready" when it is at work.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "field.h"

#define FRAME_SIZE 60
#define TYPE 0x88b5 /* for local experiments */
#define BURST 64
#define BUFFER (8 * 1024 * 1024)

static int open_tap(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	return fd < 0 || ioctl(fd, TUNSETIFF, &req) < 0 ? -1 : fd;
}

/* Frames of that type from that address only */
static int open_port(const char *name, const uint8_t *mac)
{
	const uint32_t high = (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 |
			      (uint32_t)mac[2] << 8 | mac[3];
	const uint32_t low = (uint32_t)mac[4] << 8 | mac[5];
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, high, 0, 5),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 10),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, low, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TYPE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, FRAME_SIZE),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog filter = { 8, code };
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = __builtin_bswap16(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int size = BUFFER;

	if (fd < 0 || !at.sll_ifindex ||
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
		       sizeof(filter)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) <
		    0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -1;
	return fd;
}

static unsigned long send_burst(int tap, const uint8_t *mac)
{
	uint8_t frame[FRAME_SIZE] = { 0 };
	unsigned long taken = 0;
	int i;

	memset(frame, 0xff, ETH_ALEN);
	memcpy(frame + ETH_ALEN, mac, ETH_ALEN);
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	for (i = 0; i < BURST; i++)
		taken += write(tap, frame, sizeof(frame)) > 0;
	return taken;
}

static unsigned long drain(int port)
{
	uint8_t frame[FRAME_SIZE];
	unsigned long n = 0;

	while (recv(port, frame, sizeof(frame), MSG_TRUNC) > 0)
		n++;
	return n;
}

static void run(int tap, const int *port, const uint8_t *guest,
		const uint8_t *other)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned long sent[2] = { 0 }, seen[2] = { 0 }, n;
	int wait = 0;

	puts("ready");
	fflush(stdout);
	while (poll(&in, 1, wait) == 0) {
		n = send_burst(tap, other);
		wait = n ? 0 : 1; /* a tap that is down takes none */
		sent[0] += n;
		sent[1] += send_burst(tap, guest);
		seen[0] += drain(port[0]);
		seen[1] += drain(port[1]);
	}
	seen[0] += drain(port[0]);
	seen[1] += drain(port[1]);
	printf("%lu %lu %lu %lu\n", sent[0], sent[1], seen[0], seen[1]);
}

int main(int argc, char **argv)
{
	uint8_t guest[FIELD_MAX_BYTES], other[FIELD_MAX_BYTES];
	const struct field *f = field_get(FIELD_ETH_SRC);
	int tap, port[2];

	if (argc != 5 || !field_parse(f, argv[3], guest) ||
	    !field_parse(f, argv[4], other)) {
		fputs("usage: flood TAP PORT GUESTMAC OTHERMAC\n", stderr);
		return 2;
	}
	tap = open_tap(argv[1]);
	port[0] = open_port(argv[2], other);
	port[1] = open_port(argv[2], guest);
	if (tap < 0 || port[0] < 0 || port[1] < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
		perror("flood");
		return 1;
	}
	run(tap, port, guest, other);
	return 0;
}
