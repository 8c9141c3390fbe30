// SPDX-License-Identifier: GPL-2.0-or-later
/* One <interface>: what it is, and whether its frames can be filtered */
#include <errno.h>
#include <string.h>

#include "domain_parts.h"
#include "log.h"
#include "util.h"

/* Types without a tap on the host, and why nothing can be filtered there. */
static const struct {
	const char *type;
	const char *why;
} no_tap[] = {
	{ "user", "its frames end in a user-mode network stack" },
	{ "direct", "macvtap hands its frames to the lower device itself" },
	{ "hostdev", "the guest drives the network card itself" },
	{ "vhostuser", "its frames go to another process by shared memory" },
	{ "vdpa", "the network card moves its frames itself" },
	{ "udp", "its frames go through a UDP socket" },
	{ "mcast", "its frames go through a multicast socket" },
	{ "server", "its frames go through a TCP socket" },
	{ "client", "its frames go through a TCP socket" },
	{ "internal", "its frames stay inside the hypervisor" },
	{ "null", "it is connected to nothing" },
	{ "vds", "its frames go to a switch of another hypervisor" },
};

static const char *const tap_types[] = { "bridge", "network", "ethernet" };

/* Children of <interface> that libvirt reads (11.0), and our own. */
static const char *const known_children[] = {
	"acpi",		 "actual",    "address",  "alias",	 "backend",
	"backenddomain", "bandwidth", "boot",	  "coalesce",	 "downscript",
	"driver",	 "filterref", "firewall", "guest",	 "ip",
	"link",		 "mac",	      "model",	  "mtu",	 "port",
	"portForward",	 "rom",	      "route",	  "script",	 "source",
	"target",	 "teaming",   "tune",	  "virtualport", "vlan",
};

static bool is_one_of(const char *const *names, size_t n, const char *name)
{
	while (n--) {
		if (strcmp(names[n], name) == 0)
			return true;
	}
	return false;
}

bool domain_has_tap(const struct interface *i)
{
	return is_one_of(tap_types, ARRAY_SIZE(tap_types), i->type);
}

/* The only child of that name; -EINVAL (reported) for a second one. */
static int only_child(const char *file, const struct xml_node *n,
		      const char *name, const struct xml_node **out)
{
	const struct xml_node *c;

	*out = NULL;
	for (c = n->child; c; c = c->next) {
		if (!xml_is(c, NULL, name))
			continue;
		if (*out)
			return log_at(file, c->line,
				      "a second <%s> in <%s>, the first is on "
				      "line %u",
				      name, n->qname, (*out)->line);
		*out = c;
	}
	return 0;
}

/**
 * struct child_attr - An attribute of a child of <interface>
 * @value:	NULL for none
 * @line:	Line of the child, or of the interface without one
 */
struct child_attr {
	const char *value;
	unsigned int line;
};

/* Read an attribute of the only child of that name, if there are both. */
static int get_child(const char *file, const struct xml_node *n,
		     const char *child, const char *attr,
		     struct child_attr *out)
{
	const struct xml_node *c;
	int rc = only_child(file, n, child, &c);

	out->value = NULL;
	out->line = c ? c->line : n->line;
	return rc < 0 || !c ? rc : xml_get(file, c, attr, &out->value);
}

/*
 * Names that no device of ours may have stay out.  What depends on them says
 * so: domain_interface_check() for an interface with references.
 */
static void copy_device(char out[TAP_NAME_SIZE], const char *name)
{
	if (name && util_tap_name_ok(name))
		memcpy(out, name, strlen(name) + 1);
}

int domain_interface_name(const char *file, const struct xml_node *n,
			  struct interface *i)
{
	struct child_attr dev;
	const char *type;
	int rc = xml_get(file, n, "type", &type);

	if (rc >= 0)
		rc = get_child(file, n, "target", "dev", &dev);
	if (rc < 0)
		return rc;
	i->line = n->line;
	copy_device(i->tap, dev.value);
	i->type = strdup(type ? type : "user");
	return i->type ? 0 : log_errno(errno, "cannot hold an interface");
}

static int check_children(const char *file, const struct xml_node *n)
{
	const struct xml_node *c;

	for (c = n->child; c; c = c->next) {
		if (c->ns)
			return log_at(file, c->line,
				      "<%s> of namespace %s in <interface>: "
				      "libvirt has no such element",
				      c->qname, c->ns);
		if (!is_one_of(known_children, ARRAY_SIZE(known_children),
			       c->name))
			return log_at(file, c->line,
				      "<%s> in <interface>: neither libvirt "
				      "nor tapfilter has such an element; ours "
				      "is <firewall>",
				      c->qname);
	}
	return 0;
}

static int read_mac(const char *file, const struct xml_node *n,
		    struct interface *i)
{
	uint8_t mac[FIELD_MAX_BYTES];
	struct child_attr text;
	int rc = get_child(file, n, "mac", "address", &text);

	if (rc < 0 || !text.value)
		return rc;
	if (!field_parse(field_get(FIELD_ETH_SRC), text.value, mac))
		return log_at(file, text.line,
			      "'%s' in <mac> is not a MAC address "
			      "(52:54:00:00:00:01)",
			      text.value);
	memcpy(i->mac, mac, sizeof(i->mac));
	i->has_mac = true;
	return 0;
}

/*
 * libvirt knows two values.  One that it does not know may have been meant to
 * close something, so it is refused wherever it stands.
 */
static int read_port(const char *file, const struct xml_node *n, bool strict,
		     struct interface *i)
{
	static const char *const attrs[] = { "isolated", NULL };
	const struct xml_node *port;
	const char *value = NULL;
	int rc = only_child(file, n, "port", &port);

	if (rc < 0 || !port)
		return rc;
	if (strict)
		rc = xml_only_attrs(file, port, attrs);
	if (rc >= 0)
		rc = xml_get(file, port, "isolated", &value);
	if (rc < 0 || !value)
		return rc;
	i->isolated = strcmp(value, "yes") == 0;
	if (i->isolated || strcmp(value, "no") == 0)
		return 0;
	return log_at(file, port->line,
		      "isolated='%s' in <port>: must be 'yes' or 'no'", value);
}

static int read_references(const struct domain *d, const struct xml_node *n,
			   const struct domain_rules *rules,
			   struct interface *i)
{
	static const char *const no_attrs[] = { NULL };
	const struct xml_node *c;
	int rc = only_child(d->file, n, "firewall", &c);

	if (rc >= 0 && c) {
		rc = xml_only_attrs(d->file, c, no_attrs);
		if (rc >= 0)
			rc = domain_firewall(d, c, i);
	}
	if (rc < 0 || (!rules->honour_filterref && !rules->strict))
		return rc;
	rc = only_child(d->file, n, "filterref", &c);
	if (rc < 0 || !c)
		return rc;
	if (rules->honour_filterref)
		return domain_filterref(d, c, i);
	/* Nobody enforces it: here no libvirt runs the guest. */
	return log_at(d->file, c->line,
		      "<filterref> is not honoured: set honour-filterref = yes "
		      "in tapfilter.conf, or remove it");
}

int domain_interface(const struct domain *d, const struct xml_node *n,
		     const struct domain_rules *rules, struct interface *i)
{
	struct child_attr bridge, alias;
	int rc = rules->strict ? check_children(d->file, n) : 0;

	if (rc >= 0)
		rc = domain_interface_name(d->file, n, i);
	if (rc >= 0)
		rc = read_mac(d->file, n, i);
	if (rc >= 0)
		rc = read_port(d->file, n, rules->strict, i);
	if (rc >= 0)
		rc = get_child(d->file, n, "source", "bridge", &bridge);
	if (rc >= 0)
		rc = get_child(d->file, n, "alias", "name", &alias);
	if (rc < 0)
		return rc;
	copy_device(i->bridge, bridge.value);
	if (alias.value) {
		i->alias = strdup(alias.value);
		if (!i->alias)
			return log_errno(errno, "cannot hold an alias");
	}
	return read_references(d, n, rules, i);
}

static int check_type(const char *file, unsigned int line,
		      const struct interface *i)
{
	size_t k;

	if (domain_has_tap(i))
		return 0;
	for (k = 0; k < ARRAY_SIZE(no_tap); k++) {
		if (strcmp(no_tap[k].type, i->type) == 0)
			return log_at(file, line,
				      "an interface of type '%s' cannot be "
				      "filtered: it has no tap on the host, %s",
				      i->type, no_tap[k].why);
	}
	return log_at(file, line,
		      "an interface of type '%s' cannot be filtered: the types "
		      "with a tap on the host are bridge, network and ethernet",
		      i->type);
}

static int check_mac(const char *file, const struct xml_node *n,
		     const struct interface *i)
{
	static const uint8_t zero[sizeof(i->mac)];
	struct child_attr text;
	int rc = get_child(file, n, "mac", "address", &text);

	if (rc < 0)
		return rc;
	if (!i->has_mac)
		return log_at(file, text.line,
			      "an interface with references must have <mac "
			      "address='...'/>");
	if (i->mac[0] & 1)
		return log_at(file, text.line,
			      "'%s' in <mac> is a multicast address, it cannot "
			      "be a guest's",
			      text.value);
	if (memcmp(i->mac, zero, sizeof(zero)) == 0)
		return log_at(file, text.line,
			      "'%s' in <mac> is zero, it cannot be a guest's",
			      text.value);
	return 0;
}

/* 'tap%d': whoever makes the tap puts a number there. */
static bool is_template(const char *name)
{
	const char *percent = strchr(name, '%');
	char sample[TAP_NAME_SIZE];
	size_t before;

	/* It loses a byte below. */
	if (!percent || percent[1] != 'd' || strlen(name) > sizeof(sample))
		return false;
	before = (size_t)(percent - name);
	memcpy(sample, name, before);
	sample[before] = '0';
	memcpy(sample + before + 1, percent + 2, strlen(percent + 2) + 1);
	return util_tap_name_ok(sample);
}

/* In libvirt's own XML a name may still be open. */
static int check_device(const char *file, const struct xml_node *n,
			const char *child, const char *attr, bool strict)
{
	struct child_attr name;
	int rc = get_child(file, n, child, attr, &name);

	if (rc < 0 || !name.value || util_tap_name_ok(name.value))
		return rc;
	if (!strict && strchr(name.value, '%'))
		return 0;
	return log_at(file, name.line,
		      "'%s' in <%s> cannot be the name of a device: 1 to 15 of "
		      "[A-Za-z0-9_.-] with a letter or digit first",
		      name.value, child);
}

static int check_tap(const char *file, const struct xml_node *n, bool strict)
{
	struct child_attr name;
	int rc = get_child(file, n, "target", "dev", &name);

	if (rc < 0 || !name.value || is_template(name.value))
		return rc;
	return check_device(file, n, "target", "dev", strict);
}

int domain_interface_check(const char *file, const struct xml_node *n,
			   bool strict, const struct interface *i)
{
	int rc;

	if (!i->nrefs)
		return 0;
	rc = check_type(file, i->refs[0].line, i);
	if (rc >= 0)
		rc = check_mac(file, n, i);
	if (rc >= 0)
		rc = check_tap(file, n, strict);
	if (rc >= 0)
		rc = check_device(file, n, "source", "bridge", strict);
	return rc;
}
