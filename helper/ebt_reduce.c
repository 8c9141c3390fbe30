// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ebtables can enforce of a binding, in the language of rules
 *
 * ebtables sees the type at offset 12, the header behind it if that is whole,
 * and ports.  It sees neither lengths nor the flags of a fragment, and nothing
 * behind a tag.  So:
 *
 * - Rules on a type that another profile here drops altogether are left out.
 * - "The innermost type is ..." becomes: that type, that type in SNAP, every
 *   802.1Q tag but those with another well-known type behind them, and every
 *   other tag.
 * - Rules that tell UDP packets from UDP fragments become rules on all UDP,
 *   and UDP fragments are dropped: all but the first, which has the ports, so
 *   no datagram comes together again.
 * - "The kernel can read the packet" becomes: its header is whole.  And where
 *   a rule drops by what is in a header, packets without a whole one go too.
 *
 * Everything else is carried as it stands, or it is an error.
 */
#include <errno.h>
#include <string.h>

#include "ebt_reduce.h"
#include "log.h"

#define MAX_LENGTH 0x5ff

static const uint16_t tags[] = { TYPE_TAG, TYPE_AD, TYPE_9100 };

static uint16_t value_u16(const struct value *v)
{
	return (uint16_t)(v->lo[0] << 8 | v->lo[1]);
}

static const char *fail(struct reduce *rd, const struct rule *r,
			const char *what)
{
	rd->fault = r;
	rd->what = what;
	return what;
}

/* ---- making rules --------------------------------------------------------- */

static int copy_match(struct rule *to, const struct match *m)
{
	struct match *copy = rule_add_match(to, m->field, m->op, m->nvalues);

	if (!copy)
		return -ENOMEM;
	memcpy(copy->values, m->values, m->nvalues * sizeof(*m->values));
	return 0;
}

/* A copy of a rule without its match on one field. */
static struct rule *copy_without(struct reduce *rd, const struct rule *r,
				 enum field_id field)
{
	struct rule *to = ebt_new_rule(rd->out, r, r->verdict);
	unsigned int i;

	for (i = 0; to && i < r->nmatches; i++)
		if (r->matches[i].field != field &&
		    copy_match(to, &r->matches[i]) < 0)
			return NULL;
	return to;
}

/* ---- eth.inner ------------------------------------------------------------ */

static bool is_tag(uint16_t type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tags); i++)
		if (tags[i] == type)
			return true;
	return false;
}

static void put_type(struct match *m, uint16_t type)
{
	struct value *v = &m->values[m->nvalues++];

	v->lo[0] = (uint8_t)(type >> 8);
	v->lo[1] = (uint8_t)type;
	value_full_mask(field_get(FIELD_ETH_TYPE), v);
}

static int add_plain_types(struct reduce *rd, const struct rule *r,
			   const struct match *inner)
{
	struct rule *to = copy_without(rd, r, FIELD_ETH_INNER);
	unsigned int i;
	struct match *m;

	m = to ? rule_add_match(to, FIELD_ETH_TYPE, OP_EQ, inner->nvalues + 2) :
		 NULL;
	if (!m)
		return -ENOMEM;
	m->nvalues = 0;
	for (i = 0; i < inner->nvalues; i++)
		if (!is_tag(value_u16(&inner->values[i])))
			put_type(m, value_u16(&inner->values[i]));
	/* nothing is seen behind these */
	put_type(m, TYPE_AD);
	put_type(m, TYPE_9100);
	return 0;
}

/*
 * Behind one 802.1Q tag, only a type is seen: another tag, and 802.3, could
 * hide the types in question.
 */
static int add_tagged(struct reduce *rd, const struct rule *r,
		      const struct match *inner)
{
	struct rule *to = copy_without(rd, r, FIELD_ETH_INNER);
	struct match *m;
	size_t i;

	if (!to || rule_match_uint(to, FIELD_ETH_TYPE, OP_EQ, TYPE_TAG) < 0)
		return -ENOMEM;
	m = rule_add_match(to, FIELD_VLAN_TYPE, OP_NE, EBT_NTYPES);
	if (!m)
		return -ENOMEM;
	m->nvalues = 0;
	for (i = 0; i < EBT_NTYPES; i++)
		if (!ebt_type_holds(inner, ebt_types[i]))
			put_type(m, ebt_types[i]);
	if (!m->nvalues) {
		free(m->values);
		to->nmatches--;
	}
	return 0;
}

/* SNAP: the type is where eth.inner finds it. */
static int add_snap(struct reduce *rd, const struct rule *r,
		    const struct match *inner)
{
	struct rule *to = copy_without(rd, r, FIELD_ETH_INNER);

	if (!to || ebt_match_range(to, FIELD_ETH_TYPE, 0, MAX_LENGTH) < 0)
		return -ENOMEM;
	return copy_match(to, inner);
}

static int reduce_inner(struct reduce *rd, const struct rule *r)
{
	const struct match *inner = rule_find(r, FIELD_ETH_INNER);
	int rc;

	if (r->verdict == VERDICT_ACCEPT || rule_find(r, FIELD_ETH_TYPE)) {
		fail(rd, r, "eth.inner in such an entry");
		return -EOPNOTSUPP;
	}
	rc = add_plain_types(rd, r, inner);
	if (rc == 0)
		rc = add_tagged(rd, r, inner);
	return rc < 0 ? rc : add_snap(rd, r, inner);
}

/* ---- fragments ------------------------------------------------------------ */

static bool is_u16_masked(const struct match *m, uint16_t value, uint16_t mask)
{
	const struct value *v = m->values;

	return m->op == OP_EQ && m->nvalues == 1 && value_u16(v) == value &&
	       (v->hi[0] << 8 | v->hi[1]) == mask;
}

static bool is_udp(const struct rule *r)
{
	const struct match *m = rule_find(r, FIELD_IP_PROTO);

	return m && m->op == OP_EQ && m->nvalues == 1 &&
	       m->values[0].hi[0] == 0xff && m->values[0].lo[0] == UDP;
}

static bool has_port(const struct rule *r)
{
	return rule_find(r, FIELD_L4_SPORT) || rule_find(r, FIELD_L4_DPORT);
}

/* A match that says no more than that the ports are there */
static bool is_any_port(const struct match *m)
{
	static const uint8_t first[2] = { 0 }, last[2] = { 0xff, 0xff };

	return (m->field == FIELD_L4_SPORT || m->field == FIELD_L4_DPORT) &&
	       m->op == OP_RANGE && m->nvalues == 1 &&
	       memcmp(m->values[0].lo, first, 2) == 0 &&
	       memcmp(m->values[0].hi, last, 2) == 0;
}

static bool has_match(const struct rule *r, const struct match *m)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		if (match_equal(&r->matches[i], m))
			return true;
	return false;
}

/* The next rule of the profile, in one direction, that looks at IPv4 */
static unsigned int neighbour(const struct binding *b, unsigned int at,
			      int step)
{
	const struct rule *r = &b->rules[at];
	unsigned int i;

	for (i = at + (unsigned int)step; i < b->nrules;
	     i += (unsigned int)step)
		if (b->rules[i].profile == r->profile &&
		    b->rules[i].dir == r->dir &&
		    ebt_reach(&b->rules[i], TYPE_IP4) != REACH_NONE)
			return i;
	return NOBODY;
}

/*
 * "ACCEPT first fragments of UDP with ports, DROP others", and what comes
 * behind accepts: the same may be asked of all UDP.
 */
static bool is_fragment_pair(const struct binding *b, unsigned int at)
{
	const struct rule *r = &b->rules[at], *next;
	unsigned int i, second = neighbour(b, at, 1), more = 0;

	if (second == NOBODY)
		return false;
	next = &b->rules[second];
	if (r->verdict != VERDICT_ACCEPT || next->verdict != VERDICT_DROP ||
	    !is_udp(r) || next->nmatches + 1 != r->nmatches)
		return false;
	for (i = 0; i < r->nmatches; i++)
		if (!has_match(next, &r->matches[i]))
			more += is_any_port(&r->matches[i]) ? 1 : 2;
	return more == 1 && ebt_decides(b, second + 1, r->profile, r->dir,
					TYPE_IP4, VERDICT_ACCEPT);
}

static int reduce_fragment(struct reduce *rd, unsigned int at)
{
	const struct rule *r = &rd->b->rules[at];
	const struct match *frag = rule_find(r, FIELD_IP_FRAG);
	bool first = is_u16_masked(frag, 0x2000, 0x3fff);
	bool none = is_u16_masked(frag, 0x0000, 0x3fff);
	unsigned int before = neighbour(rd->b, at, -1);

	if ((first && is_fragment_pair(rd->b, at)) ||
	    (first && before != NOBODY && is_fragment_pair(rd->b, before)) ||
	    (none && is_udp(r) && has_port(r) &&
	     r->verdict == VERDICT_ACCEPT)) {
		if (!rd->udp[r->dir])
			rd->udp[r->dir] = r;
		return copy_without(rd, r, FIELD_IP_FRAG) ? 0 : -ENOMEM;
	}
	fail(rd, r, "ip.frag in such an entry");
	return -EOPNOTSUPP;
}

/* ---- headers -------------------------------------------------------------- */

static size_t type_index(uint16_t type)
{
	size_t i;

	for (i = 0; i < EBT_NTYPES && ebt_types[i] != type; i++)
		;
	return i;
}

/* Does a rule drop by what a header without its end could hide? */
static bool needs_whole(const struct rule *r)
{
	unsigned int i;

	if (r->verdict != VERDICT_DROP || rule_tagged(r))
		return false;
	for (i = 0; i < r->nmatches; i++)
		switch (r->matches[i].field) {
		case FIELD_ETH_DST:
		case FIELD_ETH_SRC:
		case FIELD_ETH_TYPE:
		case FIELD_ETH_INNER:
		case FIELD_IP_DST: /* the end of the header */
		case FIELD_IP6_DST:
			break;
		default:
			return true;
		}
	return false;
}

/* "What the kernel can read": see expand_readable() */
static bool is_readable(const struct rule *r)
{
	const struct match *m;

	if (r->nmatches != 2 || r->verdict != VERDICT_ACCEPT || rule_tagged(r))
		return false;
	m = &r->matches[1];
	return m->field == FIELD_IP_UPPER && m->op == OP_RANGE &&
	       m->nvalues == 1 && !m->values[0].lo[0] &&
	       m->values[0].hi[0] == 0xff;
}

static int reduce_readable(struct reduce *rd, const struct rule *r)
{
	uint16_t type = rule_ethertype(r);
	struct rule *to = copy_without(rd, r, r->matches[1].field);
	size_t i = type_index(type);

	if (!to)
		return -ENOMEM;
	if (i < EBT_NTYPES)
		rd->has_whole[r->dir][i] = true;
	return ebt_match_whole(to, type);
}

/* ---- profiles ------------------------------------------------------------- */

/* What a rule does beside its verdict, and other verdicts */
static const char *more_than_verdict(const struct rule *r)
{
	if (r->verdict == VERDICT_REJECT)
		return "REJECT";
	if (r->limit.frames)
		return "tf:Limit";
	if (r->conns)
		return "tf:ConnLimit";
	return r->log.on ? "tf:Log" : NULL;
}

static int reduce_rule(struct reduce *rd, unsigned int at)
{
	const struct rule *r = &rd->b->rules[at];
	unsigned int first = rd->out->nrules, i;
	const char *what = more_than_verdict(r);
	size_t type;
	int rc;

	if (what) {
		fail(rd, r, what);
		return -EOPNOTSUPP;
	}
	if (ebt_is_dead(rd, r))
		return 0;
	if (is_readable(r))
		rc = reduce_readable(rd, r);
	else if (rule_find(r, FIELD_ETH_INNER))
		rc = reduce_inner(rd, r);
	else if (rule_find(r, FIELD_IP_FRAG))
		rc = reduce_fragment(rd, at);
	else
		rc = copy_without(rd, r, FIELD_NONE) ? 0 : -ENOMEM;
	type = type_index(rule_ethertype(r));
	if (rc == 0 && type < EBT_NTYPES && needs_whole(r) &&
	    !rd->whole[r->dir][type])
		rd->whole[r->dir][type] = r;
	for (i = first; rc == 0 && i < rd->out->nrules; i++) {
		what = ebt_lower_refuses(&rd->out->rules[i]);
		if (what) {
			fail(rd, r, what);
			rc = -EOPNOTSUPP;
		}
	}
	return rc;
}

static int copy_head(struct reduce *rd)
{
	const struct binding *b = rd->b;
	struct binding *out = rd->out;
	unsigned int i;

	memcpy(out->tap, b->tap, sizeof(out->tap));
	out->domain = strdup(b->domain ? b->domain : "");
	out->profiles =
		util_alloc(b->nprofiles + EBT_MAX_MORE, sizeof(*out->profiles));
	if (!out->domain || !out->profiles)
		return -ENOMEM;
	for (i = 0; i < b->nprofiles; i++) {
		out->profiles[i].place = PLACE_EBTABLES;
		out->nprofiles++;
		if (binding_name_profile(&out->profiles[i], &b->profiles[i],
					 b->profiles[i].params) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int reduce(struct reduce *rd)
{
	unsigned int i;
	int rc = copy_head(rd);

	ebt_find_killers(rd);
	for (i = 0; rc == 0 && i < rd->b->nrules; i++)
		if (rd->only == NOBODY || rd->b->rules[i].profile == rd->only)
			rc = reduce_rule(rd, i);
	return rc < 0 ? rc : ebt_add_conjuncts(rd);
}

int ebt_reduce(const struct binding *b, struct binding *out)
{
	struct reduce rd = { .b = b, .out = out, .only = NOBODY };
	int rc = reduce(&rd);

	if (rc == -EOPNOTSUPP)
		log_at(b->profiles[rd.fault->profile].file, rd.fault->line,
		       "ebtables cannot carry %s", rd.what);
	return rc;
}

const char *ebt_refuses(const struct binding *b, unsigned int profile,
			const struct rule **rule)
{
	_cleanup_binding_ struct binding out = { 0 };
	struct reduce rd = { .b = b, .out = &out, .only = profile };
	int rc = reduce(&rd);

	if (rc == 0)
		return NULL;
	if (rc == -EOPNOTSUPP)
		*rule = rd.fault;
	return rc == -EOPNOTSUPP ? rd.what : "it, for want of memory";
}
