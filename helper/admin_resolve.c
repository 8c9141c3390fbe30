// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter-resolve, run for the administrator's tool */
#include <unistd.h>

#include "admin.h"

int admin_resolve(const struct spawn_job *what, struct spawn *s)
{
	struct spawn_dirs dirs = { 0 };
	struct priv_user user = { 0 };
	struct spawn_job job = *what;
	int rc = 0;

	if (geteuid() == 0) {
		rc = priv_find_user(PRIV_RESOLVER, &user);
		job.user = &user;
	}
	if (rc < 0)
		return rc;
	rc = spawn_open_dirs(job.conf, spawn_open_dir, &dirs);
	job.dirs = &dirs;
	if (rc == 0)
		rc = spawn_start(&job, s);
	spawn_close_dirs(&dirs);
	return rc;
}
