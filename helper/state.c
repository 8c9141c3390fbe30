// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state directory
 *
 *	TAP		record of a tap
 *	.lock.TAP	lock of a tap, an empty file
 *	.tmp.TAP	record that is being written
 *	.index		see domindex.c
 *
 * The name of a tap begins with a letter or a digit, so nothing of ours that
 * begins with a dot is ever taken for one.  The directory is closed to others
 * and so needs no guard against planted links and files.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "log.h"
#include "state.h"

#define LOCK_WAIT_MS 5000
#define LOCK_POLL_MS 2
#define RECORD_MAX_SIZE (64u * 1024 * 1024)
#define FILE_NAME_SIZE (TAP_NAME_SIZE + 8)

struct state {
	int dir;
	int lock;
	char tap[TAP_NAME_SIZE]; /* whose lock it is */
};

static void file_name(char *out, const char *prefix, const char *tap)
{
	snprintf(out, FILE_NAME_SIZE, "%s%s", prefix, tap);
}

/* Others must neither read who talks to whom nor plant a record. */
static int check_dir(int dir, const char *path)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return log_errno(errno, "cannot look at %s", path);
	if (st.st_uid != geteuid()) {
		log_err("%s: belongs to uid %u instead of %u", path, st.st_uid,
			geteuid());
		return -EPERM;
	}
	if (st.st_mode & 077) {
		log_err("%s: open to others (mode %04o), must be 0700", path,
			st.st_mode & 07777);
		return -EPERM;
	}
	return 0;
}

int state_open(const char *path, struct state **out)
{
	_cleanup_close_ int dir = -1;
	struct state *s;
	int rc;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return log_errno(errno, "cannot make %s", path);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return log_errno(errno, "cannot open %s", path);
	rc = check_dir(dir, path);
	if (rc < 0)
		return rc;
	s = util_alloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->dir = TAKE_FD(dir);
	s->lock = -1;
	*out = s;
	return 0;
}

void state_close(struct state *s)
{
	if (!s)
		return;
	state_unlock(s, false);
	close(s->dir);
	free(s);
}

int state_fd(const struct state *s)
{
	return s->dir;
}

/* The file that is locked must still be the one that the name leads to. */
static bool lock_is_current(int dir, int fd, const char *name)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 &&
	       fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       held.st_ino == named.st_ino;
}

/* Return: the locked file, -EAGAIN when somebody else has it, or an error */
static int try_lock(int dir, const char *name)
{
	_cleanup_close_ int fd = -1;

	fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return log_errno(errno, "cannot open the lock %s", name);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return -EAGAIN;
		return log_errno(errno, "cannot lock %s", name);
	}
	if (!lock_is_current(dir, fd, name))
		return -EAGAIN;
	return TAKE_FD(fd);
}

/* Polls, since a wait for flock() could only be ended by a signal. */
int state_lock_file(int dir, const char *name, const char *what)
{
	const struct timespec nap = { .tv_nsec = LOCK_POLL_MS * 1000000L };
	int fd, waited;

	for (waited = 0;; waited += LOCK_POLL_MS) {
		fd = try_lock(dir, name);
		if (fd != -EAGAIN || waited >= LOCK_WAIT_MS)
			break;
		nanosleep(&nap, NULL);
	}
	if (fd != -EAGAIN)
		return fd;
	log_err("%s: another command has held the lock for %d s", what,
		LOCK_WAIT_MS / 1000);
	return -ETIMEDOUT;
}

int state_lock(struct state *s, const char *tap)
{
	char name[FILE_NAME_SIZE];
	int fd;

	file_name(name, ".lock.", tap);
	fd = state_lock_file(s->dir, name, tap);
	if (fd < 0)
		return fd;
	s->lock = fd;
	snprintf(s->tap, sizeof(s->tap), "%s", tap);
	return 0;
}

void state_unlock(struct state *s, bool forget)
{
	char name[FILE_NAME_SIZE];

	if (s->lock < 0)
		return;
	file_name(name, ".lock.", s->tap);
	if (forget)
		unlinkat(s->dir, name, 0); /* an empty file may well stay */
	flock(s->lock, LOCK_UN);
	close(s->lock);
	s->lock = -1;
}

static int write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int state_write(int dir, const char *tmp, const char *name, const void *data,
		size_t len)
{
	_cleanup_close_ int fd = -1;
	int rc;

	fd = openat(dir, tmp,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return log_errno(errno, "cannot write %s", tmp);
	rc = write_all(fd, data, len);
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	if (rc == 0 && renameat(dir, tmp, dir, name) < 0)
		rc = -errno;
	if (rc == 0)
		return 0;
	unlinkat(dir, tmp, 0);
	return log_errno(rc, "cannot write %s in the state directory", name);
}

int state_save(struct state *s, const struct record *r)
{
	_cleanup_buf_ struct buf bytes = { 0 };
	char tmp[FILE_NAME_SIZE];
	int rc;

	rc = record_encode(r, &bytes);
	if (rc < 0)
		return rc;
	file_name(tmp, ".tmp.", r->binding.tap);
	return state_write(s->dir, tmp, r->binding.tap, bytes.data, bytes.len);
}

int state_load(struct state *s, const char *tap, struct record *out)
{
	_cleanup_buf_ struct buf bytes = { 0 };
	_cleanup_close_ int fd = -1;
	int rc;

	fd = openat(s->dir, tap, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
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

int state_remove(struct state *s, const char *tap)
{
	char tmp[FILE_NAME_SIZE];

	file_name(tmp, ".tmp.", tap);
	if (unlinkat(s->dir, tmp, 0) < 0 && errno != ENOENT)
		return log_errno(errno, "cannot remove %s", tmp);
	if (unlinkat(s->dir, tap, 0) < 0 && errno != ENOENT)
		return log_errno(errno, "cannot remove the record of %s", tap);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int read_names(DIR *dir, char (**names)[TAP_NAME_SIZE], size_t *n)
{
	char(*slot)[TAP_NAME_SIZE];
	const struct dirent *e;

	for (;;) {
		errno = 0;
		e = readdir(dir);
		if (!e)
			break;
		if (!util_tap_name_ok(e->d_name))
			continue;
		slot = util_grow(names, *n, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		memcpy(*slot, e->d_name, strlen(e->d_name) + 1);
		(*n)++;
	}
	if (errno)
		return log_errno(errno, "cannot list the state directory");
	return 0;
}

int state_list(struct state *s, char (**names)[TAP_NAME_SIZE], size_t *n)
{
	DIR *dir;
	int fd, rc;

	*names = NULL;
	*n = 0;
	fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return log_errno(errno, "cannot open the state directory");
	dir = fdopendir(fd);
	if (!dir) {
		rc = log_errno(errno, "cannot list the state directory");
		close(fd);
		return rc;
	}
	rc = read_names(dir, names, n);
	closedir(dir);
	if (rc < 0) {
		free(*names);
		*names = NULL;
		return rc;
	}
	if (*n)
		qsort(*names, *n, sizeof(**names), compare_names);
	return 0;
}
