// SPDX-License-Identifier: GPL-2.0-or-later
/* What the leaves of a FilterEntry mean together; contradictions are refused */
#include <errno.h>
#include <string.h>

#include "filterpool_draft.h"
#include "log.h"

bool draft_has(const struct draft *d, enum group_id g)
{
	return d->group[g] != GROUP_ABSENT;
}

bool draft_is_ip(const struct draft *d)
{
	return draft_has(d, GROUP_IP) || draft_has(d, GROUP_ICMP) ||
	       draft_has(d, GROUP_ICMP6);
}

bool draft_arp_addresses(const struct draft *d)
{
	return leaf_given(d, LEAF_ARP_SHA) || leaf_given(d, LEAF_ARP_SPA) ||
	       leaf_given(d, LEAF_ARP_THA) || leaf_given(d, LEAF_ARP_TPA);
}

static int group_fault(const struct draft *d, enum group_id g,
		       enum group_id other)
{
	return log_at(d->file, d->group_line[g],
		      "<%s> and <%s> cannot be in one entry: no frame is both",
		      filterpool_groups[g].name, filterpool_groups[other].name);
}

static int check_groups(const struct draft *d)
{
	enum group_id g;

	for (g = GROUP_IP; draft_has(d, GROUP_ARP) && g < GROUP_COUNT; g++)
		if (draft_has(d, g))
			return group_fault(d, g, GROUP_ARP);
	if (draft_has(d, GROUP_ICMP) && draft_has(d, GROUP_ICMP6))
		return group_fault(d, GROUP_ICMP6, GROUP_ICMP);
	return 0;
}

static int check_pair(const struct draft *d, enum leaf_id id, enum leaf_id need)
{
	if (!leaf_given(d, id) || leaf_given(d, need))
		return 0;
	return log_at(d->file, d->leaf[id].line, "%s '%s' needs a value in %s",
		      filterpool_leaves[id].name, d->leaf[id].text,
		      filterpool_leaves[need].name);
}

static int check_pairs(const struct draft *d)
{
	static const enum leaf_id pairs[][2] = {
		{ LEAF_ETH_SRC_MASK, LEAF_ETH_SRC },
		{ LEAF_ETH_DST_MASK, LEAF_ETH_DST },
		{ LEAF_IP_SRC_MASK, LEAF_IP_SRC },
		{ LEAF_IP_DST_MASK, LEAF_IP_DST },
		{ LEAF_SPORT_END, LEAF_SPORT },
		{ LEAF_DPORT_END, LEAF_DPORT },
	};
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		rc = check_pair(d, pairs[i][0], pairs[i][1]);
		if (rc < 0)
			return rc;
		if (leaf_given(d, pairs[i][0]) && leaf_is_list(d, pairs[i][1]))
			return leaf_fault(d, pairs[i][1],
					  "must not be a list beside a mask");
	}
	return 0;
}

/* HdrProtocolID8021 beside a group must name the group's protocol. */
static int check_ethertype(const struct draft *d)
{
	int type = leaf_number(d, LEAF_ETH_TYPE);
	bool arp = draft_has(d, GROUP_ARP);
	bool ip = draft_is_ip(d);

	if ((arp || ip) && leaf_given(d, LEAF_ETH_INNER))
		return leaf_fault(d, LEAF_ETH_INNER,
				  "looks into a wrapped frame, but the entry "
				  "has a group that does not");
	if ((!arp && !ip) || !leaf_given(d, LEAF_ETH_TYPE))
		return 0;
	if (arp && type != TYPE_ARP && type != TYPE_RARP)
		return leaf_fault(d, LEAF_ETH_TYPE,
				  "must be arp or rarp beside <ARPFilter>");
	if (ip && type != TYPE_IP4 && type != TYPE_IP6)
		return leaf_fault(d, LEAF_ETH_TYPE,
				  "must be ipv4 or ipv6 beside an IP group");
	return 0;
}

/* @text: what @by holds, NULL for a group */
static int narrow(const struct draft *d, struct meaning *m, unsigned int to,
		  const char *by, const char *text, unsigned int line)
{
	if (!(m->families & to))
		return log_at(d->file, line,
			      "%s%s%s%s is for IPv%c, but %s is not", by,
			      text ? " '" : "", text ? text : "",
			      text ? "'" : "", to == FAMILY4 ? '4' : '6',
			      m->family_by);
	if (m->families != to)
		m->family_by = by;
	m->families = to;
	return 0;
}

static int narrow_leaf(const struct draft *d, struct meaning *m,
		       unsigned int to, enum leaf_id id)
{
	return narrow(d, m, to, filterpool_leaves[id].name, d->leaf[id].text,
		      d->leaf[id].line);
}

/* The family that an address or a mask belongs to, 0 for "not known yet". */
static unsigned int word_family(enum leaf_id id, const char *text)
{
	struct value v;

	if (strcmp(text, "THIS_IP") == 0)
		return FAMILY4;
	if (strcmp(text, "THIS_IPV6") == 0 ||
	    strcmp(text, "THIS_LINKLOCAL") == 0)
		return FAMILY6;
	if (param_is_placeholder(text))
		return 0;
	if (filterpool_leaves[id].type->kind == VALUE_ADDRESS)
		return strchr(text, ':') ? FAMILY6 : FAMILY4;
	if (strchr(text, '.'))
		return FAMILY4;
	/* A prefix length fits both, up to 32. */
	if (value_parse(filterpool_leaves[id].type, field_get(FIELD_IP_SRC),
			text, &v))
		return FAMILY6;
	return FAMILY4 | FAMILY6;
}

/* @known: receives the families of all words, @unknown: some are not known */
static int leaf_family(const struct draft *d, enum leaf_id id,
		       unsigned int *known, bool *unknown)
{
	const char *rest = d->leaf[id].text;
	char word[XML_MAX_TEXT + 1];
	unsigned int family;

	for (*known = 0; leaf_next_word(&rest, word); *known |= family) {
		family = word_family(id, word);
		*unknown |= !family;
	}
	if (*known == (FAMILY4 | FAMILY6) && leaf_is_list(d, id))
		return leaf_fault(d, id,
				  "must not mix IPv4 and IPv6 addresses");
	return 0;
}

static int narrow_addresses(const struct draft *d, struct meaning *m)
{
	static const enum leaf_id leaves[] = { LEAF_IP_SRC, LEAF_IP_SRC_MASK,
					       LEAF_IP_DST, LEAF_IP_DST_MASK };
	unsigned int family;
	bool unknown = false;
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		if (!leaf_given(d, leaves[i]))
			continue;
		rc = leaf_family(d, leaves[i], &family, &unknown);
		if (rc == 0 && (family == FAMILY4 || family == FAMILY6))
			rc = narrow_leaf(d, m, family, leaves[i]);
		if (rc < 0)
			return rc;
	}
	m->flexible = unknown && m->families == (FAMILY4 | FAMILY6);
	return 0;
}

static int find_families(const struct draft *d, struct meaning *m)
{
	static const struct {
		enum leaf_id leaf;
		int value; /* -1: any */
		unsigned int family;
	} hints[] = {
		{ LEAF_ETH_TYPE, TYPE_IP4, FAMILY4 },
		{ LEAF_ETH_TYPE, TYPE_IP6, FAMILY6 },
		{ LEAF_IP_VERSION, 4, FAMILY4 },
		{ LEAF_IP_VERSION, 6, FAMILY6 },
		{ LEAF_IGMP_TYPE, -1, FAMILY4 },
		{ LEAF_NEXTHDR, -1, FAMILY6 },
		{ LEAF_FRAGNEXT, -1, FAMILY6 },
	};
	enum group_id g;
	size_t i;
	int rc;

	m->families = FAMILY4 | FAMILY6;
	for (i = 0; i < ARRAY_SIZE(hints); i++) {
		if (!leaf_given(d, hints[i].leaf) ||
		    (hints[i].value >= 0 &&
		     leaf_number(d, hints[i].leaf) != hints[i].value))
			continue;
		rc = narrow_leaf(d, m, hints[i].family, hints[i].leaf);
		if (rc < 0)
			return rc;
	}
	for (g = GROUP_ICMP; g <= GROUP_ICMP6; g++) {
		if (!draft_has(d, g))
			continue;
		rc = narrow(d, m, g == GROUP_ICMP ? FAMILY4 : FAMILY6,
			    filterpool_groups[g].name, NULL, d->group_line[g]);
		if (rc < 0)
			return rc;
	}
	return narrow_addresses(d, m);
}

static int imply_proto(const struct draft *d, struct meaning *m, bool given,
		       int proto, const char *by, unsigned int line)
{
	if (!given)
		return 0;
	if (leaf_given(d, LEAF_IP_PROTO) && leaf_number(d, LEAF_IP_PROTO) < 0)
		return leaf_fault(d, LEAF_IP_PROTO,
				  "must be one protocol, written out, beside a "
				  "leaf that needs a certain one");
	if (m->proto >= 0 && m->proto != proto)
		return log_at(d->file, line,
			      "%s is for protocol %d, but %s is for %d", by,
			      proto, m->proto_by, m->proto);
	m->proto = proto;
	m->proto_by = by;
	return 0;
}

static bool proto_has_ports(int proto)
{
	return proto == PROTO_TCP || proto == 17 || proto == 33 ||
	       proto == 132 || proto == 136;
}

/* Has every protocol that the entry is for ports? */
static bool has_ports(const struct draft *d, const struct meaning *m)
{
	const char *rest = d->leaf[LEAF_IP_PROTO].text;
	char word[XML_MAX_TEXT + 1];

	if (!rest || m->proto >= 0)
		return proto_has_ports(m->proto);
	while (leaf_next_word(&rest, word))
		if (!proto_has_ports(word_number(LEAF_IP_PROTO, word)))
			return false;
	return true;
}

static int find_proto(const struct draft *d, struct meaning *m)
{
	static const enum leaf_id ports[] = { LEAF_SPORT, LEAF_DPORT };
	size_t i;
	int rc;

	m->proto = leaf_number(d, LEAF_IP_PROTO);
	m->proto_by = filterpool_leaves[LEAF_IP_PROTO].name;
	rc = imply_proto(d, m, draft_has(d, GROUP_ICMP), PROTO_ICMP,
			 filterpool_groups[GROUP_ICMP].name,
			 d->group_line[GROUP_ICMP]);
	if (rc == 0)
		rc = imply_proto(d, m, draft_has(d, GROUP_ICMP6), PROTO_ICMP6,
				 filterpool_groups[GROUP_ICMP6].name,
				 d->group_line[GROUP_ICMP6]);
	if (rc == 0)
		rc = imply_proto(d, m, leaf_given(d, LEAF_IGMP_TYPE),
				 PROTO_IGMP,
				 filterpool_leaves[LEAF_IGMP_TYPE].name,
				 d->leaf[LEAF_IGMP_TYPE].line);
	if (rc == 0)
		rc = imply_proto(d, m, leaf_given(d, LEAF_TCP_FLAGS), PROTO_TCP,
				 filterpool_leaves[LEAF_TCP_FLAGS].name,
				 d->leaf[LEAF_TCP_FLAGS].line);
	for (i = 0; rc == 0 && i < ARRAY_SIZE(ports); i++)
		if (leaf_given(d, ports[i]) && !has_ports(d, m))
			rc = leaf_fault(d, ports[i],
					"needs HdrProtocolID tcp, udp, "
					"udplite, sctp or dccp");
	return rc;
}

static int check_leaf_is(const struct draft *d, enum leaf_id id, int value,
			 const char *sentence)
{
	if (!leaf_given(d, id) || leaf_number(d, id) == value)
		return 0;
	return leaf_fault(d, id, sentence);
}

/* The addresses are only where they are with these lengths and types. */
static int check_arp(const struct draft *d)
{
	int rc;

	if (!draft_arp_addresses(d))
		return 0;
	rc = check_leaf_is(d, LEAF_ARP_HTYPE, ARP_ETHERNET,
			   "must be 1 where an address is matched");
	if (rc == 0)
		rc = check_leaf_is(d, LEAF_ARP_PTYPE, TYPE_IP4,
				   "must be 0x0800 where an address is "
				   "matched");
	if (rc == 0)
		rc = check_leaf_is(d, LEAF_ARP_HLEN, 6,
				   "must be 6 where an address is matched");
	if (rc == 0)
		rc = check_leaf_is(d, LEAF_ARP_PLEN, 4,
				   "must be 4 where an address is matched");
	return rc;
}

static int check_fragment(const struct draft *d)
{
	static const enum leaf_id upper[] = {
		LEAF_SPORT,	 LEAF_DPORT,	  LEAF_TCP_FLAGS,
		LEAF_IGMP_TYPE,	 LEAF_ICMP_TYPE,  LEAF_ICMP_CODE,
		LEAF_ICMP6_TYPE, LEAF_ICMP6_CODE,
	};
	int fragment = leaf_number(d, LEAF_FRAGMENT);
	size_t i;

	if (fragment == FRAGMENT_NONE && leaf_given(d, LEAF_FRAGNEXT))
		return leaf_fault(d, LEAF_FRAGNEXT,
				  "is never in a packet that is no fragment");
	for (i = 0; i < ARRAY_SIZE(upper); i++)
		if (fragment == FRAGMENT_LATER && leaf_given(d, upper[i]))
			return leaf_fault(d, upper[i],
					  "is never in a later fragment");
	return 0;
}

/* Extension headers (IANA), behind which another protocol follows. */
static bool is_extension(int nexthdr)
{
	return nexthdr == 0 || nexthdr == 43 || nexthdr == 44 ||
	       nexthdr == 50 || nexthdr == 51 || nexthdr == 60 ||
	       nexthdr == 135 || nexthdr == 139 || nexthdr == 140;
}

static int check_nexthdr(const struct draft *d, const struct meaning *m)
{
	int nexthdr = leaf_number(d, LEAF_NEXTHDR);

	if (nexthdr < 0 || m->proto < 0 || is_extension(nexthdr) ||
	    nexthdr == m->proto)
		return 0;
	return log_at(d->file, d->leaf[LEAF_NEXTHDR].line,
		      "%s '%s' leaves no room for protocol %d of %s",
		      filterpool_leaves[LEAF_NEXTHDR].name,
		      d->leaf[LEAF_NEXTHDR].text, m->proto, m->proto_by);
}

/* What RFC 4861 demands of a valid message is implied, so nothing else. */
static int find_nd(const struct draft *d, struct meaning *m)
{
	enum leaf_id leaf = leaf_given(d, LEAF_ND_TARGET) ? LEAF_ND_TARGET :
							    LEAF_ND_LLADDR;
	int type = leaf_number(d, LEAF_ICMP6_TYPE);
	int rc;

	m->nd = 0;
	if (!leaf_given(d, leaf))
		return 0;
	if (leaf_given(d, LEAF_FRAGNEXT))
		return leaf_fault(d, LEAF_FRAGNEXT,
				  "is never in a neighbour-discovery message");
	if (leaf == LEAF_ND_TARGET && type != ND_SOLICIT &&
	    type != ND_ADVERTISE)
		return leaf_fault(d, leaf, "needs tf:Type 135 or 136");
	if (type != ND_SOLICIT && type != ND_ADVERTISE &&
	    type != ND_SOLICIT_ROUTER)
		return leaf_fault(d, leaf, "needs tf:Type 133, 135 or 136");
	m->nd = type;
	rc = check_leaf_is(d, LEAF_NEXTHDR, PROTO_ICMP6,
			   "must be 58 beside a neighbour-discovery leaf");
	if (rc == 0)
		rc = check_leaf_is(d, LEAF_HOPLIMIT, 255,
				   "must be 255 beside a neighbour-discovery "
				   "leaf");
	if (rc == 0)
		rc = check_leaf_is(d, LEAF_FRAGMENT, FRAGMENT_NONE,
				   "must be none beside a neighbour-discovery "
				   "leaf");
	return rc;
}

int draft_meaning(const struct draft *d, struct meaning *m)
{
	int rc = check_groups(d);

	if (rc == 0)
		rc = draft_check_more(d);
	if (rc == 0)
		rc = check_pairs(d);
	if (rc == 0)
		rc = check_ethertype(d);
	if (rc < 0)
		return rc;
	if (draft_has(d, GROUP_ARP))
		return check_arp(d);
	if (!draft_is_ip(d))
		return 0;
	rc = find_families(d, m);
	if (rc == 0)
		rc = find_proto(d, m);
	if (rc == 0)
		rc = check_fragment(d);
	if (rc == 0)
		rc = check_nexthdr(d, m);
	if (rc == 0)
		rc = find_nd(d, m);
	return rc;
}
