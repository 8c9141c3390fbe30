/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EBT_VARIANT_H
#define TF_EBT_VARIANT_H

#include <stdbool.h>

#include "util.h"

/*
 * There are two programs called ebtables, each with tables of its own in the
 * kernel: a frame meets the rules of both.  The host's own is the one that
 * /usr/sbin/ebtables leads to; our rules go there.  If that has been switched
 * over, rules of ours may still stand in the other one.
 */

enum ebt_variant {
	EBT_NFT,
	EBT_LEGACY,
	EBT_VARIANTS, /* neither */
};

enum ebt_table { EBT_NAT, EBT_FILTER };

/** ebt_variant_name() - "ebtables-nft" */
const char *ebt_variant_name(enum ebt_variant v);

/** ebt_table_name() - "nat" */
const char *ebt_table_name(enum ebt_table t);

/**
 * struct ebt_host - What this host has
 * @dir:	Where the programs are
 * @own:	The host's variant
 * @other:	The other one, where rules stand; else EBT_VARIANTS
 */
struct ebt_host {
	const char *dir;
	enum ebt_variant own;
	enum ebt_variant other;
};

/** ebt_host_has() - Is ebtables installed? */
bool ebt_host_has(void);

/**
 * ebt_host_find() - Look at this host, while we are root
 *
 * The programs must be root's alone, see trust_open().
 *
 * Return: 0 or negative errno, reported
 */
int ebt_host_find(struct ebt_host *out) _must_check_;

/**
 * ebt_host_is_legacy() - Is the host's own variant ebtables-legacy?
 *
 * Follows links, the first time: a process that goes into a sandbox calls it
 * before.
 */
bool ebt_host_is_legacy(void);

/**
 * ebt_host_uses() - Has a variant a part in this?
 */
bool ebt_host_uses(const struct ebt_host *h, enum ebt_variant v);

#endif /* TF_EBT_VARIANT_H */
