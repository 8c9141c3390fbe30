// SPDX-License-Identifier: GPL-2.0-or-later
/* Which place carries a profile */
#include <errno.h>
#include <string.h>

#include "bridge_calls.h"
#include "ebt.h"
#include "ipt_cond.h"
#include "link.h"
#include "log.h"
#include "nft_conn.h"
#include "nft_probe.h"
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

/* What of a rule is another thing once fragments are one packet, or NULL */
static const char *asks_fragments(const struct rule *r)
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
	return asks_fragments(r);
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

bool place_needs_guard(const struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (b->profiles[i].place == PLACE_EBTABLES ||
		    b->profiles[i].place == PLACE_IPTABLES)
			return true;
	return false;
}

/* @asks: which incoming rules count; NULL for all */
static bool has_incoming(const struct binding *b, unsigned int profile,
			 const char *(*asks)(const struct rule *r))
{
	const struct rule *r;
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		r = &b->rules[i];
		if (r->profile == profile && r->dir == DIR_IN &&
		    (!asks || asks(r)))
			return true;
	}
	return false;
}

bool place_needs_port(const struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (b->profiles[i].place == PLACE_BRIDGE ||
		    b->profiles[i].place == PLACE_TRACK ||
		    (b->profiles[i].place == PLACE_INGRESS &&
		     has_incoming(b, i, NULL)))
			return true;
	return place_needs_guard(b);
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
	return -EOPNOTSUPP;
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

/* Look at the bridge of the interface; @what is NULL if it is there. */
static int look_at_bridge(const struct binding *b, struct link_calls *calls,
			  const char **what)
{
	struct link_info info = { 0 };
	struct link *l = NULL;
	bool there = false;
	int rc;

	*what = "needs a bridge, and the interface has none";
	if (!b->bridge[0])
		return 0;
	rc = link_open(&l);
	if (rc == 0)
		rc = link_get(l, b->bridge, &info);
	there = rc == 0 && strcmp(info.kind, "bridge") == 0;
	if (there)
		rc = link_get_calls(l, &info, calls);
	link_close(l);
	*what = there ? NULL :
			"needs the bridge of the interface, which is not there";
	return rc == -ENODEV ? 0 : rc;
}

/*
 * What is wrong with how a bridge hands packets over, or NULL.  @may_be_off:
 * what is off will be switched on.
 */
static int bridge_lacks(const struct binding *b, bool may_be_off,
			const char **what)
{
	struct link_calls calls = { 0 };
	int rc = look_at_bridge(b, &calls, what);

	if (rc < 0 || *what)
		return rc;
	if (!calls.loaded)
		*what = "needs the kernel module br_netfilter (modprobe "
			"br_netfilter)";
	else if ((!calls.iptables || !calls.ip6tables) && !may_be_off)
		*what = "needs a bridge that shows its frames to connection "
			"tracking (bridge-netfilter = on in the configuration, "
			"or ip link set BRIDGE type bridge nf_call_iptables 1 "
			"nf_call_ip6tables 1)";
	return 0;
}

static int track_lacks(const struct binding *b, const char **what)
{
	struct link_calls calls = { 0 };
	bool can = false;
	int rc = look_at_bridge(b, &calls, what);

	if (rc < 0 || *what)
		return rc;
	can = place_tracks();
	if (!can)
		rc = nft_probe_track(&can);
	if (rc == 0 && !can)
		*what = "needs the kernel module nf_conntrack_bridge";
	return rc;
}

/*
 * Where a bridge shows packets to iptables, or connections are tracked in it,
 * its chains see fragments as the packet that they make up.
 */
static int ingress_lacks(const struct binding *b, unsigned int profile,
			 const char **what)
{
	struct link_calls calls = { 0 };
	unsigned int i;
	int rc;

	if (!has_incoming(b, profile, NULL))
		return 0;
	rc = look_at_bridge(b, &calls, what);
	if (rc < 0 || *what || !has_incoming(b, profile, asks_fragments))
		return rc;
	if (calls.iptables || calls.ip6tables || place_reassembles())
		*what = "needs a bridge that leaves fragments alone (ip link "
			"set BRIDGE type bridge nf_call_iptables 0 "
			"nf_call_ip6tables 0; sysctl "
			"net.bridge.bridge-nf-call-iptables=0 "
			"net.bridge.bridge-nf-call-ip6tables=0; modprobe -r "
			"nf_conntrack_bridge)";
	for (i = 0; !*what && i < b->nprofiles; i++)
		if (profile_is_stateful(b, i))
			*what = "needs an interface without tf:State, for "
				"which fragments are put together";
	return 0;
}

static int lacks(enum place p, const struct binding *b, unsigned int profile,
		 bool may_be_off, const char **what)
{
	*what = NULL;
	if (p == PLACE_NETDEV && !place_egress(-1))
		*what = "needs the netdev egress hook (Linux 5.16 and "
			"CONFIG_NETFILTER_EGRESS)";
	if (p == PLACE_INGRESS)
		return ingress_lacks(b, profile, what);
	if (p == PLACE_BRIDGE)
		return bridge_lacks(b, may_be_off, what);
	return p == PLACE_TRACK ? track_lacks(b, what) : 0;
}

static int kernel_lacks(enum place p, const struct binding *b,
			unsigned int profile, const char **what)
{
	return lacks(p, b, profile, bridge_calls_allowed(), what);
}

/* Profiles of one place lack the same: it is said once. */
int place_verify(const struct binding *b, struct buf *findings)
{
	unsigned int i, found = 0;
	const char *what;
	enum place p;
	int rc = 0;

	for (i = 0; rc == 0 && i < b->nprofiles; i++) {
		p = b->profiles[i].place;
		if (found & 1U << p)
			continue;
		rc = kernel_lacks(p, b, i, &what);
		if (rc < 0 || !what)
			continue;
		found |= 1U << p;
		rc = buf_printf(findings, "%s %s\n", place_name(p), what);
	}
	return rc;
}

static int switched_lacks(enum place p, const struct binding *b,
			  unsigned int profile, const char **what)
{
	return lacks(p, b, profile, true, what);
}

const struct place_probe place_kernel = { nft_conn_possible, kernel_lacks };
const struct place_probe place_switched = { nft_conn_possible, switched_lacks };
