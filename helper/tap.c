// SPDX-License-Identifier: GPL-2.0-or-later
/* A tap as an open file: make one, pass it on, know one */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "log.h"
#include "tap.h"
#include "util.h"

#define TUN_DEVICE "/dev/net/tun"
#define TUN_MAJOR 10 /* MISC_MAJOR */
#define TUN_MINOR 200
#define TYPE_MASK 0x000f /* of the flags: IFF_TUN or IFF_TAP */
#define PATTERN "tf%d"

static short wanted_flags(int fd, bool vnet_hdr)
{
	unsigned int features = 0, flags = IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL;

	if (vnet_hdr && ioctl(fd, TUNGETFEATURES, &features) == 0 &&
	    (features & IFF_VNET_HDR))
		flags |= IFF_VNET_HDR;
	return (short)flags;
}

static int cannot_create(const char *name, int error)
{
	if (error == EBUSY || error == EEXIST)
		return log_errno(error, "there is a device \"%s\" already",
				 name);
	return log_errno(error, "cannot make the tap \"%s\"", name);
}

int tap_open(void)
{
	int fd = open(TUN_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? log_errno(errno, "cannot open " TUN_DEVICE) : fd;
}

int tap_create(int fd, const char *name, bool vnet_hdr,
	       char out_name[TAP_NAME_SIZE])
{
	const char *asked = name ? name : PATTERN;
	struct ifreq req = { 0 };

	/* A '%' in it would make the kernel choose. */
	if (name && !util_tap_name_ok(name)) {
		log_err("\"%s\" cannot be the name of a tap: 1 to 15 of [A-Za-z0-9_.-] with a letter or digit first",
			name);
		return -EINVAL;
	}
	memcpy(req.ifr_name, asked, strlen(asked) + 1);
	req.ifr_flags = wanted_flags(fd, vnet_hdr);
	if (ioctl(fd, TUNSETIFF, &req) < 0)
		return cannot_create(asked, errno);
	memcpy(out_name, req.ifr_name, TAP_NAME_SIZE);
	out_name[TAP_NAME_SIZE - 1] = '\0';
	return 0;
}

static bool option_is(int fd, int option, int want)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 &&
	       value == want;
}

int tap_check_socket(int fd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	struct stat st;

	if (fstat(fd, &st) < 0)
		return log_errno(errno, "cannot look at descriptor %d", fd);
	if (!S_ISSOCK(st.st_mode) || !option_is(fd, SO_DOMAIN, AF_UNIX) ||
	    !option_is(fd, SO_TYPE, SOCK_STREAM)) {
		log_err("descriptor %d must be a stream socket of the AF_UNIX family",
			fd);
		return -ENOTSOCK;
	}
	if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0)
		return log_errno(
			errno, "descriptor %d must be a connected socket", fd);
	return 0;
}

int tap_send(int socket, int tap)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte = 0;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	ssize_t n;

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(tap));
	memcpy(CMSG_DATA(cmsg), &tap, sizeof(tap));
	do {
		n = sendmsg(socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n == 1)
		return 0;
	return log_errno(n < 0 ? errno : EIO,
			 "cannot send the tap through descriptor %d", socket);
}

/* An ioctl may do anything on a file that is something else. */
static bool is_tun_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(TUN_MAJOR, TUN_MINOR);
}

/* A tap of the same name in another namespace is no proof. */
static bool is_in_our_namespace(int tap)
{
	struct stat own, its;
	_cleanup_close_ int ns = ioctl(tap, TUNGETDEVNETNS);

	return ns >= 0 && fstat(ns, &its) == 0 &&
	       stat("/proc/self/ns/net", &own) == 0 &&
	       its.st_dev == own.st_dev && its.st_ino == own.st_ino;
}

bool tap_fd_is(int fd, const char *name)
{
	struct ifreq req = { 0 };

	if (!is_tun_file(fd) || ioctl(fd, TUNGETIFF, &req) < 0)
		return false;
	return ((unsigned int)req.ifr_flags & TYPE_MASK) == IFF_TAP &&
	       strncmp(req.ifr_name, name, sizeof(req.ifr_name)) == 0 &&
	       is_in_our_namespace(fd);
}
