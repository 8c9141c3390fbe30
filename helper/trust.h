/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TRUST_H
#define TF_TRUST_H

#include <stdbool.h>

#include "util.h"

/*
 * Files and directories that decide what is enforced must be root's alone.
 * A path is walked component by component, each one is judged on its open
 * descriptor, and what is opened next is opened beneath that one: nobody but
 * root can have put anything in between.
 */

/**
 * trust_open() - Open a path that only root can have written
 * @path:	Absolute path
 * @flags:	Of open(2); O_CLOEXEC, O_NONBLOCK, O_NOCTTY are added.  With
 *		O_DIRECTORY a directory is wanted, otherwise a regular file
 * @sticky:	A directory on the way may be writable by others if it is
 *		sticky, as /tmp is: root's own word for a file there is taken
 *
 * Each directory on the way and the file itself must belong to uid 0 and must
 * not be writable by group or others.  A symbolic link is followed when it
 * stands in such a directory.
 *
 * Return: descriptor, -ENOENT (not reported) or another negative errno
 * (reported)
 */
int trust_open(const char *path, int flags, bool sticky) _must_check_;

/**
 * trust_parent() - Open the directory that a path's last component is in
 * @name:	Receives the last component, NAME_MAX + 1 bytes
 *
 * Return: as trust_open()
 */
int trust_parent(const char *path, bool sticky, char *name) _must_check_;

#endif /* TF_TRUST_H */
