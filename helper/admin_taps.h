/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ADMIN_TAPS_H
#define TF_ADMIN_TAPS_H

#include "backend.h"
#include "conf.h"
#include "link.h"
#include "state.h"

/* What the administrator's tool finds out about taps: records, kernel, links */

enum tap_state {
	TAP_FILTERED, /* the recorded rules are in the kernel */
	TAP_MISSING, /* they are not */
	TAP_OTHER, /* others are: of another record, or changed */
	TAP_GONE, /* the device has gone, or another one has its name */
	TAP_UNFILTERED, /* in a bridge, and none of ours */
};

/* What is looked at only if it is asked for */
enum {
	TAPS_RULES = 1, /* each rule, not just whose rules they are */
	TAPS_COUNTERS = 2,
};

/**
 * struct admin_tap - One tap
 * @record:	Its record; without a binding's name there is none
 * @dev:	The device of that name, NULL for none; perhaps another one than
 *		the record's
 * @renamed:	The device of the record, if that has another name now
 * @bridge:	Number of the bridge that it is in, 0 for none
 * @findings:	If it was asked for: how the rules in the kernel differ from
 *		those of the record, a line each
 * @counted:	@counters has what its rules met: that was asked for, and rules
 *		are there
 */
struct admin_tap {
	char name[TAP_NAME_SIZE];
	enum tap_state state;
	struct record record;
	const struct link_info *dev;
	const struct link_info *renamed;
	uint32_t bridge;
	struct buf findings;
	bool counted;
	struct backend_counter *counters;
	size_t ncounters;
};

/**
 * struct admin_taps - All of them, those with a record first
 */
struct admin_taps {
	struct admin_tap *taps;
	size_t n;
	struct link_info *links;
	size_t nlinks;
};

/**
 * admin_taps_load() - Look at everything; changes nothing, for root
 * @only:	One tap, or NULL for all
 * @want:	TAPS_RULES, TAPS_COUNTERS, both or neither
 *
 * Return: 0 or negative errno, reported
 */
int admin_taps_load(const struct conf *c, const char *only, unsigned int want,
		    struct admin_taps *out) _must_check_;

/**
 * admin_taps_await() - Wait until who brings a tap up now has recorded it
 *
 * Return: as state_await_readers()
 */
int admin_taps_await(const struct conf *c) _must_check_;

/** admin_taps_free() - Release the list */
void admin_taps_free(struct admin_taps *t);
#define _cleanup_taps_ _cleanup_(admin_taps_free)

/** admin_tap_has_record() - Did we bring it up? */
bool admin_tap_has_record(const struct admin_tap *t);

#endif /* TF_ADMIN_TAPS_H */
