// SPDX-License-Identifier: GPL-2.0-or-later
/* What rules say of all frames of a type; see ebt_reduce.c */
#include <string.h>

#include "ebt_reduce.h"

bool ebt_type_holds(const struct match *m, uint16_t type)
{
	uint8_t data[2] = { (uint8_t)(type >> 8), (uint8_t)type };
	bool found = false;
	unsigned int i;

	for (i = 0; !found && i < m->nvalues; i++) {
		const struct value *v = &m->values[i];

		if (m->op == OP_RANGE || m->op == OP_NRANGE)
			found = memcmp(data, v->lo, 2) >= 0 &&
				memcmp(data, v->hi, 2) <= 0;
		else
			found = (data[0] & v->hi[0]) == v->lo[0] &&
				(data[1] & v->hi[1]) == v->lo[1];
	}
	return found == (m->op == OP_EQ || m->op == OP_RANGE);
}

enum ebt_reach ebt_reach(const struct rule *r, uint16_t type)
{
	enum ebt_reach reach = r->limit.frames || r->conns ? REACH_SOME :
							     REACH_ALL;
	unsigned int i;

	for (i = 0; i < r->nmatches; i++) {
		if (r->matches[i].field != FIELD_ETH_TYPE &&
		    r->matches[i].field != FIELD_ETH_INNER)
			reach = REACH_SOME;
		else if (!ebt_type_holds(&r->matches[i], type))
			return REACH_NONE;
	}
	return reach;
}

bool ebt_decides(const struct binding *b, unsigned int first,
		 unsigned int profile, enum direction dir, uint16_t type,
		 enum verdict verdict)
{
	const struct rule *r;
	unsigned int i;

	for (i = first; i < b->nrules; i++) {
		r = &b->rules[i];
		if (r->profile != profile || r->dir != dir)
			continue;
		switch (ebt_reach(r, type)) {
		case REACH_NONE:
			break;
		case REACH_SOME:
			if (r->verdict != verdict)
				return false;
			break;
		case REACH_ALL:
			return r->verdict == verdict;
		}
	}
	return verdict == VERDICT_ACCEPT;
}

const char *ebt_legacy_refuses(const struct rule *r)
{
	const struct match *m = rule_find(r, FIELD_ETH_TYPE);
	bool is = !m || ebt_type_holds(m, TYPE_AD);
	bool seems = !m || ebt_type_holds(m, TYPE_TAG);

	return (r->verdict == VERDICT_ACCEPT ? seems && !is : is && !seems) ?
		       "the difference between tags of type 0x8100 and 0x88a8 "
		       "(ebtables-legacy does not see it, ebtables-nft does)" :
		       NULL;
}

/* Is a profile carried here, as far as that is known? */
static bool is_here(const struct binding *b, unsigned int profile)
{
	enum place p = b->profiles[profile].place;

	return p == PLACE_NONE || p == PLACE_EBTABLES;
}

void ebt_find_killers(struct reduce *rd)
{
	enum direction dir;
	unsigned int p;
	size_t i;

	for (dir = DIR_IN; dir <= DIR_OUT; dir++)
		for (i = 0; i < EBT_NTYPES; i++) {
			rd->killer[dir][i] = NOBODY;
			for (p = rd->b->nprofiles; p-- > 0;)
				if (is_here(rd->b, p) &&
				    ebt_decides(rd->b, 0, p, dir, ebt_types[i],
						VERDICT_DROP))
					rd->killer[dir][i] = p;
		}
}

bool ebt_is_dead(const struct reduce *rd, const struct rule *r)
{
	uint16_t type = rule_ethertype(r);
	size_t i;

	if (rule_tagged(r))
		return false;
	for (i = 0; i < EBT_NTYPES; i++)
		if (ebt_types[i] == type)
			return rd->killer[r->dir][i] != NOBODY &&
			       rd->killer[r->dir][i] != r->profile;
	return false;
}
