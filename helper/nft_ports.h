/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_PORTS_H
#define TF_NFT_PORTS_H

#include "nft_expr.h"

/*
 * Which port of a bridge leads to which chains: two maps, and a set of all
 * ports, in the table of the bridge family that a place has.  Not every place
 * needs all three: @sets has a bit (1 << enum nft_ports_set) for each.
 */

enum nft_ports_set { PORTS_IN, PORTS_OUT, PORTS_GUESTS, PORTS_COUNT };

/**
 * struct nft_port - An element
 * @ifindex:	Of the port; 0: it is to be removed
 * @chain:	Where it leads to; empty in the set
 */
struct nft_port {
	uint32_t ifindex;
	char chain[NFT_NAME_SIZE];
};

/** struct nft_ports - All of them, indexed by enum nft_ports_set */
struct nft_ports {
	struct nft_port *all[PORTS_COUNT];
	size_t n[PORTS_COUNT];
};

/** nft_ports_name() - Name of a set in the kernel */
const char *nft_ports_name(enum nft_ports_set set);

/**
 * nft_ports_read() - What the kernel has; nothing where there is no such set
 * @out:	Zeroed; nft_ports_free() releases it, whatever this returned
 */
int nft_ports_read(struct nft_conn *c, const char *table,
		   struct nft_ports *out) _must_check_;

/** nft_ports_find() - The same, but what is there of one port alone */
int nft_ports_find(struct nft_conn *c, const char *table, uint32_t ifindex,
		   struct nft_ports *out) _must_check_;
void nft_ports_free(struct nft_ports *p);
#define _cleanup_ports_ _cleanup_(nft_ports_free)

/** nft_ports_lead() - Does a port lead to all chains of a tap, by each set? */
bool nft_ports_lead(const struct nft_ports *p, const struct nft_names *n,
		    uint32_t ifindex, unsigned int sets);

/** nft_ports_other() - Does a port lead to chains of any other tap? */
bool nft_ports_other(const struct nft_ports *p, const struct nft_names *n);

/** nft_ports_make() - Append the messages that make the sets */
int nft_ports_make(struct nft_batch *t, const char *table,
		   unsigned int sets) _must_check_;

/** nft_ports_add() - Append the messages that lead a port to a tap's chains */
int nft_ports_add(struct nft_batch *t, const struct nft_names *n,
		  uint32_t ifindex, unsigned int sets) _must_check_;

/**
 * nft_ports_remove() - Append the messages that lead no port there any more
 * @p:		What there is; what is removed of it is noted
 * @keep:	But this one, 0 for none; it is led nowhere else
 */
int nft_ports_remove(struct nft_batch *t, struct nft_ports *p,
		     const struct nft_names *n, uint32_t keep) _must_check_;

/** nft_ports_clear() - Append the messages that remove all of these */
int nft_ports_clear(struct nft_batch *t, const char *table,
		    const struct nft_ports *p) _must_check_;

#endif /* TF_NFT_PORTS_H */
