/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_FRAME_ROWS_H
#define TF_FRAME_ROWS_H

#include "frame.h"
#include "util.h"

/* How the parts of the frame table are written. */

/* The profiles that let plain Ethernet II pass and nothing else */
#define BY_PLAIN (BY_ETHERNET | BY_ONLY4 | BY_ONLY6 | BY_LAYER2)
/* The profiles whose protocols IPv4 and IPv6 are: they drop both, wrapped */
#define BY_WRAP4 (BY_PLAIN | BY_IP | BY_RA | BY_DHCP)
#define BY_WRAP6 (BY_PLAIN | BY_IPV6 | BY_RA | BY_DHCP)
/* ... and all identity profiles what is nested too deeply */
#define BY_DEEP (BY_PLAIN | BY_MAC | BY_ARP | BY_IP | BY_IPV6 | BY_RA | BY_DHCP)

#define OUT(what, kind, by, ...)                \
	{                                       \
		what, kind, DIR_OUT, by, false, \
		{                               \
			__VA_ARGS__             \
		}                               \
	}
#define IN(what, kind, by, ...)                \
	{                                      \
		what, kind, DIR_IN, by, false, \
		{                              \
			__VA_ARGS__            \
		}                              \
	}
/* Frames that a bridge never forwards */
#define LOCAL(what, kind, by, ...)             \
	{                                      \
		what, kind, DIR_OUT, by, true, \
		{                              \
			__VA_ARGS__            \
		}                              \
	}

/* One frame in each wrapper that receivers are known to take off */
#define WRAPPED(row, what, kind, by, ...)                                 \
	row(what "-in-vlan0", kind, by, __VA_ARGS__, .wrap = WRAP_VLAN0), \
		row(what "-in-vlan0-twice", kind, by, __VA_ARGS__,        \
		    .wrap = WRAP_VLAN0_TWICE),                            \
		row(what "-in-802.1ad", kind, by, __VA_ARGS__,            \
		    .wrap = WRAP_AD),                                     \
		row(what "-in-vlan5", kind, by, __VA_ARGS__,              \
		    .wrap = WRAP_VID5),                                   \
		row(what "-in-snap", kind, by, __VA_ARGS__, .wrap = WRAP_SNAP)

#define ARP(operation, from, to) \
	.kind = FRAME_ARP, .op = (operation), .src = (from), .dst = (to)
#define RARP(operation, hw)                                                  \
	.kind = FRAME_RARP, .op = (operation), .src = NOBODY, .dst = NOBODY, \
	.eth_dst = ALL, .sha = (hw), .tha = (hw), .pad = 60
#define IP4(from, to) .kind = FRAME_IP4, .src = (from), .dst = (to)
#define IP6(from, to) .kind = FRAME_IP6, .src = (from), .dst = (to)
#define TCP_TO(port) .proto = 6, .dport = (port), .flags = 0x02
#define UDP(from, to, n) \
	.proto = 17, .sport = (from), .dport = (to), .payload = (n)
#define ICMP(t) .proto = 1, .type = (t), .payload = 32
#define ICMP6(t) .proto = 58, .type = (t)
#define EXT(...) .ext = { __VA_ARGS__ }
#define OPTION(option, of) .opt = { option }, .opt_mac = { of }
#define OPTIONS(a, of_a, b, of_b) .opt = { a, b }, .opt_mac = { of_a, of_b }
#define TYPE(number, bytes, n) \
	.kind = FRAME_TYPE, .type2 = (number), .body = (bytes), .payload = (n)
#define LLC(bytes, n) .kind = FRAME_LLC, .body = (bytes), .payload = (n)

/* IPv4 flags and offset; the Fragment header's offset and flag */
#define FRAG4_FIRST 0x2000
#define FRAG4_LATER 0x0003
#define FRAG6_FIRST 0x0001
#define FRAG6_LATER 0x0018
#define FRAG6_ATOMIC 0x0000

#endif /* TF_FRAME_ROWS_H */
