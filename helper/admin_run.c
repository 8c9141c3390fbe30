// SPDX-License-Identifier: GPL-2.0-or-later
/* Other programs that the administrator's tool runs and waits for */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "admin.h"
#include "log.h"
#include "util.h"

/* It waits for a libvirtd that hangs, however long. */
#define TIMEOUT "/usr/bin/timeout"
#define VIRSH_SECONDS "10"
#define TIMED_OUT 124 /* see timeout(1) */
#define KILLED 137

int admin_run(const char *path, char *const *args, int in, int out)
{
	static char lang[] = "LC_ALL=C", dirs[] = "PATH=/usr/bin:/bin";
	char *environment[] = { lang, dirs, NULL };
	posix_spawn_file_actions_t files;
	int status, rc;
	pid_t pid = 0; /* the analyzer does not know that it is set */

	rc = posix_spawn_file_actions_init(&files);
	if (rc == 0 && in >= 0)
		rc = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	if (rc == 0 && out >= 0)
		rc = posix_spawn_file_actions_adddup2(&files, out,
						      STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn(&pid, path, &files, NULL, args, environment);
	posix_spawn_file_actions_destroy(&files);
	if (rc != 0)
		return log_errno(rc, "cannot run %s", path);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return log_errno(errno, "cannot wait for %s", path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

int admin_dump_domain(const char *guest)
{
	static char timeout[] = "timeout", kill_after[] = "--kill-after=1",
		    seconds[] = VIRSH_SECONDS, virsh[] = "/usr/bin/virsh",
		    dump[] = "dumpxml", end[] = "--";
	_cleanup_close_ int fd = memfd_create("domain", MFD_CLOEXEC);
	_cleanup_free_ char *name = strdup(guest);
	char *args[] = { timeout, kill_after, seconds, virsh,
			 dump,	  end,	      name,    NULL };
	int rc;

	if (fd < 0 || !name)
		return log_errno(errno, "cannot keep a domain");
	rc = admin_run(TIMEOUT, args, -1, fd);
	if (rc == TIMED_OUT || rc == KILLED) {
		log_err("virsh did not give the XML of %s within " VIRSH_SECONDS
			" s: does libvirtd work?",
			guest);
		return -ETIMEDOUT;
	}
	if (rc != 0) {
		log_err("virsh did not give the XML of %s: 'virsh list' lists the guests that run, and 'tapfilter reload --domain FILE' takes others",
			guest);
		return rc < 0 ? rc : -EIO;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return log_errno(errno, "cannot read a domain");
	return TAKE_FD(fd);
}
