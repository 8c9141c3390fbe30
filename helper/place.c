// SPDX-License-Identifier: GPL-2.0-or-later
/* Which place carries a profile */
#include <errno.h>
#include <string.h>

#include "ebt.h"
#include "ipt_cond.h"
#include "log.h"
#include "place.h"
#include "place_split.h"

/*
 * The preferred ones first.  @stands_in: it carries nothing that the one before
 * does not, and is asked only where the kernel lacks that.
 */
static const struct {
	enum place place;
	const char *backend;
	bool stands_in;
} rows[] = {
	{ PLACE_NETDEV, "nft", false },
	{ PLACE_INGRESS, "nft", true },
	{ PLACE_TRACK, "nft", false },
	{ PLACE_BRIDGE, "nft", false },
	{ PLACE_EBTABLES, "xtables", false },
	{ PLACE_IPTABLES, "xtables", false },
};

/**
 * struct question - Where to put one profile
 * @rule:	First rule that the last place asked cannot carry, or NULL
 * @refused:	The last place asked cannot carry the rules, on any kernel
 * @why:	What stood in the way of each place, for the message
 * @split:	How iptables, the last place asked, carries it
 */
struct question {
	const struct binding *b;
	unsigned int profile;
	const struct place_probe *probe;
	const struct rule *rule;
	bool refused;
	struct buf why;
	struct split split;
};

/* The hooks of a device come before connection tracking; the kernel answers
 * only what comes in there. */
static const char *netdev_refuses(const struct rule *r)
{
	if (rule_find(r, FIELD_CT_STATE))
		return "tf:State";
	if (r->conns)
		return "tf:ConnLimit";
	if (r->verdict == VERDICT_REJECT && r->dir == DIR_IN)
		return "REJECT of incoming frames";
	return NULL;
}

const char *place_asks_fragments(const struct rule *r)
{
	if (rule_find(r, FIELD_IP_FRAG) || rule_find(r, FIELD_IP6_FRAGHDR) ||
	    rule_find(r, FIELD_IP6_FRAG) || rule_find(r, FIELD_IP6_FRAGNEXT))
		return "tf:Fragment";
	return rule_find(r, FIELD_IP6_NEXTHDR) ? "tf:NextHeader" : NULL;
}

/* Connection tracking puts fragments together before these chains. */
static const char *bridge_refuses(const struct rule *r)
{
	if (r->conns)
		return "tf:ConnLimit";
	if (r->verdict == VERDICT_REJECT)
		return "REJECT";
	return place_asks_fragments(r);
}

const char *place_refuses_rule(enum place p, const struct rule *r)
{
	switch (p) {
	case PLACE_NETDEV:
	case PLACE_INGRESS:
		return netdev_refuses(r);
	case PLACE_BRIDGE:
	case PLACE_TRACK:
		return bridge_refuses(r);
	case PLACE_IPTABLES:
		return ipt_refuses(r);
	default:
		return NULL;
	}
}

bool place_backend_ok(const char *backend)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(backend, rows[i].backend) == 0)
			return true;
	return strcmp(backend, "auto") == 0;
}

const char *place_backend(const char *backend, const struct place_probe *probe)
{
	if (strcmp(backend, "auto") != 0)
		return backend;
	return probe->has_nft() ? "nft" : "xtables";
}

/* The first rule of the profile, if any, that the place refuses */
static const char *refused(struct question *q, enum place p)
{
	const char *what = NULL;
	unsigned int i;

	/* what it can carry of one depends on the others */
	if (p == PLACE_EBTABLES)
		return ebt_refuses(q->b, q->profile, &q->rule);
	if (p == PLACE_IPTABLES)
		return split_make(q->b, q->profile, &q->split, &q->rule);
	for (i = 0; !what && i < q->b->nrules; i++) {
		if (q->b->rules[i].profile != q->profile)
			continue;
		what = place_refuses_rule(p, &q->b->rules[i]);
		if (what)
			q->rule = &q->b->rules[i];
	}
	return what;
}

static int add_reason(struct question *q, enum place p, const char *verb,
		      const char *what)
{
	return buf_printf(&q->why, "%s%s %s%s", q->why.len ? "; " : "",
			  place_name(p), verb, what);
}

/* 1: the place can carry it; 0: it cannot, and @q says why */
static int can_carry(struct question *q, enum place p)
{
	const char *what = refused(q, p);
	int rc;

	q->refused = what;
	if (what)
		return add_reason(q, p, "cannot carry ", what);
	rc = q->probe->lacks(p, q->b, q->profile, &what);
	if (rc < 0 || !what)
		return rc < 0 ? rc : 1;
	return add_reason(q, p, "", what);
}

static const struct rule *first_rule(const struct question *q)
{
	unsigned int i;

	for (i = 0; i < q->b->nrules; i++)
		if (q->b->rules[i].profile == q->profile)
			return &q->b->rules[i];
	return NULL;
}

/* Which backend that is not @used could carry it, or NULL */
static const char *other_backend(const struct question *q, const char *used)
{
	struct question other = { .b = q->b,
				  .profile = q->profile,
				  .probe = q->probe };
	const char *found = NULL;
	size_t i;

	for (i = 0; !found && i < ARRAY_SIZE(rows); i++)
		if (strcmp(used, rows[i].backend) != 0 &&
		    can_carry(&other, rows[i].place) == 1)
			found = rows[i].backend;
	buf_free(&other.why);
	split_free(&other.split);
	return found;
}

/* The file is the profile's; its directory the resolver alone knows. */
static int nowhere(const struct question *q, const char *backend,
		   const char *used)
{
	const struct rule *r = q->rule ? q->rule : first_rule(q);
	const char *name = q->b->profiles[q->profile].name;
	const char *other = other_backend(q, used);
	_cleanup_buf_ struct buf file = { 0 };

	if (buf_printf(&file, "%s.xml", name) < 0)
		return -ENOMEM;
	log_at(file.data, r ? r->line : 0,
	       "profile '%s' has no place with backend = %s: %s%s%s%s", name,
	       backend, q->why.data, other ? "; backend = " : "",
	       other ? other : "", other ? " can carry it" : "");
	return other ? -EPROTONOSUPPORT : -EOPNOTSUPP;
}

/* A profile that iptables carries is split, or its rules are others. */
static int put(struct binding *b, struct question *q, enum place p)
{
	if (p == PLACE_IPTABLES)
		return split_commit(b, q->profile, &q->split);
	b->profiles[q->profile].place = p;
	return 0;
}

static int decide(struct binding *b, struct question *q, const char *backend)
{
	const char *used = place_backend(backend, q->probe);
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(used, rows[i].backend) != 0 ||
		    (rows[i].stands_in && q->refused))
			continue;
		rc = can_carry(q, rows[i].place);
		if (rc)
			return rc < 0 ? rc : put(b, q, rows[i].place);
	}
	return nowhere(q, backend, used);
}

/* What ebtables can carry of one depends on what else it has. */
static bool is_placed(const struct binding *b, unsigned int profile)
{
	const struct rule *ignored;

	switch (b->profiles[profile].place) {
	case PLACE_NONE:
		return false;
	case PLACE_EBTABLES:
		return !ebt_refuses(b, profile, &ignored);
	default:
		return true;
	}
}

/* 1: some profile got another place */
static int decide_all(struct binding *b, const char *backend,
		      const struct place_probe *probe)
{
	unsigned int i;
	int rc = 0, done = 0;

	for (i = 0; rc == 0 && i < b->nprofiles; i++) {
		struct question q = { .b = b, .profile = i, .probe = probe };

		if (is_placed(b, i))
			continue;
		done = 1;
		rc = decide(b, &q, backend);
		buf_free(&q.why);
		split_free(&q.split);
	}
	return rc < 0 ? rc : done;
}

int place_decide(struct binding *b, const char *backend,
		 const struct place_probe *probe)
{
	unsigned int i;
	int rc = 1;

	for (i = 0; i < b->nprofiles; i++)
		b->profiles[i].place = PLACE_NONE;
	while (rc == 1)
		rc = decide_all(b, backend, probe);
	return rc;
}
