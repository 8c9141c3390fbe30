/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_BRIDGE_CALLS_H
#define TF_BRIDGE_CALLS_H

#include "link.h"
#include "util.h"

/*
 * Whether the bridges of a tap hand its IP packets to iptables and to
 * connection tracking.  What counts is a bridge's own setting: that of sysctl
 * is everybody's, and programs switch it off.
 */

/** bridge_calls_configure() - May we switch it on? */
void bridge_calls_configure(bool may);

/** bridge_calls_allowed() - May we? */
bool bridge_calls_allowed(void);

/**
 * bridge_calls_each() - Look at the bridge that a tap is in, and at the one
 * that it is to be in
 * @ifindex:	The tap
 * @fn:		Called for each; a negative errno, reported, ends it
 *
 * Return: how many there are, or negative errno, reported
 */
int bridge_calls_each(const struct binding *b, uint32_t ifindex,
		      int (*fn)(struct link *l, const struct link_info *bridge,
				const struct link_calls *calls, void *data),
		      void *data) _must_check_;

/**
 * bridge_calls_tags() - Append a line if a bridge filters VLANs
 * @help:	What the line ends in
 *
 * Such a bridge puts tags on and takes them off between its own hooks, and what
 * is in a tag is handed over to nobody.
 *
 * Return: 0 or negative errno, reported
 */
int bridge_calls_tags(const struct link_info *bridge, const char *help,
		      struct buf *lacks) _must_check_;

/**
 * bridge_calls_refuse() - Report a bridge that filters VLANs
 *
 * Return: 0, -EOPNOTSUPP if there is one, or another negative errno, reported
 */
int bridge_calls_refuse(const struct binding *b, uint32_t ifindex) _must_check_;

/**
 * struct bridge_need - What is to be handed over
 * @ip:		IPv4 packets
 * @ip6:	IPv6 packets
 */
struct bridge_need {
	bool ip;
	bool ip6;
};

/**
 * bridge_calls_switch() - Switch on what is off, if we may
 *
 * It stays on: other taps may need it by the time that this one does not.
 *
 * Return: 0 or negative errno, reported
 */
int bridge_calls_switch(const struct binding *b, uint32_t ifindex,
			const struct bridge_need *need) _must_check_;

/**
 * bridge_calls_check() - Would bridge_calls_switch() change anything?
 * @findings:	A line for each bridge where it would
 *
 * Return: 0, -EILSEQ if so, or another negative errno, reported
 */
int bridge_calls_check(const struct binding *b, uint32_t ifindex,
		       const struct bridge_need *need,
		       struct buf *findings) _must_check_;

#endif /* TF_BRIDGE_CALLS_H */
