/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_MISSING_H
#define TF_IPT_MISSING_H

#include "ipt_entry.h"

/**
 * ipt_missing() - Find what a rule needs that the kernel has not
 *
 * When it refuses a table it does not say what of it.
 *
 * @out:	Receives "match \"physdev\": modprobe ipt_physdev" or the like
 *
 * Return: true if something is missing; false also if the kernel did not say
 */
bool ipt_missing(enum ipt_family f, const void *rule, char *out, size_t size);

#endif /* TF_IPT_MISSING_H */
