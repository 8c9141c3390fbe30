// SPDX-License-Identifier: GPL-2.0-or-later
/* What the helper and the child that runs ebtables tell each other */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "ebt_pipe.h"

int ebt_pipe_move_on(int fd, char *at, size_t *len, bool sending, int64_t end)
{
	struct pollfd p = { .fd = fd, .events = sending ? POLLOUT : POLLIN };
	ssize_t n;
	int rc;

	while (*len) {
		int64_t left = end - util_now_ms();

		rc = poll(&p, 1, end < 0 ? -1 : left > 0 ? (int)left : 0);
		if (rc < 0 && errno == EINTR)
			continue;
		if (rc <= 0)
			return rc < 0 ? -errno : -ETIMEDOUT;
		n = sending ? send(fd, at, *len, MSG_NOSIGNAL) :
			      recv(fd, at, *len, 0);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n == 0)
			return -EPIPE;
		if (n > 0) {
			at += n;
			*len -= (size_t)n;
		}
	}
	return 0;
}

int ebt_pipe_move(int fd, void *data, size_t len, bool sending, int64_t end)
{
	return ebt_pipe_move_on(fd, data, &len, sending, end);
}

int ebt_pipe_read(int fd, size_t len, size_t max, int64_t end, struct buf *out)
{
	char piece[4096];
	size_t n;
	int rc = len > max ? -EFBIG : 0;

	for (; rc == 0 && len; len -= n) {
		n = len < sizeof(piece) ? len : sizeof(piece);
		rc = ebt_pipe_move(fd, piece, n, false, end);
		if (rc == 0)
			rc = buf_add(out, piece, n);
	}
	return rc;
}
