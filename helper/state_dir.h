/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_STATE_DIR_H
#define TF_STATE_DIR_H

#include "state.h"

/* Between the files state*.c only */

/** state_dir() - The directory of this network namespace's taps */
int state_dir(const struct state *s);

#define FILE_NAME_SIZE (TAP_NAME_SIZE + 8)

/** state_file_name() - Name of a file that goes with a tap's record */
void state_file_name(char *out, const char *prefix, const char *tap);

/**
 * state_read_names() - Names of taps among those of a directory, sorted
 * @fd:		Open directory; taken over
 * @names:	Receives an array that the caller frees
 *
 * Return: 0 or negative errno, reported
 */
int state_read_names(int fd, char (**names)[TAP_NAME_SIZE],
		     size_t *n) _must_check_;

/**
 * state_lock_dir() - Lock a directory
 * @alone:	With nobody else, else with all that are not alone
 *
 * Return: 0, or negative errno, reported, after 15 s
 */
int state_lock_dir(int dir, bool alone) _must_check_;

#endif /* TF_STATE_DIR_H */
