/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_RANDOM_RULES_H
#define TF_TEST_RANDOM_RULES_H

/* Random rules and frames that have something to do with each other. */
#include "binding_text.h"
#include "test_frame.h"

#define ANY 0xffffffff

static uint64_t state;

/* EtherType that most rules and frames of a binding have, 0 for none */
static unsigned int focus;

static void rnd_seed(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
}

static unsigned int rnd(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)((state >> 11) % n);
}

static bool chance(unsigned int percent)
{
	return rnd(100) < percent;
}

/* ---- values that rules and frames have in common ------------------------- */

#define PICK(...)                                                    \
	({                                                           \
		static const unsigned int pool_[] = { __VA_ARGS__ }; \
		pool_[rnd(ARRAY_SIZE(pool_))];                       \
	})

static unsigned int pool_uint(enum field_id id)
{
	switch (id) {
	case FIELD_ETH_TYPE:
		return PICK(0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x8035,
			    0x9100, 0x88cc, 0x0600);
	case FIELD_VLAN_TYPE:
		return PICK(0x0800, 0x0806, 0x86dd, 0x8100, 0x8035, 0x88cc);
	case FIELD_ETH_INNER:
		return PICK(0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x8035,
			    0x9100, 0x88cc);
	case FIELD_VLAN_ID:
		return PICK(0, 1, 5, 4094);
	case FIELD_ARP_PTYPE:
		return PICK(0x0800, 0x86dd);
	case FIELD_ARP_HLEN:
	case FIELD_ARP_PLEN:
		return PICK(4, 6);
	case FIELD_IP_FRAG:
		return PICK(0, 0x2000, 0x4000, 0x2001, 1, 0x1fff, 0x8000);
	case FIELD_IP6_FRAG:
		return PICK(0, 1, 8, 9, 0xfff8, 6);
	case FIELD_IP_PROTO:
		return PICK(1, 2, 6, 17, 132, 47);
	case FIELD_IP6_PROTO:
	case FIELD_IP6_NEXTHDR:
		return PICK(58, 58, 6, 17, 0, 44, 60, 59, 51, 43);
	case FIELD_L4_SPORT:
	case FIELD_L4_DPORT:
		return PICK(53, 67, 68, 546, 547, 80, 0x6000, 65535);
	case FIELD_TCP_FLAGS:
		return PICK(2, 0x12, 0x10, 4, 0x29);
	case FIELD_ICMP_TYPE:
		return PICK(0, 8, 5);
	case FIELD_ICMP6_TYPE:
		return PICK(133, 134, 135, 136, 143, 128);
	case FIELD_IP_TTL:
	case FIELD_IP6_HOPLIMIT:
		return PICK(255, 64, 1);
	case FIELD_IP6_LENGTH:
		return PICK(24, 32, 8, 16);
	case FIELD_IGMP_TYPE:
		return PICK(0x11, 0x16);
	default:
		return rnd(4);
	}
}

static void pool_value(enum field_id id, uint8_t *out)
{
	static const uint8_t macs[][6] = {
		{ 0x52, 0x54, 0, 0, 0, 1 },
		{ 0x52, 0x54, 0, 0, 0, 2 },
		{ 0x52, 0x54, 0, 0, 1, 1 },
		{ 0xfe, 0x54, 0, 0, 0, 0xff },
	};
	static const uint8_t ip4[][4] = {
		{ 10, 0, 0, 1 }, { 10, 0, 0, 2 },	 { 10, 0, 1, 3 },
		{ 0, 0, 0, 0 },	 { 255, 255, 255, 255 }, { 224, 0, 0, 1 },
	};
	static const uint8_t ip6[][16] = {
		{ 0 },
		{ 0xfe, 0x80, [15] = 1 },
		{ 0xfe, 0x80, [15] = 2 },
		{ 0xff, 0x02, [15] = 1 },
		{ 0x20, 1, 0xd, 0xb8, [15] = 1 },
	};
	const struct field *f = field_get(id);
	unsigned int n;
	size_t i;

	memset(out, 0, FIELD_MAX_BYTES);
	switch (f->type) {
	case TYPE_MAC:
		memcpy(out, macs[rnd(ARRAY_SIZE(macs))], 6);
		return;
	case TYPE_IPV4:
		memcpy(out, ip4[rnd(ARRAY_SIZE(ip4))], 4);
		return;
	case TYPE_IPV6:
		memcpy(out, ip6[rnd(ARRAY_SIZE(ip6))], 16);
		return;
	default:
		n = pool_uint(id);
		for (i = field_bytes(f); i-- > 0; n >>= 8)
			out[i] = (uint8_t)n;
	}
}

/* ---- rules --------------------------------------------------------------- */

static void add(struct rule *r, enum field_id id, enum match_op op,
		unsigned int value)
{
	if (rule_match_uint(r, id, op, value) < 0)
		exit(2);
}

static void random_mask(const struct field *f, struct value *v)
{
	unsigned int i, keep = rnd(f->width + 1),
			skip = f->width % 8 ? 8 - f->width % 8 : 0;
	size_t bytes = field_bytes(f);

	memset(v->hi, 0, sizeof(v->hi));
	if (chance(70))
		for (i = 0; i < keep; i++)
			v->hi[(skip + i) / 8] |=
				(uint8_t)(0x80 >> (skip + i) % 8);
	else
		for (i = 0; i < f->width; i++)
			if (chance(60))
				v->hi[(skip + i) / 8] |=
					(uint8_t)(0x80 >> (skip + i) % 8);
	for (i = 0; i < bytes; i++)
		v->lo[i] &= v->hi[i];
}

static void random_match(struct rule *r, enum field_id id)
{
	const struct field *f = field_get(id);
	bool plain = id == FIELD_ETH_INNER || id == FIELD_IP6_FRAGHDR;
	enum match_op op = plain ? OP_EQ : (enum match_op)rnd(4);
	unsigned int i, n = chance(60) ? 1 : 1 + rnd(4);
	uint8_t other[FIELD_MAX_BYTES];
	struct match *m = rule_add_match(r, id, op, n);

	if (!m)
		exit(2);
	for (i = 0; i < n; i++) {
		pool_value(id, m->values[i].lo);
		value_full_mask(f, &m->values[i]);
		if (id == FIELD_IP6_FRAGHDR)
			m->values[i].lo[0] &= 1;
		if (op == OP_RANGE || op == OP_NRANGE) {
			pool_value(id, other);
			memcpy(m->values[i].hi, m->values[i].lo,
			       FIELD_MAX_BYTES);
			if (memcmp(other, m->values[i].lo, sizeof(other)) < 0)
				memcpy(m->values[i].lo, other, sizeof(other));
			else
				memcpy(m->values[i].hi, other, sizeof(other));
		} else if (!plain && chance(25)) {
			random_mask(f, &m->values[i]);
		}
	}
}

/* Equal to one of the values that frames have. */
static void random_value(struct rule *r, enum field_id id)
{
	struct match *m = rule_add_match(r, id, OP_EQ, 1);

	if (!m)
		exit(2);
	pool_value(id, m->values[0].lo);
	value_full_mask(field_get(id), &m->values[0]);
}

static void pin_type(struct rule *r, unsigned int type)
{
	if (chance(focus == 0x8100 ? 85 : focus ? 5 : 15)) {
		add(r, FIELD_ETH_TYPE, OP_EQ, 0x8100);
		add(r, FIELD_VLAN_TYPE, OP_EQ, type);
		if (chance(30))
			random_match(r, FIELD_VLAN_ID);
		return;
	}
	add(r, FIELD_ETH_TYPE, OP_EQ, type);
}

static enum field_id between(enum field_id first, enum field_id last)
{
	return first + rnd(last - first + 1);
}

static void rule_ip4(struct rule *r)
{
	unsigned int i, n = rnd(3);

	pin_type(r, 0x0800);
	for (i = 0; i < n; i++)
		random_match(r, between(FIELD_IP_DSCP, FIELD_IP_DST));
	switch (rnd(6)) {
	case 0:
		add(r, FIELD_IP_PROTO, OP_EQ, 17);
		random_match(r, between(FIELD_L4_SPORT, FIELD_L4_DPORT));
		break;
	case 1:
		add(r, FIELD_IP_PROTO, OP_EQ, 6);
		random_match(r, between(FIELD_L4_SPORT, FIELD_TCP_FLAGS));
		random_match(r, FIELD_TCP_FLAGS);
		break;
	case 2:
		add(r, FIELD_IP_PROTO, OP_EQ, 1);
		random_match(r, between(FIELD_ICMP_TYPE, FIELD_ICMP_CODE));
		break;
	case 3:
		add(r, FIELD_IP_PROTO, OP_EQ, 2);
		random_match(r, FIELD_IGMP_TYPE);
		break;
	}
}

/* A later fragment, as ebtables can ask for it */
static void add_later(struct rule *r)
{
	struct match *m = rule_add_match(r, FIELD_IP6_FRAG, OP_NE, 1);

	if (!m)
		exit(2);
	m->values[0].hi[0] = 0xff;
	m->values[0].hi[1] = 0xf8;
}

static void rule_ip6(struct rule *r)
{
	enum field_id proto = chance(50) ? FIELD_IP6_PROTO : FIELD_IP6_NEXTHDR;
	unsigned int i, n = rnd(3);

	pin_type(r, 0x86dd);
	for (i = 0; i < n; i++)
		random_match(r, between(FIELD_IP6_DSCP, FIELD_IP6_FRAG));
	if (chance(6)) {
		add_later(r);
		return;
	}
	switch (rnd(5)) {
	case 0:
		add(r, proto, OP_EQ, 17);
		random_match(r, between(FIELD_L4_SPORT, FIELD_L4_DPORT));
		break;
	case 1:
		add(r, proto, OP_EQ, 6);
		random_match(r, between(FIELD_L4_SPORT, FIELD_TCP_FLAGS));
		break;
	case 2:
		add(r, proto, OP_EQ, 58);
		random_match(r, between(FIELD_ICMP6_TYPE, FIELD_ICMP6_CODE));
		break;
	case 3:
		add(r, proto, OP_EQ, 58);
		if (chance(40))
			add(r, FIELD_IP6_LENGTH, OP_EQ, PICK(16, 32, 32));
		random_match(r, between(FIELD_ICMP6_TYPE, FIELD_RS_LLADDR));
		break;
	}
}

static void rule_tagged_frame(struct rule *r)
{
	switch (rnd(5)) {
	case 0:
		rule_ip4(r);
		break;
	case 1:
		rule_ip6(r);
		break;
	case 2:
		pin_type(r, 0x0806);
		random_match(r, between(FIELD_ARP_HTYPE, FIELD_ARP_TPA));
		break;
	default:
		add(r, FIELD_ETH_TYPE, OP_EQ, 0x8100);
		if (chance(50))
			random_value(r, FIELD_ETH_SRC);
		if (chance(60))
			random_match(r, between(FIELD_VLAN_PCP, FIELD_VLAN_ID));
	}
}

static void random_rule(struct rule *r)
{
	unsigned int i, n = rnd(3);

	if (focus && chance(75)) {
		if (focus == 0x8100)
			rule_tagged_frame(r);
		else if (focus == 0x0800)
			rule_ip4(r);
		else
			rule_ip6(r);
		return;
	}
	switch (rnd(12)) {
	case 0: /* all frames, or a few by their link header */
		for (i = 0; i < n; i++)
			random_match(r, between(FIELD_ETH_DST, FIELD_ETH_TYPE));
		break;
	case 1:
		for (i = 0; i <= n; i++)
			random_match(r, between(FIELD_ETH_DST, FIELD_ETH_TYPE));
		break;
	case 2:
		random_match(r, FIELD_ETH_INNER);
		if (n)
			random_match(r, FIELD_ETH_TYPE);
		break;
	case 3:
		add(r, FIELD_ETH_TYPE, OP_EQ, 0x8100);
		if (chance(50))
			random_value(r, FIELD_ETH_SRC);
		if (chance(60))
			random_match(r, between(FIELD_VLAN_PCP, FIELD_VLAN_ID));
		break;
	case 4:
	case 5:
	case 6:
		pin_type(r, chance(90) ? 0x0806 : 0x8035);
		for (i = 0; i < n; i++)
			random_match(r,
				     between(FIELD_ARP_HTYPE, FIELD_ARP_TPA));
		break;
	case 7:
	case 8:
	case 9:
		rule_ip4(r);
		break;
	default:
		rule_ip6(r);
	}
}

/* A question that many rules of a binding ask. */
static void random_question(struct rule *r)
{
	bool ip6 = focus == 0x86dd;
	enum field_id id = ip6 ? FIELD_IP6_SRC : FIELD_IP_SRC;

	if (chance(30))
		id = ip6 ? between(FIELD_IP6_LENGTH, FIELD_IP6_DST) :
			   between(FIELD_IP_FRAG, FIELD_IP_DST);
	do {
		rule_clear(r);
		random_match(r, id);
	} while (r->matches[0].op != OP_EQ);
}

static void ask(struct rule *r, const struct match *question)
{
	struct match *m;

	if (rule_ethertype(r) != focus || rule_tagged(r) ||
	    r->nmatches >= RULE_MAX_MATCHES)
		return;
	m = rule_add_match(r, question->field, question->op, question->nvalues);
	if (!m)
		exit(2);
	memcpy(m->values, question->values, m->nvalues * sizeof(*m->values));
}

/* Lists of ICMPv6 types, as profiles have them */
static void rule_types(struct rule *r)
{
	unsigned int i, n = 1 + rnd(5);
	struct match *m;

	add(r, FIELD_ETH_TYPE, OP_EQ, 0x86dd);
	add(r, FIELD_IP6_PROTO, OP_EQ, 58);
	m = rule_add_match(r, FIELD_ICMP6_TYPE, OP_EQ, n);
	if (!m)
		exit(2);
	for (i = 0; i < n; i++) {
		pool_value(FIELD_ICMP6_TYPE, m->values[i].lo);
		value_full_mask(field_get(FIELD_ICMP6_TYPE), &m->values[i]);
	}
}

/* That there is an upper layer at all */
static void add_any_upper(struct rule *r, enum field_id id)
{
	struct match *m = rule_add_match(r, id, OP_RANGE, 1);

	if (!m)
		exit(2);
	m->values[0].hi[0] = 0xff;
}

/*
 * Rare things are dropped, then the rest is accepted, or what of it has one
 * protocol.  @left: how many rules of the profile follow
 */
static void rule_rare(struct rule *r, unsigned int left)
{
	bool ip6 = focus == 0x86dd;
	enum field_id next = ip6 ? FIELD_IP6_NEXTHDR : FIELD_IP_PROTO;
	enum field_id any = ip6 ? FIELD_IP6_PROTO : FIELD_IP_UPPER;

	add(r, FIELD_ETH_TYPE, OP_EQ, focus);
	if (left == 1) {
		if (chance(50))
			add(r, next, OP_EQ, PICK(6, 17, 17));
		if (chance(60))
			add_any_upper(r, any);
	} else if (left && chance(25)) {
		add(r, next, OP_EQ, ip6 ? 58 : 1);
		random_value(r, ip6 ? FIELD_ICMP6_TYPE : FIELD_ICMP_TYPE);
	} else if (left) {
		add(r, ip6 && chance(60) ? any : next, OP_EQ, PICK(6, 17, 17));
		if (!ip6 && chance(30))
			random_match(r, FIELD_IP_FRAG);
		if (chance(90))
			random_value(r,
				     between(FIELD_L4_SPORT, FIELD_L4_DPORT));
	}
}

/* What a rule does beside; @last: the one before, of the same profile */
static void random_effect(struct rule *r, const struct rule *last)
{
	if (last && last->entry && chance(25)) {
		r->entry = last->entry;
		r->dir = last->dir;
		r->verdict = last->verdict;
		r->limit = last->limit;
		r->log = last->log;
		return;
	}
	if (r->verdict == VERDICT_ACCEPT && chance(40))
		r->limit = (struct rate){ RATE_MAX_FRAMES, 1, RATE_MAX_BURST };
	if (r->verdict == VERDICT_DROP && r->dir == DIR_OUT && chance(30))
		r->verdict = VERDICT_REJECT;
	if (chance(30)) {
		r->log.on = true;
		r->log.rate = (struct rate){ 1 + rnd(9), 1, 5 };
	}
}

static void random_binding(struct binding *b)
{
	unsigned int i, j, n, profiles = 1 + rnd(4), asking;
	struct rule question = { 0 };
	bool last, rare, effects = chance(30);
	char name[16];
	struct rule *r;
	const char *fault;

	focus = PICK(0, 0, 0x0800, 0x86dd, 0x8100);
	asking = focus && focus != 0x8100 ? rnd(2) * 85 : 0;
	if (asking)
		random_question(&question);
	text_binding(b, "tap0", "");
	for (i = 0; i < profiles; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		text_profile(b, name);
		n = 1 + rnd(focus ? 8 : 5);
		rare = focus && focus != 0x8100 && chance(30);
		for (j = 0; j < n; j++) {
			r = util_grow(&b->rules, b->nrules, sizeof(*r));
			if (!r)
				exit(2);
			b->nrules++;
			last = asking && j + 1 == n && chance(60);
			if (rare)
				rule_rare(r, n - 1 - j);
			else if (last)
				add(r, FIELD_ETH_TYPE, OP_EQ, focus);
			else if (asking && focus == 0x86dd && chance(25))
				rule_types(r);
			else
				random_rule(r);
			if (!last && chance(asking))
				ask(r, &question.matches[0]);
			r->profile = i;
			r->line = r->entry = j + 1;
			r->dir = chance(50) ? DIR_OUT : DIR_IN;
			r->verdict = !last && chance(50) ? VERDICT_ACCEPT :
							   VERDICT_DROP;
			if (rare) {
				r->dir = DIR_OUT;
				r->verdict = j + 2 == n ? VERDICT_ACCEPT :
							  VERDICT_DROP;
			}
			if (effects && !last && !rare)
				random_effect(r, j ? r - 1 : NULL);
			fault = rule_validate(r);
			if (fault)
				text_die(fault, "random rule");
		}
	}
	rule_clear(&question);
}

/* ---- frames -------------------------------------------------------------- */

static void put(struct frame *f, const void *data, size_t len)
{
	memcpy(f->data + f->len, data, len);
	f->len += len;
}

static void put_uint(struct frame *f, unsigned int bytes, unsigned int n)
{
	while (bytes--)
		f->data[f->len++] = (uint8_t)(n >> bytes * 8);
}

static void put_field(struct frame *f, enum field_id id)
{
	uint8_t value[FIELD_MAX_BYTES];

	pool_value(id, value);
	put(f, value, field_bytes(field_get(id)));
}

static void put_upper(struct frame *f, unsigned int proto)
{
	switch (proto) {
	case 6:
		put_field(f, FIELD_L4_SPORT);
		put_field(f, FIELD_L4_DPORT);
		put_uint(f, 4, 1);
		put_uint(f, 4, 2);
		put_uint(f, 1, 0x50);
		put_field(f, FIELD_TCP_FLAGS);
		put_uint(f, 4, 0);
		put_uint(f, 2, 0);
		break;
	case 1:
		put_field(f, FIELD_ICMP_TYPE);
		put_field(f, FIELD_ICMP_CODE);
		put_uint(f, 2, 0);
		break;
	case 2:
		put_field(f, FIELD_IGMP_TYPE);
		put_uint(f, 3, 0);
		break;
	case 58:
		put_field(f, FIELD_ICMP6_TYPE);
		put_field(f, FIELD_ICMP6_CODE);
		put_uint(f, 2, 0);
		put_uint(f, 4, rnd(2) ? 0 : 0x02010000);
		put_field(f, FIELD_ND_TARGET);
		if (chance(50)) {
			put_uint(f, 1, rnd(3));
			put_uint(f, 1, 1);
			put_field(f, FIELD_ND_LLADDR);
		}
		break;
	default:
		put_field(f, FIELD_L4_SPORT);
		put_field(f, FIELD_L4_DPORT);
		put_uint(f, 4, rnd(3));
	}
}

static void put_arp(struct frame *f)
{
	enum field_id id;

	for (id = FIELD_ARP_HTYPE; id <= FIELD_ARP_TPA; id++)
		put_field(f, id);
}

static void put_ip4(struct frame *f)
{
	size_t start = f->len, total;
	unsigned int ihl = chance(80) ? 5 : PICK(6, 6, 7, 4, 15, 0);
	unsigned int proto = pool_uint(FIELD_IP_PROTO), i;

	put_uint(f, 1, (chance(97) ? 0x40 : 0x60) | ihl);
	put_uint(f, 1, rnd(4) << 2);
	put_uint(f, 2, 0);
	put_uint(f, 2, 7);
	put_field(f, FIELD_IP_FRAG);
	put_field(f, FIELD_IP_TTL);
	put_uint(f, 1, proto);
	put_uint(f, 2, 0);
	put_field(f, FIELD_IP_SRC);
	put_field(f, FIELD_IP_DST);
	for (i = 5; i < ihl; i++)
		put_uint(f, 4, 0x01010101);
	put_upper(f, proto);
	total = f->len - start;
	if (chance(15))
		total = chance(50) ? rnd(64) : total + rnd(20);
	f->data[start + 2] = (uint8_t)(total >> 8);
	f->data[start + 3] = (uint8_t)total;
}

/* Extension headers behind the one whose number is at @next. */
static unsigned int put_extensions(struct frame *f, size_t next)
{
	unsigned int kind, i, n = chance(50) ? 0 : 1 + rnd(3);

	for (i = 0; i < n; i++) {
		kind = PICK(0, 43, 60, 44, 44, 51);
		f->data[next] = (uint8_t)kind;
		next = f->len;
		put_uint(f, 1, 59);
		put_uint(f, 1, kind == 51 ? 1 : 0);
		if (kind == 44)
			put_field(f, FIELD_IP6_FRAG);
		else
			put_uint(f, 2, 0);
		put_uint(f, 4, kind == 60 ? 0x01020000 : 0);
		if (kind == 51)
			put_uint(f, 4, 9);
	}
	kind = PICK(58, 58, 58, 6, 17, 17, 59);
	f->data[next] = (uint8_t)kind;
	return kind;
}

static void put_ip6(struct frame *f)
{
	size_t start = f->len, length;

	put_uint(f, 1, chance(97) ? 0x60 : 0x40);
	put_uint(f, 1, rnd(4) << 6);
	put_uint(f, 2, chance(80) ? 0 : 547);
	put_uint(f, 2, 0);
	put_uint(f, 1, 0);
	put_field(f, FIELD_IP6_HOPLIMIT);
	put_field(f, FIELD_IP6_SRC);
	put_field(f, FIELD_IP6_DST);
	put_upper(f, put_extensions(f, start + 6));
	length = f->len - start - 40;
	if (chance(10))
		length = chance(50) ? rnd(64) : length + rnd(10);
	f->data[start + 4] = (uint8_t)(length >> 8);
	f->data[start + 5] = (uint8_t)length;
}

static void put_body(struct frame *f, unsigned int type)
{
	switch (type) {
	case 0x0800:
		put_ip4(f);
		break;
	case 0x86dd:
		put_ip6(f);
		break;
	case 0x0806:
	case 0x8035:
		put_arp(f);
		break;
	default:
		put_uint(f, 4, rnd(ANY));
		put_uint(f, 4, rnd(ANY));
	}
}

static void random_frame(struct frame *f)
{
	unsigned int type, tags = chance(focus ? 90 : 70) ? 0 : 1 + rnd(3), i;

	if (focus == 0x8100)
		tags = chance(80) ? 1 : rnd(3);

	f->len = 0;
	if (chance(20))
		put(f, "\xff\xff\xff\xff\xff\xff", 6);
	else
		put_field(f, FIELD_ETH_DST);
	put_field(f, FIELD_ETH_SRC);
	for (i = 0; i < tags; i++) {
		put_uint(f, 2, PICK(0x8100, 0x8100, 0x88a8, 0x9100));
		put_uint(f, 2, rnd(8) << 13 | pool_uint(FIELD_VLAN_ID));
	}
	type = PICK(0x0800, 0x0800, 0x86dd, 0x86dd, 0x0806, 0x8035, 0x88cc);
	if (focus && focus != 0x8100 && chance(60))
		type = focus;
	if (chance(10)) {
		put_uint(f, 2, 8 + rnd(100));
		put(f, chance(90) ? "\xaa\xaa\x03\0\0" : "\x42\x42\x03\0\0", 5);
		put_uint(f, 1, PICK(0, 0xf8, 1));
	}
	put_uint(f, 2, type);
	put_body(f, chance(95) ? type : 0x0800);
	if (chance(12))
		f->len = 14 + rnd((unsigned int)f->len - 13);
	else if (chance(12))
		put_uint(f, 4, rnd(ANY));
}

#endif /* TF_TEST_RANDOM_RULES_H */
