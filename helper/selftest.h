/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_SELFTEST_H
#define TF_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>

#include "backend.h"
#include "conf.h"
#include "frame.h"

/* What the parts of `tapfilter selftest` share. */

#define SELFTEST_TAP "tap0"
#define SELFTEST_BRIDGE "br0"

/**
 * struct selftest_net - The test's own network
 * @guest:	Descriptor of the tap that is filtered
 * @peer:	Of a station on the same bridge
 * @other:	Of a third one, which must not see what is dropped either
 *
 * It goes with the process.
 */
struct selftest_net {
	int guest;
	int peer;
	int other;
};

/**
 * selftest_net_open() - Move to a network namespace of our own and build a
 * bridge with two stations, and a tap that nobody has attached yet
 *
 * Return: 0 or negative errno, reported
 */
int selftest_net_open(struct selftest_net *net) _must_check_;

/**
 * selftest_net_show() - Have the bridge show its packets to the hooks of IP, or
 * not
 *
 * Return: 0 or negative errno, reported
 */
int selftest_net_show(bool show) _must_check_;

/** selftest_net_close() - Close the descriptors; the devices go with them */
void selftest_net_close(struct selftest_net *net);

/**
 * struct selftest_site - Configuration and state of the test
 * @dir:	Temporary directory, NULL for none
 * @file:	Configuration file in it
 * @conf:	What stands in that file
 */
struct selftest_site {
	char *dir;
	char *file;
	struct conf conf;
};

/**
 * selftest_site_open() - Make a temporary configuration and state directory
 * @from:	The administrator's: gives template path, backend and limits
 *
 * Return: 0 or negative errno, reported
 */
int selftest_site_open(struct selftest_site *site,
		       const struct conf *from) _must_check_;

/** selftest_site_close() - Remove all that */
void selftest_site_close(struct selftest_site *site);

/**
 * selftest_bind() - Bind a profile to the tap with the real helper
 * @params:	Parameters of the reference: NAME=VALUE, @n of them
 * @out:	Zeroed; receives the binding, for the evaluator
 *
 * A profile that is not shipped gets the sample addresses that it has use
 * for, unless @params has them.
 *
 * Return: 0 or negative errno, reported
 */
int selftest_bind(const struct selftest_site *site, const char *profile,
		  char **params, size_t n, struct binding *out) _must_check_;

/** selftest_unbind() - tapfilter-helper down */
int selftest_unbind(const struct selftest_site *site) _must_check_;

/**
 * struct selftest_view - What is enforced of a binding, for the evaluator
 * @b:		What is installed
 * @ebtables:	What ebtables can enforce of its part
 * @early:	The part of other places that do not wait for the hooks of IP
 * @late:	The part of those that do
 * @in_ebtables: There is a part of ebtables
 * @in_iptables: A profile is in iptables
 * @shown:	Packets go through the hooks of IP
 * @tracked:	They have a connection, and their fragments are put together
 */
struct selftest_view {
	const struct binding *b;
	struct binding ebtables;
	struct binding early;
	struct binding late;
	bool in_ebtables;
	bool in_iptables;
	bool shown;
	bool tracked;
};

/**
 * selftest_view_make() - Look at the places of a binding
 * @b:		Outlives the view
 * @out:	Zeroed; to be released in any case
 *
 * Return: 0 or negative errno, reported
 */
int selftest_view_make(const struct binding *b,
		       struct selftest_view *out) _must_check_;
void selftest_view_free(struct selftest_view *v);

enum selftest_seen { SEEN_PASS, SEEN_DROP, SEEN_LOST };

/**
 * struct selftest_result - What became of one frame
 * @row:	The frame
 * @expected:	By the table for a shipped profile, else by the evaluator
 * @evaluated:	What the evaluator says, asked by selftest_evaluate()
 * @may_lose:	The kernel itself may take it away before the rules see it
 * @seen:	What the kernel did; lost: it did not arrive, and no rule of
 *		ours dropped it
 * @rule:	Rule that decided: "PROFILE:LINE"; empty for none
 */
struct selftest_result {
	const struct frame_row *row;
	enum verdict expected;
	enum verdict evaluated;
	bool may_lose;
	enum selftest_seen seen;
	char rule[104];
};

/**
 * selftest_evaluate() - Ask the evaluator about a frame
 * @r:		Receives @evaluated and @may_lose.  What only the kernel knows,
 *		whether limits are exceeded and the state of a connection, is
 *		what makes right what it did, @seen, if anything does
 */
void selftest_evaluate(const struct selftest_view *v, const uint8_t *frame,
		       size_t len, struct selftest_result *r);

/** selftest_agrees() - Do table, evaluator and kernel agree? */
bool selftest_agrees(const struct selftest_result *r);

/**
 * selftest_excused() - Is a place allowed to treat a frame otherwise?
 * @view:	What the evaluator says of the rules as that place has them
 *
 * ebtables drops whole what it cannot look into, and judges the first fragment
 * of a UDP datagram, whose others it drops, as if it were all of it.
 */
bool selftest_excused(const struct selftest_view *v, const uint8_t *frame,
		      size_t len, enum verdict view);

/**
 * selftest_hidden() - Is this a frame that the place never sees?
 *
 * Hooks of the bridge do not see what a bridge takes for itself or refuses.
 */
bool selftest_hidden(const struct selftest_view *v,
		     const struct frame_row *row);

/**
 * selftest_uncertain() - Can a place not tell what a frame is?
 *
 * It is malformed, or it is a fragment that may be put together with others.
 */
bool selftest_uncertain(const struct selftest_view *v, const uint8_t *frame,
			size_t len);

/**
 * struct selftest_wire - How frames are sent and what they met is found out
 */
struct selftest_wire {
	const struct selftest_net *net;
	const struct selftest_view *view; /* what is installed */
	const struct backend_ops *ops;
	struct backend *be;
	struct backend_counter *before;
	size_t nbefore;
};

/**
 * selftest_wire_start() - Take the counters of the rules that are installed
 *
 * Return: 0 or negative errno, reported
 */
int selftest_wire_start(struct selftest_wire *w) _must_check_;

/**
 * selftest_send() - Send a frame and see what becomes of it
 * @r:		@row and @expected are set; receives @seen and @rule
 *
 * Return: 0 or negative errno, reported
 */
int selftest_send(struct selftest_wire *w, struct selftest_result *r,
		  const uint8_t *frame, size_t len) _must_check_;

/** selftest_wire_stop() - Release the counters */
void selftest_wire_stop(struct selftest_wire *w);

/**
 * struct selftest_tally - How many frames met which fate
 */
struct selftest_tally {
	size_t dropped;
	size_t passed;
	size_t lost;
	size_t wrong;
};

/**
 * selftest_mutations() - Send variations of the table's frames
 * @n:		How many
 * @tally:	Zeroed; counts them
 *
 * Prints those about which evaluator and kernel disagree.
 *
 * Return: 0 or negative errno, reported
 */
int selftest_mutations(struct selftest_wire *w, unsigned int n,
		       struct selftest_tally *tally) _must_check_;

#endif /* TF_SELFTEST_H */
