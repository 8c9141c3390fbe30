/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ADMIN_DROPS_H
#define TF_ADMIN_DROPS_H

#include "backend.h"

/*
 * What was dropped, by what it was: the class of a frame is the class of the
 * entry that dropped it.
 */

enum drop_class {
	DROP_DHCP, /* ports of DHCP and DHCPv6 */
	DROP_RA, /* router advertisements, and what else a router says */
	DROP_ND, /* neighbour discovery */
	DROP_ICMP, /* the rest of ICMP and ICMPv6 */
	DROP_IGMP,
	DROP_PORT, /* other ports, TCP flags */
	DROP_BROADCAST,
	DROP_MULTICAST,
	DROP_FRAGMENT,
	DROP_STATE, /* of the connection */
	DROP_IP, /* addresses, protocols, headers of IPv4 and IPv6 */
	DROP_ARP, /* and RARP */
	DROP_VLAN, /* tags */
	DROP_MAC,
	DROP_ETHERTYPE,
	DROP_OTHER,
	DROP_CLASSES
};

/** drop_class_name() - Its name */
const char *drop_class_name(enum drop_class c);

/**
 * drop_classify() - What the DROP of an entry is about
 * @r:		A rule of @b that drops
 *
 * By what it looks at, the most special first.  One without conditions drops
 * what the ACCEPTs of its profile and direction let by: the EtherType if one
 * of them looks at nothing else, else what all of them are about, else
 * DROP_OTHER.
 */
enum drop_class drop_classify(const struct binding *b, const struct rule *r);

/**
 * struct drop_sum - Frames of one class
 * @known:	Some rule drops such frames
 */
struct drop_sum {
	bool known;
	uint64_t packets;
	uint64_t bytes;
};

/**
 * struct drop_sums - All frames that were dropped on a tap
 * @by:		For each direction and class
 */
struct drop_sums {
	uint64_t packets;
	uint64_t bytes;
	struct drop_sum by[2][DROP_CLASSES];
};

/**
 * drop_sums_make() - Sum up the counters of a tap
 * @all:	Its counters
 *
 * An entry of a profile has one counter for each direction and verdict,
 * however many rules it became; its class is the most special of theirs.
 * Those of an entry that the binding does not have are of DROP_OTHER.
 */
void drop_sums_make(const struct binding *b, const struct backend_counter *all,
		    size_t n, struct drop_sums *out);

/** drop_is_of() - Does this counter count for the rule's entry? */
bool drop_is_of(const struct backend_counter *c, const struct binding *b,
		const struct rule *r);

#endif /* TF_ADMIN_DROPS_H */
