// SPDX-License-Identifier: GPL-2.0-or-later
/* What the iptables place needs of the bridge */
#include <errno.h>
#include <string.h>

#include "ipt_bridge.h"
#include "ipt_lower.h"
#include "log.h"
#include "place.h"

static struct bridge_need need_of(const struct binding *b)
{
	return (struct bridge_need){ ipt_has_family(b, IPT_IP4),
				     ipt_has_family(b, IPT_IP6) };
}

/* An address of the host only matters for what goes to the guest. */
struct look {
	const struct binding *b;
	struct bridge_need need;
	struct buf *lacks;
};

/* What would help; only what is true. */
static const char *with_nft(const struct binding *b)
{
	return place_backend_can(b, "nft", &place_kernel) ?
		       "; backend = nft can carry it" :
		       "";
}

static int look_at_family(const struct look *look, const char *bridge,
			  enum ipt_family f, bool calls, bool has_address)
{
	struct buf *lacks = look->lacks;
	const char *of = f == IPT_IP4 ? "IPv4" : "IPv6";
	int rc = 0;

	if (!calls && !bridge_calls_allowed())
		rc = buf_printf(lacks,
				"the bridge %s does not hand %s packets to %s, "
				"which a profile needs: \"bridge-netfilter = "
				"on\" in the configuration, or ip link set %s "
				"type bridge nf_call_%s 1\n",
				bridge, of, ipt_family_name(f), bridge,
				ipt_family_name(f));
	if (rc == 0 && has_address)
		rc = buf_printf(lacks,
				"the host has an %s address on the bridge %s, "
				"and what it sends to a guest never comes to "
				"%s, which a profile needs%s\n",
				of, bridge, ipt_family_name(f),
				with_nft(look->b));
	return rc;
}

static int look_at(struct link *l, const struct link_info *bridge,
		   const struct link_calls *calls, void *data)
{
	const struct look *look = data;
	int rc = 0;

	(void)l;
	if (!calls->loaded)
		rc = buf_printf(look->lacks,
				"bridges hand no packets to iptables, which a "
				"profile needs, without the kernel module "
				"br_netfilter: modprobe br_netfilter\n");
	if (rc == 0 && bridge->vlans)
		rc = bridge_calls_tags(bridge, with_nft(look->b), look->lacks);
	if (rc == 0 && look->need.ip)
		rc = look_at_family(
			look, bridge->name, IPT_IP4, calls->iptables,
			calls->has_ip &&
				ipt_has_rules(look->b, IPT_IP4, DIR_IN));
	if (rc == 0 && look->need.ip6)
		rc = look_at_family(
			look, bridge->name, IPT_IP6, calls->ip6tables,
			calls->has_ip6 &&
				ipt_has_rules(look->b, IPT_IP6, DIR_IN));
	return rc;
}

int ipt_bridge_lacks(const struct binding *b, uint32_t ifindex,
		     struct buf *lacks)
{
	struct look look = { b, need_of(b), lacks };
	int rc;

	if (!look.need.ip && !look.need.ip6)
		return 0;
	rc = bridge_calls_each(b, ifindex, look_at, &look);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	return buf_printf(lacks,
			  "it is to be the port of no bridge, so "
			  "iptables cannot carry its profiles%s\n",
			  with_nft(b));
}

int ipt_bridge_ready(const struct binding *b, uint32_t ifindex)
{
	struct bridge_need need = need_of(b);
	_cleanup_buf_ struct buf lacks = { 0 };
	int rc = ipt_bridge_lacks(b, ifindex, &lacks);

	if (rc < 0)
		return rc;
	if (!lacks.len)
		return bridge_calls_switch(b, ifindex, &need);
	log_err("%s: %.*s", b->tap, (int)strcspn(lacks.data, "\n"), lacks.data);
	return -EOPNOTSUPP;
}

int ipt_bridge_check(const struct binding *b, uint32_t ifindex,
		     struct buf *findings)
{
	struct bridge_need need = need_of(b);

	return bridge_calls_check(b, ifindex, &need, findings);
}
