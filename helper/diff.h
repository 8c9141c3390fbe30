/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_DIFF_H
#define TF_DIFF_H

#include <stddef.h>
#include <stdint.h>

#include "util.h"

/**
 * struct diff_hunk - @na items of the old list are @nb others in the new one
 * @a:	Where in the old list, from 0
 * @b:	Where in the new list
 */
struct diff_hunk {
	size_t a;
	size_t na;
	size_t b;
	size_t nb;
};

/**
 * diff_lists() - What differs between two lists of items, given by digests
 * @out:	Receives an array of @n hunks, in order, that the caller frees;
 *		NULL if nothing differs
 *
 * The fewest items that can be said to have gone and come, except that long
 * lists with much between their first and last difference are one hunk.
 *
 * Return: 0 or -ENOMEM, reported
 */
int diff_lists(const uint64_t *a, size_t na, const uint64_t *b, size_t nb,
	       struct diff_hunk **out, size_t *n) _must_check_;

#endif /* TF_DIFF_H */
