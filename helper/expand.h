/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EXPAND_H
#define TF_EXPAND_H

#include <stddef.h>

#include "domain.h"
#include "infile.h"
#include "rule.h"

/**
 * struct expand_env - What references are resolved with
 * @dirs:	Template path, first wins
 * @default_profiles:	Blank-separated names, "" for none
 * @max_rules:	Most rules of one tap
 */
struct expand_env {
	const struct infile_dir *dirs;
	size_t ndirs;
	const char *default_profiles;
	unsigned int max_rules;
};

/**
 * expand_interface() - Resolve all references of an interface to rules
 * @env:	See there
 * @d:		The domain
 * @nic:	Index of the interface
 * @out:	Zeroed; on success owned by the caller.  Without any profile:
 *		nprofiles and nrules are 0
 *
 * Return: 0 or negative errno, reported
 */
int expand_interface(const struct expand_env *env, const struct domain *d,
		     size_t nic, struct binding *out);

/**
 * expand_check() - Check one profile file without parameters
 * @env:	Template path, to follow references
 * @name:	Name of the profile
 * @path:	File, for messages
 * @fd:		Open file
 * @out:	Zeroed; receives what an interface would have that references
 *		it, with some values for its parameters; owned by the caller
 *
 * Reports every fault, and each ACCEPT entry that filters nothing.
 *
 * Return: 0, 1 when something was reported that is no error, negative errno
 */
int expand_check(const struct expand_env *env, const char *name,
		 const char *path, int fd, struct binding *out);

/**
 * expand_references() - As expand_check(), and which profiles it references
 * @out:	Their names are appended, one a line
 *
 * Only faults are reported.
 *
 * Return: 0 or negative errno
 */
int expand_references(const struct expand_env *env, const char *name,
		      const char *path, int fd, struct buf *out);

#endif /* TF_EXPAND_H */
