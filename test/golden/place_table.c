// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which places carry a profile of one rule: for each line of standard input, a
 * rule as rule_format() writes it, a + or - for nft netdev, nft bridge with
 * marks, nft bridge with connection tracking, ebtables and iptables.  With an
 * argument: the names of all fields.
 */
#include "../binding_text.h"
#include "ebt.h"
#include "place.h"
#include "place_split.h"

static const enum place nft[] = { PLACE_NETDEV, PLACE_BRIDGE, PLACE_TRACK };

static void put(bool can)
{
	putchar(can ? '+' : '-');
}

static void judge(const char *text)
{
	_cleanup_binding_ struct binding b = { 0 };
	struct split split = { 0 };
	const struct rule *at;
	size_t i;

	text_binding(&b, "tap0", text);
	for (i = 0; i < ARRAY_SIZE(nft); i++)
		put(!place_refuses_rule(nft[i], &b.rules[0]));
	put(!ebt_refuses(&b, 0, &at));
	/* all of it, and nothing that ebtables has to do beside */
	put(!split_make(&b, 0, &split, &at) && !split.rest.nrules);
	putchar('\n');
	split_free(&split);
}

int main(int argc, char **argv)
{
	unsigned int id;
	char line[512];

	(void)argv;
	for (id = FIELD_NONE + 1; argc > 1 && id < FIELD_COUNT; id++)
		puts(field_get(id)->name);
	while (argc == 1 && fgets(line, sizeof(line), stdin))
		judge(line);
	return 0;
}
