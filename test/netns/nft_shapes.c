// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints, as text, a rule of every shape that there is: each field with each
 * operator, one value and several, with and without masks, untagged and behind
 * a tag; then each limit, log and REJECT.  The line numbers count from 1.  The
 * state of a connection is not in the frame, and has no shape.
 */
#include <stdio.h>
#include <string.h>

#include "rule.h"

/* What the values of a match look like. */
enum form { ONE, LIST, MASKED, PREFIXES, MASKS, FORMS };

static unsigned int line;

static void pin(struct rule *r, enum field_id id, uint64_t value)
{
	if (rule_match_uint(r, id, OP_EQ, value) < 0)
		exit(1);
}

/* The EtherType and protocol that make a field sound. */
static void pin_family(struct rule *r, enum field_id id, bool tagged)
{
	const struct field *f = field_get(id);
	enum field_family family = f->family;
	unsigned int type = 0x86dd, proto = 58;

	if (id == FIELD_VLAN_PCP || id == FIELD_VLAN_ID ||
	    id == FIELD_VLAN_TYPE)
		pin(r, FIELD_ETH_TYPE, 0x8100);
	if (family == FAMILY_ANY)
		return;
	if (family == FAMILY_ARP)
		type = 0x0806;
	if (family == FAMILY_IPV4 || (family == FAMILY_IP && line % 2))
		type = 0x0800;
	pin(r, FIELD_ETH_TYPE, tagged ? 0x8100 : type);
	if (tagged)
		pin(r, FIELD_VLAN_TYPE, type);
	if (f->base != BASE_TRANSPORT)
		return;
	if (id == FIELD_ICMP_TYPE || id == FIELD_ICMP_CODE)
		proto = 1;
	else if (id == FIELD_IGMP_TYPE)
		proto = 2;
	else if (id == FIELD_TCP_FLAGS)
		proto = 6;
	else if (id == FIELD_L4_SPORT || id == FIELD_L4_DPORT)
		proto = 17;
	pin(r, type == 0x0800 ? FIELD_IP_PROTO : FIELD_IP6_PROTO, proto);
}

static void set_bits(const struct field *f, unsigned int from, unsigned int n,
		     uint8_t *out)
{
	unsigned int i, bit, pad = f->width % 8 ? 8 - f->width % 8 : 0;

	for (i = from; i < from + n && i < f->width; i++) {
		bit = pad + i;
		out[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
}

/* Different values of a field, ascending, all of them in its width. */
static void make_value(const struct field *f, unsigned int k, struct value *v)
{
	size_t last = field_bytes(f) - 1;

	v->lo[last] = (uint8_t)(f->width < 3 ? k % 2 : k * 2 + 1);
	if (f->width == 3)
		v->lo[last] = (uint8_t)(k * 2 % 8);
	/* 0x600 and above where types are */
	if (f->width == 16)
		v->lo[0] = 0x88;
	value_full_mask(f, v);
}

static void make_values(const struct field *f, enum match_op op, enum form form,
			struct match *m)
{
	unsigned int i, j;
	struct value *v;

	for (i = 0; i < m->nvalues; i++) {
		v = &m->values[i];
		make_value(f, i, v);
		if (op == OP_RANGE || op == OP_NRANGE) {
			memcpy(v->hi, v->lo, sizeof(v->hi));
			if (f->width > 3)
				v->hi[field_bytes(f) - 1]++;
			continue;
		}
		if (form < MASKED || f->width < 3)
			continue;
		memset(v->hi, 0, sizeof(v->hi));
		if (form == PREFIXES)
			set_bits(f, 0, f->width - i, v->hi);
		else
			set_bits(f, 1, f->width - 2 - i % 2, v->hi);
		for (j = 0; j < FIELD_MAX_BYTES; j++)
			v->lo[j] &= v->hi[j];
	}
}

static void print_shape(enum field_id id, enum match_op op, enum form form,
			bool tagged)
{
	static char name[] = "shape", params[] = "";
	struct binding_profile profile = { .name = name, .params = params };
	struct binding b = { .nprofiles = 1, .profiles = &profile };
	_cleanup_buf_ struct buf text = { 0 };
	struct rule r = { .dir = DIR_OUT, .verdict = VERDICT_DROP };
	struct match *m;

	r.line = ++line;
	pin_family(&r, id, tagged);
	/* or it would be true of all frames of a type, and hide what follows */
	if (id == FIELD_ETH_TYPE || id == FIELD_ETH_INNER)
		pin(&r, FIELD_ETH_DST, 1);
	m = rule_add_match(&r, id, op, form == ONE || form == MASKED ? 1 : 3);
	if (!m)
		exit(1);
	make_values(field_get(id), op, form, m);
	if (rule_validate(&r)) {
		fprintf(stderr, "line %u: %s\n", line, rule_validate(&r));
		exit(1);
	}
	if (rule_format(&b, &r, &text) < 0)
		exit(1);
	puts(text.data);
	rule_clear(&r);
}

/* What a rule does beside; those that drop stand last. */
static void print_effect(enum verdict verdict, unsigned int seconds,
			 const struct rule_log *log)
{
	static char name[] = "effect", params[] = "";
	struct binding_profile profile = { .name = name, .params = params };
	struct binding b = { .nprofiles = 1, .profiles = &profile };
	struct rule r = { .dir = DIR_OUT, .verdict = verdict };
	_cleanup_buf_ struct buf text = { 0 };

	r.line = ++line;
	pin(&r, FIELD_ETH_TYPE, 0x6000 + line);
	if (seconds)
		r.limit = (struct rate){ 1 + line % 2, seconds, 4 + line % 3 };
	if (log)
		r.log = *log;
	if (rule_format(&b, &r, &text) < 0)
		exit(1);
	puts(text.data);
	rule_clear(&r);
}

/* All characters that a prefix may have, half of them each time */
static void set_prefix(unsigned int odd, char *out)
{
	unsigned int c;

	for (c = ' ' + odd; c <= '~'; c += 2)
		if (c != '"' && c != '$')
			*out++ = (char)c;
	*out = '\0';
}

static void print_effects(void)
{
	static const unsigned int periods[] = { 0, 1, 60, 3600, 86400 };
	struct rule_log log = { .on = true, .group = 65535 };
	enum verdict verdict;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(periods); i++) {
		if (periods[i])
			print_effect(VERDICT_ACCEPT, periods[i], NULL);
		if (periods[i])
			log.rate =
				(struct rate){ 7 + i, periods[i], 4 + i % 3 };
		set_prefix(i % 2, log.prefix);
		for (verdict = VERDICT_ACCEPT; verdict <= VERDICT_REJECT;
		     verdict++)
			print_effect(verdict,
				     verdict == VERDICT_ACCEPT ? periods[i] : 0,
				     &log);
	}
	print_effect(VERDICT_REJECT, 0, NULL);
}

int main(void)
{
	enum form form, forms;
	enum field_id id;
	enum match_op op;
	bool plain;

	for (id = 1; id < FIELD_COUNT; id++) {
		if (id == FIELD_CT_STATE)
			continue;
		plain = id == FIELD_ETH_INNER || id == FIELD_IP6_FRAGHDR;
		for (op = OP_EQ; op <= (plain ? OP_EQ : OP_NRANGE); op++) {
			forms = plain || op >= OP_RANGE ? LIST + 1 : FORMS;
			for (form = ONE; form < forms; form++) {
				print_shape(id, op, form, false);
				if (field_get(id)->family != FAMILY_ANY)
					print_shape(id, op, form, true);
			}
		}
	}
	print_effects();
	return 0;
}
