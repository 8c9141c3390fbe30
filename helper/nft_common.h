/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_COMMON_H
#define TF_NFT_COMMON_H

#include <linux/netfilter.h>

#include "nft_expr.h"
#include "nft_step.h"

/*
 * What all taps of a place of the bridge family have in common: tables of the
 * place's own, in them the base chains, and of the bridge family the maps of
 * nft_ports.h that lead from a port to the chains of its tap.  It comes with
 * the first tap of the place and goes with the last one.
 */

#define NFT_COMMON_TABLES 3
#define NFT_COMMON_CHAINS 12

/**
 * struct nft_common_chain - A base chain
 * @family:	Of its table
 * @rules:	As nft_step.h says
 */
struct nft_common_chain {
	uint8_t family;
	const char *name;
	struct nft_hook hook;
	const struct nft_step_op *rules;
};

/**
 * struct nft_common - What a place has
 * @table:	Name of its tables
 * @families:	One of each table; NFPROTO_BRIDGE is the first
 * @sets:	Those of nft_ports.h that the latter has
 * @stations:	Number of sets that count the connections of stations, in the
 *		table of each family
 * @chains:	At most NFT_COMMON_CHAINS
 */
struct nft_common {
	const char *table;
	size_t nfamilies;
	uint8_t families[NFT_COMMON_TABLES];
	unsigned int sets;
	unsigned int stations[NFPROTO_NUMPROTO];
	size_t nchains;
	const struct nft_common_chain *chains;
};

/* The incoming direction of PLACE_INGRESS */
extern const struct nft_common nft_common_incoming;
/* State of connections in the marks of packets: PLACE_BRIDGE */
extern const struct nft_common nft_common_marks;
/* State of connections that the bridge tracks: PLACE_TRACK */
extern const struct nft_common nft_common_track;

/** nft_common_of() - Of a place; NULL if taps have nothing in common there */
const struct nft_common *nft_common_of(enum place place);

/**
 * struct nft_common_now - What the kernel has of it
 * @generation:	Number of the last change of any rules before it was looked at
 * @table:	There is the table
 * @chain:	There is a chain of that name
 * @right:	It is the one we would make
 */
struct nft_common_now {
	uint32_t generation;
	bool table[NFT_COMMON_TABLES];
	bool chain[NFT_COMMON_CHAINS];
	bool right[NFT_COMMON_CHAINS];
};

/**
 * nft_common_ask() - Ask the kernel for the table of a family
 *
 * Return: 0 if it is there; -ENOENT or another negative errno, not reported
 */
int nft_common_ask(struct nft_conn *c, const struct nft_common *k,
		   uint8_t family) _must_check_;

/**
 * nft_common_there() - Is any of it there?
 *
 * One request: what callers with nothing to do here pay.
 *
 * Return: 1 if so, 0, or negative errno, reported
 */
int nft_common_there(struct nft_conn *c,
		     const struct nft_common *k) _must_check_;

/** nft_common_generation() - Number of the last change of any rules */
int nft_common_generation(struct nft_conn *c, uint32_t *out) _must_check_;

/** nft_common_look() - See what is there, before a transaction begins */
int nft_common_look(struct nft_conn *c, const struct nft_common *k,
		    struct nft_common_now *out) _must_check_;

/** nft_common_write() - Append the messages that make all this, or mend it */
int nft_common_write(struct nft_batch *t, const struct nft_common *k,
		     const struct nft_common_now *now) _must_check_;

/** nft_common_delete() - Append the messages that remove what there is of it */
int nft_common_delete(struct nft_batch *t, const struct nft_common *k,
		      const struct nft_common_now *now) _must_check_;

/**
 * nft_common_verify() - Is it there, unchanged?
 * @findings:	What is not, a line each
 */
int nft_common_verify(struct nft_conn *c, const struct nft_common *k,
		      struct buf *findings) _must_check_;

#endif /* TF_NFT_COMMON_H */
