// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter status: which taps there are, and who filters them */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin.h"
#include "admin_drops.h"
#include "admin_view.h"
#include "status_table.h"

/* ---- one tap, in full ----------------------------------------------------------- */

static void print_field(const char *name, const char *text)
{
	printf("%-9s ", name);
	view_print(text);
	putchar('\n');
}

static void print_record(const struct admin_tap *t)
{
	const struct binding *b = &t->record.binding;
	char mac[FIELD_TEXT_MAX], uuid[UTIL_UUID_SIZE], owner[VIEW_OWNER_SIZE];
	char when[sizeof("-2147483648-01-01 00:00:00 +0000")];
	time_t since = t->record.since;
	struct drop_sums drops;
	struct tm tm;
	unsigned int i;

	view_mac(b->mac, mac);
	util_format_uuid(b->uuid, uuid);
	view_owner(&t->record, owner);
	print_field("domain", b->domain);
	print_field("uuid", uuid);
	print_field("mac", mac);
	if (localtime_r(&since, &tm) &&
	    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %z", &tm))
		print_field("since", when);
	print_field("by", owner);
	for (i = 0; i < b->nprofiles; i++)
		printf("%-9s %s%s%s (%s)\n", "profile", b->profiles[i].name,
		       b->profiles[i].params[0] ? " " : "",
		       b->profiles[i].params, place_name(b->profiles[i].place));
	if (!t->counted)
		return;
	drop_sums_make(b, t->counters, t->ncounters, &drops);
	printf("%-9s %llu frames, %llu bytes\n", "dropped",
	       (unsigned long long)drops.packets,
	       (unsigned long long)drops.bytes);
}

static void print_tap(const struct admin_taps *all, const struct admin_tap *t)
{
	const char *bridge = view_bridge(all, t);
	enum color color = view_state_color(t->state);

	print_field("tap", t->name);
	printf("%-9s %s%s%s\n", "state", color_on(color), view_state(t->state),
	       color_off(color));
	print_field("bridge", bridge ? bridge : "-");
	if (admin_tap_has_record(t))
		print_record(t);
}

/* ---- for programs ---------------------------------------------------------------- */

static struct jsonout *json_profiles(const struct binding *b)
{
	struct jsonout *list = jsonout_array();
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		jsonout_add(list, NULL, view_json_profile(&b->profiles[i]));
	return list;
}

static struct jsonout *json_tap(const struct admin_taps *all,
				const struct admin_tap *t)
{
	struct jsonout *j = view_json_tap(all, t), *part;
	char owner[VIEW_OWNER_SIZE];
	struct drop_sums drops;

	jsonout_add(j, "profiles", json_profiles(&t->record.binding));
	if (!admin_tap_has_record(t)) {
		jsonout_text(j, "since", NULL);
		jsonout_text(j, "by", NULL);
		jsonout_text(j, "dropped", NULL);
		return j;
	}
	view_json_since(j, t->record.since);
	view_owner(&t->record, owner);
	part = jsonout_object();
	jsonout_number(part, "uid", t->record.owner);
	jsonout_text(part, "name", owner);
	jsonout_add(j, "by", part);
	if (!t->counted) {
		jsonout_text(j, "dropped", NULL);
		return j;
	}
	drop_sums_make(&t->record.binding, t->counters, t->ncounters, &drops);
	part = jsonout_object();
	jsonout_number(part, "packets", drops.packets);
	jsonout_number(part, "bytes", drops.bytes);
	jsonout_add(j, "dropped", part);
	return j;
}

static int print_json(const struct admin_taps *all)
{
	struct jsonout *list = jsonout_array();
	size_t i;

	for (i = 0; i < all->n; i++)
		jsonout_add(list, NULL, json_tap(all, &all->taps[i]));
	return jsonout_print(list, false);
}

int cmd_status(int argc, char **argv)
{
	_cleanup_taps_ struct admin_taps all = { 0 };
	struct admin_view v;
	size_t i;
	int rc;

	rc = admin_view_parse(argc, argv, VIEW_JSON, &v);
	if (rc == EXIT_SUCCESS)
		rc = admin_view_load(&v, TAPS_COUNTERS, &all);
	if (rc != EXIT_SUCCESS)
		return rc;
	if (v.given & VIEW_JSON)
		return print_json(&all) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	for (i = 0; v.tap && i < all.n; i++)
		print_tap(&all, &all.taps[i]);
	if (!v.tap && status_table_print(&all) < 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
