// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A domain, and where the shipped profiles do not suffice a profile, for what
 * a guest was seen to send.  Texts are made of numbers and addresses alone:
 * nothing that a guest wrote comes into them as it was.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "observe_draft.h"

#define PREFIX "observed-"
#define COLUMNS 78

unsigned int observe_type_of(const struct observe_row *row)
{
	return (unsigned int)row->key[0] << 8 | row->key[1];
}

/* ---- what the guest is -------------------------------------------------------- */

static const struct observe_row *most_frequent(const struct observe_list *l)
{
	static const uint8_t zero[6];
	const struct observe_row *best = NULL, *row;
	size_t i;

	for (i = 0; i < l->n; i++) {
		row = &l->rows[i];
		if (row->how & OBSERVE_SOURCE && !(row->key[0] & 1) &&
		    memcmp(row->key, zero, sizeof(zero)) != 0 &&
		    (!best || row->frames > best->frames))
			best = row;
	}
	return best;
}

/* A parameter cannot have others, see tapfilter-profile(5). */
bool observe_can_have4(const uint8_t *a)
{
	static const uint8_t all[] = { 255, 255, 255, 255 };

	return a[0] != 127 && a[0] >> 4 != 14 && memcmp(a, all, 4) != 0;
}

static bool can_have6(const uint8_t *a)
{
	static const uint8_t loopback[16] = { [15] = 1 };

	return a[0] != 0xff && memcmp(a, loopback, 16) != 0;
}

static bool is_link_local(const uint8_t *a)
{
	return a[0] == 0xfe && (a[1] & 0xc0) == 0x80;
}

static void add_address(struct draft *d, struct buf *to, enum observe_table t,
			const struct observe_row *row)
{
	char text[FIELD_TEXT_MAX];

	observe_format(t, row, text);
	add(d, to, "%s%s", to->len ? " " : "", text);
}

static void choose_addresses(struct draft *d)
{
	const struct observe_list *l = &d->o->lists[OBSERVE_IP4];
	const struct observe_row *row;
	size_t i;

	for (i = 0; i < l->n; i++) {
		row = &l->rows[i];
		if (!(row->how & OBSERVE_PLAIN) || !observe_can_have4(row->key))
			continue;
		add_address(d, &d->ip4, OBSERVE_IP4, row);
		d->n4++;
	}
	l = &d->o->lists[OBSERVE_IP6];
	for (i = 0; i < l->n; i++) {
		row = &l->rows[i];
		if (!(row->how & OBSERVE_PLAIN) || !can_have6(row->key))
			continue;
		if (is_link_local(row->key)) {
			add_address(d, &d->linklocal, OBSERVE_IP6, row);
			d->nlinklocal++;
			continue;
		}
		add_address(d, &d->ip6, OBSERVE_IP6, row);
		d->n6++;
	}
}

/* The address that a profile assumes without the parameter */
static void drop_eui64(struct draft *d)
{
	const uint8_t *m = d->mac_bytes;
	uint8_t a[16] = { 0xfe, 0x80, 0,    0,	  0,	0,    0,    0,
			  m[0], m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5] };
	char text[INET6_ADDRSTRLEN];

	a[8] ^= 2;
	inet_ntop(AF_INET6, a, text, sizeof(text));
	if (d->linklocal.len && strcmp(d->linklocal.data, text) == 0)
		buf_free(&d->linklocal);
}

/* One that no shipped profile for a guest's identity lets pass */
bool observe_is_extra(const struct observe_row *row)
{
	static const unsigned int others[] = { 0x0800, 0x0806, 0x86dd, 0x8035,
					       0x8100, 0x88a8, 0x9100, 0x8808 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (observe_type_of(row) == others[i])
			return false;
	return row->how & OBSERVE_PLAIN;
}

/* ---- texts ------------------------------------------------------------------------ */

/* A note has no two dashes in a row, so it can stand in a comment. */
static void add_comment(struct draft *d, struct buf *to)
{
	const char *at = d->out->notes.data ? d->out->notes.data : "";
	size_t len, column = 0;

	add(d, to, "<!--");
	for (; *at; at += len + 1) {
		len = strcspn(at, " \n");
		if (!column)
			add(d, to, "\n  * %.*s", (int)len, at);
		else if (column + 1 + len > COLUMNS)
			add(d, to, "\n    %.*s", (int)len, at);
		else
			add(d, to, " %.*s", (int)len, at);
		column = !column || column + 1 + len > COLUMNS ?
				 4 + len :
				 column + 1 + len;
		if (at[len] == '\n')
			column = 0;
	}
	add(d, to, "\n-->\n");
}

static void add_entry(struct draft *d, const char *action,
		      const char *direction, const char *groups)
{
	add(d, &d->out->profile,
	    "  <FilterEntry>\n    <Action>%s</Action>\n"
	    "    <TrafficType>%s</TrafficType>\n%s  </FilterEntry>\n",
	    action, direction, groups);
}

/* As in ethernet-only: how QEMU announces a guest that has moved */
static const char announce[] =
	"    <Hdr8021Filter>\n"
	"      <HdrSrcMACAddr8021>THIS_MAC</HdrSrcMACAddr8021>\n"
	"      <HdrProtocolID8021>rarp</HdrProtocolID8021>\n"
	"    </Hdr8021Filter>\n"
	"    <ARPFilter>\n"
	"      <OPCode>Request_Reverse</OPCode>\n"
	"      <SrcMACAddr>THIS_MAC</SrcMACAddr>\n"
	"      <SrcIPAddr>0.0.0.0</SrcIPAddr>\n"
	"      <DestMACAddr>THIS_MAC</DestMACAddr>\n"
	"      <DestIPAddr>0.0.0.0</DestIPAddr>\n"
	"    </ARPFilter>\n";

static void add_types(struct draft *d, struct buf *to)
{
	const struct observe_list *l = &d->o->lists[OBSERVE_TYPES];
	size_t i;

	add(d, to, "    <Hdr8021Filter>\n      <HdrProtocolID8021>%s%s%s",
	    d->n4 ? "arp ipv4" : "", d->n4 && d->n6 ? " " : "",
	    d->n6 ? "ipv6" : "");
	for (i = 0; i < l->n; i++)
		if (observe_is_extra(&l->rows[i]))
			add(d, to, " 0x%04x", observe_type_of(&l->rows[i]));
	add(d, to, "</HdrProtocolID8021>\n    </Hdr8021Filter>\n");
}

static void add_reference(struct draft *d, const char *profile)
{
	add(d, &d->out->profile, "  <reference profile='%s'/>\n", profile);
}

/* In place of ethernet-only, with what clean-traffic... has beside it */
static void write_profile(struct draft *d)
{
	_cleanup_buf_ struct buf types = { 0 };

	add_types(d, &types);
	if (d->failed)
		return;
	add(d, &d->out->profile,
	    "<!--\n  Made of what a guest was seen to send.  EtherTypes other than ARP, IPv4 and\n"
	    "  IPv6 are here because they were seen: remove those that it does not need.\n-->\n"
	    "<FilterPool name='%s'>\n",
	    d->out->name);
	add_entry(d, "ACCEPT", "outgoing", types.data);
	add_entry(d, "ACCEPT", "outgoing", announce);
	add_entry(d, "DROP", "outgoing", "");
	add_entry(d, "ACCEPT", "incoming", types.data);
	add_entry(d, "DROP", "incoming", "");
	add_reference(d, "no-mac-spoofing");
	if (d->n4) {
		add_reference(d, "no-arp-spoofing");
		add_reference(d, "no-ip-spoofing");
	}
	if (d->n6)
		add_reference(d, "no-ipv6-spoofing");
	add_reference(d, "no-dhcp-server");
	add_reference(d, "no-router-advertisement");
	add(d, &d->out->profile, "</FilterPool>\n");
}

/* @prefix: of the namespace */
static void write_references(struct draft *d, struct buf *to,
			     const char *prefix, const char *indent)
{
	const char *profile = d->own ? d->out->name :
			      !d->n6 ? "clean-traffic" :
			      !d->n4 ? "clean-traffic-ipv6" :
				       "clean-traffic-dual-stack";

	add(d, to, "%s<%sreference profile='%s'", indent, prefix, profile);
	if (d->n4)
		add(d, to, "\n%s  ip_address='%s'", indent, d->ip4.data);
	if (d->n6)
		add(d, to, "\n%s  ipv6_address='%s'", indent, d->ip6.data);
	if (d->n6 && d->linklocal.len)
		add(d, to, "\n%s  ipv6_linklocal='%s'", indent,
		    d->linklocal.data);
	add(d, to, "/>\n");
}

static void write_domain(struct draft *d, const char *tap, const char *bridge)
{
	struct buf *to = &d->out->domain;

	add_comment(d, to);
	add(d, to,
	    "<domain type='kvm'>\n  <name>%s</name>\n  <devices>\n"
	    "    <interface type='%s'>\n      <mac address='%s'/>\n",
	    tap, *bridge ? "bridge" : "ethernet", d->mac);
	if (*bridge)
		add(d, to, "      <source bridge='%s'/>\n", bridge);
	add(d, to, "      <target dev='%s'/>\n      <firewall>\n", tap);
	write_references(d, to, "", "        ");
	add(d, to,
	    "      </firewall>\n    </interface>\n  </devices>\n</domain>\n");
	to = &d->out->metadata;
	add(d, to,
	    "<tf:firewall xmlns:tf='urn:tapfilter:1'>\n"
	    "  <tf:interface mac='%s'>\n",
	    d->mac);
	write_references(d, to, "tf:", "    ");
	add(d, to, "  </tf:interface>\n</tf:firewall>\n");
}

static void write_all(struct draft *d, const char *tap, const char *bridge)
{
	const struct observe_list *l = &d->o->lists[OBSERVE_TYPES];
	size_t i;

	drop_eui64(d);
	for (i = 0; i < l->n; i++)
		if (observe_is_extra(&l->rows[i]))
			d->own = true;
	if (d->own)
		snprintf(d->out->name, sizeof(d->out->name), PREFIX "%s", tap);
	observe_write_notes(d);
	if (d->own)
		write_profile(d);
	write_domain(d, tap, bridge);
}

int observe_advise(const struct observed *o, const char *tap,
		   const char *bridge, const uint8_t *mac,
		   struct observe_advice *out)
{
	struct draft d = { .o = o, .out = out };
	const struct observe_row *row = most_frequent(&o->lists[OBSERVE_MACS]);
	int rc = -ENODATA;

	choose_addresses(&d);
	if ((d.n4 || d.n6) && (mac || row)) {
		memcpy(d.mac_bytes, mac ? mac : row->key, sizeof(d.mac_bytes));
		field_format(field_get(FIELD_ETH_SRC), d.mac_bytes, d.mac);
		write_all(&d, tap, bridge);
		rc = 0;
	}
	buf_free(&d.ip4);
	buf_free(&d.ip6);
	buf_free(&d.linklocal);
	return d.failed ? -ENOMEM : rc;
}

void observe_advice_free(struct observe_advice *a)
{
	buf_free(&a->notes);
	buf_free(&a->profile);
	buf_free(&a->domain);
	buf_free(&a->metadata);
}
