// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter compile, check: what tapfilter-resolve makes of the files */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "admin.h"
#include "backend.h"
#include "index.h"
#include "log.h"
#include "place.h"
#include "spawn.h"
#include "util.h"

static int print_bindings(const struct spawn_job *job, const char *backend)
{
	_cleanup_spawn_ struct spawn s = SPAWN_NONE;
	_cleanup_buf_ struct buf text = { 0 };
	struct binding *list = NULL;
	size_t n = 0, i;
	int rc;

	rc = admin_resolve(job, &s);
	if (rc == 0)
		rc = spawn_bindings(&s, &list, &n);
	for (i = 0; rc == 0 && i < n; i++) {
		rc = place_decide_here(&list[i], backend, &place_kernel);
		if (rc == 0 && i)
			rc = buf_add(&text, "\n", 1);
		if (rc == 0)
			rc = binding_format(&list[i], &text);
	}
	spawn_free_bindings(list, n);
	if (rc == 0 && n == 0)
		log_note("%s: no interface with a tap references a profile",
			 job->path);
	if (rc == 0 && text.len)
		fwrite(text.data, 1, text.len, stdout);
	return rc;
}

/* The name of the file of the domain directory that claims a tap */
static int find_claim(const struct conf *c, int dir, const char *tap,
		      char *file)
{
	_cleanup_free_ struct index_entry *list = NULL;
	const struct index_entry *entry;
	size_t n;
	int rc = admin_index_load(c, dir, &list, &n);

	if (rc < 0)
		return rc;
	entry = admin_index_find(list, n, tap);
	if (!entry) {
		log_err("no domain in %s has an interface with <target dev='%s'/>: write it to %s.xml there, or name its file by --domain",
			c->domain_dir, tap, tap);
		return -ENOENT;
	}
	memcpy(file, entry->file, sizeof(entry->file));
	return 0;
}

static int open_domains(const struct conf *c)
{
	int fd = open(c->domain_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return conf_no_domains(c);
	return fd < 0 ? log_errno(errno, "opening the directory \"%s\"",
				  c->domain_dir) :
			fd;
}

/* TAP.xml, or else the file that claims the tap */
static int compile_tap(const struct conf *c, const char *backend,
		       const char *tap)
{
	_cleanup_close_ int dir = open_domains(c), fd = -1;
	struct spawn_job job = { .conf = c, .option = "domain", .tap = tap };
	_cleanup_free_ char *path = NULL;
	char file[INDEX_FILE_SIZE];
	struct stat st;
	int rc;

	if (dir < 0)
		return dir;
	snprintf(file, sizeof(file), "%s.xml", tap);
	if (fstatat(dir, file, &st, 0) < 0) {
		rc = find_claim(c, dir, tap, file);
		if (rc < 0)
			return rc;
	}
	if (asprintf(&path, "%s/%s", c->domain_dir, file) < 0)
		return log_errno(ENOMEM, "path of \"%s\"", file);
	fd = admin_open_file(dir, file, path);
	if (fd == -ENOENT)
		return log_errno(ENOENT, "opening \"%s\"", path);
	if (fd < 0)
		return fd;
	job.fd = fd;
	job.path = path;
	return print_bindings(&job, backend);
}

static int compile_domain(const struct conf *c, const char *backend,
			  const char *path, const char *tap)
{
	struct spawn_job job = {
		.conf = c, .option = "domain", .path = path, .tap = tap
	};
	_cleanup_close_ int fd = admin_open_file(AT_FDCWD, path, path);

	if (fd == -ENOENT)
		return log_errno(ENOENT, "opening \"%s\"", path);
	if (fd < 0)
		return fd;
	job.fd = fd;
	return print_bindings(&job, backend);
}

/**
 * struct compile - Arguments of "compile"
 * @named:	The tap stands without an option: it is all there is
 */
struct compile {
	const char *domain;
	const char *tap;
	const char *backend;
	bool named;
};

static int parse_compile(int argc, char **argv, struct compile *a)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--domain") == 0 && i + 1 < argc)
			a->domain = argv[++i];
		else if (strcmp(argv[i], "--tap") == 0 && i + 1 < argc)
			a->tap = argv[++i];
		else if (strcmp(argv[i], "--backend") == 0 && i + 1 < argc)
			a->backend = argv[++i];
		else if (argv[i][0] != '-' && !a->tap) {
			a->tap = argv[i];
			a->named = true;
		} else
			return admin_usage(argv[0], "\"%s\" is not understood",
					   argv[i]);
	}
	if (a->domain ? a->named : !a->named)
		return admin_usage(argv[0], "it takes a tap or --domain FILE");
	if (a->tap && !util_tap_name_ok(a->tap))
		return admin_usage(argv[0], "\"%s\" cannot be a tap's name",
				   a->tap);
	if (a->backend && !place_backend_ok(a->backend))
		return admin_usage(argv[0],
				   "\"%s\" is no backend: it must be auto, nft "
				   "or xtables",
				   a->backend);
	return 0;
}

int cmd_compile(int argc, char **argv)
{
	_cleanup_(conf_free) struct conf c = { 0 };
	struct compile a = { 0 };
	int rc = parse_compile(argc, argv, &a);

	if (rc != 0)
		return rc;
	if (admin_load_conf(&c) < 0)
		return EXIT_FAILURE;
	backend_configure(&c);
	if (!a.backend)
		a.backend = c.backend;
	rc = a.domain ? compile_domain(&c, a.backend, a.domain, a.tap) :
			compile_tap(&c, a.backend, a.tap);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Only to tell which parser a file is for; that one will say what is wrong. */
static int is_domain(int fd, const char *path, bool *yes)
{
	_cleanup_buf_ struct buf text = { 0 };
	const char *root;
	int rc;

	rc = util_read_all(fd, path, ADMIN_FILE_MAX, 0, &text);
	if (rc < 0)
		return rc;
	root = text.data ? admin_skip_prolog(text.data) : "";
	*yes = strncmp(root, "<domain", 7) == 0 && strchr(" \t\r\n/>", root[7]);
	return 0;
}

/* One file, a profile or a domain: see admin_check() */
static int check_file(const struct conf *c, const char *path, bool *domain)
{
	struct spawn_job job = { .conf = c, .path = path };
	_cleanup_close_ int fd = admin_open_file(AT_FDCWD, path, path);
	int rc;

	if (fd == -ENOENT)
		return log_errno(ENOENT, "opening \"%s\"", path);
	if (fd < 0)
		return fd;
	rc = is_domain(fd, path, domain);
	if (rc < 0)
		return rc;
	job.fd = fd;
	job.option = *domain ? "domain" : "check";
	return admin_check(&job);
}

/* Two files that claim one tap are no fault of either alone. */
static int check_index(const struct conf *c, int dir)
{
	const struct spawn_job job = {
		.conf = c, .option = "index", .fd = dir, .path = c->domain_dir
	};
	_cleanup_spawn_ struct spawn s = SPAWN_NONE;
	_cleanup_buf_ struct buf out = { 0 };
	int rc = admin_resolve(&job, &s);

	return rc < 0 ? rc : spawn_output(&s, &out);
}

struct tally {
	size_t files;
	size_t bad;
};

/*
 * A profile that is there for those who have the other backend is no fault of
 * this one: a domain that uses it is.
 */
static int check_path(const struct conf *c, const char *dir, const char *file,
		      struct tally *t)
{
	_cleanup_free_ char *path = NULL;
	bool domain = false;
	int rc;

	if (asprintf(&path, "%s/%s", dir, file) < 0)
		return log_errno(ENOMEM, "path of \"%s\"", file);
	t->files++;
	rc = check_file(c, path, &domain);
	if (rc < 0 && (domain || rc != -EPROTONOSUPPORT))
		t->bad++;
	return 0;
}

static int check_profiles(const struct conf *c, struct tally *t)
{
	_cleanup_(admin_profiles_free) struct admin_profiles list = { 0 };
	_cleanup_free_ char *file = NULL;
	size_t i;
	int rc;

	rc = admin_profiles_load(c, &list);
	t->bad += list.misnamed;
	t->files += list.misnamed;
	for (i = 0; rc == 0 && i < list.n; i++) {
		free(file);
		if (asprintf(&file, "%s.xml", list.items[i].name) < 0) {
			file = NULL;
			return log_errno(ENOMEM, "checking the profiles");
		}
		rc = check_path(c, c->template_path[list.items[i].dir], file,
				t);
	}
	return rc;
}

static int check_domains(const struct conf *c, struct tally *t)
{
	_cleanup_close_ int dir = open_domains(c);
	struct dirent **list;
	int n, i, rc = 0;

	if (dir < 0)
		return dir;
	n = scandirat(dir, ".", &list, admin_is_domain_file, alphasort);
	if (n < 0)
		return log_errno(errno, "reading the directory \"%s\"",
				 c->domain_dir);
	for (i = 0; i < n; i++) {
		if (rc == 0)
			rc = check_path(c, c->domain_dir, list[i]->d_name, t);
		free(list[i]);
	}
	free(list);
	if (rc == 0 && t->bad == 0)
		rc = check_index(c, dir);
	return rc;
}

int cmd_check(int argc, char **argv)
{
	_cleanup_(conf_free) struct conf c = { 0 };
	struct tally t = { 0 };
	bool domain;
	int i, rc = 0;

	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			return admin_usage(argv[0], "\"%s\" is not understood",
					   argv[i]);
	}
	if (admin_load_conf(&c) < 0)
		return EXIT_FAILURE;
	backend_configure(&c);
	for (i = 1; i < argc; i++) {
		t.files++;
		if (check_file(&c, argv[i], &domain) < 0)
			t.bad++;
	}
	if (argc == 1)
		rc = check_profiles(&c, &t);
	if (argc == 1 && rc == 0)
		rc = check_domains(&c, &t);
	if (rc < 0)
		return EXIT_FAILURE;
	printf("%zu files checked, %zu with faults\n", t.files, t.bad);
	return t.bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
