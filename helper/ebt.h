/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EBT_H
#define TF_EBT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend.h"
#include "rule.h"
#include "util.h"

/*
 * The ebtables place, between its files.  Rules of a binding go through two
 * steps: ebt_reduce() says in the language of rules what ebtables can enforce,
 * ebt_lower() writes that as options.  What is written and what ebtables-save
 * shows are the same structures, so they can be compared.
 */

extern const struct backend_ops backend_ebt;

#define EBT_CHAIN_SIZE 32 /* EBT_CHAIN_MAXNAMELEN */
#define EBT_MAX_CONDS 16
#define EBT_MAX_RULES 65535 /* of one tap */

/* What ebtables can ask; conditions of a rule are in this order. */
enum ebt_key {
	EBT_IN,
	EBT_OUT,
	EBT_PROTO, /* 0 stands for LENGTH: 802.3 */
	EBT_SRC,
	EBT_DST,
	EBT_ARP_OP,
	EBT_ARP_HTYPE,
	EBT_ARP_PTYPE,
	EBT_ARP_IP_SRC,
	EBT_ARP_IP_DST,
	EBT_ARP_MAC_SRC,
	EBT_ARP_MAC_DST,
	EBT_IP_SRC,
	EBT_IP_DST,
	EBT_IP_TOS,
	EBT_IP_PROTO,
	EBT_IP_SPORT,
	EBT_IP_DPORT,
	EBT_IP_ICMP, /* type, then code */
	EBT_IP_IGMP,
	EBT_IP6_SRC,
	EBT_IP6_DST,
	EBT_IP6_TCLASS,
	EBT_IP6_PROTO,
	EBT_VLAN_ID,
	EBT_VLAN_PRIO,
	EBT_VLAN_ENCAP,
	EBT_SNAP_TYPE,
	EBT_KEY_COUNT
};

/**
 * struct ebt_cond - One option
 * @negated:	"!"
 * @lo:		Value, lower bounds, or the name of a device
 * @hi:		Mask of an address, or upper bounds; else zero
 */
struct ebt_cond {
	enum ebt_key key;
	bool negated;
	uint8_t lo[FIELD_MAX_BYTES];
	uint8_t hi[FIELD_MAX_BYTES];
};

enum ebt_target {
	EBT_ACCEPT,
	EBT_DROP,
	EBT_RETURN,
	EBT_CONTINUE,
	EBT_JUMP,
	EBT_STRANGE, /* read back, and none that we write */
};

/**
 * struct ebt_rule - One rule of a chain
 * @jump:	Where EBT_JUMP leads to, else empty
 * @from:	Rule of a binding that it stands for, NULL for none
 */
struct ebt_rule {
	unsigned int nconds;
	struct ebt_cond conds[EBT_MAX_CONDS];
	enum ebt_target target;
	char jump[EBT_CHAIN_SIZE];
	const struct rule *from;
	uint64_t packets;
	uint64_t bytes;
};

struct ebt_chain {
	char name[EBT_CHAIN_SIZE];
	size_t nrules;
	struct ebt_rule *rules;
};

/**
 * struct ebt_chains - The chains of one tap
 */
struct ebt_chains {
	size_t n;
	struct ebt_chain *chain;
};

/** ebt_chains_free() - Release all */
void ebt_chains_free(struct ebt_chains *c);
#define _cleanup_chains_ _cleanup_(ebt_chains_free)

/** ebt_chain_add() - Append an empty chain; NULL, reported */
struct ebt_chain *ebt_chain_add(struct ebt_chains *c, const char *name);

/** ebt_chain_find() - The chain of a name, NULL for none */
struct ebt_chain *ebt_chain_find(const struct ebt_chains *c, const char *name);

/** ebt_rule_add() - Append an empty rule; NULL, reported */
struct ebt_rule *ebt_rule_add(struct ebt_chain *c, enum ebt_target target);

/** ebt_rule_equal() - Do two rules the same?  Counters do not matter */
bool ebt_rule_equal(const struct ebt_rule *a, const struct ebt_rule *b);

/** ebt_chain_equal() - The same for all rules of two chains; @b may be NULL */
bool ebt_chain_equal(const struct ebt_chain *a, const struct ebt_chain *b);

/*
 * Names: "tf-TAP-id" has the identity and is never reached, "tf-TAP-o" and
 * "tf-TAP-i" lead to one chain for each profile: "tf-TAP-o0", ...
 */
#define EBT_PREFIX "tf-"

/** ebt_chain_name() - Name of a chain of a tap: @suffix is "id", "o", "i3" */
void ebt_chain_name(const char *tap, const char *suffix, char *out);

/** ebt_chain_of() - Is a chain of that name one of this tap? */
bool ebt_chain_of(const char *name, const char *tap);

/** ebt_is_jump() - Does a rule of a built-in chain lead frames to ours? */
bool ebt_is_jump(const struct ebt_rule *r);

/* ---- reduce --------------------------------------------------------------- */

/**
 * ebt_reduce() - What ebtables can enforce of a binding, as rules
 * @b:		Profiles that this place is to carry
 * @out:	Zeroed; owned by the caller.  Profiles keep their index; more may
 *		follow
 *
 * The result lets no frame pass that @b drops, with the exceptions that
 * tapfilter-profile(5) names; it drops whole what ebtables cannot look into.
 *
 * Return: 0 or negative errno, reported; -EOPNOTSUPP if a rule cannot be
 * carried
 */
int ebt_reduce(const struct binding *b, struct binding *out) _must_check_;

/**
 * ebt_refuses() - What of a profile ebtables cannot carry
 * @rule:	Receives the first rule that it is about
 *
 * Return: a noun phrase, NULL if it carries all
 */
const char *ebt_refuses(const struct binding *b, unsigned int profile,
			const struct rule **rule);

/**
 * ebt_legacy_refuses() - What of a rule ebtables-legacy would get wrong
 *
 * It takes a tag of type 0x88a8, which the kernel has set aside like any other,
 * for one of 0x8100, so it cannot drop the former or accept only the latter.
 *
 * Return: a noun phrase if the rule would let more pass, else NULL
 */
const char *ebt_legacy_refuses(const struct rule *r);

/**
 * ebt_blind() - Is this a frame of which ebtables sees less than it should?
 *
 * A header that is cut off, IPv4 whose lengths contradict each other or the
 * frame, SNAP of an unusual kind, two Fragment headers: whether a rule matches
 * it is not certain.  With ebtables-legacy, a tag of type 0x88a8.
 */
bool ebt_blind(const uint8_t *frame, size_t len);

/**
 * ebt_may_differ() - May what ebt_reduce() made of rules judge a frame
 * otherwise than the rules themselves?
 * @view:	How it judges it
 */
bool ebt_may_differ(const uint8_t *frame, size_t len, enum verdict view);

/** ebt_type_holds() - Is a match on a type true of untagged frames of it? */
bool ebt_type_holds(const struct match *m, uint16_t type);

/** ebt_reach() - Which of the untagged frames of a type does a rule match? */
enum ebt_reach { REACH_NONE, REACH_SOME, REACH_ALL };
enum ebt_reach ebt_reach(const struct rule *r, uint16_t type);

/* ---- lower ---------------------------------------------------------------- */

/**
 * ebt_lower_refuses() - What of a rule cannot be written as options
 *
 * Return: a noun phrase, or NULL
 */
const char *ebt_lower_refuses(const struct rule *r);

/**
 * ebt_lower() - The chains of a tap
 * @b:		What ebt_reduce() made
 * @id:		Kept in the chain "id"
 * @out:	Zeroed; to be released in any case.  Points into @b
 *
 * Return: 0 or negative errno, reported
 */
int ebt_lower(const struct binding *b, const struct backend_tap *id,
	      struct ebt_chains *out) _must_check_;

/** ebt_jump() - The rule of a built-in chain that leads to a tap's chain */
void ebt_jump(const char *tap, enum direction dir, struct ebt_rule *out);

/** ebt_add_identity() - Append the chain "id" */
int ebt_add_identity(const char *tap, const struct backend_tap *id,
		     struct ebt_chains *out) _must_check_;

/** ebt_read_identity() - From the chain "id"; false if that is not ours */
bool ebt_read_identity(const struct ebt_chain *c, struct backend_tap *out);

/* ---- text ----------------------------------------------------------------- */

/** ebt_write_rule() - Append "-A CHAIN OPTIONS -j TARGET\n" (or "-D", "-I") */
int ebt_write_rule(struct buf *out, const char *how, const char *chain,
		   const struct ebt_rule *r) _must_check_;

/**
 * struct ebt_names - Names that ebtables-save writes instead of numbers
 *
 * Of /etc/ethertypes and /etc/protocols; a file that is not there has none.
 */
struct ebt_names {
	struct ebt_name {
		char name[32];
		uint16_t number;
	} * types, *protocols;
	size_t ntypes;
	size_t nprotocols;
};

/** ebt_names_load() - Read both files; 0 or negative errno, reported */
int ebt_names_load(struct ebt_names *n) _must_check_;

/** ebt_names_add() - Take the names of one such file; @base of its numbers */
int ebt_names_add(struct ebt_name **names, size_t *n, const char *text,
		  int base) _must_check_;

/** ebt_names_free() - Release them */
void ebt_names_free(struct ebt_names *n);

/**
 * struct ebt_view - What the kernel has of a tap
 * @chains:	Its chains
 * @jumps:	Rules of built-in chains that lead to it: DIR_OUT in
 *		PREROUTING, DIR_IN in POSTROUTING
 * @late:	Such a jump stands behind a rule of somebody else
 */
struct ebt_view {
	struct ebt_chains chains;
	unsigned int jumps[2];
	bool late[2];
};

/** ebt_view_free() - Release it */
void ebt_view_free(struct ebt_view *v);
#define _cleanup_view_ _cleanup_(ebt_view_free)

/**
 * ebt_parse() - Find a tap in what ebtables-save printed
 * @text:	NUL-terminated; anything
 * @out:	Zeroed; to be released in any case
 *
 * Return: 0 or -ENOMEM, reported
 */
int ebt_parse(const char *text, const struct ebt_names *names, const char *tap,
	      struct ebt_view *out) _must_check_;

/**
 * ebt_goes_on() - Is this a rule behind which every frame goes on?
 * @line:	As ebtables-save prints it; one that sets a mark, or counts
 */
bool ebt_goes_on(const char *line, size_t len);

/** ebt_has_direction() - Is a chain among these that a hook leads to? */
bool ebt_has_direction(const struct ebt_chains *c, const char *tap,
		       enum direction dir);

/**
 * ebt_write_change() - Append what makes the chains of a tap what they should be
 * @want:	All chains that it is to have; none removes it
 * @now:	What it has
 *
 * Lines of the table "nat", to be committed together.
 */
int ebt_write_change(struct buf *out, const char *tap,
		     const struct ebt_chains *want,
		     const struct ebt_view *now) _must_check_;

/**
 * ebt_write_findings() - Append a line for everything that is not as wanted
 * @b:		Rules that @want stands for
 */
int ebt_write_findings(struct buf *out, const struct binding *b,
		       const struct ebt_chains *want,
		       const struct ebt_view *now) _must_check_;

/**
 * ebt_count() - Sum up by entries of profiles what rules have met
 * @b:		Rules that @want stands for
 * @out:	See counters in struct backend_ops; empty at first
 *
 * Return: 0 or -ENOMEM, reported
 */
int ebt_count(const struct binding *b, const struct ebt_chains *want,
	      const struct ebt_chains *now, struct backend_counter **out,
	      size_t *n) _must_check_;

/**
 * ebt_parse_value() - Read the value of an option
 * @text:	Is changed
 * @c:		@key is set
 */
bool ebt_parse_value(const struct ebt_names *names, char *text,
		     struct ebt_cond *c);

/* ---- the table of options ------------------------------------------------- */

/* How a value is written. */
enum ebt_kind {
	EBT_KIND_DEVICE,
	EBT_KIND_TYPE, /* EtherType */
	EBT_KIND_MAC,
	EBT_KIND_IP4,
	EBT_KIND_IP6,
	EBT_KIND_OP, /* ARP operation */
	EBT_KIND_DEC, /* 16 bits */
	EBT_KIND_HEX, /* 16 bits */
	EBT_KIND_BYTE, /* hexadecimal */
	EBT_KIND_PRIO, /* decimal, 8 bits */
	EBT_KIND_PROTO, /* of IP */
	EBT_KIND_PORT,
	EBT_KIND_ICMP,
	EBT_KIND_IGMP,
};

/**
 * struct ebt_option - One row
 * @name:	As we write it
 * @alias:	As ebtables-save may write it, or NULL
 */
struct ebt_option {
	const char *name;
	const char *alias;
	enum ebt_kind kind;
};

extern const struct ebt_option ebt_options[EBT_KEY_COUNT];

/**
 * ebt_icmp_name() - Type and codes that ebtables-save has a name for
 * @lo:	Receives type and lowest code
 * @hi:	Receives type and highest code
 */
bool ebt_icmp_name(const char *name, uint8_t *lo, uint8_t *hi);

/** ebt_igmp_name() - The same for the type of IGMP */
bool ebt_igmp_name(const char *name, uint8_t *type);

/** ebt_op_name() - Number of an ARP operation, 0 for a name that is none */
unsigned int ebt_op_name(const char *name);

#endif /* TF_EBT_H */
