// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tap_frame TAP PORT FRAME
 *
 * Sends a frame of the table of selftest, one from the guest through TAP, one to
 * the guest from PORT, again and again until it is ended: a bridge needs a
 * moment until it takes frames from a tap that was opened, and forwards to it.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "tap_port.h"

#define EVERY_MS 20

int main(int argc, char **argv)
{
	const struct frame_row *row;
	uint8_t frame[FRAME_MAX];
	int tap, fd;
	size_t i = 0, len;

	if (argc != 4)
		return 2;
	while ((row = frame_row_get(i)) && strcmp(row->name, argv[3]) != 0)
		i++;
	if (!row) {
		fprintf(stderr, "there is no frame \"%s\"\n", argv[3]);
		return 2;
	}
	tap = open_tap(argv[1], 0);
	fd = row->dir == DIR_OUT ? tap : open_port(argv[2]);
	if (tap < 0 || fd < 0)
		return 1;
	len = frame_build(row, frame);
	do {
		if (write(fd, frame, len) != (ssize_t)len) {
			perror("write");
			return 1;
		}
	} while (poll(NULL, 0, EVERY_MS) == 0);
	return 1;
}
