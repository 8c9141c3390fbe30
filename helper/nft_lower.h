/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_LOWER_H
#define TF_NFT_LOWER_H

#include <stdbool.h>
#include <stdint.h>

#include "rule.h"

/*
 * Rules of a binding turned into what the kernel's packet classifier does:
 * chains of rules, each a list of loads and comparisons.  Nothing here talks
 * to the kernel; nft_expr.c writes a plan as netlink messages.
 */

/* Where a condition takes its bytes from. */
enum plan_source {
	PLAN_LINK, /* offset from the destination address, tags included */
	PLAN_NET, /* offset from the network header of an untagged frame */
	PLAN_TRANSPORT, /* offset from what the kernel found as layer 4 */
	PLAN_L4PROTO, /* one byte: layer 4 protocol the kernel found */
	PLAN_FRAG, /* offset in the IPv6 Fragment header */
	PLAN_FRAGHDR, /* one byte: 1 if there is a Fragment header, else 0 */
	PLAN_MARK, /* four bytes: what others noted, as this machine has it */
	PLAN_CONN, /* four bytes: what the kernel says of a connection, likewise */
};

/**
 * struct plan_cond - One load and what is asked of the bytes
 * @source:	See there
 * @offset:	First byte
 * @len:	Number of bytes
 * @field:	Field that fills the bytes exactly, or FIELD_NONE; listings by
 *		other programs read better with it
 * @masked:	The bytes are taken under @mask
 * @op:		OP_EQ and OP_NE compare with @values[].lo; OP_RANGE with the one
 *		range from lo to hi, OP_NRANGE with each of them
 * @values:	Without overlap, @len bytes each
 *
 * False when the bytes are not in the frame.
 */
struct plan_cond {
	enum plan_source source;
	unsigned int offset;
	unsigned int len;
	enum field_id field;
	bool masked;
	uint8_t mask[FIELD_MAX_BYTES];
	enum match_op op;
	unsigned int nvalues;
	const struct value *values;
};

enum plan_verdict {
	PLAN_ACCEPT,
	PLAN_DROP,
	PLAN_RETURN,
	PLAN_JUMP,
	PLAN_GOTO,
	PLAN_REJECT,
	PLAN_CONTINUE, /* none */
};

/**
 * struct plan_rule - What one kernel rule does
 * @conds:	All must hold
 * @target:	Index of the chain that PLAN_JUMP and PLAN_GOTO lead to
 * @conns:	The packet's connection must be one of so many that come here; 0
 *		for any number.  It needs to have one
 * @limit:	Number of the limit that must allow it, from 1; 0 for none
 * @log:	How the frame is noted, or NULL
 * @from:	Rule of the binding, NULL for one that only finds the way
 */
struct plan_rule {
	unsigned int nconds;
	const struct plan_cond *conds;
	enum plan_verdict verdict;
	unsigned int target;
	uint32_t conns;
	unsigned int limit;
	const struct rule_log *log;
	const struct rule *from;
};

struct plan_chain {
	unsigned int nrules;
	struct plan_rule *rules;
};

struct plan_block; /* memory that lives as long as the plan */

/**
 * struct plan - All chains of one direction
 * @nrules:	Rules in all chains that rules of the binding became
 * @chains:	The first is the base chain; a frame that reaches its end
 *		passes
 * @limits:	Rules that have a limit, one of each entry
 *
 * Points into the binding that it was made from.
 */
struct plan {
	unsigned int nrules;
	unsigned int nchains;
	struct plan_chain *chains;
	unsigned int nlimits;
	const struct rule **limits;
	struct plan_block *blocks;
};

/**
 * nft_lower() - Plan the chains of one direction
 * @b:		Valid rules
 * @dir:	Direction
 * @out:	Zeroed; to be released in any case
 *
 * Return: 0 or negative errno, reported
 */
int nft_lower(const struct binding *b, enum direction dir,
	      struct plan *out) _must_check_;

/** plan_free() - Release what a plan owns */
void plan_free(struct plan *p);

/**
 * plan_alloc() - Zeroed memory that is released with the plan
 *
 * Return: the memory, or NULL (reported)
 */
void *plan_alloc(struct plan *p, size_t n, size_t size) _must_check_;

/* From here on: between the files that make a plan. */

/* Is it asked whether an IPv6 frame holds the upper-layer header? */
enum plan_guard {
	GUARD_AS_NEEDED, /* for the loads of the rule */
	GUARD_ALWAYS,
	GUARD_NEVER, /* it has been asked before */
};

/**
 * struct residue - What is left of a rule where something is known already
 * @rule:	The rule
 * @counts:	The rule that its counter is for, NULL for @rule
 * @drop:	Verdict
 * @ethertype:	What the network header is, 0 if it is not looked at
 * @tagged:	It is behind a tag
 * @guard:	See there
 * @matches:	Those that are not known to be true
 */
struct residue {
	const struct rule *rule;
	const struct rule *counts;
	bool drop;
	uint16_t ethertype;
	bool tagged;
	enum plan_guard guard;
	unsigned int nmatches;
	const struct match *matches;
};

/**
 * plan_add_residue() - Append the kernel rules that stand for a residue
 * @p:		The plan
 * @chain:	Index of the chain
 * @b:		The binding, for messages
 * @res:	The residue
 * @accept:	What an ACCEPT is in this chain
 *
 * Return: 0 or negative errno, reported
 */
int plan_add_residue(struct plan *p, unsigned int chain,
		     const struct binding *b, const struct residue *res,
		     enum plan_verdict accept) _must_check_;

/** plan_add_like() - The same, as kernel rules like @model but for conditions */
int plan_add_like(struct plan *p, unsigned int chain, const struct binding *b,
		  const struct residue *res,
		  const struct plan_rule *model) _must_check_;

/** plan_wants_guard() - Is a guard needed that doubles the kernel rules? */
bool plan_wants_guard(const struct residue *res);

/**
 * plan_add_way() - Append the kernel rules that lead to another chain
 * @res:	What frames must meet; its rule is for messages
 * @verdict:	PLAN_JUMP or PLAN_GOTO
 */
int plan_add_way(struct plan *p, unsigned int chain, const struct binding *b,
		 const struct residue *res, enum plan_verdict verdict,
		 unsigned int target) _must_check_;

/**
 * plan_add_list() - Append what stands for residues at the end of a chain
 * @chain:	Index of the chain; nothing may be appended to it afterwards
 * @n:		Number of residues
 * @accept:	What an ACCEPT is in this chain
 */
int plan_add_list(struct plan *p, unsigned int chain, const struct binding *b,
		  const struct residue *res, unsigned int n,
		  enum plan_verdict accept) _must_check_;

/**
 * plan_add_test() - Append a rule that looks at one field alone
 * @field:	A field that no rule looks for behind a tag
 * @op:		OP_EQ or OP_NE
 * @value:	Value of the field
 * @from:	As in struct plan_rule
 */
int plan_add_test(struct plan *p, unsigned int chain, enum field_id field,
		  enum match_op op, const uint8_t *value,
		  enum plan_verdict verdict, unsigned int target,
		  const struct rule *from) _must_check_;

/** plan_add_rule() - Append a rule; NULL (reported) when memory is short */
struct plan_rule *plan_add_rule(struct plan *p,
				unsigned int chain) _must_check_;

/** plan_add_limit() - Append the limit of a rule; negative errno, reported */
int plan_add_limit(struct plan *p, const struct rule *r) _must_check_;

/** plan_add_chain() - Append an empty chain; its index or negative errno */
int plan_add_chain(struct plan *p) _must_check_;

#endif /* TF_NFT_LOWER_H */
