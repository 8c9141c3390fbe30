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

static int list_names(const struct infile_dir *dir, struct names *out)
{
	const char *path = dir->path;
	_cleanup_(close_dir) DIR *d = NULL;
	const struct dirent *e;
	int rc = 0, fd = fcntl(dir->fd, F_DUPFD_CLOEXEC, 0);

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
		if (infile_name_ok(e->d_name))
			rc = add_name(path, out, e->d_name);
	}
	return rc;
}

static int add_claims(struct claims *out, const struct domain *d,
		      const char *file, const struct stat *st)
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
		c->entry.ino = st->st_ino;
		c->entry.size = (uint64_t)st->st_size;
		c->entry.mtime = index_ns(&st->st_mtim);
		c->entry.ctime = index_ns(&st->st_ctim);
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
	struct stat st;
	int rc = fstat(fd, &st);

	/* Before it is read: a change meanwhile must show. */
	if (rc < 0)
		return log_errno(errno, "cannot look at %s", full);
	rc = util_read_all(fd, full, XML_MAX_SIZE, 0, &text);
	if (rc >= 0)
		rc = xml_parse(full, text.data, text.len, &root);
	if (rc >= 0)
		rc = domain_read_taps(full, root, &d);
	if (rc < 0)
		return rc;
	rc = add_claims(out, &d, file, &st);
	domain_free(&d);
	return rc;
}

/* A file that went since the directory was listed claims nothing. */
static int read_file(const struct infile_dir *dir, const char *file,
		     struct claims *out)
{
	_cleanup_buf_ struct buf path = { 0 };
	_cleanup_close_ int fd = infile_open(dir, file, &path);

	if (fd == -ENOENT)
		return 0;
	return fd < 0 ? fd : parse_claims(fd, path.data, file, out);
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

int index_build(const struct infile_dir *dir, struct index_entry **out,
		size_t *n)
{
	_cleanup_(free_claims) struct claims claims = { 0 };
	_cleanup_(free_names) struct names names = { 0 };
	int rc = list_names(dir, &names);
	size_t i;

	if (rc >= 0 && names.n)
		qsort(names.name, names.n, sizeof(char *), compare_names);
	for (i = 0; rc >= 0 && i < names.n; i++)
		rc = read_file(dir, names.name[i], &claims);
	if (rc >= 0 && claims.n)
		qsort(claims.claim, claims.n, sizeof(*claims.claim),
		      compare_claims);
	if (rc >= 0)
		rc = take_entries(dir->path, &claims, out);
	*n = rc < 0 ? 0 : claims.n;
	return rc;
}
