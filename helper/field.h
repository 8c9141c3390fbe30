/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_FIELD_H
#define TF_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The one table of what a rule can look at.  Dialects map their element names
 * to a field, backends derive their loads from it, the evaluator reads frames
 * with it and messages print it.
 */

#define FIELD_MAX_BYTES 16 /* the widest field: an IPv6 address */

/* Where the offset of a field counts from. */
enum field_base {
	/* the frame as it is on the wire, tags included: offset 0 is the
	 * first byte of the destination address */
	BASE_LINK,
	/* the network header: 14, or 18 in a rule that looks behind a tag */
	BASE_NET,
	/* the upper-layer header, behind IPv4 options or IPv6 extension
	 * headers; never there in a later fragment */
	BASE_TRANSPORT,
	/* the IPv6 Fragment header (RFC 8200, 4.5) wherever it stands */
	BASE_FRAGHDR,
	/* not at a place of its own: see the comment of each such field */
	BASE_VIRTUAL,
};

/* How a value of the field is written. */
enum field_type {
	TYPE_UINT, /* decimal */
	TYPE_HEX, /* hexadecimal, as wide as the field */
	TYPE_MAC,
	TYPE_IPV4,
	TYPE_IPV6,
	TYPE_STATE, /* a word of enum conn_state */
};

/* What connection tracking makes of a packet; CONN_NONE: nothing */
enum conn_state {
	CONN_NONE,
	CONN_NEW,
	CONN_ESTABLISHED,
	CONN_RELATED,
	CONN_INVALID,
};

/*
 * What the frame's EtherType (the one behind the tag in a rule that looks
 * behind a tag) must be matched to before the field can be.
 */
enum field_family {
	FAMILY_ANY,
	FAMILY_ARP, /* 0x0806 or 0x8035 */
	FAMILY_IPV4, /* 0x0800 */
	FAMILY_IPV6, /* 0x86dd */
	FAMILY_IP, /* 0x0800 or 0x86dd */
};

enum field_id {
	FIELD_NONE,
	FIELD_ETH_DST,
	FIELD_ETH_SRC,
	FIELD_ETH_TYPE,
	/* A match on one of these makes the rule look behind one 802.1Q tag:
	 * such a rule also matches eth.type 0x8100. */
	FIELD_VLAN_PCP,
	FIELD_VLAN_ID,
	FIELD_VLAN_TYPE,
	/* Virtual.  Skip up to two tags (TPID 0x8100, 0x88a8, 0x9100), then,
	 * if what follows is a length (below 0x600), an LLC/SNAP header
	 * AA AA 03 with OUI 00-00-00 or 00-00-F8; the type found there.  A
	 * frame without any wrapper has its own EtherType here; one with a
	 * third tag, or a tag in SNAP, has that tag's TPID. */
	FIELD_ETH_INNER,
	FIELD_ARP_HTYPE,
	FIELD_ARP_PTYPE,
	FIELD_ARP_HLEN,
	FIELD_ARP_PLEN,
	FIELD_ARP_OP,
	FIELD_ARP_SHA,
	FIELD_ARP_SPA,
	FIELD_ARP_THA,
	FIELD_ARP_TPA,
	FIELD_IP_DSCP,
	FIELD_IP_FRAG, /* flags and fragment offset: R D M offset(13) */
	FIELD_IP_TTL,
	FIELD_IP_PROTO,
	FIELD_IP_SRC,
	FIELD_IP_DST,
	/* Virtual.  The protocol, if the kernel can tell what is behind the
	 * IPv4 header: the lengths in it agree with each other and with the
	 * frame. */
	FIELD_IP_UPPER,
	FIELD_IP6_DSCP,
	FIELD_IP6_LENGTH,
	FIELD_IP6_NEXTHDR, /* the first next-header byte */
	FIELD_IP6_HOPLIMIT,
	FIELD_IP6_SRC,
	FIELD_IP6_DST,
	/* Virtual.  The upper-layer protocol behind all extension headers as
	 * the kernel's ipv6_find_hdr() finds it; in a later fragment the next
	 * header of the Fragment header unless that is an extension header. */
	FIELD_IP6_PROTO,
	/* Virtual.  1 when there is a Fragment header, else 0. */
	FIELD_IP6_FRAGHDR,
	FIELD_IP6_FRAGNEXT, /* next header, in the Fragment header */
	FIELD_IP6_FRAG, /* offset(13) reserved(2) M, in the Fragment header */
	FIELD_L4_SPORT,
	FIELD_L4_DPORT,
	FIELD_TCP_FLAGS,
	FIELD_ICMP_TYPE,
	FIELD_ICMP_CODE,
	FIELD_IGMP_TYPE,
	FIELD_ICMP6_TYPE,
	FIELD_ICMP6_CODE,
	FIELD_ND_TARGET, /* NS and NA */
	FIELD_ND_OPTTYPE, /* first option of an NS or NA */
	FIELD_ND_OPTLEN,
	FIELD_ND_LLADDR,
	FIELD_RS_OPTTYPE, /* first option of an RS */
	FIELD_RS_OPTLEN,
	FIELD_RS_LLADDR,
	/* Virtual.  State of the packet's connection, an enum conn_state that
	 * is not CONN_NONE; not in the frame, but what the kernel remembers. */
	FIELD_CT_STATE,
	FIELD_COUNT
};

/**
 * struct field - One row of the table
 * @name:	Name in canonical rules, for instance "arp.spa"
 * @base:	Where @offset counts from
 * @family:	What must be known of the frame first
 * @type:	How values are written
 * @offset:	First bit; bits are counted from the most significant one
 * @width:	Width in bits, at most 128
 */
struct field {
	const char *name;
	enum field_base base;
	enum field_family family;
	enum field_type type;
	unsigned int offset;
	unsigned int width;
};

/**
 * field_get() - The row of a field
 * @id:		Any number; it may come from outside
 *
 * Return: the row, or NULL when there is no such field
 */
const struct field *field_get(unsigned int id);

/** field_bytes() - Bytes that a value of the field takes: (width + 7) / 8 */
size_t field_bytes(const struct field *f);

/**
 * field_format() - Write a value as text
 * @f:		The field
 * @value:	field_bytes() bytes in network byte order, right-aligned when
 *		the width is no multiple of 8
 * @out:	At least FIELD_TEXT_MAX bytes
 */
void field_format(const struct field *f, const uint8_t *value, char *out);
#define FIELD_TEXT_MAX 64

/**
 * field_parse() - Read a value of the field's type from text
 * @f:		The field
 * @text:	A number (decimal or 0x), a MAC address (six groups of one or
 *		two hexadecimal digits and colons), an IPv4 (four decimal
 *		parts) or IPv6 address
 * @out:	FIELD_MAX_BYTES bytes; the value as field_format() takes it, the
 *		rest zero
 *
 * Return: true when the whole text is one value in the field's range
 */
bool field_parse(const struct field *f, const char *text, uint8_t *out);

#endif /* TF_FIELD_H */
