/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_STATE_H
#define TF_NFT_STATE_H

#include "nft_conn.h"

/*
 * What all taps whose profiles ask for connections have in common: chains that
 * note the state of a packet's connection in its mark (nft_mark.h), and those
 * that lead to the chains of a tap.
 */

#define STATE_TABLES 3
#define STATE_CHAINS 12

/**
 * struct nft_state - What the kernel has of it
 * @generation:	Number of the last change of any rules before it was looked at
 * @table:	There is the table
 * @chain:	There is a chain of that name
 * @right:	It is the one we would make
 */
struct nft_state {
	uint32_t generation;
	bool table[STATE_TABLES];
	bool chain[STATE_CHAINS];
	bool right[STATE_CHAINS];
};

/**
 * nft_state_there() - Is any of it there?
 *
 * One request: what callers with nothing to do here pay.
 *
 * Return: 1 if so, 0, or negative errno, reported
 */
int nft_state_there(struct nft_conn *c) _must_check_;

/** nft_state_look() - See what is there, before a transaction begins */
int nft_state_look(struct nft_conn *c, struct nft_state *out) _must_check_;

/** nft_state_write() - Append the messages that make all this, or mend it */
int nft_state_write(struct nft_batch *t,
		    const struct nft_state *now) _must_check_;

/** nft_state_delete() - Append the messages that remove what there is of it */
int nft_state_delete(struct nft_batch *t,
		     const struct nft_state *now) _must_check_;

/**
 * nft_state_verify() - Is it there, unchanged?
 * @findings:	What is not, a line each
 */
int nft_state_verify(struct nft_conn *c, struct buf *findings) _must_check_;

#endif /* TF_NFT_STATE_H */
