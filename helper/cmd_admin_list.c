// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter list: the profiles, and who uses them */
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "admin_pool.h"
#include "admin_uses.h"
#include "jsonout.h"
#include "log.h"

/**
 * struct listing - What is printed
 * @used:	With who uses them: @uses
 */
struct listing {
	struct conf conf;
	struct admin_profiles profiles;
	bool used;
	bool json;
	struct admin_uses uses;
};

static void listing_free(struct listing *l)
{
	admin_uses_free(&l->uses);
	admin_profiles_free(&l->profiles);
	conf_free(&l->conf);
}

static const char *dir_of(const struct listing *l,
			  const struct admin_profile *p)
{
	return l->conf.template_path[p->dir];
}

/* What a hidden one would be used for, the one before it is used for. */
static bool is_use(const struct admin_profile *p, const struct admin_use *u)
{
	return !p->hidden && strcmp(u->profile, p->name) == 0;
}

/* ---- for people ----------------------------------------------------------- */

static int name_width(const struct listing *l)
{
	size_t i, n, width = strlen("PROFILE");

	for (i = 0; i < l->profiles.n; i++) {
		n = strlen(l->profiles.items[i].name);
		width = n > width ? n : width;
	}
	return (int)width;
}

static int print_text(const struct listing *l)
{
	const struct admin_profile *p;
	int width = name_width(l), rc = 0;
	size_t i, k;

	printf("%-*s  %s\n", width, "PROFILE", "DIRECTORY");
	for (i = 0; i < l->profiles.n; i++) {
		p = &l->profiles.items[i];
		printf("%-*s  %s%s\n", width, p->name, dir_of(l, p),
		       p->hidden ? " (hidden by the one before)" : "");
		for (k = 0; rc == 0 && k < l->uses.n; k++) {
			_cleanup_buf_ struct buf text = { 0 };

			if (!is_use(p, &l->uses.items[k]))
				continue;
			rc = admin_use_format(&l->uses.items[k], &text);
			if (rc == 0)
				printf("%-*s    used by %s\n", width, "",
				       text.data);
		}
	}
	return rc;
}

/* ---- for programs --------------------------------------------------------- */

static struct jsonout *tap_json(const struct admin_use *u)
{
	struct jsonout *j = jsonout_object();

	jsonout_text(j, "tap", u->who);
	jsonout_text(j, "domain", u->domain);
	return j;
}

static struct jsonout *uses_json(const struct listing *l,
				 const struct admin_profile *p)
{
	struct jsonout *taps = jsonout_array(), *profiles = jsonout_array();
	struct jsonout *files = jsonout_array(), *j = jsonout_object();
	const struct admin_use *u;
	bool defaults = false;
	size_t i;

	for (i = 0; i < l->uses.n; i++) {
		u = &l->uses.items[i];
		if (!is_use(p, u))
			continue;
		if (u->kind == USER_TAP)
			jsonout_add(taps, NULL, tap_json(u));
		else if (u->kind == USER_PROFILE)
			jsonout_text(profiles, NULL, u->who);
		else if (u->kind == USER_FILE)
			jsonout_text(files, NULL, u->who);
		else
			defaults = true;
	}
	jsonout_add(j, "taps", taps);
	jsonout_add(j, "profiles", profiles);
	jsonout_bool(j, "default", defaults);
	jsonout_add(j, "domain_files", files);
	return j;
}

static int print_json(const struct listing *l)
{
	struct jsonout *list = jsonout_array();
	const struct admin_profile *p;
	struct jsonout *j;
	size_t i;

	for (i = 0; i < l->profiles.n; i++) {
		p = &l->profiles.items[i];
		j = jsonout_object();
		jsonout_text(j, "name", p->name);
		jsonout_text(j, "directory", dir_of(l, p));
		jsonout_bool(j, "shipped", admin_pool_is_shipped(dir_of(l, p)));
		jsonout_bool(j, "hidden", p->hidden);
		if (l->used)
			jsonout_add(j, "used_by", uses_json(l, p));
		jsonout_add(list, NULL, j);
	}
	return jsonout_print(list, false);
}

int cmd_list(int argc, char **argv)
{
	_cleanup_(listing_free) struct listing l = { 0 };
	int i, rc;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--used") == 0)
			l.used = true;
		else if (strcmp(argv[i], "--json") == 0)
			l.json = true;
		else
			return admin_usage(argv[0], "\"%s\" is not understood",
					   argv[i]);
	}
	if (l.used && geteuid() != 0) {
		log_err("only root can look at taps and domains");
		return EXIT_DENIED;
	}
	rc = admin_load_conf(&l.conf);
	if (rc == 0)
		rc = admin_profiles_load(&l.conf, &l.profiles);
	if (rc == 0 && l.used)
		rc = admin_uses_load(&l.conf, &l.uses);
	if (rc == 0)
		rc = l.json ? print_json(&l) : print_text(&l);
	return rc < 0 || l.uses.faults ? EXIT_FAILURE : EXIT_SUCCESS;
}
