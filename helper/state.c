// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state directory
 *
 *	.index			see domindex.c
 *	net-COOKIE/		the taps of one network namespace:
 *		TAP		record of a tap
 *		.lock.TAP	lock of a tap, an empty file
 *		.tmp.TAP	record that is being written
 *		.sweep		see state_some()
 *		.uid.UID/TAP	a user has that tap up, see state_claim.c
 *		.uuid.UUID/TAP	it is of that domain, see state_group.c
 *
 * The name of a tap begins with a letter or a digit, so nothing of ours that
 * begins with a dot is ever taken for one.  The directory is closed to all but
 * root and the helper's own user, and so needs no guard against planted links
 * and files.  Either of the two may have made a file that the other needs:
 * locks can be opened by both, all else is only replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "log.h"
#include "state_dir.h"
#include "trust.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* asm-generic/socket.h */
#endif

#define DIR_MODE 0770
#define RECORD_MAX_SIZE (64u * 1024 * 1024)

struct state {
	int top;
	int dir; /* of this network namespace */
	bool reading; /* see state_reading() */
	int lock;
	char tap[TAP_NAME_SIZE]; /* whose lock it is */
};

void state_file_name(char *out, const char *prefix, const char *tap)
{
	snprintf(out, FILE_NAME_SIZE, "%s%s", prefix, tap);
}

/* Others must neither read who talks to whom nor plant a record. */
static int check_dir(int dir, const struct state_place *p, const char *name)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return log_errno(errno, "cannot look at %s", p->path);
	if (st.st_uid == 0 && st.st_gid == p->gid &&
	    (st.st_mode & 0777) == DIR_MODE)
		return 0;
	log_err("%s: \"%s\" has owner %u:%u and mode %04o, must be root:%u and "
		"%04o (chown root:%u, chmod %04o)",
		p->path, name, st.st_uid, st.st_gid, st.st_mode & 07777, p->gid,
		DIR_MODE, p->gid, DIR_MODE);
	return -EPERM;
}

/*
 * The group and the setgid bit come from the directory above, so that also a
 * helper that may not change owners can make one; the first is made by one
 * that may.
 */
static int set_owner(int parent, const struct state_place *p, const char *name)
{
	_cleanup_close_ int dir = -1;
	struct stat st;

	dir = openat(parent, name,
		     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir >= 0 && fstat(dir, &st) == 0 &&
	    (st.st_gid == p->gid || fchown(dir, 0, p->gid) == 0) &&
	    ((st.st_mode & S_ISGID) || fchmod(dir, S_ISGID | DIR_MODE) == 0))
		return 0;
	if (errno == EPERM)
		return log_errno(
			EPERM,
			"cannot make %s: a first run with all capabilities, or systemd-tmpfiles, makes it",
			p->path);
	return log_errno(errno, "cannot set the owner of %s in %s", name,
			 p->path);
}

/* It has its name when all about it is right: who finds it may use it. */
static int make_dir(int parent, const struct state_place *p, const char *name)
{
	char tmp[32];
	mode_t mask;
	int rc;

	snprintf(tmp, sizeof(tmp), ".tapfilter-%d", (int)getpid());
	unlinkat(parent, tmp, AT_REMOVEDIR); /* of one that was killed */
	mask = umask(0);
	rc = mkdirat(parent, tmp, DIR_MODE);
	umask(mask);
	if (rc < 0)
		return log_errno(errno, "cannot make %s in %s", name, p->path);
	rc = set_owner(parent, p, tmp);
	if (rc == 0 &&
	    renameat2(parent, tmp, parent, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (rc == 0 && errno != EEXIST)
		rc = log_errno(errno, "cannot make %s in %s", name, p->path);
	unlinkat(parent, tmp, AT_REMOVEDIR);
	return rc;
}

static int open_dir(int parent, const struct state_place *p, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	_cleanup_close_ int dir = openat(parent, name, flags);
	int rc = 0;

	if (dir < 0 && errno == ENOENT) {
		rc = make_dir(parent, p, name);
		dir = rc == 0 ? openat(parent, name, flags) : -1;
	}
	if (rc == 0 && dir < 0)
		rc = log_errno(errno, "cannot open %s in %s", name, p->path);
	if (rc == 0)
		rc = check_dir(dir, p, name);
	return rc < 0 ? rc : TAKE_FD(dir);
}

/* A number that no other network namespace of this run of the kernel has */
static int read_cookie(uint64_t *cookie)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*cookie);

	if (fd < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len) < 0)
		return log_errno(errno,
				 "cannot tell the network namespace apart "
				 "(needs Linux 5.14)");
	return 0;
}

static int open_namespace(struct state *s, const struct state_place *p)
{
	char name[sizeof("net-18446744073709551615")];
	uint64_t cookie = 0;
	int rc = read_cookie(&cookie);

	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "net-%llu", (unsigned long long)cookie);
	s->dir = open_dir(s->top, p, name);
	return s->dir < 0 ? s->dir : 0;
}

int state_open(const struct state_place *p, struct state **out)
{
	_cleanup_close_ int parent = -1;
	char name[NAME_MAX + 1];
	struct state *s;
	int rc;

	parent = trust_parent(p->path, p->sticky, name);
	if (parent == -ENOENT)
		log_err("cannot make the state directory %s: the one above it must be there",
			p->path);
	if (parent < 0)
		return parent;
	s = util_alloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->dir = s->lock = -1;
	s->top = open_dir(parent, p, name);
	rc = s->top < 0 ? s->top : open_namespace(s, p);
	if (rc < 0) {
		state_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

int state_branch(const struct state *s, struct state **out)
{
	struct state *b = util_alloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->lock = -1;
	b->top = fcntl(s->top, F_DUPFD_CLOEXEC, 0);
	b->dir = fcntl(s->dir, F_DUPFD_CLOEXEC, 0);
	*out = b;
	if (b->top >= 0 && b->dir >= 0)
		return 0;
	return log_errno(errno, "cannot open the state directory again");
}

void state_close(struct state *s)
{
	if (!s)
		return;
	state_unlock(s, false);
	/* A child may have inherited the file. */
	if (s->reading)
		flock(s->top, LOCK_UN);
	util_closep(&s->dir);
	util_closep(&s->top);
	free(s);
}

int state_top(const struct state *s)
{
	return s->top;
}

int state_reading(struct state *s)
{
	int rc = state_lock_dir(s->top, false);

	s->reading = rc == 0;
	return rc;
}

int state_await_readers(struct state *s)
{
	int rc = state_lock_dir(s->top, true);

	if (rc == 0)
		flock(s->top, LOCK_UN);
	return rc;
}

int state_dir(const struct state *s)
{
	return s->dir;
}

int state_lock(struct state *s, const char *tap)
{
	int fd = state_hold(s, tap, true);

	if (fd < 0)
		return fd;
	s->lock = fd;
	snprintf(s->tap, sizeof(s->tap), "%s", tap);
	return 0;
}

bool state_has_lock(const struct state *s)
{
	return s->lock >= 0;
}

void state_unlock(struct state *s, bool forget)
{
	if (s->lock >= 0)
		state_release(s, s->tap, s->lock, forget);
	s->lock = -1;
}

/* A temporary file that is complete, and on the disk */
static int write_tmp(int dir, const char *tmp, const void *data, size_t len)
{
	_cleanup_close_ int fd = -1;
	int rc;

	/* What a killed command left may be somebody else's. */
	if (unlinkat(dir, tmp, 0) < 0 && errno != ENOENT)
		return log_errno(errno, "cannot remove %s", tmp);
	fd = openat(dir, tmp,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return log_errno(errno, "cannot write %s", tmp);
	rc = fchmod(fd, 0644) < 0 ? -errno : util_write_all(fd, data, len);
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	if (rc == 0)
		return 0;
	unlinkat(dir, tmp, 0);
	return log_errno(rc, "cannot write %s in the state directory", tmp);
}

static int rename_tmp(int dir, const char *tmp, const char *name)
{
	int rc;

	if (renameat(dir, tmp, dir, name) == 0)
		return 0;
	rc = log_errno(errno, "cannot write %s in the state directory", name);
	unlinkat(dir, tmp, 0);
	return rc;
}

int state_write(int dir, const char *tmp, const char *name, const void *data,
		size_t len)
{
	int rc = write_tmp(dir, tmp, data, len);

	return rc < 0 ? rc : rename_tmp(dir, tmp, name);
}

int state_prepare(struct state *s, const struct record *r)
{
	_cleanup_buf_ struct buf bytes = { 0 };
	char tmp[FILE_NAME_SIZE];
	int rc = record_encode(r, &bytes);

	if (rc < 0)
		return rc;
	state_file_name(tmp, ".tmp.", r->binding.tap);
	return write_tmp(s->dir, tmp, bytes.data, bytes.len);
}

int state_commit(struct state *s, const char *tap)
{
	char tmp[FILE_NAME_SIZE];

	state_file_name(tmp, ".tmp.", tap);
	return rename_tmp(s->dir, tmp, tap);
}

void state_abandon(struct state *s, const char *tap)
{
	char tmp[FILE_NAME_SIZE];

	state_file_name(tmp, ".tmp.", tap);
	unlinkat(s->dir, tmp, 0);
}

int state_save(struct state *s, const struct record *r)
{
	int rc = state_prepare(s, r);

	return rc < 0 ? rc : state_commit(s, r->binding.tap);
}

int state_load(struct state *s, const char *tap, struct record *out)
{
	_cleanup_buf_ struct buf bytes = { 0 };
	_cleanup_close_ int fd = -1;
	int rc;

	fd = openat(s->dir, tap,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return log_errno(errno, "cannot open the record of %s", tap);
	rc = util_read_all(fd, tap, RECORD_MAX_SIZE, 0, &bytes);
	if (rc < 0)
		return rc;
	rc = record_decode(bytes.data, bytes.len, out);
	if (rc == 0 && strcmp(out->binding.tap, tap) != 0) {
		record_free(out);
		rc = -EBADMSG;
	}
	if (rc == -EBADMSG)
		log_err("the record of %s is damaged", tap);
	return rc;
}

int state_peek(struct state *s, const char *tap, struct record *out)
{
	_cleanup_close_ int fd = -1;
	char head[RECORD_HEAD_SIZE];
	ssize_t n;
	int rc;

	fd = openat(s->dir, tap,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
	if (n < 0)
		return -errno;
	rc = record_peek(head, (size_t)n, out);
	if (rc == 0)
		memcpy(out->binding.tap, tap, strlen(tap) + 1);
	return rc;
}

bool state_has_device(struct state *s, const char *tap, uint32_t ifindex,
		      const char *boot_id)
{
	struct record r = { 0 };

	return util_tap_name_ok(tap) && state_peek(s, tap, &r) == 0 &&
	       r.active && r.ifindex == ifindex &&
	       strcmp(r.boot_id, boot_id) == 0;
}

int state_remove(struct state *s, const char *tap)
{
	char tmp[FILE_NAME_SIZE];

	state_file_name(tmp, ".tmp.", tap);
	if (unlinkat(s->dir, tmp, 0) < 0 && errno != ENOENT)
		return log_errno(errno, "cannot remove %s", tmp);
	if (unlinkat(s->dir, tap, 0) < 0 && errno != ENOENT)
		return log_errno(errno, "cannot remove the record of %s", tap);
	return 0;
}
