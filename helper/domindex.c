// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which file of the domain directory claims a tap
 *
 * To read a thousand domains for one `up` would take too long.  So the answer
 * for all of them is kept in the state directory, sorted by tap, and holds as
 * long as neither the directory nor the named file has changed.  A file that
 * was changed within the resolution of the clock of a file system before it
 * was read may have been changed again unnoticed: it is entered as stale.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "domindex.h"
#include "index.h"
#include "log.h"
#include "spawn.h"

#define INDEX_MAGIC 0x3249444654ULL /* "TFDI2" */
#define INDEX_NAME ".index"
#define INDEX_TMP ".index-tmp"
#define INDEX_LOCK ".index-lock"
#define SECOND 1000000000ULL
#define CLOCK_STEP (SECOND / 50) /* HZ is 100 at least */

/* Only this machine reads them, until it is switched off. */
struct head {
	uint64_t magic;
	uint64_t count;
	uint64_t dev;
	uint64_t ino;
	uint64_t mtime; /* of the directory; 0 when it cannot be told */
	uint64_t ctime;
	uint64_t digest;
};

struct slot {
	struct index_entry entry;
	uint64_t ino;
	uint64_t size;
	uint64_t mtime; /* of the file; 0 when it cannot be told */
	uint64_t ctime; /* cannot be set back as the other one can */
	uint64_t digest;
};

struct search {
	const struct conf *conf;
	int state;
	int dir; /* the domain directory */
	const char *tap;
	char **name;
};

static uint64_t in_ns(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * SECOND + (uint64_t)t->tv_nsec;
}

static uint64_t mtime_of(const struct stat *st)
{
	return in_ns(&st->st_mtim);
}

static uint64_t ctime_of(const struct stat *st)
{
	return in_ns(&st->st_ctim);
}

static bool is_settled(const struct stat *st, uint64_t before)
{
	return mtime_of(st) + CLOCK_STEP < before &&
	       ctime_of(st) + CLOCK_STEP < before;
}

/* Not to hang on a FIFO that somebody put there */
static int open_file(struct search *q, const char *file, struct stat *st)
{
	_cleanup_close_ int fd = -1;
	char *name;

	fd = openat(q->dir, file,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, st) < 0)
		return log_errno(errno, "cannot open %s/%s",
				 q->conf->domain_dir, file);
	if (!S_ISREG(st->st_mode)) {
		log_err("%s/%s: not a regular file", q->conf->domain_dir, file);
		return -EINVAL;
	}
	if (asprintf(&name, "%s/%s", q->conf->domain_dir, file) < 0)
		return log_errno(ENOMEM, "cannot keep the name of a file");
	free(*q->name);
	*q->name = name;
	return TAKE_FD(fd);
}

static bool read_at(int fd, void *out, size_t size, uint64_t offset)
{
	return pread(fd, out, size, (off_t)offset) == (ssize_t)size;
}

static bool read_slot(int fd, uint64_t i, struct slot *s)
{
	return read_at(fd, s, sizeof(*s),
		       sizeof(struct head) + i * sizeof(*s)) &&
	       s->digest == util_digest(s, offsetof(struct slot, digest)) &&
	       memchr(s->entry.tap, '\0', sizeof(s->entry.tap)) &&
	       memchr(s->entry.file, '\0', sizeof(s->entry.file));
}

static bool head_is_fresh(const struct search *q, const struct head *h)
{
	struct stat st;

	return h->magic == INDEX_MAGIC &&
	       h->digest == util_digest(h, offsetof(struct head, digest)) &&
	       fstat(q->dir, &st) == 0 && h->dev == st.st_dev &&
	       h->ino == st.st_ino && h->mtime && h->mtime == mtime_of(&st) &&
	       h->ctime == ctime_of(&st);
}

/* Return: true and the slot when the index has it */
static bool find_slot(int fd, uint64_t count, const char *tap, struct slot *s)
{
	uint64_t low = 0, high = count, mid;
	int order;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (!read_slot(fd, mid, s))
			return false;
		order = strcmp(tap, s->entry.tap);
		if (order == 0)
			return true;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

/* Return: descriptor of the domain file, -ESTALE when the index does not
 * know, or another negative errno, reported */
static int look_up(struct search *q)
{
	_cleanup_close_ int index = -1, file = -1;
	struct head h;
	struct slot s;
	struct stat st = { 0 };

	index = openat(q->state, INDEX_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (index < 0 || !read_at(index, &h, sizeof(h), 0) ||
	    !head_is_fresh(q, &h) || !find_slot(index, h.count, q->tap, &s))
		return -ESTALE;
	file = open_file(q, s.entry.file, &st);
	if (file < 0)
		return file == -ENOENT ? -ESTALE : file;
	if (s.ino != st.st_ino || s.size != (uint64_t)st.st_size || !s.mtime ||
	    s.mtime != mtime_of(&st) || s.ctime != ctime_of(&st))
		return -ESTALE;
	return TAKE_FD(file);
}

/* What crosses from the resolver is checked before it is used. */
static bool entry_ok(const struct index_entry *e)
{
	return memchr(e->tap, '\0', sizeof(e->tap)) &&
	       memchr(e->file, '\0', sizeof(e->file)) &&
	       util_tap_name_ok(e->tap) && e->file[0] && e->file[0] != '.' &&
	       !strchr(e->file, '/');
}

static int compare_slots(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return strcmp(x->entry.tap, y->entry.tap);
}

static int fill_slots(const struct search *q, struct slot *slots, size_t n,
		      uint64_t before)
{
	struct stat st;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!entry_ok(&slots[i].entry)) {
			log_err("bad entry in the index of domains");
			return -EBADMSG;
		}
		if (fstatat(q->dir, slots[i].entry.file, &st,
			    AT_SYMLINK_NOFOLLOW) < 0)
			return log_errno(errno, "cannot look at %s/%s",
					 q->conf->domain_dir,
					 slots[i].entry.file);
		slots[i].ino = st.st_ino;
		slots[i].size = (uint64_t)st.st_size;
		slots[i].ctime = ctime_of(&st);
		if (is_settled(&st, before))
			slots[i].mtime = mtime_of(&st);
	}
	qsort(slots, n, sizeof(*slots), compare_slots);
	for (i = 1; i < n; i++)
		if (compare_slots(&slots[i - 1], &slots[i]) == 0) {
			log_err("%s is in %s and in %s", slots[i].entry.tap,
				slots[i - 1].entry.file, slots[i].entry.file);
			return -EINVAL;
		}
	for (i = 0; i < n; i++)
		slots[i].digest =
			util_digest(&slots[i], offsetof(struct slot, digest));
	return 0;
}

static int write_index(const struct search *q, const struct stat *dir,
		       uint64_t before, const struct slot *slots, size_t n)
{
	struct head h = {
		.magic = INDEX_MAGIC,
		.count = n,
		.dev = dir->st_dev,
		.ino = dir->st_ino,
		.ctime = ctime_of(dir),
	};
	_cleanup_buf_ struct buf all = { 0 };
	int rc;

	if (is_settled(dir, before))
		h.mtime = mtime_of(dir);
	h.digest = util_digest(&h, offsetof(struct head, digest));
	rc = buf_add(&all, &h, sizeof(h));
	if (rc == 0)
		rc = buf_add(&all, slots, n * sizeof(*slots));
	if (rc < 0)
		return rc;
	return state_write(q->state, INDEX_TMP, INDEX_NAME, all.data, all.len);
}

static int ask_resolver(const struct search *q, struct slot **slots, size_t *n)
{
	const struct spawn_job job = {
		.conf = q->conf,
		.option = "index",
		.fd = q->dir,
		.path = q->conf->domain_dir,
	};
	_cleanup_spawn_ struct spawn resolver = SPAWN_NONE;
	_cleanup_buf_ struct buf bytes = { 0 };
	const struct index_entry *e;
	size_t i;
	int rc;

	rc = spawn_start(&job, &resolver);
	if (rc == 0)
		rc = spawn_output(&resolver, &bytes);
	if (rc < 0)
		return rc;
	*n = bytes.len / sizeof(*e);
	if (bytes.len % sizeof(*e)) {
		log_err("the index of domains was cut");
		return -EBADMSG;
	}
	*slots = util_alloc(*n, sizeof(**slots));
	if (!*slots)
		return -ENOMEM;
	for (i = 0; i < *n; i++)
		memcpy(&(*slots)[i].entry, bytes.data + i * sizeof(*e),
		       sizeof(*e));
	return 0;
}

static int rebuild(struct search *q, char *file)
{
	_cleanup_free_ struct slot *slots = NULL;
	struct slot key = { 0 };
	const struct slot *found;
	struct timespec now;
	struct stat dir;
	uint64_t before;
	size_t n;
	int rc;

	clock_gettime(CLOCK_REALTIME, &now);
	before = (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
	if (fstat(q->dir, &dir) < 0)
		return log_errno(errno, "cannot look at %s",
				 q->conf->domain_dir);
	rc = ask_resolver(q, &slots, &n);
	if (rc == 0)
		rc = fill_slots(q, slots, n, before);
	if (rc == 0)
		rc = write_index(q, &dir, before, slots, n);
	if (rc < 0)
		return rc;
	snprintf(key.entry.tap, sizeof(key.entry.tap), "%s", q->tap);
	found = bsearch(&key, slots, n, sizeof(*slots), compare_slots);
	if (!found) {
		log_err("no domain in %s has an interface with <target dev='%s'/>",
			q->conf->domain_dir, q->tap);
		return -ENOENT;
	}
	memcpy(file, found->entry.file, sizeof(found->entry.file));
	return 0;
}

static int find_in_index(struct search *q)
{
	char file[INDEX_FILE_SIZE];
	_cleanup_close_ int lock = -1;
	struct stat st;
	int rc = look_up(q);

	if (rc != -ESTALE)
		return rc;
	lock = state_lock_file(q->state, INDEX_LOCK, "the index of domains");
	if (lock < 0)
		return lock;
	rc = look_up(q); /* perhaps whoever had the lock has just made it */
	if (rc != -ESTALE)
		return rc;
	rc = rebuild(q, file);
	if (rc < 0)
		return rc;
	rc = open_file(q, file, &st);
	if (rc == -ENOENT)
		return log_errno(rc, "cannot open %s/%s", q->conf->domain_dir,
				 file);
	return rc;
}

int domindex_open(const struct conf *c, struct state *s, const char *tap,
		  char **name)
{
	_cleanup_close_ int dir = -1;
	struct search q = {
		.conf = c, .state = state_fd(s), .tap = tap, .name = name
	};
	char own[TAP_NAME_SIZE + sizeof(".xml")];
	struct stat st;
	int rc;

	dir = open(c->domain_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return log_errno(errno, "cannot open %s", c->domain_dir);
	q.dir = dir;
	snprintf(own, sizeof(own), "%s.xml", tap);
	rc = open_file(&q, own, &st);
	return rc == -ENOENT ? find_in_index(&q) : rc;
}
