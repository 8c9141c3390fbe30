// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tap_reach FROM TO WITNESS MAC
 *
 * Says whether a broadcast that a guest with address MAC sends through the tap
 * FROM arrives at the tap TO of the same bridge: "yes" or "no", or "shut" when
 * nothing that FROM sends arrives at the tap WITNESS, or nothing from there at
 * TO.  No guess by time: once the witness has it, what the witness sends
 * comes to TO behind it.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "field.h"
#include "tap_port.h"

#define TRIES 100
#define TRY_MS 20

static uint8_t guest[FIELD_MAX_BYTES];
static uint8_t latest; /* number of the latest frame */

/* Return: the number of the frame */
static uint8_t send_frame(int tap)
{
	uint8_t frame[FRAME_SIZE] = { 0 };

	memset(frame, 0xff, ETH_ALEN);
	memcpy(frame + ETH_ALEN, guest, ETH_ALEN);
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	frame[14] = ++latest;
	if (write(tap, frame, sizeof(frame)) < 0)
		perror("send");
	return latest;
}

/* Read until frame @number comes; note whether @other came before. */
static bool await(int tap, uint8_t number, uint8_t other, bool *seen)
{
	struct pollfd p = { .fd = tap, .events = POLLIN };
	uint8_t frame[2048];

	while (poll(&p, 1, TRY_MS) > 0) {
		if (read(tap, frame, sizeof(frame)) < FRAME_SIZE ||
		    frame[12] != TYPE >> 8 || frame[13] != (TYPE & 0xff))
			continue;
		if (frame[14] == number)
			return true;
		if (other && frame[14] == other)
			*seen = true;
	}
	return false;
}

/* A port needs a moment when its tap is opened. */
static bool opens(int from, int to)
{
	bool seen;
	int i;

	for (i = 0; i < TRIES; i++)
		if (await(to, send_frame(from), 0, &seen))
			return true;
	return false;
}

static const char *reach(int from, int to, int witness)
{
	uint8_t number, marker;
	bool seen = false;

	if (!opens(from, witness) || !opens(witness, to))
		return "shut";
	number = send_frame(from);
	if (!await(witness, number, 0, &seen))
		return "shut";
	marker = send_frame(witness);
	if (!await(to, marker, number, &seen))
		return "shut";
	return seen ? "yes" : "no";
}

int main(int argc, char **argv)
{
	int tap[3], i;

	if (argc != 5 ||
	    !field_parse(field_get(FIELD_ETH_SRC), argv[4], guest)) {
		fputs("usage: tap_reach FROM TO WITNESS MAC\n", stderr);
		return 2;
	}
	for (i = 0; i < 3; i++) {
		tap[i] = open_tap(argv[i + 1], 0);
		if (tap[i] < 0)
			return 1;
	}
	puts(reach(tap[0], tap[1], tap[2]));
	return 0;
}
