// SPDX-License-Identifier: GPL-2.0-or-later
/* What was found out about the running kernel: the ID of its boot, then 0 or 1 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "state_dir.h"

#define ID_LEN (STATE_BOOT_ID_SIZE - 1)
#define FACT_SIZE (ID_LEN + 1)

int state_recall(struct state *s, const char *fact, const char *boot_id)
{
	_cleanup_close_ int fd = -1;
	char text[FACT_SIZE];

	fd = openat(state_dir(s), fact,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pread(fd, text, sizeof(text), 0) != (ssize_t)sizeof(text) ||
	    strlen(boot_id) != ID_LEN || memcmp(text, boot_id, ID_LEN) != 0 ||
	    (text[ID_LEN] != '0' && text[ID_LEN] != '1'))
		return -ESTALE;
	return text[ID_LEN] - '0';
}

void state_remember(struct state *s, const char *fact, const char *boot_id,
		    bool is_so)
{
	_cleanup_close_ int fd = -1;
	char text[FACT_SIZE];
	mode_t mask;

	if (strlen(boot_id) != ID_LEN)
		return;
	memcpy(text, boot_id, ID_LEN);
	text[ID_LEN] = is_so ? '1' : '0';
	/* as that of state_some(): whoever comes next may have another uid */
	mask = umask(0);
	fd = openat(state_dir(s), fact,
		    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    0666);
	umask(mask);
	if (fd >= 0 &&
	    pwrite(fd, text, sizeof(text), 0) != (ssize_t)sizeof(text))
		return;
}
