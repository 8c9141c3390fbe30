// SPDX-License-Identifier: GPL-2.0-or-later
/* Classes of dropped frames */
#include <string.h>

#include "admin_drops.h"

static const char *const names[] = {
	[DROP_DHCP] = "dhcp",
	[DROP_RA] = "ra",
	[DROP_ND] = "nd",
	[DROP_ICMP] = "icmp",
	[DROP_IGMP] = "igmp",
	[DROP_PORT] = "port",
	[DROP_BROADCAST] = "broadcast",
	[DROP_MULTICAST] = "multicast",
	[DROP_FRAGMENT] = "fragment",
	[DROP_STATE] = "state",
	[DROP_IP] = "ip",
	[DROP_ARP] = "arp",
	[DROP_VLAN] = "vlan",
	[DROP_MAC] = "mac",
	[DROP_ETHERTYPE] = "ethertype",
	[DROP_OTHER] = "other",
};

const char *drop_class_name(enum drop_class c)
{
	return names[c];
}

/* A value of up to 16 bits */
static unsigned int number(const struct match *m, unsigned int i)
{
	const uint8_t *lo = m->values[i].lo;

	if (field_get(m->field)->width <= 8)
		return lo[0];
	return (unsigned int)lo[0] << 8 | lo[1];
}

static bool is_one_of(unsigned int n, const unsigned int *list)
{
	while (*list && *list != n)
		list++;
	return *list;
}

/* Is one of the values in the list, or is each?  Zero ends the list. */
static bool has_any(const struct match *m, const unsigned int *list)
{
	unsigned int i;

	for (i = 0; m->op == OP_EQ && i < m->nvalues; i++)
		if (is_one_of(number(m, i), list))
			return true;
	return false;
}

static bool has_only(const struct match *m, const unsigned int *list)
{
	unsigned int i;

	for (i = 0; m->op == OP_EQ && i < m->nvalues; i++)
		if (!is_one_of(number(m, i), list))
			return false;
	return m->op == OP_EQ;
}

static enum drop_class class_of_port(const struct match *m)
{
	static const unsigned int dhcp[] = { 67, 68, 546, 547, 0 };

	return has_any(m, dhcp) ? DROP_DHCP : DROP_PORT;
}

static enum drop_class class_of_icmp6(const struct match *m)
{
	static const unsigned int ra[] = { 134, 0 };
	/* inverse discovery is part of it */
	static const unsigned int nd[] = { 133, 135, 136, 137, 141, 142, 0 };

	if (has_any(m, ra))
		return DROP_RA;
	return has_any(m, nd) ? DROP_ND : DROP_ICMP;
}

static enum drop_class class_of_proto(const struct match *m)
{
	static const unsigned int icmp[] = { 1, 58, 0 }, igmp[] = { 2, 0 };

	if (has_only(m, icmp))
		return DROP_ICMP;
	return has_only(m, igmp) ? DROP_IGMP : DROP_IP;
}

static bool is_full(const uint8_t *bytes, size_t n)
{
	while (n && *bytes == 0xff) {
		bytes++;
		n--;
	}
	return !n;
}

/* Destinations: are they broadcast, or groups?  @usual if neither. */
static enum drop_class class_of_dst(const struct match *m,
				    enum drop_class usual)
{
	size_t bytes = field_bytes(field_get(m->field));
	unsigned int i, group = 0, all = 0;
	const uint8_t *lo;

	for (i = 0; m->op == OP_EQ && i < m->nvalues; i++) {
		lo = m->values[i].lo;
		if (is_full(lo, bytes))
			all++;
		else if (m->field == FIELD_ETH_DST)
			group += lo[0] & 1;
		else if (m->field == FIELD_IP_DST)
			group += lo[0] >> 4 == 14;
		else
			group += lo[0] == 0xff;
	}
	if (all == m->nvalues)
		return DROP_BROADCAST;
	return group == m->nvalues ? DROP_MULTICAST : usual;
}

static enum drop_class class_of_ip_dst(const struct match *m)
{
	return class_of_dst(m, DROP_IP);
}

static enum drop_class class_of_eth_dst(const struct match *m)
{
	return class_of_dst(m, DROP_MAC);
}

/*
 * What a condition says of the frame.  An EtherType says something only if
 * nothing else does: see class_of_types().
 */
static enum drop_class class_of_match(const struct match *m)
{
	static const struct {
		enum field_id first, last;
		enum drop_class class;
		enum drop_class (*look)(const struct match *m);
	} table[] = {
		{ FIELD_ETH_DST, FIELD_ETH_DST, 0, class_of_eth_dst },
		{ FIELD_ETH_SRC, FIELD_ETH_SRC, DROP_MAC, NULL },
		{ FIELD_VLAN_PCP, FIELD_VLAN_ID, DROP_VLAN, NULL },
		{ FIELD_ARP_HTYPE, FIELD_ARP_TPA, DROP_ARP, NULL },
		{ FIELD_IP_FRAG, FIELD_IP_FRAG, DROP_FRAGMENT, NULL },
		{ FIELD_IP_PROTO, FIELD_IP_PROTO, 0, class_of_proto },
		{ FIELD_IP_DST, FIELD_IP_DST, 0, class_of_ip_dst },
		{ FIELD_IP6_NEXTHDR, FIELD_IP6_NEXTHDR, 0, class_of_proto },
		{ FIELD_IP6_PROTO, FIELD_IP6_PROTO, 0, class_of_proto },
		{ FIELD_IP6_DST, FIELD_IP6_DST, 0, class_of_ip_dst },
		{ FIELD_IP6_FRAGHDR, FIELD_IP6_FRAG, DROP_FRAGMENT, NULL },
		/* the other fields of the network headers */
		{ FIELD_IP_DSCP, FIELD_IP6_FRAG, DROP_IP, NULL },
		{ FIELD_CT_STATE, FIELD_CT_STATE, DROP_STATE, NULL },
		{ FIELD_L4_SPORT, FIELD_L4_DPORT, 0, class_of_port },
		{ FIELD_TCP_FLAGS, FIELD_TCP_FLAGS, DROP_PORT, NULL },
		{ FIELD_ICMP_TYPE, FIELD_ICMP_CODE, DROP_ICMP, NULL },
		{ FIELD_IGMP_TYPE, FIELD_IGMP_TYPE, DROP_IGMP, NULL },
		{ FIELD_ICMP6_TYPE, FIELD_ICMP6_TYPE, 0, class_of_icmp6 },
		{ FIELD_ICMP6_CODE, FIELD_ICMP6_CODE, DROP_ICMP, NULL },
		{ FIELD_ND_TARGET, FIELD_RS_LLADDR, DROP_ND, NULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (m->field >= table[i].first && m->field <= table[i].last)
			return table[i].look ? table[i].look(m) :
					       table[i].class;
	return DROP_OTHER;
}

static bool is_type(const struct match *m)
{
	return m->field == FIELD_ETH_TYPE || m->field == FIELD_VLAN_TYPE ||
	       m->field == FIELD_ETH_INNER;
}

/* Wrappers do not count beside the protocols that they could wrap. */
static enum drop_class class_of_types(const struct match *m)
{
	static const unsigned int tags[] = { 0x8100, 0x88a8, 0x9100, 0 };
	static const unsigned int arp[] = { 0x0806, 0x8035, 0x8100,
					    0x88a8, 0x9100, 0 };
	static const unsigned int ip[] = { 0x0800, 0x86dd, 0x8100,
					   0x88a8, 0x9100, 0 };

	if (has_only(m, tags))
		return DROP_VLAN;
	if (has_only(m, arp))
		return DROP_ARP;
	return has_only(m, ip) ? DROP_IP : DROP_ETHERTYPE;
}

/* By the conditions of a rule alone */
static enum drop_class class_of_rule(const struct rule *r)
{
	enum drop_class one, best = DROP_OTHER;
	unsigned int i;

	for (i = 0; i < r->nmatches; i++) {
		one = class_of_match(&r->matches[i]);
		best = one < best ? one : best;
	}
	for (i = 0; best == DROP_OTHER && i < r->nmatches; i++)
		if (is_type(&r->matches[i]))
			best = class_of_types(&r->matches[i]);
	return best;
}

static bool has_types_only(const struct rule *r)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		if (!is_type(&r->matches[i]))
			return false;
	return r->nmatches;
}

/* Of a DROP without conditions: by the ACCEPTs before it */
static enum drop_class class_of_scope(const struct binding *b,
				      const struct rule *drop)
{
	enum drop_class one, all = DROP_CLASSES;
	const struct rule *r;

	for (r = b->rules; r < drop; r++) {
		if (r->profile != drop->profile || r->dir != drop->dir ||
		    r->verdict != VERDICT_ACCEPT)
			continue;
		if (has_types_only(r))
			return DROP_ETHERTYPE;
		one = class_of_rule(r);
		all = all == DROP_CLASSES || all == one ? one : DROP_OTHER;
	}
	return all == DROP_CLASSES ? DROP_OTHER : all;
}

enum drop_class drop_classify(const struct binding *b, const struct rule *r)
{
	return r->nmatches ? class_of_rule(r) : class_of_scope(b, r);
}

bool drop_is_of(const struct backend_counter *c, const struct binding *b,
		const struct rule *r)
{
	const char *name = b->profiles[r->profile].name;
	size_t len = strlen(name);
	uint64_t line;

	return c->dir == r->dir && c->verdict == r->verdict &&
	       strncmp(c->where, name, len) == 0 && c->where[len] == ':' &&
	       util_parse_uint(c->where + len + 1, 0, UINT32_MAX, &line) &&
	       line == r->line;
}

static void add(struct drop_sums *out, const struct backend_counter *c,
		enum drop_class class)
{
	struct drop_sum *sum = &out->by[c->dir][class];

	sum->known = true;
	sum->packets += c->packets;
	sum->bytes += c->bytes;
	out->packets += c->packets;
	out->bytes += c->bytes;
}

void drop_sums_make(const struct binding *b, const struct backend_counter *all,
		    size_t n, struct drop_sums *out)
{
	enum drop_class one, best;
	unsigned int i;
	size_t k;

	*out = (struct drop_sums){ 0 };
	for (i = 0; i < b->nrules; i++)
		if (b->rules[i].verdict != VERDICT_ACCEPT)
			out->by[b->rules[i].dir][drop_classify(b, &b->rules[i])]
				.known = true;
	for (k = 0; k < n; k++) {
		if (all[k].verdict == VERDICT_ACCEPT)
			continue;
		best = DROP_CLASSES;
		for (i = 0; i < b->nrules; i++) {
			if (!drop_is_of(&all[k], b, &b->rules[i]))
				continue;
			one = drop_classify(b, &b->rules[i]);
			best = one < best ? one : best;
		}
		add(out, &all[k], best == DROP_CLASSES ? DROP_OTHER : best);
	}
}
