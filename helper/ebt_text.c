// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules as ebtables-restore reads them */
#include <arpa/inet.h>
#include <errno.h>

#include "ebt.h"

static const char *const targets[] = {
	[EBT_ACCEPT] = "ACCEPT",
	[EBT_DROP] = "DROP",
	[EBT_RETURN] = "RETURN",
	[EBT_CONTINUE] = "CONTINUE",
};

static int write_mac(struct buf *out, const uint8_t *mac)
{
	return buf_printf(out, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			  mac[2], mac[3], mac[4], mac[5]);
}

static int write_masked(struct buf *out, const struct ebt_cond *c, int family)
{
	char value[INET6_ADDRSTRLEN], mask[INET6_ADDRSTRLEN];

	inet_ntop(family, c->lo, value, sizeof(value));
	inet_ntop(family, c->hi, mask, sizeof(mask));
	return buf_printf(out, "%s/%s", value, mask);
}

static unsigned int u16(const uint8_t *v)
{
	return (unsigned int)v[0] << 8 | v[1];
}

static int write_value(struct buf *out, const struct ebt_cond *c)
{
	int rc;

	switch (ebt_options[c->key].kind) {
	case EBT_KIND_DEVICE:
		return buf_printf(out, "%.15s", (const char *)c->lo);
	case EBT_KIND_TYPE:
		return u16(c->lo) ? buf_printf(out, "0x%04x", u16(c->lo)) :
				    buf_printf(out, "LENGTH");
	case EBT_KIND_MAC:
		rc = write_mac(out, c->lo);
		if (rc == 0)
			rc = buf_add(out, "/", 1);
		return rc < 0 ? rc : write_mac(out, c->hi);
	case EBT_KIND_IP4:
		return write_masked(out, c, AF_INET);
	case EBT_KIND_IP6:
		return write_masked(out, c, AF_INET6);
	case EBT_KIND_OP:
	case EBT_KIND_DEC:
		return buf_printf(out, "%u", u16(c->lo));
	case EBT_KIND_HEX:
		return buf_printf(out, "0x%04x", u16(c->lo));
	case EBT_KIND_BYTE:
		return buf_printf(out, "0x%02x", c->lo[0]);
	case EBT_KIND_PRIO:
	case EBT_KIND_PROTO:
		return buf_printf(out, "%u", c->lo[0]);
	case EBT_KIND_PORT:
		return buf_printf(out, "%u:%u", u16(c->lo), u16(c->hi));
	case EBT_KIND_ICMP:
		return buf_printf(out, "%u:%u/%u:%u", c->lo[0], c->hi[0],
				  c->lo[1], c->hi[1]);
	case EBT_KIND_IGMP:
		return buf_printf(out, "%u:%u", c->lo[0], c->hi[0]);
	}
	return -EINVAL;
}

int ebt_write_rule(struct buf *out, const char *how, const char *chain,
		   const struct ebt_rule *r)
{
	unsigned int i;
	int rc = buf_printf(out, "%s %s", how, chain);

	for (i = 0; rc == 0 && i < r->nconds; i++) {
		rc = buf_printf(out, " %s %s",
				ebt_options[r->conds[i].key].name,
				r->conds[i].negated ? "! " : "");
		if (rc == 0)
			rc = write_value(out, &r->conds[i]);
	}
	if (rc < 0)
		return rc;
	return buf_printf(out, " -j %s\n",
			  r->target == EBT_JUMP ? r->jump : targets[r->target]);
}

/* ---- a change ------------------------------------------------------------- */

bool ebt_has_direction(const struct ebt_chains *c, const char *tap,
		       enum direction dir)
{
	char name[EBT_CHAIN_SIZE];

	ebt_chain_name(tap, dir == DIR_OUT ? "o" : "i", name);
	return ebt_chain_find(c, name);
}

static int write_jump(struct buf *out, const char *how, const char *tap,
		      enum direction dir)
{
	struct ebt_rule jump;

	ebt_jump(tap, dir, &jump);
	return ebt_write_rule(
		out, how, dir == DIR_OUT ? "PREROUTING" : "POSTROUTING", &jump);
}

/* Ours come first: what accepts before them would decide for them. */
static int write_jumps(struct buf *out, const char *tap,
		       const struct ebt_chains *want,
		       const struct ebt_view *now)
{
	enum direction dir;
	unsigned int i, wanted;
	int rc = 0;

	for (dir = DIR_IN; rc == 0 && dir <= DIR_OUT; dir++) {
		wanted = ebt_has_direction(want, tap, dir);
		if (now->jumps[dir] == wanted && !now->late[dir])
			continue;
		for (i = 0; rc == 0 && i < now->jumps[dir]; i++)
			rc = write_jump(out, "-D", tap, dir);
		if (rc == 0 && wanted)
			rc = write_jump(out, "-I", tap, dir);
	}
	return rc;
}

static int write_chains(struct buf *out, const struct ebt_chains *want)
{
	size_t i, j;
	int rc = 0;

	for (i = 0; rc == 0 && i < want->n; i++)
		for (j = 0; rc == 0 && j < want->chain[i].nrules; j++)
			rc = ebt_write_rule(out, "-A", want->chain[i].name,
					    &want->chain[i].rules[j]);
	return rc;
}

/* Chains that are there and not wanted: first their rules, then they. */
static int write_removal(struct buf *out, const struct ebt_chains *want,
			 const struct ebt_view *now)
{
	static const char *const how[] = { "-F", "-X" };
	size_t pass, i;
	int rc = 0;

	for (pass = 0; pass < ARRAY_SIZE(how); pass++)
		for (i = 0; rc == 0 && i < now->chains.n; i++)
			if (!ebt_chain_find(want, now->chains.chain[i].name))
				rc = buf_printf(out, "%s %s\n", how[pass],
						now->chains.chain[i].name);
	return rc;
}

int ebt_write_change(struct buf *out, const char *tap,
		     const struct ebt_chains *want, const struct ebt_view *now)
{
	const char *name;
	size_t i;
	int rc = 0;

	/* a chain that is there and named anew keeps its rules in
	 * ebtables-legacy, and loses them in ebtables-nft */
	for (i = 0; rc == 0 && i < want->n; i++) {
		name = want->chain[i].name;
		rc = ebt_chain_find(&now->chains, name) ?
			     buf_printf(out, "-F %s\n", name) :
			     buf_printf(out, ":%s ACCEPT\n", name);
	}
	if (rc == 0)
		rc = write_chains(out, want);
	if (rc == 0)
		rc = write_jumps(out, tap, want, now);
	return rc < 0 ? rc : write_removal(out, want, now);
}
