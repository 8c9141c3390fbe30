/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ADMIN_COMMANDS_H
#define TF_ADMIN_COMMANDS_H

#include <stdio.h>

/* The table of the administrator's commands, for its main(). */

/**
 * struct command - One command
 * @args:	Its arguments, for the usage line
 * @what:	What it does, one line
 * @more:	The rest of its help: lines, the last one without a newline
 */
struct command {
	const char *name;
	const char *args;
	const char *what;
	const char *more;
	int (*run)(int argc, char **argv);
};

/** admin_find_command() - A command by its name; NULL if there is none */
const struct command *admin_find_command(const char *name);

/** admin_print_usage() - The usage, and a line for each command */
void admin_print_usage(FILE *to);

/** admin_print_help() - The usage, and examples */
void admin_print_help(void);

/**
 * admin_help_on() - Print all that there is to say of one command
 *
 * Return: EXIT_SUCCESS
 */
int admin_help_on(const struct command *c);

#endif /* TF_ADMIN_COMMANDS_H */
