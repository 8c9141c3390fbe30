/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_RESTORE_H
#define TF_RESTORE_H

#include "helper.h"

/* Rules that have gone come back, as the records have them.  For root. */

/**
 * struct restore_which - Which taps they are
 * @named:	Each must have a record
 * @clear:	Records of devices that have gone are removed
 */
struct restore_which {
	bool named;
	bool clear;
};

/**
 * restore_taps() - Make the kernel's rules of taps those of their records
 * @taps:	Names; each is locked meanwhile
 * @n:		Their number
 *
 * Those that nothing filters are closed to all frames first.  Then all whose
 * rules have gone or differ get theirs in one step; if that fails, one after
 * the other, and a tap whose rules cannot be put back is set down and released
 * from its bridge.
 *
 * Return: 0; negative errno, reported, when something is not as recorded
 */
int restore_taps(struct session *s, char (*taps)[TAP_NAME_SIZE], size_t n,
		 const struct restore_which *which) _must_check_;

#endif /* TF_RESTORE_H */
