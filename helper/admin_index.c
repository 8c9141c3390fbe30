// SPDX-License-Identifier: GPL-2.0-or-later
/* Which file of the domain directory claims a tap, for the administrator's tool:
 * read anew each time, by a tapfilter-resolve that has no privilege */
#include <errno.h>
#include <string.h>

#include "admin.h"
#include "index.h"
#include "log.h"

/* What another process wrote: names end, and stay in the directory. */
static bool entry_ok(const struct index_entry *e)
{
	return memchr(e->tap, '\0', sizeof(e->tap)) &&
	       memchr(e->file, '\0', sizeof(e->file)) && e->file[0] &&
	       e->file[0] != '.' && !strchr(e->file, '/');
}

int admin_index_load(const struct conf *c, int dir, struct index_entry **out,
		     size_t *n)
{
	struct spawn_job job = {
		.conf = c, .option = "index", .fd = dir, .path = c->domain_dir
	};
	_cleanup_spawn_ struct spawn s = SPAWN_NONE;
	_cleanup_buf_ struct buf bytes = { 0 };
	size_t i;
	int rc = admin_resolve(&job, &s);

	*out = NULL;
	*n = 0;
	if (rc == 0)
		rc = spawn_output(&s, &bytes);
	if (rc < 0)
		return rc;
	*out = util_alloc(bytes.len / sizeof(**out), sizeof(**out));
	if (!*out)
		return -ENOMEM;
	*n = bytes.len / sizeof(**out);
	if (*n)
		memcpy(*out, bytes.data, *n * sizeof(**out));
	for (i = 0; i < *n; i++)
		if (!entry_ok(&(*out)[i]))
			break;
	if (i == *n && bytes.len % sizeof(**out) == 0)
		return 0;
	free(*out);
	*out = NULL;
	log_err("the index of domains is damaged");
	return -EBADMSG;
}

const struct index_entry *admin_index_find(const struct index_entry *list,
					   size_t n, const char *tap)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i].tap, tap) == 0)
			return &list[i];
	return NULL;
}
