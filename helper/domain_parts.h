/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_DOMAIN_PARTS_H
#define TF_DOMAIN_PARTS_H

#include "domain.h"
#include "xml.h"

/* What the parts of the domain reader say to each other.  All functions
 * return 0 or negative errno and report where they fail. */

/** domain_interface_name() - Read type and tap of an <interface> */
int domain_interface_name(const char *file, const struct xml_node *n,
			  struct interface *i) _must_check_;

/** domain_interface() - Read an <interface> with its own references */
int domain_interface(const struct domain *d, const struct xml_node *n,
		     const struct domain_rules *rules,
		     struct interface *i) _must_check_;

/**
 * domain_interface_check() - Can its references, if any, be enforced?
 * @n:		Its element
 * @strict:	As in struct domain_rules
 */
int domain_interface_check(const char *file, const struct xml_node *n,
			   bool strict, const struct interface *i) _must_check_;

/** domain_firewall() - Read the references of <firewall> or <tf:interface> */
int domain_firewall(const struct domain *d, const struct xml_node *n,
		    struct interface *i) _must_check_;

/** domain_filterref() - Read libvirt's <filterref> as a reference */
int domain_filterref(const struct domain *d, const struct xml_node *n,
		     struct interface *i) _must_check_;

/** domain_metadata() - Read <tf:firewall> for the interfaces it names */
int domain_metadata(struct domain *d,
		    const struct xml_node *firewall) _must_check_;

/** domain_reference_clear() - Release what a reference owns and zero it */
void domain_reference_clear(struct reference *r);

#endif /* TF_DOMAIN_PARTS_H */
