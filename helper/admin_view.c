// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines, and what all commands say of a tap in the same words */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin.h"
#include "admin_view.h"
#include "log.h"
#include "users.h"

#define MAX_SECONDS 86400
#define DEFAULT_SECONDS 2

/* One option; false: it is none, or has a value that it cannot have */
static bool take_option(const char *arg, unsigned int allowed,
			struct admin_view *v)
{
	static const char color[] = "--color=", watch[] = "--watch=";
	static const struct {
		const char *name;
		unsigned int bit;
	} options[] = {
		{ "--json", VIEW_JSON },
		{ "--counters", VIEW_COUNTERS },
		{ "--watch", VIEW_WATCH },
		{ "--prometheus", VIEW_PROMETHEUS },
		{ "--repair", VIEW_REPAIR },
	};
	uint64_t n = DEFAULT_SECONDS;
	size_t i;

	if (strncmp(arg, color, strlen(color)) == 0)
		return color_choose(arg + strlen(color));
	if (strncmp(arg, watch, strlen(watch)) == 0) {
		if (!util_parse_uint(arg + strlen(watch), 1, MAX_SECONDS, &n))
			return false;
		arg = "--watch";
	}
	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].bit & allowed &&
		    strcmp(options[i].name, arg) == 0)
			break;
	if (i == ARRAY_SIZE(options))
		return false;
	v->given |= options[i].bit;
	v->seconds = (unsigned int)n;
	return true;
}

int admin_view_parse(int argc, char **argv, unsigned int allowed,
		     struct admin_view *v)
{
	int i;

	*v = (struct admin_view){ .command = argv[0] };
	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-') {
			if (!take_option(argv[i], allowed, v))
				return admin_usage(v->command,
						   "\"%s\" is no option of it",
						   argv[i]);
			continue;
		}
		if (v->tap)
			return admin_usage(v->command,
					   "one tap at a time, not also \"%s\"",
					   argv[i]);
		if (!util_tap_name_ok(argv[i]))
			return admin_usage(v->command,
					   "not the name of a tap: \"%s\"",
					   argv[i]);
		v->tap = argv[i];
	}
	if (geteuid() != 0) {
		log_err("only root can look at records and rules");
		return EXIT_DENIED;
	}
	return EXIT_SUCCESS;
}

int admin_view_load(const struct admin_view *v, unsigned int want,
		    struct admin_taps *out)
{
	struct conf c = { 0 };
	int rc = admin_load_conf(&c);

	if (rc == 0)
		rc = admin_taps_load(&c, v->tap, want, out);
	conf_free(&c);
	if (rc < 0)
		return EXIT_FAILURE;
	if (v->tap && out->n == 0) {
		log_err("there are no rules of \"%s\", and no bridge has it: 'tapfilter status' lists what there is, 'tapfilter up %s' filters it",
			v->tap, v->tap);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static const struct {
	const char *text;
	const char *word;
	enum color color;
} states[] = {
	[TAP_FILTERED] = { "filtered", "filtered", COLOR_GREEN },
	[TAP_MISSING] = { "no rules", "missing", COLOR_RED },
	[TAP_OTHER] = { "other rules", "other", COLOR_YELLOW },
	[TAP_GONE] = { "gone", "gone", COLOR_NONE },
	[TAP_UNFILTERED] = { "unfiltered", "unfiltered", COLOR_RED },
};

const char *view_state(enum tap_state s)
{
	return states[s].text;
}

const char *view_state_word(enum tap_state s)
{
	return states[s].word;
}

enum color view_state_color(enum tap_state s)
{
	return states[s].color;
}

const struct link_info *view_link(const struct admin_taps *all,
				  uint32_t ifindex)
{
	size_t i;

	for (i = 0; ifindex && i < all->nlinks; i++)
		if (all->links[i].ifindex == ifindex)
			return &all->links[i];
	return NULL;
}

const char *view_bridge(const struct admin_taps *all, const struct admin_tap *t)
{
	const struct link_info *dev = view_link(all, t->bridge);

	return dev ? dev->name : NULL;
}

void view_print(const char *text)
{
	_cleanup_buf_ struct buf plain = { 0 };

	if (util_add_plain(&plain, text) == 0 && plain.len)
		fputs(plain.data, stdout);
}

void view_mac(const uint8_t *mac, char *out)
{
	field_format(field_get(FIELD_ETH_SRC), mac, out);
}

void view_owner(const struct record *r, char *out)
{
	gid_t gid;

	if (users_name(r->owner, out, VIEW_OWNER_SIZE, &gid) < 0)
		snprintf(out, VIEW_OWNER_SIZE, "%u", r->owner);
}

struct jsonout *view_json_tap(const struct admin_taps *all,
			      const struct admin_tap *t)
{
	const struct binding *b = &t->record.binding;
	struct jsonout *j = jsonout_object();
	char mac[FIELD_TEXT_MAX], uuid[UTIL_UUID_SIZE];
	bool known = admin_tap_has_record(t);

	view_mac(b->mac, mac);
	util_format_uuid(b->uuid, uuid);
	jsonout_text(j, "tap", t->name);
	jsonout_text(j, "state", view_state_word(t->state));
	jsonout_text(j, "bridge", view_bridge(all, t));
	jsonout_text(j, "domain", known ? b->domain : NULL);
	jsonout_text(j, "uuid", known ? uuid : NULL);
	jsonout_text(j, "mac", known ? mac : NULL);
	return j;
}

struct jsonout *view_json_profile(const struct binding_profile *p)
{
	struct jsonout *j = jsonout_object();

	jsonout_text(j, "name", p->name);
	jsonout_text(j, "parameters", p->params);
	jsonout_text(j, "place", place_name(p->place));
	return j;
}

void view_json_since(struct jsonout *to, int64_t since)
{
	char text[sizeof("-2147483648-01-01T00:00:00Z")];
	time_t t = since;
	struct tm tm;

	if (!gmtime_r(&t, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		text[0] = '\0';
	jsonout_text(to, "since", text);
}
