/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_BENCH_H
#define TF_BENCH_H

/*
 * What the measuring programs share.  Taps are named PREFIX<number>; the
 * number makes the addresses of its guest: MAC 52:54:00:00:HH:LL, IPv4
 * 10.0.HH.LL, IPv6 fd00::HHLL and fe80::5054:ff:fe00:HHLL.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "log.h"
#include "util.h"

/** bench_now() - Monotonic time in nanoseconds */
static inline uint64_t bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/** bench_uint() - A number from the command line, or exit with status 2 */
static inline unsigned int bench_uint(const char *text, unsigned int min,
				      unsigned int max)
{
	uint64_t n;

	if (!util_parse_uint(text, min, max, &n)) {
		log_err("\"%s\" is not a number from %u to %u", text, min, max);
		exit(2);
	}
	return (unsigned int)n;
}

/**
 * bench_open_tap() - Attach to a tap as QEMU does
 * @vnet:	With a virtio-net header and all offloads, else plain frames
 *
 * Return: a descriptor; ends the program when there is none
 */
static inline int bench_open_tap(const char *name, bool vnet)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd;

	if (vnet)
		ifr.ifr_flags |= IFF_VNET_HDR;
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || strlen(name) >= sizeof(ifr.ifr_name)) {
		log_errno(errno, "cannot open /dev/net/tun");
		exit(1);
	}
	memcpy(ifr.ifr_name, name, strlen(name) + 1);
	if (ioctl(fd, TUNSETIFF, &ifr) ||
	    (vnet &&
	     ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6))) {
		log_errno(errno, "cannot attach to the tap %s", name);
		exit(1);
	}
	return fd;
}

#endif /* TF_BENCH_H */
