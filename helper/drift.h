/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_DRIFT_H
#define TF_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule.h"
#include "util.h"

/*
 * What somebody else did to a chain, told by the entries of profiles that its
 * rules stand for.
 */

/**
 * struct drift - A chain, as it should be and as it is
 * @chain:	How it is called
 * @want:	A digest of each rule that it should have
 * @is:		Of each that it has; equal for equal rules
 * @comments:	Of each that it has, empty for none; NULL where rules have none
 * @add_name:	Append how rule @i of ours is called, by drift_add_name()
 * @is_named:	Does a comment say that rule @i is meant?  Not called without
 *		@comments
 * @data:	For these two
 */
struct drift {
	const char *chain;
	uint64_t *want;
	size_t nwant;
	uint64_t *is;
	size_t nis;
	const char **comments;
	int (*add_name)(const void *data, size_t i, struct buf *out);
	bool (*is_named)(const void *data, size_t i, const char *comment);
	const void *data;
};

/** drift_free() - Release the three arrays */
void drift_free(struct drift *d);
#define _cleanup_drift_ _cleanup_(drift_free)

/**
 * drift_set_comments() - Set them from texts, each with a NUL behind it
 * @texts:	One for each rule that is there; must outlive @d
 */
int drift_set_comments(struct drift *d, const struct buf *texts) _must_check_;

/**
 * drift_find() - Append a line for each rule that went, came or was changed
 *
 * Return: 0 or -ENOMEM, reported
 */
int drift_find(const struct drift *d, struct buf *findings) _must_check_;

#define DRIFT_ENTRY_SIZE 80

/** drift_entry() - The entry that a rule is of: PROFILE:LINE */
void drift_entry(const struct binding *b, const struct rule *r,
		 char out[DRIFT_ENTRY_SIZE]);

/**
 * drift_add_name() - How a rule is called
 * @entry:	PROFILE:LINE, or NULL for one that only finds the way
 * @i:		Its place in the chain, from 0
 * @does:	"drop", or where it leads
 */
int drift_add_name(struct buf *out, const char *entry, size_t i,
		   const char *does) _must_check_;

#endif /* TF_DRIFT_H */
