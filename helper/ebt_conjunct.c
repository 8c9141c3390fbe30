// SPDX-License-Identifier: GPL-2.0-or-later
/* Profiles that drop whole what ebtables cannot look into; see ebt_reduce.c */
#include <errno.h>
#include <string.h>

#include "ebt_reduce.h"
#include "log.h"

const uint16_t ebt_types[EBT_NTYPES] = { TYPE_IP4, TYPE_IP6, TYPE_ARP,
					 TYPE_RARP };

struct rule *ebt_new_rule(struct binding *b, const struct rule *like,
			  enum verdict verdict)
{
	struct rule *r = util_grow(&b->rules, b->nrules, sizeof(*r));

	if (!r)
		return NULL;
	*r = (struct rule){ .verdict = verdict,
			    .dir = like->dir,
			    .profile = like->profile,
			    .line = like->line,
			    .entry = like->entry };
	b->nrules++;
	return r;
}

int ebt_match_range(struct rule *r, enum field_id field, uint64_t lo,
		    uint64_t hi)
{
	struct match *m;
	size_t i;
	int rc = rule_match_uint(r, field, OP_RANGE, lo);

	if (rc < 0)
		return rc;
	m = &r->matches[r->nmatches - 1];
	for (i = field_bytes(field_get(field)); i-- > 0; hi >>= 8)
		m->values[0].hi[i] = (uint8_t)hi;
	return 0;
}

int ebt_match_whole(struct rule *r, uint16_t type)
{
	return rule_add_match(r,
			      type == TYPE_IP4 ? FIELD_IP_DST : FIELD_IP6_DST,
			      OP_EQ, 1) ?
		       0 :
		       -ENOMEM;
}

/* One more conjunct, in the name of a rule's profile */
static int add_profile(struct reduce *rd, const struct rule *cause,
		       const char *params, struct rule *like)
{
	struct binding_profile *p = &rd->out->profiles[rd->out->nprofiles];

	*like = (struct rule){ .dir = cause->dir,
			       .line = cause->line,
			       .profile = rd->out->nprofiles++ };
	p->place = PLACE_EBTABLES;
	return binding_name_profile(p, &rd->b->profiles[cause->profile],
				    params);
}

/* A rule of such a conjunct; all begin with a type. */
static struct rule *add_typed(struct reduce *rd, const struct rule *like,
			      enum verdict verdict, uint16_t type)
{
	struct rule *r = ebt_new_rule(rd->out, like, verdict);

	if (r && rule_match_uint(r, FIELD_ETH_TYPE, OP_EQ, type) < 0)
		return NULL;
	return r;
}

static int add_whole_ip(struct reduce *rd, const struct rule *cause,
			uint16_t type)
{
	struct rule like, *r;
	int rc = add_profile(rd, cause,
			     type == TYPE_IP4 ? "(whole IPv4 headers only)" :
						"(whole IPv6 headers only)",
			     &like);

	if (rc < 0)
		return rc;
	r = add_typed(rd, &like, VERDICT_ACCEPT, type);
	if (!r || ebt_match_whole(r, type) < 0)
		return -ENOMEM;
	return add_typed(rd, &like, VERDICT_DROP, type) ? 0 : -ENOMEM;
}

/* ARP of another protocol is not looked into; the rest must be all there. */
static int add_whole_arp(struct reduce *rd, const struct rule *cause,
			 uint16_t type)
{
	struct rule like, *r;
	int rc = add_profile(rd, cause, "(whole ARP packets only)", &like);

	if (rc < 0)
		return rc;
	r = add_typed(rd, &like, VERDICT_ACCEPT, type);
	if (!r || rule_match_uint(r, FIELD_ARP_PTYPE, OP_NE, TYPE_IP4) < 0)
		return -ENOMEM;
	r = add_typed(rd, &like, VERDICT_ACCEPT, type);
	if (!r || rule_match_uint(r, FIELD_ARP_HTYPE, OP_EQ, 1) < 0 ||
	    rule_match_uint(r, FIELD_ARP_PTYPE, OP_EQ, TYPE_IP4) < 0 ||
	    rule_match_uint(r, FIELD_ARP_HLEN, OP_EQ, 6) < 0 ||
	    rule_match_uint(r, FIELD_ARP_PLEN, OP_EQ, 4) < 0 ||
	    !rule_add_match(r, FIELD_ARP_TPA, OP_EQ, 1))
		return -ENOMEM;
	return add_typed(rd, &like, VERDICT_DROP, type) ? 0 : -ENOMEM;
}

static int add_whole_udp(struct reduce *rd, const struct rule *cause)
{
	struct rule like, *r;
	int rc = add_profile(rd, cause, "(no UDP fragments)", &like);

	if (rc < 0)
		return rc;
	r = add_typed(rd, &like, VERDICT_ACCEPT, TYPE_IP4);
	if (!r || rule_match_uint(r, FIELD_IP_PROTO, OP_NE, UDP) < 0)
		return -ENOMEM;
	r = add_typed(rd, &like, VERDICT_ACCEPT, TYPE_IP4);
	if (!r || rule_match_uint(r, FIELD_IP_PROTO, OP_EQ, UDP) < 0 ||
	    ebt_match_range(r, FIELD_L4_DPORT, 0, UINT16_MAX) < 0)
		return -ENOMEM;
	return add_typed(rd, &like, VERDICT_DROP, TYPE_IP4) ? 0 : -ENOMEM;
}

int ebt_add_conjuncts(struct reduce *rd)
{
	enum direction dir;
	size_t i;
	int rc = 0;

	for (dir = DIR_IN; rc == 0 && dir <= DIR_OUT; dir++) {
		for (i = 0; rc == 0 && i < EBT_NTYPES; i++) {
			if (!rd->whole[dir][i] || rd->has_whole[dir][i])
				continue;
			rc = ebt_types[i] == TYPE_IP4 ||
					     ebt_types[i] == TYPE_IP6 ?
				     add_whole_ip(rd, rd->whole[dir][i],
						  ebt_types[i]) :
				     add_whole_arp(rd, rd->whole[dir][i],
						   ebt_types[i]);
		}
		if (rc == 0 && rd->udp[dir])
			rc = add_whole_udp(rd, rd->udp[dir]);
	}
	return rc;
}
