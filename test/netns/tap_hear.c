// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comes to a guest:
 *
 *	tap_hear TAP PORT MAC [VLAN]
 *	tap_hear TAP stp
 *
 * The first sends a frame in at PORT with the source address MAC, and one from
 * 52:54:00:00:00:09 behind it: "pass" when both arrive, "drop" when only the
 * latter does, "shut" when neither does.  With VLAN they are tagged.
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

static const uint8_t good[] = { 0x52, 0x54, 0, 0, 0, 9 };
static const uint8_t group[] = { 0x01, 0x80, 0xc2, 0, 0, 0 };

static size_t make(uint8_t *frame, const uint8_t *mac, unsigned long vlan)
{
	uint8_t *at = frame + 2 * ETH_ALEN;

	memset(frame, 0, FRAME_SIZE);
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
	return FRAME_SIZE;
}

/* Does the good one come?  Then the other one has come, or never will. */
static bool await(int tap, const uint8_t *mac, bool *seen)
{
	struct pollfd p = { .fd = tap, .events = POLLIN };
	uint8_t frame[2048];

	while (poll(&p, 1, TRY_MS) > 0) {
		if (read(tap, frame, sizeof(frame)) < FRAME_SIZE - 4)
			continue;
		if (memcmp(frame + ETH_ALEN, good, ETH_ALEN) == 0)
			return true;
		if (memcmp(frame + ETH_ALEN, mac, ETH_ALEN) == 0)
			*seen = true;
	}
	return false;
}

/* The port of a bridge needs a moment when its tap is opened. */
static const char *hear(int tap, int port, const uint8_t *mac,
			unsigned long vlan)
{
	uint8_t first[FRAME_SIZE], second[FRAME_SIZE];
	size_t n = make(first, mac, vlan), m = make(second, good, vlan);
	bool seen = false;
	int i;

	for (i = 0; i < TRIES; i++) {
		if (write(port, first, n) != (ssize_t)n ||
		    write(port, second, m) != (ssize_t)m)
			return "no port";
		if (await(tap, mac, &seen))
			return seen ? "pass" : "drop";
	}
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
	if (port < 0)
		return 2;
	puts(hear(tap, port, mac, argc > 4 ? strtoul(argv[4], NULL, 10) : 0));
	return 0;
}
