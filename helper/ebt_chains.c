// SPDX-License-Identifier: GPL-2.0-or-later
/* Chains of a tap: names, rules, and whose they are */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ebt.h"

const struct ebt_option ebt_options[EBT_KEY_COUNT] = {
	[EBT_IN] = { "-i", "--in-if", EBT_KIND_DEVICE },
	[EBT_OUT] = { "-o", "--out-if", EBT_KIND_DEVICE },
	[EBT_PROTO] = { "-p", "--proto", EBT_KIND_TYPE },
	[EBT_SRC] = { "-s", "--src", EBT_KIND_MAC },
	[EBT_DST] = { "-d", "--dst", EBT_KIND_MAC },
	[EBT_ARP_OP] = { "--arp-op", "--arp-opcode", EBT_KIND_OP },
	[EBT_ARP_HTYPE] = { "--arp-htype", NULL, EBT_KIND_DEC },
	[EBT_ARP_PTYPE] = { "--arp-ptype", NULL, EBT_KIND_HEX },
	[EBT_ARP_IP_SRC] = { "--arp-ip-src", NULL, EBT_KIND_IP4 },
	[EBT_ARP_IP_DST] = { "--arp-ip-dst", NULL, EBT_KIND_IP4 },
	[EBT_ARP_MAC_SRC] = { "--arp-mac-src", NULL, EBT_KIND_MAC },
	[EBT_ARP_MAC_DST] = { "--arp-mac-dst", NULL, EBT_KIND_MAC },
	[EBT_IP_SRC] = { "--ip-src", "--ip-source", EBT_KIND_IP4 },
	[EBT_IP_DST] = { "--ip-dst", "--ip-destination", EBT_KIND_IP4 },
	[EBT_IP_TOS] = { "--ip-tos", NULL, EBT_KIND_BYTE },
	[EBT_IP_PROTO] = { "--ip-proto", "--ip-protocol", EBT_KIND_PROTO },
	[EBT_IP_SPORT] = { "--ip-sport", "--ip-source-port", EBT_KIND_PORT },
	[EBT_IP_DPORT] = { "--ip-dport", "--ip-destination-port",
			   EBT_KIND_PORT },
	[EBT_IP_ICMP] = { "--ip-icmp-type", NULL, EBT_KIND_ICMP },
	[EBT_IP_IGMP] = { "--ip-igmp-type", NULL, EBT_KIND_IGMP },
	[EBT_IP6_SRC] = { "--ip6-src", "--ip6-source", EBT_KIND_IP6 },
	[EBT_IP6_DST] = { "--ip6-dst", "--ip6-destination", EBT_KIND_IP6 },
	[EBT_IP6_TCLASS] = { "--ip6-tclass", NULL, EBT_KIND_BYTE },
	[EBT_IP6_PROTO] = { "--ip6-proto", "--ip6-protocol", EBT_KIND_PROTO },
	[EBT_VLAN_ID] = { "--vlan-id", NULL, EBT_KIND_DEC },
	[EBT_VLAN_PRIO] = { "--vlan-prio", NULL, EBT_KIND_PRIO },
	[EBT_VLAN_ENCAP] = { "--vlan-encap", NULL, EBT_KIND_HEX },
	[EBT_SNAP_TYPE] = { "--802_3-type", NULL, EBT_KIND_HEX },
};

void ebt_chains_free(struct ebt_chains *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->chain[i].rules);
	free(c->chain);
	*c = (struct ebt_chains){ 0 };
}

void ebt_view_free(struct ebt_view *v)
{
	ebt_chains_free(&v->chains);
}

struct ebt_chain *ebt_chain_add(struct ebt_chains *c, const char *name)
{
	struct ebt_chain *chain = util_grow(&c->chain, c->n, sizeof(*chain));

	if (!chain)
		return NULL;
	c->n++;
	snprintf(chain->name, sizeof(chain->name), "%s", name);
	return chain;
}

struct ebt_chain *ebt_chain_find(const struct ebt_chains *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->chain[i].name, name) == 0)
			return &c->chain[i];
	return NULL;
}

struct ebt_rule *ebt_rule_add(struct ebt_chain *c, enum ebt_target target)
{
	struct ebt_rule *r = util_grow(&c->rules, c->nrules, sizeof(*r));

	if (!r)
		return NULL;
	c->nrules++;
	r->target = target;
	return r;
}

static bool cond_equal(const struct ebt_cond *a, const struct ebt_cond *b)
{
	return a->key == b->key && a->negated == b->negated &&
	       memcmp(a->lo, b->lo, sizeof(a->lo)) == 0 &&
	       memcmp(a->hi, b->hi, sizeof(a->hi)) == 0;
}

bool ebt_rule_equal(const struct ebt_rule *a, const struct ebt_rule *b)
{
	unsigned int i;

	if (a->target != b->target || a->nconds != b->nconds ||
	    strcmp(a->jump, b->jump) != 0)
		return false;
	for (i = 0; i < a->nconds; i++)
		if (!cond_equal(&a->conds[i], &b->conds[i]))
			return false;
	return true;
}

bool ebt_chain_equal(const struct ebt_chain *a, const struct ebt_chain *b)
{
	size_t i;

	if (!b || a->nrules != b->nrules)
		return false;
	for (i = 0; i < a->nrules; i++)
		if (!ebt_rule_equal(&a->rules[i], &b->rules[i]))
			return false;
	return true;
}

/* ---- names ---------------------------------------------------------------- */

void ebt_chain_name(const char *tap, const char *suffix, char *out)
{
	snprintf(out, EBT_CHAIN_SIZE, EBT_PREFIX "%.15s-%.10s", tap, suffix);
}

/* A tap's name may have hyphens, what follows it has none. */
bool ebt_chain_of(const char *name, const char *tap)
{
	size_t n = strlen(EBT_PREFIX), len = strlen(tap);
	const char *end;

	if (strlen(name) >= EBT_CHAIN_SIZE ||
	    strncmp(name, EBT_PREFIX, n) != 0 ||
	    strncmp(name + n, tap, len) != 0 || name[n + len] != '-')
		return false;
	end = name + n + len + 1;
	if (strcmp(end, "id") == 0)
		return true;
	return (*end == 'o' || *end == 'i') &&
	       end[1 + strspn(end + 1, "0123456789")] == '\0';
}

bool ebt_is_jump(const struct ebt_rule *r)
{
	return r->target == EBT_JUMP && r->nconds == 1 &&
	       (r->conds[0].key == EBT_IN || r->conds[0].key == EBT_OUT) &&
	       !r->conds[0].negated &&
	       ebt_chain_of(r->jump, (const char *)r->conds[0].lo);
}

void ebt_jump(const char *tap, enum direction dir, struct ebt_rule *out)
{
	*out = (struct ebt_rule){ .target = EBT_JUMP, .nconds = 1 };
	out->conds[0].key = dir == DIR_OUT ? EBT_IN : EBT_OUT;
	snprintf((char *)out->conds[0].lo, sizeof(out->conds[0].lo), "%s", tap);
	ebt_chain_name(tap, dir == DIR_OUT ? "o" : "i", out->jump);
}

/* ---- identity ------------------------------------------------------------- */

/*
 * ebtables has no comments.  So the identity is in a chain that no frame
 * reaches, as addresses: six bytes for source, six for destination of each
 * rule.
 */
static const uint8_t magic[4] = { 'T', 'F', 'I', 1 };
#define OWNER_AT 8
#define UUID_AT 12
#define DIGEST_AT 28
#define IDENTITY_SIZE 36
#define RULE_BYTES 12

int ebt_add_identity(const char *tap, const struct backend_tap *id,
		     struct ebt_chains *out)
{
	uint8_t data[IDENTITY_SIZE] = { 0 };
	char name[EBT_CHAIN_SIZE];
	struct ebt_chain *c;
	struct ebt_rule *r;
	size_t i, half;

	memcpy(data, magic, sizeof(magic));
	util_put_le(data + sizeof(magic), 4, id->ifindex);
	util_put_le(data + OWNER_AT, 4, id->owner);
	memcpy(data + UUID_AT, id->uuid, sizeof(id->uuid));
	util_put_le(data + DIGEST_AT, 8, id->digest);
	ebt_chain_name(tap, "id", name);
	c = ebt_chain_add(out, name);
	for (i = 0; c && i < IDENTITY_SIZE; i += RULE_BYTES) {
		r = ebt_rule_add(c, EBT_CONTINUE);
		if (!r)
			return -ENOMEM;
		for (half = 0; half < 2; half++) {
			struct ebt_cond *to = &r->conds[r->nconds++];

			to->key = half ? EBT_DST : EBT_SRC;
			memcpy(to->lo, data + i + 6 * half, 6);
			memset(to->hi, 0xff, 6);
		}
	}
	return c ? 0 : -ENOMEM;
}

bool ebt_read_identity(const struct ebt_chain *c, struct backend_tap *out)
{
	uint8_t data[IDENTITY_SIZE] = { 0 };
	const struct ebt_rule *r;
	size_t i;

	if (c->nrules * RULE_BYTES != IDENTITY_SIZE)
		return false;
	for (i = 0; i < c->nrules; i++) {
		r = &c->rules[i];
		if (r->target != EBT_CONTINUE || r->nconds != 2 ||
		    r->conds[0].key != EBT_SRC || r->conds[1].key != EBT_DST)
			return false;
		memcpy(data + i * RULE_BYTES, r->conds[0].lo, 6);
		memcpy(data + i * RULE_BYTES + 6, r->conds[1].lo, 6);
	}
	if (memcmp(data, magic, sizeof(magic)) != 0)
		return false;
	out->ifindex = (uint32_t)util_get_le(data + sizeof(magic), 4);
	out->owner = (uint32_t)util_get_le(data + OWNER_AT, 4);
	memcpy(out->uuid, data + UUID_AT, sizeof(out->uuid));
	out->digest = util_get_le(data + DIGEST_AT, 8);
	return true;
}
