/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_FUZZ_NETLINK_H
#define TF_FUZZ_NETLINK_H

/*
 * libmnl's socket without a kernel: what is received comes from the input.  The
 * linker takes these functions instead of the library's, so what is tested is
 * what is installed.
 *
 * The input has one answer behind the other, each with its length before it
 * (u16, little-endian).  Sequence numbers in an answer count from that of the
 * first message of the request; the port id is 0.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static struct {
	const uint8_t *data;
	size_t left;
	uint16_t asked; /* type of the request */
	uint32_t base; /* sequence number that those of an answer count from */
	char *buf; /* what lies behind the answer in it must not be read */
	size_t size;
} fake;

static struct mnl_socket *fake_socket(void)
{
	return (void *)&fake;
}

static void fake_release(void)
{
	if (fake.buf)
		__asan_unpoison_memory_region(fake.buf, fake.size);
	fake.buf = NULL;
}

static void fake_begin(const uint8_t *data, size_t size)
{
	fake.data = data;
	fake.left = size;
	fake.base = 0;
	fake.buf = NULL;
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus;
	(void)flags;
	return fake_socket();
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf,
			  socklen_t len)
{
	(void)nl;
	(void)type;
	(void)buf;
	(void)len;
	return 0;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	(void)nl;
	return -1;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	(void)nl;
	fake_release();
	return 0;
}

/* A request is written where an answer may have been. */
struct nlmsghdr *mnl_nlmsg_put_header(void *buf)
{
	struct nlmsghdr *nlh = buf;

	fake_release();
	*nlh = (struct nlmsghdr){ .nlmsg_len = sizeof(*nlh) };
	return nlh;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *buf,
			  size_t size)
{
	const struct nlmsghdr *nlh = buf;

	(void)nl;
	if (size < sizeof(*nlh) || nlh->nlmsg_len > size)
		abort();
	fake.asked = nlh->nlmsg_type;
	fake.base = nlh->nlmsg_seq;
	return (ssize_t)size;
}

/* Each target says whether the libraries can stand a message. */
static bool fake_takes(const struct nlmsghdr *nlh);

/* From here on the numbers are those that the connection waits for. */
static bool fake_number(char *buf, size_t size)
{
	struct nlmsghdr *nlh;
	size_t step;

	while (size >= sizeof(*nlh)) {
		nlh = (void *)buf;
		nlh->nlmsg_seq += fake.base;
		step = NLMSG_ALIGN(nlh->nlmsg_len);
		if (nlh->nlmsg_len < sizeof(*nlh) || nlh->nlmsg_len > size ||
		    step > size)
			break;
		if (!fake_takes(nlh))
			return false;
		buf += step;
		size -= step;
	}
	return true;
}

/*
 * One byte behind the answer stays, a NUL: libnftnl takes it for granted that
 * the kernel ends a string with one.
 */
ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	size_t len;

	(void)nl;
	fake_release();
	errno = EAGAIN;
	if (fake.left < 2)
		return -1;
	len = fake.data[0] | (size_t)fake.data[1] << 8;
	fake.data += 2;
	fake.left -= 2;
	if (len > fake.left)
		len = fake.left;
	if (len >= size)
		return -1;
	memcpy(buf, fake.data, len);
	fake.data += len;
	fake.left -= len;
	if (!fake_number(buf, len))
		return -1;
	fake.buf = buf;
	fake.size = size;
	fake.buf[len] = '\0';
	__asan_poison_memory_region(fake.buf + len + 1, size - len - 1);
	return (ssize_t)len;
}

#endif /* TF_FUZZ_NETLINK_H */
