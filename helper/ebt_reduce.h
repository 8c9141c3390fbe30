/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EBT_REDUCE_H
#define TF_EBT_REDUCE_H

#include "ebt.h"

/* What ebt_reduce.c and ebt_conjunct.c share; nobody else includes this. */

#define TYPE_IP4 0x0800
#define TYPE_ARP 0x0806
#define TYPE_RARP 0x8035
#define TYPE_TAG 0x8100
#define TYPE_IP6 0x86dd
#define TYPE_AD 0x88a8
#define TYPE_9100 0x9100
#define UDP 17

/* Types whose headers are looked into */
#define EBT_NTYPES 4
extern const uint16_t ebt_types[EBT_NTYPES];

#define NOBODY UINT32_MAX

/**
 * struct reduce - The work
 * @killer:	Profile that drops all of a type, NOBODY for none
 * @whole:	Rule because of which headers of a type must be whole
 * @udp:	Rule because of which there may be no UDP fragments
 * @has_whole:	A profile sees to whole headers already
 * @only:	Profile that is asked about, NOBODY for all
 * @fault:	Rule that cannot be carried
 * @what:	What of it
 */
struct reduce {
	const struct binding *b;
	struct binding *out;
	unsigned int killer[2][EBT_NTYPES];
	const struct rule *whole[2][EBT_NTYPES];
	const struct rule *udp[2];
	bool has_whole[2][EBT_NTYPES];
	unsigned int only;
	const struct rule *fault;
	const char *what;
};

/**
 * ebt_decides() - Does a profile decide alike about all frames of a type?
 * @first:	Index of the rule from which on it is asked
 */
bool ebt_decides(const struct binding *b, unsigned int first,
		 unsigned int profile, enum direction dir, uint16_t type,
		 enum verdict verdict);

/** ebt_find_killers() - Fill in @killer */
void ebt_find_killers(struct reduce *rd);

/** ebt_is_dead() - Does a rule look at a type that another profile drops? */
bool ebt_is_dead(const struct reduce *rd, const struct rule *r);

/** ebt_new_rule() - Append a rule, without matches, in the way of @like */
struct rule *ebt_new_rule(struct binding *b, const struct rule *like,
			  enum verdict verdict);

/** ebt_match_range() - Append a match with one range of numbers */
int ebt_match_range(struct rule *r, enum field_id field, uint64_t lo,
		    uint64_t hi) _must_check_;

/**
 * ebt_match_whole() - Append a match that says: the IP header is there
 *
 * The last address of it under an empty mask.
 */
int ebt_match_whole(struct rule *r, uint16_t type) _must_check_;

/* Profiles that ebt_add_conjuncts() adds at most: for types and UDP */
#define EBT_MAX_MORE (2 * (EBT_NTYPES + 1))

/**
 * ebt_add_conjuncts() - Append profiles that drop what cannot be looked into
 * @rd:		All rules have been seen
 *
 * Return: 0 or negative errno, reported
 */
int ebt_add_conjuncts(struct reduce *rd) _must_check_;

#endif /* TF_EBT_REDUCE_H */
