// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest sends, frame by frame.  Headers are read as the evaluator reads
 * them, behind the wrapping that receivers take off too.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "eval.h"
#include "observe.h"

#define ETH_HEADER 14
#define MIN_ETHERTYPE 0x600
#define MAX_GROUPS 64 /* of one report */

enum { ARP = 0x0806, RARP = 0x8035, IP4 = 0x0800, IP6 = 0x86dd };
enum { ICMP = 1, IGMP = 2, UDP = 17, ICMP6 = 58 };

/**
 * struct look - A frame that is being looked at
 * @net:	Where its network header begins
 * @wrap:	OBSERVE_PLAIN or OBSERVE_WRAPPED
 */
struct look {
	struct observed *o;
	const uint8_t *frame;
	size_t len;
	size_t net;
	unsigned int wrap;
};

static const struct {
	const char *name;
	enum field_id field; /* which the value is formatted as */
	size_t size;
} tables[OBSERVE_TABLES] = {
	[OBSERVE_MACS] = { "mac", FIELD_ETH_SRC, 6 },
	[OBSERVE_IP4] = { "ipv4", FIELD_IP_SRC, 4 },
	[OBSERVE_IP6] = { "ipv6", FIELD_IP6_SRC, 16 },
	[OBSERVE_TYPES] = { "ethertype", FIELD_ETH_TYPE, 2 },
	[OBSERVE_VLANS] = { "vlan", FIELD_NONE, 4 },
	[OBSERVE_LLC] = { "llc", FIELD_ETH_TYPE, 2 },
	[OBSERVE_GROUPS4] = { "ipv4 group", FIELD_IP_DST, 4 },
	[OBSERVE_GROUPS6] = { "ipv6 group", FIELD_IP6_DST, 16 },
};

static const char *const messages[OBSERVE_MESSAGES] = {
	[OBSERVE_ARP_REQUEST] = "arp request",
	[OBSERVE_ARP_REPLY] = "arp reply",
	[OBSERVE_ARP_PROBE] = "arp probe",
	[OBSERVE_ARP_OTHER] = "other arp",
	[OBSERVE_RARP] = "rarp",
	[OBSERVE_DHCP4_CLIENT] = "dhcpv4 client",
	[OBSERVE_DHCP4_SERVER] = "dhcpv4 server",
	[OBSERVE_DHCP6_CLIENT] = "dhcpv6 client",
	[OBSERVE_DHCP6_SERVER] = "dhcpv6 server",
	[OBSERVE_ROUTER_SOLICITATION] = "router solicitation",
	[OBSERVE_ROUTER_ADVERTISEMENT] = "router advertisement",
	[OBSERVE_NEIGHBOUR_SOLICITATION] = "neighbour solicitation",
	[OBSERVE_NEIGHBOUR_ADVERTISEMENT] = "neighbour advertisement",
	[OBSERVE_REDIRECT] = "redirect",
	[OBSERVE_GROUP_REPORT] = "igmp or mld report",
	[OBSERVE_GROUP_QUERY] = "igmp or mld query",
	[OBSERVE_SPANNING_TREE] = "spanning tree",
	[OBSERVE_FRAGMENT] = "fragment",
	[OBSERVE_BROKEN] = "broken header",
};

const char *observe_message_name(enum observe_message m)
{
	return messages[m];
}

const char *observe_list_name(enum observe_table t)
{
	return tables[t].name;
}

void observe_format(enum observe_table t, const struct observe_row *row,
		    char *out)
{
	const uint8_t *k = row->key;

	if (t == OBSERVE_VLANS)
		snprintf(out, FIELD_TEXT_MAX, "%u of 0x%02x%02x",
			 (unsigned int)k[2] << 8 | k[3], k[0], k[1]);
	else
		field_format(field_get(tables[t].field), k, out);
}

/* @key: as many bytes as the table's values have */
static void note(const struct look *l, enum observe_table t, const uint8_t *key,
		 unsigned int how)
{
	struct observe_list *list = &l->o->lists[t];
	struct observe_row *row;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (memcmp(list->rows[i].key, key, tables[t].size) == 0)
			break;
	if (i == OBSERVE_ROWS) {
		list->over++;
		return;
	}
	row = &list->rows[i];
	if (i == list->n) {
		memcpy(row->key, key, tables[t].size);
		list->n++;
	}
	row->frames += row->last != l->o->frames;
	row->last = l->o->frames;
	row->how |= how | l->wrap;
}

static void count(const struct look *l, enum observe_message m)
{
	l->o->messages[m]++;
}

static bool value(const struct look *l, enum field_id id, uint8_t *out)
{
	return eval_field(l->frame, l->len, l->net, id, out);
}

/* A field of at most 16 bits; -1 when the frame does not have it */
static int number(const struct look *l, enum field_id id)
{
	uint8_t v[FIELD_MAX_BYTES];

	if (!value(l, id, v))
		return -1;
	return field_bytes(field_get(id)) == 2 ? v[0] << 8 | v[1] : v[0];
}

static bool is_zero(const uint8_t *data, size_t n)
{
	while (n && !data[n - 1])
		n--;
	return n == 0;
}

/* An address of the guest's, unless it is the unspecified one */
static bool note_address(const struct look *l, enum observe_table t,
			 enum field_id id, unsigned int how)
{
	uint8_t v[FIELD_MAX_BYTES];

	if (!value(l, id, v))
		return false;
	if (is_zero(v, tables[t].size))
		return false;
	note(l, t, v, how);
	return true;
}

/* ---- ARP ------------------------------------------------------------------ */

static void look_at_arp(const struct look *l, unsigned int type)
{
	int op = number(l, FIELD_ARP_OP);
	uint8_t target[FIELD_MAX_BYTES];

	if (!value(l, FIELD_ARP_TPA, target) ||
	    number(l, FIELD_ARP_HTYPE) != 1 ||
	    number(l, FIELD_ARP_PTYPE) != IP4 ||
	    number(l, FIELD_ARP_HLEN) != 6 || number(l, FIELD_ARP_PLEN) != 4) {
		count(l, type == RARP ? OBSERVE_RARP : OBSERVE_ARP_OTHER);
		return;
	}
	note_address(l, OBSERVE_MACS, FIELD_ARP_SHA, OBSERVE_ARP);
	if (note_address(l, OBSERVE_IP4, FIELD_ARP_SPA, OBSERVE_ARP))
		count(l, type == RARP ? OBSERVE_RARP :
			 op == 1      ? OBSERVE_ARP_REQUEST :
			 op == 2      ? OBSERVE_ARP_REPLY :
					OBSERVE_ARP_OTHER);
	else if (type == ARP && op == 1 &&
		 note_address(l, OBSERVE_IP4, FIELD_ARP_TPA, OBSERVE_PROBE))
		count(l, OBSERVE_ARP_PROBE);
	else
		count(l, type == RARP ? OBSERVE_RARP : OBSERVE_ARP_OTHER);
}

/* ---- groups ---------------------------------------------------------------- */

/* The group records of IGMPv3 (RFC 3376, 4.2) and MLDv2 (RFC 3810, 5.2): type,
 * length of what follows the sources in words, number of sources, group. */
static void look_at_records(const struct look *l, size_t at,
			    enum observe_table t)
{
	size_t size = tables[t].size, i, records;

	if (at + 8 > l->len)
		return;
	records = (size_t)l->frame[at + 6] << 8 | l->frame[at + 7];
	at += 8;
	for (i = 0; i < records; i++) {
		if (at + 4 + size > l->len)
			return;
		if (i == MAX_GROUPS) {
			l->o->lists[t].over++;
			return;
		}
		note(l, t, l->frame + at + 4, OBSERVE_SOURCE);
		at += 4 + size +
		      size * ((size_t)l->frame[at + 2] << 8 |
			      l->frame[at + 3]) +
		      4 * (size_t)l->frame[at + 1];
	}
}

static void look_at_group(const struct look *l, size_t at, enum observe_table t)
{
	if (at + tables[t].size <= l->len)
		note(l, t, l->frame + at, OBSERVE_SOURCE);
}

static void look_at_igmp(const struct look *l, size_t upper)
{
	switch (number(l, FIELD_IGMP_TYPE)) {
	case 0x11:
		count(l, OBSERVE_GROUP_QUERY);
		break;
	case 0x12:
	case 0x16:
		count(l, OBSERVE_GROUP_REPORT);
		look_at_group(l, upper + 4, OBSERVE_GROUPS4);
		break;
	case 0x22:
		count(l, OBSERVE_GROUP_REPORT);
		look_at_records(l, upper, OBSERVE_GROUPS4);
		break;
	default:
		break;
	}
}

/* ---- IP -------------------------------------------------------------------- */

/* Requests go from the client's port to the server's, answers back. */
static void look_at_udp(const struct look *l, int server, int client,
			enum observe_message client_message)
{
	int from = number(l, FIELD_L4_SPORT), to = number(l, FIELD_L4_DPORT);

	if (from == server || to == client)
		count(l, client_message + 1);
	else if (to == server)
		count(l, client_message);
}

static void look_at_icmp(const struct look *l)
{
	switch (number(l, FIELD_ICMP_TYPE)) {
	case 5:
		count(l, OBSERVE_REDIRECT);
		break;
	case 9:
		count(l, OBSERVE_ROUTER_ADVERTISEMENT);
		break;
	case 10:
		count(l, OBSERVE_ROUTER_SOLICITATION);
		break;
	default:
		break;
	}
}

/* Duplicate address detection asks for what will be its own (RFC 4862). */
static void look_at_neighbour(const struct look *l, bool solicitation)
{
	uint8_t src[FIELD_MAX_BYTES];
	int option = number(l, FIELD_ND_OPTTYPE);

	if (!solicitation)
		note_address(l, OBSERVE_IP6, FIELD_ND_TARGET, OBSERVE_ND);
	else if (value(l, FIELD_IP6_SRC, src) && is_zero(src, 16))
		note_address(l, OBSERVE_IP6, FIELD_ND_TARGET, OBSERVE_PROBE);
	if (option == 1 || option == 2)
		note_address(l, OBSERVE_MACS, FIELD_ND_LLADDR, OBSERVE_ND);
}

static void look_at_icmp6(const struct look *l, size_t upper)
{
	switch (number(l, FIELD_ICMP6_TYPE)) {
	case 130:
		count(l, OBSERVE_GROUP_QUERY);
		break;
	case 131:
		count(l, OBSERVE_GROUP_REPORT);
		look_at_group(l, upper + 8, OBSERVE_GROUPS6);
		break;
	case 133:
		count(l, OBSERVE_ROUTER_SOLICITATION);
		if (number(l, FIELD_RS_OPTTYPE) == 1)
			note_address(l, OBSERVE_MACS, FIELD_RS_LLADDR,
				     OBSERVE_ND);
		break;
	case 134:
		count(l, OBSERVE_ROUTER_ADVERTISEMENT);
		break;
	case 135:
		count(l, OBSERVE_NEIGHBOUR_SOLICITATION);
		look_at_neighbour(l, true);
		break;
	case 136:
		count(l, OBSERVE_NEIGHBOUR_ADVERTISEMENT);
		look_at_neighbour(l, false);
		break;
	case 137:
		count(l, OBSERVE_REDIRECT);
		break;
	case 143:
		count(l, OBSERVE_GROUP_REPORT);
		look_at_records(l, upper, OBSERVE_GROUPS6);
		break;
	default:
		break;
	}
}

static void look_at_ip4(const struct look *l)
{
	size_t upper = eval_upper(l->frame, l->len, l->net);
	int proto = number(l, FIELD_IP_UPPER), frag = number(l, FIELD_IP_FRAG);

	note_address(l, OBSERVE_IP4, FIELD_IP_SRC, OBSERVE_SOURCE);
	if (proto < 0)
		count(l, OBSERVE_BROKEN);
	else if (frag & 0x3fff)
		count(l, OBSERVE_FRAGMENT);
	if (!upper)
		return;
	if (proto == UDP)
		look_at_udp(l, 67, 68, OBSERVE_DHCP4_CLIENT);
	else if (proto == ICMP)
		look_at_icmp(l);
	else if (proto == IGMP)
		look_at_igmp(l, upper);
}

static void look_at_ip6(const struct look *l)
{
	size_t upper = eval_upper(l->frame, l->len, l->net);
	int proto = number(l, FIELD_IP6_PROTO);

	note_address(l, OBSERVE_IP6, FIELD_IP6_SRC, OBSERVE_SOURCE);
	if (proto < 0)
		count(l, OBSERVE_BROKEN);
	if (number(l, FIELD_IP6_FRAGHDR) == 1)
		count(l, OBSERVE_FRAGMENT);
	if (!upper)
		return;
	if (proto == UDP)
		look_at_udp(l, 547, 546, OBSERVE_DHCP6_CLIENT);
	else if (proto == ICMP6)
		look_at_icmp6(l, upper);
}

/* ---- the frame --------------------------------------------------------------- */

/* The outer tag */
static void look_at_tag(const struct look *l)
{
	const uint8_t *at = l->frame + ETH_HEADER - 2;
	const uint8_t key[4] = { at[0], at[1], at[2] & 0x0f, at[3] };

	note(l, OBSERVE_VLANS, key, 0);
}

/* LLC whose payload has no EtherType: its service access points */
static void look_at_llc(const struct look *l)
{
	if (l->len < ETH_HEADER + 2) {
		count(l, OBSERVE_BROKEN);
		return;
	}
	note(l, OBSERVE_LLC, l->frame + ETH_HEADER, 0);
	if (l->frame[ETH_HEADER] == 0x42 && l->frame[ETH_HEADER + 1] == 0x42)
		count(l, OBSERVE_SPANNING_TREE);
}

void observe_frame(struct observed *o, const uint8_t *frame, size_t len)
{
	struct look l = { o, frame, len, ETH_HEADER, OBSERVE_PLAIN };
	unsigned int type, outer;
	uint8_t key[2];
	bool typed;

	o->frames++;
	o->bytes += len;
	if (len < ETH_HEADER) {
		count(&l, OBSERVE_BROKEN);
		return;
	}
	outer = (unsigned int)frame[12] << 8 | frame[13];
	typed = eval_inner(frame, len, &type, &l.net);
	if (!typed || l.net != ETH_HEADER) {
		l.wrap = OBSERVE_WRAPPED;
		o->wrapped++;
	}
	note(&l, OBSERVE_MACS, frame + 6, OBSERVE_SOURCE);
	if (l.wrap == OBSERVE_WRAPPED && outer >= MIN_ETHERTYPE &&
	    len >= ETH_HEADER + 2)
		look_at_tag(&l);
	else if (!typed)
		look_at_llc(&l);
	if (!typed)
		return;
	key[0] = (uint8_t)(type >> 8);
	key[1] = (uint8_t)type;
	note(&l, OBSERVE_TYPES, key, 0);
	if (type == ARP || type == RARP)
		look_at_arp(&l, type);
	else if (type == IP4)
		look_at_ip4(&l);
	else if (type == IP6)
		look_at_ip6(&l);
}
