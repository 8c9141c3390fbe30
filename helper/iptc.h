/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPTC_H
#define TF_IPTC_H

#include "ipt_entry.h"

/*
 * The mangle table of iptables or ip6tables.  What is changed is a copy; a
 * commit swaps it for the kernel's table in one step.  The kernel notices
 * somebody else's change in between only if the number of rules is another,
 * so all that reads in order to change holds the lock that iptables has.
 */

struct xtable;

/**
 * xtable_lock_open() - Open the lock that all programs of iptables take
 *
 * Only root can.  The descriptor stays open until the program ends; a second
 * call does nothing.
 *
 * Return: 0 or negative errno, reported
 */
int xtable_lock_open(void) _must_check_;

/**
 * xtable_lock() - Wait for the lock, some seconds at most
 *
 * Return: 0 or negative errno, reported
 */
int xtable_lock(void) _must_check_;

/** xtable_unlock() - Let others have it */
void xtable_unlock(void);

/**
 * xtable_open() - Read the table
 * @needed:	It is an error if the kernel has none
 * @out:	Receives the copy; NULL if there is none
 *
 * Return: 0 or negative errno, reported
 */
int xtable_open(enum ipt_family f, bool needed,
		struct xtable **out) _must_check_;

/** xtable_close() - Forget the copy and what was changed in it; NULL is fine */
void xtable_close(struct xtable *t);

static inline void xtable_closep(struct xtable **t)
{
	xtable_close(*t);
}
#define _cleanup_xtable_ _cleanup_(xtable_closep)

/** xtable_has() - Is there such a chain? */
bool xtable_has(struct xtable *t, const char *chain);

/** xtable_walk() - Name of the first chain, or of the next; NULL at the end */
const char *xtable_walk(struct xtable *t, bool first);

/**
 * xtable_read() - Append the rules of a chain
 *
 * Return: 0, -ENOENT (not reported) for no such chain, or negative errno
 */
int xtable_read(struct xtable *t, const char *chain,
		struct ipt_rules *out) _must_check_;

/** xtable_fill() - Make the chain, or empty it, and append rules */
int xtable_fill(struct xtable *t, const char *chain,
		const struct ipt_rules *rules) _must_check_;

/** xtable_make() - Make an empty chain; one that is there is emptied */
int xtable_make(struct xtable *t, const char *chain) _must_check_;

/** xtable_drop() - Delete a chain that nothing leads to any more */
int xtable_drop(struct xtable *t, const char *chain) _must_check_;

/** xtable_insert() - Insert a rule at a position from 0 */
int xtable_insert(struct xtable *t, const char *chain, const void *rule,
		  unsigned int pos) _must_check_;

/** xtable_delete() - Delete the rule at a position from 0 */
int xtable_delete(struct xtable *t, const char *chain,
		  unsigned int pos) _must_check_;

/**
 * xtable_commit() - Put the copy in force
 *
 * Return: 0, -EAGAIN (not reported) when the table was changed meanwhile: to
 * be tried from xtable_open() on; or negative errno, reported
 */
int xtable_commit(struct xtable *t) _must_check_;

#endif /* TF_IPTC_H */
