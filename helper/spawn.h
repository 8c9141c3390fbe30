/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_SPAWN_H
#define TF_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf.h"
#include "priv.h"
#include "rule.h"

/**
 * struct spawn - A tapfilter-resolve that is running
 * @pid:	Its process, 0 for none
 * @pidfd:	To wait for it with a limit
 * @out:	Its standard output
 * @err:	Its standard error, -1 if that is ours
 * @end:	When its time is up, by util_now_ms()
 *
 * Begin with SPAWN_NONE; spawn_abort() may be called at any time.
 */
struct spawn {
	pid_t pid;
	int pidfd;
	int out;
	int err;
	int64_t end;
};

#define SPAWN_NONE                                \
	{                                         \
		.pidfd = -1, .out = -1, .err = -1 \
	}

/**
 * struct spawn_dirs - The directories that tapfilter.conf names, opened
 * @dir:	Of @conf's template path, -1 for one that is not there
 * @n:		Number of them
 * @domains:	The domain directory, -1 unless it is needed
 */
struct spawn_dirs {
	int *dir;
	size_t n;
	int domains;
};

/**
 * struct spawn_staged - Profiles that are not in the template path yet
 * @fd:		Their directory, open
 * @path:	Its name, for messages
 */
struct spawn_staged {
	int fd;
	const char *path;
};

/**
 * struct spawn_job - What it is to do
 * @conf:	Template path, default profiles, limits
 * @dirs:	Its directories, opened by spawn_open_dirs()
 * @staged:	Goes before them; NULL for none
 * @option:	"domain", "domain-dir" or "index"
 * @fd:		File or directory, read from its beginning
 * @path:	Its name, for messages
 * @file:	With "domain-dir": the file's name
 * @tap:	Whose interface; NULL for all
 * @more:	Further options that choose an interface; NULL at the end
 * @user:	User that it runs as; NULL to stay what we are
 * @by_user:	The caller is not root: what it says is not for his eyes, and
 *		where our own program stands is his choice, by a hard link
 */
struct spawn_job {
	const struct conf *conf;
	const struct spawn_dirs *dirs;
	const struct spawn_staged *staged;
	const char *option;
	int fd;
	const char *path;
	const char *file;
	const char *tap;
	const char *const *more;
	const struct priv_user *user;
	bool by_user;
};

/**
 * spawn_open_dirs() - Open the directories of the template path
 * @open_dir:	How: returns a descriptor, -ENOENT (not reported) or another
 *		negative errno (reported)
 *
 * One that does not exist is left out; the others are used.
 *
 * Return: 0 or negative errno, reported
 */
int spawn_open_dirs(const struct conf *c, int (*open_dir)(const char *path),
		    struct spawn_dirs *out) _must_check_;

/** spawn_open_dir() - An @open_dir that trusts whatever the path leads to */
int spawn_open_dir(const char *path) _must_check_;

/** spawn_close_dirs() - Release what spawn_open_dirs() opened */
void spawn_close_dirs(struct spawn_dirs *d);

/**
 * spawn_start() - Start tapfilter-resolve
 *
 * It gets the named files and directories as open descriptors, no
 * environment, no privilege, and nothing else of ours.  It ends by itself
 * when its time is up: after the helper's drop nobody could kill it.
 *
 * Return: 0 or negative errno, reported
 */
int spawn_start(const struct spawn_job *job, struct spawn *s) _must_check_;

/**
 * spawn_output() - Everything that it has to say
 * @out:	Empty buffer
 *
 * It has 10 s in all.
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

/** spawn_reset_signals() - In a child before exec: what a program expects */
void spawn_reset_signals(void);

/** spawn_abort() - Kill it if it still runs and we may, and forget it */
void spawn_abort(struct spawn *s);
#define _cleanup_spawn_ _cleanup_(spawn_abort)

#endif /* TF_SPAWN_H */
