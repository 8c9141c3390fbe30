/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EVAL_H
#define TF_EVAL_H

#include <stddef.h>
#include <stdint.h>

#include "rule.h"

/**
 * struct eval_input - What the kernel knows and the frame does not tell
 * @state:	Of its connection
 * @over_limit:	The limits of the rules that it meets are exceeded
 * @over_conns:	So are those of connections
 */
struct eval_input {
	enum conn_state state;
	bool over_limit;
	bool over_conns;
};

/**
 * eval_match() - Is a match true of a frame?
 * @r:		Its rule (a tagged rule looks behind one tag)
 * @m:		The match
 * @frame:	Frame from its destination address on, tags inline, no FCS
 * @len:	Its length in bytes
 *
 * A frame of no connection.
 */
bool eval_match(const struct rule *r, const struct match *m,
		const uint8_t *frame, size_t len);

/**
 * eval_frame_with() - What becomes of a frame
 * @b:		Binding
 * @dir:	Direction
 * @in:		What else is known
 * @decider:	Receives the rule that decided, a DROP or REJECT, or NULL when
 *		the frame passes; may be NULL
 *
 * Return: VERDICT_ACCEPT or VERDICT_DROP
 */
enum verdict eval_frame_with(const struct binding *b, enum direction dir,
			     const uint8_t *frame, size_t len,
			     const struct eval_input *in,
			     const struct rule **decider);

/** eval_frame() - The same of a frame of no connection, within all limits */
enum verdict eval_frame(const struct binding *b, enum direction dir,
			const uint8_t *frame, size_t len,
			const struct rule **decider);

#endif /* TF_EVAL_H */
