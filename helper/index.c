// SPDX-License-Identifier: GPL-2.0-or-later
/* Which tap is in which file of the domain directory */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "domain.h"
#include "index.h"
#include "log.h"
#include "util.h"
#include "xml.h"

#define SUFFIX ".xml"

struct names {
	char **name;
	size_t n;
};

/* An interface that says a tap is its own. */
struct claim {
	struct index_entry entry;
	unsigned int line;
};

struct claims {
	struct claim *claim;
	size_t n;
};

static void free_names(struct names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
}

static void free_claims(struct claims *claims)
{
	free(claims->claim);
}

static void close_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool is_domain_file(const char *name)
{
	size_t len = strlen(name), end = strlen(SUFFIX);

	return name[0] != '.' && len > end && len < INDEX_FILE_SIZE &&
	       strcmp(name + len - end, SUFFIX) == 0;
}

static int add_name(const char *path, struct names *out, const char *name)
{
	char **slot;

	if (out->n == INDEX_MAX_FILES) {
		log_err("%s: more than %d domain files", path, INDEX_MAX_FILES);
		return -E2BIG;
	}
	slot = util_grow(&out->name, out->n, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = strdup(name);
	if (!*slot)
		return log_errno(errno, "cannot hold a file name");
	out->n++;
	return 0;
}

static int list_names(int dir, const char *path, struct names *out)
{
	_cleanup_(close_dir) DIR *d = NULL;
	const struct dirent *e;
	int rc = 0, fd = fcntl(dir, F_DUPFD_CLOEXEC, 0);

	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		rc = log_errno(errno, "cannot list %s", path);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	rewinddir(d);
	while (rc >= 0) {
		errno = 0;
		e = readdir(d);
		if (!e)
			return errno ? log_errno(errno, "cannot list %s",
						 path) :
				       0;
		if (is_domain_file(e->d_name))
			rc = add_name(path, out, e->d_name);
	}
	return rc;
}

static int add_claims(struct claims *out, const struct domain *d,
		      const char *file)
{
	const struct interface *i;
	struct claim *c;
	size_t k;

	for (k = 0; k < d->ninterfaces; k++) {
		i = &d->interfaces[k];
		if (!i->tap[0] || !domain_has_tap(i))
			continue;
		c = util_grow(&out->claim, out->n, sizeof(*c));
		if (!c)
			return -ENOMEM;
		memcpy(c->entry.tap, i->tap, sizeof(i->tap));
		memcpy(c->entry.file, file, strlen(file));
		c->line = i->line;
		out->n++;
	}
	return 0;
}

static int parse_claims(int fd, const char *full, const char *file,
			struct claims *out)
{
	_cleanup_xml_ struct xml_node *root = NULL;
	_cleanup_buf_ struct buf text = { 0 };
	struct domain d = { 0 };
	int rc = util_read_all(fd, full, XML_MAX_SIZE, 0, &text);

	if (rc >= 0)
		rc = xml_parse(full, text.data, text.len, &root);
	if (rc >= 0)
		rc = domain_read_taps(full, root, &d);
	if (rc < 0)
		return rc;
	rc = add_claims(out, &d, file);
	domain_free(&d);
	return rc;
}

/* A file that went since the directory was listed claims nothing. */
static int read_file(int dir, const char *path, const char *file,
		     struct claims *out)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	_cleanup_buf_ struct buf full = { 0 };
	_cleanup_close_ int fd = -1;
	struct stat st;
	int rc = buf_printf(&full, "%s/%s", path, file);

	if (rc < 0)
		return rc;
	fd = openat(dir, file, flags);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return log_at(full.data, 0,
			      "a symbolic link: domain files must lie in the "
			      "directory itself");
	if (fd < 0 || fstat(fd, &st) < 0)
		return log_errno(errno, "cannot open %s", full.data);
	if (!S_ISREG(st.st_mode))
		return log_at(full.data, 0, "not a regular file");
	return parse_claims(fd, full.data, file, out);
}

static int compare_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* By tap, then by file, so that a message does not depend on the directory. */
static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = strcmp(x->entry.tap, y->entry.tap);

	return order ? order : strcmp(x->entry.file, y->entry.file);
}

static int take_entries(const char *path, const struct claims *claims,
			struct index_entry **out)
{
	_cleanup_free_ struct index_entry *entries = NULL;
	const struct claim *a, *b;
	size_t i;

	entries = util_alloc(claims->n, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (i = 0; i < claims->n; i++) {
		b = &claims->claim[i];
		a = i ? b - 1 : NULL;
		if (a && strcmp(a->entry.tap, b->entry.tap) == 0) {
			log_err("two domains claim tap '%s': %s/%s:%u and "
				"%s/%s:%u",
				b->entry.tap, path, a->entry.file, a->line,
				path, b->entry.file, b->line);
			return -EEXIST;
		}
		entries[i] = b->entry;
	}
	*out = TAKE_PTR(entries);
	return 0;
}

int index_build(int dir, const char *path, struct index_entry **out, size_t *n)
{
	_cleanup_(free_claims) struct claims claims = { 0 };
	_cleanup_(free_names) struct names names = { 0 };
	int rc = list_names(dir, path, &names);
	size_t i;

	if (rc >= 0 && names.n)
		qsort(names.name, names.n, sizeof(char *), compare_names);
	for (i = 0; rc >= 0 && i < names.n; i++)
		rc = read_file(dir, path, names.name[i], &claims);
	if (rc >= 0 && claims.n)
		qsort(claims.claim, claims.n, sizeof(*claims.claim),
		      compare_claims);
	if (rc >= 0)
		rc = take_entries(path, &claims, out);
	*n = rc < 0 ? 0 : claims.n;
	return rc;
}
