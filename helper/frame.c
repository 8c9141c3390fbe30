// SPDX-License-Identifier: GPL-2.0-or-later
/* The addresses of the test's stations, and the profiles that it knows */
#include <string.h>

#include "frame.h"

#define OWN(last)                                  \
	{                                          \
		0x52, 0x54, 0x00, 0xad, 0xbe, last \
	}
#define LINK_LOCAL(last)                                                    \
	{                                                                   \
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x50, 0x54, 0x00, 0xff, 0xfe, \
			0xad, 0xbe, last                                    \
	}
#define GLOBAL(net, last)                                           \
	{                                                           \
		0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, net, [15] = (last) \
	}
#define GROUP6(last)                      \
	{                                 \
		0xff, 0x02, [15] = (last) \
	}
#define NODE(last)                                     \
	{                                              \
		0xff, 0x02, [11] = 1, 0xff, 0, 0, last \
	}

static const struct frame_address addresses[WHO_COUNT] = {
	[GUEST] = { OWN(1), { 10, 0, 0, 1 }, GLOBAL(0, 1) },
	[GUEST_2] = { OWN(1), { 10, 0, 0, 17 }, GLOBAL(1, 0x99) },
	[GUEST_LL] = { OWN(1), { 169, 254, 0, 1 }, LINK_LOCAL(1) },
	[PEER] = { OWN(2), { 10, 0, 0, 2 }, GLOBAL(0, 2) },
	[PEER_LL] = { OWN(2), { 169, 254, 0, 2 }, LINK_LOCAL(2) },
	[OTHER] = { OWN(3), { 10, 0, 0, 3 }, GLOBAL(0, 3) },
	[OTHER_LL] = { OWN(3), { 169, 254, 0, 3 }, LINK_LOCAL(3) },
	[ROUTER] = { OWN(0xfe), { 10, 0, 0, 254 }, GLOBAL(0, 0xfe) },
	[ROUTER_LL] = { OWN(0xfe), { 169, 254, 0, 4 }, LINK_LOCAL(0xfe) },
	[BEYOND] = { OWN(4), { 10, 0, 0, 32 }, GLOBAL(2, 0) },
	[LOOPBACK] = { OWN(5), { 127, 0, 0, 1 }, { [15] = 1 } },
	[ALL] = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		  { 255, 255, 255, 255 },
		  GROUP6(1) },
	[SUBNET] = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		     { 10, 0, 0, 255 },
		     GROUP6(1) },
	[GROUP] = { { 0x01, 0x00, 0x5e, 0, 0, 0xfb },
		    { 224, 0, 0, 251 },
		    GROUP6(0xfb) },
	[HOSTS] = { { 0x01, 0x00, 0x5e, 0, 0, 1 }, { 224, 0, 0, 1 }, GROUP6(1) },
	[ROUTERS] = { { 0x01, 0x00, 0x5e, 0, 0, 2 },
		      { 224, 0, 0, 2 },
		      GROUP6(2) },
	[REPORTS] = { { 0x01, 0x00, 0x5e, 0, 0, 22 },
		      { 224, 0, 0, 22 },
		      GROUP6(0x16) },
	[DHCP_SERVERS] = { { 0x33, 0x33, 0, 1, 0, 2 },
			   { 224, 0, 0, 12 },
			   { 0xff, 0x02, [13] = 1, 0, 2 } },
	[NODE_GUEST] = { { 0x33, 0x33, 0xff, 0, 0, 1 },
			 { 224, 0, 0, 13 },
			 NODE(1) },
	[NODE_PEER] = { { 0x33, 0x33, 0xff, 0, 0, 2 },
			{ 224, 0, 0, 14 },
			NODE(2) },
	[BRIDGES] = { { 0x01, 0x80, 0xc2, 0, 0, 0 }, { 0 }, { 0 } },
	[PAUSE] = { { 0x01, 0x80, 0xc2, 0, 0, 1 }, { 0 }, { 0 } },
	[PORT_ACCESS] = { { 0x01, 0x80, 0xc2, 0, 0, 3 }, { 0 }, { 0 } },
	[LLDP] = { { 0x01, 0x80, 0xc2, 0, 0, 0x0e }, { 0 }, { 0 } },
	[CDP] = { { 0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc }, { 0 }, { 0 } },
};

const struct frame_address *frame_address(enum who who)
{
	return &addresses[who];
}

static const struct frame_part *const parts[] = {
	&frame_part_ether, &frame_part_ip4, &frame_part_ip4_in,
	&frame_part_ip6,   &frame_part_nd,  &frame_part_ip6_in,
};

const struct frame_row *frame_row_get(size_t i)
{
	size_t p;

	for (p = 0; p < ARRAY_SIZE(parts); i -= parts[p]->n, p++)
		if (i < parts[p]->n)
			return &parts[p]->rows[i];
	return NULL;
}

/* A composite profile must drop what one of its members must drop. */
static const struct {
	const char *name;
	unsigned int members;
} profiles[] = {
	{ "no-mac-spoofing", BY_MAC },
	{ "no-arp-spoofing", BY_ARP },
	{ "no-ip-spoofing", BY_IP },
	{ "no-ipv6-spoofing", BY_IPV6 },
	{ "no-router-advertisement", BY_RA },
	{ "no-dhcp-server", BY_DHCP },
	{ "no-broadcast", BY_BROADCAST },
	{ "no-multicast", BY_MULTICAST },
	{ "ethernet-only", BY_ETHERNET },
	{ "ipv4-only", BY_ONLY4 },
	{ "ipv6-only", BY_ONLY6 },
	{ "generic-layer2", BY_LAYER2 },
	{ "VM-specific-layer3", BY_LAYER3 },
	{ "clean-traffic",
	  BY_ONLY4 | BY_MAC | BY_ARP | BY_IP | BY_RA | BY_DHCP },
	{ "clean-traffic-ipv6", BY_ONLY6 | BY_MAC | BY_IPV6 | BY_RA | BY_DHCP },
	{ "clean-traffic-dual-stack",
	  BY_ETHERNET | BY_MAC | BY_ARP | BY_IP | BY_IPV6 | BY_RA | BY_DHCP },
};

unsigned int frame_profile(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(profiles); i++)
		if (strcmp(profiles[i].name, name) == 0)
			return profiles[i].members;
	return 0;
}

const char *frame_profile_name(size_t i)
{
	return i < ARRAY_SIZE(profiles) ? profiles[i].name : NULL;
}
