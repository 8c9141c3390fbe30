/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_STATUS_TABLE_H
#define TF_STATUS_TABLE_H

#include "admin_taps.h"

/**
 * status_table_print() - Print a header and a line a tap, 80 columns at most
 * @all:	With counters; nothing is printed if there are none
 *
 * What does not fit is cut off and ends in an ellipsis; names of taps and
 * states never do.
 *
 * Return: 0 or negative errno, reported
 */
int status_table_print(const struct admin_taps *all) _must_check_;

#endif /* TF_STATUS_TABLE_H */
