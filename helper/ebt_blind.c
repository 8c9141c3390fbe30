// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of which ebtables sees less than the evaluator */
#include <string.h>

#include "ebt.h"
#include "ebt_child.h"

#define HEADER 14
#define IP4_HEADER 20
#define IP6_HEADER 40
#define ARP_SIZE 28
#define PORTS 4 /* bytes of a transport header that ebtables asks for */
#define UDP 17
/* Next-header numbers, RFC 8200 and RFC 4302 */
enum {
	NEXT_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTH = 51,
	NEXT_DEST = 60,
};

#define FRAG_MORE 0x2000
#define FRAG_OFFSET 0x1fff

static unsigned int get_u16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static bool is_ip4(const uint8_t *frame, size_t len)
{
	return len >= HEADER && get_u16(frame + 12) == 0x0800;
}

/* Lengths that contradict each other or the frame; headers that are cut off */
static bool is_malformed(const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + HEADER;
	size_t ihl, total;

	if (!is_ip4(frame, len))
		return false;
	if (len < HEADER + IP4_HEADER)
		return true;
	ihl = (size_t)(ip[0] & 0xf) * 4;
	total = get_u16(ip + 2);
	return ip[0] >> 4 != 4 || ihl < IP4_HEADER || total < ihl ||
	       HEADER + total > len ||
	       (!(get_u16(ip + 6) & FRAG_OFFSET) && HEADER + ihl + PORTS > len);
}

/* SNAP whose OUI or control field is none that carries an EtherType */
static bool is_odd_snap(const uint8_t *frame, size_t len)
{
	static const uint8_t usual[] = { 0xaa, 0xaa, 0x03, 0x00, 0x00 };

	if (get_u16(frame + 12) >= 0x600)
		return false;
	return len < HEADER + 8 ||
	       (frame[HEADER] == 0xaa && frame[HEADER + 1] == 0xaa &&
		(memcmp(frame + HEADER, usual, sizeof(usual)) != 0 ||
		 (frame[HEADER + 5] != 0x00 && frame[HEADER + 5] != 0xf8)));
}

static bool is_cut_off(const uint8_t *frame, size_t len)
{
	switch (get_u16(frame + 12)) {
	case 0x0806:
	case 0x8035:
		return len < HEADER + ARP_SIZE;
	case 0x86dd:
		return len < HEADER + IP6_HEADER;
	default:
		return false;
	}
}

/* Taken for another one */
static bool is_service_tag(const uint8_t *frame)
{
	return ebt_child_host()->own == EBT_LEGACY &&
	       get_u16(frame + 12) == 0x88a8;
}

static bool is_extension(uint8_t next)
{
	return next == NEXT_HOP || next == NEXT_ROUTING ||
	       next == NEXT_FRAGMENT || next == NEXT_AUTH || next == NEXT_DEST;
}

/* The second Fragment header of a packet may make a later fragment of it. */
static bool is_cut_twice(const uint8_t *frame, size_t len)
{
	size_t at = HEADER + IP6_HEADER, from;
	unsigned int cuts = 0;
	uint8_t next;

	if (len < at || get_u16(frame + 12) != 0x86dd)
		return false;
	for (next = frame[HEADER + 6]; is_extension(next) && at + 2 <= len;
	     next = frame[from]) {
		from = at;
		cuts += next == NEXT_FRAGMENT;
		at += next == NEXT_FRAGMENT ? 8 :
		      next == NEXT_AUTH	    ? (frame[at + 1] + 2U) * 4 :
					      (frame[at + 1] + 1U) * 8;
	}
	return cuts > 1;
}

bool ebt_blind(const uint8_t *frame, size_t len)
{
	return len < HEADER || is_service_tag(frame) ||
	       is_cut_off(frame, len) || is_malformed(frame, len) ||
	       is_odd_snap(frame, len) || is_cut_twice(frame, len);
}

static bool is_tagged(const uint8_t *frame)
{
	unsigned int type = get_u16(frame + 12);

	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static bool is_udp(const uint8_t *frame, size_t len)
{
	return is_ip4(frame, len) && frame[HEADER + 9] == UDP;
}

bool ebt_may_differ(const uint8_t *frame, size_t len, enum verdict view)
{
	unsigned int frag;

	if (ebt_blind(frame, len))
		return true;
	frag = is_udp(frame, len) ? get_u16(frame + HEADER + 6) : 0;
	if (view == VERDICT_DROP)
		return is_tagged(frame) || frag & FRAG_OFFSET;
	return frag & FRAG_MORE && !(frag & FRAG_OFFSET);
}
