/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_PLACE_SPLIT_H
#define TF_PLACE_SPLIT_H

#include "rule.h"

/*
 * ebtables and iptables together.  No frame is two of IPv4, IPv6 and something
 * else.  So a profile does what two do, of which one has the rules about
 * some of these and accepts the others, and the second has those: the first
 * goes to iptables, the second to ebtables.
 */

/**
 * struct split - The rules of a profile, in parts; no more than rules
 * @families:	What @part is about, a bit for each enum ipt_family
 * @rest:	For ebtables; without rules, there is no more of it
 * @part:	For iptables
 * @later:	For ebtables, a profile of its own; may be without rules
 */
struct split {
	unsigned int families;
	struct binding rest;
	struct binding part;
	struct binding later;
};

/** split_free() - Release what it owns */
void split_free(struct split *s);

/**
 * split_make() - Give as little as can be of a profile to iptables
 * @out:	Zeroed; to be released in any case
 * @rule:	Receives a rule that cannot be carried, of @b
 *
 * Return: NULL, or what cannot be carried
 */
const char *split_make(const struct binding *b, unsigned int profile,
		       struct split *out, const struct rule **rule);

/**
 * split_commit() - Put the parts in the place of the profile
 * @b:		Its array of profiles is another one afterwards
 * @s:		Its rules become those of @b
 *
 * What split_make() made of the profile, which has its places then.
 *
 * Return: 0 or negative errno, reported
 */
int split_commit(struct binding *b, unsigned int profile,
		 struct split *s) _must_check_;

#endif /* TF_PLACE_SPLIT_H */
