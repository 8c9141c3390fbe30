// SPDX-License-Identifier: GPL-2.0-or-later
/* <tf:firewall> of <metadata>: which interface is meant, and its references */
#include <errno.h>
#include <string.h>

#include "domain_parts.h"
#include "log.h"
#include "util.h"

/**
 * struct selector - What picks an interface; all that is given must agree
 * @alias:	Its alias, NULL: any
 * @target:	Its tap, NULL: any
 * @mac:	Its address, if @has_mac
 */
struct selector {
	const char *alias;
	const char *target;
	const char *mac_text;
	uint8_t mac[FIELD_MAX_BYTES];
};

static bool selects(const struct selector *s, const struct interface *i)
{
	if (s->alias && (!i->alias || strcmp(s->alias, i->alias) != 0))
		return false;
	if (s->target && strcmp(s->target, i->tap) != 0)
		return false;
	return !s->mac_text ||
	       (i->has_mac && memcmp(s->mac, i->mac, sizeof(i->mac)) == 0);
}

static int read_selector(const struct domain *d, const struct xml_node *n,
			 struct selector *s)
{
	static const char *const attrs[] = { "alias", "mac", "target", NULL };
	int rc = xml_only_attrs(d->file, n, attrs);

	if (rc < 0)
		return rc;
	s->alias = xml_attr(n, "alias");
	s->target = xml_attr(n, "target");
	s->mac_text = xml_attr(n, "mac");
	if (!s->alias && !s->target && !s->mac_text)
		return log_at(d->file, n->line,
			      "<%s> must name an interface by alias, mac or "
			      "target",
			      n->qname);
	if (s->mac_text &&
	    !field_parse(field_get(FIELD_ETH_SRC), s->mac_text, s->mac))
		return log_at(d->file, n->line,
			      "'%s' is not a MAC address (52:54:00:00:00:01)",
			      s->mac_text);
	if (s->target && !util_tap_name_ok(s->target))
		return log_at(d->file, n->line,
			      "'%s' cannot be the name of a tap: 1 to 15 of "
			      "[A-Za-z0-9_.-] with a letter or digit first",
			      s->target);
	return 0;
}

static int describe(const struct selector *s, struct buf *out)
{
	int rc = 0;

	if (s->alias)
		rc = buf_printf(out, " alias='%s'", s->alias);
	if (rc >= 0 && s->mac_text)
		rc = buf_printf(out, " mac='%s'", s->mac_text);
	if (rc >= 0 && s->target)
		rc = buf_printf(out, " target='%s'", s->target);
	return rc;
}

/* The one interface that is meant, or NULL (reported). */
static struct interface *select_interface(struct domain *d,
					  const struct xml_node *n,
					  const struct selector *s)
{
	_cleanup_buf_ struct buf what = { 0 };
	struct interface *found = NULL;
	size_t i, hits = 0;

	for (i = 0; i < d->ninterfaces; i++) {
		if (!selects(s, &d->interfaces[i]))
			continue;
		if (!hits++)
			found = &d->interfaces[i];
	}
	if (hits == 1)
		return found;
	if (describe(s, &what) < 0)
		return NULL;
	if (hits)
		log_at(d->file, n->line,
		       "<%s%s> selects %zu interfaces, it must be one",
		       n->qname, what.data, hits);
	else
		log_at(d->file, n->line,
		       "<%s%s> selects no interface of this domain", n->qname,
		       what.data);
	return NULL;
}

int domain_metadata(struct domain *d, const struct xml_node *firewall)
{
	static const char *const no_attrs[] = { NULL };
	struct selector s;
	const struct xml_node *n;
	struct interface *i;
	int rc = xml_only_attrs(d->file, firewall, no_attrs);

	if (rc >= 0)
		rc = xml_no_text(d->file, firewall);
	if (rc < 0)
		return rc;
	if (!firewall->child)
		return log_at(d->file, firewall->line,
			      "<%s> is empty: it must hold an <interface>, or "
			      "go",
			      firewall->qname);
	for (n = firewall->child; n; n = n->next) {
		if (!xml_is(n, TF_NAMESPACE, "interface"))
			return log_at(d->file, n->line,
				      "<%s> in <%s>, which may hold only "
				      "<interface> of namespace " TF_NAMESPACE,
				      n->qname, firewall->qname);
		s = (struct selector){ 0 };
		rc = read_selector(d, n, &s);
		if (rc < 0)
			return rc;
		i = select_interface(d, n, &s);
		if (!i)
			return -EINVAL;
		rc = domain_firewall(d, n, i);
		if (rc < 0)
			return rc;
	}
	return 0;
}
