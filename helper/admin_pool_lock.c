// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One administrator at a time changes profiles.  The lock is a file in their
 * directory, with the name of who has it; it goes with the command, and the
 * kernel releases it for one that was killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "admin_pool.h"
#include "log.h"
#include "users.h"

#define LOCK_NAME ".tapfilter-lock"
#define HOLDER_MAX 512
#define NOBODY 0xffffffffU /* the login uid of what nobody logged in for */

/* The kernel's word for who logged in, whatever he became since */
static bool login_name(char *name, size_t size)
{
	_cleanup_close_ int fd = -1;
	char digits[16] = "";
	uint64_t uid;
	gid_t gid;

	fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, digits, sizeof(digits) - 1) > 0 &&
	       util_parse_uint(digits, 1, NOBODY - 1, &uid) &&
	       users_name((uid_t)uid, name, size, &gid) == 0;
}

/* "alice (pid 123, update clean-traffic) is changing profiles since 07:12:03" */
static void describe(const char *what, char *out, size_t size)
{
	const char *sudo = secure_getenv("SUDO_USER");
	char name[64], clock[16];
	time_t now = time(NULL);
	struct tm tm;

	if (!login_name(name, sizeof(name)))
		snprintf(name, sizeof(name), "%s", sudo ? sudo : "root");
	if (!localtime_r(&now, &tm) ||
	    !strftime(clock, sizeof(clock), "%H:%M:%S", &tm))
		clock[0] = '\0';
	snprintf(out, size, "%s (pid %d, %s) is changing profiles since %s",
		 name, getpid(), what, clock);
}

static int is_held(int fd)
{
	char text[HOLDER_MAX];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	log_err("%s; try again later",
		text[0] ? text : "another command is changing profiles");
	return -EBUSY;
}

/* Return: the locked file; -ESTALE when it was removed meanwhile */
static int take(int dir, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct stat a, b;

	fd = openat(dir, LOCK_NAME,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return log_errno(errno, "cannot write to %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ?
			       is_held(fd) :
			       log_errno(errno, "cannot lock %s", path);
	if (fstat(fd, &a) < 0 ||
	    fstatat(dir, LOCK_NAME, &b, AT_SYMLINK_NOFOLLOW) < 0 ||
	    a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return -ESTALE;
	return TAKE_FD(fd);
}

int admin_pool_lock(int dir, const char *path, const char *what)
{
	char text[HOLDER_MAX];
	int fd, rc;

	do {
		fd = take(dir, path);
	} while (fd == -ESTALE);
	if (fd < 0)
		return fd;
	describe(what, text, sizeof(text));
	rc = ftruncate(fd, 0) < 0 ? -errno :
				    util_write_all(fd, text, strlen(text));
	if (rc == 0)
		return fd;
	log_errno(rc, "cannot write to %s", path);
	admin_pool_unlock(dir, &fd);
	return rc;
}

/* Removed while it is held: nobody takes a file that has no name. */
void admin_pool_unlock(int dir, int *lock)
{
	if (*lock < 0)
		return;
	unlinkat(dir, LOCK_NAME, 0);
	close(*lock);
	*lock = -1;
}
