// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What selftest expects of places that see less of a frame than others, or know
 * more than it tells
 */
#include <stdio.h>
#include <string.h>

#include "bridged.h"
#include "carriers.h"
#include "ebt.h"
#include "eval.h"
#include "place.h"
#include "selftest.h"

#define HEADER 14
#define FRAGMENT 44
#define ICMP6 58
#define ND_FIRST 130 /* ICMPv6 types of MLD and of neighbour discovery */
#define ND_LAST 137
#define MLD2_REPORT 143

#define EBTABLES (1U << PLACE_EBTABLES)
/* Places behind connection tracking */
#define LATE (1U << PLACE_TRACK | 1U << PLACE_BRIDGE | 1U << PLACE_IPTABLES)

static bool is_tracked(const struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (b->profiles[i].place == PLACE_TRACK ||
		    b->profiles[i].place == PLACE_BRIDGE)
			return true;
	for (i = 0; i < b->nrules; i++)
		if (rule_find(&b->rules[i], FIELD_CT_STATE) ||
		    b->rules[i].conns)
			return true;
	return false;
}

static bool has_place(const struct binding *b, enum place p)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (b->profiles[i].place == p)
			return true;
	return false;
}

int selftest_view_make(const struct binding *b, struct selftest_view *out)
{
	static const struct carrier late = { .places = CARRIER_PLACES(LATE) },
				    ebtables = { .places = CARRIER_PLACES(
							 EBTABLES) },
				    early = { .places = CARRIER_PLACES(
						      ~(LATE | EBTABLES)) };
	struct binding part = { 0 };
	int rc;

	out->b = b;
	out->in_ebtables = has_place(b, PLACE_EBTABLES);
	out->in_iptables = has_place(b, PLACE_IPTABLES);
	out->tracked = is_tracked(b);
	rc = carriers_part(b, &late, &out->late);
	out->shown = out->late.nprofiles > 0;
	if (rc == 0)
		rc = carriers_part(b, &early, &out->early);
	if (rc < 0 || !out->in_ebtables)
		return rc;
	rc = carriers_part(b, &ebtables, &part);
	if (rc == 0)
		rc = ebt_reduce(&part, &out->ebtables);
	carriers_part_free(&part);
	return rc;
}

void selftest_view_free(struct selftest_view *v)
{
	binding_free(&v->ebtables);
	carriers_part_free(&v->early);
	carriers_part_free(&v->late);
	*v = (struct selftest_view){ 0 };
}

/* A fragment that ip6tables cannot look into: see ipt_reduce.c */
static bool is_cut_up(const uint8_t *frame, size_t len)
{
	uint8_t value[FIELD_MAX_BYTES];

	if (!bridged_is_ip(frame, len) || frame[12] != 0x86 ||
	    !eval_field(frame, len, HEADER, FIELD_IP6_FRAG, value))
		return false;
	if (value[0] || value[1] & 0xf8)
		return true;
	return eval_field(frame, len, HEADER, FIELD_IP6_NEXTHDR, value) &&
	       value[0] != FRAGMENT;
}

bool selftest_excused(const struct selftest_view *v, const uint8_t *frame,
		      size_t len, enum verdict view)
{
	if (v->in_iptables && view == VERDICT_DROP && is_cut_up(frame, len))
		return true;
	return v->in_ebtables && ebt_may_differ(frame, len, view);
}

bool selftest_hidden(const struct selftest_view *v, const struct frame_row *row)
{
	return row->local && place_needs_guard(v->b);
}

bool selftest_uncertain(const struct selftest_view *v, const uint8_t *frame,
			size_t len)
{
	if (v->in_ebtables && ebt_blind(frame, len))
		return true;
	return v->tracked && bridged_end(frame, len) &&
	       bridged_is_fragment(frame, len);
}

/* ---- the evaluator -------------------------------------------------------- */

/* Connection tracking leaves MLD and neighbour discovery alone. */
static bool is_left_alone(const uint8_t *frame, size_t len)
{
	uint8_t value[FIELD_MAX_BYTES];

	if (!eval_field(frame, len, HEADER, FIELD_IP6_PROTO, value) ||
	    value[0] != ICMP6 ||
	    !eval_field(frame, len, HEADER, FIELD_ICMP6_TYPE, value))
		return false;
	return (value[0] >= ND_FIRST && value[0] <= ND_LAST) ||
	       value[0] == MLD2_REPORT;
}

/* States that a frame may have, a bit each */
static unsigned int states_of(const struct selftest_view *v, bool local,
			      const uint8_t *frame, size_t len)
{
	unsigned int states = 1U << CONN_NONE;

	if (!v->tracked || !bridged_is_ip(frame, len))
		return states;
	if (!local && !is_left_alone(frame, len))
		states = 0;
	return states | 1U << CONN_NEW | 1U << CONN_ESTABLISHED |
	       1U << CONN_RELATED | 1U << CONN_INVALID;
}

static enum verdict ask(const struct selftest_view *v, enum direction dir,
			const uint8_t *frame, size_t len,
			const struct eval_input *in,
			const struct rule **decider)
{
	*decider = NULL;
	if (v->in_ebtables && eval_frame_with(&v->ebtables, dir, frame, len, in,
					      NULL) == VERDICT_DROP)
		return VERDICT_DROP;
	if (eval_frame_with(&v->early, dir, frame, len, in, NULL) ==
	    VERDICT_DROP)
		return VERDICT_DROP;
	return eval_frame_with(&v->late, dir, frame, len, in, decider);
}

/*
 * Where a state decides, the rule that dropped must be the one that would: else
 * there is a state for any verdict.
 */
static bool explains(const struct selftest_view *v, const struct rule *decider,
		     const struct selftest_result *r)
{
	char where[sizeof(r->rule)];

	if (!v->tracked || !decider || r->seen != SEEN_DROP)
		return true;
	snprintf(where, sizeof(where), "%s:%u",
		 v->late.profiles[decider->profile].name, decider->line);
	return strcmp(where, r->rule) == 0;
}

void selftest_evaluate(const struct selftest_view *v, const uint8_t *frame,
		       size_t len, struct selftest_result *r)
{
	enum verdict seen = r->seen == SEEN_DROP ? VERDICT_DROP :
						   VERDICT_ACCEPT;
	size_t end = v->shown ? bridged_end(frame, len) : len;
	unsigned int states = states_of(v, r->row->local, frame, len);
	struct eval_input in = { .over_limit = r->seen == SEEN_DROP,
				 .over_conns = r->seen == SEEN_DROP };
	const struct rule *decider;
	bool found = false;

	for (; !found && states; states &= states - 1) {
		in.state = (enum conn_state)__builtin_ctz(states);
		r->evaluated = ask(v, r->row->dir, frame, len, &in, &decider);
		found = r->evaluated == seen && explains(v, decider, r);
		/* some hooks see it before, and some after it was cut off */
		if (!found && end && end < len) {
			r->evaluated =
				ask(v, r->row->dir, frame, end, &in, &decider);
			found = r->evaluated == seen && explains(v, decider, r);
		}
	}
	if (!found)
		r->evaluated = seen == VERDICT_DROP ? VERDICT_ACCEPT :
						      VERDICT_DROP;
	r->may_lose = !end || (v->tracked && bridged_is_fragment(frame, end)) ||
		      (v->in_iptables && bridged_is_cut(frame, end));
}
