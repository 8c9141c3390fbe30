// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter selftest: are the rules what they claim to be, on this kernel?
 *
 * A frame's fate is known in up to three ways: the table says what a shipped
 * profile must do, the evaluator what the rules say, and the kernel what
 * happens.  All must agree.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "color.h"
#include "jsonout.h"
#include "log.h"
#include "place.h"
#include "selftest.h"

/**
 * struct test - The command line, and what has been found
 * @profiles:	Names; @nprofiles of them
 * @params:	NAME=VALUE for each reference
 * @mutations:	How many variations of frames to send as well
 * @tables:	Print all frames, not only those that disagree
 * @records:	Of --json
 */
struct test {
	char **profiles;
	size_t nprofiles;
	char **params;
	size_t nparams;
	unsigned int mutations;
	bool tables;
	bool json;
	struct selftest_site site;
	struct selftest_net net;
	struct selftest_wire wire;
	struct jsonout *records;
	size_t failed;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

static const char *verdict_text(enum verdict v)
{
	return v == VERDICT_DROP ? "drop" : "pass";
}

static const char *seen_text(enum selftest_seen seen)
{
	static const char *const text[] = {
		[SEEN_PASS] = "pass",
		[SEEN_DROP] = "drop",
		[SEEN_LOST] = "lost",
	};

	return text[seen];
}

static const char *direction_text(const struct frame_row *row)
{
	return row->dir == DIR_OUT ? "out" : "in";
}

static void add_record(struct test *t, const char *profile,
		       const struct selftest_result *r)
{
	struct jsonout *j = jsonout_object();

	jsonout_text(j, "profile", profile);
	jsonout_text(j, "frame", r->row->name);
	jsonout_text(j, "class", r->row->class);
	jsonout_text(j, "direction", direction_text(r->row));
	jsonout_text(j, "expected", verdict_text(r->expected));
	jsonout_text(j, "evaluated", verdict_text(r->evaluated));
	jsonout_text(j, "seen", seen_text(r->seen));
	jsonout_text(j, "rule", r->rule);
	jsonout_bool(j, "agrees", selftest_agrees(r));
	jsonout_add(t->records, NULL, j);
}

static void print_row(const struct selftest_result *r)
{
	printf("  %-36s %-9s %-8s %-5s %s", r->row->name,
	       direction_text(r->row), verdict_text(r->expected),
	       seen_text(r->seen), r->rule[0] ? r->rule : "-");
	if (!selftest_agrees(r))
		printf("  %s<== WRONG%s", color_on(COLOR_RED),
		       color_off(COLOR_RED));
	if (r->evaluated != r->expected)
		printf(" (the evaluator says %s)", verdict_text(r->evaluated));
	printf("\n");
}

static void print_table(const struct test *t, const char *profile,
			const struct selftest_result *results, size_t n)
{
	size_t i, bad = 0, dropped = 0, lost = 0;

	for (i = 0; i < n; i++) {
		bad += !selftest_agrees(&results[i]);
		dropped += results[i].seen == SEEN_DROP;
		lost += results[i].seen == SEEN_LOST;
	}
	if (t->tables || bad)
		printf("%s\n  %-36s %-9s %-8s %-5s %s\n", profile, "FRAME",
		       "DIRECTION", "EXPECTED", "SEEN", "DECIDING RULE");
	for (i = 0; i < n; i++)
		if (t->tables || !selftest_agrees(&results[i]))
			print_row(&results[i]);
	printf("%-26s %zu frames: %zu dropped, %zu let pass, %zu lost, %zu "
	       "wrong\n",
	       profile, n, dropped, n - dropped - lost, lost, bad);
}

static enum verdict table_verdict(const struct selftest_result *r,
				  unsigned int members)
{
	return r->row->dropped_by & members ? VERDICT_DROP : VERDICT_ACCEPT;
}

/* What is right: the table knows of shipped profiles, else the evaluator */
static void judge(const struct selftest_view *v, unsigned int members,
		  struct selftest_result *r, const uint8_t *frame, size_t len)
{
	selftest_evaluate(v, frame, len, r);
	if (selftest_uncertain(v, frame, len)) {
		/* it may be dropped whole; else only a table knows of it */
		if (!members || table_verdict(r, members) == VERDICT_ACCEPT)
			r->expected = r->seen == SEEN_DROP ? VERDICT_DROP :
							     VERDICT_ACCEPT;
		r->evaluated = r->expected;
	} else if (!members || selftest_excused(v, frame, len, r->evaluated)) {
		r->expected = r->evaluated;
	}
}

static int run_frame(struct test *t, unsigned int members,
		     struct selftest_result *r)
{
	const struct selftest_view *v = t->wire.view;
	uint8_t frame[FRAME_MAX];
	size_t len = frame_build(r->row, frame);
	int rc;

	selftest_evaluate(v, frame, len, r);
	r->expected = members ? table_verdict(r, members) : r->evaluated;
	rc = selftest_send(&t->wire, r, frame, len);
	if (rc == 0)
		judge(v, members, r, frame, len);
	return rc;
}

static int run_frames(struct test *t, const char *profile)
{
	struct selftest_result *results = NULL, *r;
	const struct frame_row *row;
	size_t i, at = 0, n = 0;
	int rc = 0;

	while (rc == 0 && (row = frame_row_get(at++))) {
		if (selftest_hidden(t->wire.view, row))
			continue;
		if (interrupted)
			rc = -EINTR;
		r = rc == 0 ? util_grow(&results, n, sizeof(*r)) : NULL;
		if (!r)
			break;
		r->row = row;
		n++;
		rc = run_frame(t, frame_profile(profile), r);
	}
	if (rc == 0 && row) /* no memory */
		rc = -ENOMEM;
	for (i = 0; rc == 0 && i < n; i++) {
		t->failed += !selftest_agrees(&results[i]);
		if (t->json)
			add_record(t, profile, &results[i]);
	}
	if (rc == 0 && !t->json)
		print_table(t, profile, results, n);
	free(results);
	return rc;
}

static int run_mutations(struct test *t, const char *profile)
{
	struct selftest_tally tally = { 0 };
	int rc = selftest_mutations(&t->wire, t->mutations, &tally);

	if (rc < 0)
		return rc;
	printf("%-26s %u variations: %zu dropped, %zu let pass, %zu lost, "
	       "%zu wrong\n",
	       profile, t->mutations, tally.dropped, tally.passed, tally.lost,
	       tally.wrong);
	t->failed += tally.wrong;
	return 0;
}

static int run_profile(struct test *t, const char *profile)
{
	_cleanup_binding_ struct binding b = { 0 };
	_cleanup_(selftest_view_free) struct selftest_view view = { 0 };
	int rc;

	rc = selftest_bind(&t->site, profile, t->params, t->nparams, &b);
	if (rc == 0)
		rc = selftest_view_make(&b, &view);
	if (rc < 0)
		return rc;
	t->wire.view = &view;
	rc = selftest_wire_start(&t->wire);
	if (rc == 0)
		rc = run_frames(t, profile);
	if (rc == 0 && t->mutations)
		rc = run_mutations(t, profile);
	selftest_wire_stop(&t->wire);
	t->wire.view = NULL;
	return rc;
}

static void print_sum(const struct test *t, size_t profiles)
{
	enum color color = t->failed ? COLOR_RED : COLOR_GREEN;

	printf("%zu profile%s: %s", profiles, profiles == 1 ? "" : "s",
	       color_on(color));
	if (t->failed)
		printf("%zu frames were not treated as they should be",
		       t->failed);
	else
		printf("all frames were treated as they should be");
	printf("%s\n", color_off(color));
}

/* Those of the command line, else all that are shipped */
static const char *profile_name(const struct test *t, size_t i)
{
	if (!t->nprofiles)
		return frame_profile_name(i);
	return i < t->nprofiles ? t->profiles[i] : NULL;
}

static int run_profiles(struct test *t)
{
	const char *name;
	size_t i;
	int rc = 0, unbound;

	for (i = 0; rc == 0 && (name = profile_name(t, i)); i++)
		rc = run_profile(t, name);
	if (rc == 0 && !t->json)
		print_sum(t, i);
	unbound = selftest_unbind(&t->site);
	return rc < 0 ? rc : unbound;
}

static int run(struct test *t)
{
	_cleanup_(conf_free) struct conf conf = { 0 };
	int rc = admin_load_conf(&conf);

	if (rc < 0)
		return rc;
	backend_configure(&conf);
	rc = selftest_site_open(&t->site, &conf);
	if (rc == 0)
		rc = selftest_net_open(&t->net);
	if (rc < 0)
		return rc;
	/* not before: it asks the kernel about this network */
	t->wire.ops = backend_find(conf.backend, &place_kernel);
	rc = t->wire.ops ? t->wire.ops->open(&t->wire.be) : -EINVAL;
	if (rc < 0)
		return rc;
	t->wire.net = &t->net;
	if (t->json)
		t->records = jsonout_array();
	rc = run_profiles(t);
	if (t->json && jsonout_print(t->records, false) < 0)
		rc = -EIO;
	t->wire.ops->close(t->wire.be);
	return rc;
}

#define MUTATIONS "--mutations="
#define COLOR "--color="

static bool parse_mutations(struct test *t, const char *text)
{
	uint64_t n;

	if (!util_parse_uint(text, 1, UINT32_MAX, &n))
		return false;
	t->mutations = (unsigned int)n;
	return true;
}

static int parse_args(struct test *t, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			t->tables = true;
		else if (strcmp(argv[i], "--json") == 0)
			t->json = true;
		else if ((strncmp(argv[i], MUTATIONS, strlen(MUTATIONS)) == 0 &&
			  parse_mutations(t, argv[i] + strlen(MUTATIONS))) ||
			 (strncmp(argv[i], COLOR, strlen(COLOR)) == 0 &&
			  color_choose(argv[i] + strlen(COLOR))))
			continue;
		else if (argv[i][0] != '-' && strchr(argv[i], '='))
			t->params[t->nparams++] = argv[i];
		else if (util_profile_name_ok(argv[i]))
			t->profiles[t->nprofiles++] = argv[i];
		else
			return admin_usage("selftest",
					   "\"%s\" is no option and not the "
					   "name of a profile",
					   argv[i]);
	}
	if (t->json && t->mutations)
		return admin_usage("selftest",
				   "--json and --mutations go not together");
	if (t->nprofiles)
		t->tables = true;
	else if (t->nparams)
		return admin_usage("selftest",
				   "%s: a parameter needs a profile",
				   t->params[0]);
	return 0;
}

/* What is temporary must go, also when somebody loses patience. */
static void catch_signals(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction sa = { .sa_handler = on_signal };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &sa, NULL);
}

int cmd_selftest(int argc, char **argv)
{
	struct test t = { .net = { -1, -1, -1 } };
	int rc;

	t.profiles = util_alloc((size_t)argc, sizeof(*t.profiles));
	t.params = util_alloc((size_t)argc, sizeof(*t.params));
	if (!t.profiles || !t.params) {
		rc = EXIT_FAILURE;
		goto out;
	}
	rc = parse_args(&t, argc, argv);
	if (rc != 0)
		goto out;
	catch_signals();
	rc = run(&t);
	selftest_net_close(&t.net);
	selftest_site_close(&t.site);
	if (interrupted)
		log_err("interrupted by signal %d", (int)interrupted);
	rc = rc < 0 || t.failed ? EXIT_FAILURE : EXIT_SUCCESS;
out:
	free(t.profiles);
	free(t.params);
	return rc;
}
