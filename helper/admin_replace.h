/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ADMIN_REPLACE_H
#define TF_ADMIN_REPLACE_H

#include <stddef.h>
#include <stdint.h>

#include "conf.h"
#include "rule.h"
#include "spawn.h"
#include "util.h"

/* New rules for all taps that a profile filters, in one step */

struct admin_replace_tap;

/**
 * struct admin_replace - Taps and their new rules
 * @profile:	The profile
 * @items:	Input of "tapfilter-helper replace" for @n taps
 * @taps:	Those that have been looked at: the record that each should have
 * @replaced:	How many taps have got new rules
 *
 * Begin with @conf and @profile, the rest zero.
 */
struct admin_replace {
	const struct conf *conf;
	const char *profile;
	struct buf items;
	size_t n;
	struct admin_replace_tap *taps;
	size_t ntaps;
	size_t replaced;
};

/**
 * admin_replace_collect() - Resolve the taps whose record names the profile
 * @staged:	See admin_bindings_open()
 *
 * Those that have the rules that an earlier call gave them are passed over.
 * A line on a terminal tells how far it is.
 *
 * Return: 0 or negative errno, reported: a tap cannot have such rules
 */
int admin_replace_collect(struct admin_replace *r,
			  const struct spawn_staged *staged) _must_check_;

/**
 * admin_replace_run() - Let the helper replace the rules of all these taps
 *
 * Return: 0; -EAGAIN when a tap has changed since, or another negative errno;
 * reported, and no tap has new rules then
 */
int admin_replace_run(struct admin_replace *r) _must_check_;

/** admin_replace_forget() - What taps should have is not known any more */
void admin_replace_forget(struct admin_replace *r);

/** admin_replace_free() - Release */
void admin_replace_free(struct admin_replace *r);
#define _cleanup_replace_ _cleanup_(admin_replace_free)

#endif /* TF_ADMIN_REPLACE_H */
