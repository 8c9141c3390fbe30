/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_GUARD_H
#define TF_IPT_GUARD_H

#include "backend.h"

/*
 * Rules of the bridge's own filter that drop packets to and from a tap which
 * iptables has not seen: those that the host itself sends, and all where a
 * bridge does not hand them over, or no longer.
 */

/**
 * ipt_guard_put() - Give taps the rules that they need, and no others
 *
 * Return: 0 or negative errno, reported
 */
int ipt_guard_put(const struct backend_item *items, size_t n) _must_check_;

/** ipt_guard_remove() - Take away all that a tap has */
int ipt_guard_remove(const char *tap) _must_check_;

/**
 * ipt_guard_check() - Are they there?
 *
 * Return: 0, -EILSEQ with a line in @findings, or negative errno, reported
 */
int ipt_guard_check(const struct binding *b, struct buf *findings) _must_check_;

#endif /* TF_IPT_GUARD_H */
