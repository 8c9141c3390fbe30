// SPDX-License-Identifier: GPL-2.0-or-later
/* See ebt_child.h */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "ebt_child.h"
#include "ebt_exec.h"
#include "ebt_legacy.h"
#include "ebt_pipe.h"
#include "log.h"

#define LEGACY_DIR "/var/lib/ebtables"
#define LOCK_MS 10000
#define NAP_NS 5000000
#define SAID_MAX (16u * 1024)

enum job { JOB_LOCK, JOB_UNLOCK, JOB_RUN };

/* That of iptables: what changes several tables needs one lock. */
enum lock { LOCK_XTABLES, LOCK_LEGACY, LOCKS };

static const char *const lock_files[LOCKS] = { "/run/xtables.lock",
					       LEGACY_DIR "/lock" };

struct request {
	enum job job;
	enum lock lock;
	enum ebt_variant variant;
	enum ebt_table table;
	enum ebt_job run;
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
	struct ebt_host host;
} child = { .fd = -1 };

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

static int give_lock(int lock)
{
	return lock < 0 || flock(lock, LOCK_UN) == 0 ? 0 : -errno;
}

/* Made as the programs make them that take it; descriptor or negative errno */
static int open_lock(enum lock which)
{
	int fd;

	if (which == LOCK_LEGACY && mkdir(LEGACY_DIR, 0700) < 0 &&
	    errno != EEXIST)
		return -errno;
	fd = open(lock_files[which],
		  O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
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
	rc = ebt_pipe_move(to, data, len, true, -1);
	munmap(data, len);
	return rc;
}

static int take_text(int from, uint32_t len, int in)
{
	_cleanup_buf_ struct buf text = { 0 };
	int rc = ebt_pipe_read(from, len, EBT_TEXT_MAX, -1, &text);

	if (rc < 0 || !len)
		return rc;
	if (write(in, text.data, text.len) != (ssize_t)text.len)
		return -ENOSPC;
	return lseek(in, 0, SEEK_SET) < 0 ? -errno : 0;
}

/* The parent has read what others wrote: it has less of a say than this. */
static bool is_sane(const struct request *q)
{
	return q->job <= JOB_RUN && q->lock < LOCKS && q->table <= EBT_FILTER &&
	       q->run <= EBT_RESTORE &&
	       (q->job != JOB_RUN || ebt_host_uses(&child.host, q->variant));
}

/* Also what the program prints too much or too late is an answer. */
static int serve(int from, const struct request *q, const int locks[LOCKS])
{
	_cleanup_close_ int in = memfd_create("in", MFD_CLOEXEC);
	_cleanup_close_ int out = memfd_create("out", MFD_CLOEXEC);
	_cleanup_close_ int said = memfd_create("said", MFD_CLOEXEC);
	const struct ebt_run run = { child.host.dir, q->variant, q->table,
				     q->run };
	struct answer a = { 0 };
	int rc;

	if (!is_sane(q))
		return -EINVAL;
	if (in < 0 || out < 0 || said < 0)
		return -ENFILE;
	rc = take_text(from, q->len, in);
	if (rc < 0)
		return rc;
	switch (q->job) {
	case JOB_LOCK:
		a.rc = take_lock(locks[q->lock]);
		break;
	case JOB_UNLOCK:
		a.rc = give_lock(locks[q->lock]);
		break;
	case JOB_RUN:
		a.rc = ebt_exec(&run, in, out, said);
		break;
	}
	a.out = size_of(out, EBT_TEXT_MAX);
	a.said = size_of(said, SAID_MAX);
	rc = ebt_pipe_move(from, &a, sizeof(a), true, -1);
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
	bool legacy = ebt_host_uses(&child.host, EBT_LEGACY);
	int locks[LOCKS] = { -ENOENT, -ENOENT }, rc;
	struct request q;

	/* What it runs blocks no signals: not those of a terminal under a lock */
	setsid();
	fd = keep_only(fd);
	locks[LOCK_XTABLES] = open_lock(LOCK_XTABLES);
	if (legacy)
		locks[LOCK_LEGACY] = open_lock(LOCK_LEGACY);
	rc = fd < 0 ? fd : priv_carrier(user, legacy);
	if (rc < 0) {
		log_errno(rc, "cannot prepare to run ebtables");
		_exit(1);
	}
	while (ebt_pipe_move(fd, &q, sizeof(q), false, -1) == 0)
		if (serve(fd, &q, locks) < 0)
			break;
	_exit(0);
}

/* ---- the parent ----------------------------------------------------------- */

int ebt_child_start(const struct priv_user *user)
{
	int fds[2], rc;

	if (child.fd >= 0)
		return 0;
	rc = ebt_host_find(&child.host);
	if (rc < 0)
		return rc;
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

const struct ebt_host *ebt_child_host(void)
{
	return &child.host;
}

/*
 * Out of step: the child would take the next request for the rest of this one,
 * or we its answer for that to the next one.  Alone, it ends what it is at, and
 * lets go of its locks.
 */
static void hang_up(void)
{
	util_closep(&child.fd);
	child.fd = -1;
}

static int send_request(struct request q, const struct buf *text, int64_t end)
{
	_cleanup_buf_ struct buf all = { 0 };
	size_t left;
	int rc;

	if (text && text->len > EBT_TEXT_MAX)
		return -EFBIG;
	q.len = text ? (uint32_t)text->len : 0;
	rc = buf_add(&all, &q, sizeof(q));
	if (rc == 0 && q.len)
		rc = buf_add(&all, text->data, text->len);
	left = all.len;
	if (rc == 0)
		rc = child.fd < 0 ? -EPIPE :
				    ebt_pipe_move_on(child.fd, all.data, &left,
						     true, end);
	if (rc < 0 && left < all.len)
		hang_up();
	return rc;
}

static int ask(struct request q, const struct buf *text, struct buf *out,
	       struct buf *said)
{
	int64_t end = util_now_ms() + LOCK_MS + EBT_RUN_MS;
	struct answer a = { 0 };
	int rc = send_request(q, text, end);

	if (rc < 0)
		return rc;
	rc = ebt_pipe_move(child.fd, &a, sizeof(a), false, end);
	if (rc == 0)
		rc = ebt_pipe_read(child.fd, a.out, EBT_TEXT_MAX, end, out);
	if (rc == 0)
		rc = ebt_pipe_read(child.fd, a.said, SAID_MAX, end, said);
	if (rc < 0)
		hang_up();
	return rc < 0 ? rc : a.rc;
}

static int ask_lock(enum job job, enum lock which)
{
	_cleanup_buf_ struct buf none = { 0 };
	const struct request q = { .job = job, .lock = which };
	int rc = ask(q, NULL, &none, &none);

	return rc < 0 ? log_errno(rc, "cannot %s %s",
				  job == JOB_LOCK ? "lock" : "unlock",
				  lock_files[which]) :
			0;
}

int ebt_child_lock(void)
{
	int rc = ask_lock(JOB_LOCK, LOCK_XTABLES);

	if (rc < 0 || !ebt_host_uses(&child.host, EBT_LEGACY))
		return rc;
	rc = ask_lock(JOB_LOCK, LOCK_LEGACY);
	if (rc < 0)
		ebt_child_unlock();
	return rc;
}

void ebt_child_unlock(void)
{
	if (ask_lock(JOB_UNLOCK, LOCK_XTABLES) == 0 &&
	    ebt_host_uses(&child.host, EBT_LEGACY) &&
	    ask_lock(JOB_UNLOCK, LOCK_LEGACY) < 0)
		return;
}

/* ebtables-nft-save prints such lines of what nft(8) made, anywhere. */
#define OF_TABLE "# Table `"

/* Its first other line tells; without any table, there is none. */
static bool is_nft(const char *text)
{
	static const char mark[] = "(nf_tables)";
	size_t len = strcspn(text, "\n");

	for (; strncmp(text, OF_TABLE, sizeof(OF_TABLE) - 1) == 0;
	     len = strcspn(text, "\n"))
		text += len + (text[len] == '\n');
	return !*text || memmem(text, len, mark, sizeof(mark) - 1);
}

/* A table with a rule that it does not know is not printed at all. */
static bool is_hidden(const char *text, enum ebt_table t)
{
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), OF_TABLE "%s' is incompatible",
		 ebt_table_name(t));
	at = strstr(text, line);
	return at && (at == text || at[-1] == '\n');
}

/* What was printed becomes what ebtables-save prints. */
static int take_saved(enum ebt_variant v, struct buf *raw, struct buf *out)
{
	int rc = buf_add(raw, "", 0);

	if (rc == 0 && v == EBT_LEGACY)
		rc = ebt_legacy_text(raw->data, out);
	else if (rc == 0)
		rc = is_nft(raw->data) ? buf_add(out, raw->data, raw->len) :
					 -EBADMSG;
	if (rc == 0)
		rc = buf_add(out, "", 0);
	if (rc != -EBADMSG)
		return rc;
	log_err("%s/%s prints what is not of %s", child.host.dir,
		v == EBT_LEGACY ? "ebtables-legacy" : "ebtables-nft-save",
		ebt_variant_name(v));
	/* not that a tap has rules which do not tell whose they are */
	return -EIO;
}

static int report(enum ebt_variant v, enum ebt_table t, int status,
		  const struct buf *said)
{
	static const char lacks[] = "kernel doesn't support the ebtables";

	if (said->len &&
	    memmem(said->data, said->len, lacks, sizeof(lacks) - 1)) {
		log_err("the kernel has no table %s of ebtables-legacy: "
			"\"modprobe ebtable_%s\" loads it",
			ebt_table_name(t), ebt_table_name(t));
		return -EOPNOTSUPP;
	}
	log_lines(said->data ? said->data : "", said->len);
	log_err("%s ended with status %d", ebt_variant_name(v), status);
	return -EIO;
}

int ebt_child_save(enum ebt_variant v, enum ebt_table t, bool counters,
		   struct buf *out)
{
	const struct request q = { .job = JOB_RUN,
				   .variant = v,
				   .table = t,
				   .run = counters ? EBT_COUNT : EBT_LIST };
	_cleanup_buf_ struct buf said = { 0 }, raw = { 0 };
	int rc = ask(q, NULL, &raw, &said);

	if (rc < 0)
		return log_errno(rc, "cannot run %s", ebt_variant_name(v));
	if (rc != 0)
		return report(v, t, rc, &said);
	rc = take_saved(v, &raw, out);
	if (rc < 0 || v == EBT_LEGACY || !is_hidden(out->data, t))
		return rc;
	log_err("ebtables-nft does not show its table %s, for somebody added "
		"a rule with nft that it does not know: nft list table bridge "
		"%s",
		ebt_table_name(t), ebt_table_name(t));
	return -EIO;
}

int ebt_child_restore(enum ebt_variant v, const struct buf *text,
		      struct buf *said)
{
	const struct request q = { .job = JOB_RUN,
				   .variant = v,
				   .run = EBT_RESTORE };
	_cleanup_buf_ struct buf none = { 0 };
	int rc = ask(q, text, &none, said);

	return rc < 0 ? log_errno(rc, "cannot run %s-restore",
				  ebt_variant_name(v)) :
			0;
}
