// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tap_send TAP FRAME...
 *
 * Sends frames as the guest: by their names in the table of selftest, or all
 * that a guest can send ("all"), or made up ones from 1000 addresses
 * ("flood").  They have arrived when it ends.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "tap_port.h"

static bool send_row(int tap, const struct frame_row *row)
{
	uint8_t frame[FRAME_MAX];
	size_t len = frame_build(row, frame);

	if (row->dir == DIR_OUT && write(tap, frame, len) != (ssize_t)len) {
		perror(row->name);
		return false;
	}
	return true;
}

static bool send_named(int tap, const char *name)
{
	bool all = strcmp(name, "all") == 0, found = all;
	const struct frame_row *row;
	size_t i;

	for (i = 0; (row = frame_row_get(i)); i++) {
		if (!all && strcmp(row->name, name) != 0)
			continue;
		found = true;
		if (!send_row(tap, row))
			return false;
	}
	if (!found)
		fprintf(stderr, "no frame is called %s\n", name);
	return found;
}

/* Source MAC and IPv4 address, EtherType and VLAN differ each time. */
static bool flood(int tap)
{
	uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54 };
	unsigned int i;

	for (i = 0; i < 3000; i++) {
		frame[10] = frame[28] = (uint8_t)(i >> 8);
		frame[11] = frame[29] = frame[15] = (uint8_t)i;
		frame[12] = i % 3 == 0 ? 0x08 : i % 3 == 1 ? 0x81 : 0x99;
		frame[13] = i % 3 == 2 ? (uint8_t)(i >> 2) : 0;
		frame[14] = 0x45;
		frame[26] = 10;
		if (write(tap, frame, sizeof(frame)) < 0) {
			perror("flood");
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	int tap, i;

	if (argc < 3) {
		fputs("usage: tap_send TAP FRAME...\n", stderr);
		return 2;
	}
	tap = open_tap(argv[1], 0);
	for (i = 2; tap >= 0 && i < argc; i++)
		if (!(strcmp(argv[i], "flood") == 0 ? flood(tap) :
						      send_named(tap, argv[i])))
			return 1;
	return tap < 0;
}
