/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_DOMINDEX_H
#define TF_DOMINDEX_H

#include "conf.h"
#include "state.h"
#include "util.h"

/**
 * domindex_open() - Open the domain file that claims a tap
 * @c:		Configuration
 * @s:		State directory, where the index is kept
 * @tap:	Name of the device
 * @name:	Receives the file's path, owned by the caller
 *
 * TAP.xml if there is such a file; else what the index says, which is made
 * anew when the directory or the file has changed.
 *
 * Return: descriptor of a regular file, or negative errno, reported
 */
int domindex_open(const struct conf *c, struct state *s, const char *tap,
		  char **name) _must_check_;

#endif /* TF_DOMINDEX_H */
