// SPDX-License-Identifier: GPL-2.0-or-later
/* Where profiles are, and which of them may be written */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "admin.h"
#include "admin_pool.h"
#include "log.h"
#include "trust.h"

bool admin_pool_is_shipped(const char *path)
{
	struct stat a, b;

	return strcmp(path, SHIPPED_DIR) == 0 ||
	       (stat(path, &a) == 0 && stat(SHIPPED_DIR, &b) == 0 &&
		a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

static int find_own(struct admin_pool *p)
{
	const struct conf *c = &p->conf;

	for (p->own = 0; p->own < c->n_template_path; p->own++) {
		p->path = c->template_path[p->own];
		if (!admin_pool_is_shipped(p->path))
			return 0;
	}
	log_err("%s: template-path has no directory but that of the shipped "
		"profiles, which is not written: put one before it, as in "
		"template-path = /etc/tapfilter/profiles:%s",
		admin_conf_file(), SHIPPED_DIR);
	return -ENOENT;
}

static int open_own(struct admin_pool *p)
{
	p->dir = trust_open(p->path, O_RDONLY | O_DIRECTORY, true);
	if (p->dir == -ENOENT)
		log_err("there is no directory %s for your profiles: install -d "
			"-m 0755 %s makes it",
			p->path, p->path);
	return p->dir < 0 ? p->dir : 0;
}

int admin_pool_open(const char *verb, const char *name, struct admin_pool *p)
{
	_cleanup_buf_ struct buf what = { 0 };
	int rc;

	*p = (struct admin_pool){ .dir = -1, .lock = -1 };
	rc = admin_load_conf(&p->conf);
	if (rc == 0)
		rc = find_own(p);
	if (rc == 0)
		rc = open_own(p);
	if (rc == 0)
		rc = buf_printf(&what, "%s %s", verb, name);
	if (rc < 0)
		return rc;
	p->lock = admin_pool_lock(p->dir, p->path, what.data);
	if (p->lock < 0)
		return p->lock;
	admin_stage_clear(p);
	return 0;
}

void admin_pool_close(struct admin_pool *p)
{
	admin_pool_unlock(p->dir, &p->lock);
	util_closep(&p->dir);
	conf_free(&p->conf);
	*p = (struct admin_pool){ .dir = -1, .lock = -1 };
}

static char *path_of(const char *dir, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s.xml", dir, name) >= 0)
		return path;
	log_errno(ENOMEM, "path of \"%s\"", name);
	return NULL;
}

int admin_pool_find(const struct conf *c, size_t from, const char *name,
		    struct admin_found *out)
{
	for (out->at = from; out->at < c->n_template_path; out->at++) {
		_cleanup_free_ char *path = NULL;
		struct stat st;

		out->dir = c->template_path[out->at];
		path = path_of(out->dir, name);
		if (!path)
			return -ENOMEM;
		if (lstat(path, &st) == 0)
			return 0;
		if (errno != ENOENT)
			return log_errno(errno, "looking at \"%s\"", path);
	}
	return -ENOENT;
}

int admin_pool_read(const struct admin_found *at, const char *name,
		    struct buf *text)
{
	_cleanup_free_ char *path = path_of(at->dir, name);
	_cleanup_close_ int fd = -1;

	if (!path)
		return -ENOMEM;
	fd = admin_open_file(AT_FDCWD, path, path);
	if (fd == -ENOENT)
		return log_errno(ENOENT, "opening \"%s\"", path);
	return fd < 0 ? fd : util_read_all(fd, path, ADMIN_FILE_MAX, 0, text);
}
