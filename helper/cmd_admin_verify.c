// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter verify: do the taps have what was installed? */
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "admin_view.h"
#include "log.h"

enum { EXIT_DRIFT = 4, EXIT_MISSING = 5 };

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
		 view_bridge(all, t));
	return named ? EXIT_MISSING : EXIT_SUCCESS;
}

int cmd_verify(int argc, char **argv)
{
	_cleanup_taps_ struct admin_taps all = { 0 };
	int worst = EXIT_SUCCESS, rc;
	struct admin_view v;
	size_t i;

	rc = admin_view_parse(argc, argv, 0, &v);
	if (rc == EXIT_SUCCESS)
		rc = admin_view_load(&v, TAPS_RULES, &all);
	if (rc != EXIT_SUCCESS)
		return rc;
	for (i = 0; i < all.n; i++) {
		rc = verify_tap(&all, &all.taps[i], v.tap);
		worst = rc > worst ? rc : worst;
	}
	return worst;
}
