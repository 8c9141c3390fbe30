/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ADMIN_USES_H
#define TF_ADMIN_USES_H

#include <stddef.h>

#include "conf.h"
#include "util.h"

/* Who uses which profile */

enum admin_user {
	USER_TAP, /* one that is filtered by it, directly or not */
	USER_PROFILE, /* one that references it */
	USER_DEFAULT, /* default-profiles */
	USER_FILE, /* a file of the domain directory that references it */
};

/**
 * struct admin_use - One use of a profile
 * @profile:	The profile
 * @who:	Name of the tap, profile, setting or file
 * @domain:	Of a tap: name of its domain, else NULL
 */
struct admin_use {
	enum admin_user kind;
	char *profile;
	char *who;
	char *domain;
};

/**
 * struct admin_uses - All of them
 * @faults:	Files that could not be read; what they use is not known
 */
struct admin_uses {
	struct admin_use *items;
	size_t n;
	size_t faults;
};

/**
 * admin_uses_load() - Look at all taps, profiles and domain files; for root
 * @out:	Zeroed; admin_uses_free() releases it, whatever this returns
 *
 * Of profiles with one name, the one that wins counts.  Guests of libvirt that
 * do not run are not asked after.
 *
 * Return: 0 or negative errno, reported.  A file with a fault is reported and
 * counted.
 */
int admin_uses_load(const struct conf *c, struct admin_uses *out) _must_check_;

/** admin_uses_profiles() - As admin_uses_load(), but only uses by profiles and
 * by default-profiles */
int admin_uses_profiles(const struct conf *c,
			struct admin_uses *out) _must_check_;

/** admin_uses_free() - Release the list */
void admin_uses_free(struct admin_uses *u);
#define _cleanup_uses_ _cleanup_(admin_uses_free)

/** admin_use_format() - "tap tap0 (web)" */
int admin_use_format(const struct admin_use *u, struct buf *out) _must_check_;

#endif /* TF_ADMIN_USES_H */
