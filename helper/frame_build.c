// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the bytes of a frame from its description */
#include <string.h>

#include "frame.h"

enum { ICMP = 1, IGMP = 2, TCP = 6, UDP = 17, ICMP6 = 58 };

/* A frame that grows, up to FRAME_MAX */
struct out {
	uint8_t *data;
	size_t len;
};

static void put(struct out *o, const void *data, size_t n)
{
	if (o->len + n > FRAME_MAX)
		n = FRAME_MAX - o->len;
	memcpy(o->data + o->len, data, n);
	o->len += n;
}

static void put_u8(struct out *o, unsigned int v)
{
	if (o->len < FRAME_MAX)
		o->data[o->len++] = (uint8_t)v;
}

static void put_u16(struct out *o, unsigned int v)
{
	put_u8(o, v >> 8);
	put_u8(o, v & 0xff);
}

static void put_zero(struct out *o, size_t n)
{
	while (n--)
		put_u8(o, 0);
}

static void set_u16(struct out *o, size_t at, unsigned int v)
{
	o->data[at] = (uint8_t)(v >> 8);
	o->data[at + 1] = (uint8_t)v;
}

static uint32_t sum(const uint8_t *data, size_t n, uint32_t acc)
{
	size_t i;

	for (i = 0; i < n; i++)
		acc += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	return acc;
}

static unsigned int fold(uint32_t acc)
{
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return ~acc & 0xffff;
}

/* ---- layer 2 ------------------------------------------------------------ */

static const uint8_t *mac_of(enum who who)
{
	return frame_address(who)->mac;
}

static enum who ether_source(const struct frame_row *row)
{
	if (row->spec.eth_src != WHO_AUTO)
		return row->spec.eth_src;
	return row->dir == DIR_OUT ? GUEST : PEER;
}

static void put_destination(struct out *o, const struct frame_row *row)
{
	const struct frame_spec *s = &row->spec;
	const struct frame_address *a = frame_address(s->dst);
	uint8_t mac[6] = { 0x01, 0x00, 0x5e };

	if (s->eth_dst != WHO_AUTO) {
		put(o, mac_of(s->eth_dst), 6);
	} else if (s->kind == FRAME_ARP && s->op == 1) {
		put(o, mac_of(ALL), 6);
	} else if (s->kind == FRAME_IP4 && a->ip4[0] >> 4 == 0xe) {
		memcpy(mac + 3, a->ip4 + 1, 3);
		mac[3] &= 0x7f;
		put(o, mac, 6);
	} else if (s->kind == FRAME_IP6 && a->ip6[0] == 0xff) {
		put_u16(o, 0x3333);
		put(o, a->ip6 + 12, 4);
	} else if (s->dst != WHO_AUTO) {
		put(o, a->mac, 6);
	} else {
		put(o, mac_of(row->dir == DIR_OUT ? PEER : GUEST), 6);
	}
}

static unsigned int ethertype(const struct frame_spec *s)
{
	static const uint16_t types[] = {
		[FRAME_ARP] = 0x0806,
		[FRAME_RARP] = 0x8035,
		[FRAME_IP4] = 0x0800,
		[FRAME_IP6] = 0x86dd,
	};

	return s->kind == FRAME_TYPE ? s->type2 : types[s->kind];
}

/* What stands between the addresses and the type; "L" is a length. */
static const char *wrapper(enum frame_wrap wrap)
{
	static const char *const text[WRAP_COUNT] = {
		[WRAP_NONE] = "",	   [WRAP_VLAN0] = "q",
		[WRAP_VLAN0_TWICE] = "qq", [WRAP_AD] = "a",
		[WRAP_AD_VLAN] = "a5",	   [WRAP_VID5] = "5",
		[WRAP_9100] = "9",	   [WRAP_THRICE] = "qqq",
		[WRAP_SNAP] = "s",	   [WRAP_SNAP_F8] = "f",
		[WRAP_VLAN0_SNAP] = "qs",  [WRAP_SNAP_VLAN0] = "sq",
	};

	return text[wrap];
}

/*
 * Writes everything up to the network header.  Returns the place of the
 * 802.3 length field, 0 for none.
 */
static size_t put_ether(struct out *o, const struct frame_row *row)
{
	static const uint8_t snap[] = { 0xaa, 0xaa, 0x03, 0x00, 0x00 };
	const char *w = wrapper(row->spec.wrap);
	size_t length = 0;

	put_destination(o, row);
	put(o, mac_of(ether_source(row)), 6);
	for (; *w; w++) {
		switch (*w) {
		case 's':
		case 'f':
			length = o->len;
			put_u16(o, 0);
			put(o, snap, sizeof(snap));
			put_u8(o, *w == 'f' ? 0xf8 : 0x00);
			break;
		default:
			put_u16(o, *w == 'a' ? 0x88a8 :
				   *w == '9' ? 0x9100 :
					       0x8100);
			put_u16(o, *w == '5' ? 5 : 0);
			break;
		}
	}
	if (row->spec.kind == FRAME_LLC) {
		length = o->len;
		put_u16(o, 0);
	} else {
		put_u16(o, ethertype(&row->spec));
	}
	return length;
}

static void put_arp(struct out *o, const struct frame_row *row)
{
	const struct frame_spec *s = &row->spec;
	enum who sha = s->sha != WHO_AUTO ? s->sha : ether_source(row);
	enum who tha = s->tha != WHO_AUTO ? s->tha :
		       s->op == 1	  ? NOBODY :
					    s->dst;

	put_u16(o, s->htype ? s->htype : 1);
	put_u16(o, s->ptype ? s->ptype : 0x0800);
	put_u8(o, s->hlen ? s->hlen : 6);
	put_u8(o, s->plen ? s->plen : 4);
	put_u16(o, s->op);
	put(o, mac_of(sha), 6);
	put(o, frame_address(s->src)->ip4, 4);
	put(o, mac_of(tha), 6);
	put(o, frame_address(s->dst)->ip4, 4);
}

/* ---- layer 4 ------------------------------------------------------------ */

static void put_nd(struct out *o, const struct frame_spec *s)
{
	size_t i;

	put_zero(o, 4);
	if (s->type == 134) /* reachable and retransmission time */
		put_zero(o, 8);
	if (s->target != WHO_AUTO)
		put(o, frame_address(s->target)->ip6, 16);
	if (s->type == 137) /* a redirect has a destination, too */
		put(o, frame_address(ROUTER)->ip6, 16);
	for (i = 0; i < FRAME_MAX_OPT && s->opt[i] != OPT_END; i++) {
		put_u8(o, s->opt[i] == OPT_NONCE ? 14 : s->opt[i]);
		put_u8(o, 1);
		put(o, mac_of(s->opt_mac[i]), 6);
	}
}

static void put_ports(struct out *o, const struct frame_spec *s)
{
	put_u16(o, s->sport ? s->sport : 40000);
	put_u16(o, s->dport ? s->dport : 40001);
}

static void put_payload(struct out *o, const struct frame_spec *s)
{
	size_t i;

	for (i = 0; i < s->payload; i++)
		put_u8(o, 'a' + (unsigned int)(i % 26));
}

static void put_upper(struct out *o, const struct frame_spec *s)
{
	switch (s->proto) {
	case TCP:
		put_ports(o, s);
		put_zero(o, 8);
		put_u8(o, 5 << 4);
		put_u8(o, s->flags ? s->flags : 0x10);
		put_u16(o, 65535);
		put_zero(o, 4);
		break;
	case UDP:
		put_ports(o, s);
		put_u16(o, 8 + s->payload);
		put_zero(o, 2);
		break;
	case ICMP:
	case IGMP:
		put_u8(o, s->type);
		put_u8(o, s->code);
		put_zero(o, 6);
		break;
	case ICMP6:
		put_u8(o, s->type);
		put_u8(o, s->code);
		put_zero(o, 2);
		put_nd(o, s);
		break;
	default:
		break;
	}
	put_payload(o, s);
}

/* @acc: sum of the pseudo header */
static void set_checksum(struct out *o, const struct frame_spec *s, size_t at,
			 uint32_t acc)
{
	size_t place = s->proto == TCP ? 16 : s->proto == UDP ? 6 : 2;

	if (s->proto != TCP && s->proto != UDP && s->proto != ICMP &&
	    s->proto != IGMP && s->proto != ICMP6)
		return;
	if (s->proto == ICMP || s->proto == IGMP)
		acc = 0;
	acc = sum(o->data + at, o->len - at, acc);
	set_u16(o, at + place, fold(acc));
}

/* ---- layer 3 ------------------------------------------------------------ */

static void put_ip4(struct out *o, const struct frame_spec *s)
{
	size_t at = o->len, upper;
	uint32_t acc;

	put_u16(o, 0x4500);
	put_u16(o, 0);
	put_u16(o, 0x1234);
	put_u16(o, s->frag);
	put_u8(o, s->hop ? s->hop : s->proto == IGMP ? 1 : 64);
	put_u8(o, s->proto);
	put_u16(o, 0);
	put(o, frame_address(s->src)->ip4, 4);
	put(o, frame_address(s->dst)->ip4, 4);
	upper = o->len;
	put_upper(o, s);
	set_u16(o, at + 2, s->claim ? s->claim : (unsigned int)(o->len - at));
	set_u16(o, at + 10, fold(sum(o->data + at, 20, 0)));
	acc = sum(o->data + at + 12, 8, s->proto + (uint32_t)(o->len - upper));
	set_checksum(o, s, upper, acc);
}

static unsigned int ext_number(enum frame_ext ext)
{
	static const uint8_t numbers[] = {
		[EXT_HOP] = 0,	      [EXT_ROUTING] = 43, [EXT_FRAGMENT] = 44,
		[EXT_AUTH] = 51,      [EXT_DEST] = 60,	  [EXT_DEST_CUT] = 60,
		[EXT_MOBILITY] = 135, [EXT_HIP] = 139,	  [EXT_SHIM6] = 140,
	};

	return numbers[ext];
}

/* An extension header that says @next follows, all of 8 bytes but AH */
static void put_ext(struct out *o, const struct frame_spec *s,
		    enum frame_ext ext, unsigned int next)
{
	put_u8(o, next);
	switch (ext) {
	case EXT_FRAGMENT:
		put_u8(o, 0);
		put_u16(o, s->frag);
		put_u16(o, 0);
		put_u16(o, 0x1234);
		break;
	case EXT_AUTH:
		put_u8(o, 4);
		put_zero(o, 22);
		break;
	case EXT_HOP: /* router alert: MLD */
		put_u8(o, 0);
		put_u16(o, 0x0502);
		put_u16(o, 0);
		put_u16(o, 0x0100);
		break;
	case EXT_ROUTING: /* segment routing, none left */
		put_u8(o, 0);
		put_u16(o, 0x0400);
		put_zero(o, 4);
		break;
	default: /* PadN */
		put_u8(o, ext == EXT_DEST_CUT);
		put_u8(o, 1);
		put_u8(o, ext == EXT_DEST_CUT ? 12 : 4);
		put_zero(o, 4);
		break;
	}
}

static unsigned int hop_limit(const struct frame_spec *s)
{
	if (s->hop)
		return s->hop;
	if (s->proto != ICMP6)
		return 64;
	if (s->type >= 133 && s->type <= 137)
		return 255;
	return s->type == 143 || (s->type >= 130 && s->type <= 132) ? 1 : 64;
}

static unsigned int next_header(const struct frame_spec *s, size_t i)
{
	if (i < FRAME_MAX_EXT && s->ext[i] != EXT_END)
		return ext_number(s->ext[i]);
	return s->proto;
}

static void put_ip6(struct out *o, const struct frame_spec *s)
{
	size_t at = o->len, upper, i;
	uint32_t acc;

	put_u16(o, 0x6000);
	put_zero(o, 4);
	put_u8(o, next_header(s, 0));
	put_u8(o, hop_limit(s));
	put(o, frame_address(s->src)->ip6, 16);
	put(o, frame_address(s->dst)->ip6, 16);
	for (i = 0; i < FRAME_MAX_EXT && s->ext[i] != EXT_END; i++)
		put_ext(o, s, s->ext[i], next_header(s, i + 1));
	upper = o->len;
	put_upper(o, s);
	set_u16(o, at + 4,
		s->claim ? s->claim : (unsigned int)(o->len - at - 40));
	acc = sum(o->data + at + 8, 32, s->proto + (uint32_t)(o->len - upper));
	set_checksum(o, s, upper, acc);
}

static void put_body(struct out *o, const struct frame_spec *s)
{
	const char *p;
	unsigned int hi;

	for (p = s->body; p && *p; p += 2) {
		hi = (unsigned int)(p[0] <= '9' ? p[0] - '0' : p[0] - 'a' + 10);
		put_u8(o,
		       hi << 4 | (unsigned int)(p[1] <= '9' ? p[1] - '0' :
							      p[1] - 'a' + 10));
	}
	put_payload(o, s);
}

size_t frame_build(const struct frame_row *row, uint8_t *out)
{
	const struct frame_spec *s = &row->spec;
	struct out o = { out, 0 };
	size_t length;

	length = put_ether(&o, row);
	switch (s->kind) {
	case FRAME_ARP:
	case FRAME_RARP:
		put_arp(&o, row);
		break;
	case FRAME_IP4:
		put_ip4(&o, s);
		break;
	case FRAME_IP6:
		put_ip6(&o, s);
		break;
	case FRAME_LLC:
	case FRAME_TYPE:
		put_body(&o, s);
		break;
	}
	if (length)
		set_u16(&o, length, (unsigned int)(o.len - length - 2));
	if (s->pad > o.len)
		put_zero(&o, s->pad - o.len);
	return s->cut && s->cut < o.len ? s->cut : o.len;
}
