/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_FILTERPOOL_DRAFT_H
#define TF_FILTERPOOL_DRAFT_H

#include "profile.h"
#include "xml.h"

/*
 * Inside the FilterPool dialect: one FilterEntry as it is written (a draft),
 * between the reader of its elements and the maker of its shapes.
 */

enum group_id {
	GROUP_ETH,
	GROUP_ARP,
	GROUP_IP,
	GROUP_ICMP,
	GROUP_ICMP6,
	GROUP_COUNT
};

enum leaf_id {
	LEAF_ETH_SRC,
	LEAF_ETH_SRC_MASK,
	LEAF_ETH_DST,
	LEAF_ETH_DST_MASK,
	LEAF_ETH_TYPE,
	LEAF_VLAN_PCP,
	LEAF_VLAN_ID,
	LEAF_ETH_INNER,
	LEAF_ARP_HTYPE,
	LEAF_ARP_PTYPE,
	LEAF_ARP_HLEN,
	LEAF_ARP_PLEN,
	LEAF_ARP_OP,
	LEAF_ARP_SHA,
	LEAF_ARP_SPA,
	LEAF_ARP_THA,
	LEAF_ARP_TPA,
	LEAF_IP_VERSION,
	LEAF_IP_SRC,
	LEAF_IP_SRC_MASK,
	LEAF_IP_DST,
	LEAF_IP_DST_MASK,
	LEAF_IP_PROTO,
	LEAF_SPORT,
	LEAF_SPORT_END,
	LEAF_DPORT,
	LEAF_DPORT_END,
	LEAF_DSCP,
	LEAF_FRAGMENT,
	LEAF_NEXTHDR,
	LEAF_FRAGNEXT,
	LEAF_HOPLIMIT,
	LEAF_IGMP_TYPE,
	LEAF_TCP_FLAGS,
	LEAF_ICMP_TYPE,
	LEAF_ICMP_CODE,
	LEAF_ICMP6_TYPE,
	LEAF_ICMP6_CODE,
	LEAF_ND_TARGET,
	LEAF_ND_LLADDR,
	LEAF_STATE, /* in no group */
	LEAF_COUNT
};

enum fragment { FRAGMENT_NONE, FRAGMENT_FIRST, FRAGMENT_LATER, FRAGMENT_ANY };

/**
 * struct leaf_row - What the dialect knows of a leaf
 * @name:	Element name, with "tf:" before it if it is ours
 * @ours:	In our namespace
 * @group:	Group it stands in, GROUP_COUNT for the entry itself
 * @type:	How a value is written
 * @field:	Field that fits the type (of IPv4 where there are two)
 * @flags:	Of the following
 */
struct leaf_row {
	const char *name;
	bool ours;
	enum group_id group;
	const struct value_type *type;
	enum field_id field;
	unsigned int flags;
};

#define LEAF_FIXED 1U /* decides what the entry is: no placeholder */
#define LEAF_LIST 2U /* values and placeholders with blanks between them */
#define LEAF_RANGE 4U /* or one range of numbers */
#define LEAF_BOTH 8U /* an address of either family */

extern const struct leaf_row filterpool_leaves[LEAF_COUNT];

/* Types that the shapes need for the two families. */
extern const struct value_type filterpool_address4;
extern const struct value_type filterpool_address6;

/**
 * struct group_row - What the dialect knows of a group
 */
struct group_row {
	const char *name; /* as struct leaf_row has it */
	bool ours;
};

extern const struct group_row filterpool_groups[GROUP_COUNT];

enum group_state {
	GROUP_ABSENT, /* not written, or all children empty */
	GROUP_ANY, /* no children: any frame of the kind */
	GROUP_SET, /* some leaf has a value */
};

struct leaf {
	const char *text; /* the tree's; NULL when it is no constraint */
	unsigned int line;
};

/**
 * struct draft - One FilterEntry
 * @file:	Path for messages
 * @line:	Of the entry
 * @limit, @conns, @log:	Lines of the elements, 0 for none
 * @out:	Entry that receives the shapes
 */
struct draft {
	const char *file;
	unsigned int line;
	unsigned int limit;
	unsigned int conns;
	unsigned int log;
	enum group_state group[GROUP_COUNT];
	unsigned int group_line[GROUP_COUNT];
	struct leaf leaf[LEAF_COUNT];
	struct entry *out;
};

/**
 * draft_read_more() - Read tf:Limit, tf:ConnLimit or tf:Log
 * @d:		The entry; @d->out receives what they say
 * @n:		Element of an entry
 * @name:	Name of the profile
 *
 * Return: 1; 0 if it is none of them; -EINVAL, reported
 */
int draft_read_more(struct draft *d, const struct xml_node *n,
		    const char *name) _must_check_;

/**
 * draft_check_more() - Do they go with the rest of the entry?
 *
 * Return: 0 or -EINVAL, reported
 */
int draft_check_more(const struct draft *d) _must_check_;

/**
 * leaf_check() - Is a leaf's text a value, or a placeholder that may stand
 * there?
 *
 * Return: 0 or -EINVAL, reported
 */
int leaf_check(const char *file, enum leaf_id id, const struct leaf *leaf);

/** leaf_given() - Has the leaf a value? */
bool leaf_given(const struct draft *d, enum leaf_id id);

/**
 * leaf_next_word() - Cut the next word off a leaf's text
 * @rest:	Text, no longer than XML_MAX_TEXT; moved on
 * @word:	Receives it, XML_MAX_TEXT + 1 bytes
 *
 * Return: true if there was one
 */
bool leaf_next_word(const char **rest, char *word);

/**
 * leaf_number() - The one number that a leaf is
 *
 * Return: the number, or -1 when there is none, or it is a placeholder, a
 * list or a range
 */
int leaf_number(const struct draft *d, enum leaf_id id);

/** leaf_is_list() - Has the leaf more than one word? */
bool leaf_is_list(const struct draft *d, enum leaf_id id);

/** word_number() - As leaf_number(), of one word of a leaf */
int word_number(enum leaf_id id, const char *word);

/**
 * leaf_fault() - Report a leaf: "NAME 'TEXT' SENTENCE"
 *
 * Return: -EINVAL
 */
int leaf_fault(const struct draft *d, enum leaf_id id, const char *sentence);

/**
 * shape_leaf() - Append the condition that a leaf makes, if it has a value
 * @field:	Field
 * @id:		Leaf
 * @to:		Leaf of its mask or upper bound, LEAF_COUNT for none
 *
 * Return: 0 or negative errno, reported
 */
int shape_leaf(const struct draft *d, struct shape *s, enum field_id field,
	       enum leaf_id id, enum leaf_id to) _must_check_;

/**
 * shape_number() - Append a condition that the entry implies
 * @mask:	Mask, 0 for all bits
 */
int shape_number(const struct draft *d, struct shape *s, enum field_id field,
		 enum match_op op, unsigned int value,
		 unsigned int mask) _must_check_;

/**
 * shape_either() - Append "is one of two numbers"
 */
int shape_either(const struct draft *d, struct shape *s, enum field_id field,
		 unsigned int a, unsigned int b) _must_check_;

/* Numbers of the wire that decide what an entry is */
#define TYPE_VLAN 0x8100
#define TYPE_ARP 0x0806
#define TYPE_RARP 0x8035
#define TYPE_IP4 0x0800
#define TYPE_IP6 0x86dd

#define ARP_ETHERNET 1

#define PROTO_ICMP 1
#define PROTO_IGMP 2
#define PROTO_TCP 6
#define PROTO_ICMP6 58

#define ND_SOLICIT_ROUTER 133
#define ND_SOLICIT 135
#define ND_ADVERTISE 136

#define FAMILY4 1U
#define FAMILY6 2U

/**
 * struct meaning - What the leaves of a draft say together
 * @families:	FAMILY4, FAMILY6 or both
 * @family_by:	Element that left only one family, for messages
 * @flexible:	The parameters will choose between the two
 * @proto:	Upper-layer protocol, -1 for none, several or a parameter
 * @proto_by:	Element that says so
 * @nd:		Neighbour-discovery message, 0 if no such leaf is given
 */
struct meaning {
	unsigned int families;
	const char *family_by;
	bool flexible;
	int proto;
	const char *proto_by;
	int nd;
};

/** draft_has() - Does the entry have this group, with or without leaves? */
bool draft_has(const struct draft *d, enum group_id g);

/** draft_is_ip() - Does the entry have a group of IP? */
bool draft_is_ip(const struct draft *d);

/** draft_arp_addresses() - Does the entry match an address in ARP? */
bool draft_arp_addresses(const struct draft *d);

/**
 * draft_meaning() - Find out what an entry means
 * @m:		Zeroed; filled for an entry with an IP group
 *
 * Return: 0, or -EINVAL (reported) when it contradicts itself
 */
int draft_meaning(const struct draft *d, struct meaning *m) _must_check_;

/**
 * draft_lower() - Check a draft for contradictions and make its shapes
 *
 * Return: 0 or negative errno, reported
 */
int draft_lower(const struct draft *d) _must_check_;

#endif /* TF_FILTERPOOL_DRAFT_H */
