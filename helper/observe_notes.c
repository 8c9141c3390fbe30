// SPDX-License-Identifier: GPL-2.0-or-later
/* What must be thought about before a suggestion is used */
#include <inttypes.h>
#include <string.h>

#include "observe_draft.h"

#define NAMED 4 /* values that a note names */
#define note(d, ...) add(d, &(d)->out->notes, __VA_ARGS__)

static uint64_t messages(const struct draft *d, enum observe_message m)
{
	return d->o->messages[m];
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void note_macs(struct draft *d)
{
	const struct observe_list *l = &d->o->lists[OBSERVE_MACS];
	const struct observe_row *row;
	size_t i, n = 0;
	char text[FIELD_TEXT_MAX];

	for (i = 0; i < l->n; i++) {
		row = &l->rows[i];
		if (memcmp(row->key, d->mac_bytes, 6) == 0 || n++ >= NAMED)
			continue;
		observe_format(OBSERVE_MACS, row, text);
		note(d,
		     "It used the MAC address %s in %" PRIu64
		     " frame%s: not allowed here.\n",
		     text, row->frames, plural(row->frames));
	}
	if (n > NAMED)
		note(d, "It used %zu more MAC address%s: not allowed here.\n",
		     n - NAMED, n - NAMED == 1 ? "" : "es");
}

static void note_wrappers(struct draft *d)
{
	const struct observe_list *l = &d->o->lists[OBSERVE_VLANS];
	char text[FIELD_TEXT_MAX];
	size_t i;

	if (!d->o->wrapped)
		return;
	note(d,
	     "%" PRIu64
	     " frame%s had a tag or LLC: not allowed here, and what was seen in such frames alone is not in the suggestion.\n",
	     d->o->wrapped, plural(d->o->wrapped));
	for (i = 0; i < l->n && i < NAMED; i++) {
		observe_format(OBSERVE_VLANS, &l->rows[i], text);
		note(d, "%" PRIu64 " of them had a tag for VLAN %s.\n",
		     l->rows[i].frames, text);
	}
	if (l->n > NAMED)
		note(d, "There were tags for %zu more VLAN%s.\n", l->n - NAMED,
		     plural(l->n - NAMED));
	if (l->n)
		note(d,
		     "A guest that is to be in a VLAN is best tagged by its bridge, not by itself.\n");
}

/* What lets a guest lead others astray is never allowed, only named. */
static void note_messages(struct draft *d)
{
	static const struct {
		enum observe_message m;
		const char *what;
		const char *role; /* that would make it right */
	} rows[] = {
		{ OBSERVE_DHCP4_SERVER, "Messages of a DHCP server",
		  "a DHCP server" },
		{ OBSERVE_DHCP6_SERVER, "Messages of a DHCPv6 server",
		  "a DHCP server" },
		{ OBSERVE_ROUTER_ADVERTISEMENT, "Router advertisements",
		  "a router" },
		{ OBSERVE_REDIRECT, "Redirects", "a router" },
		{ OBSERVE_GROUP_QUERY, "Multicast queries", "a router" },
		{ OBSERVE_SPANNING_TREE, "Spanning tree", "a bridge" },
		{ OBSERVE_ARP_OTHER,
		  "ARP other than requests, replies and probes", NULL },
		{ OBSERVE_BROKEN, "Frames with broken headers", NULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (messages(d, rows[i].m))
			note(d, "%s: %" PRIu64 ", not allowed here%s%s.\n",
			     rows[i].what, messages(d, rows[i].m),
			     rows[i].role ? "; right only if it is to be " : "",
			     rows[i].role ? rows[i].role : "");
}

static void note_addresses(struct draft *d)
{
	const struct observe_list *l = &d->o->lists[OBSERVE_IP4];
	char text[FIELD_TEXT_MAX];
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (observe_can_have4(l->rows[i].key))
			continue;
		observe_format(OBSERVE_IP4, &l->rows[i], text);
		note(d,
		     "It used %s as its own address, which none can have: not allowed here.\n",
		     text);
	}
	if (d->n4 > NAMED || d->n6 > NAMED)
		note(d,
		     "It used %zu IPv4 and %zu IPv6 addresses: does it forward for others, or forge them?\n",
		     d->n4, d->n6);
	if (d->nlinklocal && !d->n6)
		note(d,
		     "IPv6 was seen with link-local addresses only, so IPv6 is not allowed here.\n");
}

static void note_limits(struct draft *d)
{
	enum observe_table i;

	note(d,
	     "This is what the guest sent, not what it may send: compare each address with what it was given.\n");
	if (d->o->lost)
		note(d,
		     "%" PRIu64
		     " frames came faster than they could be read: there may be more than this.\n",
		     d->o->lost);
	for (i = 0; i < OBSERVE_TABLES; i++)
		if (d->o->lists[i].over)
			note(d,
			     "There were more than %d values of the kind \"%s\": this is not all, and probably not honest.\n",
			     OBSERVE_ROWS, observe_list_name(i));
}

static void note_types(struct draft *d)
{
	const struct observe_list *l = &d->o->lists[OBSERVE_TYPES];
	size_t i;

	if (!d->own)
		return;
	note(d, "These are allowed because they were seen:");
	for (i = 0; i < l->n; i++)
		if (observe_is_extra(&l->rows[i]))
			note(d, " 0x%04x", observe_type_of(&l->rows[i]));
	note(d, "; remove the EtherTypes that the guest does not need.\n");
}

void observe_write_notes(struct draft *d)
{
	note_limits(d);
	note_macs(d);
	note_addresses(d);
	note_wrappers(d);
	note_messages(d);
	note_types(d);
}
