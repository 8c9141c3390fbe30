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
#include "log.h"
#include "state.h"

#define INDEX_MAGIC 0x3349444654ULL /* "TFDI3" */
#define INDEX_NAME ".index"
#define INDEX_TMP ".index-tmp"
#define INDEX_LOCK ".index-lock"

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
	struct index_entry entry; /* its mtime is 0 when it cannot be told */
	uint64_t digest;
};

static uint64_t mtime_of(const struct stat *st)
{
	return index_ns(&st->st_mtim);
}

static uint64_t ctime_of(const struct stat *st)
{
	return index_ns(&st->st_ctim);
}

static bool is_settled(uint64_t mtime, uint64_t ctime, uint64_t before)
{
	return mtime + DOMINDEX_STEP_NS < before &&
	       ctime + DOMINDEX_STEP_NS < before;
}

static bool read_at(int fd, void *out, size_t size, uint64_t offset)
{
	return pread(fd, out, size, (off_t)offset) == (ssize_t)size;
}

/* What crosses from the resolver, or lay in a file, is checked before use. */
static bool entry_ok(const struct index_entry *e)
{
	return memchr(e->tap, '\0', sizeof(e->tap)) &&
	       memchr(e->file, '\0', sizeof(e->file)) &&
	       util_tap_name_ok(e->tap) && e->file[0] && e->file[0] != '.' &&
	       !strchr(e->file, '/');
}

static bool read_slot(int fd, uint64_t i, struct slot *s)
{
	return read_at(fd, s, sizeof(*s),
		       sizeof(struct head) + i * sizeof(*s)) &&
	       s->digest == util_digest(s, offsetof(struct slot, digest)) &&
	       entry_ok(&s->entry);
}

static bool head_is_fresh(const struct domindex *q, const struct head *h)
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

static bool slot_is_fresh(const struct domindex *q, const struct slot *s)
{
	const struct index_entry *e = &s->entry;
	struct stat st;

	return fstatat(q->dir, e->file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       e->ino == st.st_ino && e->size == (uint64_t)st.st_size &&
	       e->mtime && e->mtime == mtime_of(&st) &&
	       e->ctime == ctime_of(&st);
}

static int look_up(const struct domindex *q, const char *tap, bool just_made,
		   char *file)
{
	_cleanup_close_ int index = -1;
	struct head h;
	struct slot s;

	index = openat(q->state, INDEX_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (index < 0 || !read_at(index, &h, sizeof(h), 0) ||
	    !(just_made || head_is_fresh(q, &h)) ||
	    !find_slot(index, h.count, tap, &s) ||
	    !(just_made || slot_is_fresh(q, &s)))
		return -ESTALE;
	memcpy(file, s.entry.file, sizeof(s.entry.file));
	return 0;
}

static int compare_slots(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return strcmp(x->entry.tap, y->entry.tap);
}

/* The files themselves are the resolver's to read, not the helper's. */
static int fill_slots(const struct domindex *q, struct slot *slots, size_t n)
{
	struct index_entry *e;
	size_t i;

	for (i = 0; i < n; i++) {
		e = &slots[i].entry;
		if (!entry_ok(e)) {
			log_err("bad entry in the index of domains");
			return -EBADMSG;
		}
		if (!is_settled(e->mtime, e->ctime, q->begun))
			e->mtime = 0;
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

static int write_index(const struct domindex *q, const struct slot *slots,
		       size_t n)
{
	struct head h = {
		.magic = INDEX_MAGIC,
		.count = n,
		.dev = q->was.st_dev,
		.ino = q->was.st_ino,
		.ctime = ctime_of(&q->was),
	};
	_cleanup_buf_ struct buf all = { 0 };
	int rc;

	if (is_settled(mtime_of(&q->was), ctime_of(&q->was), q->begun))
		h.mtime = mtime_of(&q->was);
	h.digest = util_digest(&h, offsetof(struct head, digest));
	rc = buf_add(&all, &h, sizeof(h));
	if (rc == 0)
		rc = buf_add(&all, slots, n * sizeof(*slots));
	if (rc < 0)
		return rc;
	return state_write(q->state, INDEX_TMP, INDEX_NAME, all.data, all.len);
}

static int read_slots(struct spawn *resolver, struct slot **slots, size_t *n)
{
	_cleanup_buf_ struct buf bytes = { 0 };
	const struct index_entry *e;
	size_t i;
	int rc;

	rc = spawn_output(resolver, &bytes);
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

bool domindex_is_fresh(const struct domindex *q)
{
	_cleanup_close_ int index = -1;
	struct head h;

	index = openat(q->state, INDEX_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return index >= 0 && read_at(index, &h, sizeof(h), 0) &&
	       head_is_fresh(q, &h);
}

int domindex_begin(struct domindex *q)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	q->begun = index_ns(&now);
	if (fstat(q->dir, &q->was) < 0)
		return log_errno(errno, "cannot look at %s",
				 q->conf->domain_dir);
	return 0;
}

int domindex_write(const struct domindex *q, struct spawn *resolver)
{
	_cleanup_free_ struct slot *slots = NULL;
	size_t n;
	int rc;

	rc = read_slots(resolver, &slots, &n);
	if (rc == 0)
		rc = fill_slots(q, slots, n);
	if (rc == 0)
		rc = write_index(q, slots, n);
	return rc;
}

int domindex_lock(const struct domindex *q)
{
	return state_lock_file(q->state, INDEX_LOCK, "the index of domains");
}

int domindex_find(const struct domindex *q, const char *tap, bool just_made,
		  char *file)
{
	struct stat st;
	int rc;

	snprintf(file, INDEX_FILE_SIZE, "%s.xml", tap);
	if (fstatat(q->dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOENT)
		return log_errno(errno, "cannot look at %s/%s",
				 q->conf->domain_dir, file);
	rc = look_up(q, tap, just_made, file);
	if (rc == 0 || !just_made)
		return rc;
	log_err("no domain in %s has an interface with <target dev='%s'/>: write it to %s.xml there, or name its file by --domain",
		q->conf->domain_dir, tap, tap);
	return -ENOENT;
}
