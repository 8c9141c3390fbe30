/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EBT_CHILD_H
#define TF_EBT_CHILD_H

#include "ebt_variant.h"
#include "priv.h"
#include "util.h"

/*
 * A child that runs the programs of ebtables for us.  It is made before
 * privileges are dropped, since afterwards nothing can be executed; it has
 * CAP_NET_ADMIN, and CAP_NET_RAW if the host uses ebtables-legacy, which
 * alone inherits that.  It looks at no text.  There is one for a process; it
 * ends with it.
 */

/**
 * ebt_child_start() - Make the child, unless there is one
 * @user:	Whose uid it takes, NULL to stay what we are
 *
 * Return: 0 or negative errno, reported
 */
int ebt_child_start(const struct priv_user *user) _must_check_;

/** ebt_child_host() - Variants of ebtables that the child can run */
const struct ebt_host *ebt_child_host(void);

/**
 * ebt_child_lock() - Keep other users of the tables away; see unlock
 *
 * The lock that iptables takes, for changes of several tables, and that which
 * ebtables-legacy --concurrent takes if the host uses that.
 *
 * Return: 0 or negative errno, reported; -EBUSY after 10 s for each
 */
int ebt_child_lock(void) _must_check_;

/** ebt_child_unlock() - The reverse, also without a lock */
void ebt_child_unlock(void);

/**
 * ebt_child_save() - What is in the tables of a variant
 * @t:		Table that is wanted; there may be others
 * @counters:	With counters
 * @out:	Empty buffer; as ebtables-save prints it, NUL-terminated
 *
 * Return: 0 or negative errno, reported
 */
int ebt_child_save(enum ebt_variant v, enum ebt_table t, bool counters,
		   struct buf *out) _must_check_;

/**
 * ebt_child_restore() - Give text to ebtables-restore --noflush
 * @text:	"*TABLE" and lines that both variants take
 * @said:	Receives what it had to say on standard error
 *
 * All of the text is one step for the kernel, or nothing of it.  The exit
 * status does not tell which: read back.
 *
 * Return: 0, or negative errno (reported) when it could not be run
 */
int ebt_child_restore(enum ebt_variant v, const struct buf *text,
		      struct buf *said) _must_check_;

#endif /* TF_EBT_CHILD_H */
