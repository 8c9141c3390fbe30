/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_STATE_H
#define TF_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule.h"

/**
 * struct record - What the state directory keeps of one tap
 * @ifindex:	Device that the rules were installed for
 * @owner:	Uid that asked for it
 * @since:	When, in seconds since the epoch
 * @boot_id:	/proc/sys/kernel/random/boot_id, 36 bytes and a NUL
 * @active:	The kernel confirmed the rules; false: an up was under way
 * @no_link:	The caller looks after the link
 * @binding:	Enough to put the same rules back without any profile
 */
struct record {
	uint32_t ifindex;
	uint32_t owner;
	int64_t since;
	char boot_id[37];
	bool active;
	bool no_link;
	struct binding binding;
};

struct state; /* an open state directory */

/**
 * state_open() - Open (make if missing, mode 0700) the state directory
 * @path:	Absolute path
 *
 * Refuses a directory that is not ours or that others can write.
 */
int state_open(const char *path, struct state **out) _must_check_;
void state_close(struct state *s);

/** state_fd() - The directory, for what else is kept there */
int state_fd(const struct state *s);

/**
 * state_lock() - Lock one tap against other helpers
 *
 * Waits up to 5 s.  Released by state_unlock() or state_close().
 */
int state_lock(struct state *s, const char *tap) _must_check_;

/**
 * state_lock_file() - Lock a file of the directory, made if missing
 * @dir:	The directory
 * @name:	Name of the file
 * @what:	What it guards, for messages
 *
 * Return: a descriptor that holds the lock, or negative errno after 5 s
 */
int state_lock_file(int dir, const char *name, const char *what) _must_check_;

/**
 * state_unlock() - Release the lock
 * @forget:	Remove the lock's file: there is no record it would guard
 *
 * Works on the open file, so also when a child has inherited it.
 */
void state_unlock(struct state *s, bool forget);

/**
 * state_load() - Read a tap's record
 *
 * Return: 0, -ENOENT (not reported), -EBADMSG (damaged; reported) or other
 */
int state_load(struct state *s, const char *tap,
	       struct record *out) _must_check_;

/** state_save() - Replace a tap's record: temporary file, fsync, rename */
int state_save(struct state *s, const struct record *r) _must_check_;

/** state_remove() - Remove a tap's record; none is fine */
int state_remove(struct state *s, const char *tap) _must_check_;

/**
 * state_list() - Names of all taps that have a record, sorted
 * @names:	Receives an array that the caller frees
 */
int state_list(struct state *s, char (**names)[TAP_NAME_SIZE],
	       size_t *n) _must_check_;

/**
 * state_write() - Replace any file of the directory: temporary file, fsync,
 * rename
 * @tmp:	Name of the temporary file; the caller holds a lock for it
 */
int state_write(int dir, const char *tmp, const char *name, const void *data,
		size_t len) _must_check_;

/** record_free() - Release what a record owns */
void record_free(struct record *r);
#define _cleanup_record_ _cleanup_(record_free)

/**
 * record_encode() - Append a record as bytes: a header with a digest, then
 * the binding
 */
int record_encode(const struct record *r, struct buf *out) _must_check_;

/**
 * record_decode() - Read and validate what record_encode() wrote
 * @data:	Content of a file; nothing is trusted
 * @r:		Zeroed; on success owned by the caller
 *
 * Return: 0, or -EBADMSG (not reported) or another negative errno (reported)
 */
int record_decode(const void *data, size_t len, struct record *r) _must_check_;

#endif /* TF_STATE_H */
