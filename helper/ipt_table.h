/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_TABLE_H
#define TF_IPT_TABLE_H

#include "iptc.h"

/*
 * What the taps have in one table: their chains, and the way there.  A chain
 * of ours is the first rule of a built-in chain, and finds a tap's chain by
 * the name of the bridge's port.
 *
 * What passed there has a bit in its mark, nft_mark_judged(), until it leaves
 * the host.  A frame
 * without it was not handed over by its bridge, and nobody has judged it.
 */

/**
 * ipt_table_put() - Give a tap these chains and no others
 * @set:	Without chains: take away all that it has
 *
 * Return: 0 or negative errno, reported
 */
int ipt_table_put(struct xtable *t, const char *tap,
		  const struct ipt_set *set) _must_check_;

/**
 * ipt_table_get() - The chains that a tap has
 * @out:	Zeroed; to be released in any case
 *
 * Return: 0 or negative errno, reported
 */
int ipt_table_get(struct xtable *t, const char *tap,
		  struct ipt_set *out) _must_check_;

/**
 * ipt_table_check() - Has the tap these chains, and does every packet of it
 * come there?
 *
 * @findings:	Receives a line for each thing that is found
 *
 * Return: 0, -EILSEQ if not, or another negative errno (reported)
 */
int ipt_table_check(struct xtable *t, const char *tap,
		    const struct ipt_set *set,
		    struct buf *findings) _must_check_;

#endif /* TF_IPT_TABLE_H */
