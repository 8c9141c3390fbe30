// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter status and verify: which taps there are, and whether they hold */
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "admin_taps.h"
#include "log.h"

enum { EXIT_DRIFT = 4, EXIT_MISSING = 5 };

static const char *const words[] = {
	[TAP_FILTERED] = "filtered",	 [TAP_MISSING] = "no rules",
	[TAP_OTHER] = "other rules",	 [TAP_GONE] = "gone",
	[TAP_UNFILTERED] = "unfiltered",
};

static const char *bridge_of(const struct admin_taps *all,
			     const struct admin_tap *t)
{
	size_t i;

	for (i = 0; t->bridge && i < all->nlinks; i++)
		if (all->links[i].ifindex == t->bridge)
			return all->links[i].name;
	return "-";
}

static int load(int argc, char **argv, bool thorough, struct admin_taps *out)
{
	struct conf c = { 0 };
	int rc;

	if (argc > 2)
		return admin_usage(
			argv[0], "one tap at a time, not also \"%s\"", argv[2]);
	if (argc == 2 && !util_tap_name_ok(argv[1]))
		return admin_usage(argv[0], "not the name of a tap: \"%s\"",
				   argv[1]);
	if (geteuid() != 0) {
		log_err("only root can look at records and rules");
		return EXIT_DENIED;
	}
	rc = admin_load_conf(&c);
	if (rc == 0)
		rc = admin_taps_load(&c, argc == 2 ? argv[1] : NULL, thorough,
				     out);
	conf_free(&c);
	if (rc < 0)
		return EXIT_FAILURE;
	if (argc == 2 && out->n == 0) {
		log_err("%s: no record, and no tap in a bridge", argv[1]);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* ---- status --------------------------------------------------------------- */

static void print_profiles(const struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		printf("%s%s%s%s%s", i ? ", " : "", b->profiles[i].name,
		       b->profiles[i].params[0] ? "(" : "",
		       b->profiles[i].params,
		       b->profiles[i].params[0] ? ")" : "");
}

static void print_tap(const struct admin_taps *all, const struct admin_tap *t)
{
	const struct binding *b = &t->record.binding;

	printf("%-15s %-11s %-10s", t->name, words[t->state],
	       bridge_of(all, t));
	if (admin_tap_has_record(t)) {
		printf(" %02x:%02x:%02x:%02x:%02x:%02x %s ", b->mac[0],
		       b->mac[1], b->mac[2], b->mac[3], b->mac[4], b->mac[5],
		       b->domain);
		print_profiles(b);
	}
	putchar('\n');
}

int cmd_status(int argc, char **argv)
{
	_cleanup_taps_ struct admin_taps all = { 0 };
	int rc = load(argc, argv, false, &all);
	size_t i;

	if (rc != EXIT_SUCCESS)
		return rc;
	for (i = 0; i < all.n; i++)
		print_tap(&all, &all.taps[i]);
	return EXIT_SUCCESS;
}

/* ---- verify --------------------------------------------------------------- */

/* What is wrong is said here, and what mends it. */
static int verify_tap(const struct admin_taps *all, const struct admin_tap *t,
		      bool named)
{
	switch (t->state) {
	case TAP_FILTERED:
		return EXIT_SUCCESS;
	case TAP_MISSING:
		if (t->record.given)
			log_err("%s: its rules are missing: tapfilter reload "
				"--guest %s installs them",
				t->name, t->record.binding.domain);
		else
			log_err("%s: its rules are missing: tapfilter up %s "
				"installs them",
				t->name, t->name);
		return EXIT_MISSING;
	case TAP_OTHER:
		log_err("%s: its rules are not those of its record: tapfilter "
			"reload makes them so",
			t->name);
		return EXIT_DRIFT;
	case TAP_GONE:
		log_note("%s has gone: tapfilter gc clears its record away",
			 t->name);
		return EXIT_SUCCESS;
	case TAP_UNFILTERED:
		break;
	}
	/* Perhaps nobody wanted it filtered: only who asks must know. */
	log_note("%s is in bridge %s, and not filtered", t->name,
		 bridge_of(all, t));
	return named ? EXIT_MISSING : EXIT_SUCCESS;
}

int cmd_verify(int argc, char **argv)
{
	_cleanup_taps_ struct admin_taps all = { 0 };
	int rc = load(argc, argv, true, &all), worst = EXIT_SUCCESS;
	size_t i;

	if (rc != EXIT_SUCCESS)
		return rc;
	for (i = 0; i < all.n; i++) {
		rc = verify_tap(&all, &all.taps[i], argc == 2);
		worst = rc > worst ? rc : worst;
	}
	return worst;
}
