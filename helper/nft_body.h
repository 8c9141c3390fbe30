/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_BODY_H
#define TF_NFT_BODY_H

#include "nft_lower.h"

/*
 * Frames are divided into classes by their EtherType.  In each class, what the
 * rules say about it is known, and most rules vanish.
 */

#define CLASS_OTHER 0 /* of the types that have no class of their own */
#define CLASS_IP4 1
#define CLASS_IP6 2
#define CLASS_MAX 12

/**
 * struct plan_types - The EtherTypes that have a class
 * @n:		Number of classes, CLASS_OTHER included
 * @type:	Type of each class but CLASS_OTHER, as the value of a field
 */
struct plan_types {
	unsigned int n;
	uint8_t type[CLASS_MAX][FIELD_MAX_BYTES];
};

/** plan_types_find() - Choose the classes of one direction */
void plan_types_find(const struct binding *b, enum direction dir,
		     struct plan_types *out);

/** plan_is_typed() - Does a rule look behind the link header? */
bool plan_is_typed(const struct rule *r);

/**
 * struct plan_body - What one profile does in a class, or several together
 * @next:	Another body of the same profile
 * @res:	What is left of the rules
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
 * plan_body_make() - Find out what is left of rules in a class
 * @p:		Plan that the body lives as long as
 * @types:	The classes
 * @class_no:	Index of the class
 * @from:	Rules of a profile
 * @scratch:	Room for @n + RULE_MAX_MATCHES residues
 * @known:	Bodies made from the same rules; a new one is put in front
 * @out:	Receives one of them: equal bodies are one object
 *
 * Return: 0 or negative errno, reported
 */
int plan_body_make(struct plan *p, const struct plan_types *types,
		   unsigned int class_no, const struct residue *from,
		   unsigned int n, struct residue *scratch,
		   struct plan_body **known,
		   struct plan_body **out) _must_check_;

/**
 * plan_bodies_merge() - Bodies that must all be content, as fewer ones
 * @bodies:	Those that get too long when merged remain
 * @n:		Their number
 *
 * Return: 0 or negative errno, reported
 */
int plan_bodies_merge(struct plan *p, struct plan_body **bodies,
		      unsigned int *n) _must_check_;

/** plan_body_sort() - Put what is cheap and frequent first where that may be */
int plan_body_sort(struct plan *p, struct plan_body *body) _must_check_;

/**
 * plan_ahead() - Let most frames be accepted before DROPs of rare ones
 * @res:	A list that will be kernel rules in this order
 * @n:		Its length; becomes that of @out
 * @out:	The list with parts of its ACCEPTs before such DROPs
 *
 * Return: 0 or negative errno, reported
 */
int plan_ahead(struct plan *p, const struct residue *res, unsigned int *n,
	       struct residue **out) _must_check_;

/**
 * plan_body_keep() - A body of these residues
 *
 * Return: the body, or NULL (reported)
 */
struct plan_body *plan_body_keep(struct plan *p, const struct residue *res,
				 unsigned int n) _must_check_;

/**
 * plan_trim() - Drop what no frame reaches, and ACCEPTs that no DROP follows
 *
 * Return: the new number
 */
unsigned int plan_trim(struct residue *res, unsigned int n);

/**
 * plan_add_plain() - As plan_add_list(), without dividing the list
 */
int plan_add_plain(struct plan *p, unsigned int chain, const struct binding *b,
		   const struct residue *res, unsigned int n,
		   enum plan_verdict accept) _must_check_;

/** plan_count_rules() - About how many kernel rules a residue becomes */
unsigned int plan_count_rules(const struct residue *r);

/** plan_is_full() - Is it OP_EQ with whole values? */
bool plan_is_full(const struct match *m);

/** plan_is_any_upper() - Is it no more than "the kernel found a protocol"? */
bool plan_is_any_upper(const struct match *m);

/** plan_is_upper() - Does the upper layer follow the IPv6 header at once? */
bool plan_is_upper(const struct match *m);

/**
 * plan_disjoint() - Is there no frame of which two residues hold?
 *
 * Return: 1; 0 if there may be one; negative errno, reported
 */
int plan_disjoint(struct plan *p, const struct residue *a,
		  const struct residue *b) _must_check_;

/**
 * plan_prune() - Take DROPs of no use out of a list that ends in DROP
 *
 * Return: 0 or negative errno, reported
 */
int plan_prune(struct plan *p, struct residue *res,
	       unsigned int *n) _must_check_;

/**
 * plan_residue() - Copy a residue with other matches
 * @matches:	@n of them; they are copied
 *
 * Return: 1 or -ENOMEM, reported
 */
int plan_residue(struct plan *p, const struct residue *from,
		 const struct match *matches, unsigned int n,
		 struct residue *out) _must_check_;

/** plan_match_holds() - Does a match hold of a value of its field? */
bool plan_match_holds(const struct match *m, const uint8_t *value);

/**
 * plan_simplify() - Take out matches of a residue that others imply
 * @matches:	Its matches; may be changed and become fewer
 * @n:		Their number
 *
 * Return: 1; 0 if no frame meets all of them; negative errno, reported
 */
int plan_simplify(struct plan *p, struct match *matches,
		  unsigned int *n) _must_check_;

#endif /* TF_NFT_BODY_H */
