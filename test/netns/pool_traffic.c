// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pool_traffic PORT TAP...: frames through taps while their rules change
 *
 * In each round a guest on each tap sends, to all, a frame that the old and the
 * new rules forbid (source ...:03), one that only the new ones allow (...:02),
 * and one that both allow (...:01).  A tap keeps the order of its frames, so
 * with the last one the fate of all three is known; the next round begins then.
 * Says "begun" after the first round.  At the end of standard input, prints:
 *
 *	rounds N lost N leaked N switched N torn N
 *
 * lost: rounds of a tap without an allowed frame; leaked: forbidden ones that
 * arrived; switched: taps that had the new rules at the end; torn: frames that
 * met the old rules after the new ones.
 */
#include <linux/if_ether.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap_port.h"

#define MAX_TAPS 64
#define WAIT_MS 5000
#define FIRST_TRY_MS 20
#define FIRST_TRIES 250

enum { ALLOWED = 1, NEW = 2, FORBIDDEN = 3 };

static int port, ntaps, taps[MAX_TAPS];
static bool arrived[MAX_TAPS][4], is_new[MAX_TAPS];
static unsigned long rounds, lost, leaked, torn;

static void send_frame(int tap, uint8_t kind)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0, 0 };
	uint8_t frame[FRAME_SIZE] = { 0 };

	memset(frame, 0xff, ETH_ALEN);
	memcpy(frame + ETH_ALEN, mac, sizeof(mac));
	frame[11] = kind;
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	frame[14] = (uint8_t)tap;
	frame[15] = (uint8_t)rounds;
	if (write(taps[tap], frame, sizeof(frame)) < 0 && rounds)
		perror("write");
}

static bool all_arrived(void)
{
	int i;

	for (i = 0; i < ntaps; i++)
		if (!arrived[i][ALLOWED])
			return false;
	return true;
}

static void receive(void)
{
	uint8_t frame[2048];

	while (recv(port, frame, sizeof(frame), 0) >= FRAME_SIZE)
		if (frame[14] < ntaps && frame[15] == (uint8_t)rounds &&
		    frame[11] <= FORBIDDEN)
			arrived[frame[14]][frame[11]] = true;
}

/* Return: did a frame of each tap arrive? */
static bool run_round(int wait_ms)
{
	struct pollfd p = { .fd = port, .events = POLLIN };
	int i;

	memset(arrived, 0, sizeof(arrived));
	for (i = 0; i < ntaps; i++) {
		send_frame(i, FORBIDDEN);
		send_frame(i, NEW);
		send_frame(i, ALLOWED);
	}
	while (!all_arrived() && poll(&p, 1, wait_ms) > 0)
		receive();
	return all_arrived();
}

static void judge(void)
{
	int i;

	for (i = 0; i < ntaps; i++) {
		lost += !arrived[i][ALLOWED];
		leaked += arrived[i][FORBIDDEN];
		torn += is_new[i] && !arrived[i][NEW];
		is_new[i] |= arrived[i][NEW];
	}
}

static bool at_end(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

int main(int argc, char **argv)
{
	int i, tries = FIRST_TRIES;
	unsigned int switched = 0;

	port = argc > 2 ? open_port(argv[1]) : -1;
	if (port < 0 || argc - 2 > MAX_TAPS)
		return 2;
	for (; ntaps < argc - 2; ntaps++) {
		taps[ntaps] = open_tap(argv[ntaps + 2], O_NONBLOCK);
		if (taps[ntaps] < 0)
			return 2;
	}
	/* The port of a bridge needs a moment when its tap is opened. */
	while (!run_round(FIRST_TRY_MS))
		if (!tries--)
			return 2;
	puts("begun");
	fflush(stdout);
	while (!at_end()) {
		rounds++;
		run_round(WAIT_MS);
		judge();
	}
	for (i = 0; i < ntaps; i++)
		switched += is_new[i];
	printf("rounds %lu lost %lu leaked %lu switched %u torn %lu\n", rounds,
	       lost, leaked, switched, torn);
	return 0;
}
