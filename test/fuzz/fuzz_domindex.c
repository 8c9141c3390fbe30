// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The index of domains: whatever lies in the state directory, a look-up ends
 * with the name of a file of the domain directory or without one; and what the
 * resolver sends is refused, or found again.  The first byte says which, and
 * how much of the file is made right: digests would keep a fuzzer out.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "domindex.h"

#define ROOM 8192

/* The layout of domindex.c */
struct head {
	uint64_t magic;
	uint64_t count;
	uint64_t dev;
	uint64_t ino;
	uint64_t mtime;
	uint64_t ctime;
	uint64_t digest;
};

struct slot {
	struct index_entry entry;
	uint64_t digest;
};

static struct conf conf;
static struct domindex q = { .conf = &conf, .dir = -1 };
static char top[] = "/dev/shm/fuzz-domindex-XXXXXX"; /* /tmp may be a disk */
static const uint8_t *sent;
static size_t n_sent;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Instead of a resolver: what it said */
int spawn_output(struct spawn *s, struct buf *out)
{
	(void)s;
	return buf_add(out, sent, n_sent);
}

/* Nothing here is to outlive a crash of the machine */
int fsync(int fd)
{
	(void)fd;
	return 0;
}

static void remove_all(void)
{
	static const char *const paths[] = { "domains/a.xml",
					     "domains/vm-1.xml", ".index",
					     ".index-tmp", ".index-lock" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++)
		unlinkat(q.state, paths[i], 0);
	unlinkat(q.state, "domains", AT_REMOVEDIR);
	rmdir(top);
}

static int make_file(const char *path)
{
	int fd = openat(q.state, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? fd : close(fd);
}

static void set_up(void)
{
	static char domain_dir[] = "domains";

	if (!mkdtemp(top))
		abort();
	q.state = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (q.state < 0 || atexit(remove_all) != 0 ||
	    mkdirat(q.state, "domains", 0700) < 0 ||
	    make_file("domains/a.xml") < 0 || make_file("domains/vm-1.xml") < 0)
		abort();
	q.dir = openat(q.state, "domains", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	conf.domain_dir = domain_dir;
	if (q.dir < 0 || domindex_begin(&q) < 0)
		abort();
	q.begun += 3600 * 1000000000ULL; /* all of it was long ago */
}

static uint64_t in_ns(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000000ULL + (uint64_t)t->tv_nsec;
}

static void freshen_head(struct head *h)
{
	h->dev = q.was.st_dev;
	h->ino = q.was.st_ino;
	h->mtime = in_ns(&q.was.st_mtim);
	h->ctime = in_ns(&q.was.st_ctim);
}

static void freshen_slot(struct slot *s)
{
	struct stat st;

	if (!memchr(s->entry.file, 0, sizeof(s->entry.file)) ||
	    fstatat(q.dir, s->entry.file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	s->entry.ino = st.st_ino;
	s->entry.size = (uint64_t)st.st_size;
	s->entry.mtime = in_ns(&st.st_mtim);
	s->entry.ctime = in_ns(&st.st_ctim);
}

/* @how: bit 1: digests are right; bit 2: all is as new as it claims */
static void put_index(uint8_t how, const uint8_t *data, size_t size)
{
	static _Alignas(8) uint8_t all[ROOM];
	struct head *h = (void *)all;
	struct slot *s = (void *)(h + 1);
	int fd;

	if (size > sizeof(all))
		size = sizeof(all);
	if (size)
		memcpy(all, data, size);
	if (size >= sizeof(*h)) {
		if (how & 4)
			freshen_head(h);
		if (how & 2)
			h->digest =
				util_digest(h, offsetof(struct head, digest));
	}
	for (; (uint8_t *)(s + 1) <= all + size; s++) {
		if (how & 4)
			freshen_slot(s);
		if (how & 2)
			s->digest =
				util_digest(s, offsetof(struct slot, digest));
	}
	fd = openat(q.state, ".index", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
	if (fd < 0 || write(fd, all, size) != (ssize_t)size)
		abort();
	close(fd);
}

static void look_up(const char *tap, bool just_made)
{
	char file[INDEX_FILE_SIZE];
	int rc = domindex_find(&q, tap, just_made, file);

	if (rc == 0 && (!memchr(file, 0, sizeof(file)) || !file[0] ||
			file[0] == '.' || strchr(file, '/')))
		abort();
	if (rc > 0 || (just_made && rc == -ESTALE))
		abort();
}

static void check_file(uint8_t how, const uint8_t *data, size_t size)
{
	const size_t first = sizeof(struct head);
	char tap[TAP_NAME_SIZE];

	put_index(how, data, size);
	if (!domindex_is_fresh(&q) && (how & 6) == 6 && size >= first &&
	    memcmp(data, "TFDI3\0\0\0", 8) == 0)
		abort();
	look_up("tap0", how & 8);
	if (size < first + sizeof(tap))
		return;
	memcpy(tap, data + first, sizeof(tap));
	tap[sizeof(tap) - 1] = '\0';
	if (util_tap_name_ok(tap))
		look_up(tap, how & 8);
}

static void check_write(const uint8_t *data, size_t size)
{
	char file[INDEX_FILE_SIZE], own[INDEX_FILE_SIZE];
	struct index_entry e;
	size_t at;

	sent = data;
	n_sent = size;
	if (domindex_write(&q, NULL) < 0)
		return;
	for (at = 0; at < size; at += sizeof(e)) {
		memcpy(&e, data + at, sizeof(e));
		/* What the entry says of its file is not true of any. */
		if (domindex_find(&q, e.tap, true, file) < 0)
			abort();
		snprintf(own, sizeof(own), "%s.xml", e.tap);
		if (strcmp(file, e.file) != 0 && strcmp(file, own) != 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (q.dir < 0)
		set_up();
	if (!size)
		return 0;
	if (data[0] & 1)
		check_write(data + 1, size - 1);
	else
		check_file(data[0], data + 1, size - 1);
	return 0;
}
