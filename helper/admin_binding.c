// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a recorded tap would get now.  The tap is found in its domain as up,
 * bridge or the hook found it: by its name, else by its MAC address.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "admin.h"
#include "admin_binding.h"
#include "index.h"
#include "log.h"
#include "place.h"
#include "trust.h"

/**
 * struct admin_given - A guest of libvirt
 * @fd:		A file with its XML
 */
struct admin_given {
	uint8_t uuid[16];
	int fd;
};

/* As the helper opens what root names */
static int open_dir(const char *path)
{
	return trust_open(path, O_RDONLY | O_DIRECTORY, true);
}

/* The XML of each guest of libvirt stays open, and there may be more of them
 * than a shell allows files. */
static void allow_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return;
	r.rlim_cur = r.rlim_max;
	/* without, the guest that is one too many is reported */
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		return;
}

int admin_bindings_open(const struct conf *c, const struct spawn_staged *staged,
			struct admin_bindings *out)
{
	int rc;

	*out = (struct admin_bindings){
		.conf = c,
		.staged = staged,
		.probe = &place_kernel,
		.domains = -1,
	};
	allow_files();
	rc = priv_find_user(PRIV_RESOLVER, &out->user);
	if (rc == 0)
		rc = spawn_open_dirs(c, open_dir, &out->dirs);
	if (rc < 0)
		admin_bindings_close(out);
	return rc;
}

void admin_bindings_close(struct admin_bindings *a)
{
	size_t i;

	if (!a->conf)
		return;
	spawn_close_dirs(&a->dirs);
	util_closep(&a->domains);
	free(a->index);
	for (i = 0; i < a->ngiven; i++)
		close(a->given[i].fd);
	free(a->given);
	*a = (struct admin_bindings){ 0 };
}

static int resolve(const struct admin_bindings *a, struct spawn_job *job,
		   const struct record *r, struct binding *out)
{
	_cleanup_spawn_ struct spawn s = SPAWN_NONE;
	struct binding *list = NULL;
	size_t n = 0;
	int rc;

	job->conf = a->conf;
	job->dirs = &a->dirs;
	job->staged = a->staged;
	job->user = &a->user;
	rc = spawn_start(job, &s);
	if (rc == 0)
		rc = spawn_bindings(&s, &list, &n);
	if (rc == 0 && n != 1) {
		log_err("the resolver did not answer for %s", r->binding.tap);
		rc = -EBADMSG;
	}
	if (rc == 0)
		rc = place_decide(&list[0], a->conf->backend, a->probe);
	if (rc == 0) {
		*out = list[0];
		list[0] = (struct binding){ 0 };
		/* A tap of "bridge" got its name when it was made. */
		memcpy(out->tap, r->binding.tap, sizeof(out->tap));
	}
	spawn_free_bindings(list, n);
	return rc;
}

/* ---- guests of libvirt ---------------------------------------------------- */

/* Return: descriptor of the guest's XML, which stays ours, or negative errno */
static int given_xml(struct admin_bindings *a, const struct binding *b)
{
	char uuid[UTIL_UUID_SIZE];
	struct admin_given *g;
	size_t i;
	int fd;

	for (i = 0; i < a->ngiven; i++)
		if (memcmp(a->given[i].uuid, b->uuid, sizeof(b->uuid)) == 0)
			return a->given[i].fd;
	util_format_uuid(b->uuid, uuid);
	fd = admin_dump_domain(uuid);
	if (fd < 0)
		return fd;
	g = util_grow(&a->given, a->ngiven, sizeof(*g));
	if (!g) {
		close(fd);
		return -ENOMEM;
	}
	a->ngiven++;
	memcpy(g->uuid, b->uuid, sizeof(g->uuid));
	g->fd = fd;
	return fd;
}

static int resolve_given(struct admin_bindings *a, const struct record *r,
			 struct binding *out)
{
	static const char *const more[] = { "--trusted-files", "--lenient",
					    NULL };
	struct spawn_job job = {
		.option = "domain",
		.path = r->binding.domain,
		.tap = r->binding.tap,
		.more = more,
	};

	job.fd = given_xml(a, &r->binding);
	return job.fd < 0 ? -EHOSTDOWN : resolve(a, &job, r, out);
}

/* ---- the domain directory ------------------------------------------------- */

static int open_domains(struct admin_bindings *a)
{
	if (a->domains >= 0)
		return 0;
	a->domains = open_dir(a->conf->domain_dir);
	if (a->domains == -ENOENT)
		return conf_no_domains(a->conf);
	return a->domains < 0 ? a->domains : 0;
}

/* Return: 1 and the file that claims the tap, 0 for none, or negative errno */
static int find_claim(struct admin_bindings *a, const char *tap, char *file)
{
	const struct index_entry *entry;
	struct stat st;
	int rc;

	snprintf(file, INDEX_FILE_SIZE, "%s.xml", tap);
	if (fstatat(a->domains, file, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (!a->indexed) {
		rc = admin_index_load(a->conf, a->domains, &a->index,
				      &a->nindex);
		if (rc < 0)
			return rc;
		a->indexed = true;
	}
	entry = admin_index_find(a->index, a->nindex, tap);
	if (entry)
		memcpy(file, entry->file, INDEX_FILE_SIZE);
	return entry ? 1 : 0;
}

static int resolve_file(struct admin_bindings *a, const struct record *r,
			struct binding *out)
{
	const struct binding *b = &r->binding;
	const uint8_t *m = b->mac;
	char file[UTIL_DOMAIN_NAME_MAX + sizeof(".xml")], mac[64];
	const char *more[] = { "--trusted-files", NULL, NULL };
	struct spawn_job job = {
		.option = "domain-dir",
		.path = a->conf->domain_dir,
		.file = file,
		.more = more,
	};
	int rc = open_domains(a);

	if (rc == 0)
		rc = find_claim(a, b->tap, file);
	if (rc < 0)
		return rc;
	job.fd = a->domains;
	if (rc) {
		job.tap = b->tap;
		return resolve(a, &job, r, out);
	}
	/* One that "bridge" made is named by no file: NAME.xml was its word. */
	snprintf(file, sizeof(file), "%s.xml", b->domain);
	snprintf(mac, sizeof(mac), "--mac=%02x:%02x:%02x:%02x:%02x:%02x", m[0],
		 m[1], m[2], m[3], m[4], m[5]);
	more[1] = mac;
	return resolve(a, &job, r, out);
}

int admin_binding(struct admin_bindings *a, const struct record *r,
		  struct binding *out)
{
	return r->given ? resolve_given(a, r, out) : resolve_file(a, r, out);
}
