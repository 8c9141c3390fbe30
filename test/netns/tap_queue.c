// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tap_queue TAP PORT OTHER
 *
 * Holds TAP as a guest that does not read, and sends frames towards it from
 * PORT.  A line of standard input is a command, each has one line as answer:
 *
 *	ready	send until the tap gets frames, then read them: "ready"
 *	send X	send a frame with the mark X.  "sent" once it has come out at
 *		OTHER, the far end of another port of the bridge: what is
 *		flooded there has been flooded to TAP before
 *	read	read all that waits in TAP: "read " and the marks
 */
#include <linux/if_ether.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap_port.h"

#define TRIES 500
#define TRY_MS 20

static int tap, port, other;

static bool send_mark(char mark)
{
	static const uint8_t sender[ETH_ALEN] = { 0x52, 0x54, 0, 0, 0, 0x99 };
	uint8_t frame[FRAME_SIZE] = { 0 };

	memset(frame, 0xff, ETH_ALEN);
	memcpy(frame + ETH_ALEN, sender, ETH_ALEN);
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	frame[14] = (uint8_t)mark;
	return send(port, frame, sizeof(frame), 0) == FRAME_SIZE;
}

static bool has_input(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, TRY_MS) > 0;
}

/* Return: a mark, 0 for another frame, -1 when there is none */
static int read_mark(int fd)
{
	uint8_t frame[2048];
	ssize_t n = read(fd, frame, sizeof(frame));

	if (n < 0)
		return -1;
	return n >= FRAME_SIZE && frame[12] == TYPE >> 8 &&
			       frame[13] == (TYPE & 0xff) ?
		       frame[14] :
		       0;
}

static const char *get_ready(void)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		if (!send_mark('.') || !has_input(tap))
			continue;
		while (read_mark(tap) >= 0)
			continue;
		while (read_mark(other) >= 0)
			continue;
		return "ready";
	}
	return "the tap gets nothing";
}

static const char *send_one(char mark)
{
	int i, got;

	if (!send_mark(mark))
		return "cannot send";
	for (i = 0; i < TRIES; i++) {
		if (!has_input(other))
			continue;
		do {
			got = read_mark(other);
			if (got == mark)
				return "sent";
		} while (got >= 0);
	}
	return "lost";
}

static void read_all(void)
{
	int mark;

	fputs("read ", stdout);
	while ((mark = read_mark(tap)) >= 0)
		if (mark && mark != '.')
			putchar(mark);
	putchar('\n');
}

int main(int argc, char **argv)
{
	char line[32];

	if (argc != 4) {
		fputs("usage: tap_queue TAP PORT OTHER\n", stderr);
		return 2;
	}
	tap = open_tap(argv[1], O_NONBLOCK);
	port = open_port(argv[2]);
	other = open_port(argv[3]);
	if (tap < 0 || port < 0 || other < 0)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "ready\n") == 0)
			puts(get_ready());
		else if (strncmp(line, "send ", 5) == 0)
			puts(send_one(line[5]));
		else
			read_all();
	}
	return 0;
}
