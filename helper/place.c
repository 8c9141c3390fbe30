// SPDX-License-Identifier: GPL-2.0-or-later
/* Which place carries a profile */
#include <errno.h>
#include <string.h>

#include "ebt.h"
#include "ipt_cond.h"
#include "log.h"
#include "place.h"
#include "place_split.h"

#define MAX_COUNTS 4

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

/*
 * The hooks of a device come before connection tracking; the kernel answers
 * only what comes in there.  In a bridge it answers in prerouting and input,
 * where it is not known yet to which port a frame goes.
 */
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

/*
 * Connection tracking puts fragments together before these chains, those of what
 * goes to the tap as well.
 */
static const char *bridge_refuses(const struct rule *r)
{
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
		/* marks tell of states, not of connections */
		return r->conns ? "tf:ConnLimit" : bridge_refuses(r);
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

/* What ebtables is given, of one profile or of any; it may be ebtables-legacy */
static const char *legacy_refuses(struct question *q, const struct binding *b,
				  unsigned int profile)
{
	const char *what = NULL;
	unsigned int i;

	if (!q->probe->legacy())
		return NULL;
	for (i = 0; !what && i < b->nrules; i++) {
		if (b->rules[i].profile != profile)
			continue;
		what = ebt_legacy_refuses(&b->rules[i]);
		if (what)
			q->rule = &b->rules[i];
	}
	return what;
}

/* What it can carry of one depends on the others. */
static const char *ebtables_refuses(struct question *q)
{
	const char *what = ebt_refuses(q->b, q->profile, &q->rule);

	return what ? what : legacy_refuses(q, q->b, q->profile);
}

static const char *iptables_refuses(struct question *q)
{
	const char *what = split_make(q->b, q->profile, &q->split, &q->rule);

	return what ? what : legacy_refuses(q, &q->split.rest, q->profile);
}

/*
 * Each entry that counts leads up to three chains on, to all that follow it,
 * and the kernel takes 16 that lead to each other.
 */
static const char *refuses_more(struct question *q)
{
	const struct rule *r, *last = NULL;
	unsigned int i, n[2] = { 0 };

	for (i = 0; i < q->b->nrules; i++) {
		r = &q->b->rules[i];
		if (r->profile != q->profile || !r->conns ||
		    (last && last->entry == r->entry))
			continue;
		last = r;
		if (++n[r->dir] > MAX_COUNTS) {
			q->rule = r;
			return "more than 4 tf:ConnLimit of one direction";
		}
	}
	return NULL;
}

/* The first rule of the profile, if any, that the place refuses */
static const char *refused(struct question *q, enum place p)
{
	const char *what = NULL;
	unsigned int i;

	if (p == PLACE_EBTABLES)
		return ebtables_refuses(q);
	if (p == PLACE_IPTABLES)
		return iptables_refuses(q);
	for (i = 0; !what && i < q->b->nrules; i++) {
		if (q->b->rules[i].profile != q->profile)
			continue;
		what = place_refuses_rule(p, &q->b->rules[i]);
		if (what)
			q->rule = &q->b->rules[i];
	}
	return what || p != PLACE_TRACK ? what : refuses_more(q);
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
	/* what iptables needs, its carrier asks of the very port */
	rc = p == PLACE_IPTABLES ? 0 :
				   q->probe->lacks(p, q->b, q->profile, &what);
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

/* Has iptables what it needs for its part, where it is not configured yet? */
static bool iptables_ready(struct question *q)
{
	struct binding_profile one = { .place = PLACE_IPTABLES };
	struct binding part = q->split.part;
	const char *what;
	unsigned int i;

	memcpy(part.bridge, q->b->bridge, sizeof(part.bridge));
	part.profiles = &one;
	part.nprofiles = 1;
	for (i = 0; i < part.nrules; i++)
		part.rules[i].profile = 0;
	return q->probe->lacks(PLACE_IPTABLES, &part, 0, &what) == 0 && !what;
}

/* Could a backend carry a profile, as far as can be told? */
static bool backend_can(const struct binding *b, unsigned int profile,
			const char *backend, const struct place_probe *probe)
{
	struct question q = { .b = b, .profile = profile, .probe = probe };
	bool can = false;
	enum place p;
	size_t i;

	for (i = 0; !can && i < ARRAY_SIZE(rows); i++) {
		p = rows[i].place;
		if (strcmp(backend, rows[i].backend) != 0)
			continue;
		can = can_carry(&q, p) == 1;
		if (p == PLACE_EBTABLES || p == PLACE_IPTABLES)
			can = can && b->bridge[0];
		if (p == PLACE_IPTABLES)
			can = can && iptables_ready(&q);
	}
	buf_free(&q.why);
	split_free(&q.split);
	return can;
}

bool place_backend_can(const struct binding *b, const char *backend,
		       const struct place_probe *probe)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (!backend_can(b, i, backend, probe))
			return false;
	return true;
}

static int nowhere(const struct question *q, const char *backend,
		   const char *used)
{
	const struct rule *r = q->rule ? q->rule : first_rule(q);
	const struct binding_profile *p = &q->b->profiles[q->profile];
	const char *other = strcmp(used, "nft") == 0 ? "xtables" : "nft";
	bool can = backend_can(q->b, q->profile, other, q->probe);

	log_at(p->file, r ? r->line : 0,
	       "profile '%s' has no place with backend = %s: %s%s%s%s", p->name,
	       backend, q->why.data, can ? "; backend = " : "",
	       can ? other : "", can ? " can carry it" : "");
	return can ? -EPROTONOSUPPORT : -EOPNOTSUPP;
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

/* The first rule that is placed there */
static const struct rule *iptables_rule(const struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nrules; i++)
		if (b->profiles[b->rules[i].profile].place == PLACE_IPTABLES)
			return &b->rules[i];
	return NULL;
}

int place_decide_here(struct binding *b, const char *backend,
		      const struct place_probe *probe)
{
	const char *what = NULL, *name;
	const struct rule *r;
	int rc = place_decide(b, backend, probe);

	r = rc == 0 && b->bridge[0] ? iptables_rule(b) : NULL;
	if (!r)
		return rc;
	rc = probe->lacks(PLACE_IPTABLES, b, r->profile, &what);
	if (rc < 0 || !what)
		return rc;
	name = b->profiles[r->profile].name;
	log_at(b->profiles[r->profile].file, r->line,
	       "profile '%s' has no place with backend = %s: %s %s%s", name,
	       backend, place_name(PLACE_IPTABLES), what,
	       place_backend_can(b, "nft", probe) ?
		       "; backend = nft can carry it" :
		       "");
	return -EOPNOTSUPP;
}
