/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ADMIN_H
#define TF_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "spawn.h"

/* What the commands of the administrator's tool share. */

enum { EXIT_USAGE = 2, EXIT_DENIED = 3 };

/**
 * admin_load_conf() - Read the configuration: --config FILE, or CONF_FILE
 * @c:		Zeroed struct; on success owns what it points to
 *
 * Return: 0 or negative errno, reported
 */
int admin_load_conf(struct conf *c);

/** admin_conf_file() - The file that admin_load_conf() reads */
const char *admin_conf_file(void);

/**
 * admin_program() - Path of another program of this package
 * @name:	For instance "tapfilter-helper"
 *
 * It stands beside this program (a build directory) or in LIBEXECDIR.
 *
 * Return: the path, owned by the caller, or NULL (reported)
 */
char *admin_program(const char *name);

/**
 * admin_resolve() - Start tapfilter-resolve on files that the caller may read
 * @job:	What it is to do; its directories and user are filled in
 *
 * Root's does not run as root.
 *
 * Return: 0 or negative errno, reported
 */
int admin_resolve(const struct spawn_job *job, struct spawn *s) _must_check_;

/**
 * admin_check() - Look for faults in a file, and for places of its rules
 * @job:	As for admin_resolve(); its option is "check" or "domain"
 *
 * What the file is good for is thrown away.
 *
 * Return: 0 or negative errno, reported; -EPROTONOSUPPORT if only the other
 * backend has places
 */
int admin_check(const struct spawn_job *job) _must_check_;

/**
 * admin_run() - Run a program, without our environment, and wait for it
 * @path:	The program
 * @args:	Its argument list, the last one NULL
 * @in:		Becomes its standard input, -1: it has ours
 * @out:	Likewise for its output
 *
 * Return: its exit status, or negative errno, reported
 */
int admin_run(const char *path, char *const *args, int in,
	      int out) _must_check_;

/**
 * admin_dump_domain() - Ask libvirt for the live XML of a guest
 * @guest:	Name or UUID
 *
 * Return: descriptor of a file with it, or negative errno, reported
 */
int admin_dump_domain(const char *guest) _must_check_;

#define ADMIN_FILE_MAX (1024 * 1024) /* as the resolver's limit */

/**
 * admin_open_file() - Open a regular file that is to be parsed
 * @dir:	Directory, or AT_FDCWD
 * @path:	For messages
 *
 * Never waits for the writer of a FIFO.
 *
 * Return: descriptor, -ENOENT (not reported) or another negative errno
 * (reported)
 */
int admin_open_file(int dir, const char *name, const char *path) _must_check_;

/** admin_remove_dir() - Remove a directory and the files in it; none is fine */
void admin_remove_dir(int at, const char *name);

struct dirent;

/** admin_is_domain_file() - For scandir(): NAME.xml of the domain directory */
int admin_is_domain_file(const struct dirent *entry);

/** admin_skip_prolog() - Past what may stand before the root element of XML */
const char *admin_skip_prolog(const char *text);

/**
 * admin_find_name() - Where does a profile's text have its name?
 * @file:	For messages
 * @at:		Receives the offset of the name, in the start tag of the root
 * @name:	Receives the name, owned by the caller
 *
 * A name that could be a profile's; whether all of the text is one, the
 * resolver tells.
 *
 * Return: 0 or negative errno, reported
 */
int admin_find_name(const char *file, const struct buf *text, size_t *at,
		    char **name) _must_check_;

struct index_entry;

/**
 * admin_index_load() - Which file of the domain directory claims which tap?
 * @dir:	The domain directory, open
 * @out:	Receives an array that the caller frees
 *
 * Return: 0 or negative errno, reported
 */
int admin_index_load(const struct conf *c, int dir, struct index_entry **out,
		     size_t *n) _must_check_;

/** admin_index_find() - The entry of a tap, or NULL */
const struct index_entry *admin_index_find(const struct index_entry *list,
					   size_t n, const char *tap);

/**
 * admin_usage() - Report wrong arguments of a command
 * @command:	Its name
 * @fmt:	printf format: what is wrong
 *
 * Return: EXIT_USAGE
 */
int admin_usage(const char *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * struct admin_profile - One profile of the template path
 * @name:	Name of the profile
 * @dir:	Index of its directory in the template path
 * @hidden:	A directory before has one of that name
 */
struct admin_profile {
	char *name;
	size_t dir;
	bool hidden;
};

/**
 * struct admin_profiles - All of them, by name, then directory
 * @misnamed:	Files whose names cannot be those of profiles; reported
 */
struct admin_profiles {
	size_t misnamed;
	size_t n;
	struct admin_profile *items;
};

/**
 * admin_profiles_load() - Find the profiles of the template path
 * @c:		Configuration
 * @out:	Zeroed; on success owned by the caller
 *
 * Return: 0 or negative errno, reported
 */
int admin_profiles_load(const struct conf *c, struct admin_profiles *out);

/** admin_profiles_free() - Release the list */
void admin_profiles_free(struct admin_profiles *list);

/**
 * admin_exec_helper() - Become tapfilter-helper
 * @argv:	Its command and arguments
 *
 * Return: EXIT_FAILURE, reported, or not at all
 */
int admin_exec_helper(int argc, char **argv);

/* Commands: main's argv from the command's name on; they return the exit
 * status. */
int cmd_list(int argc, char **argv);
int cmd_dumpxml(int argc, char **argv);
int cmd_create(int argc, char **argv);
int cmd_create_from(int argc, char **argv);
int cmd_update(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_edit(int argc, char **argv);
int cmd_compile(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_acl(int argc, char **argv);
int cmd_reload_taps(int argc, char **argv);
int cmd_selftest(int argc, char **argv);
int cmd_observe(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_verify(int argc, char **argv);

#endif /* TF_ADMIN_H */
