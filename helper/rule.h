/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_RULE_H
#define TF_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field.h"
#include "util.h"

/*
 * The middle of the house: what a profile says about a frame once all names,
 * placeholders and references are gone.  A binding is the whole answer for
 * one tap: a list of profiles, each with its rules in the order in which they
 * are tried.  A frame passes if every profile accepts it; a profile accepts
 * what none of its rules matches.
 */

#define RULE_MAX_MATCHES 16
#define MATCH_MAX_VALUES 256
#define BINDING_MAX_PROFILES 256
#define BINDING_MAX_RULES \
	65535 /* the wire's limit; tapfilter.conf's is lower */
#define TAP_NAME_SIZE 16 /* IFNAMSIZ */

/* VERDICT_REJECT: a DROP that the sender of a packet is told of */
enum verdict { VERDICT_ACCEPT, VERDICT_DROP, VERDICT_REJECT };
enum direction { DIR_IN, DIR_OUT }; /* to the guest, from the guest */

/* Where the kernel carries a profile; see place.h */
enum place {
	PLACE_NONE, /* not decided: the resolver knows no kernel */
	PLACE_NETDEV, /* nft, hooks of the tap itself */
	PLACE_BRIDGE, /* nft, hooks of the bridge family and of IP */
	PLACE_EBTABLES,
	PLACE_IPTABLES,
	PLACE_INGRESS, /* nft, where a tap has no egress hook */
	PLACE_TRACK, /* nft, hooks of the bridge family alone */
	PLACE_COUNT
};

enum match_op {
	OP_EQ, /* one of the values, each under its mask */
	OP_NE, /* none of the values */
	OP_RANGE, /* in one of the ranges, bounds included */
	OP_NRANGE, /* in none of the ranges */
};

/**
 * struct value - One operand of a match
 * @lo:	Value, or lower bound; network byte order, field_bytes() bytes, right-
 *	aligned when the width is no multiple of 8; the rest zero.  Bits
 *	outside of the mask are zero.
 * @hi:	Mask (OP_EQ, OP_NE) or upper bound (OP_RANGE, OP_NRANGE), as @lo
 */
struct value {
	uint8_t lo[FIELD_MAX_BYTES];
	uint8_t hi[FIELD_MAX_BYTES];
};

/**
 * struct match - One condition of a rule
 *
 * False whenever the field is not in the frame (frame too short, later
 * fragment, header not there), whatever the operator.
 */
struct match {
	enum field_id field;
	enum match_op op;
	unsigned int nvalues;
	struct value *values; /* owned by the rule */
};

/**
 * struct rate - So many frames in so long
 * @frames:	0 for no limit at all; the rest is 0 then
 * @seconds:	1, 60, 3600 or 86400
 * @burst:	So many may come at once
 */
struct rate {
	uint32_t frames;
	uint32_t seconds;
	uint32_t burst;
};

#define RATE_MAX_FRAMES 1000000
#define RATE_MAX_BURST 10000
#define RULE_MAX_CONNS 65535
#define RULE_LOG_PREFIX_SIZE 64 /* of NFLOG */

/**
 * struct rule_log - How the frames of a rule are noted
 * @on:		They are
 * @group:	Group of NFLOG
 * @rate:	No more than that
 * @prefix:	Text of which rule_prefix_ok()
 */
struct rule_log {
	bool on;
	uint16_t group;
	struct rate rate;
	char prefix[RULE_LOG_PREFIX_SIZE];
};

/**
 * struct rule - A verdict for the frames that all matches are true of
 * @profile:	Index into the binding's profiles
 * @line:	Line of the entry in the profile's file
 * @entry:	Number of the entry in the profile; rules of one entry stand
 *		together, have its verdict, direction and log, and share its
 *		limits
 * @limit:	Only an ACCEPT: frames above it are not the rule's
 * @conns:	Only an ACCEPT of IP: nor those of connections above so many,
 *		0 for any number
 * @log:	What is done beside
 *
 * A rule that looks at ARP, IP or deeper carries the EtherType match that
 * makes this sound: eth.type, or eth.type 0x8100 and vlan.type for a rule that
 * looks behind a tag.  rule_validate() insists.
 */
struct rule {
	enum verdict verdict;
	enum direction dir;
	unsigned int profile;
	unsigned int line;
	unsigned int entry;
	struct rate limit;
	uint32_t conns;
	struct rule_log log;
	unsigned int nmatches;
	struct match matches[RULE_MAX_MATCHES];
};

/**
 * struct binding_profile - One conjunct of a binding
 * @name:	Name of the profile
 * @file:	Its file, for messages
 * @params:	Parameters that it was resolved with, "name=value name=value",
 *		as an administrator reads them; may be empty
 * @place:	Where it is carried, all of it
 */
struct binding_profile {
	char *name;
	char *file;
	char *params;
	enum place place;
};

/**
 * struct binding - What is to be enforced on one tap, and what for
 * @tap:	Name of the device; empty when the domain leaves it open
 * @bridge:	Bridge to enslave the tap to; empty for none
 * @isolated:	Its port there exchanges no frames with other isolated ports
 * @mac:	The guest's address
 * @uuid:	Domain UUID, all zero if the domain has none
 * @domain:	Name of the domain
 * @nic:	Index of the interface in the domain, from 0
 * @profiles:	Conjuncts; a profile that only has references is among them
 * @rules:	Grouped by profile, in the order in which they are tried
 */
struct binding {
	char tap[TAP_NAME_SIZE];
	char bridge[TAP_NAME_SIZE];
	bool isolated;
	uint8_t mac[6];
	uint8_t uuid[16];
	char *domain;
	unsigned int nic;
	unsigned int nprofiles;
	struct binding_profile *profiles;
	unsigned int nrules;
	struct rule *rules;
};

/** binding_free() - Release what a binding owns; the struct itself stays */
void binding_free(struct binding *b);
#define _cleanup_binding_ _cleanup_(binding_free)

/**
 * binding_name_profile() - Say which profile one is
 * @p:		Zeroed but for @place
 * @like:	Its name and file are copied
 * @params:	As in struct binding_profile; copied
 *
 * Return: 0 or -ENOMEM, reported
 */
int binding_name_profile(struct binding_profile *p,
			 const struct binding_profile *like,
			 const char *params) _must_check_;

/**
 * rule_add_match() - Append a match with room for @nvalues values
 * @r:		The rule
 * @field:	Field
 * @op:		Operator
 * @nvalues:	Number of values, at least 1
 *
 * Return: the new match with zeroed values, or NULL (reported) when the rule
 * is full or memory is short
 */
struct match *rule_add_match(struct rule *r, enum field_id field,
			     enum match_op op, unsigned int nvalues);

/**
 * rule_match_uint() - Append a match of a field of up to 64 bits with one
 * value under the full mask
 *
 * Return: 0 or negative errno, reported
 */
int rule_match_uint(struct rule *r, enum field_id field, enum match_op op,
		    uint64_t value) _must_check_;

/** rule_clear() - Release a rule's values and zero it */
void rule_clear(struct rule *r);

/**
 * rule_copy() - Deep copy
 * @to:		Rule to overwrite; owns nothing before the call
 *
 * Return: 0 or -ENOMEM, reported
 */
int rule_copy(struct rule *to, const struct rule *from) _must_check_;

/**
 * value_full_mask() - Set the mask of a value to all bits of the field
 */
void value_full_mask(const struct field *f, struct value *v);

/**
 * rule_find() - First match on a field
 *
 * Return: the match, or NULL
 */
const struct match *rule_find(const struct rule *r, enum field_id field);

/**
 * rule_prefix_ok() - Can this be the prefix of a log?
 *
 * Printable ASCII, without what nft(8) could not read back in its own listing:
 * quotation marks and dollar signs.
 */
bool rule_prefix_ok(const char *text);

/** rule_same_limits() - Have two rules the same limits and log? */
bool rule_same_limits(const struct rule *a, const struct rule *b);
/** match_equal() - Do two matches ask the same, values in the same order? */
bool match_equal(const struct match *a, const struct match *b);

/** rule_tagged() - Does the rule look behind one 802.1Q tag? */
bool rule_tagged(const struct rule *r);

/**
 * rule_ethertype() - The protocol that the rule is bound to
 *
 * Return: the value of its single-valued vlan.type match (tagged rule) or
 * eth.type match in host byte order, or 0 when it has none
 */
uint16_t rule_ethertype(const struct rule *r);

/**
 * rule_validate() - Is this rule one that every place may carry?
 * @r:		Rule, perhaps from another process
 *
 * Checks field numbers, operators, value counts, bits outside the width or
 * mask, bounds in order, and that each field's family is pinned.
 *
 * Return: NULL if so, else a static sentence that says what is wrong
 */
const char *rule_validate(const struct rule *r);

/**
 * rule_format() - Canonical text of one rule, without a newline
 * @b:		Its binding (for the profile's name)
 * @r:		The rule
 * @out:	Text is appended
 *
 * "PROFILE:LINE out drop eth.type=0x0806 arp.spa!={10.0.0.1,10.0.0.0/24}".
 * Operators: = != ; a value is VALUE, VALUE/PREFIXLEN (an address),
 * VALUE/MASK or LOW-HIGH; two or more stand in braces.  Then what the rule
 * asks for beside: limit=N/PERIOD burst=N connlimit=N log=GROUP
 * log.limit=N/PERIOD log.burst=N log.prefix="TEXT".
 *
 * Return: 0 or -ENOMEM, reported
 */
int rule_format(const struct binding *b, const struct rule *r,
		struct buf *out) _must_check_;

/** verdict_name() - What a verdict is called: "drop" */
const char *verdict_name(enum verdict v);

/** place_name() - What a place is called: "nft netdev" */
const char *place_name(enum place p);

/**
 * rule_format_matches() - What rule_format() prints behind the verdict, a
 * blank before each
 *
 * Return: 0 or -ENOMEM, reported
 */
int rule_format_matches(const struct rule *r, struct buf *out) _must_check_;

/**
 * binding_format() - Canonical text of a binding: "# " header lines (tap,
 * domain, mac, bridge; "port isolated" if it is; one line a profile, with its
 * place in parentheses once that is decided), then one rule a line
 */
int binding_format(const struct binding *b, struct buf *out) _must_check_;

/**
 * binding_encode() - Append a binding as a self-contained flat record
 *
 * Little-endian integers of fixed width, no pointers; record.c has the layout.
 *
 * Return: 0 or -ENOMEM, reported
 */
int binding_encode(const struct binding *b, struct buf *out) _must_check_;

/**
 * binding_decode() - Read and validate one flat record
 * @data:	Bytes from another process or a file; nothing is trusted
 * @len:	Number of bytes
 * @used:	Receives the size of the record
 * @b:		Zeroed binding; on success owned by the caller
 *
 * Return: 0, or -EBADMSG / -ENOMEM (reported)
 */
int binding_decode(const void *data, size_t len, size_t *used,
		   struct binding *b) _must_check_;

/**
 * binding_digest() - Digest of what is enforced, whichever files that is from
 *
 * Return: the digest, 0 if memory is short
 */
uint64_t binding_digest(const struct binding *b);

/**
 * binding_pins_mac() - Does some profile drop every outgoing frame whose
 * source is not the interface's MAC?
 *
 * True if a profile's outgoing rules end in a DROP without matches and each
 * ACCEPT before it matches eth.src to the MAC alone.
 */
bool binding_pins_mac(const struct binding *b);

/** rule_is_stateful() - Must connections be known to judge it? */
bool rule_is_stateful(const struct rule *r);

/** profile_is_stateful() - Is one of a profile's rules stateful? */
bool profile_is_stateful(const struct binding *b, unsigned int profile);

enum guarded { GUARDED_MAC, GUARDED_IPV4, GUARDED_IPV6 };

/**
 * binding_guards() - Does the guest speak only for itself, whatever
 * connections there are?
 * @what:	GUARDED_MAC: some profile that is not stateful pins the MAC, as
 *		for binding_pins_mac().  GUARDED_IPV4, GUARDED_IPV6: one drops
 *		all outgoing frames that carry this version, wrapped or not,
 *		but those that an ACCEPT before matched by their source address
 */
bool binding_guards(const struct binding *b, enum guarded what);

#endif /* TF_RULE_H */
