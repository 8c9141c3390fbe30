// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter create, update, destroy, create-from: the administrator's profiles */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "admin_pool.h"
#include "admin_uses.h"
#include "log.h"

static int read_file(const char *path, struct buf *text)
{
	_cleanup_close_ int fd = admin_open_file(AT_FDCWD, path, path);

	if (fd == -ENOENT)
		return log_errno(ENOENT, "opening \"%s\"", path);
	return fd < 0 ? fd : util_read_all(fd, path, ADMIN_FILE_MAX, 0, text);
}

/* Whose file it will be, the file says itself. */
static int read_profile(const char *path, struct buf *text, char **name)
{
	size_t at;
	int rc = read_file(path, text);

	return rc < 0 ? rc : admin_find_name(path, text, &at, name);
}

int admin_pool_root_only(void)
{
	if (geteuid() == 0)
		return EXIT_SUCCESS;
	log_err("only root can change profiles");
	return EXIT_DENIED;
}

int admin_pool_put(const struct admin_pool *p, const struct admin_change *c)
{
	struct admin_found at;
	size_t taps = 0;
	bool hides;
	int rc = admin_pool_find(&p->conf, 0, c->name, &at);

	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (rc == 0 && at.at < p->own) {
		log_err("%s has %s too and stands before %s: put that first in "
			"template-path",
			at.dir, c->name, p->path);
		return -EEXIST;
	}
	hides = rc == 0 && at.at > p->own && !c->remove;
	rc = admin_pool_change(p, c, &taps);
	if (rc == 0 && hides)
		log_note("%s/%s.xml wins over the one in %s", p->path, c->name,
			 at.dir);
	if (rc == 0 && taps)
		printf("%s: new rules for %zu %s\n", c->name, taps,
		       taps == 1 ? "tap" : "taps");
	return rc;
}

/* Is it in the administrator's directory? */
static bool has(const struct admin_pool *p, const char *name)
{
	struct admin_found at;

	return admin_pool_find(&p->conf, p->own, name, &at) == 0 &&
	       at.at == p->own;
}

static int exists(const struct admin_pool *p, const char *name)
{
	log_err("there is %s/%s.xml already: update replaces it, edit changes "
		"it",
		p->path, name);
	return -EEXIST;
}

int admin_pool_not_there(const struct admin_pool *p, const char *name,
			 const char *instead)
{
	struct admin_found at;

	if (admin_pool_find(&p->conf, 0, name, &at) == 0)
		log_err("%s is in %s, which is not yours to change, and not in "
			"%s%s",
			name, at.dir, p->path, instead);
	else
		log_err("there is no profile %s%s", name,
			*instead ? instead :
				   ": 'tapfilter list' lists what there is");
	return -ENOENT;
}

/* ---- create, update ------------------------------------------------------- */

static int put_file(char **argv, bool is_new)
{
	_cleanup_admin_pool_ struct admin_pool p = { .dir = -1, .lock = -1 };
	_cleanup_buf_ struct buf text = { 0 };
	_cleanup_free_ char *name = NULL;
	struct admin_change c = { .text = &text, .source = argv[1] };
	int rc = read_profile(argv[1], &text, &name);

	if (rc == 0)
		rc = admin_pool_open(argv[0], name, &p);
	if (rc < 0)
		return rc;
	c.name = name;
	if (is_new && has(&p, name))
		return exists(&p, name);
	if (!is_new && !has(&p, name))
		return admin_pool_not_there(&p, name, ": create makes it");
	return admin_pool_put(&p, &c);
}

static int file_command(int argc, char **argv, bool is_new)
{
	int rc;

	if (argc != 2 || argv[1][0] == '-')
		return admin_usage(argv[0], "it takes the file of a profile");
	rc = admin_pool_root_only();
	if (rc != EXIT_SUCCESS)
		return rc;
	return put_file(argv, is_new) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_create(int argc, char **argv)
{
	return file_command(argc, argv, true);
}

int cmd_update(int argc, char **argv)
{
	return file_command(argc, argv, false);
}

/* ---- destroy -------------------------------------------------------------- */

static int refuse_used(const struct admin_pool *p, const char *name)
{
	_cleanup_uses_ struct admin_uses uses = { 0 };
	_cleanup_buf_ struct buf users = { 0 };
	size_t i;
	int rc = admin_uses_load(&p->conf, &uses);

	for (i = 0; rc == 0 && i < uses.n; i++) {
		if (strcmp(uses.items[i].profile, name) != 0)
			continue;
		if (users.len)
			rc = buf_add(&users, ", ", 2);
		if (rc == 0)
			rc = admin_use_format(&uses.items[i], &users);
	}
	if (rc < 0)
		return rc;
	if (users.len) {
		log_err("%s is used by %s", name, users.data);
		return -EBUSY;
	}
	if (uses.faults) {
		log_err("whether %s is used is not certain before that is "
			"corrected",
			name);
		return -EBUSY;
	}
	return 0;
}

/* Another directory has one of that name: it takes the place. */
static int uncover(const struct admin_pool *p, const char *name,
		   const struct admin_found *at)
{
	_cleanup_buf_ struct buf text = { 0 }, path = { 0 };
	struct admin_change c = { .name = name, .text = &text, .remove = true };
	int rc = buf_printf(&path, "%s/%s.xml", at->dir, name);

	if (rc == 0)
		rc = admin_pool_read(at, name, &text);
	if (rc < 0)
		return rc;
	c.source = path.data;
	rc = admin_pool_put(p, &c);
	if (rc == 0)
		log_note("%s is the one in %s now", name, at->dir);
	return rc;
}

static int destroy(const char *name)
{
	_cleanup_admin_pool_ struct admin_pool p = { .dir = -1, .lock = -1 };
	const struct buf nothing = { 0 };
	struct admin_change c = {
		.name = name, .text = &nothing, .source = name, .remove = true
	};
	struct admin_found at;
	int rc = admin_pool_open("destroy", name, &p);

	if (rc < 0)
		return rc;
	if (!has(&p, name))
		return admin_pool_not_there(&p, name, "");
	rc = admin_pool_find(&p.conf, p.own + 1, name, &at);
	if (rc == 0)
		return uncover(&p, name, &at);
	if (rc == -ENOENT)
		rc = refuse_used(&p, name);
	return rc < 0 ? rc : admin_pool_put(&p, &c);
}

int cmd_destroy(int argc, char **argv)
{
	int rc;

	if (argc != 2 || !util_profile_name_ok(argv[1]))
		return admin_usage(argv[0], "it takes the name of a profile");
	rc = admin_pool_root_only();
	if (rc != EXIT_SUCCESS)
		return rc;
	return destroy(argv[1]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- create-from ---------------------------------------------------------- */

/* The same text but for the name in its first tag */
static int rename_text(const char *path, const struct buf *from,
		       const char *name, struct buf *to)
{
	_cleanup_free_ char *old = NULL;
	size_t at;
	int rc = admin_find_name(path, from, &at, &old);

	if (rc < 0)
		return rc;
	rc = buf_add(to, from->data, at);
	if (rc == 0)
		rc = buf_printf(to, "%s", name);
	at += strlen(old);
	if (rc == 0)
		rc = buf_add(to, from->data + at, from->len - at);
	return rc;
}

static int copy(const char *from, const char *to)
{
	_cleanup_admin_pool_ struct admin_pool p = { .dir = -1, .lock = -1 };
	_cleanup_buf_ struct buf text = { 0 }, path = { 0 }, renamed = { 0 };
	struct admin_change c = { .name = to, .text = &renamed };
	struct admin_found at;
	int rc = admin_pool_open("create-from", from, &p);

	if (rc < 0)
		return rc;
	if (has(&p, to))
		return exists(&p, to);
	rc = admin_pool_find(&p.conf, 0, from, &at);
	if (rc == -ENOENT)
		return admin_pool_not_there(&p, from, "");
	if (rc == 0)
		rc = admin_pool_read(&at, from, &text);
	if (rc == 0)
		rc = buf_printf(&path, "%s/%s.xml", at.dir, from);
	if (rc == 0)
		rc = rename_text(path.data, &text, to, &renamed);
	c.source = path.data;
	return rc < 0 ? rc : admin_pool_put(&p, &c);
}

int cmd_create_from(int argc, char **argv)
{
	const char *to = argv[argc - 1];
	int rc;

	if (argc < 2 || argc > 3 || !util_profile_name_ok(argv[1]) ||
	    !util_profile_name_ok(to))
		return admin_usage(
			argv[0], "it takes the name of a profile, and a new "
				 "name unless it is to stand in for that one");
	rc = admin_pool_root_only();
	if (rc != EXIT_SUCCESS)
		return rc;
	return copy(argv[1], to) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
