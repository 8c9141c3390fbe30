// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * swap_taps TAP UID UID
 *
 * Makes TAP, removes it and makes it again, of the one and the other user in
 * turn, until standard input ends; says how often.  The last one stays as long
 * as the process, which ends with its parent or by a signal.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LONG_LIFE_US 60000
#define MAX_LIFE_US 12000

static int make(const char *name, unsigned long uid)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req) < 0 ||
	    ioctl(fd, TUNSETOWNER, uid) < 0) {
		perror(name);
		return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned long n, uid[2];
	int fd = -1;

	if (argc != 4 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
		fputs("usage: swap_taps TAP UID UID\n", stderr);
		return 2;
	}
	uid[0] = strtoul(argv[2], NULL, 10);
	uid[1] = strtoul(argv[3], NULL, 10);
	for (n = 0; poll(&in, 1, 0) == 0; n++) {
		if (fd >= 0)
			close(fd);
		fd = make(argv[1], uid[n % 2]);
		if (fd < 0)
			return 1;
		/* Another length each time, to meet an up at another place */
		usleep((useconds_t)(n % 4 == 0 ? LONG_LIFE_US :
						 n * 7919 % MAX_LIFE_US));
	}
	printf("%lu\n", n);
	fflush(stdout);
	for (;;)
		pause();
}
