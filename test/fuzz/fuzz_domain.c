// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A domain's XML: whatever the bytes, no fault, a tree within its limits, and
 * only references that can be enforced.
 */
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "profile.h"
#include "util.h"
#include "xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tree(const struct xml_node *n, unsigned int depth,
		       unsigned int *nodes)
{
	const struct xml_node *c;

	if (depth > XML_MAX_DEPTH || ++*nodes > XML_MAX_NODES || !n->line ||
	    !n->name || !n->qname)
		abort();
	if (n->text && strlen(n->text) > XML_MAX_TEXT)
		abort();
	for (c = n->child; c; c = c->next) {
		if (c->parent != n)
			abort();
		check_tree(c, depth + 1, nodes);
	}
}

static void check_reference(const struct reference *r)
{
	const char *fault;
	size_t i;

	if (!util_profile_name_ok(r->profile) || !r->line ||
	    r->nparams > REFERENCE_MAX_PARAMS)
		abort();
	for (i = 0; i < r->nparams; i++) {
		if (!param_name_ok(r->params[i].name, &fault) ||
		    !r->params[i].value[0] || r->params[i].value[0] == ' ')
			abort();
	}
}

static void read_domain(const struct xml_node *root, bool strict)
{
	const struct domain_rules rules = {
		.strict = strict,
		.honour_filterref = strict,
	};
	const struct interface *nic;
	struct domain d = { 0 };
	size_t i, k;

	if (domain_read("fuzz.xml", root, &rules, &d) < 0)
		return;
	if (!d.name[0])
		abort();
	for (i = 0; i < d.ninterfaces; i++) {
		nic = &d.interfaces[i];
		if (nic->nrefs && (!domain_has_tap(nic) || !nic->has_mac))
			abort();
		for (k = 0; k < nic->nrefs; k++)
			check_reference(&nic->refs[k]);
	}
	domain_free(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xml_node *root = NULL;
	struct domain taps = { 0 };
	unsigned int nodes = 0;

	if (xml_parse("fuzz.xml", (const char *)data, size, &root) < 0)
		return 0;
	check_tree(root, 1, &nodes);
	read_domain(root, true);
	read_domain(root, false);
	if (domain_read_taps("fuzz.xml", root, &taps) >= 0)
		domain_free(&taps);
	xml_free(root);
	return 0;
}
