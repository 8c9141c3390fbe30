// SPDX-License-Identifier: GPL-2.0-or-later
/* Values of options, as ebtables-save writes them */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "ebt.h"

static bool parse_hex(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	int d;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	if (!*text)
		return false;
	for (; *text; text++) {
		d = util_hex_digit(*text);
		if (d < 0)
			return false;
		n = n << 4 | (uint64_t)d;
		if (n > max)
			return false;
	}
	*out = n;
	return true;
}

static void put_u16(uint8_t *out, uint64_t n)
{
	out[0] = (uint8_t)(n >> 8);
	out[1] = (uint8_t)n;
}

static bool find_name(const struct ebt_name *names, size_t n, const char *text,
		      uint64_t *out)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcasecmp(names[i].name, text) == 0) {
			*out = names[i].number;
			return true;
		}
	return false;
}

static bool parse_type(const struct ebt_names *names, const char *text,
		       uint8_t *out)
{
	static const struct ebt_name known[] = {
		{ "LENGTH", 0 },    { "IPv4", 0x0800 },	  { "ARP", 0x0806 },
		{ "RARP", 0x8035 }, { "802_1Q", 0x8100 }, { "IPv6", 0x86dd },
	};
	uint64_t n;

	if (!find_name(known, ARRAY_SIZE(known), text, &n) &&
	    !find_name(names->types, names->ntypes, text, &n) &&
	    !parse_hex(text, UINT16_MAX, &n))
		return false;
	put_u16(out, n);
	return true;
}

/* The names of ebtables for addresses with their masks */
static bool named_mac(const char *text, struct ebt_cond *c)
{
	static const struct {
		const char *name;
		uint8_t lo[6], hi[6];
	} known[] = {
		{ "Unicast", { 0 }, { 1 } },
		{ "Multicast", { 1 }, { 1 } },
		{ "Broadcast",
		  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
		{ "BGA",
		  { 0x01, 0x80, 0xc2, 0, 0, 0 },
		  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (strcasecmp(known[i].name, text) == 0) {
			memcpy(c->lo, known[i].lo, 6);
			memcpy(c->hi, known[i].hi, 6);
			return true;
		}
	return false;
}

static bool parse_mac(char *text, struct ebt_cond *c)
{
	const struct field *f = field_get(FIELD_ETH_SRC);
	char *mask = strchr(text, '/');

	if (named_mac(text, c))
		return true;
	if (mask)
		*mask++ = '\0';
	else
		memset(c->hi, 0xff, 6);
	return field_parse(f, text, c->lo) &&
	       (!mask || field_parse(f, mask, c->hi));
}

static bool parse_prefix(const char *text, unsigned int bits, uint8_t *out)
{
	uint64_t n, i;

	if (!util_parse_uint(text, 0, bits, &n))
		return false;
	for (i = 0; i < n; i++)
		out[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return true;
}

static bool parse_ip(char *text, int family, struct ebt_cond *c)
{
	unsigned int bits = family == AF_INET ? 32 : 128;
	char *mask = strchr(text, '/');

	if (mask)
		*mask++ = '\0';
	else
		memset(c->hi, 0xff, bits / 8);
	return inet_pton(family, text, c->lo) == 1 &&
	       (!mask || parse_prefix(mask, bits, c->hi) ||
		inet_pton(family, mask, c->hi) == 1);
}

/* "N" or "N:N" */
static bool parse_range(char *text, uint64_t max, uint64_t *lo, uint64_t *hi)
{
	char *last = strchr(text, ':');

	if (last)
		*last++ = '\0';
	if (!util_parse_uint(text, 0, max, lo))
		return false;
	*hi = *lo;
	return !last || util_parse_uint(last, 0, max, hi);
}

static bool parse_ports(char *text, struct ebt_cond *c)
{
	uint64_t lo, hi;

	if (!parse_range(text, UINT16_MAX, &lo, &hi))
		return false;
	put_u16(c->lo, lo);
	put_u16(c->hi, hi);
	return true;
}

static bool parse_byte_range(char *text, uint8_t *lo, uint8_t *hi)
{
	uint64_t first, last;

	if (!parse_range(text, UINT8_MAX, &first, &last))
		return false;
	*lo = (uint8_t)first;
	*hi = (uint8_t)last;
	return true;
}

static bool parse_icmp(char *text, struct ebt_cond *c)
{
	char *code = strchr(text, '/');

	if (ebt_icmp_name(text, c->lo, c->hi))
		return true;
	if (code)
		*code++ = '\0';
	else
		c->hi[1] = UINT8_MAX;
	return parse_byte_range(text, &c->lo[0], &c->hi[0]) &&
	       (!code || parse_byte_range(code, &c->lo[1], &c->hi[1]));
}

static bool parse_igmp(char *text, struct ebt_cond *c)
{
	if (!ebt_igmp_name(text, c->lo))
		return parse_byte_range(text, c->lo, c->hi);
	c->hi[0] = c->lo[0];
	return true;
}

static bool parse_number(const struct ebt_names *names, enum ebt_kind kind,
			 const char *text, struct ebt_cond *c)
{
	uint64_t n = 0;

	switch (kind) {
	case EBT_KIND_OP:
		n = ebt_op_name(text);
		if (!n && !util_parse_uint(text, 0, UINT16_MAX, &n))
			return false;
		put_u16(c->lo, n);
		return true;
	case EBT_KIND_DEC:
		if (strcasecmp(text, "Ethernet") == 0)
			n = 1;
		else if (!util_parse_uint(text, 0, UINT16_MAX, &n))
			return false;
		put_u16(c->lo, n);
		return true;
	case EBT_KIND_BYTE:
		if (!parse_hex(text, UINT8_MAX, &n))
			return false;
		c->lo[0] = (uint8_t)n;
		return true;
	default: /* EBT_KIND_PRIO, EBT_KIND_PROTO */
		if (!util_parse_uint(text, 0, UINT8_MAX, &n) &&
		    !find_name(names->protocols, names->nprotocols, text, &n))
			return false;
		c->lo[0] = (uint8_t)n;
		return n <= UINT8_MAX;
	}
}

bool ebt_parse_value(const struct ebt_names *names, char *text,
		     struct ebt_cond *c)
{
	enum ebt_kind kind = ebt_options[c->key].kind;

	switch (kind) {
	case EBT_KIND_DEVICE:
		if (strlen(text) >= TAP_NAME_SIZE)
			return false;
		memcpy(c->lo, text, strlen(text));
		return true;
	case EBT_KIND_TYPE:
	case EBT_KIND_HEX:
		return parse_type(names, text, c->lo);
	case EBT_KIND_MAC:
		return parse_mac(text, c);
	case EBT_KIND_IP4:
		return parse_ip(text, AF_INET, c);
	case EBT_KIND_IP6:
		return parse_ip(text, AF_INET6, c);
	case EBT_KIND_PORT:
		return parse_ports(text, c);
	case EBT_KIND_ICMP:
		return parse_icmp(text, c);
	case EBT_KIND_IGMP:
		return parse_igmp(text, c);
	default:
		return parse_number(names, kind, text, c);
	}
}
