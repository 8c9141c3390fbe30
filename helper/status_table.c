// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of tapfilter status: a line a tap, WIDTH columns */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin_drops.h"
#include "admin_view.h"
#include "status_table.h"

#define WIDTH 80
#define ELLIPSIS "\xE2\x80\xA6" /* U+2026 in UTF-8 */

enum column {
	COL_TAP,
	COL_STATE,
	COL_MAC,
	COL_DOMAIN,
	COL_PLACE,
	COL_SINCE,
	COL_BY,
	COL_DROPS,
	COL_PROFILES,
	COLUMNS
};

/**
 * struct row - A line of the table
 * @cell:	Without a record there are but the first two
 * @names:	The profiles without their parameters
 */
struct row {
	const struct admin_tap *tap;
	struct buf cell[COLUMNS];
	struct buf names;
};

struct table {
	struct row *rows;
	size_t n;
	size_t width[COLUMNS];
};

static void table_free(struct table *t)
{
	size_t i, c;

	for (i = 0; i < t->n; i++) {
		for (c = 0; c < COLUMNS; c++)
			buf_free(&t->rows[i].cell[c]);
		buf_free(&t->rows[i].names);
	}
	free(t->rows);
}

/* ---- text ------------------------------------------------------------------- */

/* Characters, of which each is taken to be one column wide */
static size_t length(const struct buf *text)
{
	size_t i, n = 0;

	for (i = 0; i < text->len; i++)
		n += ((unsigned char)text->data[i] & 0xc0) != 0x80;
	return n;
}

static int cut(struct buf *text, size_t width)
{
	size_t i, n = 0;

	if (length(text) <= width)
		return 0;
	for (i = 0; i < text->len; i++) {
		n += ((unsigned char)text->data[i] & 0xc0) != 0x80;
		if (n == width)
			break;
	}
	text->len = i;
	return buf_add(text, ELLIPSIS, strlen(ELLIPSIS));
}

static int format_drops(uint64_t n, struct buf *out)
{
	static const char units[] = " kMGTPE";
	size_t i = 0;

	while (n > 9999) {
		n /= 1000;
		i++;
	}
	if (!i)
		return buf_printf(out, "%llu", (unsigned long long)n);
	return buf_printf(out, "%llu%c", (unsigned long long)n, units[i]);
}

/* As short as it can be told: the hour of today, the day of this year */
static int format_since(int64_t since, struct buf *out)
{
	time_t then = since, now = time(NULL);
	struct tm a, b;

	if (!localtime_r(&then, &a) || !localtime_r(&now, &b))
		return buf_printf(out, "-");
	if (a.tm_year != b.tm_year)
		return buf_printf(out, "%d", a.tm_year + 1900);
	if (a.tm_yday != b.tm_yday)
		return buf_printf(out, "%02d-%02d", a.tm_mon + 1, a.tm_mday);
	return buf_printf(out, "%02d:%02d", a.tm_hour, a.tm_min);
}

/* Was a profile of that name before it?  Some stand for several conjuncts. */
static bool is_repeated(const struct binding *b, unsigned int profile)
{
	unsigned int i;

	for (i = 0; i < profile; i++)
		if (strcmp(b->profiles[i].name, b->profiles[profile].name) == 0)
			return true;
	return false;
}

static int format_profiles(const struct binding *b, bool params,
			   struct buf *out)
{
	const struct binding_profile *p;
	unsigned int i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < b->nprofiles; i++) {
		p = &b->profiles[i];
		if (is_repeated(b, i))
			continue;
		rc = buf_printf(out, "%s%s", i ? ", " : "", p->name);
		if (rc >= 0 && params && p->params[0])
			rc = buf_printf(out, "(%s)", p->params);
	}
	return rc;
}

/* Each place once, by its last word: what is called "nft netdev" is told from
 * the others by that. */
static int format_places(const struct binding *b, struct buf *out)
{
	const char *place, *word;
	unsigned int i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < b->nprofiles; i++) {
		place = place_name(b->profiles[i].place);
		word = strrchr(place, ' ');
		word = word ? word + 1 : place;
		if (out->len && strstr(out->data, word))
			continue;
		rc = buf_printf(out, "%s%s", out->len ? "," : "", word);
	}
	return rc;
}

/* ---- rows ----------------------------------------------------------------- */

static int fill_recorded(struct row *r)
{
	const struct record *rec = &r->tap->record;
	const struct binding *b = &rec->binding;
	char mac[FIELD_TEXT_MAX], owner[VIEW_OWNER_SIZE];
	struct drop_sums drops;
	int rc;

	view_mac(b->mac, mac);
	view_owner(rec, owner);
	drop_sums_make(b, r->tap->counters, r->tap->ncounters, &drops);
	rc = buf_printf(&r->cell[COL_MAC], "%s", mac);
	if (rc >= 0)
		rc = buf_printf(&r->cell[COL_DOMAIN], "%s", b->domain);
	if (rc >= 0)
		rc = buf_printf(&r->cell[COL_BY], "%s", owner);
	if (rc >= 0)
		rc = format_since(rec->since, &r->cell[COL_SINCE]);
	if (rc >= 0 && r->tap->counted)
		rc = format_drops(drops.packets, &r->cell[COL_DROPS]);
	if (rc >= 0)
		rc = format_places(b, &r->cell[COL_PLACE]);
	if (rc >= 0)
		rc = format_profiles(b, true, &r->cell[COL_PROFILES]);
	return rc < 0 ? rc : format_profiles(b, false, &r->names);
}

static int fill_row(const struct admin_tap *t, struct row *r)
{
	size_t i;
	int rc;

	r->tap = t;
	rc = util_add_plain(&r->cell[COL_TAP], t->name);
	if (rc >= 0)
		rc = buf_printf(&r->cell[COL_STATE], "%s",
				view_state(t->state));
	if (rc < 0 || !admin_tap_has_record(t))
		return rc;
	rc = fill_recorded(r);
	for (i = 0; rc >= 0 && i < COLUMNS; i++)
		if (!r->cell[i].len)
			rc = buf_printf(&r->cell[i], "-");
	return rc;
}

static const char *const heads[COLUMNS] = {
	[COL_TAP] = "TAP",
	[COL_STATE] = "STATE",
	[COL_MAC] = "MAC",
	[COL_DOMAIN] = "DOMAIN",
	[COL_PLACE] = "PLACE",
	[COL_SINCE] = "SINCE",
	[COL_BY] = "BY",
	[COL_DROPS] = "DROPS",
	[COL_PROFILES] = "PROFILES",
};

/* Columns get as narrow as they must for a line of WIDTH, in this order: of two
 * places the second one tells more than the rest of a name. */
static void fit(struct table *t)
{
	static const struct {
		enum column column;
		size_t floor;
	} steps[] = {
		{ COL_PROFILES, 16 }, { COL_DOMAIN, 10 }, { COL_BY, 6 },
		{ COL_PROFILES, 8 },  { COL_DOMAIN, 6 },  { COL_BY, 4 },
		{ COL_PROFILES, 4 },  { COL_PLACE, 6 },	  { COL_PROFILES, 1 },
	};
	size_t sum = COLUMNS - 1, i, c, less;

	for (c = 0; c < COLUMNS; c++) {
		t->width[c] = strlen(heads[c]);
		for (i = 0; i < t->n; i++)
			if (length(&t->rows[i].cell[c]) > t->width[c])
				t->width[c] = length(&t->rows[i].cell[c]);
		sum += t->width[c];
	}
	for (i = 0; i < ARRAY_SIZE(steps) && sum > WIDTH; i++) {
		c = steps[i].column;
		if (t->width[c] <= steps[i].floor)
			continue;
		less = t->width[c] - steps[i].floor;
		if (less > sum - WIDTH)
			less = sum - WIDTH;
		t->width[c] -= less;
		sum -= less;
	}
}

/* Names alone tell more than half of the parameters. */
static int shorten(struct table *t, struct row *r)
{
	struct buf *profiles = &r->cell[COL_PROFILES];
	size_t c;
	int rc = 0;

	if (length(profiles) > t->width[COL_PROFILES] && r->names.len) {
		profiles->len = 0;
		rc = buf_add(profiles, r->names.data, r->names.len);
	}
	for (c = 0; rc >= 0 && c < COLUMNS; c++)
		rc = cut(&r->cell[c], t->width[c]);
	return rc;
}

static void print_cell(const struct table *t, enum column c, const char *text,
		       size_t len)
{
	int pad = (int)(t->width[c] > len ? t->width[c] - len : 0);

	if (c == COL_DROPS)
		printf("%*s%s ", pad, "", text);
	else if (c == COL_PROFILES)
		printf("%s\n", text);
	else
		printf("%s%*s ", text, pad, "");
}

static void print_row(const struct table *t, const struct row *r,
		      const char *bridge)
{
	enum color color = view_state_color(r->tap->state);
	enum column c;

	print_cell(t, COL_TAP, r->cell[COL_TAP].data,
		   length(&r->cell[COL_TAP]));
	fputs(color_on(color), stdout);
	print_cell(t, COL_STATE, r->cell[COL_STATE].data,
		   length(&r->cell[COL_STATE]));
	fputs(color_off(color), stdout);
	if (!r->cell[COL_PROFILES].len) {
		fputs("in ", stdout);
		view_print(bridge ? bridge : "no bridge");
		putchar('\n');
		return;
	}
	for (c = COL_STATE + 1; c < COLUMNS; c++)
		print_cell(t, c, r->cell[c].data, length(&r->cell[c]));
}

int status_table_print(const struct admin_taps *all)
{
	_cleanup_(table_free) struct table t = { 0 };
	enum column c;
	size_t i;
	int rc = 0;

	if (!all->n)
		return 0;
	t.rows = util_alloc(all->n, sizeof(*t.rows));
	if (!t.rows)
		return -ENOMEM;
	t.n = all->n;
	for (i = 0; rc >= 0 && i < t.n; i++)
		rc = fill_row(&all->taps[i], &t.rows[i]);
	if (rc < 0)
		return rc;
	fit(&t);
	for (i = 0; rc >= 0 && i < t.n; i++)
		rc = shorten(&t, &t.rows[i]);
	if (rc < 0)
		return rc;
	for (c = 0; c < COL_PROFILES; c++)
		print_cell(&t, c, heads[c], strlen(heads[c]));
	/* the last column may be narrower than its head */
	printf("%.*s\n", (int)t.width[c], heads[c]);
	for (i = 0; i < t.n; i++)
		print_row(&t, &t.rows[i], view_bridge(all, &all->taps[i]));
	return 0;
}
