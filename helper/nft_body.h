/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_BODY_H
#define TF_NFT_BODY_H

#include "nft_lower.h"

/*
 * Frames are divided into classes by the value of a field.  In each class,
 * what the rules say about the field is known, and most rules vanish.
 */

#define CLASS_OTHER 0 /* of the values that have no class of their own */
#define CLASS_IP4 1 /* where the key is the EtherType */
#define CLASS_IP6 2
#define CLASS_MAX 12

/**
 * struct plan_key - What frames are divided by
 * @field:	FIELD_ETH_TYPE; in IPv4 FIELD_IP_PROTO; in IPv6
 *		FIELD_IP6_NEXTHDR, whose values are those of upper layers
 * @n:		Number of classes, CLASS_OTHER included
 * @value:	Value of the field in each class but CLASS_OTHER
 */
struct plan_key {
	enum field_id field;
	unsigned int n;
	uint8_t value[CLASS_MAX][FIELD_MAX_BYTES];
};

/** plan_key_add() - Give a value a class, if there is room */
void plan_key_add(struct plan_key *key, const uint8_t *value);

/** plan_key_types() - Choose the EtherTypes that have a class */
void plan_key_types(const struct binding *b, enum direction dir,
		    struct plan_key *out);

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

/** plan_body_equal() - Do two bodies, perhaps of two profiles, do the same? */
bool plan_body_equal(const struct plan_body *a, const struct plan_body *b);

/**
 * plan_body_narrow() - Find out what is left of rules in a class
 * @p:		Plan that the body lives as long as
 * @key:	What frames are divided by
 * @class_no:	Index of the class
 * @from:	Rules of a profile, or what an earlier division left of them
 * @scratch:	Room for n + RULE_MAX_MATCHES residues
 * @known:	Bodies made from the same rules; a new one is put in front
 * @out:	Receives one of them: equal bodies are one object
 *
 * Return: 0 or negative errno, reported
 */
int plan_body_narrow(struct plan *p, const struct plan_key *key,
		     unsigned int class_no, const struct residue *from,
		     unsigned int n, struct residue *scratch,
		     struct plan_body **known,
		     struct plan_body **out) _must_check_;

#endif /* TF_NFT_BODY_H */
