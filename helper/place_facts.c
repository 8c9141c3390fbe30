// SPDX-License-Identifier: GPL-2.0-or-later
/* What is true of the kernel for as long as it runs, or this process does */
#include <fcntl.h>
#include <unistd.h>

#include "nft_egress.h"
#include "place.h"

int place_egress(int known)
{
	static int egress = -1;

	if (egress < 0)
		egress = known;
	if (egress < 0)
		egress = nft_egress();
	return egress;
}

enum place place_tap(void)
{
	return place_egress(-1) ? PLACE_NETDEV : PLACE_INGRESS;
}

/* A setting that is not there is off. */
static bool is_on(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char value;

	return fd >= 0 && read(fd, &value, sizeof(value)) == sizeof(value) &&
	       value != '0';
}

bool place_tracks(void)
{
	static int known = -1;

	if (known < 0)
		known = faccessat(AT_FDCWD, "/sys/module/nf_conntrack_bridge",
				  F_OK, 0) == 0;
	return known;
}

bool place_reassembles(void)
{
	static int known = -1;

	if (known < 0)
		known = place_tracks() ||
			is_on("/proc/sys/net/bridge/bridge-nf-call-iptables") ||
			is_on("/proc/sys/net/bridge/bridge-nf-call-ip6tables");
	return known;
}
