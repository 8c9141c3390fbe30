/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_NUMBERS_H
#define TF_IPT_NUMBERS_H

#include "ipt_cond.h"

/* What ipt_cond.c and its neighbours share: lists, and sets of numbers. */

/** ipt_list_add() - Append an empty list; NULL, reported */
struct ipt_list *ipt_list_add(struct ipt_conds *c);

/** ipt_cond_add() - Append a condition to a list, if there is one; NULL */
struct ipt_cond *ipt_cond_add(struct ipt_list *l, enum ipt_what what);

/**
 * struct numbers - Numbers that some matches leave
 * @size:	Those from here on do not exist
 */
struct numbers {
	unsigned int size;
	bool has[256];
};

/** ipt_all_numbers() - All from 0 up to but without @size */
struct numbers ipt_all_numbers(unsigned int size);

/**
 * ipt_leave() - Take away what the matches of a field do not leave
 * @field:	One of at most 8 bits
 *
 * Return: how many are left
 */
unsigned int ipt_leave(const struct rule *r, enum field_id field,
		       struct numbers *s);

/**
 * ipt_next_run() - The next run of numbers that are left, from @next on
 * @first:	Receives its first
 * @next:	Receives the one behind it
 */
bool ipt_next_run(const struct numbers *s, unsigned int *first,
		  unsigned int *next);

/** ipt_add_runs() - A list of all runs; 0 or -ENOMEM, reported */
int ipt_add_runs(struct ipt_conds *out, const struct numbers *s,
		 enum ipt_what what) _must_check_;

/**
 * ipt_add_singles() - Each number that is left, or not any of those that are
 * not
 *
 * Return: 0 or -ENOMEM, reported
 */
int ipt_add_singles(struct ipt_conds *out, const struct numbers *s,
		    unsigned int left, enum ipt_what what) _must_check_;

/* ---- what stands at a fixed place ----------------------------------------- */

/** ipt_next_is() - Does a rule ask for this first next header and no other? */
bool ipt_next_is(const struct rule *r, unsigned int next);

/**
 * ipt_bytes_refuses() - What of a match on bytes at a fixed place, or on a
 * Fragment header, cannot be asked
 * @r:		Its rule
 *
 * Return: a noun phrase; NULL if it can, or if it is no such match
 */
const char *ipt_bytes_refuses(const struct rule *r, const struct match *m);

/** ipt_take_bytes() - Append the conditions of all such matches of a rule */
int ipt_take_bytes(const struct rule *r, struct ipt_conds *out) _must_check_;

#endif /* TF_IPT_NUMBERS_H */
