/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_INDEX_H
#define TF_INDEX_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "infile.h"
#include "rule.h"

#define INDEX_MAX_FILES 4096
#define INDEX_FILE_SIZE 256

/**
 * struct index_entry - Which file of the domain directory claims a tap
 * @tap:	Name of the device, NUL-padded
 * @file:	Name of the file, without a directory, NUL-padded
 * @ino:	Its inode when it was read
 * @size:	Its size then
 * @mtime:	Its time of change then, ns since the epoch
 * @ctime:	The one that cannot be set back
 *
 * What tapfilter-resolve --index writes, one after the other.
 */
struct index_entry {
	char tap[TAP_NAME_SIZE];
	char file[INDEX_FILE_SIZE];
	uint64_t ino;
	uint64_t size;
	uint64_t mtime;
	uint64_t ctime;
};

/** index_ns() - A time of stat(2) in nanoseconds */
static inline uint64_t index_ns(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000000ULL + (uint64_t)t->tv_nsec;
}

/**
 * index_build() - Read which tap is in which file of a domain directory
 * @dir:	The directory
 * @out:	Receives the entries, sorted by tap; owned by the caller
 * @n:		Receives their number
 *
 * Reads every regular file NAME.xml, follows no symbolic link.  A file that is
 * no domain and a tap that two files claim are errors.
 *
 * Return: 0 or negative errno, reported
 */
int index_build(const struct infile_dir *dir, struct index_entry **out,
		size_t *n);

#endif /* TF_INDEX_H */
