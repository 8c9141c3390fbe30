/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_FRAME_H
#define TF_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule.h"

/*
 * Frames that selftest sends: what an attacker would send, and the honest
 * neighbours of each.  A frame is described by what is unusual about it;
 * frame_build() fills in the rest: addresses, lengths, checksums.
 */

#define FRAME_MAX 1514

/* The guest of the test; its second addresses come from a prefix. */
#define FRAME_MAC "52:54:00:ad:be:01"
#define FRAME_IP "10.0.0.1 10.0.0.16/28"
#define FRAME_IPV6 "2001:db8::1 2001:db8:0:1::/64"

/* Who an address belongs to: each has a MAC, an IPv4 and an IPv6 address. */
enum who {
	WHO_AUTO, /* whatever the rest of the frame asks for */
	GUEST,
	GUEST_2, /* an address inside of the guest's prefix */
	GUEST_LL, /* the guest's link-local address */
	PEER,
	PEER_LL,
	OTHER,
	OTHER_LL,
	ROUTER,
	ROUTER_LL,
	BEYOND, /* the first address after the guest's prefix */
	NOBODY, /* all zero */
	LOOPBACK,
	ALL, /* broadcast; all nodes */
	SUBNET, /* directed broadcast */
	GROUP, /* some multicast group (mDNS) */
	HOSTS, /* 224.0.0.1, ff02::1 */
	ROUTERS, /* 224.0.0.2, ff02::2 */
	REPORTS, /* IGMPv3 and MLDv2 */
	DHCP_SERVERS,
	NODE_GUEST, /* solicited-node group */
	NODE_PEER,
	BRIDGES, /* 01:80:c2:00:00:00 */
	PAUSE, /* 01:80:c2:00:00:01 */
	PORT_ACCESS, /* 01:80:c2:00:00:03 */
	LLDP, /* 01:80:c2:00:00:0e */
	CDP, /* 01:00:0c:cc:cc:cc */
	WHO_COUNT
};

enum frame_kind {
	FRAME_ARP,
	FRAME_RARP,
	FRAME_IP4,
	FRAME_IP6,
	FRAME_LLC, /* 802.3 length, then @payload bytes from @body */
	FRAME_TYPE, /* Ethernet II with EtherType @type2 and @body */
};

enum frame_wrap {
	WRAP_NONE,
	WRAP_VLAN0,
	WRAP_VLAN0_TWICE,
	WRAP_AD, /* 802.1ad, VID 0 */
	WRAP_AD_VLAN,
	WRAP_VID5,
	WRAP_9100,
	WRAP_THRICE,
	WRAP_SNAP,
	WRAP_SNAP_F8,
	WRAP_VLAN0_SNAP,
	WRAP_SNAP_VLAN0,
	WRAP_COUNT
};

/* IPv6 extension headers, in the order of the frame */
enum frame_ext {
	EXT_END,
	EXT_HOP,
	EXT_ROUTING,
	EXT_FRAGMENT,
	EXT_AUTH,
	EXT_DEST,
	EXT_DEST_CUT, /* 16 bytes by its length; what follows has other ideas */
	EXT_MOBILITY,
	EXT_HIP,
	EXT_SHIM6,
};

/* Neighbour-discovery options */
enum frame_option { OPT_END, OPT_SOURCE, OPT_TARGET, OPT_NONCE };

#define FRAME_MAX_EXT 4
#define FRAME_MAX_OPT 2

/**
 * struct frame_spec - A frame, by what is not as usual
 * @src:	IP source; ARP sender IP
 * @dst:	IP destination; ARP target IP
 * @eth_src:	Default: guest (outgoing), peer (incoming)
 * @eth_dst:	Default: what the destination address asks for
 * @sha:	ARP sender MAC; default: the Ethernet source
 * @tha:	ARP target MAC; default: 0 in requests, else of @dst
 * @htype:	ARP, as @ptype, @hlen, @plen: 0 for the usual value
 * @frag:	IPv4 flags and fragment offset; IPv6: of the Fragment header
 * @hop:	TTL; default: what the protocol demands, else 64
 * @target:	Of a neighbour message
 * @claim:	IPv4 total length or IPv6 payload length, if it is to be wrong
 * @cut:	Cut the frame off after so many bytes
 * @pad:	Pad it with zeros up to so many bytes
 */
struct frame_spec {
	enum frame_kind kind;
	enum frame_wrap wrap;
	enum who eth_src, eth_dst, src, dst, sha, tha;
	uint16_t op, htype, ptype;
	uint8_t hlen, plen;
	uint8_t proto;
	uint16_t frag;
	uint8_t hop;
	enum frame_ext ext[FRAME_MAX_EXT];
	uint16_t sport, dport;
	uint8_t flags;
	uint8_t type, code;
	enum who target;
	enum frame_option opt[FRAME_MAX_OPT];
	enum who opt_mac[FRAME_MAX_OPT];
	uint16_t type2;
	const char *body;
	uint16_t payload;
	uint16_t claim, cut, pad;
};

/* The profiles that are not made of others; a set of them is a mask. */
enum frame_by {
	BY_MAC = 1 << 0, /* no-mac-spoofing */
	BY_ARP = 1 << 1,
	BY_IP = 1 << 2,
	BY_IPV6 = 1 << 3,
	BY_RA = 1 << 4,
	BY_DHCP = 1 << 5,
	BY_BROADCAST = 1 << 6,
	BY_MULTICAST = 1 << 7,
	BY_ETHERNET = 1 << 8, /* ethernet-only */
	BY_ONLY4 = 1 << 9,
	BY_ONLY6 = 1 << 10,
	BY_LAYER2 = 1 << 11, /* generic-layer2 */
	BY_LAYER3 = 1 << 12, /* VM-specific-layer3 */
};

/**
 * struct frame_row - A frame of the table
 * @name:	Unique
 * @class:	What kind of attack it is, or "honest"
 * @dropped_by:	enum frame_by of the profiles that must drop it
 * @local:	A bridge never forwards it: only our counters can tell
 */
struct frame_row {
	const char *name;
	const char *class;
	enum direction dir;
	unsigned int dropped_by;
	bool local;
	struct frame_spec spec;
};

/* frame_row_get() - A row of the table, or NULL behind its end */
const struct frame_row *frame_row_get(size_t i);

/**
 * frame_build() - Make the frame of a row
 * @out:	FRAME_MAX bytes
 *
 * Return: its length
 */
size_t frame_build(const struct frame_row *row, uint8_t *out);

/**
 * frame_profile() - What a shipped profile must drop
 * @name:	Name of a profile
 *
 * Return: enum frame_by of the profile or its members, 0 for a profile that
 * is not shipped
 */
unsigned int frame_profile(const char *name);

/** frame_profile_name() - Name of a shipped profile, NULL behind the last */
const char *frame_profile_name(size_t i);

/* Parts of the table, in order */
struct frame_part {
	const struct frame_row *rows;
	size_t n;
};
extern const struct frame_part frame_part_ether, frame_part_ip4,
	frame_part_ip4_in, frame_part_ip6, frame_part_nd, frame_part_ip6_in;

/* For frame.c and frame_build.c */
struct frame_address {
	uint8_t mac[6];
	uint8_t ip4[4];
	uint8_t ip6[16];
};
const struct frame_address *frame_address(enum who who);

#endif /* TF_FRAME_H */
