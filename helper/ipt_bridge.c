// SPDX-License-Identifier: GPL-2.0-or-later
/* What the iptables place needs of the bridge */
#include <errno.h>
#include <string.h>

#include "ipt_bridge.h"
#include "ipt_lower.h"
#include "link.h"
#include "log.h"

static int look_at_family(const char *bridge, enum ipt_family f, bool calls,
			  bool has_address, struct buf *lacks)
{
	const char *of = f == IPT_IP4 ? "IPv4" : "IPv6";
	int rc = 0;

	if (!calls)
		rc = buf_printf(lacks,
				"the bridge %s does not hand %s packets to %s, "
				"which a profile needs: ip link set %s type "
				"bridge nf_call_%s 1\n",
				bridge, of, ipt_family_name(f), bridge,
				ipt_family_name(f));
	if (rc == 0 && has_address)
		rc = buf_printf(lacks,
				"the host has an %s address on the bridge %s, "
				"and what it sends to a guest never comes to "
				"%s, which a profile needs; only the backend "
				"\"nft\" can carry it\n",
				of, bridge, ipt_family_name(f));
	return rc;
}

static int look_at(struct link *l, const struct binding *b,
		   const struct link_info *bridge, struct buf *lacks)
{
	struct link_calls c = { 0 };
	int rc = link_get_calls(l, bridge, &c);

	if (rc == 0 && ipt_has_family(b, IPT_IP4))
		rc = look_at_family(bridge->name, IPT_IP4, c.iptables, c.has_ip,
				    lacks);
	if (rc == 0 && ipt_has_family(b, IPT_IP6))
		rc = look_at_family(bridge->name, IPT_IP6, c.ip6tables,
				    c.has_ip6, lacks);
	return rc;
}

/* The bridge that it is in, and the one that it is to be in */
static int look_at_both(struct link *l, const struct binding *b,
			uint32_t ifindex, struct buf *lacks)
{
	struct link_info tap, bridge;
	bool found = false;
	int rc;

	rc = link_get_index(l, ifindex, &tap);
	if (rc == 0 && tap.port) {
		rc = link_get_index(l, tap.master, &bridge);
		found = rc == 0;
	}
	if (rc == 0 && found)
		rc = look_at(l, b, &bridge, lacks);
	if (rc == 0 && b->bridge[0] &&
	    !(found && strcmp(bridge.name, b->bridge) == 0)) {
		rc = link_is_bridge(l, b->bridge, &bridge);
		found = rc == 0;
		if (rc == 0)
			rc = look_at(l, b, &bridge, lacks);
	}
	if (rc == 0 && !found)
		rc = buf_printf(lacks,
				"it is to be the port of no bridge, so "
				"iptables cannot carry its profiles; the "
				"backend \"nft\" can\n");
	return rc == -ENODEV ? log_errno(rc, "%s has gone", b->tap) : rc;
}

int ipt_bridge_lacks(const struct binding *b, uint32_t ifindex,
		     struct buf *lacks)
{
	struct link *l = NULL;
	int rc;

	if (!ipt_has_family(b, IPT_IP4) && !ipt_has_family(b, IPT_IP6))
		return 0;
	rc = link_open(&l);
	if (rc < 0)
		return rc;
	rc = look_at_both(l, b, ifindex, lacks);
	link_close(l);
	return rc;
}

int ipt_check_bridge(const struct binding *b, uint32_t ifindex)
{
	_cleanup_buf_ struct buf lacks = { 0 };
	int rc = ipt_bridge_lacks(b, ifindex, &lacks);

	if (rc < 0 || !lacks.len)
		return rc;
	log_err("%s: %.*s", b->tap, (int)strcspn(lacks.data, "\n"), lacks.data);
	return -EOPNOTSUPP;
}
