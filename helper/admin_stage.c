// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a text to the file of a profile, without a moment at which there is half
 * of it.  It waits in a directory beside the others, which the resolver can be
 * given; a rename brings it into place.  The old file keeps a second name there
 * until all is done.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "admin.h"
#include "admin_pool.h"
#include "log.h"

#define STAGE_NAME ".tapfilter-new"
#define OLD_NAME "old" /* no NAME.xml: the resolver does not look at it */

static int cannot_write(const struct admin_pool *p, int error)
{
	return log_errno(error, "cannot write to %s", p->path);
}

/* ---- clearing away -------------------------------------------------------- */

/* Return: was there an old file, which nothing but the end of a change takes */
static bool clear(const struct admin_pool *p)
{
	struct stat st;
	bool had_old = fstatat(p->dir, STAGE_NAME "/" OLD_NAME, &st,
			       AT_SYMLINK_NOFOLLOW) == 0;

	admin_remove_dir(p->dir, STAGE_NAME);
	return had_old;
}

void admin_stage_clear(const struct admin_pool *p)
{
	if (clear(p))
		log_note("the last change of a profile in %s was cut short: "
			 "\"tapfilter reload\" gives all taps the rules that "
			 "its files say now",
			 p->path);
}

void admin_stage_close(struct admin_stage *s)
{
	if (s->dirs.fd < 0)
		return;
	close(s->dirs.fd);
	s->dirs.fd = -1;
	clear(s->pool);
}

/* ---- a new text ----------------------------------------------------------- */

static int write_file(int dir, const char *name, const struct buf *text)
{
	_cleanup_close_ int fd = -1;
	int rc;

	fd = openat(dir, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	rc = fchmod(fd, 0644) < 0 ? -errno :
				    util_write_all(fd, text->data, text->len);
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	return rc;
}

int admin_stage_open(const struct admin_pool *p, const char *name,
		     const struct buf *text, struct admin_stage *s)
{
	int rc = 0;

	*s = (struct admin_stage){ .pool = p, .dirs.fd = -1 };
	s->dirs.path = p->path; /* where it is about to be, for messages */
	snprintf(s->file, sizeof(s->file), "%s.xml", name);
	if (mkdirat(p->dir, STAGE_NAME, 0755) < 0)
		return cannot_write(p, errno);
	s->dirs.fd = openat(p->dir, STAGE_NAME,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* The resolver is another user, whatever the mask. */
	if (s->dirs.fd < 0 || fchmod(s->dirs.fd, 0755) < 0)
		rc = -errno;
	if (rc == 0)
		rc = write_file(s->dirs.fd, s->file, text);
	return rc < 0 ? cannot_write(p, rc) : 0;
}

/* ---- into place and back -------------------------------------------------- */

static int keep_old(struct admin_stage *s)
{
	if (linkat(s->pool->dir, s->file, s->dirs.fd, OLD_NAME, 0) == 0)
		s->had_old = true;
	else if (errno != ENOENT)
		return cannot_write(s->pool, errno);
	return fsync(s->dirs.fd) < 0 ? cannot_write(s->pool, errno) : 0;
}

int admin_stage_commit(struct admin_stage *s, bool remove)
{
	const struct admin_pool *p = s->pool;
	int rc = keep_old(s);

	if (rc < 0)
		return rc;
	if (remove)
		rc = unlinkat(p->dir, s->file, 0);
	else
		rc = renameat(s->dirs.fd, s->file, p->dir, s->file);
	if (rc == 0 && fsync(p->dir) == 0)
		return 0;
	cannot_write(p, errno);
	if (rc == 0 && admin_stage_put_back(s) < 0)
		log_err("%s/%s is the new file all the same", p->path, s->file);
	return -EIO;
}

int admin_stage_put_back(struct admin_stage *s)
{
	const struct admin_pool *p = s->pool;
	int rc;

	if (s->had_old)
		rc = renameat(s->dirs.fd, OLD_NAME, p->dir, s->file);
	else
		rc = unlinkat(p->dir, s->file, 0);
	if (rc < 0 || fsync(p->dir) < 0)
		return cannot_write(p, errno);
	return 0;
}
