// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A profile's XML: whatever the bytes, no fault, and every entry that is
 * accepted becomes rules that every place may carry.
 */
#include <stdlib.h>
#include <string.h>

#include "expand_params.h"
#include "expand_rules.h"
#include "pool.h"
#include "profile.h"
#include "rule.h"

#define MAX_RULES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *sample(const struct operand *o)
{
	switch (o->type->kind) {
	case VALUE_MAC:
	case VALUE_MACMASK:
		return "52:54:00:00:00:01 52:54:00:00:00:02";
	case VALUE_ADDRESS:
		return strstr(o->type->what, "IPv6") ? "2001:db8::1 fe80::/10" :
						       "10.0.0.1 10.1.0.0/16";
	case VALUE_ADDRMASK:
		return "24";
	case VALUE_TCPFLAGS:
		return "SYN NONE/SYN,ACK";
	case VALUE_NUMBER:
		return o->type->min ? "2048 0x86dd" : "1 2";
	}
	abort();
}

static void give(struct reference *ref, const struct operand *o,
		 const char *param)
{
	struct param *p;
	size_t i;

	if (!param || strcmp(param, PARAM_MAC) == 0)
		return;
	for (i = 0; i < ref->nparams; i++)
		if (strcmp(ref->params[i].name, param) == 0)
			return;
	p = util_grow(&ref->params, ref->nparams, sizeof(*ref->params));
	if (!p)
		abort();
	ref->nparams++;
	p->name = strdup(param);
	p->value =
		strdup(strcmp(param, PARAM_LINKLOCAL) ? sample(o) : "fe80::1");
}

static void give_words(struct reference *ref, const struct operand *o)
{
	unsigned int i;

	for (i = 0; i < o->nwords; i++)
		give(ref, o, o->words[i].param);
}

static void give_all(struct reference *ref, const struct profile *p)
{
	const struct shape *s;
	size_t e, k, t;

	for (e = 0; e < p->nentries; e++) {
		for (k = 0; k < p->entries[e].nshapes; k++) {
			s = &p->entries[e].shapes[k];
			for (t = 0; t < s->nterms; t++) {
				give_words(ref, &s->terms[t].from);
				give_words(ref, &s->terms[t].to);
			}
		}
	}
}

static void free_params(struct reference *ref)
{
	size_t i;

	for (i = 0; i < ref->nparams; i++) {
		free(ref->params[i].name);
		free(ref->params[i].value);
	}
	free(ref->params);
}

static size_t count_shapes(const struct profile *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->nentries; i++)
		n += p->entries[i].nshapes;
	return n;
}

/* What some parameters can make rules of, "check" can without any. */
static void expand_without(const struct profile *p, const struct reference *ref,
			   bool can)
{
	const struct param_set params = { .top = ref, .sample = true };
	struct binding b = { 0 };
	unsigned int i;

	if (expand_entries(p, &params, 0, MAX_RULES, &b) < 0 && can)
		abort();
	for (i = 0; can && i < b.nrules; i++)
		if (rule_validate(&b.rules[i]))
			abort();
	binding_free(&b);
}

static void expand(const struct profile *p)
{
	const struct interface nic = {
		.has_mac = true,
		.mac = { 0x52, 0x54, 0, 0, 0, 1 },
		.line = 1,
	};
	struct reference ref = { .file = "domain.xml", .line = 1 };
	struct param_set params = { .top = &ref,
				    .iface = &nic,
				    .file = "domain.xml" };
	struct binding b = { 0 };
	bool can = false;
	unsigned int i;

	ref.profile = p->name;
	give_all(&ref, p);
	if (params_top(&params) == 0) {
		can = expand_entries(p, &params, 0, MAX_RULES, &b) == 0;
		if (can) {
			for (i = 0; i < b.nrules; i++)
				if (rule_validate(&b.rules[i]))
					abort();
		} else if (!ref.nparams && count_shapes(p) <= MAX_RULES) {
			/* Nothing was left open when it was parsed. */
			abort();
		}
	}
	binding_free(&b);
	param_set_free(&params);
	expand_without(p, &ref, can);
	free_params(&ref);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *p = NULL;

	if (pool_parse("fuzz", "fuzz.xml", (const char *)data, size, &p) < 0)
		return 0;
	if (!p->nentries && !p->nrefs)
		abort();
	profile_idle_entries(p);
	expand(p);
	profile_free(p);
	return 0;
}
