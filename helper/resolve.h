/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_RESOLVE_H
#define TF_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "domain_choose.h"
#include "infile.h"

#define RESOLVE_MAX_DIRS 64

/**
 * struct source - A descriptor, and the path that it was opened by
 * @path:	NULL: not given
 */
struct source {
	int fd;
	const char *path;
};

/**
 * struct resolve_options - The command line
 * @identity:		Only whose domain it is
 * @references:		Only which profiles are referenced
 * @name:		What the profile of @check must be called; NULL: as its
 *			file
 * @domain:		The domain, open
 * @domain_dir:		Directory of @domain_file
 * @dirs:		Template path
 * @choice:		Which interface of the domain
 * @max_rules:		Most rules of one tap
 *
 * But for --help and --version one job is given: @domain, @domain_dir,
 * @index or @check.
 */
struct resolve_options {
	bool help;
	bool version;
	bool text;
	bool lenient;
	bool honour_filterref;
	bool trusted_files;
	bool identity;
	bool references;
	const char *name;
	const char *default_profiles;
	const char *domain_file;
	struct source domain;
	struct source domain_dir;
	struct source index;
	struct source check;
	struct infile_dir dirs[RESOLVE_MAX_DIRS];
	size_t ndirs;
	struct domain_choice choice;
	unsigned int max_rules;
};

/**
 * resolve_parse() - Read the command line
 * @out:	Zeroed
 *
 * Return: 0 or -EINVAL, reported
 */
int resolve_parse(int argc, char **argv,
		  struct resolve_options *out) _must_check_;

/**
 * resolve_sandbox() - Give up what the job does not need
 *
 * Return: 0 or negative errno, reported; then nothing may be read
 */
int resolve_sandbox(const struct resolve_options *o) _must_check_;

#endif /* TF_RESOLVE_H */
