// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls the iptables backend as the programs do, with rules from standard
 * input:
 *
 *	ipt_driver apply TAP...		the same rules, as text, for each
 *	ipt_driver verify TAP
 *	ipt_driver query TAP		prints the identity
 *	ipt_driver counters TAP		prints what the rules met
 *	ipt_driver remove TAP
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "../backend_text.h"
#include "../binding_text.h"
#include "ipt.h"
#include "place.h"

static void place_all(struct binding *b)
{
	const char *what;
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		what = place_refuses_rule(PLACE_IPTABLES, &b->rules[i]);
		if (what)
			text_die("the place refuses", what);
	}
	for (i = 0; i < b->nprofiles; i++)
		b->profiles[i].place = PLACE_IPTABLES;
}

static int with_rules(struct backend *be, const char *op, char **taps, size_t n)
{
	struct backend_item *items = util_alloc(n, sizeof(*items));
	struct binding *b = util_alloc(n, sizeof(*b));
	_cleanup_buf_ struct buf findings = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	size_t i;
	int rc;

	rc = util_read_all(STDIN_FILENO, "standard input", 1 << 24, 0, &text);
	for (i = 0; rc >= 0 && items && b && i < n; i++) {
		text_binding(&b[i], taps[i], text.data ? text.data : "");
		place_all(&b[i]);
		items[i] = (struct backend_item){
			.b = &b[i],
			.id = { .ifindex = if_nametoindex(taps[i]),
				.owner = 4711,
				.uuid = { 0xaa, 0xbb },
				.digest = binding_digest(&b[i]) },
		};
	}
	if (rc >= 0)
		rc = strcmp(op, "apply") == 0 ?
			     backend_ipt.apply(be, items, n) :
			     backend_ipt.verify(be, &b[0], &items[0].id,
						&findings);
	if (findings.len)
		fputs(findings.data, stdout);
	for (i = 0; b && i < n; i++)
		binding_free(&b[i]);
	free(b);
	free(items);
	return rc;
}

int main(int argc, char **argv)
{
	const char *op = argc > 1 ? argv[1] : "";
	struct backend *be;
	int rc;

	if (argc < 3 || backend_ipt.open(&be) < 0)
		return 2;
	if (strcmp(op, "apply") == 0 || strcmp(op, "verify") == 0)
		rc = with_rules(be, op, argv + 2, (size_t)argc - 2);
	else if (strcmp(op, "query") == 0)
		rc = print_query(&backend_ipt, be, argv[2]);
	else if (strcmp(op, "counters") == 0)
		rc = print_counters(&backend_ipt, be, argv[2]);
	else if (strcmp(op, "remove") == 0)
		rc = backend_ipt.remove(be, argv[2]);
	else
		rc = -EINVAL;
	backend_ipt.close(be);
	return rc < 0 ? 1 : 0;
}
