// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter list, dumpxml: the profiles of the template path */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "log.h"
#include "util.h"

#define PROFILE_MAX_SIZE (1024 * 1024)

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

int cmd_list(int argc, char **argv)
{
	_cleanup_(admin_profiles_free) struct admin_profiles list = { 0 };
	_cleanup_(conf_free) struct conf c = { 0 };
	const struct admin_profile *p;
	int width = 7;
	size_t i;

	if (argc != 1)
		return admin_usage(argv[0], "it takes no argument");
	if (admin_load_conf(&c) < 0 || admin_profiles_load(&c, &list) < 0)
		return EXIT_FAILURE;
	for (i = 0; i < list.n; i++) {
		if ((int)strlen(list.items[i].name) > width)
			width = (int)strlen(list.items[i].name);
	}
	printf("%-*s  %s\n", width, "PROFILE", "DIRECTORY");
	for (i = 0; i < list.n; i++) {
		p = &list.items[i];
		printf("%-*s  %s%s\n", width, p->name, c.template_path[p->dir],
		       p->hidden ? " (hidden by the one before)" : "");
	}
	return EXIT_SUCCESS;
}

/* 0, -ENOENT (not reported), or another error */
static int dump(const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	_cleanup_buf_ struct buf text = { 0 };
	int rc;

	if (asprintf(&path, "%s/%s.xml", dir, name) < 0)
		return log_errno(ENOMEM, "path of \"%s\"", name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return log_errno(errno, "opening \"%s\"", path);
	rc = util_read_all(fd, path, PROFILE_MAX_SIZE, 0, &text);
	if (rc < 0)
		return rc;
	fwrite(text.data, 1, text.len, stdout);
	return 0;
}

int cmd_dumpxml(int argc, char **argv)
{
	_cleanup_(conf_free) struct conf c = { 0 };
	size_t i;
	int rc;

	if (argc != 2)
		return admin_usage(argv[0], "it takes the name of a profile");
	if (!util_profile_name_ok(argv[1]))
		return admin_usage(argv[0],
				   "\"%s\" cannot be the name of a profile",
				   argv[1]);
	if (admin_load_conf(&c) < 0)
		return EXIT_FAILURE;
	for (i = 0; i < c.n_template_path; i++) {
		rc = dump(c.template_path[i], argv[1]);
		if (rc != -ENOENT)
			return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	log_err("there is no profile \"%s\" in the template path of %s",
		argv[1], admin_conf_file());
	return EXIT_FAILURE;
}
