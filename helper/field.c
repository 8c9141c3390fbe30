// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The field table.  Offsets are from IEEE 802.3 and 802.1Q, RFC 826 (ARP),
 * RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP), RFC 792 (ICMP), RFC 2236
 * (IGMP), RFC 4443 (ICMPv6) and RFC 4861 (neighbour discovery).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "util.h"

#define BITS(byte) ((byte)*8)

static const struct field fields[FIELD_COUNT] = {
/* A table reads best in columns. */
/* clang-format off */
#define ROW(id, name, base, family, type, offset, width) \
	[FIELD_##id] = { name, BASE_##base, FAMILY_##family, TYPE_##type, \
			 offset, width }
	ROW(ETH_DST,      "eth.dst",      LINK, ANY, MAC,  BITS(0), 48),
	ROW(ETH_SRC,      "eth.src",      LINK, ANY, MAC,  BITS(6), 48),
	ROW(ETH_TYPE,     "eth.type",     LINK, ANY, HEX,  BITS(12), 16),
	ROW(VLAN_PCP,     "vlan.pcp",     LINK, ANY, UINT, BITS(14), 3),
	ROW(VLAN_ID,      "vlan.id",      LINK, ANY, UINT, BITS(14) + 4, 12),
	ROW(VLAN_TYPE,    "vlan.type",    LINK, ANY, HEX,  BITS(16), 16),
	ROW(ETH_INNER,    "eth.inner",    VIRTUAL, ANY, HEX, 0, 16),
	ROW(ARP_HTYPE,    "arp.htype",    NET, ARP, UINT, BITS(0), 16),
	ROW(ARP_PTYPE,    "arp.ptype",    NET, ARP, HEX,  BITS(2), 16),
	ROW(ARP_HLEN,     "arp.hlen",     NET, ARP, UINT, BITS(4), 8),
	ROW(ARP_PLEN,     "arp.plen",     NET, ARP, UINT, BITS(5), 8),
	ROW(ARP_OP,       "arp.op",       NET, ARP, UINT, BITS(6), 16),
	ROW(ARP_SHA,      "arp.sha",      NET, ARP, MAC,  BITS(8), 48),
	ROW(ARP_SPA,      "arp.spa",      NET, ARP, IPV4, BITS(14), 32),
	ROW(ARP_THA,      "arp.tha",      NET, ARP, MAC,  BITS(18), 48),
	ROW(ARP_TPA,      "arp.tpa",      NET, ARP, IPV4, BITS(24), 32),
	ROW(IP_DSCP,      "ip.dscp",      NET, IPV4, UINT, BITS(1), 6),
	ROW(IP_FRAG,      "ip.frag",      NET, IPV4, HEX,  BITS(6), 16),
	ROW(IP_TTL,       "ip.ttl",       NET, IPV4, UINT, BITS(8), 8),
	ROW(IP_PROTO,     "ip.proto",     NET, IPV4, UINT, BITS(9), 8),
	ROW(IP_SRC,       "ip.src",       NET, IPV4, IPV4, BITS(12), 32),
	ROW(IP_DST,       "ip.dst",       NET, IPV4, IPV4, BITS(16), 32),
	ROW(IP_UPPER,     "ip.upper",     VIRTUAL, IPV4, UINT, 0, 8),
	ROW(IP6_DSCP,     "ip6.dscp",     NET, IPV6, UINT, 4, 6),
	ROW(IP6_LENGTH,   "ip6.length",   NET, IPV6, UINT, BITS(4), 16),
	ROW(IP6_NEXTHDR,  "ip6.nexthdr",  NET, IPV6, UINT, BITS(6), 8),
	ROW(IP6_HOPLIMIT, "ip6.hoplimit", NET, IPV6, UINT, BITS(7), 8),
	ROW(IP6_SRC,      "ip6.src",      NET, IPV6, IPV6, BITS(8), 128),
	ROW(IP6_DST,      "ip6.dst",      NET, IPV6, IPV6, BITS(24), 128),
	ROW(IP6_PROTO,    "ip6.proto",    VIRTUAL, IPV6, UINT, 0, 8),
	ROW(IP6_FRAGHDR,  "ip6.fraghdr",  VIRTUAL, IPV6, UINT, 0, 1),
	ROW(IP6_FRAGNEXT, "ip6.fragnext", FRAGHDR, IPV6, UINT, BITS(0), 8),
	ROW(IP6_FRAG,     "ip6.frag",     FRAGHDR, IPV6, HEX, BITS(2), 16),
	ROW(L4_SPORT,     "l4.sport",     TRANSPORT, IP, UINT, BITS(0), 16),
	ROW(L4_DPORT,     "l4.dport",     TRANSPORT, IP, UINT, BITS(2), 16),
	ROW(TCP_FLAGS,    "tcp.flags",    TRANSPORT, IP, HEX,  BITS(13), 8),
	ROW(ICMP_TYPE,    "icmp.type",    TRANSPORT, IPV4, UINT, BITS(0), 8),
	ROW(ICMP_CODE,    "icmp.code",    TRANSPORT, IPV4, UINT, BITS(1), 8),
	ROW(IGMP_TYPE,    "igmp.type",    TRANSPORT, IPV4, HEX, BITS(0), 8),
	ROW(ICMP6_TYPE,   "icmp6.type",   TRANSPORT, IPV6, UINT, BITS(0), 8),
	ROW(ICMP6_CODE,   "icmp6.code",   TRANSPORT, IPV6, UINT, BITS(1), 8),
	ROW(ND_TARGET,    "nd.target",    TRANSPORT, IPV6, IPV6, BITS(8), 128),
	ROW(ND_OPTTYPE,   "nd.opttype",   TRANSPORT, IPV6, UINT, BITS(24), 8),
	ROW(ND_OPTLEN,    "nd.optlen",    TRANSPORT, IPV6, UINT, BITS(25), 8),
	ROW(ND_LLADDR,    "nd.lladdr",    TRANSPORT, IPV6, MAC, BITS(26), 48),
	ROW(RS_OPTTYPE,   "rs.opttype",   TRANSPORT, IPV6, UINT, BITS(8), 8),
	ROW(RS_OPTLEN,    "rs.optlen",    TRANSPORT, IPV6, UINT, BITS(9), 8),
	ROW(RS_LLADDR,    "rs.lladdr",    TRANSPORT, IPV6, MAC, BITS(10), 48),
	ROW(CT_STATE,     "ct.state",     VIRTUAL, IP, STATE, 0, 8),
#undef ROW
	/* clang-format on */
};

static const char *const states[] = {
	[CONN_NONE] = "none",
	[CONN_NEW] = "new",
	[CONN_ESTABLISHED] = "established",
	[CONN_RELATED] = "related",
	[CONN_INVALID] = "invalid",
};

const struct field *field_get(unsigned int id)
{
	if (id == FIELD_NONE || id >= FIELD_COUNT)
		return NULL;
	return &fields[id];
}

size_t field_bytes(const struct field *f)
{
	return (f->width + 7) / 8;
}

static uint64_t to_uint(const uint8_t *value, size_t bytes)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		n = n << 8 | value[i];
	return n;
}

void field_format(const struct field *f, const uint8_t *value, char *out)
{
	size_t bytes = field_bytes(f), i;

	switch (f->type) {
	case TYPE_UINT:
		snprintf(out, FIELD_TEXT_MAX, "%llu",
			 (unsigned long long)to_uint(value, bytes));
		break;
	case TYPE_HEX:
		snprintf(out, FIELD_TEXT_MAX, "0x");
		for (i = 0; i < bytes; i++)
			snprintf(out + 2 + 2 * i, 3, "%02x", value[i]);
		break;
	case TYPE_MAC:
		snprintf(out, FIELD_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x",
			 value[0], value[1], value[2], value[3], value[4],
			 value[5]);
		break;
	case TYPE_IPV4:
		inet_ntop(AF_INET, value, out, FIELD_TEXT_MAX);
		break;
	case TYPE_IPV6:
		inet_ntop(AF_INET6, value, out, FIELD_TEXT_MAX);
		break;
	case TYPE_STATE:
		snprintf(out, FIELD_TEXT_MAX, "%s",
			 *value < ARRAY_SIZE(states) ? states[*value] : "?");
		break;
	}
}

static bool parse_mac(const char *text, uint8_t *out)
{
	int i, d;

	for (i = 0; i < 6; i++) {
		if (i && *text++ != ':')
			return false;
		d = util_hex_digit(*text);
		if (d < 0)
			return false;
		out[i] = (uint8_t)d;
		text++;
		d = util_hex_digit(*text);
		if (d < 0)
			continue;
		out[i] = (uint8_t)(out[i] << 4 | d);
		text++;
	}
	return !*text;
}

static bool parse_uint(const struct field *f, const char *text, uint8_t *out)
{
	size_t i, bytes = field_bytes(f);
	uint64_t n;

	if (!util_parse_uint(text, 0, (1ULL << f->width) - 1, &n))
		return false;
	for (i = bytes; i-- > 0; n >>= 8)
		out[i] = (uint8_t)n;
	return true;
}

static bool parse_state(const char *text, uint8_t *out)
{
	size_t i;

	for (i = CONN_NEW; i < ARRAY_SIZE(states); i++)
		if (strcmp(states[i], text) == 0)
			*out = (uint8_t)i;
	return *out != CONN_NONE;
}

bool field_parse(const struct field *f, const char *text, uint8_t *out)
{
	memset(out, 0, FIELD_MAX_BYTES);
	switch (f->type) {
	case TYPE_UINT:
	case TYPE_HEX:
		return parse_uint(f, text, out);
	case TYPE_MAC:
		return parse_mac(text, out);
	case TYPE_IPV4:
		return inet_pton(AF_INET, text, out) == 1;
	case TYPE_IPV6:
		return inet_pton(AF_INET6, text, out) == 1;
	case TYPE_STATE:
		return parse_state(text, out);
	}
	return false;
}
