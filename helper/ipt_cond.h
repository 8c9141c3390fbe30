/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_COND_H
#define TF_IPT_COND_H

#include "ipt_entry.h"
#include "rule.h"

/*
 * The conditions of a rule, in the terms of iptables' matches.  One rule of
 * iptables asks for one value of each thing, so a rule becomes as many as its
 * lists have combinations.
 */

enum ipt_what {
	IPT_SRC, /* lo to hi */
	IPT_DST,
	IPT_PROTO, /* lo; in IPv6 without an Authentication header before it */
	IPT_AUTH, /* an Authentication header, in IPv6 */
	IPT_MAC, /* source, lo */
	IPT_SPORT, /* lo to hi */
	IPT_DPORT,
	IPT_FLAGS, /* of TCP: lo under the mask hi */
	IPT_ICMP, /* type lo[0], code lo[1] to hi[1] */
	IPT_DSCP, /* lo */
	IPT_TTL, /* or hop limit: lo to hi */
	IPT_GROUP, /* destination, as struct sk_buff has it: lo */
	IPT_FRAGMENT, /* a Fragment header; flags of the match "frag" in lo */
	IPT_BYTES, /* at a place: lo under the mask hi */
	IPT_RUN, /* a number at a place: lo to hi */
};

/**
 * struct ipt_cond - One condition
 * @at:		First byte of a place, from that of the IP header on
 * @bytes:	Number of bytes there; those of a number are in one word of 4
 */
struct ipt_cond {
	enum ipt_what what;
	bool inverted;
	uint8_t at;
	uint8_t bytes;
	struct value v;
};

/**
 * struct ipt_list - Conditions, one of which must hold
 */
struct ipt_list {
	unsigned int n;
	struct ipt_cond *conds;
};

/**
 * struct ipt_conds - What is left of a rule
 * @never:	No packet can meet it
 * @n:		Number of lists, all of which must hold
 * @states:	A bit for each enum conn_state that may be; 0 when it does not
 *		matter
 */
struct ipt_conds {
	bool never;
	uint8_t states;
	unsigned int n;
	struct ipt_list *lists;
};

/** ipt_family_of() - The table that a rule belongs to */
enum ipt_family ipt_family_of(const struct rule *r);

/**
 * ipt_conds_make() - Look at the matches of a rule
 * @r:		One that ipt_refuses() does not
 * @out:	Zeroed; to be released in any case
 *
 * Return: 0 or -ENOMEM, reported
 */
int ipt_conds_make(const struct rule *r, struct ipt_conds *out) _must_check_;

/** ipt_conds_free() - Release what it owns */
void ipt_conds_free(struct ipt_conds *c);
#define _cleanup_conds_ _cleanup_(ipt_conds_free)

/** ipt_conds_count() - Number of combinations; UINT_MAX for a great many */
unsigned int ipt_conds_count(const struct ipt_conds *c);

/** ipt_write_cond() - Append what asks for a condition, other than of a place */
int ipt_write_cond(struct ipt_draft *d, const struct ipt_cond *c) _must_check_;

/** ipt_is_place() - Is it about bytes at a place? */
bool ipt_is_place(const struct ipt_cond *c);

/** ipt_write_places() - Append what asks for all these, which are of places */
int ipt_write_places(struct ipt_draft *d, const struct ipt_cond *const *conds,
		     unsigned int n) _must_check_;

/** ipt_period() - Time between two frames of a rate, in 1/XT_LIMIT_SCALE s */
uint64_t ipt_period(const struct rate *r);

/** ipt_write_limit() - Append what matches no more frames than that */
int ipt_write_limit(struct ipt_draft *d, const struct rate *r) _must_check_;

/** ipt_write_conns() - Append what matches no more connections than that */
int ipt_write_conns(struct ipt_draft *d, uint32_t conns) _must_check_;

/** ipt_write_states() - Append what asks for one of these states */
int ipt_write_states(struct ipt_draft *d, uint8_t states) _must_check_;

/** ipt_write_comment() - Append a comment */
int ipt_write_comment(struct ipt_draft *d, const char *text) _must_check_;

/** ipt_write_port() - Append what asks for the port of the bridge */
int ipt_write_port(struct ipt_draft *d, enum direction dir,
		   const char *tap) _must_check_;

/** ipt_write_any_port() - Append what asks for any port of any bridge */
int ipt_write_any_port(struct ipt_draft *d) _must_check_;

/**
 * ipt_refuses() - What of a rule iptables cannot express
 *
 * Return: that, as place_refuses_rule() has it, or NULL
 */
const char *ipt_refuses(const struct rule *r);

#endif /* TF_IPT_COND_H */
