// SPDX-License-Identifier: GPL-2.0-or-later
/* Which taps have a record */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "log.h"
#include "state_dir.h"

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

int state_read_names(int fd, char (**names)[TAP_NAME_SIZE], size_t *n)
{
	DIR *dir = fdopendir(fd);
	int rc;

	*names = NULL;
	*n = 0;
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

int state_list(struct state *s, char (**names)[TAP_NAME_SIZE], size_t *n)
{
	int fd = openat(state_dir(s), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return log_errno(errno, "cannot open the state directory");
	return state_read_names(fd, names, n);
}

/* ---- some of them --------------------------------------------------------- */

/* A position in the directory, as lseek() takes it */
#define CURSOR ".sweep"
#define CHUNK 1024

struct names {
	char (*name)[TAP_NAME_SIZE];
	size_t n;
	size_t max;
	int64_t next;
};

/* linux/dirent.h is not for programs: getdents64(2). */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static void take_names(const char *chunk, size_t len, struct names *out)
{
	const struct entry *e;
	size_t at;

	for (at = 0; at < len && out->n < out->max; at += e->reclen) {
		e = (const void *)(chunk + at);
		out->next = e->off;
		if (util_tap_name_ok(e->name))
			memcpy(out->name[out->n++], e->name,
			       strlen(e->name) + 1);
	}
}

size_t state_some(struct state *s, char (*names)[TAP_NAME_SIZE], size_t max)
{
	_Alignas(8) char chunk[CHUNK];
	_cleanup_close_ int dir = -1, cursor = -1;
	struct names all = { .name = names, .max = max };
	int64_t at = 0;
	mode_t mask = umask(0);
	long len;

	cursor = openat(state_dir(s), CURSOR,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	umask(mask);
	dir = openat(state_dir(s), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cursor < 0 || dir < 0)
		return 0;
	if (pread(cursor, &at, sizeof(at), 0) != (ssize_t)sizeof(at) ||
	    lseek(dir, at, SEEK_SET) < 0)
		at = lseek(dir, 0, SEEK_SET);
	len = syscall(SYS_getdents64, dir, chunk, sizeof(chunk));
	if (len > 0)
		take_names(chunk, (size_t)len, &all);
	/* At the end, and when something is wrong, from the beginning again */
	at = len > 0 ? all.next : 0;
	if (pwrite(cursor, &at, sizeof(at), 0) != (ssize_t)sizeof(at))
		return 0;
	return all.n;
}
