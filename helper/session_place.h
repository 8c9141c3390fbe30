/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_SESSION_PLACE_H
#define TF_SESSION_PLACE_H

#include "helper.h"

/**
 * session_learn() - Find out about the kernel what place_tap() depends on
 *
 * What takes long is remembered beside the records.
 */
void session_learn(struct session *s);

/** session_place() - place_decide(), as configured, for this kernel */
int session_place(struct session *s, struct binding *b) _must_check_;

#endif /* TF_SESSION_PLACE_H */
