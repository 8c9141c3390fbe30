/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EVAL_H
#define TF_EVAL_H

#include <stdbool.h>
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

/**
 * eval_inner() - What is behind all wrapping, as FIELD_ETH_INNER says it
 * @type:	Receives the EtherType there
 * @net:	Receives where the header behind it begins; 14 without a wrapper
 *
 * Return: false when the frame is cut off, or of LLC without such a type
 */
bool eval_inner(const uint8_t *frame, size_t len, unsigned int *type,
		size_t *net);

/**
 * eval_field() - The value of a field in a frame
 * @net:	Where its network header begins, behind an EtherType
 * @id:		A field that the EtherType there has
 * @out:	FIELD_MAX_BYTES bytes; the value, the rest zero
 *
 * Return: false when the frame does not have it
 */
bool eval_field(const uint8_t *frame, size_t len, size_t net, enum field_id id,
		uint8_t *out);

/**
 * eval_upper() - Where the upper-layer header of an IP packet begins
 * @net:	As for eval_field()
 *
 * Return: its offset; 0 when it is not there, or not in this frame
 */
size_t eval_upper(const uint8_t *frame, size_t len, size_t net);

#endif /* TF_EVAL_H */
