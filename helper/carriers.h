/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_CARRIERS_H
#define TF_CARRIERS_H

#include "backend.h"

/*
 * Several carriers as one backend: each gets the profiles that are placed with
 * it, as a binding of their own.  A place may be divided among two of them, by
 * direction.
 */

/**
 * struct carrier - One of them
 * @ops:	Its functions; they see no rule of another place or direction
 * @places:	Its places, a bit (1 << enum place) each, indexed by enum
 *		direction; a profile that has no incoming rule is not shown to
 *		one that carries only that direction of its place
 */
struct carrier {
	const struct backend_ops *ops;
	unsigned int places[2];
};

/* The same places in both directions */
#define CARRIER_PLACES(mask)                          \
	{                                             \
		[DIR_IN] = (mask), [DIR_OUT] = (mask) \
	}

/**
 * struct carriers - All of them, and the connection of each
 *
 * Each function is what struct backend_ops says of the one of its name.
 */
struct carriers {
	const struct carrier *all;
	size_t n;
	struct backend **be;
};

int carriers_open(struct carriers *c) _must_check_;
void carriers_close(struct carriers *c);

/**
 * carriers_part() - What a carrier has of a binding
 * @out:	Owns its two arrays; what they point to is the binding's
 *
 * Return: 0 or -ENOMEM, reported
 */
int carriers_part(const struct binding *b, const struct carrier *c,
		  struct binding *out) _must_check_;
void carriers_part_free(struct binding *part);

/**
 * carriers_query() - What is installed, by the first carrier that tells
 *
 * It is also the first that is changed.
 */
int carriers_query(const struct carriers *c, const char *tap,
		   struct backend_tap *out) _must_check_;

int carriers_hold(const struct carriers *c, const struct binding *b,
		  const struct backend_tap *id) _must_check_;

/**
 * carriers_apply() - Install or replace
 *
 * Where more than one carrier is concerned, and not all is as before, each first
 * gets what the tap had together with what it is to have, and then the latter
 * alone: at no instant is there less than one of the two.  After an error some
 * may have both.
 */
int carriers_apply(const struct carriers *c, const struct backend_item *items,
		   size_t n) _must_check_;
int carriers_verify(const struct carriers *c, const struct binding *b,
		    const struct backend_tap *id,
		    struct buf *findings) _must_check_;
int carriers_remove(const struct carriers *c, const char *tap) _must_check_;
int carriers_release(const struct carriers *c, uint32_t ifindex) _must_check_;
int carriers_counters(const struct carriers *c, const struct binding *b,
		      struct backend_counter **out, size_t *n) _must_check_;

#endif /* TF_CARRIERS_H */
