// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter show: the rules of a tap, and what they met */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin.h"
#include "admin_drops.h"
#include "admin_view.h"
#include "log.h"

struct show {
	const struct admin_view *view;
	const struct admin_taps *all;
	const struct admin_tap *tap;
	struct drop_sums drops;
};

static const char *dir_text(enum direction dir)
{
	return dir == DIR_OUT ? "out" : "in";
}

/* Is there an earlier rule of the same entry, direction and verdict? */
static bool is_repeated(const struct binding *b, unsigned int rule)
{
	const struct rule *r = &b->rules[rule], *q;

	for (q = b->rules; q < r; q++)
		if (q->line == r->line && q->dir == r->dir &&
		    q->verdict == r->verdict &&
		    strcmp(b->profiles[q->profile].name,
			   b->profiles[r->profile].name) == 0)
			return true;
	return false;
}

/*
 * What the rule's entry met.  NULL if an earlier rule stands for the entry, or
 * if nothing is known: the kernel counts where something is decided, and an
 * ACCEPT that leaves the rest of the profile aside needs no rule.
 */
static const struct backend_counter *find_counter(const struct show *s,
						  unsigned int rule)
{
	const struct binding *b = &s->tap->record.binding;
	size_t i;

	for (i = 0; i < s->tap->ncounters; i++)
		if (drop_is_of(&s->tap->counters[i], b, &b->rules[rule]))
			return is_repeated(b, rule) ? NULL :
						      &s->tap->counters[i];
	return NULL;
}

/* ---- for people ---------------------------------------------------------------- */

static int print_rule(const struct show *s, unsigned int rule)
{
	const struct binding *b = &s->tap->record.binding;
	const struct backend_counter *c = find_counter(s, rule);
	_cleanup_buf_ struct buf text = { 0 };
	int rc = rule_format(b, &b->rules[rule], &text);

	if (rc < 0)
		return rc;
	if (s->view->given & VIEW_COUNTERS && c)
		printf("%12llu %14llu ", (unsigned long long)c->packets,
		       (unsigned long long)c->bytes);
	else if (s->view->given & VIEW_COUNTERS)
		printf("%12s %14s ", "-", "-");
	printf(" %s\n", text.data);
	return 0;
}

static int print_profiles(const struct show *s)
{
	const struct binding *b = &s->tap->record.binding;
	const struct binding_profile *p;
	unsigned int i, k;
	int rc = 0;

	for (i = 0; i < b->nprofiles; i++) {
		p = &b->profiles[i];
		printf("%s%s%s (%s)\n", p->name, p->params[0] ? " " : "",
		       p->params, place_name(p->place));
		for (k = 0; rc >= 0 && k < b->nrules; k++)
			if (b->rules[k].profile == i)
				rc = print_rule(s, k);
	}
	return rc;
}

static void print_drops(const struct show *s)
{
	const struct drop_sum *sum;
	enum direction dir;
	enum drop_class c;

	printf("\n%-10s %-3s %12s %14s\n", "DROPPED", "", "PACKETS", "BYTES");
	for (c = 0; c < DROP_CLASSES; c++)
		for (dir = DIR_IN; dir <= DIR_OUT; dir++) {
			sum = &s->drops.by[dir][c];
			if (!sum->known)
				continue;
			printf("%-10s %-3s %12llu %14llu\n", drop_class_name(c),
			       dir_text(dir), (unsigned long long)sum->packets,
			       (unsigned long long)sum->bytes);
		}
}

static int print_text(const struct show *s)
{
	const struct admin_tap *t = s->tap;
	const char *bridge = view_bridge(s->all, t);
	enum color color = view_state_color(t->state);
	char mac[FIELD_TEXT_MAX];
	int rc;

	view_mac(t->record.binding.mac, mac);
	printf("%s: %s%s%s, in ", t->name, color_on(color),
	       view_state(t->state), color_off(color));
	view_print(bridge ? bridge : "no bridge");
	printf(", %s of %s\n\n", mac, t->record.binding.domain);
	if (s->view->given & VIEW_COUNTERS)
		printf("%12s %14s  %s\n", "PACKETS", "BYTES", "RULE");
	rc = print_profiles(s);
	if (rc >= 0 && t->counted)
		print_drops(s);
	return rc;
}

/* ---- for programs ---------------------------------------------------------------- */

static void json_figures(struct jsonout *j, bool known, uint64_t packets,
			 uint64_t bytes)
{
	if (!known) {
		jsonout_text(j, "packets", NULL);
		jsonout_text(j, "bytes", NULL);
		return;
	}
	jsonout_number(j, "packets", packets);
	jsonout_number(j, "bytes", bytes);
}

static struct jsonout *json_rule(const struct show *s, unsigned int rule)
{
	const struct binding *b = &s->tap->record.binding;
	const struct rule *r = &b->rules[rule];
	const struct backend_counter *c = find_counter(s, rule);
	_cleanup_buf_ struct buf text = { 0 };
	struct jsonout *j = jsonout_object();
	bool drop = r->verdict != VERDICT_ACCEPT;

	if (rule_format_matches(r, &text) < 0) {
		jsonout_free(j);
		return NULL;
	}
	jsonout_number(j, "line", r->line);
	jsonout_text(j, "direction", dir_text(r->dir));
	jsonout_text(j, "verdict", verdict_name(r->verdict));
	jsonout_text(j, "conditions", text.len ? text.data + 1 : "");
	jsonout_text(j, "class",
		     drop ? drop_class_name(drop_classify(b, r)) : NULL);
	json_figures(j, c, c ? c->packets : 0, c ? c->bytes : 0);
	return j;
}

static struct jsonout *json_profiles(const struct show *s)
{
	const struct binding *b = &s->tap->record.binding;
	struct jsonout *list = jsonout_array(), *rules, *j;
	unsigned int i, k;

	for (i = 0; i < b->nprofiles; i++) {
		j = view_json_profile(&b->profiles[i]);
		rules = jsonout_array();
		for (k = 0; k < b->nrules; k++)
			if (b->rules[k].profile == i)
				jsonout_add(rules, NULL, json_rule(s, k));
		jsonout_add(j, "rules", rules);
		jsonout_add(list, NULL, j);
	}
	return list;
}

static struct jsonout *json_drops(const struct show *s)
{
	struct jsonout *list = jsonout_array(), *j;
	const struct drop_sum *sum;
	enum direction dir;
	enum drop_class c;

	for (c = 0; c < DROP_CLASSES; c++)
		for (dir = DIR_IN; dir <= DIR_OUT; dir++) {
			sum = &s->drops.by[dir][c];
			if (!sum->known)
				continue;
			j = jsonout_object();
			jsonout_text(j, "class", drop_class_name(c));
			jsonout_text(j, "direction", dir_text(dir));
			json_figures(j, s->tap->counted, sum->packets,
				     sum->bytes);
			jsonout_add(list, NULL, j);
		}
	return list;
}

static int print_json(const struct show *s)
{
	struct jsonout *j = view_json_tap(s->all, s->tap);

	jsonout_add(j, "profiles", json_profiles(s));
	jsonout_add(j, "dropped", json_drops(s));
	return jsonout_print(j, s->view->given & VIEW_WATCH);
}

/* ---- the command ----------------------------------------------------------------- */

static int show_tap(const struct admin_view *v, const struct admin_taps *all,
		    const struct admin_tap *t)
{
	struct show s = { .view = v, .all = all, .tap = t };

	drop_sums_make(&t->record.binding, t->counters, t->ncounters, &s.drops);
	return v->given & VIEW_JSON ? print_json(&s) : print_text(&s);
}

static int show(const struct admin_view *v)
{
	_cleanup_taps_ struct admin_taps all = { 0 };
	int rc = admin_view_load(v, TAPS_COUNTERS, &all);

	if (rc != EXIT_SUCCESS)
		return rc;
	if (all.taps[0].state == TAP_GONE) {
		log_err("%s has gone", v->tap);
		return EXIT_FAILURE;
	}
	if (!admin_tap_has_record(&all.taps[0])) {
		log_err("%s has no rules of ours: tapfilter up %s, or reload "
			"--guest GUEST, installs them",
			v->tap, v->tap);
		return EXIT_FAILURE;
	}
	return show_tap(v, &all, &all.taps[0]) < 0 ? EXIT_FAILURE :
						     EXIT_SUCCESS;
}

int cmd_show(int argc, char **argv)
{
	static const char clear[] = "\033[H\033[2J";
	struct admin_view v;
	int rc;

	rc = admin_view_parse(argc, argv,
			      VIEW_JSON | VIEW_COUNTERS | VIEW_WATCH, &v);
	if (rc != EXIT_SUCCESS)
		return rc;
	if (!v.tap)
		return admin_usage(argv[0], "the name of a tap is missing");
	if (!(v.given & VIEW_WATCH))
		return show(&v);
	/* Until a signal ends it, or there is nothing to show any more */
	do {
		if (isatty(STDOUT_FILENO) && !(v.given & VIEW_JSON))
			fputs(clear, stdout);
		rc = show(&v);
		if (rc != EXIT_SUCCESS || fflush(stdout) != 0)
			return rc;
		sleep(v.seconds);
	} while (true);
}
