// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter reload: the helper reads files; domains that libvirt keeps are
 * asked of virsh and handed to the helper, which never calls libvirt.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "admin_taps.h"
#include "util.h"

/* Return: the helper's exit status */
static int reload_guest(const char *guest, bool bind, char *const *taps,
			size_t n)
{
	static char reload[] = "reload", domain[] = "--domain", dash[] = "-",
		    all[] = "--bind", config[] = "--config";
	_cleanup_free_ char *path = admin_program("tapfilter-helper");
	_cleanup_free_ char *file = strdup(admin_conf_file());
	_cleanup_free_ char **args = util_alloc(n + 8, sizeof(*args));
	_cleanup_close_ int fd = -1;
	size_t i, k = 0;
	int rc;

	if (!path || !args || !file)
		return EXIT_FAILURE;
	fd = admin_dump_domain(guest);
	if (fd < 0)
		return EXIT_FAILURE;
	args[k++] = path;
	args[k++] = config;
	args[k++] = file;
	args[k++] = reload;
	args[k++] = domain;
	args[k++] = dash;
	if (bind)
		args[k++] = all;
	for (i = 0; i < n; i++)
		args[k++] = taps[i];
	rc = admin_run(path, args, fd, -1);
	return rc < 0 ? EXIT_FAILURE : rc;
}

static bool is_named(const char *tap, char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], tap) == 0)
			return true;
	return false;
}

/**
 * struct request - What is to be reloaded
 * @names:	Taps that were named; those that are done are taken out
 * @n:		Number of them
 * @all:	None was
 */
struct request {
	char **names;
	size_t n;
	bool all;
};

/* Is it a tap whose domain libvirt keeps, and one that is asked for? */
static bool is_wanted(const struct request *r, const struct admin_tap *t)
{
	return t->record.given && t->state != TAP_GONE &&
	       (r->all || is_named(t->name, r->names, r->n));
}

static bool same_domain(const struct admin_tap *a, const struct admin_tap *b)
{
	return memcmp(a->record.binding.uuid, b->record.binding.uuid, 16) == 0;
}

/* All taps of one domain at once; they are not libvirt's any more then. */
static int reload_domain_of(const struct request *r, struct admin_taps *all,
			    size_t first)
{
	_cleanup_free_ char **taps = util_alloc(all->n, sizeof(*taps));
	char uuid[UTIL_UUID_SIZE];
	size_t i, n = 0;

	if (!taps)
		return EXIT_FAILURE;
	util_format_uuid(all->taps[first].record.binding.uuid, uuid);
	for (i = all->n; i-- > first;) {
		if (!same_domain(&all->taps[i], &all->taps[first]) ||
		    !is_wanted(r, &all->taps[i]))
			continue;
		taps[n++] = all->taps[i].name;
		all->taps[i].record.given = false;
	}
	return reload_guest(uuid, false, taps, n);
}

static void take_out(struct request *r, const struct admin_taps *all)
{
	size_t i, k, kept = 0;

	for (i = 0; i < r->n; i++) {
		for (k = 0; k < all->n; k++)
			if (all->taps[k].record.given &&
			    strcmp(all->taps[k].name, r->names[i]) == 0)
				break;
		if (k == all->n)
			r->names[kept++] = r->names[i];
	}
	r->n = kept;
	r->names[kept] = NULL;
}

static int reload_libvirts(struct request *r)
{
	_cleanup_taps_ struct admin_taps all = { 0 };
	struct request asked = *r;
	struct conf c = { 0 };
	int rc, worst = EXIT_SUCCESS;
	_cleanup_free_ char **names = util_alloc(r->n + 1, sizeof(*names));
	size_t i;

	rc = names ? admin_load_conf(&c) : -ENOMEM;
	if (rc == 0)
		rc = admin_taps_load(&c, NULL, 0, &all);
	conf_free(&c);
	if (rc < 0)
		return EXIT_FAILURE;
	for (i = 0; i < r->n; i++)
		names[i] = r->names[i];
	asked.names = names;
	take_out(r, &all);
	for (i = 0; i < all.n; i++) {
		if (!is_wanted(&asked, &all.taps[i]))
			continue;
		rc = reload_domain_of(&asked, &all, i);
		worst = rc > worst ? rc : worst;
	}
	return worst;
}

/* The helper's own part: domains that are files */
static int reload_files(char **argv, size_t n)
{
	static char config[] = "--config";
	_cleanup_free_ char *path = admin_program("tapfilter-helper");
	_cleanup_free_ char *file = strdup(admin_conf_file());
	_cleanup_free_ char **args = util_alloc(n + 4, sizeof(*args));
	size_t i;
	int rc;

	if (!path || !file || !args)
		return EXIT_FAILURE;
	args[0] = path;
	args[1] = config;
	args[2] = file;
	for (i = 0; i < n; i++)
		args[i + 3] = argv[i];
	rc = admin_run(path, args, -1, -1);
	return rc < 0 ? EXIT_FAILURE : rc;
}

int cmd_reload_taps(int argc, char **argv)
{
	struct request r = { .names = argv + 1, .n = (size_t)argc - 1 };
	int rc, worst;

	if (r.n && strcmp(argv[1], "--guest") == 0) {
		if (r.n < 2 || !argv[2][0])
			return admin_usage(argv[0],
					   "the name of a guest is missing");
		return reload_guest(argv[2], true, argv + 3, r.n - 2);
	}
	/* Options are the helper's; who is not root has no guests there. */
	if (geteuid() != 0 || (r.n && argv[1][0] == '-'))
		return admin_exec_helper(argc, argv);
	r.all = r.n == 0;
	worst = reload_libvirts(&r);
	if (!r.all && r.n == 0)
		return worst;
	rc = reload_files(argv, r.n + 1);
	return rc > worst ? rc : worst;
}
