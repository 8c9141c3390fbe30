// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of a bridge whose packets go through the hooks of IP */
#include "bridged.h"

#define HEADER 14
#define IP4_HEADER 20
#define IP4_OFFSET 0x1fff
#define IP4_FRAGMENT 0x3fff /* offset, or more to come */
#define IP6_HEADER 40
#define IP6_OFFSET 0xfff8
#define OPTION_PAD1 0
#define OPTION_JUMBO 194

/* Next-header numbers, RFC 8200 and RFC 4302 */
enum {
	NEXT_HOP = 0,
	NEXT_TCP = 6,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTH = 51,
	NEXT_DEST = 60,
};

static size_t get_u16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static bool has_type(const uint8_t *frame, size_t len, unsigned int type)
{
	return len >= HEADER && get_u16(frame + 12) == type;
}

bool bridged_is_ip(const uint8_t *frame, size_t len)
{
	return has_type(frame, len, 0x0800) || has_type(frame, len, 0x86dd);
}

/* ---- the IP header ------------------------------------------------------- */

static bool sum_is_right(const uint8_t *ip, size_t n)
{
	size_t i, sum = 0;

	for (i = 0; i < n; i += 2)
		sum += get_u16(ip + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* @len: of what follows the Ethernet header, as what is returned */
static size_t end4(const uint8_t *ip, size_t len)
{
	size_t header, total;

	if (len < IP4_HEADER || ip[0] >> 4 != 4)
		return 0;
	header = (ip[0] & 0xf) * 4U;
	total = get_u16(ip + 2);
	if (header < IP4_HEADER || total < header || total > len ||
	    !sum_is_right(ip, header))
		return 0;
	return total;
}

/* Are the options of a hop-by-hop header whole, and none for a jumbogram? */
static bool hop_is_right(const uint8_t *hop, size_t len)
{
	size_t at = 2, end, n;

	if (len < 8)
		return false;
	end = (hop[1] + 1U) * 8;
	for (; end <= len && at < end; at += n) {
		n = hop[at] == OPTION_PAD1 ? 1 : 2;
		if (at + n > end)
			return false;
		if (n > 1)
			n += hop[at + 1];
		if (at + n > end || hop[at] == OPTION_JUMBO)
			return false;
	}
	return end <= len;
}

static size_t end6(const uint8_t *ip, size_t len)
{
	size_t total;

	if (len < IP6_HEADER || ip[0] >> 4 != 6)
		return 0;
	total = IP6_HEADER + get_u16(ip + 4);
	if (total > len || (ip[6] == NEXT_HOP &&
			    !hop_is_right(ip + IP6_HEADER, len - IP6_HEADER)))
		return 0;
	return total;
}

size_t bridged_end(const uint8_t *frame, size_t len)
{
	size_t end;

	if (!bridged_is_ip(frame, len))
		return len;
	end = has_type(frame, len, 0x0800) ?
		      end4(frame + HEADER, len - HEADER) :
		      end6(frame + HEADER, len - HEADER);
	return end ? HEADER + end : 0;
}

/* ---- what follows it ------------------------------------------------------ */

static size_t need_of(uint8_t proto)
{
	return proto == NEXT_TCP ? 20 : 8;
}

static bool is_cut4(const uint8_t *ip)
{
	return (ip[0] & 0xf) * 4U + need_of(ip[9]) > get_u16(ip + 2) ||
	       ((get_u16(ip + 6) & IP4_OFFSET) == 1 && ip[9] == NEXT_TCP);
}

static bool is_extension(uint8_t next)
{
	return next == NEXT_HOP || next == NEXT_ROUTING ||
	       next == NEXT_FRAGMENT || next == NEXT_AUTH || next == NEXT_DEST;
}

/**
 * struct chain - The extension headers of a packet
 * @fragment:	There is a Fragment header
 * @later:	One with an offset: the walk ends there
 * @cut:	They end behind the packet
 * @next:	What follows them, at @at
 */
struct chain {
	bool fragment;
	bool later;
	bool cut;
	uint8_t next;
	size_t at;
};

static struct chain walk(const uint8_t *ip)
{
	struct chain c = { .next = ip[6], .at = IP6_HEADER };
	size_t end = IP6_HEADER + get_u16(ip + 4), len;

	while (is_extension(c.next)) {
		c.cut = c.at + 8 > end;
		if (c.cut)
			break;
		len = (ip[c.at + 1] + 1U) * 8;
		if (c.next == NEXT_AUTH)
			len = (ip[c.at + 1] + 2U) * 4;
		if (c.next == NEXT_FRAGMENT) {
			len = 8;
			c.fragment = true;
			c.later = get_u16(ip + c.at + 2) & IP6_OFFSET;
		}
		c.next = ip[c.at];
		c.at += len;
		if (c.later)
			break;
	}
	return c;
}

static bool is_cut6(const uint8_t *ip)
{
	struct chain c = walk(ip);

	if (c.cut || c.later)
		return c.cut || is_extension(c.next);
	return c.at + need_of(c.next) > IP6_HEADER + get_u16(ip + 4);
}

bool bridged_is_cut(const uint8_t *frame, size_t len)
{
	if (has_type(frame, len, 0x0800))
		return is_cut4(frame + HEADER);
	return has_type(frame, len, 0x86dd) && is_cut6(frame + HEADER);
}

bool bridged_is_fragment(const uint8_t *frame, size_t len)
{
	if (has_type(frame, len, 0x0800))
		return get_u16(frame + HEADER + 6) & IP4_FRAGMENT;
	return has_type(frame, len, 0x86dd) && walk(frame + HEADER).fragment;
}
