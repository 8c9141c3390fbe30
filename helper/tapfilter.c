// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter: the administrator's tool */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin.h"
#include "admin_commands.h"
#include "log.h"
#include "util.h"

/* --config FILE, or NULL */
static char *conf_option;

const char *admin_conf_file(void)
{
	return conf_option ? conf_option : CONF_FILE;
}

int admin_load_conf(struct conf *c)
{
	return conf_load(admin_conf_file(), c);
}

char *admin_program(const char *name)
{
	char self[PATH_MAX], *path, *slash;
	struct stat st;
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0) {
		log_errno(errno, "reading the link /proc/self/exe");
		return NULL;
	}
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	if (asprintf(&path, "%s/%s", self, name) < 0)
		goto no_memory;
	if (stat(path, &st) == 0)
		return path;
	free(path);
	if (asprintf(&path, "%s/%s", LIBEXECDIR, name) < 0)
		goto no_memory;
	return path;
no_memory:
	log_errno(ENOMEM, "path of \"%s\"", name);
	return NULL;
}

/* up, down, reload, gc: the helper's own commands of the same names */
int admin_exec_helper(int argc, char **argv)
{
	_cleanup_free_ char *path = admin_program("tapfilter-helper");
	_cleanup_free_ char **args = NULL;
	char option[] = "--config";
	size_t n = 0;
	int i;

	args = util_alloc((size_t)argc + 4, sizeof(*args));
	if (!args || !path)
		return EXIT_FAILURE;
	args[n++] = path;
	if (conf_option) {
		args[n++] = option;
		args[n++] = conf_option;
	}
	for (i = 0; i < argc; i++)
		args[n++] = argv[i];
	execv(path, args);
	log_errno(errno, "running \"%s\"", path);
	return EXIT_FAILURE;
}

/* What was printed must have arrived, also when stdout is a full disk. */
static int finish(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_errno(errno, "writing the output");
		return EXIT_FAILURE;
	}
	return status;
}

static int run_command(int argc, char **argv)
{
	const struct command *c = admin_find_command(argv[0]);

	if (!c) {
		log_err("there is no command \"%s\"", argv[0]);
		admin_print_usage(stderr);
		return EXIT_USAGE;
	}
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return admin_help_on(c);
	return c->run(argc, argv);
}

int main(int argc, char **argv)
{
	int at = 1;

	log_program("tapfilter");
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		printf("tapfilter %s\n", VERSION);
		return finish(EXIT_SUCCESS);
	}
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		admin_print_help();
		return finish(EXIT_SUCCESS);
	}
	if (argc > 2 && strcmp(argv[1], "--config") == 0) {
		conf_option = argv[2];
		at = 3;
	} else if (argc > 1 && strncmp(argv[1], "--config=", 9) == 0) {
		conf_option = argv[1] + 9;
		at = 2;
	}
	if (at >= argc) {
		admin_print_usage(stderr);
		return EXIT_USAGE;
	}
	return finish(run_command(argc - at, argv + at));
}
