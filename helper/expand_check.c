// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be said of a profile before an interface references it */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "expand.h"
#include "expand_params.h"
#include "expand_rules.h"
#include "log.h"
#include "pool.h"

static int read_linked(struct pool *pool, const char *name, const char *path,
		       int fd, struct profile **p)
{
	int rc = pool_read(pool, name, path, fd, p);

	return rc < 0 ? rc : pool_link_all(pool, *p);
}

/* An interface that has what an interface can have */
static int fill_head(struct binding *out)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0x00, 0x00, 0x00, 0x01 };

	memcpy(out->mac, mac, sizeof(out->mac));
	snprintf(out->bridge, sizeof(out->bridge), "bridge");
	out->domain = strdup("check");
	return out->domain ? 0 : log_errno(ENOMEM, "cannot keep a name");
}

/* Each profile of the pool is one that the interface would have. */
static int fill_profiles(const struct expand_env *env, const struct pool *pool,
			 const struct param_set *params, struct binding *out)
{
	const struct profile *p;
	struct binding_profile is;
	int rc = 0;

	out->profiles = util_alloc(pool->nprofiles + EXPAND_READABLE_MAX,
				   sizeof(*out->profiles));
	if (!out->profiles)
		return -ENOMEM;
	for (p = pool->first; rc == 0 && p; p = p->next) {
		is = (struct binding_profile){ .name = p->name,
					       .file = p->file };
		rc = binding_name_profile(&out->profiles[out->nprofiles++], &is,
					  "");
		if (rc == 0)
			rc = expand_entries(p, params, out->nprofiles - 1,
					    env->max_rules, out);
	}
	return rc < 0 ? rc : expand_readable(out);
}

int expand_check(const struct expand_env *env, const char *name,
		 const char *path, int fd, struct binding *out)
{
	const struct reference top = { .file = path };
	const struct param_set params = { .top = &top, .sample = true };
	_cleanup_pool_ struct pool pool = { .dirs = env->dirs,
					    .ndirs = env->ndirs };
	struct profile *p = NULL;
	bool idle;
	int rc = read_linked(&pool, name, path, fd, &p);

	if (rc < 0)
		return rc;
	idle = profile_idle_entries(p);
	rc = fill_head(out);
	if (rc == 0)
		rc = fill_profiles(env, &pool, &params, out);
	if (rc < 0)
		binding_free(out);
	return rc < 0 ? rc : idle;
}

int expand_references(const struct expand_env *env, const char *name,
		      const char *path, int fd, struct buf *out)
{
	_cleanup_pool_ struct pool pool = { .dirs = env->dirs,
					    .ndirs = env->ndirs };
	struct profile *p = NULL;
	size_t i;
	int rc = read_linked(&pool, name, path, fd, &p);

	for (i = 0; rc == 0 && i < p->nrefs; i++)
		rc = buf_printf(out, "%s\n", p->refs[i].profile);
	return rc;
}
