// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many taps a user has up
 *
 * A directory for each user has an empty file for each of his taps, so that
 * nobody needs to read the records of everybody.  A tap that ended without a
 * down is still counted; that is set right when it matters.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "state_dir.h"

#define DIR_NAME_SIZE sizeof(".uid.4294967295")

struct claims {
	struct state *state;
	int dir;
	uid_t uid;
	const char *tap; /* the one that is being claimed */
	bool (*dead)(const struct record *r, void *data);
	void *data;
};

static void dir_name(char *out, uid_t uid)
{
	snprintf(out, DIR_NAME_SIZE, ".uid.%u", uid);
}

/* The directory above is closed; in it, root without the right to change ids
 * must be able to remove what our own user made. */
static int open_claims(struct state *s, uid_t uid)
{
	char name[DIR_NAME_SIZE], lock[DIR_NAME_SIZE + 5];
	mode_t mask = umask(0);
	int rc;

	dir_name(name, uid);
	snprintf(lock, sizeof(lock), "%s-lock", name);
	rc = mkdirat(state_dir(s), name, 0777);
	umask(mask);
	if (rc < 0 && errno != EEXIST)
		return log_errno(errno, "cannot make %s in the state directory",
				 name);
	return state_lock_file(state_dir(s), lock, name);
}

/* Is the tap still up, and that user's? */
static bool holds(const struct claims *c, const char *tap)
{
	_cleanup_record_ struct record r = { 0 };

	return state_load(c->state, tap, &r) == 0 && r.owner == c->uid &&
	       !c->dead(&r, c->data);
}

/*
 * Return: claims other than that of c->tap; with @sweep those that no longer
 * hold are removed first
 */
static int count(const struct claims *c, bool sweep, unsigned int *n)
{
	int fd = openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int rc = 0;

	if (!dir) {
		rc = log_errno(errno, "cannot count the taps of uid %u",
			       c->uid);
		util_closep(&fd);
		return rc;
	}
	*n = 0;
	for (errno = 0; (e = readdir(dir)); errno = 0) {
		if (!util_tap_name_ok(e->d_name) ||
		    strcmp(e->d_name, c->tap) == 0)
			continue;
		if (!sweep || holds(c, e->d_name))
			++*n;
		else
			unlinkat(c->dir, e->d_name, 0);
	}
	if (errno)
		rc = log_errno(errno, "cannot count the taps of uid %u",
			       c->uid);
	closedir(dir);
	return rc;
}

static int enter(const struct claims *c)
{
	_cleanup_close_ int fd = -1;

	fd = openat(c->dir, c->tap, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return log_errno(errno, "cannot count %s", c->tap);
	return 0;
}

int state_claim(struct state *s, uid_t uid, const char *tap, unsigned int max,
		bool (*dead)(const struct record *r, void *data), void *data)
{
	_cleanup_close_ int lock = -1, dir = -1;
	struct claims c = { s, -1, uid, tap, dead, data };
	char name[DIR_NAME_SIZE];
	unsigned int n = 0;
	int rc;

	lock = open_claims(s, uid);
	if (lock < 0)
		return lock;
	dir_name(name, uid);
	dir = openat(state_dir(s), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return log_errno(errno, "cannot open %s", name);
	c.dir = dir;
	rc = max ? count(&c, false, &n) : 0;
	if (rc == 0 && max && n >= max)
		rc = count(&c, true, &n);
	if (rc == 0 && max && n >= max)
		return -EDQUOT;
	return rc < 0 ? rc : enter(&c);
}

int state_unclaim(struct state *s, uid_t uid, const char *tap)
{
	char name[DIR_NAME_SIZE + TAP_NAME_SIZE], dir[DIR_NAME_SIZE];

	dir_name(dir, uid);
	snprintf(name, sizeof(name), "%s/%s", dir, tap);
	if (unlinkat(state_dir(s), name, 0) < 0 && errno != ENOENT)
		return log_errno(errno, "cannot remove %s", name);
	return 0;
}
