// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tap_probe TAP PORT GUESTMAC MAC
 *
 * Says what becomes of a frame that the guest sends with the source address
 * MAC: "pass" when it arrives at PORT, "drop" when a later frame from GUESTMAC
 * does and it does not, "shut" when none does, "down" when the tap takes none.
 * No guess by time: frames from one processor keep their order.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "field.h"
#include "tap_port.h"

#define TRIES 100
#define TRY_MS 20

/* Return: 0, -1 when the tap is down */
static int send_frame(int tap, const uint8_t *mac, uint8_t number)
{
	uint8_t frame[FRAME_SIZE] = { 0 };

	memset(frame, 0xff, ETH_ALEN);
	memcpy(frame + ETH_ALEN, mac, ETH_ALEN);
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	frame[14] = number;
	return write(tap, frame, sizeof(frame)) < 0 ? -1 : 0;
}

/* Read until frame @number comes; note whether @other came before. */
static bool await(int port, uint8_t number, uint8_t other, bool *seen)
{
	struct pollfd p = { .fd = port, .events = POLLIN };
	uint8_t frame[2048];

	while (poll(&p, 1, TRY_MS) > 0) {
		if (recv(port, frame, sizeof(frame), 0) < FRAME_SIZE)
			continue;
		if (frame[14] == number)
			return true;
		if (frame[14] == other)
			*seen = true;
	}
	return false;
}

/* The port of a bridge needs a moment when its tap is opened. */
static const char *probe(int tap, int port, const uint8_t *guest,
			 const uint8_t *mac)
{
	bool seen = false;
	uint8_t i;

	for (i = 0; i < TRIES; i++) {
		if (send_frame(tap, guest, i) < 0)
			return "down";
		if (await(port, i, 0xff, &seen))
			break;
	}
	if (i == TRIES)
		return "shut";
	seen = false;
	if (send_frame(tap, mac, 0xfe) < 0 || send_frame(tap, guest, 0xfd) < 0)
		return "down";
	for (i = 0; i < TRIES; i++)
		if (await(port, 0xfd, 0xfe, &seen))
			return seen ? "pass" : "drop";
	return "shut";
}

int main(int argc, char **argv)
{
	uint8_t guest[FIELD_MAX_BYTES], mac[FIELD_MAX_BYTES];
	const struct field *f = field_get(FIELD_ETH_SRC);
	int tap, port;

	if (argc != 5 || !field_parse(f, argv[3], guest) ||
	    !field_parse(f, argv[4], mac)) {
		fputs("usage: tap_probe TAP PORT GUESTMAC MAC\n", stderr);
		return 2;
	}
	tap = open_tap(argv[1], 0);
	port = open_port(argv[2]);
	if (tap < 0 || port < 0 || !pin())
		return 1;
	puts(probe(tap, port, guest, mac));
	return 0;
}
