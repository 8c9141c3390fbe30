/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_PROFILE_H
#define TF_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain.h"
#include "rule.h"

/*
 * A profile as every dialect hands it on: entries whose conditions are fields
 * with values, where a value may have to wait for a parameter.
 */

/* How one value is written. */
enum value_kind {
	VALUE_NUMBER,
	VALUE_MAC,
	VALUE_MACMASK, /* a mask of any bits */
	VALUE_ADDRESS, /* of the field's family, perhaps ADDR/PREFIX */
	VALUE_ADDRMASK, /* prefix length; dotted for IPv4 */
	VALUE_TCPFLAGS, /* SYN,ACK or SYN/SYN,ACK */
};

struct value_name {
	const char *name;
	uint32_t value;
};

/**
 * struct value_type - What a text must be to be a value
 * @kind:	Grammar
 * @min:	Smallest number (VALUE_NUMBER)
 * @max:	Largest number
 * @names:	Names of numbers, ended by a NULL name; NULL for none
 * @what:	For messages: "must be ..."
 */
struct value_type {
	enum value_kind kind;
	uint32_t min;
	uint32_t max;
	const struct value_name *names;
	const char *what;
};

/**
 * value_parse() - Read one value
 * @type:	Its grammar
 * @f:		Field that it is for
 * @text:	The text, without blanks around it
 * @out:	Receives value and mask; a mask kind has the mask in both
 *
 * Return: NULL, or what is wrong as the end of a sentence ("must be ...")
 */
const char *value_parse(const struct value_type *type, const struct field *f,
			const char *text, struct value *out) _must_check_;

/** value_listed() - Is a value, with its mask or bound, in a list? */
bool value_listed(const struct value *list, unsigned int n,
		  const struct value *v);

/* Parameters that have a placeholder of their own name. */
#define PARAM_MAC "mac"
#define PARAM_IP "ip_address"
#define PARAM_IPV6 "ipv6_address"
#define PARAM_LINKLOCAL "ipv6_linklocal"

/**
 * param_name_ok() - May a reference give a parameter of that name?
 * @fault:	Receives what is wrong otherwise, as the end of a sentence
 */
bool param_name_ok(const char *name, const char **fault);

#define PARAM_PLACEHOLDER "THIS_" /* what a placeholder begins with */

/** param_is_placeholder() - Does the text claim to be a placeholder? */
bool param_is_placeholder(const char *text);

/**
 * param_of_placeholder() - The parameter that a placeholder stands for
 * @text:	"THIS_..."
 * @param:	Receives its name, owned by the caller
 *
 * Return: NULL, or what is wrong as the end of a sentence (@param is NULL then)
 */
const char *param_of_placeholder(const char *text, char **param);

/**
 * param_placeholder() - The placeholder of a parameter, for messages
 * @out:	At least PARAM_TEXT_MAX bytes
 */
void param_placeholder(const char *param, char *out);
#define PARAM_NAME_MAX 48
#define PARAM_TEXT_MAX (PARAM_NAME_MAX + 6)

/**
 * struct word - One member of an operand
 * @param:	Parameter that gives values, NULL for a literal
 * @literal:	The value otherwise
 */
struct word {
	char *param;
	struct value literal;
};

/**
 * struct operand - One side of a condition, before parameters are known
 * @type:	How values are written
 * @nwords:	Number of @words; 0: no such operand
 * @words:	Together they are its values
 * @element:	Element or attribute it stands in, for messages; lives for ever
 * @line:	Its line
 */
struct operand {
	const struct value_type *type;
	unsigned int nwords;
	struct word *words;
	const char *element;
	unsigned int line;
};

/**
 * struct term - A condition of an entry
 * @field:	Field
 * @op:		Operator
 * @from:	Value or lower bound
 * @to:		Mask (OP_EQ, OP_NE) or upper bound, if there is one
 * @nvalues:	Number of @values; 0 while they wait for a parameter
 * @values:	As in struct match
 */
struct term {
	enum field_id field;
	enum match_op op;
	struct operand from;
	struct operand to;
	unsigned int nvalues;
	struct value *values;
};

/**
 * struct shape - One rule to be
 */
struct shape {
	unsigned int nterms; /* at most RULE_MAX_MATCHES */
	struct term *terms;
};

/**
 * struct entry - What a profile says in one place
 * @limit, @conns, @log:	As in struct rule
 * @flexible:	Only the shapes apply whose address families are those of the
 *		parameters (there must be one)
 * @shapes:	Together they are what the entry means; their order does not
 *		matter
 */
struct entry {
	enum verdict verdict;
	enum direction dir;
	unsigned int line;
	struct rate limit;
	uint32_t conns;
	struct rule_log log;
	bool flexible;
	size_t nshapes;
	struct shape *shapes;
};

struct profile_link {
	struct profile *to; /* not owned */
};

enum profile_state { PROFILE_NEW, PROFILE_LINKING, PROFILE_LINKED };

/**
 * struct profile - A parsed profile
 * @next:	Next profile of the pool
 * @name:	Its name
 * @file:	Path for messages
 * @refs:	Profiles that it references; parameters are defaults
 * @links:	Profile of each reference, once linked
 * @state:	For the search for cycles
 * @height:	Levels of references below it
 * @uses:	Parameters that it or a profile below can use, without the MAC
 */
struct profile {
	struct profile *next;
	char *name;
	char *file;
	size_t nentries;
	struct entry *entries;
	size_t nrefs;
	struct reference *refs;
	struct profile_link *links;
	enum profile_state state;
	unsigned int height;
	size_t nuses;
	char **uses;
};

/** profile_free() - Release a profile; NULL is fine */
void profile_free(struct profile *p);
void profile_freep(struct profile **p);
#define _cleanup_profile_ _cleanup_(profile_freep)

/** operand_clear() - Release what an operand owns */
void operand_clear(struct operand *o);

/** operand_param() - First parameter that an operand waits for, or NULL */
const char *operand_param(const struct operand *o);

/**
 * term_combine() - Make a match's values of the two sides of a condition
 * @field:	Field
 * @op:		Operator; a range of one value becomes a comparison
 * @from:	Values; they are completed in place (mask or upper bound)
 * @n:		Number of @from
 * @to:		The one mask or bound, NULL for none
 *
 * A value is cut to its mask: an address and its mask name a network.
 *
 * Return: NULL, or what is wrong as the end of a sentence
 */
const char *term_combine(enum field_id field, enum match_op *op,
			 struct value *from, unsigned int n,
			 const struct value *to) _must_check_;

/**
 * profile_uses() - Can this profile or one below use the parameter?
 */
bool profile_uses(const struct profile *p, const char *param);

/** profile_add_use() - Note that a profile uses a parameter */
int profile_add_use(struct profile *p, const char *param) _must_check_;

/**
 * profile_idle_entries() - Report ACCEPT entries that filter nothing
 *
 * An ACCEPT that no later DROP of its direction follows.
 *
 * Return: how many were reported as a note
 */
unsigned int profile_idle_entries(const struct profile *p);

#endif /* TF_PROFILE_H */
