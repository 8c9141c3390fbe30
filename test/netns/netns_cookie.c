// SPDX-License-Identifier: GPL-2.0-or-later
/* The number by which the state directory tells network namespaces apart */
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* asm-generic/socket.h */
#endif

int main(void)
{
	uint64_t cookie;
	socklen_t len = sizeof(cookie);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (fd < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0) {
		perror("SO_NETNS_COOKIE");
		return 1;
	}
	printf("%llu\n", (unsigned long long)cookie);
	return 0;
}
