/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_STATE_DIR_H
#define TF_STATE_DIR_H

#include "state.h"

/* Between the files state*.c only */

/** state_dir() - The directory of this network namespace's taps */
int state_dir(const struct state *s);

#endif /* TF_STATE_DIR_H */
