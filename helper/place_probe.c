// SPDX-License-Identifier: GPL-2.0-or-later
/* What places need of a host, and whether this one has it */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bridge_calls.h"
#include "ebt_variant.h"
#include "ipt_lower.h"
#include "link.h"
#include "nft_conn.h"
#include "nft_probe.h"
#include "place.h"

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

static const char not_there[] =
	"needs the bridge of the interface, which is not there";

/* @vlans: it filters VLANs */
struct site {
	struct link_calls calls;
	bool vlans;
};

/* Look at the bridge of the interface; @what is NULL if it is there. */
static int look_at_bridge(const struct binding *b, struct site *s,
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
		rc = link_get_calls(l, &info, &s->calls);
	link_close(l);
	s->vlans = there && info.vlans;
	*what = there ? NULL : not_there;
	return rc == -ENODEV ? 0 : rc;
}

/* Of which tags come past the hooks of IP; names it, until the next call */
static const char *tags_pass(const struct binding *b)
{
	static char text[128];

	snprintf(text, sizeof(text),
		 "needs a bridge that does not filter VLANs (ip link set %s "
		 "type bridge vlan_filtering 0)",
		 b->bridge);
	return text;
}

/*
 * What is wrong with how a bridge hands packets over, or NULL.  @may_be_off:
 * what is off will be switched on.
 */
static int bridge_lacks(const struct binding *b, bool may_be_off,
			const char **what)
{
	struct site s = { 0 };
	int rc = look_at_bridge(b, &s, what);

	if (rc < 0 || *what)
		return rc;
	if (!s.calls.loaded)
		*what = "needs the kernel module br_netfilter (modprobe "
			"br_netfilter)";
	else if (s.vlans)
		*what = tags_pass(b);
	else if ((!s.calls.iptables || !s.calls.ip6tables) && !may_be_off)
		*what = "needs a bridge that shows its frames to connection "
			"tracking (bridge-netfilter = on in the configuration, "
			"or ip link set BRIDGE type bridge nf_call_iptables 1 "
			"nf_call_ip6tables 1)";
	return 0;
}

static int track_lacks(const struct binding *b, const char **what)
{
	struct site s = { 0 };
	bool can = false;
	int rc = look_at_bridge(b, &s, what);

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
	struct site s = { 0 };
	unsigned int i;
	int rc;

	if (!has_incoming(b, profile, NULL))
		return 0;
	rc = look_at_bridge(b, &s, what);
	if (rc < 0 || *what || !has_incoming(b, profile, place_asks_fragments))
		return rc;
	if (s.calls.iptables || s.calls.ip6tables || place_reassembles())
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

/* For a message: what its carrier says, at greater length, of the port itself */
static int iptables_lacks(const struct binding *b, bool may_be_off,
			  const char **what)
{
	bool ip = ipt_has_family(b, IPT_IP4), ip6 = ipt_has_family(b, IPT_IP6);
	struct site s = { 0 };
	int rc = look_at_bridge(b, &s, what);

	if (rc < 0 || *what)
		return rc;
	if (!s.calls.loaded)
		*what = "needs the kernel module br_netfilter";
	else if (s.vlans)
		*what = tags_pass(b);
	else if (((ip && !s.calls.iptables) || (ip6 && !s.calls.ip6tables)) &&
		 !may_be_off)
		*what = "needs a bridge that hands packets to iptables";
	else if ((s.calls.has_ip && ipt_has_rules(b, IPT_IP4, DIR_IN)) ||
		 (s.calls.has_ip6 && ipt_has_rules(b, IPT_IP6, DIR_IN)))
		*what = "needs a bridge on which the host has no address";
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
	if (p == PLACE_IPTABLES)
		return iptables_lacks(b, may_be_off, what);
	return p == PLACE_TRACK ? track_lacks(b, what) : 0;
}

static int kernel_lacks(enum place p, const struct binding *b,
			unsigned int profile, const char **what)
{
	return lacks(p, b, profile, bridge_calls_allowed(), what);
}

/*
 * Profiles of one place lack the same: it is said once.  What iptables needs is
 * ipt_bridge_lacks()'s to say, of the very port.
 */
int place_verify(const struct binding *b, struct buf *findings)
{
	unsigned int i, found = 0;
	const char *what;
	enum place p;
	int rc = 0;

	for (i = 0; rc == 0 && i < b->nprofiles; i++) {
		p = b->profiles[i].place;
		if (p == PLACE_IPTABLES || found & 1U << p)
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

const struct place_probe place_kernel = { nft_conn_possible, ebt_host_is_legacy,
					  kernel_lacks };
const struct place_probe place_switched = { nft_conn_possible,
					    ebt_host_is_legacy,
					    switched_lacks };

/* What is to be told from the rules alone */
static int rules_lack(enum place p, const struct binding *b,
		      unsigned int profile, const char **what)
{
	(void)p;
	(void)b;
	(void)profile;
	*what = NULL;
	return 0;
}

const struct place_probe place_rules = { nft_conn_possible, ebt_host_is_legacy,
					 rules_lack };

int place_check(const struct binding *b, const struct place_probe **probe)
{
	struct site s = { 0 };
	const char *what;
	int rc = look_at_bridge(b, &s, &what);

	*probe = rc == 0 && what == not_there ? &place_rules : &place_kernel;
	return rc;
}
