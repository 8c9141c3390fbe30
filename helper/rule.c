// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules and bindings: building and checking them */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "rule.h"

#define ETHERTYPE_VLAN 0x8100

void rule_clear(struct rule *r)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		free(r->matches[i].values);
	*r = (struct rule){ 0 };
}

void binding_free(struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nrules; i++)
		rule_clear(&b->rules[i]);
	for (i = 0; i < b->nprofiles; i++) {
		free(b->profiles[i].name);
		free(b->profiles[i].file);
		free(b->profiles[i].params);
	}
	free(b->rules);
	free(b->profiles);
	free(b->domain);
	*b = (struct binding){ 0 };
}

int binding_name_profile(struct binding_profile *p,
			 const struct binding_profile *like, const char *params)
{
	p->name = strdup(like->name);
	p->file = strdup(like->file ? like->file : "");
	p->params = strdup(params);
	if (!p->name || !p->file || !p->params)
		return log_errno(ENOMEM, "cannot keep a name");
	return 0;
}

void value_full_mask(const struct field *f, struct value *v)
{
	size_t bytes = field_bytes(f);

	memset(v->hi, 0xff, bytes);
	if (f->width % 8)
		v->hi[0] = (uint8_t)(0xff >> (8 - f->width % 8));
}

struct match *rule_add_match(struct rule *r, enum field_id field,
			     enum match_op op, unsigned int nvalues)
{
	struct match *m = &r->matches[r->nmatches];

	if (r->nmatches == RULE_MAX_MATCHES) {
		log_err("a rule cannot have more than %d conditions",
			RULE_MAX_MATCHES);
		return NULL;
	}
	m->values = util_alloc(nvalues, sizeof(*m->values));
	if (!m->values)
		return NULL;
	m->field = field;
	m->op = op;
	m->nvalues = nvalues;
	r->nmatches++;
	return m;
}

int rule_match_uint(struct rule *r, enum field_id field, enum match_op op,
		    uint64_t value)
{
	const struct field *f = field_get(field);
	struct match *m = rule_add_match(r, field, op, 1);
	size_t i;

	if (!m)
		return -ENOMEM;
	for (i = field_bytes(f); i-- > 0; value >>= 8)
		m->values[0].lo[i] = (uint8_t)value;
	value_full_mask(f, &m->values[0]);
	if (op == OP_RANGE || op == OP_NRANGE)
		memcpy(m->values[0].hi, m->values[0].lo, FIELD_MAX_BYTES);
	return 0;
}

int rule_copy(struct rule *to, const struct rule *from)
{
	struct match *m;
	unsigned int i;

	*to = *from;
	to->nmatches = 0;
	for (i = 0; i < from->nmatches; i++) {
		m = rule_add_match(to, from->matches[i].field,
				   from->matches[i].op,
				   from->matches[i].nvalues);
		if (!m) {
			rule_clear(to);
			return -ENOMEM;
		}
		memcpy(m->values, from->matches[i].values,
		       m->nvalues * sizeof(*m->values));
	}
	return 0;
}

const struct match *rule_find(const struct rule *r, enum field_id field)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		if (r->matches[i].field == field)
			return &r->matches[i];
	return NULL;
}

bool match_equal(const struct match *a, const struct match *b)
{
	return a->field == b->field && a->op == b->op &&
	       a->nvalues == b->nvalues &&
	       memcmp(a->values, b->values, a->nvalues * sizeof(*a->values)) ==
		       0;
}

bool rule_tagged(const struct rule *r)
{
	return rule_find(r, FIELD_VLAN_ID) || rule_find(r, FIELD_VLAN_PCP) ||
	       rule_find(r, FIELD_VLAN_TYPE);
}

/* Value of the first match that pins a 16-bit field to one value, else 0. */
static uint16_t pinned_u16(const struct rule *r, enum field_id field)
{
	const struct match *m;
	unsigned int i;

	for (i = 0; i < r->nmatches; i++) {
		m = &r->matches[i];
		if (m->field == field && m->op == OP_EQ && m->nvalues == 1 &&
		    m->values[0].hi[0] == 0xff && m->values[0].hi[1] == 0xff)
			return (uint16_t)(m->values[0].lo[0] << 8 |
					  m->values[0].lo[1]);
	}
	return 0;
}

uint16_t rule_ethertype(const struct rule *r)
{
	return pinned_u16(r, rule_tagged(r) ? FIELD_VLAN_TYPE : FIELD_ETH_TYPE);
}

static bool family_holds(const struct rule *r, enum field_family family)
{
	uint16_t type = rule_ethertype(r);

	switch (family) {
	case FAMILY_ANY:
		return true;
	case FAMILY_ARP:
		return type == 0x0806 || type == 0x8035;
	case FAMILY_IPV4:
		return type == 0x0800;
	case FAMILY_IPV6:
		return type == 0x86dd;
	case FAMILY_IP:
		return type == 0x0800 || type == 0x86dd;
	}
	return false;
}

/* Protocols whose header has the field; zero ends the list. */
static const uint8_t *field_protocols(enum field_id field)
{
	static const uint8_t ports[] = { 6, 17, 33, 132, 136, 0 };
	static const uint8_t tcp[] = { 6, 0 }, icmp[] = { 1, 0 };
	static const uint8_t igmp[] = { 2, 0 }, icmp6[] = { 58, 0 };

	switch (field) {
	case FIELD_L4_SPORT:
	case FIELD_L4_DPORT:
		return ports;
	case FIELD_TCP_FLAGS:
		return tcp;
	case FIELD_ICMP_TYPE:
	case FIELD_ICMP_CODE:
		return icmp;
	case FIELD_IGMP_TYPE:
		return igmp;
	default:
		return icmp6;
	}
}

static bool match_within(const struct match *m, const uint8_t *protocols)
{
	unsigned int i;

	if (m->op != OP_EQ)
		return false;
	for (i = 0; i < m->nvalues; i++)
		if (m->values[i].hi[0] != 0xff || !m->values[i].lo[0] ||
		    !strchr((const char *)protocols, m->values[i].lo[0]))
			return false;
	return true;
}

/* Is the upper-layer protocol pinned to one that has this field? */
static bool protocol_holds(const struct rule *r, enum field_id field)
{
	const uint8_t *protocols = field_protocols(field);
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		switch (r->matches[i].field) {
		case FIELD_IP_PROTO:
		case FIELD_IP6_PROTO:
		case FIELD_IP6_NEXTHDR:
			if (match_within(&r->matches[i], protocols))
				return true;
			break;
		default:
			break;
		}
	return false;
}

static bool value_fits(const struct field *f, const uint8_t *value)
{
	size_t i, bytes = field_bytes(f);

	if (f->width % 8 && value[0] >> (f->width % 8))
		return false;
	for (i = bytes; i < FIELD_MAX_BYTES; i++)
		if (value[i])
			return false;
	return true;
}

static const char *validate_value(const struct field *f, enum match_op op,
				  const struct value *v)
{
	size_t i;

	if (!value_fits(f, v->lo) || !value_fits(f, v->hi))
		return "a value is wider than its field";
	if (op == OP_RANGE || op == OP_NRANGE)
		return memcmp(v->lo, v->hi, FIELD_MAX_BYTES) > 0 ?
			       "a range ends before it begins" :
			       NULL;
	for (i = 0; i < FIELD_MAX_BYTES; i++)
		if (v->lo[i] & ~v->hi[i])
			return "a value has bits outside of its mask";
	return NULL;
}

/* What only some fields can be asked. */
static const char *validate_virtual(const struct match *m,
				    const struct field *f)
{
	struct value full = { 0 };
	unsigned int i;

	if (m->field != FIELD_ETH_INNER && m->field != FIELD_IP6_FRAGHDR &&
	    m->field != FIELD_CT_STATE)
		return NULL;
	if (m->op != OP_EQ)
		return "a virtual field can only be compared for equality";
	value_full_mask(f, &full);
	for (i = 0; i < m->nvalues; i++)
		if (memcmp(m->values[i].hi, full.hi, FIELD_MAX_BYTES) != 0)
			return "a virtual field cannot be masked";
	for (i = 0; m->field == FIELD_CT_STATE && i < m->nvalues; i++)
		if (m->values[i].lo[0] < CONN_NEW ||
		    m->values[i].lo[0] > CONN_INVALID)
			return "there is no such connection state";
	return NULL;
}

static const char *validate_match(const struct rule *r, const struct match *m)
{
	const struct field *f = field_get(m->field);
	const char *fault;
	unsigned int i;

	if (!f)
		return "there is no such field";
	if (m->op > OP_NRANGE)
		return "there is no such operator";
	if (m->nvalues < 1 || m->nvalues > MATCH_MAX_VALUES)
		return "a match has no values or too many";
	if (!family_holds(r, f->family))
		return "the EtherType that the field needs is not matched";
	if (f->base == BASE_TRANSPORT && !protocol_holds(r, m->field))
		return "the protocol that the field needs is not matched";
	for (i = 0; i < m->nvalues; i++) {
		fault = validate_value(f, m->op, &m->values[i]);
		if (fault)
			return fault;
	}
	return validate_virtual(m, f);
}

static const char *validate_rate(const struct rate *rate)
{
	if (!rate->frames)
		return rate->seconds || rate->burst ?
			       "no limit has no period and no burst" :
			       NULL;
	if (rate->frames > RATE_MAX_FRAMES || !rate->burst ||
	    rate->burst > RATE_MAX_BURST)
		return "a limit is out of its range";
	return rate->seconds == 1 || rate->seconds == 60 ||
			       rate->seconds == 3600 || rate->seconds == 86400 ?
		       NULL :
		       "a limit is for no known period";
}

bool rule_prefix_ok(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (text[i] < 0x20 || text[i] > 0x7e || text[i] == '"' ||
		    text[i] == '$')
			return false;
	return i < RULE_LOG_PREFIX_SIZE;
}

static const char *validate_log(const struct rule_log *log)
{
	if (!log->on)
		return log->group || log->rate.frames || log->prefix[0] ?
			       "what is not noted has no group and no prefix" :
			       NULL;
	if (log->prefix[sizeof(log->prefix) - 1] ||
	    !rule_prefix_ok(log->prefix))
		return "a prefix is too long or not plain text";
	return validate_rate(&log->rate);
}

/* What a rule asks for beside its conditions */
static const char *validate_more(const struct rule *r)
{
	const char *fault = validate_rate(&r->limit);

	if (!fault)
		fault = validate_log(&r->log);
	if (fault)
		return fault;
	if ((r->limit.frames || r->conns) && r->verdict != VERDICT_ACCEPT)
		return "only an ACCEPT can have a limit";
	if (r->conns > RULE_MAX_CONNS)
		return "a limit is out of its range";
	if (rule_is_stateful(r) &&
	    (rule_tagged(r) || !family_holds(r, FAMILY_IP)))
		return "connections are those of untagged IP packets";
	return NULL;
}

static bool same_rate(const struct rate *a, const struct rate *b)
{
	return a->frames == b->frames && a->seconds == b->seconds &&
	       a->burst == b->burst;
}

bool rule_same_limits(const struct rule *a, const struct rule *b)
{
	return same_rate(&a->limit, &b->limit) && a->conns == b->conns &&
	       a->log.on == b->log.on && a->log.group == b->log.group &&
	       same_rate(&a->log.rate, &b->log.rate) &&
	       strcmp(a->log.prefix, b->log.prefix) == 0;
}

const char *rule_validate(const struct rule *r)
{
	const char *fault;
	unsigned int i;

	if (r->verdict > VERDICT_REJECT || r->dir > DIR_OUT)
		return "there is no such verdict or direction";
	if (r->nmatches > RULE_MAX_MATCHES)
		return "a rule has too many conditions";
	if (rule_tagged(r) && pinned_u16(r, FIELD_ETH_TYPE) != ETHERTYPE_VLAN)
		return "a tag is matched without eth.type 0x8100";
	for (i = 0; i < r->nmatches; i++) {
		fault = validate_match(r, &r->matches[i]);
		if (fault)
			return fault;
	}
	return validate_more(r);
}
