// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules in the layout of the kernel's ip_tables.h and ip6_tables.h */
#include <errno.h>
#include <limits.h>
#include <linux/netfilter/xt_connlimit.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <string.h>

#include "ipt_entry.h"
#include "log.h"

void ipt_rules_free(struct ipt_rules *r)
{
	buf_free(&r->data);
	r->n = 0;
}

const struct ipt_chain *ipt_find_chain(const struct ipt_set *s,
				       const char *name)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->chains[i].name, name) == 0)
			return &s->chains[i];
	return NULL;
}

void ipt_set_free(struct ipt_set *s)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		ipt_rules_free(&s->chains[i].rules);
	free(s->chains);
	s->chains = NULL;
	s->n = 0;
}

const char *ipt_family_name(enum ipt_family f)
{
	return f == IPT_IP4 ? "iptables" : "ip6tables";
}

static size_t head_size(enum ipt_family f)
{
	return f == IPT_IP4 ? sizeof(struct ipt_entry) :
			      sizeof(struct ip6t_entry);
}

static size_t target_offset(enum ipt_family f, const void *rule)
{
	const struct ipt_entry *four = rule;
	const struct ip6t_entry *six = rule;

	return f == IPT_IP4 ? four->target_offset : six->target_offset;
}

/* Number of bytes, the target included */
static size_t rule_size(enum ipt_family f, const void *rule)
{
	const struct ipt_entry *four = rule;
	const struct ip6t_entry *six = rule;

	return f == IPT_IP4 ? four->next_offset : six->next_offset;
}

static const void *at(const void *rule, size_t offset)
{
	return (const char *)rule + offset;
}

const struct xt_entry_target *ipt_rule_target(enum ipt_family f,
					      const void *rule)
{
	return at(rule, target_offset(f, rule));
}

const struct xt_counters *ipt_rule_counters(enum ipt_family f, const void *rule)
{
	const struct ipt_entry *four = rule;
	const struct ip6t_entry *six = rule;

	return f == IPT_IP4 ? &four->counters : &six->counters;
}

const void *ipt_next(const struct ipt_rules *r, const void *rule)
{
	size_t offset = 0;

	if (rule)
		offset = (size_t)((const char *)rule - r->data.data) +
			 rule_size(r->family, rule);
	return offset < r->data.len ? r->data.data + offset : NULL;
}

const struct xt_entry_match *ipt_next_match(enum ipt_family f, const void *rule,
					    const struct xt_entry_match *match)
{
	size_t offset = head_size(f);

	if (match)
		offset = (size_t)((const char *)match - (const char *)rule) +
			 match->u.match_size;
	return offset < target_offset(f, rule) ? at(rule, offset) : NULL;
}

const void *ipt_find_match(enum ipt_family f, const void *rule,
			   const char *name)
{
	const struct xt_entry_match *m = NULL;

	while ((m = ipt_next_match(f, rule, m)))
		if (strcmp(m->u.user.name, name) == 0)
			return m->data;
	return NULL;
}

/* ---- what the kernel told ------------------------------------------------ */

/* A name ends with its NUL: what the library has behind it is undefined. */
static void clean_name(char *name, size_t size)
{
	size_t len = strnlen(name, size - 1);

	memset(name + len, 0, size - len);
}

/* The bytes of a match that are not the kernel's own */
static size_t own_bytes(const char *name, size_t size)
{
	if (strcmp(name, "limit") == 0)
		return offsetof(struct xt_rateinfo, prev);
	if (strcmp(name, "connlimit") == 0)
		return offsetof(struct xt_connlimit_info, data);
	return size;
}

static void clean_matches(enum ipt_family f, char *rule)
{
	size_t offset = head_size(f), end = target_offset(f, rule), size, own;
	struct xt_entry_match *m;

	for (; offset < end; offset += m->u.match_size) {
		m = (struct xt_entry_match *)(void *)(rule + offset);
		clean_name(m->u.user.name, sizeof(m->u.user.name));
		size = m->u.match_size - sizeof(*m);
		own = own_bytes(m->u.user.name, size);
		memset(m->data + own, 0, size - own);
	}
}

static void clean_head(enum ipt_family f, char *rule)
{
	struct ipt_entry *four = (void *)rule;
	struct ip6t_entry *six = (void *)rule;

	if (f == IPT_IP4)
		four->nfcache = four->comefrom = 0;
	else
		six->nfcache = six->comefrom = 0;
}

int ipt_add(struct ipt_rules *r, const void *rule, const char *target)
{
	size_t size = rule_size(r->family, rule), begin = r->data.len;
	struct xt_standard_target *t;
	char *copy;
	int rc;

	rc = buf_add(&r->data, rule, size);
	if (rc < 0)
		return rc;
	r->n++;
	copy = r->data.data + begin;
	clean_head(r->family, copy);
	clean_matches(r->family, copy);
	t = (void *)(copy + target_offset(r->family, copy));
	if (target) {
		memset(t->target.u.user.name, 0, sizeof(t->target.u.user.name));
		memcpy(t->target.u.user.name, target,
		       strnlen(target, sizeof(t->target.u.user.name) - 1));
		t->verdict = 0;
	} else {
		clean_name(t->target.u.user.name,
			   sizeof(t->target.u.user.name));
	}
	return 0;
}

/* All but the counters, which stand in the middle of the head */
static bool same_rule(enum ipt_family f, const void *a, const void *b)
{
	size_t size = rule_size(f, a), end;
	size_t begin = (size_t)((const char *)ipt_rule_counters(f, a) -
				(const char *)a);

	end = begin + sizeof(struct xt_counters);
	return size == rule_size(f, b) && memcmp(a, b, begin) == 0 &&
	       memcmp(at(a, end), at(b, end), size - end) == 0;
}

uint64_t ipt_rule_digest(enum ipt_family f, const void *rule)
{
	const struct xt_counters *counters = ipt_rule_counters(f, rule);
	size_t begin = (size_t)((const char *)counters - (const char *)rule);
	size_t end = begin + sizeof(*counters);
	const uint64_t mix[] = {
		util_digest(rule, begin),
		util_digest(at(rule, end), rule_size(f, rule) - end),
	};

	return util_digest(mix, sizeof(mix));
}

int ipt_find_rule(const struct ipt_rules *in, const void *rule)
{
	const void *r = NULL;
	int pos;

	for (pos = 0; (r = ipt_next(in, r)); pos++)
		if (same_rule(in->family, r, rule))
			return pos;
	return -1;
}

/* ---- making rules -------------------------------------------------------- */

int ipt_draft_begin(struct ipt_draft *d, enum ipt_family f)
{
	static const char zero[sizeof(struct ip6t_entry)];

	*d = (struct ipt_draft){ .family = f };
	return buf_add(&d->data, zero, head_size(f));
}

void ipt_draft_free(struct ipt_draft *d)
{
	buf_free(&d->data);
}

static struct ipt_ip *head4(struct ipt_draft *d)
{
	return &((struct ipt_entry *)(void *)d->data.data)->ip;
}

static struct ip6t_ip6 *head6(struct ipt_draft *d)
{
	return &((struct ip6t_entry *)(void *)d->data.data)->ipv6;
}

void ipt_draft_device(struct ipt_draft *d, bool in, const char *name)
{
	size_t len = strlen(name) + 1;
	unsigned char *mask;
	char *device;

	if (d->family == IPT_IP4) {
		device = in ? head4(d)->iniface : head4(d)->outiface;
		mask = in ? head4(d)->iniface_mask : head4(d)->outiface_mask;
	} else {
		device = in ? head6(d)->iniface : head6(d)->outiface;
		mask = in ? head6(d)->iniface_mask : head6(d)->outiface_mask;
	}
	memcpy(device, name, len);
	memset(mask, 0xff, len);
}

void ipt_draft_proto(struct ipt_draft *d, uint8_t proto, bool inverted)
{
	if (d->family == IPT_IP4) {
		head4(d)->proto = proto;
		head4(d)->invflags |= inverted ? IPT_INV_PROTO : 0;
	} else {
		head6(d)->proto = proto;
		head6(d)->flags |= IP6T_F_PROTO;
		head6(d)->invflags |= inverted ? IP6T_INV_PROTO : 0;
	}
	if (!inverted)
		d->proto = proto;
}

static bool is_zero(const void *bytes, size_t len)
{
	static const uint8_t zero[16];

	return memcmp(bytes, zero, len) == 0;
}

bool ipt_draft_address(struct ipt_draft *d, bool src, bool inverted,
		       const uint8_t *address, const uint8_t *mask)
{
	bool four = d->family == IPT_IP4;
	size_t len = four ? 4 : 16;
	void *a, *m;

	if (four) {
		a = src ? &head4(d)->src : &head4(d)->dst;
		m = src ? &head4(d)->smsk : &head4(d)->dmsk;
	} else {
		a = src ? &head6(d)->src : &head6(d)->dst;
		m = src ? &head6(d)->smsk : &head6(d)->dmsk;
	}
	if (!is_zero(m, len) || is_zero(mask, len))
		return false;
	memcpy(a, address, len);
	memcpy(m, mask, len);
	if (inverted && four)
		head4(d)->invflags |= src ? IPT_INV_SRCIP : IPT_INV_DSTIP;
	else if (inverted)
		head6(d)->invflags |= src ? IP6T_INV_SRCIP : IP6T_INV_DSTIP;
	return true;
}

/* What is appended begins and ends where the kernel wants it to. */
static int add_padded(struct buf *b, const void *data, size_t size,
		      size_t padded)
{
	static const char zero[8];
	int rc = buf_add(b, data, size);

	return rc < 0 ? rc : buf_add(b, zero, padded - size);
}

int ipt_draft_match(struct ipt_draft *d, const char *name, uint8_t revision,
		    const void *info, size_t size)
{
	struct xt_entry_match m = { 0 };
	int rc;

	memcpy(m.u.user.name, name, strlen(name));
	m.u.user.revision = revision;
	m.u.match_size = (uint16_t)(sizeof(m) + XT_ALIGN(size));
	rc = buf_add(&d->data, &m, sizeof(m));
	return rc < 0 ? rc : add_padded(&d->data, info, size, XT_ALIGN(size));
}

static int finish(struct ipt_draft *d, size_t target, struct ipt_rules *out)
{
	struct ip6t_entry *six = (void *)d->data.data;
	struct ipt_entry *four = (void *)d->data.data;
	int rc;

	if (d->data.len > USHRT_MAX) {
		log_err("a rule is too long for %s",
			ipt_family_name(d->family));
		return -E2BIG;
	}
	if (d->family == IPT_IP4) {
		four->target_offset = (uint16_t)target;
		four->next_offset = (uint16_t)d->data.len;
	} else {
		six->target_offset = (uint16_t)target;
		six->next_offset = (uint16_t)d->data.len;
	}
	rc = buf_add(&out->data, d->data.data, d->data.len);
	if (rc == 0)
		out->n++;
	return rc;
}

int ipt_draft_end(struct ipt_draft *d, const char *target, bool go,
		  struct ipt_rules *out)
{
	struct xt_standard_target t = { 0 };
	size_t begin = d->data.len;
	int rc;

	memcpy(t.target.u.user.name, target, strlen(target));
	t.target.u.target_size = XT_ALIGN(sizeof(t));
	if (go && d->family == IPT_IP4)
		head4(d)->flags |= IPT_F_GOTO;
	else if (go)
		head6(d)->flags |= IP6T_F_GOTO;
	rc = add_padded(&d->data, &t, sizeof(t), XT_ALIGN(sizeof(t)));
	return rc < 0 ? rc : finish(d, begin, out);
}

int ipt_draft_end_target(struct ipt_draft *d, const char *name,
			 uint8_t revision, const void *info, size_t size,
			 struct ipt_rules *out)
{
	size_t begin = d->data.len, padded = XT_ALIGN(size);
	struct xt_entry_target t = { 0 };
	int rc;

	memcpy(t.u.user.name, name, strlen(name));
	t.u.user.revision = revision;
	t.u.target_size = (uint16_t)(sizeof(t) + padded);
	rc = buf_add(&d->data, &t, sizeof(t));
	if (rc == 0)
		rc = add_padded(&d->data, info, size, padded);
	return rc < 0 ? rc : finish(d, begin, out);
}
