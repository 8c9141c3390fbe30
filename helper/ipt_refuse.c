// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a rule iptables and ip6tables cannot express */
#include <linux/netfilter/xt_limit.h>
#include <string.h>

#include "ipt_numbers.h"

#define MAX_COMBINATIONS 1024
#define MAX_LISTS 256 /* their matches must fit into 64 KiB */
#define MAX_BURST_TIME 86400 /* seconds */

static bool is_full(const struct match *m, const struct value *v)
{
	struct value full = { 0 };

	value_full_mask(field_get(m->field), &full);
	return memcmp(v->hi, full.hi, FIELD_MAX_BYTES) == 0;
}

/* A mask that is not some ones and then some zeros */
static bool has_gaps(const struct match *m, const struct value *v)
{
	size_t i, bytes = field_bytes(field_get(m->field));
	unsigned int bit, before = 1;

	for (i = 0; i < bytes * 8; i++) {
		bit = (unsigned int)v->hi[i / 8] >> (7 - i % 8) & 1;
		if (bit > before)
			return true;
		before = bit;
	}
	return false;
}

static bool is_range(const struct match *m)
{
	return m->op == OP_RANGE || m->op == OP_NRANGE;
}

static bool any_value(const struct match *m,
		      bool (*test)(const struct match *m,
				   const struct value *v))
{
	unsigned int i;

	for (i = 0; i < m->nvalues; i++)
		if (test(m, &m->values[i]))
			return true;
	return false;
}

static bool is_partial(const struct match *m, const struct value *v)
{
	return !is_full(m, v);
}

static const char *name(const struct match *m)
{
	return field_get(m->field)->name;
}

/* All that the kernel says of where a frame goes to: to all, or to a group */
static bool is_group(const struct match *m)
{
	static const uint8_t all[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t bit[FIELD_MAX_BYTES] = { 1 };
	const struct value *v = m->values;

	if (is_range(m) || m->nvalues != 1)
		return false;
	return memcmp(v->hi, bit, sizeof(bit)) == 0 ||
	       (!is_partial(m, v) && memcmp(v->lo, all, sizeof(all)) == 0);
}

static const char *refuses_match(const struct rule *r, const struct match *m)
{
	switch (m->field) {
	case FIELD_IP_SRC:
	case FIELD_IP6_SRC:
	case FIELD_IP_DST:
	case FIELD_IP6_DST:
	case FIELD_L4_SPORT:
	case FIELD_L4_DPORT:
		return !is_range(m) && any_value(m, has_gaps) ?
			       "a mask with gaps" :
			       NULL;
	case FIELD_ETH_SRC:
		return is_range(m) || any_value(m, is_partial) ?
			       "a mask or range of eth.src" :
			       NULL;
	case FIELD_ETH_DST:
		return is_group(m) ? NULL : name(m);
	case FIELD_TCP_FLAGS:
		return is_range(m) ? "a range of tcp.flags" : NULL;
	case FIELD_IP6_LENGTH:
	case FIELD_IP6_NEXTHDR:
	case FIELD_IP6_FRAGHDR:
	case FIELD_IP6_FRAGNEXT:
	case FIELD_IP6_FRAG:
	case FIELD_ND_TARGET:
	case FIELD_ND_OPTTYPE:
	case FIELD_ND_OPTLEN:
	case FIELD_ND_LLADDR:
	case FIELD_RS_OPTTYPE:
	case FIELD_RS_OPTLEN:
	case FIELD_RS_LLADDR:
		return ipt_bytes_refuses(r, m);
	case FIELD_ETH_TYPE:
	case FIELD_CT_STATE:
	case FIELD_IP_PROTO:
	case FIELD_IP_UPPER:
	case FIELD_IP_DSCP:
	case FIELD_IP_TTL:
	case FIELD_IP6_PROTO:
	case FIELD_IP6_DSCP:
	case FIELD_IP6_HOPLIMIT:
	case FIELD_ICMP_TYPE:
	case FIELD_ICMP_CODE:
	case FIELD_ICMP6_TYPE:
	case FIELD_ICMP6_CODE:
		return NULL;
	default:
		return name(m);
	}
}

/*
 * iptables takes type 255 for any type, so neither that one nor a code of any
 * type can be asked for.
 */
static bool has_any_type(const struct ipt_list *l)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (l->conds[i].what == IPT_ICMP && l->conds[i].v.lo[0] == 0xff)
			return true;
	return false;
}

/* Nor can protocol 0, which iptables takes for any. */
static bool has_any_proto(const struct ipt_list *l)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (l->conds[i].what == IPT_PROTO && l->conds[i].v.lo[0] == 0)
			return true;
	return false;
}

static const char *refuses_conds(const struct rule *r)
{
	_cleanup_conds_ struct ipt_conds c = { 0 };
	unsigned int i;

	if (ipt_conds_make(r, &c) < 0)
		return "what there is no memory for";
	if (c.n > MAX_LISTS)
		return "so many exceptions in one entry";
	if (ipt_conds_count(&c) > MAX_COMBINATIONS)
		return "so many combinations in one entry";
	for (i = 0; ipt_family_of(r) == IPT_IP4 && i < c.n; i++) {
		if (has_any_type(&c.lists[i]))
			return "icmp.type 255, or icmp.code without icmp.type";
		if (has_any_proto(&c.lists[i]))
			return "ip.proto 0, or all but several protocols";
	}
	return NULL;
}

/* The kernel counts the time that a burst takes in 32 bits. */
static const char *refuses_rate(const struct rate *r)
{
	uint64_t period;

	if (!r->frames)
		return NULL;
	period = ipt_period(r);
	if (r->frames > (uint64_t)XT_LIMIT_SCALE * r->seconds)
		return "a limit of more than 10000 frames a second";
	return period * r->burst > (uint64_t)XT_LIMIT_SCALE * MAX_BURST_TIME ?
		       "a burst that takes more than a day to come back" :
		       NULL;
}

static bool is_ip(const struct rule *r)
{
	uint16_t type = rule_ethertype(r);

	return !rule_tagged(r) && (type == 0x0800 || type == 0x86dd);
}

const char *ipt_refuses(const struct rule *r)
{
	unsigned int i, types = 0;
	const char *what = NULL;

	if (!is_ip(r))
		return "other frames than IPv4 and IPv6";
	if (r->verdict == VERDICT_REJECT)
		return "REJECT";
	for (i = 0; !what && i < r->nmatches; i++) {
		types += r->matches[i].field == FIELD_ETH_TYPE;
		what = types > 1 ? "two conditions of eth.type" :
				   refuses_match(r, &r->matches[i]);
	}
	if (!what)
		what = refuses_rate(&r->limit);
	if (!what)
		what = refuses_rate(&r->log.rate);
	return what ? what : refuses_conds(r);
}
