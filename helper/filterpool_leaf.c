// SPDX-License-Identifier: GPL-2.0-or-later
/* The leaves of the FilterPool dialect and what may stand in each */
#include <errno.h>
#include <string.h>

#include "filterpool_draft.h"

/* Numbers that IANA keeps; the ARP names are those of the nwfilter language. */
static const struct value_name ethertypes[] = {
	{ "arp", 0x0806 },  { "rarp", 0x8035 }, { "ipv4", 0x0800 },
	{ "ipv6", 0x86dd }, { "vlan", 0x8100 }, { NULL, 0 },
};
static const struct value_name arp_ops[] = {
	{ "Request", 1 },	  { "Reply", 2 },
	{ "Request_Reverse", 3 }, { "Reply_Reverse", 4 },
	{ "DRARP_Request", 5 },	  { "DRARP_Reply", 6 },
	{ "DRARP_Error", 7 },	  { "InARP_Request", 8 },
	{ "ARP_NAK", 10 },	  { NULL, 0 },
};
static const struct value_name protocols[] = {
	{ "icmp", 1 },	  { "igmp", 2 },   { "tcp", 6 },       { "udp", 17 },
	{ "dccp", 33 },	  { "gre", 47 },   { "esp", 50 },      { "ah", 51 },
	{ "icmpv6", 58 }, { "sctp", 132 }, { "udplite", 136 }, { NULL, 0 },
};
static const struct value_name versions[] = {
	{ "4", 4 },
	{ "6", 6 },
	{ NULL, 0 },
};
static const struct value_name fragments[] = {
	{ "none", FRAGMENT_NONE },
	{ "first", FRAGMENT_FIRST },
	{ "later", FRAGMENT_LATER },
	{ "any", FRAGMENT_ANY },
	{ NULL, 0 },
};

static const struct value_name states[] = {
	{ "new", CONN_NEW },
	{ "established", CONN_ESTABLISHED },
	{ "related", CONN_RELATED },
	{ "invalid", CONN_INVALID },
	{ NULL, 0 },
};

/* A range that begins above its end: only names. */
#define NAMES_ONLY 1, 0

static const struct value_type type_mac = { VALUE_MAC, 0, 0, NULL,
					    "must be a MAC address" };
static const struct value_type type_macmask = { VALUE_MACMASK, 0, 0, NULL,
						"must be a mask written as a "
						"MAC address" };
static const struct value_type type_ethertype = {
	VALUE_NUMBER, 0x600, 0xffff, ethertypes,
	"must be an EtherType: 0x600 to 0xffff, arp, rarp, ipv4, ipv6 or vlan"
};
static const struct value_type type_u3 = { VALUE_NUMBER, 0, 7, NULL,
					   "must be a number from 0 to 7" };
static const struct value_type type_u6 = { VALUE_NUMBER, 0, 63, NULL,
					   "must be a number from 0 to 63" };
static const struct value_type type_u8 = { VALUE_NUMBER, 0, 255, NULL,
					   "must be a number from 0 to 255" };
static const struct value_type type_u12 = { VALUE_NUMBER, 0, 4095, NULL,
					    "must be a number from 0 to "
					    "4095" };
static const struct value_type type_u16 = { VALUE_NUMBER, 0, 65535, NULL,
					    "must be a number from 0 to "
					    "65535" };
static const struct value_type type_arp_op = {
	VALUE_NUMBER, 0, 65535, arp_ops,
	"must be a number from 0 to 65535, Request, Reply, Request_Reverse, "
	"Reply_Reverse, DRARP_Request, DRARP_Reply, DRARP_Error, "
	"InARP_Request or ARP_NAK"
};
static const struct value_type type_protocol = {
	VALUE_NUMBER, 0, 255, protocols,
	"must be a number from 0 to 255, icmp, igmp, tcp, udp, dccp, gre, "
	"esp, ah, icmpv6, sctp or udplite"
};
static const struct value_type type_version = { VALUE_NUMBER, NAMES_ONLY,
						versions, "must be 4 or 6" };
static const struct value_type type_fragment = {
	VALUE_NUMBER, NAMES_ONLY, fragments, "must be none, first, later or any"
};
static const struct value_type type_state = {
	VALUE_NUMBER, NAMES_ONLY, states,
	"must be a list of new, established, related and invalid"
};
static const struct value_type type_flags = {
	VALUE_TCPFLAGS, 0, 0, NULL,
	"must be a list like SYN,ACK of FIN SYN RST PSH ACK URG (or NONE), "
	"perhaps followed by / and the flags that are looked at"
};
static const struct value_type type_address = {
	VALUE_ADDRESS, 0, 0, NULL,
	"must be an IPv4 or IPv6 address, perhaps with /PREFIX"
};
static const struct value_type type_addrmask = {
	VALUE_ADDRMASK, 0, 0, NULL, "must be a dotted mask or a prefix length"
};
const struct value_type filterpool_address4 = {
	VALUE_ADDRESS, 0, 0, NULL,
	"must be an IPv4 address, perhaps with /PREFIX"
};
const struct value_type filterpool_address6 = {
	VALUE_ADDRESS, 0, 0, NULL,
	"must be an IPv6 address, perhaps with /PREFIX"
};

const struct group_row filterpool_groups[GROUP_COUNT] = {
	[GROUP_ETH] = { "Hdr8021Filter", false },
	[GROUP_ARP] = { "ARPFilter", false },
	[GROUP_IP] = { "IPHeadersFilter", false },
	[GROUP_ICMP] = { "tf:ICMPFilter", true },
	[GROUP_ICMP6] = { "tf:ICMPv6Filter", true },
};

const struct leaf_row filterpool_leaves[LEAF_COUNT] = {
/* clang-format off: a table reads best in columns */
#define ROW(id, name, ours, group, type, field, flags)                   \
	[LEAF_##id] = {                                                  \
		name, ours, GROUP_##group, &(type), FIELD_##field, flags \
	}
	ROW(ETH_SRC, "HdrSrcMACAddr8021", false, ETH, type_mac, ETH_SRC,
	    LEAF_LIST),
	ROW(ETH_SRC_MASK, "HdrSrcMACMask8021", false, ETH, type_macmask,
	    ETH_SRC, 0),
	ROW(ETH_DST, "HdrDestMACAddr8021", false, ETH, type_mac, ETH_DST,
	    LEAF_LIST),
	ROW(ETH_DST_MASK, "HdrDestMACMask8021", false, ETH, type_macmask,
	    ETH_DST, 0),
	ROW(ETH_TYPE, "HdrProtocolID8021", false, ETH, type_ethertype, ETH_TYPE,
	    LEAF_LIST),
	ROW(VLAN_PCP, "HdrPriorityValue8021", false, ETH, type_u3, VLAN_PCP, 0),
	ROW(VLAN_ID, "HdrVLANID8021", false, ETH, type_u12, VLAN_ID, 0),
	ROW(ETH_INNER, "tf:InnerProtocolID", true, ETH, type_ethertype,
	    ETH_INNER, LEAF_LIST),
	ROW(ARP_HTYPE, "HWType", false, ARP, type_u16, ARP_HTYPE, 0),
	ROW(ARP_PTYPE, "ProtocolType", false, ARP, type_u16, ARP_PTYPE, 0),
	ROW(ARP_HLEN, "tf:HWLength", true, ARP, type_u8, ARP_HLEN, 0),
	ROW(ARP_PLEN, "tf:ProtocolLength", true, ARP, type_u8, ARP_PLEN, 0),
	ROW(ARP_OP, "OPCode", false, ARP, type_arp_op, ARP_OP, LEAF_LIST),
	ROW(ARP_SHA, "SrcMACAddr", false, ARP, type_mac, ARP_SHA, LEAF_LIST),
	ROW(ARP_SPA, "SrcIPAddr", false, ARP, filterpool_address4, ARP_SPA,
	    LEAF_LIST),
	ROW(ARP_THA, "DestMACAddr", false, ARP, type_mac, ARP_THA, LEAF_LIST),
	ROW(ARP_TPA, "DestIPAddr", false, ARP, filterpool_address4, ARP_TPA,
	    LEAF_LIST),
	ROW(IP_VERSION, "HdrIPVersion", false, IP, type_version, IP_PROTO,
	    LEAF_FIXED),
	ROW(IP_SRC, "HdrSrcAddress", false, IP, type_address, IP_SRC,
	    LEAF_LIST | LEAF_BOTH),
	ROW(IP_SRC_MASK, "HdrSrcMask", false, IP, type_addrmask, IP_SRC,
	    LEAF_BOTH),
	ROW(IP_DST, "HdrDestAddress", false, IP, type_address, IP_DST,
	    LEAF_LIST | LEAF_BOTH),
	ROW(IP_DST_MASK, "HdrDestMask", false, IP, type_addrmask, IP_DST,
	    LEAF_BOTH),
	ROW(IP_PROTO, "HdrProtocolID", false, IP, type_protocol, IP_PROTO,
	    LEAF_LIST),
	ROW(SPORT, "HdrSrcPortStart", false, IP, type_u16, L4_SPORT, 0),
	ROW(SPORT_END, "HdrSrcPortEnd", false, IP, type_u16, L4_SPORT, 0),
	ROW(DPORT, "HdrDestPortStart", false, IP, type_u16, L4_DPORT, 0),
	ROW(DPORT_END, "HdrDestPortEnd", false, IP, type_u16, L4_DPORT, 0),
	ROW(DSCP, "HdrDSCP", false, IP, type_u6, IP_DSCP, 0),
	ROW(FRAGMENT, "tf:Fragment", true, IP, type_fragment, IP_PROTO,
	    LEAF_FIXED),
	ROW(NEXTHDR, "tf:NextHeader", true, IP, type_protocol, IP6_NEXTHDR,
	    LEAF_LIST),
	ROW(FRAGNEXT, "tf:FragmentNextHeader", true, IP, type_protocol,
	    IP6_FRAGNEXT, LEAF_LIST | LEAF_RANGE),
	ROW(HOPLIMIT, "tf:HopLimit", true, IP, type_u8, IP_TTL, 0),
	ROW(IGMP_TYPE, "tf:IGMPType", true, IP, type_u8, IGMP_TYPE, LEAF_LIST),
	ROW(TCP_FLAGS, "tf:TCPFlags", true, IP, type_flags, TCP_FLAGS, 0),
	ROW(ICMP_TYPE, "tf:Type", true, ICMP, type_u8, ICMP_TYPE,
	    LEAF_LIST | LEAF_RANGE),
	ROW(ICMP_CODE, "tf:Code", true, ICMP, type_u8, ICMP_CODE,
	    LEAF_LIST | LEAF_RANGE),
	ROW(ICMP6_TYPE, "tf:Type", true, ICMP6, type_u8, ICMP6_TYPE,
	    LEAF_LIST | LEAF_RANGE),
	ROW(ICMP6_CODE, "tf:Code", true, ICMP6, type_u8, ICMP6_CODE,
	    LEAF_LIST | LEAF_RANGE),
	ROW(ND_TARGET, "tf:NDTarget", true, ICMP6, filterpool_address6,
	    ND_TARGET, LEAF_LIST),
	ROW(ND_LLADDR, "tf:NDLinkLayer", true, ICMP6, type_mac, ND_LLADDR,
	    LEAF_LIST),
	ROW(STATE, "tf:State", true, COUNT, type_state, CT_STATE,
	    LEAF_FIXED | LEAF_LIST),
#undef ROW
	/* clang-format on */
};
