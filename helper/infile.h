/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_INFILE_H
#define TF_INFILE_H

#include <stdbool.h>

#include "util.h"

/* The files that the resolver opens itself: profiles and domains beneath a
 * directory that it was given. */

/**
 * struct infile_dir - An open directory
 * @fd:		Directory descriptor
 * @path:	Its path, for messages
 * @trusted:	What is read there counts as the administrator's word: a file
 *		must belong to uid 0 and be writable by its owner only
 */
struct infile_dir {
	int fd;
	const char *path;
	bool trusted;
};

/**
 * infile_name_ok() - May a file of the domain directory have this name?
 *
 * NAME.xml without a slash or a leading dot, 255 bytes at most.
 */
bool infile_name_ok(const char *name) _must_check_;

/**
 * infile_open() - Open a file of a directory for reading
 * @dir:	The directory
 * @name:	Name in it, without a slash
 * @path:	Empty buffer that receives the whole path, for messages
 *
 * It must be a regular file of the directory itself, no symbolic link.
 *
 * Return: descriptor, owned by the caller; -ENOENT (not reported) when there
 * is none; another negative errno, reported
 */
int infile_open(const struct infile_dir *dir, const char *name,
		struct buf *path) _must_check_;

#endif /* TF_INFILE_H */
