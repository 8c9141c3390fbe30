// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guards that the kernel's loads need: a transport load of one, two or four
 * bytes does not ask whether the frame is a later fragment.
 */
#include <errno.h>

#include "nft_cond.h"

#define ETHERTYPE_IP6 0x86dd
#define IP4_FRAG_AT 6
#define IP4_OFFSET 0x1fff
#define IP6_LAST_BYTE 39

static uint16_t get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Does a match say that the IPv4 fragment offset is zero? */
static bool pins_offset(const struct match *m)
{
	unsigned int i;

	if (m->field != FIELD_IP_FRAG || m->op != OP_EQ)
		return false;
	for (i = 0; i < m->nvalues; i++)
		if ((get_u16(m->values[i].hi) & IP4_OFFSET) != IP4_OFFSET ||
		    get_u16(m->values[i].lo) & IP4_OFFSET)
			return false;
	return true;
}

static bool is_extension(uint8_t next)
{
	return next == 0 || next == 43 || next == 44 || next == 51 ||
	       next == 59 || next == 60;
}

/* Does a match say that there is no IPv6 Fragment header before layer 4? */
static bool excludes_fraghdr(const struct match *m)
{
	unsigned int i;

	if (m->op != OP_EQ)
		return false;
	if (m->field == FIELD_IP6_FRAGHDR)
		return m->nvalues == 1 && !m->values[0].lo[0];
	if (m->field != FIELD_IP6_NEXTHDR)
		return false;
	for (i = 0; i < m->nvalues; i++)
		if (m->values[i].hi[0] != 0xff ||
		    is_extension(m->values[i].lo[0]))
			return false;
	return true;
}

static bool is_transport(const struct match *m)
{
	return field_get(m->field)->base == BASE_TRANSPORT;
}

static bool any_match(const struct residue *res,
		      bool (*test)(const struct match *m))
{
	unsigned int i;

	for (i = 0; i < res->nmatches; i++)
		if (test(&res->matches[i]))
			return true;
	return false;
}

/* The first transport match that can be loaded by the checking path. */
static int slow_match(const struct residue *res)
{
	struct plan_place at;
	unsigned int i;

	for (i = 0; i < res->nmatches; i++) {
		if (!is_transport(&res->matches[i]))
			continue;
		plan_locate(res->tagged, res->matches[i].field, &at);
		if (plan_slow_place(&at))
			return (int)i;
	}
	return -1;
}

static int guard_ip4(struct plan *p, const struct residue *res,
		     struct plan_factor *out)
{
	struct plan_cond c;
	int rc;

	if (res->tagged)
		rc = plan_uint_cond(p, PLAN_LINK, 18 + IP4_FRAG_AT, 2,
				    IP4_OFFSET, OP_EQ, 0, 0, &c);
	else
		rc = plan_uint_cond(p, PLAN_NET, IP4_FRAG_AT - 2, 4, IP4_OFFSET,
				    OP_EQ, 0, 0, &c);
	if (rc < 0)
		return rc;
	return plan_single(p, &c, 1, out);
}

/*
 * Only a rule whose transport fields all lie in the first two bytes comes
 * here.  No Fragment header; or one, and the kernel's checking path finds
 * three bytes of the upper layer.  (A header cut off before its third byte,
 * behind a Fragment header, is not seen: no receiver takes such a message.)
 */
static int guard_ip6(struct plan *p, struct plan_factor *out)
{
	struct plan_cond absent, first[2];
	struct plan_factor one, two;
	int rc;

	rc = plan_uint_cond(p, PLAN_FRAGHDR, 0, 1, 0xff, OP_EQ, 0, 0, &absent);
	if (rc >= 0)
		rc = plan_single(p, &absent, 1, &one);
	if (rc >= 0)
		rc = plan_uint_cond(p, PLAN_FRAGHDR, 0, 1, 0xff, OP_EQ, 1, 1,
				    &first[0]);
	if (rc >= 0)
		rc = plan_uint_cond(p, PLAN_TRANSPORT, 0, PLAN_SLOW_LEN,
				    0xffffff, OP_RANGE, 0, 0xffffff, &first[1]);
	if (rc >= 0)
		rc = plan_single(p, first, 2, &two);
	if (rc < 0)
		return rc;
	out->nalts = 2;
	out->alts = plan_alloc(p, 2, sizeof(*out->alts));
	if (!out->alts)
		return -ENOMEM;
	out->alts[0] = one.alts[0];
	out->alts[1] = two.alts[0];
	return 0;
}

/* The kernel says "no Fragment header" of a frame that is too short as well. */
static bool needs_ip6_header(const struct match *m)
{
	unsigned int i;

	for (i = 0; m->field == FIELD_IP6_FRAGHDR && i < m->nvalues; i++)
		if (!m->values[i].lo[0])
			return true;
	return false;
}

static int guard_ip6_header(struct plan *p, const struct residue *res,
			    struct plan_factor *out)
{
	struct plan_cond c;
	int rc;

	if (res->tagged)
		rc = plan_uint_cond(p, PLAN_LINK, 18 + IP6_LAST_BYTE, 1, 0xff,
				    OP_RANGE, 0, 0xff, &c);
	else
		rc = plan_uint_cond(p, PLAN_NET, IP6_LAST_BYTE, 1, 0xff,
				    OP_RANGE, 0, 0xff, &c);
	if (rc < 0)
		return rc;
	return plan_single(p, &c, 1, out);
}

int plan_carrier(const struct residue *res)
{
	if (res->ethertype != ETHERTYPE_IP6 || res->guard != GUARD_AS_NEEDED ||
	    any_match(res, excludes_fraghdr))
		return -1;
	return slow_match(res);
}

bool plan_wants_guard(const struct residue *res)
{
	if (res->ethertype != ETHERTYPE_IP6)
		return false;
	if (res->guard != GUARD_AS_NEEDED)
		return res->guard == GUARD_ALWAYS;
	return any_match(res, is_transport) &&
	       !any_match(res, excludes_fraghdr) && slow_match(res) < 0;
}

int plan_add_guards(struct plan *p, const struct residue *res,
		    struct plan_factors *all)
{
	int rc = 0;

	if (any_match(res, needs_ip6_header))
		rc = guard_ip6_header(p, res, &all->f[all->n++]);
	if (rc >= 0 && res->ethertype != ETHERTYPE_IP6 &&
	    any_match(res, is_transport) && !any_match(res, pins_offset))
		rc = guard_ip4(p, res, &all->f[all->n++]);
	if (rc >= 0 && plan_wants_guard(res))
		rc = guard_ip6(p, &all->f[all->n++]);
	return rc;
}
