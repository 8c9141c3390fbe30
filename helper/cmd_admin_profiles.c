// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter dumpxml, and which profiles the template path has */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "admin_pool.h"
#include "log.h"
#include "util.h"

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* NAME.xml with a NAME that can be a profile's: 1, and its name.  Another file:
 * 0.  NAME.xml that cannot: -EINVAL, reported. */
static int profile_name(const char *dir, const char *file, char **name)
{
	size_t len = strlen(file);

	if (len <= 4 || strcmp(file + len - 4, ".xml") != 0)
		return 0;
	*name = strndup(file, len - 4);
	if (!*name)
		return log_errno(ENOMEM, "listing the profiles");
	if (util_profile_name_ok(*name))
		return 1;
	log_err("%s/%s: \"%s\" cannot be the name of a profile", dir, file,
		*name);
	free(*name);
	return -EINVAL;
}

static int load_dir(const char *path, size_t dir, struct admin_profiles *out)
{
	_cleanup_(closedirp) DIR *d = opendir(path);
	struct admin_profile *item;
	struct dirent *entry;
	char *name;
	int rc;

	if (!d && errno == ENOENT)
		return 0;
	if (!d)
		return log_errno(errno, "opening the directory \"%s\"", path);
	for (errno = 0; (entry = readdir(d)); errno = 0) {
		rc = profile_name(path, entry->d_name, &name);
		if (rc == -ENOMEM)
			return rc;
		if (rc < 0)
			out->misnamed++;
		if (rc <= 0)
			continue;
		item = util_grow(&out->items, out->n, sizeof(*item));
		if (!item) {
			free(name);
			return -ENOMEM;
		}
		item->name = name;
		item->dir = dir;
		out->n++;
	}
	if (errno)
		return log_errno(errno, "reading the directory \"%s\"", path);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct admin_profile *x = a, *y = b;
	int rc = strcmp(x->name, y->name);

	if (rc)
		return rc;
	return (x->dir > y->dir) - (x->dir < y->dir);
}

int admin_profiles_load(const struct conf *c, struct admin_profiles *out)
{
	struct admin_profile *p;
	size_t i;
	int rc;

	for (i = 0; i < c->n_template_path; i++) {
		rc = load_dir(c->template_path[i], i, out);
		if (rc < 0) {
			admin_profiles_free(out);
			return rc;
		}
	}
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), compare);
	for (i = 1; i < out->n; i++) {
		p = &out->items[i];
		p->hidden = strcmp(p->name, p[-1].name) == 0;
	}
	return 0;
}

void admin_profiles_free(struct admin_profiles *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->items[i].name);
	free(list->items);
	*list = (struct admin_profiles){ 0 };
}

int cmd_dumpxml(int argc, char **argv)
{
	_cleanup_(conf_free) struct conf c = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	struct admin_found at;
	int rc;

	if (argc != 2)
		return admin_usage(argv[0], "it takes the name of a profile");
	if (!util_profile_name_ok(argv[1]))
		return admin_usage(argv[0],
				   "\"%s\" cannot be the name of a profile",
				   argv[1]);
	if (admin_load_conf(&c) < 0)
		return EXIT_FAILURE;
	rc = admin_pool_find(&c, 0, argv[1], &at);
	if (rc == -ENOENT)
		log_err("there is no profile \"%s\" in the template path of %s: 'tapfilter list' lists what there is",
			argv[1], admin_conf_file());
	if (rc == 0)
		rc = admin_pool_read(&at, argv[1], &text);
	if (rc < 0)
		return EXIT_FAILURE;
	fwrite(text.data, 1, text.len, stdout);
	return EXIT_SUCCESS;
}
