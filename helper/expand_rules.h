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

/**
 * expand_sample() - A condition as it would be with some parameters
 * @file:	The profile's, for messages
 *
 * Values that are written out are as they are.
 *
 * Return: 0 or negative errno, reported
 */
int expand_sample(const char *file, const struct term *t,
		  struct rule *r) _must_check_;

/** expand_sample_fits() - Can a parameter have addresses of that family? */
bool expand_sample_fits(const char *param, bool six);

/**
 * expand_readable() - Drop what keeps a profile from being judged
 * @out:	Binding with all rules of the interface; its array of profiles
 *		has room for EXPAND_READABLE_MAX more
 *
 * A DROP that looks at the upper layer does not match a packet whose length
 * fields contradict the frame: nobody can tell what it carries.  Receivers
 * discard such packets, but segmentation offload would repair one on its way.
 * So each direction and IP version in which a profile drops by the upper
 * layer gets one more conjunct, in that profile's name, that only accepts
 * packets that can be read.
 *
 * Return: 0 or negative errno, reported
 */
int expand_readable(struct binding *out) _must_check_;
#define EXPAND_READABLE_MAX 4

#endif /* TF_EXPAND_RULES_H */
