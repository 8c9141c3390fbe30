/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_DOMINDEX_H
#define TF_DOMINDEX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "conf.h"
#include "index.h"
#include "spawn.h"

/**
 * struct domindex - The domain directory, and where its index is kept
 * @dir:	The domain directory
 * @state:	The state directory
 * @begun:	Time when domindex_begin() was called, ns since the epoch
 * @was:	The directory then
 */
struct domindex {
	const struct conf *conf;
	int dir;
	int state;
	uint64_t begun;
	struct stat was;
};

/**
 * domindex_find() - Name of the domain file that claims a tap
 * @tap:	Name of the device
 * @just_made:	The index was made anew a moment ago: believe it
 * @file:	Receives the name, INDEX_FILE_SIZE bytes
 *
 * TAP.xml if there is such a file; else what the index says.
 *
 * Return: 0; -ESTALE (not reported) when the index does not have the tap, or
 * the directory or the file has changed since it was made; or another negative
 * errno, reported.  With @just_made, -ESTALE is not returned.
 */
int domindex_find(const struct domindex *q, const char *tap, bool just_made,
		  char *file) _must_check_;

/**
 * domindex_lock() - Keep others from making the index at the same time
 *
 * Return: descriptor that holds the lock, or negative errno, reported
 */
int domindex_lock(const struct domindex *q) _must_check_;

/** domindex_is_fresh() - Has the directory not changed since it was made? */
bool domindex_is_fresh(const struct domindex *q) _must_check_;

/**
 * DOMINDEX_STEP_NS - An index holds for files that are older than this when
 * domindex_begin() is called: HZ is 100 at least
 */
#define DOMINDEX_STEP_NS 20000000L

/**
 * domindex_begin() - Before a resolver reads the directory for a new index
 *
 * What changes from now on makes the index stale.
 *
 * Return: 0 or negative errno, reported
 */
int domindex_begin(struct domindex *q) _must_check_;

/**
 * domindex_write() - Make the index anew
 * @resolver:	At work on --index since domindex_begin()
 *
 * Return: 0 or negative errno, reported
 */
int domindex_write(const struct domindex *q,
		   struct spawn *resolver) _must_check_;

#endif /* TF_DOMINDEX_H */
