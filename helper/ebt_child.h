/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EBT_CHILD_H
#define TF_EBT_CHILD_H

#include "priv.h"
#include "util.h"

/*
 * A child that runs ebtables-save and ebtables-restore for us.  It is made
 * before privileges are dropped, since afterwards nothing can be executed;
 * it has CAP_NET_ADMIN and CAP_NET_RAW, nothing else, and looks at no text.
 * There is one for a process; it ends with it.
 */

/**
 * ebt_child_start() - Make the child, unless there is one
 * @user:	Whose uid it takes, NULL to stay what we are
 *
 * Return: 0 or negative errno, reported
 */
int ebt_child_start(const struct priv_user *user) _must_check_;

/** ebt_child_lock() - Keep other users of the tables away; see unlock */
int ebt_child_lock(void) _must_check_;

/** ebt_child_unlock() - The reverse, also without a lock */
void ebt_child_unlock(void);

/**
 * ebt_child_save() - What ebtables-save prints
 * @counters:	With counters
 * @out:	Empty buffer
 *
 * Return: 0 or negative errno, reported
 */
int ebt_child_save(bool counters, struct buf *out) _must_check_;

/**
 * ebt_child_restore() - Give text to ebtables-restore
 * @said:	Receives what it had to say on standard error
 *
 * Its exit status does not tell what happened: read back.
 *
 * Return: 0, or negative errno (reported) when it could not be run
 */
int ebt_child_restore(const struct buf *text, struct buf *said) _must_check_;

#endif /* TF_EBT_CHILD_H */
