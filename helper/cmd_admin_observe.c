// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter observe: what a guest really sends, and what would suit it */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "admin_view.h"
#include "log.h"
#include "observe.h"

#define MAX_SECONDS 86400
#define LINE_WIDTH 80

/**
 * struct job - What was asked for, and what came of it
 * @name:	Name of the tap
 * @all:	What is known of taps
 * @tap:	What of this one
 * @passed:	Milliseconds
 * @advised:	There is a suggestion
 */
struct job {
	const char *name;
	uint64_t seconds;
	bool json;
	struct admin_taps all;
	struct admin_tap tap;
	struct observed seen;
	int64_t passed;
	bool advised;
	struct observe_advice advice;
};

/* ---- the tap --------------------------------------------------------------- */

static const struct link_info *find_device(const struct job *j)
{
	size_t i;

	for (i = 0; i < j->all.nlinks; i++)
		if (strcmp(j->all.links[i].name, j->name) == 0)
			return &j->all.links[i];
	return NULL;
}

/* Its name goes to a domain, so it must be one that tapfilter takes. */
static const char *bridge_of(const struct job *j)
{
	const char *name = view_bridge(&j->all, &j->tap);

	return name && util_tap_name_ok(name) ? name : "";
}

static const uint8_t *known_mac(const struct job *j)
{
	return admin_tap_has_record(&j->tap) ? j->tap.record.binding.mac : NULL;
}

static int find_tap(struct job *j, const struct link_info **dev)
{
	struct conf c = { 0 };
	int rc = admin_load_conf(&c);

	if (rc == 0)
		rc = admin_taps_load(&c, j->name, 0, &j->all);
	conf_free(&c);
	if (rc < 0)
		return rc;
	*dev = find_device(j);
	if (!*dev)
		return link_no_device(j->name);
	if (!(*dev)->tap)
		return link_no_tap(j->name);
	/* the record of one that has gone may have the same name */
	j->tap.state = TAP_UNFILTERED;
	if (j->all.n && j->all.taps[j->all.n - 1].state != TAP_GONE)
		j->tap = j->all.taps[j->all.n - 1];
	memcpy(j->tap.name, (*dev)->name, sizeof(j->tap.name));
	if (!(*dev)->up)
		log_note("%s is down: nothing comes from it until it is set up",
			 j->name);
	return 0;
}

/* ---- as text ------------------------------------------------------------------ */

static const struct {
	unsigned int how;
	const char *word;
} hows[] = {
	{ OBSERVE_PLAIN, "plain" },   { OBSERVE_WRAPPED, "wrapped" },
	{ OBSERVE_SOURCE, "source" }, { OBSERVE_ARP, "arp" },
	{ OBSERVE_ND, "nd" },	      { OBSERVE_PROBE, "probe" },
};

static void print_list(const struct job *j, enum observe_table t)
{
	const struct observe_list *l = &j->seen.lists[t];
	char text[FIELD_TEXT_MAX];
	size_t i, h;

	for (i = 0; i < l->n; i++) {
		observe_format(t, &l->rows[i], text);
		printf("%-10s %-24s %8" PRIu64, observe_list_name(t), text,
		       l->rows[i].frames);
		for (h = 0; h < ARRAY_SIZE(hows); h++)
			if (l->rows[i].how & hows[h].how)
				printf(" %s", hows[h].word);
		putchar('\n');
	}
	if (l->over)
		printf("%-10s %-24s %8" PRIu64 " had no room here\n",
		       observe_list_name(t), "others", l->over);
}

/* A profile that stands there for its readable packets, too, is named once. */
static bool is_named(const struct binding *b, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (strcmp(b->profiles[i].name, b->profiles[n].name) == 0)
			return true;
	return false;
}

static void print_state(const struct job *j)
{
	const struct binding *b = &j->tap.record.binding;
	unsigned int i;
	int col;

	if (j->tap.state != TAP_FILTERED) {
		printf("state: %s\n", view_state(j->tap.state));
		return;
	}
	col = printf("state: filtered by");
	for (i = 0; i < b->nprofiles; i++) {
		if (is_named(b, i))
			continue;
		col += printf("%s", i ? "," : "");
		if ((size_t)col + strlen(b->profiles[i].name) > LINE_WIDTH - 2)
			col = printf("\n      ") - 1;
		col += printf(" %s", b->profiles[i].name);
	}
	printf("\n       what they drop is listed, too, and stays dropped\n");
}

static void print_seen(const struct job *j)
{
	enum observe_table i;
	enum observe_message m;

	printf("%s: %" PRIu64 " frames, %" PRIu64 " bytes in %" PRId64
	       ".%" PRId64 " s; %" PRIu64 " frames lost\n",
	       j->name, j->seen.frames, j->seen.bytes, j->passed / 1000,
	       j->passed % 1000 / 100, j->seen.lost);
	print_state(j);
	printf("\n%-10s %-24s %8s\n", "WHAT", "VALUE", "FRAMES");
	for (i = 0; i < OBSERVE_TABLES; i++)
		print_list(j, i);
	for (m = 0; m < OBSERVE_MESSAGES; m++)
		if (j->seen.messages[m])
			printf("%-10s %-24s %8" PRIu64 "\n", "message",
			       observe_message_name(m), j->seen.messages[m]);
}

static void print_advice(const struct job *j)
{
	const struct observe_advice *a = &j->advice;

	if (!j->advised) {
		printf("\nNo suggestion: no IP address was seen that could be "
		       "the guest's.\n");
		return;
	}
	printf("\nA domain for that, to be thought about and then kept in the "
	       "domain directory:\n\n%s\n",
	       a->domain.data);
	printf("The same for the metadata of a libvirt domain:\n\n%s",
	       a->metadata.data);
	if (*a->name)
		printf("\nThe profile %s.xml that they need:\n\n%s", a->name,
		       a->profile.data);
}

/* ---- as JSON ------------------------------------------------------------------- */

static struct jsonout *json_list(const struct observe_list *l,
				 enum observe_table t)
{
	struct jsonout *list = jsonout_array(), *row, *how;
	char text[FIELD_TEXT_MAX];
	size_t i, h;

	for (i = 0; i < l->n; i++) {
		observe_format(t, &l->rows[i], text);
		row = jsonout_object();
		how = jsonout_array();
		jsonout_text(row, "value", text);
		jsonout_number(row, "frames", l->rows[i].frames);
		for (h = 0; h < ARRAY_SIZE(hows); h++)
			if (l->rows[i].how & hows[h].how)
				jsonout_text(how, NULL, hows[h].word);
		jsonout_add(row, "as", how);
		jsonout_add(list, NULL, row);
	}
	return list;
}

/* A name as a key */
static const char *key(const char *name, char *out)
{
	size_t i;

	for (i = 0; name[i]; i++)
		out[i] = name[i] == ' ' ? '_' : name[i];
	out[i] = '\0';
	return out;
}

/* What is read is cut up. */
static struct jsonout *json_lines(struct buf *text)
{
	struct jsonout *list = jsonout_array();
	char *at = text->data, *line;

	while (at && (line = strsep(&at, "\n")) && *line)
		jsonout_text(list, NULL, line);
	return list;
}

static struct jsonout *json_advice(struct observe_advice *a)
{
	struct jsonout *out = jsonout_object();

	jsonout_text(out, "domain", a->domain.data);
	jsonout_text(out, "metadata", a->metadata.data);
	jsonout_text(out, "profile_name", *a->name ? a->name : NULL);
	jsonout_text(out, "profile", a->profile.data);
	jsonout_add(out, "notes", json_lines(&a->notes));
	return out;
}

static struct jsonout *json_seen(const struct observed *o)
{
	struct jsonout *out = jsonout_object();
	char name[FIELD_TEXT_MAX];
	enum observe_table i;

	for (i = 0; i < OBSERVE_TABLES; i++)
		jsonout_add(out, key(observe_list_name(i), name),
			    json_list(&o->lists[i], i));
	return out;
}

static struct jsonout *json_messages(const struct observed *o)
{
	struct jsonout *out = jsonout_object();
	char name[FIELD_TEXT_MAX];
	enum observe_message i;

	for (i = 0; i < OBSERVE_MESSAGES; i++)
		jsonout_number(out, key(observe_message_name(i), name),
			       o->messages[i]);
	return out;
}

static struct jsonout *json_incomplete(const struct observed *o)
{
	struct jsonout *out = jsonout_array();
	char name[FIELD_TEXT_MAX];
	enum observe_table i;

	for (i = 0; i < OBSERVE_TABLES; i++)
		if (o->lists[i].over)
			jsonout_text(out, NULL,
				     key(observe_list_name(i), name));
	return out;
}

static int print_json(struct job *j)
{
	struct jsonout *out = view_json_tap(&j->all, &j->tap);
	const struct binding *b = &j->tap.record.binding;
	struct jsonout *profiles = jsonout_array();
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		jsonout_add(profiles, NULL, view_json_profile(&b->profiles[i]));
	jsonout_add(out, "profiles", profiles);
	jsonout_number(out, "milliseconds", (uint64_t)j->passed);
	jsonout_number(out, "frames", j->seen.frames);
	jsonout_number(out, "bytes", j->seen.bytes);
	jsonout_number(out, "lost", j->seen.lost);
	jsonout_add(out, "seen", json_seen(&j->seen));
	jsonout_add(out, "messages", json_messages(&j->seen));
	jsonout_add(out, "incomplete", json_incomplete(&j->seen));
	if (j->advised)
		jsonout_add(out, "suggestion", json_advice(&j->advice));
	else
		jsonout_text(out, "suggestion", NULL);
	return jsonout_print(out, false);
}

/* ---- the command ----------------------------------------------------------------- */

static int parse(int argc, char **argv, struct job *j)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			j->json = true;
		} else if (strcmp(argv[i], "--seconds") == 0) {
			if (i + 1 == argc ||
			    !util_parse_uint(argv[++i], 1, MAX_SECONDS,
					     &j->seconds))
				return admin_usage(
					argv[0],
					"--seconds takes a number from 1 to %d",
					MAX_SECONDS);
		} else if (j->name || !util_tap_name_ok(argv[i])) {
			return admin_usage(argv[0], "not one tap: \"%s\"",
					   argv[i]);
		} else {
			j->name = argv[i];
		}
	}
	if (!j->name || !j->seconds)
		return admin_usage(argv[0], "it takes a tap and --seconds N");
	return 0;
}

static int observe(struct job *j)
{
	struct observe_tap socket = { -1, -1 };
	const struct link_info *dev;
	int rc = find_tap(j, &dev);

	if (rc == 0)
		rc = observe_open(dev, &socket);
	if (rc == 0)
		rc = observe_run(&socket, (int64_t)j->seconds * 1000, &j->seen,
				 &j->passed);
	observe_close(&socket);
	if (rc < 0)
		return rc;
	rc = observe_advise(&j->seen, j->name, bridge_of(j), known_mac(j),
			    &j->advice);
	j->advised = rc == 0;
	if (rc < 0 && rc != -ENODATA)
		return rc;
	if (j->json)
		return print_json(j);
	print_seen(j);
	print_advice(j);
	return 0;
}

int cmd_observe(int argc, char **argv)
{
	struct job j = { 0 };
	int rc = parse(argc, argv, &j);

	if (rc != 0)
		return rc;
	if (geteuid() != 0) {
		log_err("only root can listen to a tap");
		return EXIT_DENIED;
	}
	rc = observe(&j);
	observe_advice_free(&j.advice);
	admin_taps_free(&j.all);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
