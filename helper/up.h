/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_UP_H
#define TF_UP_H

#include "helper.h"

/* What cmd_up.c and up_undo.c share; nobody else includes this. */

/**
 * struct up - One `up` on its way
 * @own:	@s, if it was made for this tap alone
 * @before:	The device as it was
 * @installed:	What carried rules under its name, if @has_rules
 * @replace:	Those rules are ours for this device
 * @old:	Its record, if @has_old
 * @asked:	The kernel was asked for them
 * @mine:	The caller may change this tap
 * @made:	This process has made the device: nobody else has it
 * @tried:	The kernel may have the new rules
 * @linked:	The link may be as asked for
 * @done:	All is as asked for, and recorded
 * @new:	What is asked for
 */
struct up {
	struct session *s;
	struct session *own;
	const char *tap;
	struct link_info before;
	struct backend_tap installed;
	bool has_rules;
	bool replace;
	struct record old;
	bool has_old;
	bool asked;
	bool mine;
	bool made;
	bool tried;
	bool linked;
	bool done;
	struct binding new;
};

/** up_is_tap() - May the device be closed when something fails? */
bool up_is_tap(const struct link_info *dev);

/**
 * up_pinned_mac() - The one address that its port may have, or NULL
 *
 * A profile allows no other, or cannot see all frames that the bridge would
 * learn from.
 */
const uint8_t *up_pinned_mac(const struct binding *b);

/**
 * up_look_at_rules() - Ask the kernel what stands under the tap's name
 *
 * Return: 0 or negative errno, reported
 */
int up_look_at_rules(struct up *u) _must_check_;

/** up_shut_unless_filtered() - It failed before it was known what stands there */
void up_shut_unless_filtered(struct up *u);

#endif /* TF_UP_H */
