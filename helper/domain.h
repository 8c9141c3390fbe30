/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_DOMAIN_H
#define TF_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule.h"
#include "xml.h"

/*
 * What a domain's XML says about its interfaces, whatever the spelling:
 *
 * - <firewall><reference profile='P' name='value'/></firewall> in <interface>
 * - <tf:firewall><tf:interface alias='A'><tf:reference .../> in <metadata>
 * - <filterref filter='P'><parameter name='N' value='V'/></filterref> in
 *   <interface>.  A parameter's name is taken in lower case; IP and IPV6 are
 *   ip_address and ipv6_address; CTRL_IP_LEARNING may only be 'none'.
 *   A repeated parameter makes a list.
 *
 * The three add up: what an interface references in one spelling and in
 * another are conjuncts alike.
 */

#define DOMAIN_MAX_INTERFACES 1024
#define INTERFACE_MAX_REFS 256
#define REFERENCE_MAX_PARAMS 64
#define PARAM_MAX_VALUES 256

/**
 * struct param - One parameter
 * @name:	[a-z][a-z0-9_]*
 * @value:	1 to PARAM_MAX_VALUES values, one blank between two
 */
struct param {
	char *name;
	char *value;
};

/**
 * struct reference - The use of a profile, with parameters
 * @file:	File it stands in, for messages; not owned
 * @line:	Line it stands on
 */
struct reference {
	char *profile;
	const char *file;
	unsigned int line;
	size_t nparams;
	struct param *params;
};

/**
 * struct interface - One <interface> of a domain
 * @type:	Its type attribute; "user" when it has none, as with libvirt
 * @tap:	<target dev>, empty for none, for a template ('tap%d') or,
 *		without references, for one that cannot be the name of a tap
 * @bridge:	<source bridge>, likewise
 * @isolated:	<port isolated='yes'/>: no frames between it and other such
 *		ports of its bridge
 * @alias:	<alias name>, NULL for none
 * @line:	Line of its start tag
 */
struct interface {
	char *type;
	char tap[TAP_NAME_SIZE];
	char bridge[TAP_NAME_SIZE];
	bool isolated;
	char *alias;
	bool has_mac;
	uint8_t mac[6];
	unsigned int line;
	size_t nrefs;
	struct reference *refs;
};

/**
 * struct domain - A parsed domain
 * @file:	Name of the file, for messages; not owned
 */
struct domain {
	const char *file;
	char *name;
	uint8_t uuid[16];
	size_t ninterfaces;
	struct interface *interfaces;
};

/**
 * struct domain_rules - What depends on where the XML comes from
 * @strict:		A file of the domain directory: an element in
 *			<interface> that neither libvirt nor we know is an error
 * @honour_filterref:	Take <filterref> as a reference.  If not, it is an error
 *			in strict mode, and libvirt's to enforce otherwise
 */
struct domain_rules {
	bool strict;
	bool honour_filterref;
};

/**
 * domain_read() - Read a domain out of its XML
 * @file:	File name for messages; must outlive @out
 * @root:	Root element
 * @rules:	See there
 * @out:	Zeroed; on success owned by the caller
 *
 * Return: 0 or negative errno, reported
 */
int domain_read(const char *file, const struct xml_node *root,
		const struct domain_rules *rules, struct domain *out);

/**
 * domain_read_identity() - Read a domain's name and UUID alone
 *
 * Whatever else is wrong with it.  As domain_read() otherwise.
 */
int domain_read_identity(const char *file, const struct xml_node *root,
			 struct domain *out) _must_check_;

/**
 * domain_read_taps() - Read only the types and taps of a domain's interfaces
 *
 * Nothing else of the domain is judged: what one domain's file says wrong of
 * its profiles must not be in the way of another domain.
 *
 * Return: 0 or negative errno, reported
 */
int domain_read_taps(const char *file, const struct xml_node *root,
		     struct domain *out);

/** domain_free() - Release what a domain owns */
void domain_free(struct domain *d);

/** domain_has_tap() - Can an interface of this type have a host tap? */
bool domain_has_tap(const struct interface *i);

#endif /* TF_DOMAIN_H */
