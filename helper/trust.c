// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths that only root can have written */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "trust.h"

#define MAX_LINKS 8

/**
 * struct walk - A path on its way from / to its end
 * @path:	As the caller knows it, for messages
 * @rest:	What is still to be walked
 * @dir:	Directory that @rest is beneath
 * @links:	Symbolic links followed so far
 */
struct walk {
	const char *path;
	char rest[PATH_MAX];
	int dir;
	unsigned int links;
	bool sticky;
};

/* What keeps it from being root's alone; NULL if nothing does */
static const char *objection(const struct stat *st)
{
	if (st->st_uid != 0)
		return "must belong to root";
	if (st->st_mode & 022)
		return "must not be writable by group or others";
	return NULL;
}

static int judge(const struct walk *w, const struct stat *st, const char *what)
{
	const char *why = objection(st);

	/* Others can add names there, but not change those of root. */
	if (why && w->sticky && st->st_uid == 0 && S_ISDIR(st->st_mode) &&
	    (st->st_mode & S_ISVTX))
		return 0;
	if (!why)
		return 0;
	log_err("%s: %s (uid %u, mode %04o) %s", w->path, what, st->st_uid,
		st->st_mode & 07777, why);
	return -EPERM;
}

static int start(struct walk *w)
{
	struct stat st;

	if (w->dir >= 0)
		close(w->dir);
	w->dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->dir < 0 || fstat(w->dir, &st) < 0)
		return log_errno(errno, "cannot open /");
	return judge(w, &st, "the root directory");
}

/* What the link says takes the place of the component. */
static int follow(struct walk *w, int link, const char *after)
{
	char target[PATH_MAX], all[2 * PATH_MAX];
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);
	int len;

	if (n < 0)
		return log_errno(errno, "cannot read a link of %s", w->path);
	if (++w->links > MAX_LINKS)
		return log_errno(ELOOP, "cannot open %s", w->path);
	target[n] = '\0';
	len = snprintf(all, sizeof(all), "%s%s%s", target, *after ? "/" : "",
		       after);
	if (len < 0 || (size_t)len >= sizeof(w->rest))
		return log_errno(ENAMETOOLONG, "cannot open %s", w->path);
	memcpy(w->rest, all, (size_t)len + 1);
	return target[0] == '/' ? start(w) : 0;
}

/* Cuts the first component off; returns it, or NULL at the end. */
static char *next_component(char *path, char **after)
{
	char *end;

	path += strspn(path, "/");
	if (!*path)
		return NULL;
	end = path + strcspn(path, "/");
	*after = end + strspn(end, "/");
	*end = '\0';
	return path;
}

static int open_step(const struct walk *w, const char *name, struct stat *st)
{
	_cleanup_close_ int fd = -1;

	fd = openat(w->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, st) < 0)
		return log_errno(errno, "cannot open %s", w->path);
	return TAKE_FD(fd);
}

/*
 * Walks until one component is left (@last) and the directory that it is in
 * has been judged; a link as the last one is followed when @whole.
 */
static int walk(struct walk *w, bool whole, const char **last)
{
	_cleanup_close_ int fd = -1;
	struct stat st = { 0 };
	char *name, *after;
	int rc = start(w);

	while (rc == 0) {
		name = next_component(w->rest, &after);
		if (!name)
			break;
		*last = name;
		if (!*after && !whole)
			return 0;
		util_closep(&fd);
		fd = open_step(w, name, &st);
		if (fd < 0)
			return fd;
		if (S_ISLNK(st.st_mode)) {
			rc = follow(w, fd, after);
			continue;
		}
		if (!*after)
			return 0;
		rc = judge(w, &st, "a directory on the way");
		if (rc < 0)
			return rc;
		close(w->dir);
		w->dir = TAKE_FD(fd);
		memmove(w->rest, after, strlen(after) + 1);
	}
	*last = ".";
	return rc;
}

static int begin(struct walk *w, const char *path, bool sticky)
{
	size_t len = strlen(path);

	w->path = path;
	w->dir = -1;
	w->links = 0;
	w->sticky = sticky;
	if (path[0] != '/' || len >= sizeof(w->rest))
		return log_errno(EINVAL, "cannot open %s", path);
	memcpy(w->rest, path, len + 1);
	return 0;
}

int trust_open(const char *path, int flags, bool sticky)
{
	_cleanup_close_ int fd = -1;
	const char *last = ".";
	struct walk w;
	struct stat st;
	int rc = begin(&w, path, sticky);

	if (rc == 0)
		rc = walk(&w, true, &last);
	if (rc == 0) {
		fd = openat(w.dir, last,
			    flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |
				    O_NOCTTY);
		if (fd < 0)
			rc = errno == ENOENT ?
				     -ENOENT :
				     log_errno(errno, "cannot open %s", path);
	}
	util_closep(&w.dir);
	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0)
		return log_errno(errno, "cannot look at %s", path);
	if (!(flags & O_DIRECTORY) && !S_ISREG(st.st_mode))
		return log_at(path, 0, "not a regular file");
	w.sticky = sticky && S_ISDIR(st.st_mode);
	rc = judge(&w, &st, S_ISDIR(st.st_mode) ? "it" : "the file");
	return rc < 0 ? rc : TAKE_FD(fd);
}

int trust_parent(const char *path, bool sticky, char *name)
{
	const char *last = ".";
	struct walk w;
	int rc = begin(&w, path, sticky);

	if (rc == 0)
		rc = walk(&w, false, &last);
	if (rc == 0 && strlen(last) > NAME_MAX)
		rc = log_errno(ENAMETOOLONG, "cannot open %s", path);
	if (rc < 0) {
		util_closep(&w.dir);
		return rc;
	}
	memcpy(name, last, strlen(last) + 1);
	return w.dir;
}
