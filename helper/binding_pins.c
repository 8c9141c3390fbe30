// SPDX-License-Identifier: GPL-2.0-or-later
/* Which addresses a binding leaves the guest for its own use */
#include <string.h>

#include "rule.h"

#define TYPE_IP4 0x0800
#define TYPE_IP6 0x86dd

static bool is_own_source(const struct binding *b, const struct match *m)
{
	static const uint8_t full[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	return m->field == FIELD_ETH_SRC && m->op == OP_EQ && m->nvalues == 1 &&
	       memcmp(m->values[0].hi, full, 6) == 0 &&
	       memcmp(m->values[0].lo, b->mac, 6) == 0;
}

static bool has_own_source(const struct binding *b, const struct rule *r)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		if (is_own_source(b, &r->matches[i]))
			return true;
	return false;
}

static bool drops_rest(const struct rule *r)
{
	return r->verdict != VERDICT_ACCEPT && r->nmatches == 0;
}

static bool profile_pins_mac(const struct binding *b, unsigned int profile)
{
	const struct rule *r;
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		r = &b->rules[i];
		if (r->dir != DIR_OUT || r->profile != profile)
			continue;
		if (drops_rest(r))
			return true;
		if (r->verdict == VERDICT_ACCEPT && !has_own_source(b, r))
			return false;
	}
	return false;
}

bool binding_pins_mac(const struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (profile_pins_mac(b, i))
			return true;
	return false;
}

/* Whole values of a 16-bit field: is one of them @type? */
static bool lists_type(const struct match *m, uint16_t type)
{
	unsigned int i;

	for (i = 0; i < m->nvalues; i++)
		if (m->values[i].lo[0] == type >> 8 &&
		    m->values[i].lo[1] == (type & 0xff))
			return true;
	return false;
}

static bool is_type_list(const struct match *m)
{
	unsigned int i;

	for (i = 0; m->op == OP_EQ && i < m->nvalues; i++)
		if (m->values[i].hi[0] != 0xff || m->values[i].hi[1] != 0xff)
			return false;
	return m->op == OP_EQ;
}

/* Can the rule hold of frames that carry @type, with or without a wrapper? */
static bool may_carry(const struct rule *r, uint16_t type)
{
	static const uint16_t tags[] = { 0x8100, 0x88a8, 0x9100 };
	const struct match *m = rule_find(r, FIELD_ETH_TYPE);
	unsigned int i;

	if (!m || !is_type_list(m) || lists_type(m, type))
		return true;
	for (i = 0; i < ARRAY_SIZE(tags); i++)
		if (lists_type(m, tags[i]))
			return true;
	for (i = 0; i < m->nvalues; i++)
		if (m->values[i].lo[0] < 0x06) /* a length: LLC follows */
			return true;
	return false;
}

/* An address or prefix, but not every address */
static bool pins_source(const struct rule *r, uint16_t type)
{
	const struct match *m =
		rule_find(r, type == TYPE_IP4 ? FIELD_IP_SRC : FIELD_IP6_SRC);
	unsigned int i;

	if (!m || m->op != OP_EQ || rule_ethertype(r) != type)
		return false;
	for (i = 0; i < m->nvalues; i++)
		if (!(m->values[i].hi[0] & 0x80))
			return false;
	return true;
}

/* A DROP of all frames that carry @type, with or without a wrapper */
static bool drops_type(const struct rule *r, uint16_t type)
{
	const struct match *m = &r->matches[0];

	if (r->verdict == VERDICT_ACCEPT || r->nmatches > 1)
		return false;
	return !r->nmatches || (m->field == FIELD_ETH_INNER && m->op == OP_EQ &&
				lists_type(m, type));
}

static bool profile_pins_ip(const struct binding *b, unsigned int profile,
			    uint16_t type)
{
	const struct rule *r;
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		r = &b->rules[i];
		if (r->dir != DIR_OUT || r->profile != profile)
			continue;
		if (drops_type(r, type))
			return true;
		if (r->verdict == VERDICT_ACCEPT && may_carry(r, type) &&
		    !pins_source(r, type))
			return false;
	}
	return false;
}

bool rule_is_stateful(const struct rule *r)
{
	return r->conns || rule_find(r, FIELD_CT_STATE);
}

bool profile_is_stateful(const struct binding *b, unsigned int profile)
{
	unsigned int i;

	for (i = 0; i < b->nrules; i++)
		if (b->rules[i].profile == profile &&
		    rule_is_stateful(&b->rules[i]))
			return true;
	return false;
}

bool binding_guards(const struct binding *b, enum guarded what)
{
	unsigned int i;
	bool pins;

	for (i = 0; i < b->nprofiles; i++) {
		if (profile_is_stateful(b, i))
			continue;
		pins = what == GUARDED_MAC ?
			       profile_pins_mac(b, i) :
			       profile_pins_ip(b, i,
					       what == GUARDED_IPV4 ? TYPE_IP4 :
								      TYPE_IP6);
		if (pins)
			return true;
	}
	return false;
}
