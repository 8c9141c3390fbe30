// SPDX-License-Identifier: GPL-2.0-or-later
/* See ebt_child.h */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "ebt_child.h"
#include "log.h"
#include "spawn.h"

/* That of iptables: what changes several tables needs one lock. */
#define LOCK_FILE "/run/xtables.lock"
#define LOCK_MS 10000
#define RUN_MS 10000 /* for one program */
#define NAP_NS 5000000
#define TEXT_MAX (32u * 1024 * 1024) /* 10000 taps have less */
#define SAID_MAX (16u * 1024)

enum job { JOB_LOCK, JOB_UNLOCK, JOB_SAVE, JOB_COUNT, JOB_RESTORE };

struct request {
	uint32_t job;
	uint32_t len;
};

struct answer {
	int32_t rc; /* exit status or negative errno */
	uint32_t out;
	uint32_t said;
};

static struct {
	pid_t pid;
	int fd;
} child = { .fd = -1 };

/* ---- both sides ----------------------------------------------------------- */

/* 0; -EPIPE when the other one has gone; -ETIMEDOUT; never reported */
static int move(int fd, void *data, size_t len, bool sending, int64_t end)
{
	struct pollfd p = { .fd = fd, .events = sending ? POLLOUT : POLLIN };
	char *at = data;
	ssize_t n;
	int rc;

	while (len) {
		int64_t left = end - util_now_ms();

		rc = poll(&p, 1, end < 0 ? -1 : left > 0 ? (int)left : 0);
		if (rc < 0 && errno == EINTR)
			continue;
		if (rc <= 0)
			return rc < 0 ? -errno : -ETIMEDOUT;
		n = sending ? send(fd, at, len, MSG_NOSIGNAL) :
			      recv(fd, at, len, 0);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n == 0)
			return -EPIPE;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int read_into(int fd, size_t len, size_t max, int64_t end,
		     struct buf *out)
{
	char piece[4096];
	size_t n;
	int rc = len > max ? -EFBIG : 0;

	for (; rc == 0 && len; len -= n) {
		n = len < sizeof(piece) ? len : sizeof(piece);
		rc = move(fd, piece, n, false, end);
		if (rc == 0)
			rc = buf_add(out, piece, n);
	}
	return rc;
}

/* ---- the child's child ---------------------------------------------------- */

static const char *const dirs[] = { "/usr/sbin", "/sbin" };

__attribute__((noreturn)) static void execute(enum job job, int in, int out,
					      int said)
{
	static const struct rlimit file = { TEXT_MAX, TEXT_MAX };
	char *const environment[] = { strdup("PATH=/usr/sbin:/usr/bin:/sbin"),
				      strdup("LC_ALL=C"), NULL };
	const char *name = job == JOB_RESTORE ? "ebtables-restore" :
						"ebtables-save";
	char *argv[] = { strdup(name),
			 job == JOB_SAVE ?
				 NULL :
				 strdup(job == JOB_RESTORE ? "--noflush" :
							     "-c"),
			 NULL };
	char path[64];
	size_t i;

	alarm(RUN_MS / 1000 + 1); /* should nobody be left to end it */
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(said, STDERR_FILENO) < 0 || setrlimit(RLIMIT_FSIZE, &file) < 0)
		_exit(1);
	spawn_reset_signals();
	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		execve(path, argv, environment);
	}
	dprintf(STDERR_FILENO, "cannot execute %s: %s\n", path,
		strerror(errno));
	_exit(1);
}

static int wait_for(pid_t pid)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
			    .events = POLLIN };
	int rc = 1, status = -1;

	if (p.fd >= 0)
		rc = poll(&p, 1, RUN_MS);
	if (rc <= 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		nanosleep(&nap, NULL);
	util_closep(&p.fd);
	if (rc <= 0)
		return -ETIMEDOUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

static int run(enum job job, int in, int out, int said)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		execute(job, in, out, said);
	return wait_for(pid);
}

/* ---- the child ------------------------------------------------------------ */

static int take_lock(int lock)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	int64_t end = util_now_ms() + LOCK_MS;

	if (lock < 0)
		return lock;
	while (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (util_now_ms() > end)
			return -EBUSY;
		nanosleep(&nap, NULL);
	}
	return 0;
}

static uint32_t size_of(int fd, off_t max)
{
	off_t n = lseek(fd, 0, SEEK_END);

	return (uint32_t)(n < 0 ? 0 : n > max ? max : n);
}

static int send_file(int to, int fd, uint32_t len)
{
	void *data;
	int rc;

	if (!len)
		return 0;
	data = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	rc = move(to, data, len, true, -1);
	munmap(data, len);
	return rc;
}

static int take_text(int from, uint32_t len, int in)
{
	_cleanup_buf_ struct buf text = { 0 };
	int rc = read_into(from, len, TEXT_MAX, -1, &text);

	if (rc < 0 || !len)
		return rc;
	if (write(in, text.data, text.len) != (ssize_t)text.len)
		return -ENOSPC;
	return lseek(in, 0, SEEK_SET) < 0 ? -errno : 0;
}

/* Also what the program prints too much or too late is an answer. */
static int serve(int from, const struct request *q, int lock)
{
	_cleanup_close_ int in = memfd_create("in", MFD_CLOEXEC);
	_cleanup_close_ int out = memfd_create("out", MFD_CLOEXEC);
	_cleanup_close_ int said = memfd_create("said", MFD_CLOEXEC);
	struct answer a = { 0 };
	int rc;

	if (in < 0 || out < 0 || said < 0)
		return -ENFILE;
	rc = take_text(from, q->len, in);
	if (rc < 0)
		return rc;
	switch ((enum job)q->job) {
	case JOB_LOCK:
		a.rc = take_lock(lock);
		break;
	case JOB_UNLOCK:
		if (lock >= 0)
			flock(lock, LOCK_UN);
		break;
	default:
		a.rc = run((enum job)q->job, in, out, said);
	}
	a.out = size_of(out, TEXT_MAX);
	a.said = size_of(said, SAID_MAX);
	rc = move(from, &a, sizeof(a), true, -1);
	if (rc == 0)
		rc = send_file(from, out, a.out);
	return rc < 0 ? rc : send_file(from, said, a.said);
}

/* Nothing that the parent has open, or locked, must stay so for our sake. */
static int keep_only(int fd)
{
	if (dup2(fd, STDERR_FILENO + 1) < 0 ||
	    close_range(STDERR_FILENO + 2, ~0U, 0) < 0)
		return -errno;
	fd = STDERR_FILENO + 1;
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : fd;
}

__attribute__((noreturn)) static void be_child(int fd,
					       const struct priv_user *user)
{
	struct request q;
	int lock, rc;

	fd = keep_only(fd);
	lock = open(LOCK_FILE, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (lock < 0)
		lock = -errno;
	rc = fd < 0 ? fd : priv_carrier(user);
	if (rc < 0) {
		log_errno(rc, "cannot prepare to run ebtables");
		_exit(1);
	}
	while (move(fd, &q, sizeof(q), false, -1) == 0)
		if (serve(fd, &q, lock) < 0)
			break;
	_exit(0);
}

/* ---- the parent ----------------------------------------------------------- */

int ebt_child_start(const struct priv_user *user)
{
	int fds[2];

	if (child.fd >= 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return log_errno(errno, "cannot make a socket");
	child.pid = fork();
	if (child.pid == 0) {
		close(fds[0]);
		be_child(fds[1], user);
	}
	close(fds[1]);
	if (child.pid < 0) {
		close(fds[0]);
		return log_errno(errno, "cannot make a child");
	}
	child.fd = fds[0];
	return 0;
}

static int ask(enum job job, const struct buf *text, struct buf *out,
	       struct buf *said)
{
	struct request q = { .job = job,
			     .len = text ? (uint32_t)text->len : 0 };
	int64_t end = util_now_ms() + LOCK_MS + RUN_MS;
	struct answer a = { 0 };
	int rc = text && text->len > TEXT_MAX ? -EFBIG : 0;

	if (rc == 0)
		rc = move(child.fd, &q, sizeof(q), true, end);
	if (rc == 0 && text && text->len)
		rc = move(child.fd, text->data, text->len, true, end);
	if (rc == 0)
		rc = move(child.fd, &a, sizeof(a), false, end);
	if (rc == 0)
		rc = read_into(child.fd, a.out, TEXT_MAX, end, out);
	if (rc == 0)
		rc = read_into(child.fd, a.said, SAID_MAX, end, said);
	return rc < 0 ? rc : a.rc;
}

int ebt_child_lock(void)
{
	_cleanup_buf_ struct buf none = { 0 };
	int rc = ask(JOB_LOCK, NULL, &none, &none);

	return rc < 0 ? log_errno(rc, "cannot lock " LOCK_FILE) : 0;
}

void ebt_child_unlock(void)
{
	_cleanup_buf_ struct buf none = { 0 };

	if (ask(JOB_UNLOCK, NULL, &none, &none) < 0)
		log_err("cannot unlock " LOCK_FILE);
}

/* Its first line tells; without any table, there is none. */
static bool is_legacy(const struct buf *text)
{
	static const char mark[] = "(nf_tables)";
	const char *end = text->len ? memchr(text->data, '\n', text->len) :
				      NULL;

	return text->len &&
	       (!end || !memmem(text->data, (size_t)(end - text->data), mark,
				sizeof(mark) - 1));
}

int ebt_child_save(bool counters, struct buf *out)
{
	_cleanup_buf_ struct buf said = { 0 };
	int rc = ask(counters ? JOB_COUNT : JOB_SAVE, NULL, out, &said);

	if (rc < 0)
		return log_errno(rc, "cannot run ebtables-save");
	if (rc == 0 && is_legacy(out)) {
		log_err("ebtables-save is the one of ebtables-legacy; only "
			"that of nf_tables can be used");
		return -EOPNOTSUPP;
	}
	if (rc == 0)
		return buf_add(out, "", 0);
	log_lines(said.data ? said.data : "", said.len);
	log_err("ebtables-save ended with status %d", rc);
	return -EIO;
}

int ebt_child_restore(const struct buf *text, struct buf *said)
{
	_cleanup_buf_ struct buf none = { 0 };
	int rc = ask(JOB_RESTORE, text, &none, said);

	return rc < 0 ? log_errno(rc, "cannot run ebtables-restore") : 0;
}
