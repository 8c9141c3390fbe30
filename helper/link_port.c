// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tap as the port of a bridge
 *
 * A bridge whose address nobody has set carries the lowest address of its
 * ports, and follows when ports come and go: neighbours of the host then talk
 * to an address that is gone.  And whoever holds the descriptor of a tap can
 * give it any address, at any time and without a privilege.  So before a tap
 * comes, the bridge is given the address that it has: the kernel keeps an
 * address that somebody has set.
 *
 * A bridge that never had a port has an address but a zero bridge ID, and
 * setting the same address leaves that zero, which would make the bridge win
 * every spanning tree election.  There the tap joins with the bridge's own
 * address, which puts it into the ID without a change, and gets its own after
 * the bridge's is set.
 *
 * A port whose guest has one address is locked to it: whatever becomes of the
 * rules, no other address gets into the bridge.  Its forwarding entry is
 * sticky, or a frame from elsewhere with that address would take it away, and
 * with it the guest's way out.  In a bridge that filters VLANs each VLAN has
 * entries of its own, which those who configure it do not make: no lock there.
 * Kernels before 5.18 pass over the lock.
 */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "link_impl.h"
#include "log.h"

#define MAC_LEN 6
#define QUEUE_DEFAULT 1000 /* DEFAULT_TX_QUEUE_LEN, net/pkt_sched.h */
static const uint8_t no_mac[MAC_LEN];

static struct nlmsghdr *set_request(struct link *l, uint32_t ifindex)
{
	struct nlmsghdr *nlh = link_request(l, RTM_SETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = (int)ifindex;
	return nlh;
}

static int set_mac(struct link *l, const struct link_info *dev,
		   const uint8_t *mac)
{
	struct nlmsghdr *nlh = set_request(l, dev->ifindex);
	int rc;

	mnl_attr_put(nlh, IFLA_ADDRESS, MAC_LEN, mac);
	rc = link_talk(l, nlh, NULL, NULL);
	if (rc < 0)
		return log_errno(rc, "cannot set the MAC address of %s",
				 dev->name);
	return 0;
}

static int set_up(struct link *l, const struct link_info *dev, bool up)
{
	struct nlmsghdr *nlh = set_request(l, dev->ifindex);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	int rc;

	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = up ? IFF_UP : 0;
	rc = link_talk(l, nlh, NULL, NULL);
	if (rc < 0)
		return log_errno(rc, "cannot set %s %s", dev->name,
				 up ? "up" : "down");
	return 0;
}

static int set_queue(struct link *l, const struct link_info *dev, uint32_t n)
{
	struct nlmsghdr *nlh = set_request(l, dev->ifindex);
	int rc;

	mnl_attr_put_u32(nlh, IFLA_TXQLEN, n);
	rc = link_talk(l, nlh, NULL, NULL);
	if (rc < 0)
		return log_errno(rc, "cannot set the queue of %s", dev->name);
	return 0;
}

int link_discard(struct link *l, const struct link_info *tap)
{
	int rc = set_queue(l, tap, 0);

	/* 0 is what a discard that was killed has left. */
	if (rc == 0)
		rc = set_queue(l, tap, tap->queue ? tap->queue : QUEUE_DEFAULT);
	return rc;
}

static int release(struct link *l, const struct link_info *tap)
{
	struct nlmsghdr *nlh;
	struct link_info br;
	int rc;

	rc = link_get_index(l, tap->master, &br);
	if (rc < 0 && rc != -ENODEV)
		return rc;
	if (rc == 0 && strcmp(br.kind, "bridge") == 0 &&
	    memcmp(br.mac, tap->mac, MAC_LEN) == 0) {
		rc = set_mac(l, &br, br.mac);
		if (rc < 0)
			return rc;
	}
	nlh = set_request(l, tap->ifindex);
	mnl_attr_put_u32(nlh, IFLA_MASTER, 0);
	rc = link_talk(l, nlh, NULL, NULL);
	if (rc < 0)
		return log_errno(rc, "cannot release %s from its bridge",
				 tap->name);
	return 0;
}

int link_shut(struct link *l, const struct link_info *tap)
{
	int rc;

	if (tap->up) {
		rc = set_up(l, tap, false);
		if (rc < 0)
			return rc;
	}
	if (!tap->master)
		return 0;
	return release(l, tap);
}

/* The settings of a port that one message carries. */
static int send_prepare(struct link *l, const struct link_info *tap,
			const struct link_info *br, const uint8_t *mac,
			bool ipv6)
{
	struct nlmsghdr *nlh = set_request(l, tap->ifindex);
	struct nlattr *spec, *inet6;

	if (memcmp(tap->mac, mac, MAC_LEN) != 0)
		mnl_attr_put(nlh, IFLA_ADDRESS, MAC_LEN, mac);
	if (br && tap->mtu != br->mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, br->mtu);
	if (br && tap->master != br->ifindex)
		mnl_attr_put_u32(nlh, IFLA_MASTER, br->ifindex);
	if (ipv6) {
		spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
		inet6 = mnl_attr_nest_start(nlh, AF_INET6);
		mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE,
				IN6_ADDR_GEN_MODE_NONE);
		mnl_attr_nest_end(nlh, inet6);
		mnl_attr_nest_end(nlh, spec);
	}
	return link_talk(l, nlh, NULL, NULL);
}

static int prepare(struct link *l, const struct link_info *tap,
		   const struct link_info *br, const uint8_t *mac)
{
	int rc = send_prepare(l, tap, br, mac, true);

	/* A device without IPv6 generates no address either. */
	if (rc == -EAFNOSUPPORT)
		rc = send_prepare(l, tap, br, mac, false);
	if (rc < 0 && br)
		return log_errno(rc, "cannot make %s a port of %s", tap->name,
				 br->name);
	if (rc < 0)
		return log_errno(rc, "cannot prepare %s", tap->name);
	return 0;
}

/* All in one message, so that the port is never half of what is asked for. */
static int set_flags(struct link *l, const struct link_info *tap,
		     const struct link_port *as)
{
	bool learning = !as->guest_mac;
	struct nlmsghdr *nlh = set_request(l, tap->ifindex);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct nlattr *port;
	int rc;

	ifi->ifi_family = AF_BRIDGE;
	port = mnl_attr_nest_start(nlh, IFLA_PROTINFO);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_LEARNING, learning);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_ISOLATED, as->isolated);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_LOCKED, as->locked);
	/* whoever else wants a guard keeps it */
	if (as->guarded)
		mnl_attr_put_u8(nlh, IFLA_BRPORT_GUARD, 1);
	mnl_attr_nest_end(nlh, port);
	rc = link_talk(l, nlh, NULL, NULL);
	if (rc < 0)
		return log_errno(rc,
				 "cannot make %s a port with learning %s, "
				 "isolation %s%s",
				 tap->name, learning ? "on" : "off",
				 as->isolated ? "on" : "off",
				 as->guarded ? " and guard on" : "");
	return 0;
}

int link_unlock(struct link *l, const struct link_info *tap)
{
	struct nlmsghdr *nlh = set_request(l, tap->ifindex);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct nlattr *port;
	int rc;

	ifi->ifi_family = AF_BRIDGE;
	port = mnl_attr_nest_start(nlh, IFLA_PROTINFO);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_LOCKED, 0);
	mnl_attr_nest_end(nlh, port);
	rc = link_talk(l, nlh, NULL, NULL);
	/* gone, or off its bridge, where no port is locked */
	if (rc == -ENODEV || rc == -EOPNOTSUPP)
		return 0;
	if (rc < 0)
		return log_errno(rc, "cannot unlock the port %s", tap->name);
	return 0;
}

/* A kernel passes over a flag that it does not know, and says nothing. */
static int check_isolated(struct link *l, const struct link_info *tap)
{
	struct link_info now;
	int rc = link_get_index(l, tap->ifindex, &now);

	if (rc == -ENODEV)
		return log_errno(rc, "%s has gone", tap->name);
	if (rc < 0 || now.isolated)
		return rc;
	log_err("%s is to be an isolated port, but this kernel does not isolate ports",
		tap->name);
	return -EOPNOTSUPP;
}

static int forwarding_entry(struct link *l, const struct link_info *tap,
			    uint16_t type, uint16_t flags, const uint8_t *mac)
{
	struct nlmsghdr *nlh = link_request(l, type, flags);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));

	ndm->ndm_family = PF_BRIDGE;
	ndm->ndm_ifindex = (int)tap->ifindex;
	ndm->ndm_flags = NTF_MASTER | NTF_STICKY;
	ndm->ndm_state = NUD_NOARP;
	mnl_attr_put(nlh, NDA_LLADDR, MAC_LEN, mac);
	return link_talk(l, nlh, NULL, NULL);
}

int link_unpin(struct link *l, const struct link_info *tap,
	       const uint8_t *guest_mac)
{
	int rc = forwarding_entry(l, tap, RTM_DELNEIGH, 0, guest_mac);

	if (rc < 0 && rc != -ENOENT)
		return log_errno(rc, "cannot remove a forwarding entry of %s",
				 tap->name);
	return 0;
}

static int take_holder(const struct nlmsghdr *nlh, void *data)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	uint32_t *holder = data;

	if (nlh->nlmsg_type == RTM_NEWNEIGH &&
	    mnl_nlmsg_get_payload_len(nlh) >= sizeof(*ndm) &&
	    (ndm->ndm_flags & NTF_STICKY))
		*holder = (uint32_t)ndm->ndm_ifindex;
	return MNL_CB_OK;
}

/*
 * Two taps of one address: a guest that moves within the host, for one.  The
 * later one gets the entry; the other must not be locked out, also for the case
 * that the later one goes again.
 */
static int unlock_holder(struct link *l, const struct link_info *tap,
			 const uint8_t *guest_mac)
{
	struct nlmsghdr *nlh = link_request(l, RTM_GETNEIGH, 0);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	struct link_info other;
	uint32_t holder = 0;
	int rc;

	ndm->ndm_family = PF_BRIDGE;
	ndm->ndm_ifindex = (int)tap->ifindex;
	ndm->ndm_flags = NTF_MASTER;
	mnl_attr_put(nlh, NDA_LLADDR, MAC_LEN, guest_mac);
	rc = link_talk(l, nlh, take_holder, &holder);
	if (rc == -ENOENT || (rc == 0 && (!holder || holder == tap->ifindex)))
		return 0;
	if (rc < 0)
		return log_errno(rc, "cannot look up a forwarding entry of %s",
				 tap->name);
	rc = link_get_index(l, holder, &other);
	if (rc == -ENODEV)
		return 0;
	return rc < 0 || !other.locked ? rc : link_unlock(l, &other);
}

static int pin(struct link *l, const struct link_info *tap,
	       const uint8_t *guest_mac)
{
	/* Another port may hold the entry until the guest is heard here. */
	int rc = unlock_holder(l, tap, guest_mac);

	if (rc < 0)
		return rc;
	rc = forwarding_entry(l, tap, RTM_NEWNEIGH,
			      NLM_F_CREATE | NLM_F_REPLACE, guest_mac);
	if (rc < 0)
		return log_errno(rc, "cannot add a forwarding entry of %s",
				 tap->name);
	return 0;
}

/* See the top of the file. */
static int join_without_id(struct link *l, const struct link_info *tap,
			   const struct link_info *br, const uint8_t *mac)
{
	const uint8_t *first = mac;
	int rc;

	/* A bridge that lost its only port has no address to keep at all. */
	if (memcmp(br->mac, no_mac, MAC_LEN) != 0)
		first = br->mac;
	rc = prepare(l, tap, br, first);
	if (rc == 0)
		rc = set_mac(l, br, first);
	if (rc == 0 && first != mac)
		rc = set_mac(l, tap, mac);
	return rc;
}

int link_guard(struct link *l, uint32_t ifindex, const uint8_t *guest_mac)
{
	struct link_port as = { .guest_mac = guest_mac, .guarded = true };
	struct link_info now;
	int rc = link_get_index(l, ifindex, &now);

	if (rc == -ENODEV)
		return log_errno(rc, "the device has gone");
	if (rc < 0)
		return rc;
	if (!now.port) {
		log_err("%s is the port of no Linux bridge, so only the backend "
			"\"nft\" can filter it",
			now.name);
		return -EOPNOTSUPP;
	}
	as.isolated = now.isolated;
	as.locked = now.locked;
	rc = set_flags(l, &now, &as);
	return rc < 0 ? rc : pin(l, &now, guest_mac);
}

static int join(struct link *l, const struct link_info *tap,
		const struct link_info *br, const uint8_t *mac)
{
	int rc;

	if (memcmp(br->bridge_id, no_mac, MAC_LEN) == 0 && !tap->master)
		return join_without_id(l, tap, br, mac);
	rc = set_mac(l, br, br->mac);
	return rc < 0 ? rc : prepare(l, tap, br, mac);
}

static int attach_free(struct link *l, const struct link_info *tap,
		       const struct link_port *port, const uint8_t *mac)
{
	int rc;

	if (port->isolated) {
		log_err("%s is to be an isolated port, but is not to be the port of any bridge",
			tap->name);
		return -EINVAL;
	}
	rc = prepare(l, tap, NULL, mac);
	return rc < 0 || tap->up ? rc : set_up(l, tap, true);
}

/* The entry would take the place of the bridge's own, also after the tap has
 * gone: nothing could reach the host through the bridge any more. */
static int check_guest_mac(const struct link_info *tap,
			   const struct link_info *br, const uint8_t *guest_mac)
{
	if (!guest_mac || memcmp(guest_mac, br->mac, MAC_LEN) != 0)
		return 0;
	log_err("the guest's address on %s is that of the bridge %s itself: one of them must have another",
		tap->name, br->name);
	return -EADDRINUSE;
}

int link_attach(struct link *l, const struct link_info *tap,
		const struct link_port *port)
{
	struct link_info now = *tap, br;
	struct link_port as = *port;
	uint8_t mac[MAC_LEN];
	int rc;

	memcpy(mac, tap->mac, MAC_LEN);
	mac[0] = 0xfe;
	if (!port->bridge[0])
		return attach_free(l, tap, port, mac);
	rc = link_is_bridge(l, port->bridge, &br);
	if (rc == 0)
		rc = check_guest_mac(&now, &br, port->guest_mac);
	if (rc == 0 && now.master && now.master != br.ifindex) {
		rc = link_shut(l, &now);
		now.master = 0;
		now.up = false;
	}
	if (rc == 0)
		rc = join(l, &now, &br, mac);
	if (rc == 0 && port->guest_mac)
		rc = pin(l, &now, port->guest_mac);
	as.locked = rc == 0 && port->locked && !br.vlans;
	if (rc == 0)
		rc = set_flags(l, &now, &as);
	if (rc == 0 && port->isolated)
		rc = check_isolated(l, &now);
	if (rc == 0 && !now.up)
		rc = set_up(l, &now, true);
	return rc;
}
