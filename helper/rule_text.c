// SPDX-License-Identifier: GPL-2.0-or-later
/* The canonical text of rules and bindings: one rule a line */
#include <string.h>

#include "rule.h"

/* Length of a contiguous mask, or -1. */
static int prefix_length(const uint8_t *mask, size_t bytes)
{
	size_t bit;
	int len = 0;

	for (bit = 0; bit < bytes * 8; bit++) {
		if (!(mask[bit / 8] & 0x80 >> bit % 8))
			continue;
		if ((size_t)len != bit)
			return -1;
		len++;
	}
	return len;
}

static int format_value(const struct field *f, enum match_op op,
			const struct value *v, struct buf *out)
{
	char lo[FIELD_TEXT_MAX], hi[FIELD_TEXT_MAX];
	struct value full = { 0 };
	int prefix;

	field_format(f, v->lo, lo);
	field_format(f, v->hi, hi);
	if (op == OP_RANGE || op == OP_NRANGE)
		return buf_printf(out, "%s-%s", lo, hi);
	value_full_mask(f, &full);
	if (memcmp(v->hi, full.hi, FIELD_MAX_BYTES) == 0)
		return buf_printf(out, "%s", lo);
	prefix = prefix_length(v->hi, field_bytes(f));
	if ((f->type == TYPE_IPV4 || f->type == TYPE_IPV6) && prefix >= 0)
		return buf_printf(out, "%s/%d", lo, prefix);
	return buf_printf(out, "%s/%s", lo, hi);
}

static int format_match(const struct match *m, struct buf *out)
{
	const struct field *f = field_get(m->field);
	const char *op = m->op == OP_EQ || m->op == OP_RANGE ? "=" : "!=";
	unsigned int i;
	int rc;

	rc = buf_printf(out, " %s%s%s", f->name, op, m->nvalues > 1 ? "{" : "");
	for (i = 0; rc >= 0 && i < m->nvalues; i++) {
		if (i)
			rc = buf_printf(out, ",");
		if (rc >= 0)
			rc = format_value(f, m->op, &m->values[i], out);
	}
	if (rc >= 0 && m->nvalues > 1)
		rc = buf_printf(out, "}");
	return rc;
}

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[VERDICT_ACCEPT] = "accept",
		[VERDICT_DROP] = "drop",
		[VERDICT_REJECT] = "reject",
	};

	return names[v];
}

static int format_rate(const struct rate *r, const char *what, struct buf *out)
{
	if (!r->frames)
		return 0;
	return buf_printf(out, " %slimit=%u/%s %sburst=%u", what, r->frames,
			  r->seconds == 1    ? "second" :
			  r->seconds == 60   ? "minute" :
			  r->seconds == 3600 ? "hour" :
					       "day",
			  what, r->burst);
}

/* The prefix stands last: it may have blanks. */
static int format_more(const struct rule *r, struct buf *out)
{
	int rc = format_rate(&r->limit, "", out);

	if (rc >= 0 && r->conns)
		rc = buf_printf(out, " connlimit=%u", r->conns);
	if (rc < 0 || !r->log.on)
		return rc;
	rc = buf_printf(out, " log=%u", r->log.group);
	if (rc >= 0)
		rc = format_rate(&r->log.rate, "log.", out);
	return rc < 0 ? rc :
			buf_printf(out, " log.prefix=\"%s\"", r->log.prefix);
}

int rule_format_matches(const struct rule *r, struct buf *out)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < r->nmatches; i++)
		rc = format_match(&r->matches[i], out);
	return rc < 0 ? rc : format_more(r, out);
}

int rule_format(const struct binding *b, const struct rule *r, struct buf *out)
{
	int rc;

	rc = buf_printf(out, "%s:%u %s %s", b->profiles[r->profile].name,
			r->line, r->dir == DIR_OUT ? "out" : "in",
			verdict_name(r->verdict));
	return rc < 0 ? rc : rule_format_matches(r, out);
}

const char *place_name(enum place p)
{
	static const char *const names[PLACE_COUNT] = {
		[PLACE_NONE] = "no place",
		[PLACE_NETDEV] = "nft netdev",
		[PLACE_BRIDGE] = "nft bridge with marks",
		[PLACE_EBTABLES] = "ebtables",
		[PLACE_IPTABLES] = "iptables",
		[PLACE_TRACK] = "nft bridge with connection tracking",
		[PLACE_INGRESS] = "nft bridge and ingress",
	};

	return names[p];
}

static int format_profile(const struct binding_profile *p, struct buf *out)
{
	int rc = buf_printf(out, "# profile %s", p->name);

	if (rc >= 0 && p->place != PLACE_NONE)
		rc = buf_printf(out, " (%s)", place_name(p->place));
	return rc < 0 ? rc :
			buf_printf(out, "%s%s\n", p->params[0] ? " " : "",
				   p->params);
}

static int format_header(const struct binding *b, struct buf *out)
{
	const uint8_t *m = b->mac;
	unsigned int i;
	int rc;

	rc = buf_printf(out,
			"# tap %s domain %s nic %u mac "
			"%02x:%02x:%02x:%02x:%02x:%02x bridge %s\n",
			b->tap[0] ? b->tap : "-", b->domain, b->nic, m[0], m[1],
			m[2], m[3], m[4], m[5], b->bridge[0] ? b->bridge : "-");
	if (rc >= 0 && b->isolated)
		rc = buf_printf(out, "# port isolated\n");
	for (i = 0; rc >= 0 && i < b->nprofiles; i++)
		rc = format_profile(&b->profiles[i], out);
	return rc;
}

int binding_format(const struct binding *b, struct buf *out)
{
	unsigned int i;
	int rc;

	rc = format_header(b, out);
	for (i = 0; rc >= 0 && i < b->nrules; i++) {
		rc = rule_format(b, &b->rules[i], out);
		if (rc >= 0)
			rc = buf_printf(out, "\n");
	}
	return rc;
}
