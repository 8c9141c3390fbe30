/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_REDUCE_H
#define TF_IPT_REDUCE_H

#include "rule.h"

/**
 * ipt_reduce() - What iptables can enforce of a rule, as rules
 * @r:		A rule about IPv4 or IPv6, and about nothing else
 * @part:	Receives them; only its rules are of interest
 * @later:	Receives rules for ebtables, which are to be a profile of their
 *		own
 *
 * Together they let nothing pass that @r keeps from passing.
 *
 * Return: NULL; or what of it cannot be carried, as place_refuses_rule() has it
 */
const char *ipt_reduce(const struct rule *r, struct binding *part,
		       struct binding *later);

#endif /* TF_IPT_REDUCE_H */
