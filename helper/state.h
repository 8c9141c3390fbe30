/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_STATE_H
#define TF_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rule.h"

#define STATE_BOOT_ID_SIZE sizeof("00112233-4455-6677-8899-aabbccddeeff")

/**
 * struct record - What the state directory keeps of one tap
 * @ifindex:	Device that the rules were installed for
 * @owner:	Uid that asked for it
 * @since:	When, in seconds since the epoch
 * @boot_id:	/proc/sys/kernel/random/boot_id, 36 bytes and a NUL
 * @active:	The kernel confirmed the rules; false: an up was under way
 * @no_link:	The caller looks after the link
 * @given:	The domain was handed over, by libvirt for one: the domain
 *		directory need not have it
 * @unfiltered:	@binding has no profile; only in a record that was read
 * @binding:	Enough to put the same rules back without any profile
 */
struct record {
	uint32_t ifindex;
	uint32_t owner;
	int64_t since;
	char boot_id[STATE_BOOT_ID_SIZE];
	bool active;
	bool no_link;
	bool given;
	bool unfiltered;
	struct binding binding;
};

struct state; /* an open state directory */

/**
 * struct state_place - Where it is and whose it is
 * @path:	Absolute path
 * @gid:	Group of the helper's own user
 * @sticky:	See trust_open()
 */
struct state_place {
	const char *path;
	gid_t gid;
	bool sticky;
};

/**
 * state_open() - Open (make if missing) the state directory
 *
 * root:@gid, mode 0770: also a helper that could not change its uid writes
 * there.  Another mode or owner is refused.  Each network namespace has a
 * directory beneath, since names and numbers of taps are its own.
 */
int state_open(const struct state_place *p, struct state **out) _must_check_;
void state_close(struct state *s);

/** state_branch() - The same directory, for another lock beside that of @s */
int state_branch(const struct state *s, struct state **out) _must_check_;

/**
 * state_reading() - Tell that files are about to be read for a tap
 *
 * Until state_close(): by then what they say is recorded, or of no use.
 */
int state_reading(struct state *s) _must_check_;

/**
 * state_await_readers() - Wait until nobody is at what he read before this call
 *
 * Whoever changed a file finds the taps that came up with the old one
 * recorded then.
 *
 * Return: 0 or negative errno, reported: -ETIMEDOUT after 15 s
 */
int state_await_readers(struct state *s) _must_check_;

/** state_top() - The directory itself, for what is kept for all namespaces */
int state_top(const struct state *s);

/**
 * state_lock() - Lock one tap against other helpers
 *
 * Waits up to 5 s.  Released by state_unlock() or state_close().
 */
int state_lock(struct state *s, const char *tap) _must_check_;

/** state_has_lock() - Is a tap locked by this handle? */
bool state_has_lock(const struct state *s);

/**
 * state_hold() - Lock a tap beside others
 * @wait:	For up to 5 s, if somebody else has it
 *
 * Whoever waits while he holds others takes them in the order of their names.
 *
 * Return: a descriptor for state_release(); -EAGAIN (not reported) without a
 * wait when it cannot be had, or another negative errno (reported)
 */
int state_hold(struct state *s, const char *tap, bool wait) _must_check_;

/**
 * state_release() - The reverse of state_hold()
 * @forget:	See state_unlock()
 */
void state_release(struct state *s, const char *tap, int lock, bool forget);

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

/**
 * state_peek() - Read what stands before a record's rules
 * @out:	Owns nothing; of the binding it has the tap's name alone
 *
 * Without the check that the whole is undamaged.
 *
 * Return: 0, -ENOENT or -EBADMSG (not reported), or another negative errno
 */
int state_peek(struct state *s, const char *tap,
	       struct record *out) _must_check_;

/**
 * state_has_device() - Is a device recorded under this name, as brought up?
 * @ifindex:	Its number in the boot @boot_id
 */
bool state_has_device(struct state *s, const char *tap, uint32_t ifindex,
		      const char *boot_id);

/**
 * state_prepare() - Write a tap's record, without putting it into its place
 *
 * All that can fail for want of room.
 */
int state_prepare(struct state *s, const struct record *r) _must_check_;

/** state_commit() - Put what state_prepare() wrote into its place */
int state_commit(struct state *s, const char *tap) _must_check_;

/** state_abandon() - Remove what state_prepare() wrote; none is fine */
void state_abandon(struct state *s, const char *tap);

/** state_save() - Replace a tap's record: state_prepare(), state_commit() */
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
 * state_some() - Names of a few taps that have a record, others each time
 * @names:	Room for @max of them
 *
 * The cost does not depend on how many there are.
 *
 * Return: how many were found; none when something fails
 */
size_t state_some(struct state *s, char (*names)[TAP_NAME_SIZE], size_t max);

/**
 * state_write() - Replace any file of the directory: temporary file, fsync,
 * rename
 * @tmp:	Name of the temporary file; the caller holds a lock for it
 */
int state_write(int dir, const char *tmp, const char *name, const void *data,
		size_t len) _must_check_;

#define STATE_GROUP_SIZE sizeof(".uuid.00112233-4455-6677-8899-aabbccddeeff")

/** state_domain_group() - Name of the group of a domain's taps */
void state_domain_group(const uint8_t *uuid, char *out);

/**
 * state_join() - Note that a tap is one of a group
 * @group:	Its name: ".uuid.UUID" for the taps of a domain
 *
 * A note, nothing more: whether it still holds, the tap's record says.
 */
int state_join(struct state *s, const char *group,
	       const char *tap) _must_check_;

/**
 * state_members() - Names of the taps of a group
 * @names:	Receives an array that the caller frees
 */
int state_members(struct state *s, const char *group,
		  char (**names)[TAP_NAME_SIZE], size_t *n) _must_check_;

/** state_leave() - The reverse of state_join(); none is fine */
int state_leave(struct state *s, const char *group,
		const char *tap) _must_check_;

/** state_disband() - Remove a group, if it has no taps */
void state_disband(struct state *s, const char *group);

/**
 * state_claim() - Count a tap as one that a user has up
 * @uid:	The user
 * @tap:	Its record is saved already, under the tap's lock
 * @max:	Most taps that may be up, 0 for no limit
 * @dead:	Tells whether the device of another tap has gone; asked only when
 *		the limit is reached, about each of that user's taps
 *
 * Return: 0, -EDQUOT (not reported), or another negative errno (reported)
 */
int state_claim(struct state *s, uid_t uid, const char *tap, unsigned int max,
		bool (*dead)(const struct record *r, void *data),
		void *data) _must_check_;

/** state_unclaim() - The reverse; none is fine */
int state_unclaim(struct state *s, uid_t uid, const char *tap) _must_check_;

/**
 * state_boot_id() - What the kernel calls the time since it was started
 * @out:	STATE_BOOT_ID_SIZE bytes; empty if it cannot be read
 *
 * Tells a record that was made before the machine was switched off.
 */
void state_boot_id(char *out);

/* Names of what is remembered */
#define FACT_EGRESS ".egress"

/**
 * state_recall() - What was found out since the machine was started
 * @fact:	One of the names above
 * @boot_id:	As state_boot_id() has it
 *
 * Return: 1 if that is so, 0 if not, negative (not reported) if nobody knows
 */
int state_recall(struct state *s, const char *fact, const char *boot_id);

/**
 * state_remember() - Write down what was found out
 *
 * Whoever cannot finds out again the next time.
 */
void state_remember(struct state *s, const char *fact, const char *boot_id,
		    bool is_so);

/** record_free() - Release what a record owns */
void record_free(struct record *r);
#define _cleanup_record_ _cleanup_(record_free)

/**
 * record_encode() - Append a record as bytes: a header with a digest, then
 * the binding
 */
int record_encode(const struct record *r, struct buf *out) _must_check_;

/** RECORD_HEAD_SIZE - Bytes of a record that record_peek() needs */
#define RECORD_HEAD_SIZE 68

/** record_peek() - See state_peek(); 0 or -EBADMSG (not reported) */
int record_peek(const void *data, size_t len, struct record *r) _must_check_;

/**
 * record_decode() - Read and validate what record_encode() wrote
 * @data:	Content of a file; nothing is trusted
 * @r:		Zeroed; on success owned by the caller
 *
 * Return: 0, or -EBADMSG (not reported) or another negative errno (reported)
 */
int record_decode(const void *data, size_t len, struct record *r) _must_check_;

#endif /* TF_STATE_H */
