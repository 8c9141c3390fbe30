/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ADMIN_POOL_H
#define TF_ADMIN_POOL_H

#include <stdbool.h>

#include "conf.h"
#include "spawn.h"
#include "util.h"

/*
 * The profiles as files that the administrator's tool writes.  Shipped ones
 * never are: what is written goes to the administrator's directory, the first
 * of the template path that is not the one of the package.
 */

/**
 * struct admin_pool - The template path, locked against other commands
 * @conf:	The configuration
 * @own:	Which directory of its template path is the administrator's
 * @path:	That directory's path
 * @dir:	The directory, open
 * @lock:	Held until admin_pool_close()
 */
struct admin_pool {
	struct conf conf;
	size_t own;
	const char *path;
	int dir;
	int lock;
};

/**
 * admin_pool_open() - For a command that changes a profile
 * @verb:	Its name
 * @name:	The profile; this and the above are told to whoever else tries
 * @p:		admin_pool_close() releases it, whatever this returns
 *
 * What a command that was killed left is cleared away.
 *
 * Return: 0 or negative errno, reported
 */
int admin_pool_open(const char *verb, const char *name,
		    struct admin_pool *p) _must_check_;
void admin_pool_close(struct admin_pool *p);
#define _cleanup_admin_pool_ _cleanup_(admin_pool_close)

/**
 * admin_pool_lock() - Keep other administrators from changing profiles
 * @dir:	The administrator's directory
 * @path:	Its path
 * @what:	What is being done, for the others: "update clean-traffic"
 *
 * Does not wait: who has it may be editing.
 *
 * Return: descriptor that holds the lock, or negative errno, reported
 */
int admin_pool_lock(int dir, const char *path, const char *what) _must_check_;

/** admin_pool_unlock() - The reverse; -1 is fine */
void admin_pool_unlock(int dir, int *lock);

/** admin_pool_is_shipped() - Is it the package's directory of profiles? */
bool admin_pool_is_shipped(const char *path);

/**
 * struct admin_found - Where a profile is
 * @at:		Which directory of the template path
 * @dir:	Its path; the configuration's
 */
struct admin_found {
	size_t at;
	const char *dir;
};

/**
 * admin_pool_find() - Which directory has a profile?
 * @from:	First directory of the template path to look in
 *
 * Return: 0, -ENOENT (not reported) or another negative errno (reported)
 */
int admin_pool_find(const struct conf *c, size_t from, const char *name,
		    struct admin_found *out) _must_check_;

/**
 * admin_pool_read() - The text of a profile's file
 * @at:		What admin_pool_find() said
 * @text:	Empty buffer
 *
 * Return: 0 or negative errno, reported
 */
int admin_pool_read(const struct admin_found *at, const char *name,
		    struct buf *text) _must_check_;

/**
 * struct admin_stage - A new text on its way to be a profile's file
 * @pool:	Where it is to go
 * @file:	Name of the file, "NAME.xml"
 * @dirs:	A directory with this one profile: it can stand before the
 *		template path
 * @had_old:	After admin_stage_commit(): there was a file before
 */
struct admin_stage {
	const struct admin_pool *pool;
	char file[64];
	struct spawn_staged dirs;
	bool had_old;
};

/**
 * admin_stage_open() - Write a text beside the profiles
 * @name:	Profile that it is to be
 * @s:		admin_stage_close() releases it, whatever this returns
 *
 * It is on the disk, and no profile yet.
 *
 * Return: 0 or negative errno, reported
 */
int admin_stage_open(const struct admin_pool *p, const char *name,
		     const struct buf *text,
		     struct admin_stage *s) _must_check_;

/** admin_stage_close() - Remove what is left of it */
void admin_stage_close(struct admin_stage *s);
#define _cleanup_stage_ _cleanup_(admin_stage_close)

/**
 * admin_stage_commit() - Let the new text be the profile's file
 * @remove:	There is to be no such file any more
 *
 * Whoever reads it has the old file, or the new one.
 *
 * Return: 0 or negative errno, reported; then the file is the old one
 */
int admin_stage_commit(struct admin_stage *s, bool remove) _must_check_;

/** admin_stage_put_back() - Undo admin_stage_commit(); as that one */
int admin_stage_put_back(struct admin_stage *s) _must_check_;

/** admin_stage_clear() - Clear away what a killed command left */
void admin_stage_clear(const struct admin_pool *p);

/**
 * struct admin_change - What is to become of a profile
 * @name:	The profile
 * @text:	What it will say
 * @source:	Where that stands, for messages
 * @remove:	Remove the file: the text is that of a later directory, or the
 *		profile is not used (and the text empty)
 */
struct admin_change {
	const char *name;
	const struct buf *text;
	const char *source;
	bool remove;
};

/**
 * admin_pool_change() - Change a profile, and the rules of all running guests
 *			 that use it
 * @taps:	Receives how many taps have new rules
 *
 * All or nothing: if the profile has a fault, or one guest cannot have its
 * rules, the file and the rules stay what they are.
 *
 * Return: 0 or negative errno, reported
 */
int admin_pool_change(const struct admin_pool *p, const struct admin_change *c,
		      size_t *taps) _must_check_;

/**
 * admin_pool_put() - admin_pool_change() for a command
 *
 * It says how many taps have new rules, and which profile wins over which.
 *
 * Return: 0 or negative errno, reported
 */
int admin_pool_put(const struct admin_pool *p,
		   const struct admin_change *c) _must_check_;

/**
 * admin_pool_not_there() - Report that the administrator has no such profile
 * @instead:	What to do about it, the end of the sentence
 *
 * Return: -ENOENT
 */
int admin_pool_not_there(const struct admin_pool *p, const char *name,
			 const char *instead);

/** admin_pool_root_only() - EXIT_SUCCESS for root, else EXIT_DENIED, reported */
int admin_pool_root_only(void);

#endif /* TF_ADMIN_POOL_H */
