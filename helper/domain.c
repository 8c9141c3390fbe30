// SPDX-License-Identifier: GPL-2.0-or-later
/* A domain: its name, its UUID, its interfaces and what they reference */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "domain.h"
#include "domain_parts.h"
#include "log.h"
#include "util.h"

#define OUR_NAMESPACES "urn:tapfilter" /* what all of ours begin with */

static void interface_clear(struct interface *i)
{
	size_t k;

	for (k = 0; k < i->nrefs; k++)
		domain_reference_clear(&i->refs[k]);
	free(i->refs);
	free(i->type);
	free(i->alias);
}

void domain_free(struct domain *d)
{
	size_t i;

	for (i = 0; i < d->ninterfaces; i++)
		interface_clear(&d->interfaces[i]);
	free(d->interfaces);
	free(d->name);
	*d = (struct domain){ 0 };
}

/**
 * struct nodes - The <interface> elements, in the order of @interfaces
 */
struct nodes {
	const struct xml_node *node[DOMAIN_MAX_INTERFACES];
	size_t n;
};

static int check_root(const char *file, const struct xml_node *root)
{
	if (xml_is(root, NULL, "domain"))
		return 0;
	return log_at(file, root->line,
		      "the outermost element must be <domain> without a "
		      "namespace, not <%s>%s%s",
		      root->qname, root->ns ? " of namespace " : "",
		      root->ns ? root->ns : "");
}

static int find_interfaces(const char *file, const struct xml_node *root,
			   struct nodes *out)
{
	const struct xml_node *devices, *c;

	for (devices = root->child; devices; devices = devices->next) {
		if (!xml_is(devices, NULL, "devices"))
			continue;
		for (c = devices->child; c; c = c->next) {
			if (!xml_is(c, NULL, "interface"))
				continue;
			if (out->n == DOMAIN_MAX_INTERFACES)
				return log_at(file, c->line,
					      "more than %d interfaces",
					      DOMAIN_MAX_INTERFACES);
			out->node[out->n++] = c;
		}
	}
	return 0;
}

/*
 * A namespace that is meant to be ours, of another version or misspelt: what
 * it holds would be taken for somebody else's, and the guest not filtered.
 */
static bool is_nearly_ours(const char *ns)
{
	return ns && strcmp(ns, TF_NAMESPACE) != 0 &&
	       strncasecmp(ns, OUR_NAMESPACES, strlen(OUR_NAMESPACES)) == 0;
}

static int check_namespaces(const char *file, const struct xml_node *n)
{
	const char *ns = is_nearly_ours(n->ns) ? n->ns : NULL;
	size_t i;

	for (i = 0; !ns && i < n->nattrs; i++) {
		if (is_nearly_ours(n->attrs[i].ns))
			ns = n->attrs[i].ns;
	}
	if (!ns)
		return 0;
	return log_at(file, n->line,
		      "<%s>: namespace '%s' is not known, ours "
		      "is " TF_NAMESPACE,
		      n->qname, ns);
}

/* Within an element of a namespace of others, names are theirs. */
static bool is_foreign(const struct xml_node *n)
{
	for (; n; n = n->parent) {
		if (n->ns)
			return true;
	}
	return false;
}

/* Everything of ours has one place; elsewhere it would be ignored. */
static int check_strays(const char *file, const struct xml_node *n,
			bool in_metadata)
{
	const struct xml_node *c;
	bool metadata;
	size_t i;
	int rc = check_namespaces(file, n);

	if (rc < 0)
		return rc;
	for (i = 0; i < n->nattrs; i++) {
		if (n->attrs[i].ns && strcmp(n->attrs[i].ns, TF_NAMESPACE) == 0)
			return log_at(
				file, n->line,
				"attribute '%s' of namespace " TF_NAMESPACE
				" in <%s>: there is none",
				n->attrs[i].name, n->qname);
	}
	if (n->ns && strcmp(n->ns, TF_NAMESPACE) == 0) {
		if (in_metadata && strcmp(n->name, "firewall") == 0)
			return 0;
		return log_at(file, n->line,
			      "<%s>: namespace " TF_NAMESPACE
			      " has only <firewall>, directly in <metadata> "
			      "of the domain",
			      n->qname);
	}
	if (xml_is(n, NULL, "firewall") && !is_foreign(n) &&
	    !(n->parent && xml_is(n->parent, NULL, "interface")))
		return log_at(file, n->line,
			      "<firewall> stands in <interface>, or in "
			      "<metadata> with namespace " TF_NAMESPACE);
	metadata = n->parent && !n->parent->parent &&
		   xml_is(n, NULL, "metadata");
	for (c = n->child; c; c = c->next) {
		rc = check_strays(file, c, metadata);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_name(struct domain *d, const struct xml_node *n)
{
	const char *text;
	int rc = xml_text(d->file, n, &text);

	if (rc < 0)
		return rc;
	if (d->name)
		return log_at(d->file, n->line, "a second <name>");
	if (!*text || strlen(text) > UTIL_DOMAIN_NAME_MAX)
		return log_at(d->file, n->line,
			      "<name> must have 1 to %d bytes",
			      UTIL_DOMAIN_NAME_MAX);
	if (!util_domain_name_ok(text))
		return log_at(d->file, n->line,
			      "'%s' cannot be the name of a domain: no slash, "
			      "no control character",
			      text);
	d->name = strdup(text);
	return d->name ? 0 : log_errno(errno, "cannot hold a name");
}

/* 8-4-4-4-12 digits; libvirt takes them without the dashes as well. */
static bool parse_uuid(const char *text, uint8_t out[16])
{
	bool dashes = strlen(text) == 36;
	int high, low;
	size_t i;

	for (i = 0; i < 16; i++) {
		if (dashes && (i == 4 || i == 6 || i == 8 || i == 10) &&
		    *text++ != '-')
			return false;
		high = util_hex_digit(text[0]);
		low = high < 0 ? -1 : util_hex_digit(text[1]);
		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return !*text;
}

static int read_uuid(struct domain *d, const struct xml_node *n,
		     const struct xml_node **seen)
{
	const char *text;
	int rc = xml_text(d->file, n, &text);

	if (rc < 0)
		return rc;
	if (*seen)
		return log_at(d->file, n->line, "a second <uuid>");
	*seen = n;
	if (!parse_uuid(text, d->uuid))
		return log_at(d->file, n->line,
			      "'%s' is not a UUID "
			      "(3f1c8a52-0d4e-4b6a-9c11-5254000000a1)",
			      text);
	return 0;
}

static int read_identity(struct domain *d, const struct xml_node *root)
{
	const struct xml_node *c, *uuid = NULL;
	int rc = 0;

	for (c = root->child; rc >= 0 && c; c = c->next) {
		if (xml_is(c, NULL, "name"))
			rc = read_name(d, c);
		else if (xml_is(c, NULL, "uuid"))
			rc = read_uuid(d, c, &uuid);
	}
	if (rc >= 0 && !d->name)
		return log_at(d->file, root->line, "the domain has no <name>");
	return rc;
}

static int read_metadata(struct domain *d, const struct xml_node *root)
{
	const struct xml_node *m, *c, *seen = NULL;
	int rc;

	for (m = root->child; m; m = m->next) {
		if (!xml_is(m, NULL, "metadata"))
			continue;
		for (c = m->child; c; c = c->next) {
			if (!xml_is(c, TF_NAMESPACE, "firewall"))
				continue;
			if (seen)
				return log_at(d->file, c->line,
					      "a second <%s>, the first is on "
					      "line %u",
					      c->qname, seen->line);
			seen = c;
			rc = domain_metadata(d, c);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static int check_taps(const struct domain *d)
{
	const struct interface *a, *b;
	size_t i, k;

	for (i = 0; i < d->ninterfaces; i++) {
		a = &d->interfaces[i];
		if (!a->tap[0] || !domain_has_tap(a))
			continue;
		for (k = 0; k < i; k++) {
			b = &d->interfaces[k];
			if (domain_has_tap(b) && strcmp(a->tap, b->tap) == 0)
				return log_at(
					d->file, a->line,
					"tap '%s' is that of the interface "
					"on line %u already",
					a->tap, b->line);
		}
	}
	return 0;
}

static int alloc_interfaces(struct domain *d, const struct nodes *nodes)
{
	if (!nodes->n)
		return 0;
	d->interfaces = util_alloc(nodes->n, sizeof(*d->interfaces));
	if (!d->interfaces)
		return -ENOMEM;
	d->ninterfaces = nodes->n;
	return 0;
}

static int read_domain(const struct xml_node *root,
		       const struct domain_rules *rules, struct domain *d)
{
	struct nodes nodes = { .n = 0 };
	size_t i;
	int rc = check_root(d->file, root);

	if (rc >= 0)
		rc = check_strays(d->file, root, false);
	if (rc >= 0)
		rc = read_identity(d, root);
	if (rc >= 0)
		rc = find_interfaces(d->file, root, &nodes);
	if (rc >= 0)
		rc = alloc_interfaces(d, &nodes);
	for (i = 0; rc >= 0 && i < d->ninterfaces; i++)
		rc = domain_interface(d, nodes.node[i], rules,
				      &d->interfaces[i]);
	if (rc >= 0)
		rc = read_metadata(d, root);
	for (i = 0; rc >= 0 && i < d->ninterfaces; i++)
		rc = domain_interface_check(d->file, nodes.node[i],
					    rules->strict, &d->interfaces[i]);
	return rc < 0 ? rc : check_taps(d);
}

int domain_read(const char *file, const struct xml_node *root,
		const struct domain_rules *rules, struct domain *out)
{
	int rc;

	out->file = file;
	rc = read_domain(root, rules, out);
	if (rc < 0)
		domain_free(out);
	return rc;
}

int domain_read_taps(const char *file, const struct xml_node *root,
		     struct domain *out)
{
	struct nodes nodes = { .n = 0 };
	size_t i;
	int rc = check_root(file, root);

	out->file = file;
	if (rc >= 0)
		rc = find_interfaces(file, root, &nodes);
	if (rc >= 0)
		rc = alloc_interfaces(out, &nodes);
	for (i = 0; rc >= 0 && i < out->ninterfaces; i++)
		rc = domain_interface_name(file, nodes.node[i],
					   &out->interfaces[i]);
	if (rc >= 0)
		rc = check_taps(out);
	if (rc < 0)
		domain_free(out);
	return rc;
}

int domain_read_identity(const char *file, const struct xml_node *root,
			 struct domain *out)
{
	int rc = domain_read_taps(file, root, out);

	if (rc >= 0)
		rc = read_identity(out, root);
	if (rc < 0)
		domain_free(out);
	return rc;
}
