// SPDX-License-Identifier: GPL-2.0-or-later
/* Files beneath a directory: opened without a detour, and whose word they are */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "infile.h"
#include "log.h"

#define SUFFIX ".xml"
#define NAME_LENGTH_MAX 255

/* Whoever set modes right for a user may have forgotten the resolver's. */
#define NO_FILE                                                           \
	"permission denied; it must be readable for the resolver: group " \
	"tapfilter-parse and mode 0640, or mode 0644"
#define NO_DIR                                                         \
	"permission denied; the directory must be searchable for the " \
	"resolver: group tapfilter-parse and mode 0750, or mode 0755"

bool infile_name_ok(const char *name)
{
	size_t len = strlen(name), end = strlen(SUFFIX);

	return name[0] != '.' && !strchr(name, '/') && len > end &&
	       len <= NAME_LENGTH_MAX && strcmp(name + len - end, SUFFIX) == 0;
}

static int cannot_open(const struct infile_dir *dir, const char *name,
		       const char *path, int error)
{
	struct stat st;

	if (error == ELOOP)
		return log_at(path, 0,
			      "a symbolic link: files must lie in the "
			      "directory itself");
	if (error != EACCES)
		return log_errno(error, "cannot open %s", path);
	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		log_at(dir->path, 0, NO_DIR);
	else
		log_at(path, 0, NO_FILE);
	return -EACCES;
}

static int check_file(const struct infile_dir *dir, int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return log_errno(errno, "cannot look at %s", path);
	if (!S_ISREG(st.st_mode))
		return log_at(path, 0, "not a regular file");
	if (!dir->trusted ||
	    (st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH))))
		return 0;
	log_at(path, 0,
	       "owned by uid %u, mode %04o: it must belong to uid 0 and be "
	       "writable by its owner only (chown root, chmod go-w)",
	       st.st_uid, st.st_mode & 07777);
	return -EPERM;
}

int infile_open(const struct infile_dir *dir, const char *name,
		struct buf *path)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int rc = buf_printf(path, "%s/%s", dir->path, name);
	_cleanup_close_ int fd = -1;

	if (rc < 0)
		return rc;
	fd = openat(dir->fd, name, flags);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return cannot_open(dir, name, path->data, errno);
	rc = check_file(dir, fd, path->data);
	return rc < 0 ? rc : TAKE_FD(fd);
}
