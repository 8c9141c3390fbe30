/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_OBSERVE_DRAFT_H
#define TF_OBSERVE_DRAFT_H

#include "observe.h"

/* What observe_advice.c and observe_notes.c share */

/**
 * struct draft - What goes into the texts
 * @failed:	Memory was short
 * @ip4:	Parameters, with blanks between addresses; empty for none
 * @n4:		How many addresses these are
 * @own:	A profile of its own is needed
 */
struct draft {
	const struct observed *o;
	struct observe_advice *out;
	bool failed;
	char mac[FIELD_TEXT_MAX];
	uint8_t mac_bytes[6];
	struct buf ip4;
	struct buf ip6;
	struct buf linklocal;
	size_t n4, n6, nlinklocal;
	bool own;
};

#define add(d, to, ...)                                \
	do {                                           \
		if (buf_printf((to), __VA_ARGS__) < 0) \
			(d)->failed = true;            \
	} while (0)

/** observe_write_notes() - What must be thought about, a sentence a line */
void observe_write_notes(struct draft *d);

/** observe_type_of() - EtherType of a row of that table */
unsigned int observe_type_of(const struct observe_row *row);

/** observe_can_have4() - May a guest have this IPv4 address as its own? */
bool observe_can_have4(const uint8_t *a);

/** observe_is_extra() - Is this a type that no shipped profile lets pass? */
bool observe_is_extra(const struct observe_row *row);

#endif /* TF_OBSERVE_DRAFT_H */
