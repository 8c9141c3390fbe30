/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EVAL_H
#define TF_EVAL_H

#include <stddef.h>
#include <stdint.h>

#include "rule.h"

/**
 * eval_match() - Is a match true of a frame?
 * @r:		Its rule (a tagged rule looks behind one tag)
 * @m:		The match
 * @frame:	Frame from its destination address on, tags inline, no FCS
 * @len:	Its length in bytes
 */
bool eval_match(const struct rule *r, const struct match *m,
		const uint8_t *frame, size_t len);

/**
 * eval_frame() - What becomes of a frame
 * @b:		Binding
 * @dir:	Direction
 * @decider:	Receives the DROP rule that decided, or NULL when the frame
 *		passes; may be NULL
 *
 * Return: VERDICT_ACCEPT or VERDICT_DROP
 */
enum verdict eval_frame(const struct binding *b, enum direction dir,
			const uint8_t *frame, size_t len,
			const struct rule **decider);

#endif /* TF_EVAL_H */
