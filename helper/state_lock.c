// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks of taps: empty files of the state directory, and who has which */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "log.h"
#include "state_dir.h"

#define LOCK_WAIT_MS 5000
#define LOCK_POLL_MS 2
#define READERS_WAIT_MS 15000 /* the resolver has 10 s */

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
	mode_t mask;

	mask = umask(0);
	fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	umask(mask);
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

int state_lock_dir(int dir, bool alone)
{
	const struct timespec nap = { .tv_nsec = LOCK_POLL_MS * 1000000L };
	int op = alone ? LOCK_EX : LOCK_SH, waited;

	for (waited = 0; waited < READERS_WAIT_MS; waited += LOCK_POLL_MS) {
		if (flock(dir, op | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return log_errno(errno,
					 "cannot lock the state directory");
		nanosleep(&nap, NULL);
	}
	log_err("other commands have been at work for %d s",
		READERS_WAIT_MS / 1000);
	return -ETIMEDOUT;
}

int state_hold(struct state *s, const char *tap, bool wait)
{
	char name[FILE_NAME_SIZE];

	state_file_name(name, ".lock.", tap);
	return wait ? state_lock_file(state_dir(s), name, tap) :
		      try_lock(state_dir(s), name);
}

void state_release(struct state *s, const char *tap, int lock, bool forget)
{
	char name[FILE_NAME_SIZE];

	state_file_name(name, ".lock.", tap);
	if (forget)
		unlinkat(state_dir(s), name,
			 0); /* an empty file may well stay */
	flock(lock, LOCK_UN);
	close(lock);
}
