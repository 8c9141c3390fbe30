// SPDX-License-Identifier: GPL-2.0-or-later
/* See ebt_variant.h */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter_bridge/ebtables.h>

#include "ebt_variant.h"
#include "log.h"
#include "nft_ebt.h"
#include "trust.h"

static const char *const dirs[] = { "/usr/sbin", "/sbin" };

const char *ebt_variant_name(enum ebt_variant v)
{
	return v == EBT_LEGACY ? "ebtables-legacy" : "ebtables-nft";
}

const char *ebt_table_name(enum ebt_table t)
{
	return t == EBT_NAT ? "nat" : "filter";
}

bool ebt_host_uses(const struct ebt_host *h, enum ebt_variant v)
{
	return v < EBT_VARIANTS && (h->own == v || h->other == v);
}

/* 0; -ENOENT if it is not there (not reported); another one, reported */
static int check_program(const char *dir, const char *name)
{
	_cleanup_close_ int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = trust_open(path, O_RDONLY, false);
	return fd < 0 ? fd : 0;
}

/*
 * What "ebtables" leads to has "nft" in its name, or it is the older one.
 * Errors are not reported.
 */
static int look_for_own(struct ebt_host *h)
{
	_cleanup_free_ char *path = NULL;
	char name[64];
	size_t i;

	for (i = 0; !path && i < ARRAY_SIZE(dirs); i++) {
		h->dir = dirs[i];
		snprintf(name, sizeof(name), "%s/ebtables", h->dir);
		path = realpath(name, NULL);
		if (!path && errno != ENOENT)
			return -errno;
	}
	if (!path)
		return -ENOENT;
	h->own = strstr(strrchr(path, '/'), "nft") ? EBT_NFT : EBT_LEGACY;
	return 0;
}

bool ebt_host_has(void)
{
	struct ebt_host h;

	return look_for_own(&h) == 0;
}

bool ebt_host_is_legacy(void)
{
	struct ebt_host h = { .own = EBT_VARIANTS };
	static int known = -1;

	if (known < 0)
		known = look_for_own(&h) == 0 && h.own == EBT_LEGACY;
	return known;
}

static int find_own(struct ebt_host *h)
{
	int rc = look_for_own(h);

	if (rc == -ENOENT)
		log_err("there is no ebtables in /usr/sbin or /sbin, which "
			"backend = xtables needs");
	else if (rc < 0)
		log_errno(rc, "cannot find %s/ebtables", h->dir);
	return rc;
}

/* Asked as ebtables-legacy does it; who may not ask could not change any */
static bool has_legacy_rules(void)
{
	_cleanup_close_ int fd =
		socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	enum ebt_table t;

	for (t = EBT_NAT; fd >= 0 && t <= EBT_FILTER; t++) {
		struct ebt_replace table = { 0 };
		socklen_t len = sizeof(table);

		snprintf(table.name, sizeof(table.name), "%s",
			 ebt_table_name(t));
		if (getsockopt(fd, IPPROTO_IP, EBT_SO_GET_INFO, &table, &len) ==
			    0 &&
		    table.nentries)
			return true;
	}
	return false;
}

/* Most hosts have never used the other one: there is nothing to run then. */
static int find_other(struct ebt_host *h)
{
	enum ebt_variant v = h->own == EBT_NFT ? EBT_LEGACY : EBT_NFT;
	int rc = v == EBT_LEGACY ? has_legacy_rules() : nft_ebt_tables();

	h->other = EBT_VARIANTS;
	if (rc <= 0)
		return rc;
	rc = check_program(h->dir, ebt_variant_name(v));
	if (rc == 0)
		h->other = v;
	return rc == -ENOENT ? 0 : rc;
}

int ebt_host_find(struct ebt_host *out)
{
	int rc = find_own(out);

	if (rc < 0)
		return rc;
	rc = check_program(out->dir, ebt_variant_name(out->own));
	if (rc == -ENOENT)
		log_err("there is no %s/%s", out->dir,
			ebt_variant_name(out->own));
	return rc < 0 ? rc : find_other(out);
}
