/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_TAP_PORT_H
#define TF_TEST_TAP_PORT_H

/* The two ends of a path through the bridge: a tap, and a port's far end */

#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define FRAME_SIZE 60
#define TYPE 0x88b5 /* for local experiments */

/*
 * Stay on one processor: what was queued there would be overtaken by a later
 * frame on another.
 */
static inline bool pin(void)
{
	int here = sched_getcpu();
	cpu_set_t set;

	CPU_ZERO(&set);
	if (here >= 0)
		CPU_SET((size_t)here, &set);
	if (here < 0 || sched_setaffinity(0, sizeof(set), &set) < 0) {
		perror("one processor");
		return false;
	}
	return true;
}

/* @flags: of open(), further to O_RDWR and O_CLOEXEC.  Return: fd or -1 */
static int open_tap(const char *name, int flags)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | flags);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req) < 0) {
		perror("tap");
		return -1;
	}
	return fd;
}

/* Return: a socket that frames of TYPE arrive at, without waiting; or -1 */
static inline int open_port(const char *name)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = __builtin_bswap16(TYPE),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || !at.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		perror("port");
		return -1;
	}
	return fd;
}

#endif /* TF_TEST_TAP_PORT_H */
