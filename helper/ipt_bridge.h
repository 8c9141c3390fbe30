/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_BRIDGE_H
#define TF_IPT_BRIDGE_H

#include "bridge_calls.h"

/**
 * ipt_bridge_lacks() - What keeps packets of a tap from iptables
 * @b:		Its rules; those that are placed with iptables are meant
 * @ifindex:	The device, which may be in its bridge already
 * @lacks:	A line for each thing is appended
 *
 * Its bridge must hand them over by its own setting, unless that is ours to
 * switch on, and filter no VLANs.  What the host itself sends to the tap never comes there, so the
 * host must have no address on that bridge.  Changes nothing.
 *
 * Return: 0 or negative errno, reported
 */
int ipt_bridge_lacks(const struct binding *b, uint32_t ifindex,
		     struct buf *lacks) _must_check_;

/**
 * ipt_bridge_ready() - Have all packets of a tap come to iptables
 *
 * Refuses what ipt_bridge_lacks() finds, and switches on what is ours to.
 *
 * Return: 0 or negative errno, reported; -EOPNOTSUPP if something is lacking
 */
int ipt_bridge_ready(const struct binding *b, uint32_t ifindex) _must_check_;

/** ipt_bridge_check() - As bridge_calls_check(), for rules of iptables */
int ipt_bridge_check(const struct binding *b, uint32_t ifindex,
		     struct buf *findings) _must_check_;

#endif /* TF_IPT_BRIDGE_H */
