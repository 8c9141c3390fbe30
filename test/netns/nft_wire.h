/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_NFT_WIRE_H
#define TF_TEST_NFT_WIRE_H

/* Two taps on a bridge: a frame written to one arrives at the other at once. */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../test_frame.h"

static inline int wire_open(const char *name)
{
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0) {
		perror(name);
		exit(2);
	}
	return fd;
}

/* Write to one tap; did it come out of the other as it was? */
static inline bool wire_crosses(int from, int to, const struct frame *f)
{
	uint8_t in[FRAME_MAX * 2];
	bool seen = false;
	ssize_t n;

	if (write(from, f->data, f->len) != (ssize_t)f->len) {
		perror("write to tap");
		exit(2);
	}
	while ((n = read(to, in, sizeof(in))) > 0)
		if (n == (ssize_t)f->len && memcmp(in, f->data, f->len) == 0)
			seen = true;
	return seen;
}

/* Does it come yet?  The kernel may put a frame off when it is busy. */
static inline bool wire_late(int to, const struct frame *f)
{
	struct pollfd p = { .fd = to, .events = POLLIN };
	uint8_t in[FRAME_MAX * 2];
	ssize_t n;

	while (poll(&p, 1, 1000) > 0) {
		n = read(to, in, sizeof(in));
		if (n == (ssize_t)f->len && memcmp(in, f->data, f->len) == 0)
			return true;
	}
	return false;
}

/* A port forwards some time after its carrier came. */
static inline void wire_ready(int a, int b)
{
	struct frame f = { .len = 60 };
	int i;

	memset(f.data, 0xff, 6);
	memcpy(f.data + 6, "\x52\x54\0\0\0\1\x88\xb5", 8);
	for (i = 0; i < 500; i++) {
		if (wire_crosses(a, b, &f) && wire_crosses(b, a, &f))
			return;
		poll(NULL, 0, 20);
	}
	fprintf(stderr, "frames do not cross the bridge\n");
	exit(2);
}

/* The kernel itself drops a frame that ends within or just behind a tag. */
static inline bool wire_cut_in_tag(const struct frame *f)
{
	unsigned int type;
	size_t at;

	for (at = 12; at + 2 <= f->len; at += 4) {
		type = (unsigned int)f->data[at] << 8 | f->data[at + 1];
		if (type != 0x8100 && type != 0x88a8)
			return at > 12 && at + 4 > f->len;
	}
	return true;
}

/* tap0 and tap1, until frames cross from each to the other */
static inline void wire_open_both(int fd[2])
{
	fd[0] = wire_open("tap0");
	fd[1] = wire_open("tap1");
	wire_ready(fd[0], fd[1]);
}

#endif /* TF_TEST_NFT_WIRE_H */
