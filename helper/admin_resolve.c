// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter-resolve, run for the administrator's tool */
#include <string.h>
#include <unistd.h>

#include "admin.h"
#include "place.h"

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

/*
 * What this host lacks counts if it is the one that a domain is for, as far as
 * can be told; of a profile, the rules alone.
 */
static int check_places(const struct spawn_job *job, struct binding *list,
			size_t n)
{
	const struct place_probe *probe = &place_rules;
	bool domain = strcmp(job->option, "domain") == 0;
	int one, rc = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		one = domain ? place_check(&list[i], &probe) : 0;
		if (one == 0)
			one = place_decide_here(&list[i], job->conf->backend,
						probe);
		rc = one < 0 ? one : rc;
	}
	return rc;
}

int admin_check(const struct spawn_job *job)
{
	_cleanup_spawn_ struct spawn s = SPAWN_NONE;
	struct binding *list = NULL;
	size_t n = 0;
	int rc = admin_resolve(job, &s);

	if (rc == 0)
		rc = spawn_bindings(&s, &list, &n);
	if (rc == 0)
		rc = check_places(job, list, n);
	spawn_free_bindings(list, n);
	return rc;
}
