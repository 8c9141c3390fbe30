// SPDX-License-Identifier: GPL-2.0-or-later
/* The matches of iptables, in the layout of the kernel's own headers */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_connlimit.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_dccp.h>
#include <linux/netfilter/xt_dscp.h>
#include <linux/netfilter/xt_iprange.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter/xt_mac.h>
#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter/xt_pkttype.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv4/ipt_ttl.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/netfilter_ipv6/ip6t_frag.h>
#include <linux/netfilter_ipv6/ip6t_hl.h>
#include <linux/netfilter_ipv6/ip6t_ipv6header.h>
#include <string.h>

#include "ipt_cond.h"

#define MATCH(d, name, revision, info) \
	ipt_draft_match(d, name, revision, &(info), sizeof(info))

/* Ports in the byte order of their struct, which is the machine's */
struct ports {
	uint16_t from;
	uint16_t to;
};

static struct ports get_ports(const struct value *v)
{
	return (struct ports){
		.from = (uint16_t)(v->lo[0] << 8 | v->lo[1]),
		.to = (uint16_t)(v->hi[0] << 8 | v->hi[1]),
	};
}

static int write_tcp(struct ipt_draft *d, const struct ipt_cond *c)
{
	struct xt_tcp info = { .spts = { 0, 0xffff }, .dpts = { 0, 0xffff } };
	struct ports p = get_ports(&c->v);

	switch (c->what) {
	case IPT_SPORT:
		info.spts[0] = p.from;
		info.spts[1] = p.to;
		info.invflags = c->inverted ? XT_TCP_INV_SRCPT : 0;
		break;
	case IPT_DPORT:
		info.dpts[0] = p.from;
		info.dpts[1] = p.to;
		info.invflags = c->inverted ? XT_TCP_INV_DSTPT : 0;
		break;
	default:
		info.flg_mask = c->v.hi[0];
		info.flg_cmp = c->v.lo[0];
		info.invflags = c->inverted ? XT_TCP_INV_FLAGS : 0;
	}
	return MATCH(d, "tcp", 0, info);
}

static int write_udp(struct ipt_draft *d, const struct ipt_cond *c,
		     const char *name)
{
	struct xt_udp info = { .spts = { 0, 0xffff }, .dpts = { 0, 0xffff } };
	bool source = c->what == IPT_SPORT;
	struct ports p = get_ports(&c->v);
	uint16_t *ports = source ? info.spts : info.dpts;

	ports[0] = p.from;
	ports[1] = p.to;
	if (c->inverted)
		info.invflags = source ? XT_UDP_INV_SRCPT : XT_UDP_INV_DSTPT;
	return MATCH(d, name, 0, info);
}

static int write_sctp(struct ipt_draft *d, const struct ipt_cond *c)
{
	bool source = c->what == IPT_SPORT;
	struct xt_sctp_info info = {
		.flags = source ? XT_SCTP_SRC_PORTS : XT_SCTP_DEST_PORTS,
	};
	uint16_t *ports = source ? info.spts : info.dpts;
	struct ports p = get_ports(&c->v);

	ports[0] = p.from;
	ports[1] = p.to;
	info.invflags = c->inverted ? info.flags : 0;
	return MATCH(d, "sctp", 0, info);
}

static int write_dccp(struct ipt_draft *d, const struct ipt_cond *c)
{
	bool source = c->what == IPT_SPORT;
	struct xt_dccp_info info = {
		.flags = source ? XT_DCCP_SRC_PORTS : XT_DCCP_DEST_PORTS,
	};
	uint16_t *ports = source ? info.spts : info.dpts;
	struct ports p = get_ports(&c->v);

	ports[0] = p.from;
	ports[1] = p.to;
	info.invflags = c->inverted ? info.flags : 0;
	return MATCH(d, "dccp", 0, info);
}

/* Rules are checked to ask for ports of these protocols only. */
static int write_ports(struct ipt_draft *d, const struct ipt_cond *c)
{
	switch (d->proto) {
	case IPPROTO_TCP:
		return write_tcp(d, c);
	case IPPROTO_UDP:
		return write_udp(d, c, "udp");
	case IPPROTO_UDPLITE:
		return write_udp(d, c, "udplite");
	case IPPROTO_SCTP:
		return write_sctp(d, c);
	case IPPROTO_DCCP:
		return write_dccp(d, c);
	default:
		return -EINVAL;
	}
}

static int write_icmp(struct ipt_draft *d, const struct ipt_cond *c)
{
	struct ip6t_icmp six = {
		.type = c->v.lo[0],
		.code = { c->v.lo[1], c->v.hi[1] },
		.invflags = c->inverted ? IP6T_ICMP_INV : 0,
	};
	struct ipt_icmp four = {
		.type = c->v.lo[0],
		.code = { c->v.lo[1], c->v.hi[1] },
		.invflags = c->inverted ? IPT_ICMP_INV : 0,
	};

	return d->family == IPT_IP4 ? MATCH(d, "icmp", 0, four) :
				      MATCH(d, "icmp6", 0, six);
}

/* Is there such a header, or none? */
static int write_header(struct ipt_draft *d, uint8_t header, bool present)
{
	const struct ip6t_ipv6header_info info = {
		.matchflags = header,
		.invflags = present ? 0 : header,
		.modeflag = true, /* whatever other headers there are */
	};

	return MATCH(d, "ipv6header", 0, info);
}

static int write_auth(struct ipt_draft *d, bool present)
{
	return write_header(d, MASK_AH, present);
}

static int write_fragment(struct ipt_draft *d, const struct ipt_cond *c)
{
	const struct ip6t_frag info = {
		.ids = { 0, UINT32_MAX },
		.flags = c->v.lo[0],
	};

	return c->inverted ? write_header(d, MASK_FRAGMENT, false) :
			     MATCH(d, "frag", 0, info);
}

static int write_group(struct ipt_draft *d, const struct ipt_cond *c)
{
	const struct xt_pkttype_info info = { c->v.lo[0], c->inverted };

	return MATCH(d, "pkttype", 0, info);
}

static int write_proto(struct ipt_draft *d, const struct ipt_cond *c)
{
	if (d->family == IPT_IP4 && c->v.lo[0] == 0)
		return -EOPNOTSUPP;
	ipt_draft_proto(d, c->v.lo[0], c->inverted);
	return d->family == IPT_IP4 ? 0 : write_auth(d, false);
}

static int write_range(struct ipt_draft *d, const struct ipt_cond *c,
		       size_t bytes)
{
	struct xt_iprange_mtinfo info = { 0 };
	bool source = c->what == IPT_SRC;

	if (source) {
		memcpy(&info.src_min, c->v.lo, bytes);
		memcpy(&info.src_max, c->v.hi, bytes);
		info.flags = IPRANGE_SRC;
		info.flags |= c->inverted ? IPRANGE_SRC_INV : 0;
	} else {
		memcpy(&info.dst_min, c->v.lo, bytes);
		memcpy(&info.dst_max, c->v.hi, bytes);
		info.flags = IPRANGE_DST;
		info.flags |= c->inverted ? IPRANGE_DST_INV : 0;
	}
	return MATCH(d, "iprange", 1, info);
}

/* The mask under which all addresses of a range are one; false for none */
static bool to_mask(const struct value *v, size_t bytes, uint8_t *mask)
{
	bool same = true;
	size_t i;
	unsigned int differ;

	for (i = 0; i < bytes; i++) {
		differ = v->lo[i] ^ v->hi[i];
		/* some ones at the end, in which lo is all 0 and hi all 1 */
		if (!same && (v->lo[i] || v->hi[i] != 0xff))
			return false;
		if ((differ & (differ + 1)) || (v->lo[i] & differ))
			return false;
		mask[i] = (uint8_t)~differ;
		same = same && !differ;
	}
	return true;
}

static int write_address(struct ipt_draft *d, const struct ipt_cond *c)
{
	size_t bytes = d->family == IPT_IP4 ? 4 : 16;
	uint8_t mask[FIELD_MAX_BYTES] = { 0 };

	if (to_mask(&c->v, bytes, mask) &&
	    ipt_draft_address(d, c->what == IPT_SRC, c->inverted, c->v.lo,
			      mask))
		return 0;
	return write_range(d, c, bytes);
}

static int write_mac(struct ipt_draft *d, const struct ipt_cond *c)
{
	struct xt_mac_info info = { .invert = c->inverted };

	memcpy(info.srcaddr, c->v.lo, sizeof(info.srcaddr));
	return MATCH(d, "mac", 0, info);
}

static int write_one_ttl(struct ipt_draft *d, uint8_t mode, uint8_t ttl)
{
	const struct ip6t_hl_info six = { .mode = mode, .hop_limit = ttl };
	const struct ipt_ttl_info four = { .mode = mode, .ttl = ttl };

	/* the modes are the same */
	return d->family == IPT_IP4 ? MATCH(d, "ttl", 0, four) :
				      MATCH(d, "hl", 0, six);
}

static int write_ttl(struct ipt_draft *d, const struct ipt_cond *c)
{
	uint8_t from = c->v.lo[0], to = c->v.hi[0];
	int rc = 0;

	if (from == to)
		return write_one_ttl(d, IPT_TTL_EQ, from);
	if (from > 0)
		rc = write_one_ttl(d, IPT_TTL_GT, (uint8_t)(from - 1));
	if (rc == 0 && to < 255)
		rc = write_one_ttl(d, IPT_TTL_LT, (uint8_t)(to + 1));
	return rc;
}

int ipt_write_cond(struct ipt_draft *d, const struct ipt_cond *c)
{
	const struct xt_dscp_info dscp = { c->v.lo[0], c->inverted };

	switch (c->what) {
	case IPT_SRC:
	case IPT_DST:
		return write_address(d, c);
	case IPT_PROTO:
		return write_proto(d, c);
	case IPT_AUTH:
		return write_auth(d, !c->inverted);
	case IPT_MAC:
		return write_mac(d, c);
	case IPT_SPORT:
	case IPT_DPORT:
	case IPT_FLAGS:
		return write_ports(d, c);
	case IPT_ICMP:
		return write_icmp(d, c);
	case IPT_DSCP:
		return MATCH(d, "dscp", 0, dscp);
	case IPT_TTL:
		return write_ttl(d, c);
	case IPT_GROUP:
		return write_group(d, c);
	case IPT_FRAGMENT:
		return write_fragment(d, c);
	default: /* several share a match: see ipt_write_places() */
		return -EINVAL;
	}
}

/* Upwards, so that no more pass than are allowed */
uint64_t ipt_period(const struct rate *r)
{
	uint64_t scaled = (uint64_t)r->seconds * XT_LIMIT_SCALE;

	return (scaled + r->frames - 1) / r->frames;
}

int ipt_write_limit(struct ipt_draft *d, const struct rate *r)
{
	const struct xt_rateinfo info = {
		.avg = (uint32_t)ipt_period(r),
		.burst = r->burst,
	};

	return MATCH(d, "limit", 0, info);
}

/* All connections count together: none of the address is looked at. */
int ipt_write_conns(struct ipt_draft *d, uint32_t conns)
{
	const struct xt_connlimit_info info = {
		.limit = conns,
		.flags = XT_CONNLIMIT_INVERT,
	};

	return MATCH(d, "connlimit", 1, info);
}

int ipt_write_states(struct ipt_draft *d, uint8_t states)
{
	static const uint16_t bits[] = {
		[CONN_NEW] = XT_CONNTRACK_STATE_BIT(IP_CT_NEW),
		[CONN_ESTABLISHED] = XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED),
		[CONN_RELATED] = XT_CONNTRACK_STATE_BIT(IP_CT_RELATED),
		[CONN_INVALID] = XT_CONNTRACK_STATE_INVALID,
	};
	struct xt_conntrack_mtinfo3 info = {
		.match_flags = XT_CONNTRACK_STATE,
	};
	unsigned int i;

	for (i = CONN_NEW; i < ARRAY_SIZE(bits); i++)
		if (states >> i & 1)
			info.state_mask |= bits[i];
	return MATCH(d, "conntrack", 3, info);
}

int ipt_write_comment(struct ipt_draft *d, const char *text)
{
	struct xt_comment_info info = { 0 };

	memcpy(info.comment, text, strnlen(text, sizeof(info.comment) - 1));
	return MATCH(d, "comment", 0, info);
}

int ipt_write_port(struct ipt_draft *d, enum direction dir, const char *tap)
{
	struct xt_physdev_info info = { 0 };
	size_t len = strlen(tap) + 1;

	if (dir == DIR_OUT) {
		memcpy(info.physindev, tap, len);
		memset(info.in_mask, 0xff, len);
		info.bitmask = XT_PHYSDEV_OP_IN;
	} else {
		memcpy(info.physoutdev, tap, len);
		memset(info.out_mask, 0xff, len);
		info.bitmask = XT_PHYSDEV_OP_OUT | XT_PHYSDEV_OP_BRIDGED;
	}
	return MATCH(d, "physdev", 0, info);
}

int ipt_write_any_port(struct ipt_draft *d)
{
	const struct xt_physdev_info info = { .bitmask = XT_PHYSDEV_OP_ISIN };

	return MATCH(d, "physdev", 0, info);
}
