/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_BODY_H
#define TF_NFT_BODY_H

#include "nft_lower.h"

/*
 * Frames fall into classes by the EtherType at offset 12.  In each of them,
 * what the rules say about that is known, and most rules vanish.
 */

#define CLASS_OTHER 0 /* of the types that have no class of their own */
#define CLASS_MAX 12

/**
 * struct plan_classes - The classes of one direction
 * @n:		Number of them, CLASS_OTHER included
 * @type:	The type of each but CLASS_OTHER, as the value of a field
 */
struct plan_classes {
	unsigned int n;
	uint8_t type[CLASS_MAX][FIELD_MAX_BYTES];
};

/**
 * struct plan_body - What a profile does in a class
 * @next:	Another body of the same profile
 * @res:	What is left of its rules
 * @accepts:	An ACCEPT is among them
 * @chain:	Chain of its own, 0 while it has none
 */
struct plan_body {
	struct plan_body *next;
	unsigned int n;
	struct residue *res;
	bool accepts;
	unsigned int chain;
};

/** plan_classes_find() - Choose the classes of one direction */
void plan_classes_find(const struct binding *b, enum direction dir,
		       struct plan_classes *out);

/**
 * plan_body_make() - Find out what a profile does in a class
 * @p:		Plan that the body lives as long as
 * @class_no:	Index of the class
 * @scratch:	Room for all rules of the binding and RULE_MAX_MATCHES more
 * @known:	Bodies of the profile so far; a new one is put in front
 * @out:	Receives one of them: equal bodies are one object
 *
 * Return: 0 or negative errno, reported
 */
int plan_body_make(struct plan *p, const struct binding *b, enum direction dir,
		   unsigned int profile, const struct plan_classes *classes,
		   unsigned int class_no, struct residue *scratch,
		   struct plan_body **known,
		   struct plan_body **out) _must_check_;

#endif /* TF_NFT_BODY_H */
