// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A binding as a flat record: what crosses from the resolver to the helper,
 * and what the state directory keeps.  Integers are little-endian, a string
 * is its length (u16) and its bytes.
 *
 *	u32 magic, u32 length of the whole record, u64 digest of the field
 *	table's names: a program with another table reads another meaning
 *	u8 mac[6], u8 uuid[16], u32 nic, u8 isolated
 *	string tap, bridge, domain
 *	u32 profiles: string name, string file, string params, u8 place
 *	u32 rules: u8 verdict, u8 direction, u16 profile, u32 line, u32 entry,
 *		rate, u32 connections, u8 log (1: u16 group, rate, string
 *		prefix), u8 matches:
 *		u8 field, u8 operator, u16 values: lo, hi, each as wide as the
 *		field
 *	A rate: u32 frames, u32 seconds, u32 burst
 *
 * The reader trusts nothing: it comes from a process that has read what
 * others wrote.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "rule.h"

#define RECORD_MAGIC 0x35424654u /* "TFB5" */
#define RECORD_KIND 0x00ffffffu /* the bytes that all versions share */
#define RECORD_HEAD 16
#define RECORD_MAX (64u * 1024 * 1024)

static int put(struct buf *out, uint64_t n, unsigned int bytes)
{
	uint8_t raw[8];
	unsigned int i;

	for (i = 0; i < bytes; i++)
		raw[i] = (uint8_t)(n >> (8 * i));
	return buf_add(out, raw, bytes);
}

static int put_string(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	if (len > UINT16_MAX)
		return log_errno(EMSGSIZE, "a text of %zu bytes is too long",
				 len);
	if (put(out, len, 2) < 0)
		return -ENOMEM;
	return buf_add(out, text, len);
}

static int put_match(struct buf *out, const struct match *m)
{
	size_t bytes = field_bytes(field_get(m->field));
	unsigned int i;
	int rc;

	rc = put(out, m->field, 1) | put(out, m->op, 1) |
	     put(out, m->nvalues, 2);
	for (i = 0; rc >= 0 && i < m->nvalues; i++) {
		rc = buf_add(out, m->values[i].lo, bytes);
		if (rc >= 0)
			rc = buf_add(out, m->values[i].hi, bytes);
	}
	return rc;
}

static int put_rate(struct buf *out, const struct rate *r)
{
	return put(out, r->frames, 4) | put(out, r->seconds, 4) |
	       put(out, r->burst, 4);
}

static int put_log(struct buf *out, const struct rule_log *log)
{
	int rc = put(out, log->on, 1);

	if (rc < 0 || !log->on)
		return rc;
	return put(out, log->group, 2) | put_rate(out, &log->rate) |
	       put_string(out, log->prefix);
}

static int put_rule(struct buf *out, const struct rule *r)
{
	unsigned int i;
	int rc;

	rc = put(out, r->verdict, 1) | put(out, r->dir, 1) |
	     put(out, r->profile, 2) | put(out, r->line, 4) |
	     put(out, r->entry, 4) | put_rate(out, &r->limit) |
	     put(out, r->conns, 4) | put_log(out, &r->log) |
	     put(out, r->nmatches, 1);
	for (i = 0; rc >= 0 && i < r->nmatches; i++)
		rc = put_match(out, &r->matches[i]);
	return rc;
}

/* @files: with the files of the profiles */
static int put_body(struct buf *out, const struct binding *b, bool files)
{
	unsigned int i;
	int rc;

	rc = buf_add(out, b->mac, sizeof(b->mac)) |
	     buf_add(out, b->uuid, sizeof(b->uuid)) | put(out, b->nic, 4) |
	     put(out, b->isolated, 1) | put_string(out, b->tap) |
	     put_string(out, b->bridge) |
	     put_string(out, b->domain ? b->domain : "") |
	     put(out, b->nprofiles, 4);
	for (i = 0; rc >= 0 && i < b->nprofiles; i++)
		rc = put_string(out, b->profiles[i].name) |
		     put_string(out, files && b->profiles[i].file ?
					     b->profiles[i].file :
					     "") |
		     put_string(out, b->profiles[i].params) |
		     put(out, b->profiles[i].place, 1);
	if (rc >= 0)
		rc = put(out, b->nrules, 4);
	for (i = 0; rc >= 0 && i < b->nrules; i++)
		rc = put_rule(out, &b->rules[i]);
	return rc;
}

static uint64_t table_digest(void)
{
	uint64_t digest = 0;
	const char *name;
	unsigned int id;

	for (id = FIELD_NONE + 1; id < FIELD_COUNT; id++) {
		name = field_get(id)->name;
		digest = digest * 31 + util_digest(name, strlen(name));
	}
	return digest;
}

int binding_encode(const struct binding *b, struct buf *out)
{
	_cleanup_buf_ struct buf body = { 0 };

	if (put_body(&body, b, true) < 0)
		return -ENOMEM;
	if (put(out, RECORD_MAGIC, 4) < 0 ||
	    put(out, RECORD_HEAD + body.len, 4) < 0 ||
	    put(out, table_digest(), 8) < 0)
		return -ENOMEM;
	return buf_add(out, body.data, body.len);
}

uint64_t binding_digest(const struct binding *b)
{
	_cleanup_buf_ struct buf body = { 0 };

	if (put_body(&body, b, false) < 0)
		return 0;
	return util_digest(body.data, body.len);
}

/* Reads on; once something is wrong, @fault says what and all reads give 0. */
struct reader {
	const uint8_t *data;
	size_t left;
	const char *fault;
};

static const uint8_t *take(struct reader *in, size_t len)
{
	const uint8_t *p = in->data;

	if (in->fault)
		return NULL;
	if (len > in->left) {
		in->fault = "it ends too early";
		return NULL;
	}
	in->data += len;
	in->left -= len;
	return p;
}

static uint32_t get(struct reader *in, unsigned int bytes)
{
	const uint8_t *p = take(in, bytes);
	uint32_t n = 0;

	while (p && bytes-- > 0)
		n = n << 8 | p[bytes];
	return n;
}

static void get_bytes(struct reader *in, void *out, size_t len)
{
	const uint8_t *p = take(in, len);

	if (p)
		memcpy(out, p, len);
}

/* A copy, owned by the caller; NULL with a fault. */
static char *get_string(struct reader *in)
{
	size_t len = get(in, 2);
	const uint8_t *p = take(in, len);
	char *text;

	if (!p)
		return NULL;
	if (memchr(p, 0, len)) {
		in->fault = "a text holds a NUL byte";
		return NULL;
	}
	text = util_alloc(len + 1, 1);
	if (!text) {
		in->fault = "memory is short";
		return NULL;
	}
	memcpy(text, p, len);
	return text;
}

static void get_device(struct reader *in, char out[TAP_NAME_SIZE])
{
	_cleanup_free_ char *name = get_string(in);

	if (!name || !*name)
		return;
	if (!util_tap_name_ok(name)) {
		in->fault = "a device has an impossible name";
		return;
	}
	memcpy(out, name, strlen(name) + 1);
}

static void get_match(struct reader *in, struct rule *r)
{
	enum field_id id = get(in, 1);
	enum match_op op = get(in, 1);
	unsigned int i, n = get(in, 2);
	const struct field *f = field_get(id);
	struct match *m;

	if (in->fault)
		return;
	if (!f || n < 1 || n > MATCH_MAX_VALUES) {
		in->fault = "a match has no known field or a wrong count";
		return;
	}
	m = rule_add_match(r, id, op, n);
	if (!m) {
		in->fault = "memory is short";
		return;
	}
	for (i = 0; i < n; i++) {
		get_bytes(in, m->values[i].lo, field_bytes(f));
		get_bytes(in, m->values[i].hi, field_bytes(f));
	}
}

static void get_rate(struct reader *in, struct rate *r)
{
	r->frames = get(in, 4);
	r->seconds = get(in, 4);
	r->burst = get(in, 4);
}

static void get_log(struct reader *in, struct rule_log *log)
{
	_cleanup_free_ char *prefix = NULL;
	uint32_t on = get(in, 1);

	if (on > 1)
		in->fault = "a rule is neither noted nor not";
	log->on = on;
	if (in->fault || !on)
		return;
	log->group = (uint16_t)get(in, 2);
	get_rate(in, &log->rate);
	prefix = get_string(in);
	if (prefix && strlen(prefix) >= sizeof(log->prefix))
		in->fault = "a prefix is too long";
	else if (prefix)
		memcpy(log->prefix, prefix, strlen(prefix) + 1);
}

static void get_rule(struct reader *in, struct rule *r)
{
	unsigned int i, n;

	r->verdict = get(in, 1);
	r->dir = get(in, 1);
	r->profile = get(in, 2);
	r->line = get(in, 4);
	r->entry = get(in, 4);
	get_rate(in, &r->limit);
	r->conns = get(in, 4);
	get_log(in, &r->log);
	n = get(in, 1);
	if (n > RULE_MAX_MATCHES) {
		in->fault = "a rule has too many conditions";
		return;
	}
	for (i = 0; i < n && !in->fault; i++)
		get_match(in, r);
	if (!in->fault)
		in->fault = rule_validate(r);
}

static void get_profiles(struct reader *in, struct binding *b)
{
	unsigned int n = get(in, 4);
	struct binding_profile *p;

	if (n > BINDING_MAX_PROFILES)
		in->fault = "it has too many profiles";
	if (in->fault || !n)
		return;
	b->profiles = util_alloc(n, sizeof(*b->profiles));
	if (!b->profiles)
		in->fault = "memory is short";
	while (!in->fault && b->nprofiles < n) {
		p = &b->profiles[b->nprofiles++];
		p->name = get_string(in);
		p->file = get_string(in);
		p->params = get_string(in);
		p->place = get(in, 1);
		if (p->name && !util_profile_name_ok(p->name))
			in->fault = "a profile has an impossible name";
		if (p->place >= PLACE_COUNT)
			in->fault = "a profile is in no known place";
	}
}

/* What must be so between a rule and the one before */
static const char *check_order(const struct rule *last, const struct rule *r)
{
	if (r->profile < last->profile)
		return "its rules are not grouped by profile";
	if (r->profile > last->profile || r->entry > last->entry)
		return NULL;
	if (r->entry < last->entry)
		return "the rules of an entry do not stand together";
	return r->verdict == last->verdict && r->dir == last->dir &&
			       rule_same_limits(last, r) ?
		       NULL :
		       "the rules of an entry do not do the same";
}

static void get_rules(struct reader *in, struct binding *b)
{
	unsigned int n = get(in, 4);
	const struct rule *last = NULL;
	struct rule *r;

	if (n > BINDING_MAX_RULES)
		in->fault = "it has too many rules";
	if (in->fault || !n)
		return;
	b->rules = util_alloc(n, sizeof(*b->rules));
	if (!b->rules)
		in->fault = "memory is short";
	while (!in->fault && b->nrules < n) {
		r = &b->rules[b->nrules++];
		get_rule(in, r);
		if (r->profile >= b->nprofiles)
			in->fault = "a rule belongs to no profile";
		else if (last && !in->fault)
			in->fault = check_order(last, r);
		last = r;
	}
}

static void get_binding(struct reader *in, struct binding *b)
{
	uint32_t isolated;

	get_bytes(in, b->mac, sizeof(b->mac));
	get_bytes(in, b->uuid, sizeof(b->uuid));
	b->nic = get(in, 4);
	isolated = get(in, 1);
	if (isolated > 1)
		in->fault = "it is neither isolated nor not";
	b->isolated = isolated;
	get_device(in, b->tap);
	get_device(in, b->bridge);
	b->domain = get_string(in);
	if (b->domain && !util_domain_name_ok(b->domain))
		in->fault = "the domain has an impossible name";
	get_profiles(in, b);
	get_rules(in, b);
	if (!in->fault && in->left)
		in->fault = "bytes are left over at its end";
}

int binding_decode(const void *data, size_t len, size_t *used,
		   struct binding *b)
{
	struct reader in = { .data = data, .left = len };
	uint32_t magic = get(&in, 4), total = get(&in, 4);
	uint64_t table = get(&in, 4);

	table |= (uint64_t)get(&in, 4) << 32;
	if (!in.fault && ((magic ^ RECORD_MAGIC) & RECORD_KIND))
		in.fault = "it does not begin like one";
	if (!in.fault && (magic != RECORD_MAGIC || table != table_digest()))
		in.fault = "it was made by another version of tapfilter";
	if (!in.fault &&
	    (total < RECORD_HEAD || total > len || total > RECORD_MAX))
		in.fault = "its length is wrong";
	if (!in.fault) {
		in.left = total - RECORD_HEAD;
		get_binding(&in, b);
	}
	if (in.fault) {
		log_err("bad record of a binding: %s", in.fault);
		binding_free(b);
		return -EBADMSG;
	}
	*used = total;
	return 0;
}
