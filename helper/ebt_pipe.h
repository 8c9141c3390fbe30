/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EBT_PIPE_H
#define TF_EBT_PIPE_H

#include "util.h"

/**
 * ebt_pipe_move_on() - Send or receive so many bytes
 * @len:	How many; afterwards, how many are still to be moved
 * @end:	Until when, by util_now_ms(); negative for no end
 *
 * Return: 0; not reported: -EPIPE when the other one has gone, -ETIMEDOUT, or
 * another negative errno
 */
int ebt_pipe_move_on(int fd, char *at, size_t *len, bool sending,
		     int64_t end) _must_check_;

/** ebt_pipe_move() - The same, for whom all or nothing counts */
int ebt_pipe_move(int fd, void *data, size_t len, bool sending,
		  int64_t end) _must_check_;

/**
 * ebt_pipe_read() - Receive so many bytes and append them
 *
 * Return: as ebt_pipe_move_on(), or -EFBIG for more than @max
 */
int ebt_pipe_read(int fd, size_t len, size_t max, int64_t end,
		  struct buf *out) _must_check_;

#endif /* TF_EBT_PIPE_H */
