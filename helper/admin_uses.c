// SPDX-License-Identifier: GPL-2.0-or-later
/* Who uses which profile: taps by their records, files by what they reference */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "admin_taps.h"
#include "admin_uses.h"
#include "log.h"

void admin_uses_free(struct admin_uses *u)
{
	size_t i;

	for (i = 0; i < u->n; i++) {
		free(u->items[i].profile);
		free(u->items[i].who);
		free(u->items[i].domain);
	}
	free(u->items);
	*u = (struct admin_uses){ 0 };
}

int admin_use_format(const struct admin_use *u, struct buf *out)
{
	static const char *const words[] = {
		[USER_TAP] = "tap ",
		[USER_PROFILE] = "profile ",
		[USER_DEFAULT] = "",
		[USER_FILE] = "domain file ",
	};

	return buf_printf(out, "%s%s%s%s%s", words[u->kind], u->who,
			  u->domain ? " (" : "", u->domain ? u->domain : "",
			  u->domain ? ")" : "");
}

static bool is_known(const struct admin_uses *u, enum admin_user kind,
		     const char *profile, size_t len, const char *who)
{
	const struct admin_use *use;
	size_t i;

	for (i = 0; i < u->n; i++) {
		use = &u->items[i];
		if (use->kind == kind && strcmp(use->who, who) == 0 &&
		    strncmp(use->profile, profile, len) == 0 &&
		    !use->profile[len])
			return true;
	}
	return false;
}

/* @profile: @len bytes of a longer text */
static int add(struct admin_uses *u, enum admin_user kind, const char *profile,
	       size_t len, const char *who, const char *domain)
{
	struct admin_use *use;

	if (is_known(u, kind, profile, len, who))
		return 0;
	use = util_grow(&u->items, u->n, sizeof(*use));
	if (!use)
		return -ENOMEM;
	u->n++;
	use->kind = kind;
	use->profile = strndup(profile, len);
	use->who = strdup(who);
	if (domain)
		use->domain = strdup(domain);
	if (!use->profile || !use->who || (domain && !use->domain))
		return log_errno(ENOMEM, "cannot hold a name");
	return 0;
}

/* Names, with any of the bytes of @between between them */
static int add_names(struct admin_uses *u, enum admin_user kind,
		     const char *names, const char *between, const char *who)
{
	size_t len;
	int rc = 0;

	for (; rc == 0 && *names; names += len) {
		names += strspn(names, between);
		len = strcspn(names, between);
		if (len)
			rc = add(u, kind, names, len, who, NULL);
	}
	return rc;
}

static int add_taps(const struct conf *c, struct admin_uses *u)
{
	_cleanup_taps_ struct admin_taps all = { 0 };
	const struct admin_tap *t;
	const char *name;
	unsigned int k;
	size_t i;
	int rc = admin_taps_load(c, NULL, 0, &all);

	for (i = 0; rc == 0 && i < all.n; i++) {
		t = &all.taps[i];
		if (t->state == TAP_GONE)
			continue;
		/* Its record is damaged, which was said. */
		if (t->state == TAP_MISSING && !admin_tap_has_record(t))
			u->faults++;
		for (k = 0; rc == 0 && k < t->record.binding.nprofiles; k++) {
			name = t->record.binding.profiles[k].name;
			rc = add(u, USER_TAP, name, strlen(name), t->name,
				 t->record.binding.domain);
		}
	}
	return rc;
}

/* What a file references, asked of the resolver; one with a fault is counted */
static int add_file(struct admin_uses *u, enum admin_user kind,
		    const struct spawn_job *job, const char *who)
{
	_cleanup_spawn_ struct spawn s = SPAWN_NONE;
	_cleanup_buf_ struct buf names = { 0 };
	int rc = admin_resolve(job, &s);

	if (rc == 0)
		rc = spawn_output(&s, &names);
	if (rc < 0) {
		u->faults++;
		return rc == -ENOMEM ? rc : 0;
	}
	return names.len ? add_names(u, kind, names.data, "\n", who) : 0;
}

static const char *const references[] = { "--references", NULL };

static int add_path(const struct conf *c, struct admin_uses *u,
		    enum admin_user kind, const char *path, const char *who)
{
	struct spawn_job job = {
		.conf = c,
		.option = kind == USER_PROFILE ? "check" : "domain",
		.path = path,
		.more = references,
	};
	_cleanup_close_ int fd = admin_open_file(AT_FDCWD, path, path);

	if (fd == -ENOENT)
		return 0; /* removed meanwhile */
	if (fd < 0) {
		u->faults++;
		return 0;
	}
	job.fd = fd;
	return add_file(u, kind, &job, who);
}

static int add_profiles(const struct conf *c, struct admin_uses *u)
{
	_cleanup_(admin_profiles_free) struct admin_profiles list = { 0 };
	const struct admin_profile *p;
	size_t i;
	int rc = admin_profiles_load(c, &list);

	for (i = 0; rc == 0 && i < list.n; i++) {
		_cleanup_buf_ struct buf path = { 0 };

		p = &list.items[i];
		if (p->hidden)
			continue;
		rc = buf_printf(&path, "%s/%s.xml", c->template_path[p->dir],
				p->name);
		if (rc == 0)
			rc = add_path(c, u, USER_PROFILE, path.data, p->name);
	}
	return rc;
}

static int add_domain(const struct conf *c, struct admin_uses *u,
		      const char *file)
{
	_cleanup_buf_ struct buf path = { 0 };
	int rc = buf_printf(&path, "%s/%s", c->domain_dir, file);

	return rc < 0 ? rc : add_path(c, u, USER_FILE, path.data, file);
}

static int add_domains(const struct conf *c, struct admin_uses *u)
{
	struct dirent **list;
	int n, i, rc = 0;

	n = scandir(c->domain_dir, &list, admin_is_domain_file, alphasort);
	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0)
		return log_errno(errno, "reading the directory \"%s\"",
				 c->domain_dir);
	for (i = 0; i < n; i++) {
		if (rc == 0)
			rc = add_domain(c, u, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return rc;
}

int admin_uses_profiles(const struct conf *c, struct admin_uses *out)
{
	int rc = add_profiles(c, out);

	return rc < 0 ? rc :
			add_names(out, USER_DEFAULT, c->default_profiles, " \t",
				  "default-profiles");
}

int admin_uses_load(const struct conf *c, struct admin_uses *out)
{
	int rc = add_taps(c, out);

	if (rc == 0)
		rc = admin_uses_profiles(c, out);
	return rc < 0 ? rc : add_domains(c, out);
}
