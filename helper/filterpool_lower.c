// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a FilterEntry to its shapes: what the elements imply is made explicit,
 * and each family that the entry applies to gets a shape.  What most frames
 * fail, and what is cheap to look at, stands first.
 */
#include <errno.h>

#include "filterpool_draft.h"

static bool is_tagged(const struct draft *d)
{
	return leaf_given(d, LEAF_VLAN_ID) || leaf_given(d, LEAF_VLAN_PCP);
}

/* A run of conditions is made as long as all went well. */
#define THEN(rc, call) ((rc) < 0 ? (rc) : (call))

static int shape_type(const struct draft *d, struct shape *s,
		      enum field_id field, unsigned int type)
{
	if (type)
		return shape_number(d, s, field, OP_EQ, type, 0);
	return shape_leaf(d, s, field, LEAF_ETH_TYPE, LEAF_COUNT);
}

/* @type: EtherType of the entry's group, 0 when it has none */
static int shape_ether(const struct draft *d, struct shape *s,
		       unsigned int type)
{
	int rc;

	if (is_tagged(d)) {
		rc = shape_number(d, s, FIELD_ETH_TYPE, OP_EQ, TYPE_VLAN, 0);
		rc = THEN(rc, shape_leaf(d, s, FIELD_VLAN_ID, LEAF_VLAN_ID,
					 LEAF_COUNT));
		rc = THEN(rc, shape_leaf(d, s, FIELD_VLAN_PCP, LEAF_VLAN_PCP,
					 LEAF_COUNT));
		rc = THEN(rc, shape_type(d, s, FIELD_VLAN_TYPE, type));
	} else {
		rc = shape_type(d, s, FIELD_ETH_TYPE, type);
	}
	rc = THEN(rc, shape_leaf(d, s, FIELD_ETH_INNER, LEAF_ETH_INNER,
				 LEAF_COUNT));
	rc = THEN(rc, shape_leaf(d, s, FIELD_ETH_SRC, LEAF_ETH_SRC,
				 LEAF_ETH_SRC_MASK));
	return THEN(rc, shape_leaf(d, s, FIELD_ETH_DST, LEAF_ETH_DST,
				   LEAF_ETH_DST_MASK));
}

/* A leaf, or what the addresses of the entry imply when it is not given. */
static int shape_implied(const struct draft *d, struct shape *s,
			 enum field_id field, enum leaf_id id,
			 unsigned int number)
{
	if (draft_arp_addresses(d) && !leaf_given(d, id))
		return shape_number(d, s, field, OP_EQ, number, 0);
	return shape_leaf(d, s, field, id, LEAF_COUNT);
}

static int shape_arp(const struct draft *d, struct shape *s)
{
	bool rarp = leaf_number(d, LEAF_ETH_TYPE) == TYPE_RARP;
	int rc;

	rc = shape_ether(d, s, rarp ? TYPE_RARP : TYPE_ARP);
	rc = THEN(rc, shape_implied(d, s, FIELD_ARP_HTYPE, LEAF_ARP_HTYPE,
				    ARP_ETHERNET));
	rc = THEN(rc, shape_implied(d, s, FIELD_ARP_PTYPE, LEAF_ARP_PTYPE,
				    TYPE_IP4));
	rc = THEN(rc, shape_implied(d, s, FIELD_ARP_HLEN, LEAF_ARP_HLEN, 6));
	rc = THEN(rc, shape_implied(d, s, FIELD_ARP_PLEN, LEAF_ARP_PLEN, 4));
	rc = THEN(rc, shape_leaf(d, s, FIELD_ARP_OP, LEAF_ARP_OP, LEAF_COUNT));
	rc = THEN(rc,
		  shape_leaf(d, s, FIELD_ARP_SHA, LEAF_ARP_SHA, LEAF_COUNT));
	rc = THEN(rc,
		  shape_leaf(d, s, FIELD_ARP_SPA, LEAF_ARP_SPA, LEAF_COUNT));
	rc = THEN(rc,
		  shape_leaf(d, s, FIELD_ARP_THA, LEAF_ARP_THA, LEAF_COUNT));
	return THEN(rc,
		    shape_leaf(d, s, FIELD_ARP_TPA, LEAF_ARP_TPA, LEAF_COUNT));
}

static int shape_proto(const struct draft *d, struct shape *s,
		       const struct meaning *m, enum field_id field)
{
	if (m->proto >= 0)
		return shape_number(d, s, field, OP_EQ, (unsigned int)m->proto,
				    0);
	return shape_leaf(d, s, field, LEAF_IP_PROTO, LEAF_COUNT);
}

static int shape_fragment4(const struct draft *d, struct shape *s)
{
	switch (leaf_number(d, LEAF_FRAGMENT)) {
	case FRAGMENT_NONE:
		return shape_number(d, s, FIELD_IP_FRAG, OP_EQ, 0, 0x3fff);
	case FRAGMENT_FIRST:
		return shape_number(d, s, FIELD_IP_FRAG, OP_EQ, 0x2000, 0x3fff);
	case FRAGMENT_LATER:
		return shape_number(d, s, FIELD_IP_FRAG, OP_NE, 0, 0x1fff);
	case FRAGMENT_ANY:
		return shape_number(d, s, FIELD_IP_FRAG, OP_NE, 0, 0x3fff);
	default:
		return 0;
	}
}

static int shape_fragment6(const struct draft *d, struct shape *s)
{
	switch (leaf_number(d, LEAF_FRAGMENT)) {
	case FRAGMENT_NONE:
		return shape_number(d, s, FIELD_IP6_FRAGHDR, OP_EQ, 0, 0);
	case FRAGMENT_FIRST:
		return shape_number(d, s, FIELD_IP6_FRAG, OP_EQ, 0, 0xfff8);
	case FRAGMENT_LATER:
		return shape_number(d, s, FIELD_IP6_FRAG, OP_NE, 0, 0xfff8);
	case FRAGMENT_ANY:
		return shape_number(d, s, FIELD_IP6_FRAGHDR, OP_EQ, 1, 0);
	default:
		return 0;
	}
}

/* The connection last: what the packet says of itself is cheaper to ask. */
static int shape_upper(const struct draft *d, struct shape *s)
{
	int rc;

	rc = shape_leaf(d, s, FIELD_L4_SPORT, LEAF_SPORT, LEAF_SPORT_END);
	rc = THEN(rc,
		  shape_leaf(d, s, FIELD_L4_DPORT, LEAF_DPORT, LEAF_DPORT_END));
	rc = THEN(rc, shape_leaf(d, s, FIELD_TCP_FLAGS, LEAF_TCP_FLAGS,
				 LEAF_COUNT));
	rc = THEN(rc, shape_leaf(d, s, FIELD_IGMP_TYPE, LEAF_IGMP_TYPE,
				 LEAF_COUNT));
	rc = THEN(rc, shape_leaf(d, s, FIELD_ICMP_TYPE, LEAF_ICMP_TYPE,
				 LEAF_COUNT));
	rc = THEN(rc, shape_leaf(d, s, FIELD_ICMP_CODE, LEAF_ICMP_CODE,
				 LEAF_COUNT));
	rc = THEN(rc, shape_leaf(d, s, FIELD_ICMP6_TYPE, LEAF_ICMP6_TYPE,
				 LEAF_COUNT));
	rc = THEN(rc, shape_leaf(d, s, FIELD_ICMP6_CODE, LEAF_ICMP6_CODE,
				 LEAF_COUNT));
	return THEN(rc,
		    shape_leaf(d, s, FIELD_CT_STATE, LEAF_STATE, LEAF_COUNT));
}

static int shape_ip4(const struct draft *d, struct shape *s,
		     const struct meaning *m)
{
	int rc;

	rc = shape_ether(d, s, TYPE_IP4);
	rc = THEN(rc, shape_proto(d, s, m, FIELD_IP_PROTO));
	rc = THEN(rc, shape_leaf(d, s, FIELD_IP_SRC, LEAF_IP_SRC,
				 LEAF_IP_SRC_MASK));
	rc = THEN(rc, shape_leaf(d, s, FIELD_IP_DST, LEAF_IP_DST,
				 LEAF_IP_DST_MASK));
	rc = THEN(rc, shape_fragment4(d, s));
	rc = THEN(rc, shape_leaf(d, s, FIELD_IP_DSCP, LEAF_DSCP, LEAF_COUNT));
	rc = THEN(rc,
		  shape_leaf(d, s, FIELD_IP_TTL, LEAF_HOPLIMIT, LEAF_COUNT));
	return THEN(rc, shape_upper(d, s));
}

/*
 * Lengths in the IPv6 header: a router solicitation has 8 bytes, neighbour
 * messages 24, and 8 more with a link-layer option.
 */
static unsigned int nd_length(const struct meaning *m, bool option)
{
	return (m->nd == ND_SOLICIT_ROUTER ? 8U : 24U) + (option ? 8U : 0U);
}

/* @option: the message has the one option; false: it has none */
static int shape_nd_length(const struct draft *d, struct shape *s,
			   const struct meaning *m, bool option)
{
	int rc;

	rc = shape_number(d, s, FIELD_IP6_NEXTHDR, OP_EQ, PROTO_ICMP6, 0);
	rc = THEN(rc, shape_number(d, s, FIELD_IP6_HOPLIMIT, OP_EQ, 255, 0));
	if (leaf_given(d, LEAF_ND_LLADDR))
		return THEN(rc, shape_number(d, s, FIELD_IP6_LENGTH, OP_EQ,
					     nd_length(m, option), 0));
	return THEN(rc, shape_either(d, s, FIELD_IP6_LENGTH,
				     nd_length(m, false), nd_length(m, true)));
}

/* Source link-layer option 1 in solicitations, target's 2 in an NA. */
static int shape_nd_option(const struct draft *d, struct shape *s,
			   const struct meaning *m)
{
	bool rs = m->nd == ND_SOLICIT_ROUTER;
	int rc;

	rc = shape_number(d, s, rs ? FIELD_RS_OPTTYPE : FIELD_ND_OPTTYPE, OP_EQ,
			  m->nd == ND_ADVERTISE ? 2 : 1, 0);
	rc = THEN(rc, shape_number(d, s, rs ? FIELD_RS_OPTLEN : FIELD_ND_OPTLEN,
				   OP_EQ, 1, 0));
	return THEN(rc, shape_leaf(d, s, rs ? FIELD_RS_LLADDR : FIELD_ND_LLADDR,
				   LEAF_ND_LLADDR, LEAF_COUNT));
}

static int shape_ip6(const struct draft *d, struct shape *s,
		     const struct meaning *m, bool option)
{
	int rc;

	rc = shape_ether(d, s, TYPE_IP6);
	if (m->nd) {
		rc = THEN(rc, shape_nd_length(d, s, m, option));
	} else {
		rc = THEN(rc, shape_leaf(d, s, FIELD_IP6_NEXTHDR, LEAF_NEXTHDR,
					 LEAF_COUNT));
		rc = THEN(rc, shape_leaf(d, s, FIELD_IP6_HOPLIMIT,
					 LEAF_HOPLIMIT, LEAF_COUNT));
		rc = THEN(rc, shape_proto(d, s, m, FIELD_IP6_PROTO));
	}
	rc = THEN(rc, shape_leaf(d, s, FIELD_IP6_SRC, LEAF_IP_SRC,
				 LEAF_IP_SRC_MASK));
	rc = THEN(rc, shape_leaf(d, s, FIELD_IP6_DST, LEAF_IP_DST,
				 LEAF_IP_DST_MASK));
	if (!m->nd)
		rc = THEN(rc, shape_fragment6(d, s));
	rc = THEN(rc, shape_leaf(d, s, FIELD_IP6_FRAGNEXT, LEAF_FRAGNEXT,
				 LEAF_COUNT));
	rc = THEN(rc, shape_leaf(d, s, FIELD_IP6_DSCP, LEAF_DSCP, LEAF_COUNT));
	rc = THEN(rc, shape_upper(d, s));
	rc = THEN(rc, shape_leaf(d, s, FIELD_ND_TARGET, LEAF_ND_TARGET,
				 LEAF_COUNT));
	if (option)
		rc = THEN(rc, shape_nd_option(d, s, m));
	return rc;
}

static struct shape *new_shape(const struct draft *d)
{
	struct shape *s = util_grow(&d->out->shapes, d->out->nshapes,
				    sizeof(*d->out->shapes));

	if (s)
		d->out->nshapes++;
	return s;
}

static int lower_ip(const struct draft *d, const struct meaning *m)
{
	struct shape *s;
	int rc = 0;

	d->out->flexible = m->flexible;
	if (m->families & FAMILY4) {
		s = new_shape(d);
		rc = s ? shape_ip4(d, s, m) : -ENOMEM;
	}
	if (rc == 0 && m->families & FAMILY6) {
		s = new_shape(d);
		rc = s ? shape_ip6(d, s, m, false) : -ENOMEM;
	}
	if (rc == 0 && leaf_given(d, LEAF_ND_LLADDR)) {
		s = new_shape(d);
		rc = s ? shape_ip6(d, s, m, true) : -ENOMEM;
	}
	return rc;
}

int draft_lower(const struct draft *d)
{
	struct meaning m = { 0 };
	struct shape *s;
	int rc = draft_meaning(d, &m);

	if (rc < 0)
		return rc;
	if (draft_is_ip(d))
		return lower_ip(d, &m);
	s = new_shape(d);
	if (!s)
		return -ENOMEM;
	return draft_has(d, GROUP_ARP) ? shape_arp(d, s) : shape_ether(d, s, 0);
}
