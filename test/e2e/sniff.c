// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sniff PORT: what guests (test/e2e/guest/init.c) get through to a port
 *
 * A line of standard input is a command, each has one line as answer:
 *
 *	await NNk	wait for two more frames of kind k from the card NN, sent
 *			from now on: "came", or "lost" after 90 s
 *	forged		what was seen since the last reset and is not honest:
 *			"NNk" for frames of the guest, "NN?TTTT" (the last byte of
 *			the source, and the EtherType) for all others
 *	reset		forget what was seen: "reset"
 *
 * Not looked at: what this machine itself sends from the port, and QEMU's
 * announcement of a guest (RARP from its own address).
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

#define MARK_SIZE 6 /* "TFe2", kind, card */
#define MAX_SEEN 64
#define TAG_SIZE 8
#define WAIT_MS 90000
#define ENOUGH 2

static char seen[MAX_SEEN][TAG_SIZE];
static size_t nseen;
static bool overflow;

static int open_port(const char *name)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = __builtin_bswap16(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int size = 64 * 1024 * 1024;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || !at.sll_ifindex ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) <
		    0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		perror("port");
		return -1;
	}
	return fd;
}

static void note(const char *tag)
{
	size_t i;

	for (i = 0; i < nseen; i++)
		if (strcmp(seen[i], tag) == 0)
			return;
	if (nseen == MAX_SEEN)
		overflow = true;
	else
		snprintf(seen[nseen++], TAG_SIZE, "%s", tag);
}

/* Return: whether there was a frame; @tag is empty for one not looked at */
static bool next(int port, char tag[TAG_SIZE])
{
	struct sockaddr_ll from = { 0 };
	socklen_t len = sizeof(from);
	uint8_t f[2048] = { 0 };
	ssize_t n =
		recvfrom(port, f, sizeof(f), 0, (struct sockaddr *)&from, &len);
	unsigned int type;

	tag[0] = '\0';
	if (n < ETH_HLEN)
		return n >= 0;
	if (from.sll_pkttype == PACKET_OUTGOING)
		return true;
	type = (unsigned int)(f[12] << 8 | f[13]);
	if (memcmp(f + n - MARK_SIZE, "TFe2", 4) == 0)
		snprintf(tag, TAG_SIZE, "%02x%c", f[n - 1], f[n - 2]);
	else if (type != ETHERTYPE_REVARP || f[0] != 0xff || f[6] != 0x52)
		snprintf(tag, TAG_SIZE, "%02x?%04x", f[11], type & 0xffff);
	if (tag[0] && (tag[2] < 'A' || tag[2] > 'Z'))
		note(tag);
	return true;
}

static void drain(int port)
{
	char tag[TAG_SIZE];

	while (next(port, tag))
		continue;
}

static const char *await(int port, const char *want)
{
	struct pollfd p = { .fd = port, .events = POLLIN };
	int64_t end = util_now_ms() + WAIT_MS;
	char tag[TAG_SIZE];
	int count = 0;

	drain(port);
	while (util_now_ms() < end) {
		if (poll(&p, 1, 100) <= 0)
			continue;
		while (next(port, tag))
			if (strcmp(tag, want) == 0 && ++count == ENOUGH)
				return "came";
	}
	return "lost";
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, TAG_SIZE);
}

/* In alphabetical order, so that it can be compared */
static void tell_seen(int port)
{
	struct tpacket_stats stats = { 0 };
	socklen_t len = sizeof(stats);
	size_t i;

	drain(port);
	qsort(seen, nseen, TAG_SIZE, compare);
	fputs("seen", stdout);
	for (i = 0; i < nseen; i++)
		printf(" %s", seen[i]);
	if (getsockopt(port, SOL_PACKET, PACKET_STATISTICS, &stats, &len) < 0 ||
	    stats.tp_drops || overflow)
		fputs(" and-more", stdout);
	putchar('\n');
}

static void command(int port, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "await ", 6) == 0) {
		puts(await(port, line + 6));
	} else if (strcmp(line, "forged") == 0) {
		tell_seen(port);
	} else {
		drain(port);
		nseen = 0;
		puts("reset");
	}
}

int main(int argc, char **argv)
{
	struct pollfd p[2] = { { .fd = 0, .events = POLLIN },
			       { .events = POLLIN } };
	char line[64];

	if (argc != 2) {
		fputs("usage: sniff PORT\n", stderr);
		return 2;
	}
	p[1].fd = open_port(argv[1]);
	if (p[1].fd < 0)
		return 1;
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return 1;
		if (p[1].revents)
			drain(p[1].fd);
		if (!p[0].revents)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		command(p[1].fd, line);
	}
}
