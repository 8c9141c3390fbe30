// SPDX-License-Identifier: GPL-2.0-or-later
/* A bridge's own settings nf_call_iptables and nf_call_ip6tables */
#include <errno.h>
#include <string.h>

#include "bridge_calls.h"
#include "log.h"

/* One host has one configuration. */
static bool allowed;

void bridge_calls_configure(bool may)
{
	allowed = may;
}

bool bridge_calls_allowed(void)
{
	return allowed;
}

struct visit {
	struct link *l;
	int (*fn)(struct link *l, const struct link_info *bridge,
		  const struct link_calls *calls, void *data);
	void *data;
};

static int visit_one(const struct visit *v, const struct link_info *bridge)
{
	struct link_calls calls;
	int rc = link_get_calls(v->l, bridge, &calls);

	return rc < 0 ? rc : v->fn(v->l, bridge, &calls, v->data);
}

static int visit_both(const struct visit *v, const struct binding *b,
		      uint32_t ifindex)
{
	struct link_info tap, bridge;
	int found = 0, rc = link_get_index(v->l, ifindex, &tap);

	if (rc == 0 && tap.port) {
		rc = link_get_index(v->l, tap.master, &bridge);
		found = rc == 0;
	}
	if (rc == 0 && found)
		rc = visit_one(v, &bridge);
	if (rc == 0 && b->bridge[0] &&
	    !(found && strcmp(bridge.name, b->bridge) == 0)) {
		rc = link_is_bridge(v->l, b->bridge, &bridge);
		found++;
		if (rc == 0)
			rc = visit_one(v, &bridge);
	}
	if (rc == -ENODEV)
		return log_errno(rc, "%s has gone", b->tap);
	return rc < 0 ? rc : found;
}

int bridge_calls_each(const struct binding *b, uint32_t ifindex,
		      int (*fn)(struct link *l, const struct link_info *bridge,
				const struct link_calls *calls, void *data),
		      void *data)
{
	struct visit v = { .fn = fn, .data = data };
	int rc = link_open(&v.l);

	if (rc < 0)
		return rc;
	rc = visit_both(&v, b, ifindex);
	link_close(v.l);
	return rc;
}

int bridge_calls_tags(const struct link_info *bridge, const char *help,
		      struct buf *lacks)
{
	if (!bridge->vlans)
		return 0;
	return buf_printf(lacks,
			  "the bridge %s filters VLANs, and what it has in a "
			  "tag never comes to the hooks of IP, which a profile "
			  "needs: ip link set %s type bridge vlan_filtering 0%s"
			  "\n",
			  bridge->name, bridge->name, help);
}

static int look_for_tags(struct link *l, const struct link_info *bridge,
			 const struct link_calls *calls, void *data)
{
	(void)l;
	(void)calls;
	return bridge_calls_tags(bridge, "", data);
}

int bridge_calls_refuse(const struct binding *b, uint32_t ifindex)
{
	_cleanup_buf_ struct buf lacks = { 0 };
	int rc = bridge_calls_each(b, ifindex, look_for_tags, &lacks);

	if (rc < 0 || !lacks.len)
		return rc < 0 ? rc : 0;
	log_err("%s: %.*s", b->tap, (int)strcspn(lacks.data, "\n"), lacks.data);
	return -EOPNOTSUPP;
}

/* What of it is off */
static struct bridge_need off(const struct bridge_need *need,
			      const struct link_calls *calls)
{
	return (struct bridge_need){ need->ip && !calls->iptables,
				     need->ip6 && !calls->ip6tables };
}

static int switch_one(struct link *l, const struct link_info *bridge,
		      const struct link_calls *calls, void *data)
{
	struct bridge_need lacks = off(data, calls);
	struct link_calls now = { 0 };
	int rc;

	if (!lacks.ip && !lacks.ip6)
		return 0;
	rc = link_set_calls(l, bridge, lacks.ip, lacks.ip6);
	/* a kernel that does not know the setting passes over it */
	if (rc == 0)
		rc = link_get_calls(l, bridge, &now);
	if (rc < 0)
		return rc;
	lacks = off(data, &now);
	if (lacks.ip || lacks.ip6) {
		log_err("this kernel's bridges hand no packets over: it was "
			"built without CONFIG_BRIDGE_NETFILTER");
		return -EOPNOTSUPP;
	}
	return 0;
}

int bridge_calls_switch(const struct binding *b, uint32_t ifindex,
			const struct bridge_need *need)
{
	struct bridge_need copy = *need;
	int rc;

	if (!allowed || (!need->ip && !need->ip6))
		return 0;
	rc = bridge_calls_each(b, ifindex, switch_one, &copy);
	return rc < 0 ? rc : 0;
}

struct check {
	struct bridge_need need;
	struct buf *findings;
};

static int check_one(struct link *l, const struct link_info *bridge,
		     const struct link_calls *calls, void *data)
{
	struct check *c = data;
	struct bridge_need lacks = off(&c->need, calls);

	(void)l;
	if (!lacks.ip && !lacks.ip6)
		return 0;
	return buf_printf(c->findings,
			  "the bridge %s does not hand %s packets over any "
			  "more\n",
			  bridge->name,
			  lacks.ip && lacks.ip6 ? "IPv4 and IPv6" :
			  lacks.ip		? "IPv4" :
						  "IPv6");
}

int bridge_calls_check(const struct binding *b, uint32_t ifindex,
		       const struct bridge_need *need, struct buf *findings)
{
	struct check c = { *need, findings };
	size_t before = findings->len;
	int rc;

	if (!allowed || (!need->ip && !need->ip6))
		return 0;
	rc = bridge_calls_each(b, ifindex, check_one, &c);
	if (rc < 0)
		return rc;
	return findings->len > before ? -EILSEQ : 0;
}
