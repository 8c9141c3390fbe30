/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_ENTRY_H
#define TF_IPT_ENTRY_H

#include <linux/netfilter/x_tables.h>
#include <stdbool.h>
#include <stdint.h>

#include "util.h"

/*
 * Rules of iptables and ip6tables as the kernel takes them: a head that looks
 * at the IP header, matches, and a target.  Nothing here talks to the kernel.
 */

enum ipt_family { IPT_IP4, IPT_IP6, IPT_FAMILIES };

#define IPT_CHAIN_SIZE 32 /* of libiptc; a name has at most 28 characters */

/**
 * struct ipt_rules - Rules, one behind the other
 * @family:	What their heads are
 * @n:		Number of rules
 * @data:	The rules; a target that is a verdict or a chain has its name
 */
struct ipt_rules {
	enum ipt_family family;
	unsigned int n;
	struct buf data;
};

struct ipt_chain {
	char name[IPT_CHAIN_SIZE];
	struct ipt_rules rules;
};

/**
 * struct ipt_set - The chains of one tap in one family's table
 * @n:		Number of chains; 0: the tap has nothing there
 */
struct ipt_set {
	enum ipt_family family;
	unsigned int n;
	struct ipt_chain *chains;
};

/** ipt_find_chain() - The chain of that name, or NULL */
const struct ipt_chain *ipt_find_chain(const struct ipt_set *s,
				       const char *name);

/** ipt_rules_free(), ipt_set_free() - Release what they own, and zero them */
void ipt_rules_free(struct ipt_rules *r);
void ipt_set_free(struct ipt_set *s);
#define _cleanup_rules_ _cleanup_(ipt_rules_free)
#define _cleanup_set_ _cleanup_(ipt_set_free)

/** ipt_family_name() - "iptables" or "ip6tables" */
const char *ipt_family_name(enum ipt_family f);

/** ipt_next() - The rule behind another; NULL for the first. NULL at the end */
const void *ipt_next(const struct ipt_rules *r, const void *rule);

/** ipt_rule_target() - The target of a rule */
const struct xt_entry_target *ipt_rule_target(enum ipt_family f,
					      const void *rule);

/** ipt_rule_counters() - What has met the rule */
const struct xt_counters *ipt_rule_counters(enum ipt_family f,
					    const void *rule);

/** ipt_next_match() - The match behind another; NULL for the first, at the end */
const struct xt_entry_match *ipt_next_match(enum ipt_family f, const void *rule,
					    const struct xt_entry_match *match);

/** ipt_find_match() - The data of the first match of a name, or NULL */
const void *ipt_find_match(enum ipt_family f, const void *rule,
			   const char *name);

/**
 * ipt_add() - Append a rule as the kernel told it
 * @rule:	In memory that the kernel's library wrote; what it leaves
 *		undefined is zeroed
 * @target:	Name of a verdict or chain; NULL when the target is another
 */
int ipt_add(struct ipt_rules *r, const void *rule,
	    const char *target) _must_check_;

/**
 * ipt_rule_digest() - Equal for rules that are the same, counters and what is
 * the kernel's own apart
 */
uint64_t ipt_rule_digest(enum ipt_family f, const void *rule);

/** ipt_find_rule() - Position of the first rule that is the same, or -1 */
int ipt_find_rule(const struct ipt_rules *in, const void *rule);

/**
 * struct ipt_draft - A rule that is being made
 * @proto:	Protocol that its head asks for, 0 for any
 */
struct ipt_draft {
	enum ipt_family family;
	uint8_t proto;
	struct buf data;
};

/** ipt_draft_begin() - A rule that matches all packets of its family */
int ipt_draft_begin(struct ipt_draft *d, enum ipt_family f) _must_check_;

/** ipt_draft_free() - Give it up, or release what is left */
void ipt_draft_free(struct ipt_draft *d);
#define _cleanup_draft_ _cleanup_(ipt_draft_free)

/** ipt_draft_device() - Ask for the device that it comes from or goes to */
void ipt_draft_device(struct ipt_draft *d, bool in, const char *name);

/** ipt_draft_proto() - Ask for the upper-layer protocol, or for any other */
void ipt_draft_proto(struct ipt_draft *d, uint8_t proto, bool inverted);

/**
 * ipt_draft_address() - Ask for an address under a mask
 * @src:	Source or destination
 *
 * Return: false, and nothing is changed, if it asks for one already
 */
bool ipt_draft_address(struct ipt_draft *d, bool src, bool inverted,
		       const uint8_t *address, const uint8_t *mask);

/** ipt_draft_match() - Append a match */
int ipt_draft_match(struct ipt_draft *d, const char *name, uint8_t revision,
		    const void *info, size_t size) _must_check_;

/**
 * ipt_draft_end() - Append the rule with a verdict
 * @target:	"DROP", "RETURN", the name of a chain, or "" to go on
 * @go:		Leave the chain for good when it leads to another
 */
int ipt_draft_end(struct ipt_draft *d, const char *target, bool go,
		  struct ipt_rules *out) _must_check_;

/** ipt_draft_end_target() - Append the rule with another target */
int ipt_draft_end_target(struct ipt_draft *d, const char *name,
			 uint8_t revision, const void *info, size_t size,
			 struct ipt_rules *out) _must_check_;

#endif /* TF_IPT_ENTRY_H */
