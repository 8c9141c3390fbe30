/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_POOL_H
#define TF_POOL_H

#include "expand.h"
#include "profile.h"

#define POOL_MAX_FILES 256
#define POOL_MAX_EDGES 64 /* references that are followed */
#define POOL_MAX_DEPTH 8 /* levels of references, the interface's included */

/**
 * struct pool - The profiles that have been read; each file is parsed once
 * @dirs:	Template path, first wins
 * @first:	List of the profiles
 * @nedges:	References that have been linked
 */
struct pool {
	const struct infile_dir *dirs;
	size_t ndirs;
	size_t nprofiles;
	struct profile *first;
	size_t nedges;
};

void pool_free(struct pool *p);
#define _cleanup_pool_ _cleanup_(pool_free)

/**
 * pool_parse() - Parse a profile in whatever dialect it is written
 * @name:	Name it must have
 * @file:	Path for messages
 * @data:	Content of the file
 * @len:	Its size in bytes
 * @out:	Receives the profile, owned by the caller
 *
 * Return: 0 or negative errno, reported
 */
int pool_parse(const char *name, const char *file, const char *data, size_t len,
	       struct profile **out) _must_check_;

/**
 * pool_read() - As pool_parse(), from a descriptor, and keep it in the pool
 * @out:	Receives the profile, owned by the pool
 */
int pool_read(struct pool *p, const char *name, const char *file, int fd,
	      struct profile **out) _must_check_;

/**
 * pool_link() - Find a referenced profile and all that it references
 * @by:		The reference, of an interface or of the configuration
 * @out:	Receives the profile, owned by the pool
 *
 * Refuses cycles, too many levels, and parameters that nothing uses.
 *
 * Return: 0 or negative errno, reported
 */
int pool_link(struct pool *p, const struct reference *by,
	      struct profile **out) _must_check_;

/**
 * pool_link_all() - Link what a profile of the pool references
 */
int pool_link_all(struct pool *p, struct profile *profile) _must_check_;

#endif /* TF_POOL_H */
