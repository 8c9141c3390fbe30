// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comes to a guest:
 *
 *	tap_hear TAP PORT MAC [VLAN|ipv4]
 *	tap_hear TAP stp
 *
 * The first sends frames from 52:54:00:00:00:09 in at PORT until one arrives,
 * then one with the source address MAC, and one of the former behind it: "pass"
 * when both arrive, "drop" when only the latter does, "shut" when none of the
 * former does.  With VLAN they are tagged; with "ipv4" the one from MAC is a
 * datagram, which opens a connection.
 *
 * The second reads until a frame of spanning tree comes, and says "stp".
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "field.h"
#include "tap_port.h"

#define TRIES 100
#define TRY_MS 50
#define NUMBER_AT 30 /* behind a tag, too */

static const uint8_t good[] = { 0x52, 0x54, 0, 0, 0, 9 };
static const uint8_t group[] = { 0x01, 0x80, 0xc2, 0, 0, 0 };
/* UDP from 10.0.0.2 to 10.0.0.1, as long as the frame */
static const uint8_t datagram[] = {
	0x08, 0, 0x45, 0,  0, 46, 0, 0, 0, 0, 64, 17, 0x66, 0xbd, 10,
	0,    0, 2,    10, 0, 0,  1, 8, 0, 8, 0,  0,  26,   0,	  0,
};

static bool send_frame(int port, const uint8_t *mac, unsigned long vlan,
		       uint8_t number)
{
	uint8_t frame[FRAME_SIZE] = { 0 };
	uint8_t *at = frame + 2 * ETH_ALEN;

	memset(frame, 0xff, ETH_ALEN);
	memcpy(frame + ETH_ALEN, mac, ETH_ALEN);
	if (vlan) {
		*at++ = 0x81;
		*at++ = 0;
		*at++ = (uint8_t)(vlan >> 8);
		*at++ = (uint8_t)vlan;
	}
	*at++ = TYPE >> 8;
	*at = TYPE & 0xff;
	frame[NUMBER_AT] = number;
	return write(port, frame, sizeof(frame)) == (ssize_t)sizeof(frame);
}

static bool send_datagram(int port, const uint8_t *mac)
{
	uint8_t frame[FRAME_SIZE] = { 0 };

	memset(frame, 0xff, ETH_ALEN);
	memcpy(frame + ETH_ALEN, mac, ETH_ALEN);
	memcpy(frame + 2 * ETH_ALEN, datagram, sizeof(datagram));
	return write(port, frame, sizeof(frame)) == (ssize_t)sizeof(frame);
}

/* Read until the good one @number comes; note whether @mac came before. */
static bool await(int tap, uint8_t number, const uint8_t *mac, bool *seen)
{
	struct pollfd p = { .fd = tap, .events = POLLIN };
	uint8_t frame[2048];

	while (poll(&p, 1, TRY_MS) > 0) {
		if (read(tap, frame, sizeof(frame)) < FRAME_SIZE - 4)
			continue;
		if (memcmp(frame + ETH_ALEN, good, ETH_ALEN) == 0 &&
		    frame[NUMBER_AT] == number)
			return true;
		if (memcmp(frame + ETH_ALEN, mac, ETH_ALEN) == 0)
			*seen = true;
	}
	return false;
}

/* The port of a bridge needs a moment when its tap is opened. */
static const char *hear(int tap, int port, const uint8_t *mac, const char *how)
{
	bool seen = false, ip = strcmp(how, "ipv4") == 0;
	unsigned long vlan = ip ? 0 : strtoul(how, NULL, 10);
	uint8_t i;

	for (i = 0; i < TRIES; i++) {
		if (!send_frame(port, good, vlan, i))
			return "no port";
		if (await(tap, i, mac, &seen))
			break;
	}
	if (i == TRIES)
		return "shut";
	seen = false;
	if (!(ip ? send_datagram(port, mac) :
		   send_frame(port, mac, vlan, 0xfe)) ||
	    !send_frame(port, good, vlan, 0xfd))
		return "no port";
	for (i = 0; i < TRIES; i++)
		if (await(tap, 0xfd, mac, &seen))
			return seen ? "pass" : "drop";
	return "shut";
}

static const char *hear_group(int tap)
{
	uint8_t frame[2048];

	while (read(tap, frame, sizeof(frame)) > 0)
		if (memcmp(frame, group, ETH_ALEN) == 0)
			return "stp";
	return "nothing";
}

int main(int argc, char **argv)
{
	bool stp = argc == 3 && strcmp(argv[2], "stp") == 0;
	const struct field *f = field_get(FIELD_ETH_SRC);
	uint8_t mac[FIELD_MAX_BYTES];
	int tap, port;

	if (!stp && (argc < 4 || !field_parse(f, argv[3], mac)))
		return 2;
	tap = open_tap(argv[1], 0);
	if (tap < 0)
		return 2;
	if (stp) {
		puts(hear_group(tap));
		return 0;
	}
	port = open_port(argv[2]);
	if (port < 0 || !pin())
		return 2;
	puts(hear(tap, port, mac, argc > 4 ? argv[4] : "0"));
	return 0;
}
