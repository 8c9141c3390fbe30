// SPDX-License-Identifier: GPL-2.0-or-later
/* Users and groups, from their two files */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "users.h"

static void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

/* A missing file is no answer about a name: it must not come out as -ENOENT. */
static int report(int error, const char *what, const char *path)
{
	log_errno(error, "cannot %s %s", what, path);
	return error == ENOENT ? -EIO : -error;
}

static int open_file(const char *path, FILE **f)
{
	*f = fopen(path, "re");
	return *f ? 0 : report(errno, "open", path);
}

/* After the last entry: its end, or a failure? */
static int ended(FILE *f, const char *path)
{
	int error = errno;

	if (feof(f) && !ferror(f) && (error == 0 || error == ENOENT))
		return -ENOENT;
	return report(error ? error : EIO, "read", path);
}

/* "+" and "-" ask for NIS; their numbers, often empty, read as 0.  The libc
 * passes over lines that it cannot take apart. */
static bool is_name(const char *name)
{
	return name[0] && name[0] != '+' && name[0] != '-';
}

/* (uid_t)-1 means "no change" to the kernel. */
static int check_id(const char *path, const char *name, id_t id)
{
	if (id != (id_t)-1)
		return 0;
	log_err("%s: \"%s\" has a number that nobody can have", path, name);
	return -EINVAL;
}

/* By name, or by uid when name is NULL: an entry that the C library owns until
 * its next call, or NULL and rc. */
static struct passwd *find_user(const char *path, const char *name, uid_t uid,
				int *rc)
{
	_cleanup_(fclosep) FILE *f = NULL;
	struct passwd *p;

	*rc = open_file(path, &f);
	if (*rc < 0)
		return NULL;
	for (errno = 0; (p = fgetpwent(f)); errno = 0) {
		if (!is_name(p->pw_name))
			continue;
		if (name ? strcmp(p->pw_name, name) != 0 : p->pw_uid != uid)
			continue;
		*rc = check_id(path, p->pw_name, p->pw_uid);
		if (*rc == 0)
			*rc = check_id(path, p->pw_name, p->pw_gid);
		return *rc < 0 ? NULL : p;
	}
	*rc = ended(f, path);
	return NULL;
}

int users_uid_in(const char *passwd, const char *name, uid_t *uid, gid_t *gid)
{
	int rc;
	const struct passwd *p = find_user(passwd, name, 0, &rc);

	if (!p)
		return rc;
	*uid = p->pw_uid;
	*gid = p->pw_gid;
	return 0;
}

int users_uid(const char *name, uid_t *uid, gid_t *gid)
{
	return users_uid_in(USERS_PASSWD, name, uid, gid);
}

int users_name_in(const char *passwd, uid_t uid, char *name, size_t size,
		  gid_t *gid)
{
	int rc;
	const struct passwd *p = find_user(passwd, NULL, uid, &rc);

	if (!p)
		return rc;
	if (strlen(p->pw_name) >= size) {
		log_err("%s: the name of uid %u has more than %zu bytes",
			passwd, uid, size - 1);
		return -ENAMETOOLONG;
	}
	memcpy(name, p->pw_name, strlen(p->pw_name) + 1);
	*gid = p->pw_gid;
	return 0;
}

int users_name(uid_t uid, char *name, size_t size, gid_t *gid)
{
	return users_name_in(USERS_PASSWD, uid, name, size, gid);
}

int users_gid_in(const char *group, const char *name, gid_t *gid)
{
	_cleanup_(fclosep) FILE *f = NULL;
	struct group *g;
	int rc;

	rc = open_file(group, &f);
	if (rc < 0)
		return rc;
	for (errno = 0; (g = fgetgrent(f)); errno = 0) {
		if (!is_name(g->gr_name) || strcmp(g->gr_name, name) != 0)
			continue;
		*gid = g->gr_gid;
		return check_id(group, name, g->gr_gid);
	}
	return ended(f, group);
}

int users_gid(const char *name, gid_t *gid)
{
	return users_gid_in(USERS_GROUP, name, gid);
}

static bool has_member(const struct group *g, const char *name)
{
	char **m;

	for (m = g->gr_mem; *m; m++) {
		if (strcmp(*m, name) == 0)
			return true;
	}
	return false;
}

static int add_group(gid_t **list, size_t *n, gid_t gid)
{
	gid_t *slot;
	size_t i;

	for (i = 0; i < *n; i++) {
		if ((*list)[i] == gid)
			return 0;
	}
	slot = util_grow(list, *n, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = gid;
	(*n)++;
	return 0;
}

int users_groups_in(const char *group, const char *name, gid_t gid,
		    gid_t **list, size_t *n)
{
	_cleanup_(fclosep) FILE *f = NULL;
	_cleanup_free_ gid_t *found = NULL;
	size_t n_found = 0;
	struct group *g;
	int rc;

	rc = open_file(group, &f);
	if (rc == 0)
		rc = add_group(&found, &n_found, gid);
	for (errno = 0; rc == 0 && (g = fgetgrent(f)); errno = 0) {
		if (!is_name(g->gr_name) || !has_member(g, name))
			continue;
		rc = check_id(group, g->gr_name, g->gr_gid);
		if (rc == 0)
			rc = add_group(&found, &n_found, g->gr_gid);
	}
	if (rc == 0)
		rc = ended(f, group);
	if (rc != -ENOENT)
		return rc;
	*list = TAKE_PTR(found);
	*n = n_found;
	return 0;
}

int users_groups(const char *name, gid_t gid, gid_t **list, size_t *n)
{
	return users_groups_in(USERS_GROUP, name, gid, list, n);
}
