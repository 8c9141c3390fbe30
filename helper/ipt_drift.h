/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_DRIFT_H
#define TF_IPT_DRIFT_H

#include "ipt_entry.h"

/**
 * ipt_drift() - Append a line for all that is not as it should be
 * @want:	The chains of a tap
 * @now:	Those that it has
 *
 * Return: 0 or -ENOMEM, reported
 */
int ipt_drift(const struct ipt_set *want, const struct ipt_set *now,
	      struct buf *findings) _must_check_;

#endif /* TF_IPT_DRIFT_H */
