// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tap_kinds TAP PORT GUESTMAC
 *
 * A guest with that address sends frames of the kinds that have a handling of
 * their own somewhere.  Says which arrive at PORT; and of those to groups that a
 * bridge keeps to itself, which the host gets from TAP.
 */
#include <linux/if_ether.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "field.h"
#include "tap_port.h"
#include "util.h"

#define TRIES 100
#define TRY_MS 20
#define MARK_AT (FRAME_SIZE - 1) /* part of the packet, or it may be cut off */

static const struct {
	const char *name;
	const char *to; /* 6 bytes */
	const char *rest; /* from the EtherType on */
	size_t len;
} kinds[] = {
#define KIND(name, to, rest)                     \
	{                                        \
		name, to, rest, sizeof(rest) - 1 \
	}
	KIND("dhcp", "\xff\xff\xff\xff\xff\xff",
	     "\x08\x00\x45\0\0\x2e\0\0\0\0\x40\x11\0\0\0\0\0\0\xff\xff\xff\xff"
	     "\0\x44\0\x43\0\x1a\0\0"),
	KIND("arp", "\xff\xff\xff\xff\xff\xff",
	     "\x08\x06\0\x01\x08\0\x06\x04\0\x01"),
	KIND("rarp", "\xff\xff\xff\xff\xff\xff",
	     "\x80\x35\0\x01\x08\0\x06\x04\0\x03"),
	KIND("ipv6", "\x33\x33\0\0\0\x01",
	     "\x86\xdd\x60\0\0\0\0\x06\x3b\xff\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
	     "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\1"),
	KIND("tagged", "\xff\xff\xff\xff\xff\xff", "\x81\0\0\x05\x88\xb5"),
	KIND("llc", "\xff\xff\xff\xff\xff\xff", "\0\x2e\xaa\xaa\x03"),
	KIND("stp", "\x01\x80\xc2\0\0\0", "\0\x26\x42\x42\x03"),
	KIND("lldp", "\x01\x80\xc2\0\0\x0e", "\x88\xcc\x02\x07\x04"),
	KIND("end", "\xff\xff\xff\xff\xff\xff", "\x88\xb5"),
};

static void send_kind(int tap, const uint8_t *guest, size_t i)
{
	uint8_t frame[FRAME_SIZE] = { 0 };

	memcpy(frame, kinds[i].to, ETH_ALEN);
	memcpy(frame + ETH_ALEN, guest, ETH_ALEN);
	memcpy(frame + 2 * ETH_ALEN, kinds[i].rest, kinds[i].len);
	frame[MARK_AT] = (uint8_t)(i + 1);
	if (write(tap, frame, sizeof(frame)) < 0)
		perror("write");
}

static int open_type(const char *name, uint16_t type)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = __builtin_bswap16(type),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = open_port(name);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		exit(1);
	return fd;
}

/* Read until the last kind comes, or for a moment; note those that do. */
static bool await(int from, bool *seen)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	uint8_t in[2048];
	ssize_t len;
	size_t kind;

	while (poll(&p, 1, TRY_MS) > 0) {
		/* shorter by a tag, which the socket tells elsewhere */
		len = recv(from, in, sizeof(in), 0);
		if (len < FRAME_SIZE - 4)
			continue;
		kind = in[len - 1];
		if (kind && kind <= ARRAY_SIZE(kinds))
			seen[kind - 1] = true;
		if (kind == ARRAY_SIZE(kinds))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	bool at_port[ARRAY_SIZE(kinds)] = { 0 };
	bool at_host[ARRAY_SIZE(kinds)] = { 0 };
	uint8_t guest[FIELD_MAX_BYTES];
	int tap, port, stp, lldp, tries;
	size_t i;

	if (argc != 4 || !field_parse(field_get(FIELD_ETH_SRC), argv[3], guest))
		return 2;
	tap = open_tap(argv[1], 0);
	port = open_type(argv[2], ETH_P_ALL);
	stp = open_type(argv[1], ETH_P_802_2);
	lldp = open_type(argv[1], 0x88cc);
	for (tries = 0; tap >= 0 && tries < TRIES; tries++) {
		send_kind(tap, guest, ARRAY_SIZE(kinds) - 1);
		if (await(port, at_port))
			break;
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		send_kind(tap, guest, i);
	while (await(port, at_port))
		continue;
	await(stp, at_host);
	await(lldp, at_host);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (at_port[i] || at_host[i])
			printf("%s%s%s\n", kinds[i].name,
			       at_port[i] ? " port" : "",
			       at_host[i] ? " host" : "");
	return 0;
}
