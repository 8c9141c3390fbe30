/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_PLACE_H
#define TF_PLACE_H

#include "rule.h"

/*
 * Where the kernel is to carry each profile of a binding.  Every profile is
 * judged on its own, so each goes whole to the first place, of those that the
 * configured backend has, that can carry all its rules: a place never gets a
 * weaker rule.
 */

/**
 * struct place_probe - What this kernel and this host can carry
 * @has_nft:	Does the kernel have nf_tables?
 * @legacy:	Is its ebtables ebtables-legacy?
 * @lacks:	What a place would need for this profile of the binding and has
 *		not, as in "needs the kernel module x"; @what is NULL when all
 *		is there.
 *		Asked only about places that could carry the rules.  Returns 0
 *		or negative errno, reported
 *
 * Tests have one of their own.
 */
struct place_probe {
	bool (*has_nft)(void);
	bool (*legacy)(void);
	int (*lacks)(enum place p, const struct binding *b,
		     unsigned int profile, const char **what);
};

/** place_kernel - The probe of the kernel that runs */
extern const struct place_probe place_kernel;

/** place_switched - The same, as if bridges had switched on what can be */
extern const struct place_probe place_switched;

/** place_rules - A probe that judges the rules, and has all that they need */
extern const struct place_probe place_rules;

/**
 * place_check() - How to judge what may be for another host or another day
 * @probe:	Receives &place_kernel, but &place_rules when the bridge of the
 *		interface is not there
 *
 * Return: 0 or negative errno, reported
 */
int place_check(const struct binding *b,
		const struct place_probe **probe) _must_check_;

/**
 * place_egress() - Has the kernel the netdev egress hook?
 * @known:	What is known already: 1 if so, 0 if not, negative for nothing
 *
 * Once that is known, it stays; to ask takes the kernel some milliseconds.
 *
 * Return: 1 if so, 0 if not; negative, not reported, if it cannot be found out,
 * for lack of privilege or else.  Whoever then goes on as if it were there is
 * told what is wrong, by the kernel.
 */
int place_egress(int known);

/** place_tap() - The place of nft that needs nothing but the tap */
enum place place_tap(void);

/**
 * place_tracks() - Is the module there by which bridges track connections?
 *
 * As the next one, it reads a file.
 */
bool place_tracks(void);

/**
 * place_reassembles() - Does each bridge put fragments together, whatever its
 * own settings?
 *
 * Reads files, the first time: a process that goes into a sandbox calls it
 * before.
 */
bool place_reassembles(void);

/** place_backend_ok() - Is this a value of "backend"? */
bool place_backend_ok(const char *backend);

/**
 * place_backend() - The backend that a setting means on this host
 * @backend:	As configured
 *
 * "auto" is one of the two for all taps of a host: nft, and xtables where the
 * kernel has no nf_tables.  It never is both: what only xtables can carry would
 * give every tap its cost and its privileges.
 *
 * Return: "nft" for "auto", or "xtables"; any other value as it is
 */
const char *place_backend(const char *backend, const struct place_probe *probe);

/**
 * place_decide() - Decide the place of each profile
 * @b:		A resolved binding; its profiles receive their places
 * @backend:	As configured: "auto", "nft" or "xtables"
 * @probe:	What the kernel can carry
 *
 * Changes nothing in the kernel.
 *
 * Return: 0 or negative errno, reported; when a profile has no place,
 * -EPROTONOSUPPORT if it has one with the other backend, else -EOPNOTSUPP
 */
int place_decide(struct binding *b, const char *backend,
		 const struct place_probe *probe) _must_check_;

/**
 * place_decide_here() - As place_decide(), for whoever does not go on to change
 * the kernel
 *
 * What iptables needs of a bridge, its carrier asks of the one that the tap is
 * in when it comes up.  Here it is asked of the one in the binding.
 */
int place_decide_here(struct binding *b, const char *backend,
		      const struct place_probe *probe) _must_check_;

/**
 * place_backend_can() - Could a backend carry a binding, as far as can be told?
 * @backend:	"nft" or "xtables"
 *
 * For messages: nothing that it finds wrong is reported.
 */
bool place_backend_can(const struct binding *b, const char *backend,
		       const struct place_probe *probe);

/**
 * place_needs_guard() - Are outgoing frames seen by hooks of the bridge alone?
 *
 * They do not see what a bridge keeps for itself: frames to 01:80:c2:00:00:0X.
 * So the port must neither learn nor take part in spanning tree.
 */
bool place_needs_guard(const struct binding *b);

/**
 * place_needs_port() - Is some of it carried by hooks of the bridge, which see
 * nothing of what is no port of one?
 */
bool place_needs_port(const struct binding *b);

/**
 * place_refuses_rule() - What of a rule a place cannot carry
 *
 * Return: what that is ("tf:State", "arp.op"); NULL if it carries all
 */
const char *place_refuses_rule(enum place p, const struct rule *r);

/**
 * place_asks_fragments() - What of a rule is another thing once fragments are
 * one packet
 *
 * Return: as for place_refuses_rule()
 */
const char *place_asks_fragments(const struct rule *r);

/**
 * place_verify() - Is what the places of a binding need of this host still there?
 * @findings:	What is not, a line each, but for what is switched on together
 *		with rules that are put back, and for PLACE_IPTABLES, of which
 *		ipt_bridge_lacks() tells
 *
 * Return: 0 or negative errno, reported
 */
int place_verify(const struct binding *b, struct buf *findings) _must_check_;

#endif /* TF_PLACE_H */
