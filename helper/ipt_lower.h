/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_LOWER_H
#define TF_IPT_LOWER_H

#include "backend.h"
#include "ipt_entry.h"

/*
 * A tap has a chain for each direction, whose first rule tells what it is for,
 * and from which each profile is a chain of its own: RETURN is its ACCEPT.
 */

/**
 * ipt_chain_name() - Name of a chain of a tap
 * @index:	0 is the one that packets come to first
 */
void ipt_chain_name(enum direction dir, unsigned int index, const char *tap,
		    char name[IPT_CHAIN_SIZE]);

/**
 * ipt_chain_is_of() - Is this the name of a chain of the tap?
 * @tap:	NULL: of any tap
 */
bool ipt_chain_is_of(const char *name, const char *tap);

/** ipt_chain_direction() - The direction that a chain of a tap is for */
enum direction ipt_chain_direction(const char *name);

/**
 * ipt_refuses_pair() - What of two rules that follow each other it cannot carry
 *
 * A limit of the kernel's counts in one table.
 *
 * Return: as ipt_refuses()
 */
const char *ipt_refuses_pair(const struct rule *before, const struct rule *r);

/** ipt_has_family() - Is one of its rules for the table of a family? */
bool ipt_has_family(const struct binding *b, enum ipt_family f);

/** ipt_has_rules() - Is one of them about a direction, too? */
bool ipt_has_rules(const struct binding *b, enum ipt_family f,
		   enum direction dir);

/**
 * ipt_lower() - The chains of a tap in one table
 * @b:		Those of its profiles that are placed with iptables are meant
 * @id:		What the first rules tell
 * @out:	Empty when no rule is of the family; to be released in any case
 *
 * Return: 0 or negative errno, reported
 */
int ipt_lower(const struct binding *b, const struct backend_tap *id,
	      enum ipt_family f, struct ipt_set *out) _must_check_;

/**
 * ipt_read_identity() - What the first rules of a tap's chain tell
 *
 * Return: false when they tell nothing
 */
bool ipt_read_identity(const struct ipt_rules *first, struct backend_tap *out);

/** ipt_is_identity() - Is a comment one of those first rules? */
bool ipt_is_identity(const char *comment);

#endif /* TF_IPT_LOWER_H */
