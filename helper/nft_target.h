/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_TARGET_H
#define TF_NFT_TARGET_H

#include "nft_carry.h"
#include "nft_ports.h"

/**
 * struct nft_target - What is to be in the kernel for one tap
 * @b:		Its binding; not owned
 * @id:		What is to stand beside its rules
 * @names:	Where they belong
 * @present:	What is there now
 * @carry:	What its rules met
 * @plans:	Chains and rules of each direction; none of one that another
 *		carrier has
 * @want:	What is expected of them when they are read back, one for each
 *		chain
 */
struct nft_target {
	const struct binding *b;
	struct backend_tap id;
	struct nft_names names;
	struct nft_present present;
	struct nft_carry carry;
	struct plan plans[2];
	struct nft_digests *want[2];
};

/**
 * nft_target_plan() - Find out which chains and rules a binding becomes
 * @t:		Zeroed; nft_target_free() releases it, whatever this returned
 */
int nft_target_plan(struct nft_target *t, enum place place,
		    const struct binding *b,
		    const struct backend_tap *id) _must_check_;

/** nft_target_look() - See what is there now, before a transaction begins */
int nft_target_look(struct nft_conn *c, struct nft_target *t) _must_check_;

/**
 * nft_target_ports() - What leads to the chains of a target that was looked at,
 * and where its device is led to
 *
 * Not all ports are read: the chains tell which device was led to them.
 */
int nft_target_ports(struct nft_conn *c, const struct nft_target *t,
		     struct nft_ports *out) _must_check_;

/** nft_target_free() - Release what a target owns */
void nft_target_free(struct nft_target *t);

/**
 * nft_add_table() - Append the message that makes a table, or wakes it
 *
 * Once in a transaction: some kernels refuse to be told twice.
 */
int nft_add_table(struct nft_batch *t, const char *name) _must_check_;

/** nft_add_chain() - Append the message that makes a chain */
int nft_add_chain(struct nft_batch *t, const struct nft_names *n,
		  enum direction dir, unsigned int index) _must_check_;

/**
 * nft_add_removal() - Append a message that names a chain
 * @type:	NFT_MSG_DELRULE to flush its rules, NFT_MSG_DELCHAIN
 */
int nft_add_removal(struct nft_batch *t, const struct nft_names *n,
		    enum direction dir, unsigned int index,
		    uint16_t type) _must_check_;

/**
 * nft_target_write() - Append the messages that replace what is present
 *
 * Also finds out what is to be expected of it.
 */
int nft_target_write(struct nft_batch *t,
		     struct nft_target *target) _must_check_;

/**
 * nft_target_verify() - Is in the kernel what was written?
 * @findings:	As for verify of struct backend_ops
 *
 * Return: 0, -EILSEQ if not, or another negative errno
 */
int nft_target_verify(struct nft_conn *c, const struct nft_target *target,
		      struct buf *findings) _must_check_;

/** nft_is_present() - Is there anything under a tap's name? */
bool nft_is_present(const struct nft_present *p);

/** nft_delete_all() - Append the messages that remove what is present */
int nft_delete_all(struct nft_batch *t, const struct nft_names *n,
		   const struct nft_present *present) _must_check_;

#endif /* TF_NFT_TARGET_H */
