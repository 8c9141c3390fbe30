/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EXPAND_RULES_H
#define TF_EXPAND_RULES_H

#include "expand_params.h"
#include "profile.h"
#include "rule.h"

/**
 * expand_entries() - Turn a profile's entries to rules
 * @p:		Profile
 * @params:	What it is resolved with
 * @index:	Its index in the binding
 * @max_rules:	Most rules that the binding may have
 * @out:	Binding whose rules grow
 *
 * Return: 0 or negative errno, reported
 */
int expand_entries(const struct profile *p, const struct param_set *params,
		   unsigned int index, unsigned int max_rules,
		   struct binding *out) _must_check_;

#endif /* TF_EXPAND_RULES_H */
