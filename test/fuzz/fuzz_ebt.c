// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ebtables-save prints, and the files that have its names.  Whatever it
 * is, what was taken for a rule of ours can be written and is read again as
 * what it was.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ebt.h"
#include "ebt_legacy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_chain(const struct ebt_chain *c, struct buf *text)
{
	size_t i;

	if (!ebt_chain_of(c->name, "tap0"))
		abort();
	for (i = 0; i < c->nrules; i++) {
		if (c->rules[i].target == EBT_STRANGE)
			continue;
		if (c->rules[i].nconds > EBT_MAX_CONDS ||
		    ebt_write_rule(text, "-A", c->name, &c->rules[i]) < 0)
			abort();
	}
}

static void check_again(const struct ebt_view *v, const char *text,
			const struct ebt_names *names)
{
	_cleanup_view_ struct ebt_view again = { 0 };
	const struct ebt_chain *c;
	size_t i, j, k;

	if (ebt_parse(text, names, "tap0", &again) < 0)
		abort();
	for (i = 0; i < v->chains.n; i++) {
		c = ebt_chain_find(&again.chains, v->chains.chain[i].name);
		for (j = 0, k = 0; j < v->chains.chain[i].nrules; j++) {
			if (v->chains.chain[i].rules[j].target == EBT_STRANGE)
				continue;
			if (!c || k >= c->nrules ||
			    !ebt_rule_equal(&c->rules[k++],
					    &v->chains.chain[i].rules[j]))
				abort();
		}
	}
}

/* What ebtables-legacy lists takes a step more. */
static void check_legacy(const char *list, const struct ebt_names *names)
{
	_cleanup_view_ struct ebt_view v = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	int rc = ebt_legacy_text(list, &text);

	if ((rc < 0 && rc != -EBADMSG) ||
	    (rc == 0 && ebt_parse(text.data, names, "tap0", &v) < 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_view_ struct ebt_view v = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	struct ebt_names names = { 0 };
	struct backend_tap id;
	char *in = malloc(size + 1);
	size_t i;

	if (!in)
		return 0;
	memcpy(in, data, size);
	in[size] = '\0';
	if (ebt_names_add(&names.types, &names.ntypes, in, 16) < 0 ||
	    ebt_names_add(&names.protocols, &names.nprotocols, in, 10) < 0 ||
	    ebt_parse(in, &names, "tap0", &v) < 0 ||
	    buf_printf(&text, "*nat\n") < 0)
		abort();
	for (i = 0; i < v.chains.n; i++) {
		check_chain(&v.chains.chain[i], &text);
		ebt_read_identity(&v.chains.chain[i], &id);
	}
	check_again(&v, text.data, &names);
	check_legacy(in, &names);
	ebt_names_free(&names);
	free(in);
	return 0;
}
