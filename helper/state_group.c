// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Groups of taps: a directory that has an empty file for each
 *
 * So that nobody needs to read the records of all taps to find some.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "state_dir.h"

void state_domain_group(const uint8_t *uuid, char *out)
{
	static const char prefix[] = ".uuid.";

	memcpy(out, prefix, sizeof(prefix));
	util_format_uuid(uuid, out + sizeof(prefix) - 1);
}

int state_join(struct state *s, const char *group, const char *tap)
{
	_cleanup_close_ int fd = -1;
	char name[64 + TAP_NAME_SIZE];
	mode_t mask;

	/* The directory above is closed; in it, root without the right to
	 * change ids must be able to remove what our own user made. */
	mask = umask(0);
	snprintf(name, sizeof(name), "%s/%s", group, tap);
	if (mkdirat(state_dir(s), group, 0777) == 0 || errno == EEXIST)
		fd = openat(state_dir(s), name,
			    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
				    O_CLOEXEC,
			    0666);
	umask(mask);
	if (fd < 0)
		return log_errno(errno, "cannot note %s in the state directory",
				 name);
	return 0;
}

int state_members(struct state *s, const char *group,
		  char (**names)[TAP_NAME_SIZE], size_t *n)
{
	int fd;

	*names = NULL;
	*n = 0;
	fd = openat(state_dir(s), group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return log_errno(errno, "cannot open %s in the state directory",
				 group);
	return state_read_names(fd, names, n);
}

int state_leave(struct state *s, const char *group, const char *tap)
{
	char name[64 + TAP_NAME_SIZE];

	snprintf(name, sizeof(name), "%s/%s", group, tap);
	if (unlinkat(state_dir(s), name, 0) < 0 && errno != ENOENT)
		return log_errno(errno, "cannot remove %s", name);
	return 0;
}

void state_disband(struct state *s, const char *group)
{
	unlinkat(state_dir(s), group, AT_REMOVEDIR);
}
