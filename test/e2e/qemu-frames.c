// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends frames as a guest's network card would, without a guest: QEMU joins
 * its tap to a datagram socket with a hub, and this program holds the other
 * end of the socket and the bridge's far port.
 *
 *	qemu-frames QEMU-SOCKET OUR-SOCKET PORT <CASES
 *
 * A case is a line "pass|drop out|in HEX NAME"; "out" goes from the guest to
 * the port.  After each frame a known good one (lines "mark out|in HEX",
 * which must come first) follows the same way.  Frames keep their order, so
 * once the mark has come the case is settled, without waiting for silence.
 * Prints "pass NAME" or "fail NAME: reason" for each case.
 *
 *	qemu-frames --flood QEMU-SOCKET PORT <CASES
 *
 * Sends the mark and all frames that must be dropped, again and again, whether
 * QEMU is there or not, until SIGTERM.  Prints how many marks came out at the
 * port, and how many of the others.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "log.h"
#include "util.h"

#define FRAME_MAX 1514
#define WAIT_MS 5000
#define FLOOD_MS 1
#define FLOOD_MAX 16

enum way { OUT, IN, N_WAYS };

struct frame {
	uint8_t data[FRAME_MAX];
	size_t len;
};

static int guest_fd, port_fd;
static struct frame marks[N_WAYS];
static volatile sig_atomic_t ended;

static int unix_address(const char *path, struct sockaddr_un *sun)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun->sun_path)) {
		log_err("the socket's path \"%s\" is too long", path);
		return -ENAMETOOLONG;
	}
	memcpy(sun->sun_path, path, strlen(path));
	return 0;
}

static int open_guest(const char *peer, const char *own)
{
	struct sockaddr_un a, b;

	if (unix_address(own, &a) || unix_address(peer, &b))
		return -EINVAL;
	guest_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (guest_fd < 0 || bind(guest_fd, (struct sockaddr *)&a, sizeof(a)) ||
	    connect(guest_fd, (struct sockaddr *)&b, sizeof(b)))
		return log_errno(errno, "cannot reach QEMU at %s", peer);
	return 0;
}

static int open_port(const char *name)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};

	port_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (port_fd < 0 || !sll.sll_ifindex ||
	    bind(port_fd, (struct sockaddr *)&sll, sizeof(sll)))
		return log_errno(errno, "cannot listen on %s", name);
	return 0;
}

static int parse_hex(const char *hex, struct frame *f)
{
	size_t i, n = strlen(hex) / 2;
	unsigned int byte;

	if (n < 14 || n > sizeof(f->data) || strlen(hex) % 2)
		return -EINVAL;
	memset(f, 0, sizeof(*f));
	for (i = 0; i < n; i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return -EINVAL;
		f->data[i] = (uint8_t)byte;
	}
	f->len = n < 60 ? 60 : n;
	return 0;
}

/* Equal but for padding that somebody on the way may have added or cut */
static bool same_frame(const struct frame *f, const uint8_t *buf, size_t len)
{
	return memcmp(f->data, buf, len < f->len ? len : f->len) == 0;
}

/* Send a case and its mark; say whether the case came out at the far end. */
static int try_frame(enum way way, const struct frame *f, bool *seen)
{
	int from = way == OUT ? guest_fd : port_fd;
	int to = way == OUT ? port_fd : guest_fd;
	struct pollfd pfd = { .fd = to, .events = POLLIN };
	const struct frame *mark = &marks[way];
	uint8_t buf[2048];
	ssize_t n;

	*seen = false;
	if (send(from, f->data, f->len, 0) < 0 ||
	    send(from, mark->data, mark->len, 0) < 0)
		return log_errno(errno, "cannot send");
	while (poll(&pfd, 1, WAIT_MS) == 1) {
		n = recv(to, buf, sizeof(buf), 0);
		if (n < 14)
			continue;
		if (same_frame(f, buf, (size_t)n))
			*seen = true;
		else if (same_frame(mark, buf, (size_t)n))
			return 0;
	}
	return -ETIMEDOUT;
}

static void run_case(const char *want, enum way way, const struct frame *f,
		     const char *name)
{
	bool pass = strcmp(want, "pass") == 0, seen;

	if (try_frame(way, f, &seen))
		printf("fail %s: the good frame sent behind it was lost\n",
		       name);
	else if (seen != pass)
		printf("fail %s: it %s\n", name, seen ? "passed" : "was lost");
	else
		printf("pass %s\n", name);
}

/* Return: 1 for a case, 0 at the end, or -EINVAL, reported */
static int read_case(char *want, enum way *way, struct frame *f, char *name)
{
	char dir[8], hex[2 * FRAME_MAX + 1];

	if (scanf("%7s %7s %3028s %127[^\n]", want, dir, hex, name) != 4)
		return 0;
	*way = strcmp(dir, "out") == 0 ? OUT : IN;
	if (parse_hex(hex, f) < 0) {
		log_err("\"%s\" is not a frame", hex);
		return -EINVAL;
	}
	if (strcmp(want, "mark") == 0)
		marks[*way] = *f;
	return 1;
}

static int run_cases(void)
{
	char want[8], name[128];
	struct frame f;
	enum way way;
	int rc;

	while ((rc = read_case(want, &way, &f, name)) > 0)
		if (strcmp(want, "mark") != 0)
			run_case(want, way, &f, name);
	return rc < 0 ? 2 : 0;
}

static void on_term(int sig)
{
	(void)sig;
	ended = 1;
}

static size_t read_flood(struct frame *bad)
{
	char want[8], name[128];
	struct frame f;
	enum way way;
	size_t n = 0;

	while (n < FLOOD_MAX && read_case(want, &way, &f, name) > 0)
		if (strcmp(want, "drop") == 0 && way == OUT)
			bad[n++] = f;
	return n;
}

/* Take what has come; @wait for the first of it. */
static void take_flood(const struct frame *bad, size_t n, int wait,
		       unsigned long *marks_seen, unsigned long *leaked)
{
	struct pollfd pfd = { .fd = port_fd, .events = POLLIN };
	uint8_t buf[2048];
	ssize_t len;
	size_t i;

	for (; poll(&pfd, 1, wait) == 1; wait = 0) {
		len = recv(port_fd, buf, sizeof(buf), 0);
		if (len < 14)
			continue;
		if (same_frame(&marks[OUT], buf, (size_t)len))
			++*marks_seen;
		for (i = 0; i < n; i++)
			if (same_frame(&bad[i], buf, (size_t)len))
				++*leaked;
	}
}

static int flood(const char *qemu)
{
	unsigned long marks_seen = 0, leaked = 0;
	struct frame bad[FLOOD_MAX];
	const struct frame *f;
	size_t n = read_flood(bad), i;
	struct sockaddr_un sun;

	if (!n || !marks[OUT].len || unix_address(qemu, &sun))
		return 2;
	guest_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	signal(SIGTERM, on_term);
	while (!ended) {
		for (i = 0; i <= n; i++) {
			f = i < n ? &bad[i] : &marks[OUT];
			/* Nobody may be there. */
			(void)!sendto(guest_fd, f->data, f->len, MSG_DONTWAIT,
				      (struct sockaddr *)&sun, sizeof(sun));
		}
		take_flood(bad, n, FLOOD_MS, &marks_seen, &leaked);
	}
	take_flood(bad, n, 0, &marks_seen, &leaked);
	printf("%lu %lu\n", marks_seen, leaked);
	return 0;
}

int main(int argc, char **argv)
{
	log_program("qemu-frames");
	if (argc != 4) {
		log_err("usage: qemu-frames QEMU-SOCKET OUR-SOCKET PORT, or qemu-frames --flood QEMU-SOCKET PORT");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(argv[1], "--flood") == 0)
		return open_port(argv[3]) ? 1 : flood(argv[2]);
	if (open_guest(argv[1], argv[2]) || open_port(argv[3]))
		return 1;
	return run_cases();
}
