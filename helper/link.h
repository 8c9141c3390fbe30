/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_LINK_H
#define TF_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule.h"

struct link; /* an rtnetlink connection */

/**
 * struct link_info - What the kernel says of a device
 * @ifindex:	Its number
 * @name:	Its name
 * @kind:	IFLA_INFO_KIND ("tun", "bridge", ...), empty if none
 * @tap:	A tun device of tap type
 * @owner:	IFLA_TUN_OWNER, (uint32_t)-1 when unset
 * @up:		IFF_UP
 * @master:	ifindex of its bridge, 0 for none
 * @port:	That is a Linux bridge
 * @isolated:	As its port: no frames to and from other isolated ports
 * @locked:	As its port: no frames from it but from an address that a
 *		forwarding entry says is there
 * @lockable:	As its port: this kernel knows the lock (5.18)
 * @learning:	As its port: the bridge learns addresses from it
 * @mac:	Its own address
 * @bridge_id:	Of a bridge: the address in its bridge ID; zero while no port
 *		gave it one
 * @vlans:	Of a bridge: it has forwarding entries for each VLAN
 * @mtu:	In bytes
 * @queue:	Frames towards the guest that wait for it, at most
 */
struct link_info {
	uint32_t ifindex;
	char name[TAP_NAME_SIZE];
	char kind[TAP_NAME_SIZE];
	bool tap;
	uint32_t owner;
	bool up;
	uint32_t master;
	bool port;
	bool isolated;
	bool locked;
	bool lockable;
	bool learning;
	uint8_t mac[6];
	uint8_t bridge_id[6];
	bool vlans;
	uint32_t mtu;
	uint32_t queue;
};

/* All functions return 0 or negative errno and report where they fail. */

int link_open(struct link **out) _must_check_;
void link_close(struct link *l);

/**
 * link_get() - Look a device up by name
 *
 * Return: 0, -ENODEV (not reported) or another negative errno (reported)
 */
int link_get(struct link *l, const char *name,
	     struct link_info *out) _must_check_;

/** link_get_index() - As link_get(), by number */
int link_get_index(struct link *l, uint32_t ifindex,
		   struct link_info *out) _must_check_;

/**
 * link_list() - All devices
 * @out:	Receives an array that the caller frees
 */
int link_list(struct link *l, struct link_info **out, size_t *n) _must_check_;

/**
 * struct link_calls - What a bridge does with IP packets
 * @loaded:	The module br_netfilter is there, without which no bridge
 *		hands anything over
 * @iptables:	Its own setting: it hands IPv4 packets to iptables
 * @ip6tables:	And IPv6 packets to ip6tables
 * @has_ip:	The host has an IPv4 address on it
 * @has_ip6:	And an IPv6 address, other than a link-local one
 */
struct link_calls {
	bool loaded;
	bool iptables;
	bool ip6tables;
	bool has_ip;
	bool has_ip6;
};

/** link_get_calls() - Look at a bridge */
int link_get_calls(struct link *l, const struct link_info *bridge,
		   struct link_calls *out) _must_check_;

/**
 * link_set_calls() - Have a bridge hand packets over
 * @ip:		To iptables; if not, that setting is left alone
 * @ip6:	To ip6tables, likewise
 *
 * A kernel that has no such setting passes over it.
 */
int link_set_calls(struct link *l, const struct link_info *bridge, bool ip,
		   bool ip6) _must_check_;

/**
 * struct link_port - What a tap is to be as the port of a bridge
 * @bridge:	Name of the bridge; empty: prepare and set up, attach to nothing
 * @guest_mac:	Guest's MAC for a static forwarding entry on a port that learns
 *		nothing, or NULL to leave the port learning
 * @isolated:	No frames between it and other isolated ports of the bridge;
 *		needs a bridge
 * @locked:	The bridge takes no frames from other addresses than @guest_mac,
 *		unless it filters VLANs
 * @guarded:	The bridge takes no spanning tree from it
 */
struct link_port {
	const char *bridge;
	const uint8_t *guest_mac;
	bool isolated;
	bool locked;
	bool guarded;
};

/**
 * link_attach() - Prepare a tap as a bridge port, enslave it and set it up
 * @l:		Connection
 * @tap:	The tap
 * @port:	What it is to be; what it was is undone
 *
 * MAC with first byte 0xfe, the bridge's MTU, no IPv6 address generation, as
 * qemu-bridge-helper does.  The bridge keeps its own MAC address.  A tap that
 * is in another bridge is set down and released first.
 */
int link_attach(struct link *l, const struct link_info *tap,
		const struct link_port *port) _must_check_;

/**
 * link_unlock() - Let frames from all addresses into the bridge
 *
 * For a guest that may use others by now.
 */
int link_unlock(struct link *l, const struct link_info *tap) _must_check_;

/**
 * link_shut() - Set a tap down and release it from its bridge
 *
 * The bridge keeps its own MAC address.  A tap that is down and free already
 * is left alone.
 */
int link_shut(struct link *l, const struct link_info *tap) _must_check_;

/**
 * link_discard() - Throw away the frames that wait in a tap for its guest
 *
 * They came before the rules did.  A queue of no length holds none: it is made
 * that for a moment.
 */
int link_discard(struct link *l, const struct link_info *tap) _must_check_;

/**
 * link_guard() - Let a bridge learn nothing from a port, nor take spanning tree
 * @ifindex:	The port, of a Linux bridge
 * @guest_mac:	For a static forwarding entry
 */
int link_guard(struct link *l, uint32_t ifindex,
	       const uint8_t *guest_mac) _must_check_;

/**
 * link_unpin() - Remove the static forwarding entry of a MAC from a port
 *
 * None is fine.
 */
int link_unpin(struct link *l, const struct link_info *tap,
	       const uint8_t *guest_mac) _must_check_;

/**
 * link_is_pinned() - Has a port the static forwarding entry of a MAC?
 *
 * Return: 1, 0 or negative errno, reported
 */
int link_is_pinned(struct link *l, const struct link_info *tap,
		   const uint8_t *guest_mac) _must_check_;

/**
 * link_no_device() - Report that there is no device of that name
 *
 * Return: -ENODEV
 */
int link_no_device(const char *name);

/**
 * link_no_tap() - Report that a device is of another kind
 *
 * Return: -EINVAL
 */
int link_no_tap(const char *name);

/**
 * link_is_bridge() - Does a bridge of that name exist?
 *
 * Return: 0 or negative errno, reported
 */
int link_is_bridge(struct link *l, const char *name,
		   struct link_info *out) _must_check_;

#endif /* TF_LINK_H */
