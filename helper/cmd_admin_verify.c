// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter verify: do the taps have what was installed, and what their files
 * say now? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "admin_verify.h"
#include "admin_view.h"

enum { EXIT_DRIFT = 4, EXIT_MISSING = 5 };

static int status_of(const struct admin_view *v, const struct verified *t)
{
	switch (t->verdict) {
	case VERIFY_OK:
	case VERIFY_GONE:
		break;
	case VERIFY_UNFILTERED:
		/* Perhaps nobody wanted it filtered: only who asks must know */
		return v->tap ? EXIT_MISSING : EXIT_SUCCESS;
	case VERIFY_DRIFT:
		return EXIT_DRIFT;
	case VERIFY_MISSING:
		return EXIT_MISSING;
	}
	return EXIT_SUCCESS;
}

/* Not in force, or in force under a name that the tap has no more */
static bool is_lost(const struct admin_tap *t)
{
	return t->state == TAP_MISSING || t->state == TAP_OTHER || t->renamed;
}

/* ---- for people ---------------------------------------------------------------- */

static enum color color_of(const struct verified *t)
{
	static const enum color colors[] = {
		[VERIFY_OK] = COLOR_GREEN,	 [VERIFY_GONE] = COLOR_NONE,
		[VERIFY_UNFILTERED] = COLOR_RED, [VERIFY_DRIFT] = COLOR_YELLOW,
		[VERIFY_MISSING] = COLOR_RED,
	};

	return colors[t->verdict];
}

static bool has(const struct verified *t, enum finding_kind kind)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->findings[i].kind == kind)
			return true;
	return false;
}

/* What mends it, the first thing first */
static void print_remedy(const struct verified *t)
{
	const struct record *r = &t->tap->record;
	const char *name = t->tap->name;

	if (t->verdict == VERIFY_UNFILTERED && util_tap_name_ok(name))
		printf("  tapfilter up %s filters it, once a domain names it\n"
		       "  tapfilter reload --guest GUEST, if it is of libvirt\n",
		       name);
	if (t->tap->renamed && !t->tap->dev) {
		fputs("  set ", stdout);
		view_print(t->tap->renamed->name);
		printf(" down, give it its name back, then tapfilter up %s\n",
		       name);
	} else if (t->tap->state == TAP_GONE && t->tap->dev) {
		printf("  tapfilter up %s, or reload --guest GUEST, filters the "
		       "new device\n",
		       name);
	}
	if (is_lost(t->tap) && !t->tap->renamed)
		printf("  tapfilter verify --repair %s puts the recorded rules "
		       "back\n",
		       name);
	if (has(t, FINDING_FILES))
		printf("  tapfilter reload %s installs what the files say now\n",
		       name);
	if (has(t, FINDING_PORT) && !r->no_link)
		printf("  tapfilter up %s makes it the port that it was\n",
		       name);
}

static void print_tap(const struct verified *t)
{
	enum color color = color_of(t);
	size_t i;

	view_print(t->tap->name);
	printf(": %s%s%s\n", color_on(color), verify_result_name(t->verdict),
	       color_off(color));
	for (i = 0; i < t->n; i++) {
		printf("  %s: ", finding_kind_name(t->findings[i].kind));
		view_print(t->findings[i].text);
		putchar('\n');
	}
	if (t->more)
		printf("  and %zu more\n", t->more);
	print_remedy(t);
}

/* Those of which there is something to say; all that were asked for */
static void print_text(const struct admin_view *v, const struct verify *all)
{
	size_t count[VERIFY_MISSING + 1] = { 0 }, i;
	const char *between = "";
	enum verdict_of_tap k;

	for (i = 0; i < all->taps->n; i++) {
		count[all->all[i].verdict]++;
		if (v->tap || all->all[i].n || all->all[i].verdict != VERIFY_OK)
			print_tap(&all->all[i]);
	}
	if (v->tap || !all->taps->n)
		return;
	printf("%zu tap%s: ", all->taps->n, all->taps->n == 1 ? "" : "s");
	for (k = VERIFY_OK; k <= VERIFY_MISSING; k++) {
		if (!count[k])
			continue;
		printf("%s%zu %s", between, count[k], verify_result_name(k));
		between = ", ";
	}
	putchar('\n');
}

/* ---- for programs ---------------------------------------------------------------- */

static struct jsonout *json_tap(const struct verify *all,
				const struct verified *t)
{
	struct jsonout *j = view_json_tap(all->taps, t->tap), *one;
	struct jsonout *findings = jsonout_array(), *notes = jsonout_array();
	const struct finding *f;

	for (f = t->findings; f < t->findings + t->n; f++) {
		if (f->kind == FINDING_NOTE) {
			jsonout_text(notes, NULL, f->text);
			continue;
		}
		one = jsonout_object();
		jsonout_text(one, "kind", finding_kind_name(f->kind));
		jsonout_text(one, "text", f->text);
		jsonout_add(findings, NULL, one);
	}
	jsonout_text(j, "result", verify_result_name(t->verdict));
	jsonout_text(j, "renamed_to",
		     t->tap->renamed ? t->tap->renamed->name : NULL);
	jsonout_add(j, "findings", findings);
	jsonout_number(j, "more_findings", t->more);
	jsonout_add(j, "notes", notes);
	return j;
}

static int print_json(const struct verify *all)
{
	struct jsonout *list = jsonout_array();
	size_t i;

	for (i = 0; i < all->taps->n; i++)
		jsonout_add(list, NULL, json_tap(all, &all->all[i]));
	return jsonout_print(list, false);
}

/* ---- the command ----------------------------------------------------------------- */

/* Ask the helper to put recorded rules back; it tells what it did. */
static int repair(const struct admin_view *v)
{
	static char config[] = "--config", command[] = "restore";
	_cleanup_taps_ struct admin_taps taps = { 0 };
	_cleanup_free_ char *path = admin_program("tapfilter-helper");
	_cleanup_free_ char *file = strdup(admin_conf_file());
	_cleanup_free_ char **args = NULL;
	size_t i, n = 0, named;
	int rc = admin_view_load(v, TAPS_RULES, &taps);

	if (rc != EXIT_SUCCESS)
		return rc;
	args = util_alloc(taps.n + 5, sizeof(*args));
	if (!path || !file || !args)
		return EXIT_FAILURE;
	args[n++] = path;
	args[n++] = config;
	args[n++] = file;
	args[n++] = command;
	named = n;
	for (i = 0; i < taps.n; i++)
		if (is_lost(&taps.taps[i]))
			args[n++] = taps.taps[i].name;
	/* What it could not put back, the next look finds. */
	if (n > named && admin_run(path, args, -1, -1) < 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

static int verify(const struct conf *c, const struct admin_view *v)
{
	_cleanup_taps_ struct admin_taps taps = { 0 };
	_cleanup_verify_ struct verify all = { 0 };
	int worst = EXIT_SUCCESS, rc;
	size_t i;

	rc = admin_view_load(v, TAPS_RULES, &taps);
	if (rc != EXIT_SUCCESS)
		return rc;
	if (admin_verify(c, &taps, &all) < 0)
		return EXIT_FAILURE;
	if (!(v->given & VIEW_JSON))
		print_text(v, &all);
	else if (print_json(&all) < 0)
		return EXIT_FAILURE;
	for (i = 0; i < taps.n; i++) {
		rc = status_of(v, &all.all[i]);
		worst = rc > worst ? rc : worst;
	}
	return worst;
}

int cmd_verify(int argc, char **argv)
{
	_cleanup_(conf_free) struct conf c = { 0 };
	struct admin_view v;
	int rc;

	rc = admin_view_parse(argc, argv, VIEW_JSON | VIEW_REPAIR, &v);
	if (rc != EXIT_SUCCESS)
		return rc;
	if (admin_load_conf(&c) < 0)
		return EXIT_FAILURE;
	if (v.given & VIEW_REPAIR)
		rc = repair(&v);
	return rc == EXIT_SUCCESS ? verify(&c, &v) : rc;
}
