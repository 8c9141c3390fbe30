/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_SPAWN_H
#define TF_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "conf.h"
#include "rule.h"

/**
 * struct spawn - A tapfilter-resolve that is running
 * @pid:	Its process, 0 for none
 * @pidfd:	To wait for it with a limit
 * @out:	Its standard output
 *
 * Begin with SPAWN_NONE; spawn_abort() may be called at any time.
 */
struct spawn {
	pid_t pid;
	int pidfd;
	int out;
};

#define SPAWN_NONE                     \
	{                              \
		.pidfd = -1, .out = -1 \
	}

/**
 * struct spawn_job - What it is to do
 * @conf:	Template path, default profiles, limits
 * @option:	"domain" or "index"
 * @fd:		File or directory, read from its beginning
 * @path:	Its name, for messages
 * @tap:	Whose interface; NULL for all
 */
struct spawn_job {
	const struct conf *conf;
	const char *option;
	int fd;
	const char *path;
	const char *tap;
};

/**
 * spawn_start() - Start tapfilter-resolve
 *
 * It gets the named files and directories as open descriptors, no
 * environment, and nothing else of ours.
 *
 * Return: 0 or negative errno, reported
 */
int spawn_start(const struct spawn_job *job, struct spawn *s) _must_check_;

/**
 * spawn_output() - Everything that it has to say
 * @out:	Empty buffer
 *
 * Waits 10 s at most, then kills it.
 *
 * Return: 0 when it ended with status 0, else negative errno, reported here
 * or by it
 */
int spawn_output(struct spawn *s, struct buf *out) _must_check_;

/**
 * spawn_bindings() - As spawn_output(), decoded
 * @list:	Receives an array of @n bindings, see spawn_free_bindings()
 */
int spawn_bindings(struct spawn *s, struct binding **list,
		   size_t *n) _must_check_;

/** spawn_free_bindings() - Release what spawn_bindings() gave */
void spawn_free_bindings(struct binding *list, size_t n);

/** spawn_abort() - Kill it if it still runs, and forget it */
void spawn_abort(struct spawn *s);
#define _cleanup_spawn_ _cleanup_(spawn_abort)

#endif /* TF_SPAWN_H */
