// SPDX-License-Identifier: GPL-2.0-or-later
/* One interface of a domain, by its tap, number, address or bridge */
#include <errno.h>
#include <string.h>

#include "domain_choose.h"
#include "log.h"
#include "util.h"

#define LIST_MAX 8 /* interfaces that a message lists */

bool domain_choice_given(const struct domain_choice *c)
{
	return c->tap || c->bridge || c->has_nic || c->has_mac;
}

/* Is it the interface by all but its bridge? */
static bool is_named(const struct domain *d, const struct domain_choice *c,
		     size_t nic)
{
	const struct interface *i = &d->interfaces[nic];

	if (!domain_has_tap(i) || (c->has_nic && c->nic != nic))
		return false;
	if (c->has_mac &&
	    (!i->has_mac || memcmp(i->mac, c->mac, sizeof(i->mac)) != 0))
		return false;
	return !c->tap || strcmp(i->tap, c->tap) == 0;
}

static bool is_meant(const struct domain *d, const struct domain_choice *c,
		     size_t nic)
{
	return is_named(d, c, nic) &&
	       (!c->bridge ||
		strcmp(d->interfaces[nic].bridge, c->bridge) == 0);
}

static int add_mac(struct buf *out, const char *before, const uint8_t *m,
		   const char *after)
{
	return buf_printf(out, "%s%02x:%02x:%02x:%02x:%02x:%02x%s", before,
			  m[0], m[1], m[2], m[3], m[4], m[5], after);
}

/* " and <target dev='tap0'/>", in the words of the domain */
static int describe(const struct domain_choice *c, struct buf *out)
{
	int rc = buf_printf(out, "a tap");

	if (rc == 0 && c->tap)
		rc = buf_printf(out, " and <target dev='%s'/>", c->tap);
	if (rc == 0 && c->has_mac)
		rc = add_mac(out, " and <mac address='", c->mac, "'/>");
	if (rc == 0 && c->bridge)
		rc = buf_printf(out, " and <source bridge='%s'/>", c->bridge);
	return rc;
}

static int check_nic(const struct domain *d, const struct domain_choice *c)
{
	const struct interface *i;

	if (c->nic >= d->ninterfaces)
		return log_at(d->file, 0,
			      "domain '%s' has no interface %zu: it has %zu, "
			      "counted from 0",
			      d->name, c->nic, d->ninterfaces);
	i = &d->interfaces[c->nic];
	if (domain_has_tap(i))
		return 0;
	return log_at(d->file, i->line,
		      "interface %zu of domain '%s' is of type '%s', which has "
		      "no tap on the host",
		      c->nic, d->name, i->type);
}

static int none(const struct domain *d, const struct domain_choice *c)
{
	_cleanup_buf_ struct buf what = { 0 };

	if (describe(c, &what) < 0)
		return -ENOMEM;
	return log_at(d->file, 0, "domain '%s' has no interface with %s",
		      d->name, what.data);
}

static int elsewhere(const struct domain *d, const struct domain_choice *c,
		     size_t nic)
{
	const struct interface *i = &d->interfaces[nic];

	if (!i->bridge[0])
		return log_at(d->file, i->line,
			      "interface %zu of domain '%s' is on no bridge, "
			      "not on '%s'",
			      nic, d->name, c->bridge);
	return log_at(d->file, i->line,
		      "interface %zu of domain '%s' is on bridge '%s', not on "
		      "'%s'",
		      nic, d->name, i->bridge, c->bridge);
}

static int several(const struct domain *d, const struct domain_choice *c,
		   size_t hits)
{
	_cleanup_buf_ struct buf what = { 0 }, list = { 0 };
	const struct interface *i;
	size_t nic, n = 0;
	int rc = describe(c, &what);

	for (nic = 0; rc == 0 && n < LIST_MAX && nic < d->ninterfaces; nic++) {
		if (!is_meant(d, c, nic))
			continue;
		i = &d->interfaces[nic];
		rc = buf_printf(&list, "%s--nic=%zu", n++ ? ", " : "", nic);
		if (rc == 0 && i->has_mac && !c->has_mac)
			rc = add_mac(&list, " (", i->mac, ")");
	}
	if (rc == 0 && hits > n)
		rc = buf_printf(&list, " and %zu more", hits - n);
	if (rc < 0)
		return rc;
	return log_at(d->file, 0,
		      "domain '%s' has %zu interfaces with %s: use %s: %s",
		      d->name, hits, what.data,
		      c->has_mac ? "--nic" : "--nic or --mac", list.data);
}

int domain_choose(const struct domain *d, const struct domain_choice *c,
		  size_t *nic)
{
	bool by_name = c->tap || c->has_nic || c->has_mac;
	size_t i, named = 0, hits = 0, at = 0;
	int rc = c->has_nic ? check_nic(d, c) : 0;

	if (rc < 0)
		return rc;
	for (i = 0; i < d->ninterfaces; i++) {
		if (!is_named(d, c, i))
			continue;
		at = i;
		named++;
		if (is_meant(d, c, i) && !hits++)
			*nic = i;
	}
	if (hits == 1)
		return 0;
	if (hits)
		return several(d, c, hits);
	return by_name && named == 1 ? elsewhere(d, c, at) : none(d, c);
}
