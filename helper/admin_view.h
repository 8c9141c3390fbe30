/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ADMIN_VIEW_H
#define TF_ADMIN_VIEW_H

#include "admin_taps.h"
#include "color.h"
#include "jsonout.h"

/* What the commands share that show taps: status, show, verify, stats. */

/* Options that a command may have; each has --color */
enum {
	VIEW_JSON = 1,
	VIEW_COUNTERS = 2,
	VIEW_WATCH = 4,
	VIEW_REPAIR = 8,
	VIEW_PROMETHEUS = 16,
};

/**
 * struct admin_view - The command line
 * @command:	Name of the command
 * @tap:	TAP, or NULL
 * @given:	Options that were given: VIEW_...
 * @seconds:	Of --watch[=SECONDS]
 */
struct admin_view {
	const char *command;
	const char *tap;
	unsigned int given;
	unsigned int seconds;
};

/**
 * admin_view_parse() - Read the command line
 * @allowed:	Options that the command has
 *
 * Return: EXIT_SUCCESS or another exit status, reported
 */
int admin_view_parse(int argc, char **argv, unsigned int allowed,
		     struct admin_view *v) _must_check_;

/**
 * admin_view_load() - Look at the taps that were asked for
 * @want:	As for admin_taps_load()
 *
 * Return: EXIT_SUCCESS or another exit status, reported
 */
int admin_view_load(const struct admin_view *v, unsigned int want,
		    struct admin_taps *out) _must_check_;

/** view_state() - A tap's state for people; never longer than 11 bytes */
const char *view_state(enum tap_state s);

/** view_state_word() - The same for programs: one word */
const char *view_state_word(enum tap_state s);

/** view_state_color() - The colour of a state */
enum color view_state_color(enum tap_state s);

/** view_link() - A device by its number, NULL if there is none */
const struct link_info *view_link(const struct admin_taps *all,
				  uint32_t ifindex);

/** view_bridge() - Name of the bridge that a tap is in, NULL for none */
const char *view_bridge(const struct admin_taps *all,
			const struct admin_tap *t);

/** view_print() - Print what may hold any bytes: see util_add_plain() */
void view_print(const char *text);

/** view_mac() - A MAC address as text: at least FIELD_TEXT_MAX bytes */
void view_mac(const uint8_t *mac, char *out);

#define VIEW_OWNER_SIZE 33

/** view_owner() - Name of the record's owner, his number if he has none */
void view_owner(const struct record *r, char *out);

/**
 * view_json_tap() - What all commands say of a tap: tap, state, bridge,
 * domain, uuid and mac
 *
 * Return: an object for more, to be printed or released
 */
struct jsonout *view_json_tap(const struct admin_taps *all,
			      const struct admin_tap *t);

/** view_json_profile() - Name, parameters and place of a profile */
struct jsonout *view_json_profile(const struct binding_profile *p);

/** view_json_since() - "since": when the tap was brought up, in UTC */
void view_json_since(struct jsonout *to, int64_t since);

#endif /* TF_ADMIN_VIEW_H */
