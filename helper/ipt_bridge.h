/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_BRIDGE_H
#define TF_IPT_BRIDGE_H

#include "rule.h"
#include "util.h"

/**
 * ipt_bridge_lacks() - What keeps packets of a tap from iptables
 * @lacks:	A line for each thing is appended
 *
 * For the rest as ipt_check_bridge().
 *
 * Return: 0 or negative errno, reported
 */
int ipt_bridge_lacks(const struct binding *b, uint32_t ifindex,
		     struct buf *lacks) _must_check_;

/**
 * ipt_check_bridge() - Do all packets of a tap come to iptables?
 * @b:		Its rules; those that are placed with iptables are meant
 * @ifindex:	The device, which may be in its bridge already
 *
 * Its bridge must hand them over by its own setting.  What the host itself
 * sends to the tap never comes there, so the host must have no address on that
 * bridge.  Changes nothing.
 *
 * Return: 0 or negative errno, reported; -EOPNOTSUPP if not
 */
int ipt_check_bridge(const struct binding *b, uint32_t ifindex) _must_check_;

#endif /* TF_IPT_BRIDGE_H */
