// SPDX-License-Identifier: GPL-2.0-or-later
/* A configuration of selftest's own, and the helper that works with it */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "admin.h"
#include "log.h"
#include "place.h"
#include "selftest.h"
#include "spawn.h"

#define MAX_OPEN_DIRS 8

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	if (remove(path) < 0)
		log_errno(errno, "cannot remove %s", path);
	return 0;
}

static int write_conf(const struct selftest_site *site, const struct conf *from)
{
	_cleanup_buf_ struct buf text = { 0 };
	_cleanup_close_ int fd = -1;
	size_t i;
	int rc;

	rc = buf_printf(&text, "[tapfilter]\ntemplate-path = ");
	for (i = 0; rc == 0 && i < from->n_template_path; i++)
		rc = buf_printf(&text, "%s%s", i ? ":" : "",
				from->template_path[i]);
	if (rc == 0)
		rc = buf_printf(&text,
				"\ndomain-dir = %s\nstate-dir = %s/state\n"
				"backend = %s\nmax-rules = %u\n"
				"state-marks = 0x%08x\n"
				"state-connections = %u\n",
				site->dir, site->dir, from->backend,
				from->max_rules, from->state_marks,
				from->state_connections);
	if (rc < 0)
		return rc;
	fd = open(site->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len)
		return log_errno(errno, "cannot write %s", site->file);
	return 0;
}

int selftest_site_open(struct selftest_site *site, const struct conf *from)
{
	_cleanup_free_ char *dir = NULL;
	int rc;

	if (asprintf(&dir, "/tmp/tapfilter-selftest.%d.XXXXXX", getpid()) < 0) {
		dir = NULL;
		return log_errno(ENOMEM, "cannot start");
	}
	if (!mkdtemp(dir))
		return log_errno(errno, "cannot make a directory in /tmp");
	site->dir = TAKE_PTR(dir);
	if (asprintf(&site->file, "%s/tapfilter.conf", site->dir) < 0) {
		site->file = NULL;
		return log_errno(ENOMEM, "cannot start");
	}
	rc = write_conf(site, from);
	if (rc == 0)
		rc = conf_load(site->file, &site->conf);
	return rc;
}

void selftest_site_close(struct selftest_site *site)
{
	if (site->dir)
		nftw(site->dir, remove_one, MAX_OPEN_DIRS,
		     FTW_DEPTH | FTW_PHYS);
	conf_free(&site->conf);
	free(site->file);
	free(site->dir);
	*site = (struct selftest_site){ 0 };
}

/* ---- the domain --------------------------------------------------------- */

static bool has_param(char **params, size_t n, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < n; i++)
		if (strncmp(params[i], name, len) == 0 && params[i][len] == '=')
			return true;
	return false;
}

static int add_params(struct buf *xml, char **params, size_t n)
{
	size_t i, name;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		name = strcspn(params[i], "=");
		if (strpbrk(params[i], "<>&'\"") ||
		    strcspn(params[i], " \t\r\n") < name) {
			log_err("parameter \"%s\": must be NAME=VALUE without "
				"any of <>&'\"",
				params[i]);
			return -EINVAL;
		}
		rc = buf_printf(xml, " %.*s='%s'", (int)name, params[i],
				params[i] + name + 1);
	}
	return rc;
}

/**
 * struct sample - Which sample addresses a reference gets
 */
struct sample {
	bool ip;
	bool ipv6;
};

static int write_domain(struct buf *xml, const char *profile, char **params,
			size_t n, struct sample sample)
{
	int rc;

	rc = buf_printf(xml,
			"<domain type='kvm'><name>selftest</name><devices>"
			"<interface type='bridge'><mac address='" FRAME_MAC
			"'/><source bridge='" SELFTEST_BRIDGE
			"'/><target dev='" SELFTEST_TAP
			"'/><firewall><reference profile='%s'",
			profile);
	if (rc == 0)
		rc = add_params(xml, params, n);
	if (rc == 0 && sample.ip)
		rc = buf_printf(xml, " ip_address='" FRAME_IP "'");
	if (rc == 0 && sample.ipv6)
		rc = buf_printf(xml, " ipv6_address='" FRAME_IPV6 "'");
	if (rc == 0)
		rc = buf_printf(xml, "/></firewall></interface></devices>"
				     "</domain>\n");
	return rc;
}

static int to_memfd(const struct buf *text)
{
	_cleanup_close_ int fd = memfd_create("domain", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text->data, text->len) != (ssize_t)text->len ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return log_errno(errno, "cannot keep a domain");
	return TAKE_FD(fd);
}

static int resolve(const struct selftest_site *site, int domain,
		   struct binding *out)
{
	struct spawn_job job = {
		.conf = &site->conf,
		.option = "domain",
		.fd = domain,
		.path = "selftest's domain",
		.tap = SELFTEST_TAP,
	};
	_cleanup_spawn_ struct spawn s = SPAWN_NONE;
	struct binding *list = NULL;
	size_t n = 0;
	int rc;

	rc = admin_resolve(&job, &s);
	if (rc == 0)
		rc = spawn_bindings(&s, &list, &n);
	if (rc < 0)
		return rc;
	if (n == 1) {
		*out = list[0];
		list[0] = (struct binding){ 0 };
	} else {
		log_err("the resolver answered for %zu interfaces", n);
		rc = -EBADMSG;
	}
	spawn_free_bindings(list, n);
	return rc;
}

/* Nothing is said until speak(): the caller tries several things.  Return: what
 * speak() is to have, negative when all is said as ever */
static int hush(void)
{
	_cleanup_close_ int saved = -1, null = -1;

	saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (saved < 0 || null < 0 || dup2(null, STDERR_FILENO) < 0)
		return -1;
	return TAKE_FD(saved);
}

static void speak(int saved)
{
	if (saved >= 0) {
		dup2(saved, STDERR_FILENO);
		close(saved);
	}
}

static int resolve_quietly(const struct selftest_site *site, int domain,
			   struct binding *out)
{
	int saved = hush(), rc = resolve(site, domain, out);

	speak(saved);
	return rc;
}

static bool uses_iptables(const struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (b->profiles[i].place == PLACE_IPTABLES)
			return true;
	return false;
}

/*
 * Packets are shown to the hooks of IP only if a place needs that: those hooks
 * drop some themselves, and what other places do is to be seen without them.
 */
static int decide(const struct selftest_site *site, struct binding *b)
{
	int rc = selftest_net_show(false), saved;

	if (rc < 0)
		return rc;
	saved = hush();
	rc = place_decide(b, site->conf.backend, &place_kernel);
	speak(saved);
	if (rc == 0 && !uses_iptables(b))
		return 0;
	rc = selftest_net_show(true);
	return rc < 0 ? rc : place_decide(b, site->conf.backend, &place_kernel);
}

/* What a shipped profile uses; others are asked, see find_sample(). */
static struct sample shipped_sample(unsigned int members)
{
	return (struct sample){
		.ip = members & (BY_ARP | BY_IP | BY_LAYER2 | BY_LAYER3),
		.ipv6 = members & BY_IPV6,
	};
}

/*
 * A parameter too few is an error, and so is one too many: at most one choice
 * of sample addresses is right.  When none is, the plain one says why.
 */
static int find_sample(const struct selftest_site *site, const char *profile,
		       char **params, size_t n, struct sample *out)
{
	static const struct sample tries[] = { { false, false },
					       { true, false },
					       { false, true },
					       { true, true } };
	struct binding b = { 0 };
	size_t i;
	int rc, fd;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		_cleanup_buf_ struct buf xml = { 0 };

		if ((tries[i].ip && has_param(params, n, "ip_address")) ||
		    (tries[i].ipv6 && has_param(params, n, "ipv6_address")))
			continue;
		rc = write_domain(&xml, profile, params, n, tries[i]);
		if (rc < 0)
			return rc;
		fd = to_memfd(&xml);
		if (fd < 0)
			return fd;
		rc = resolve_quietly(site, fd, &b);
		close(fd);
		if (rc < 0)
			continue;
		binding_free(&b);
		*out = tries[i];
		return 0;
	}
	*out = tries[0];
	return 0;
}

/* ---- the helper --------------------------------------------------------- */

static int wait_helper(pid_t pid, const char *command)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return log_errno(errno, "cannot wait for the helper");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	log_err("tapfilter-helper %s failed", command);
	return -EIO;
}

/* @argv: the helper's, from argv[1] on; @in: its standard input */
static int run_helper(char **argv, int in)
{
	_cleanup_free_ char *path = admin_program("tapfilter-helper");
	posix_spawn_file_actions_t files;
	char *const environment[] = { NULL };
	pid_t pid;
	int rc;

	if (!path)
		return -ENOENT;
	argv[0] = path;
	rc = posix_spawn_file_actions_init(&files);
	if (rc != 0)
		return log_errno(rc, "cannot start the helper");
	rc = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	if (rc == 0)
		rc = posix_spawn(&pid, path, &files, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&files);
	if (rc != 0)
		return log_errno(rc, "cannot start \"%s\"", path);
	return wait_helper(pid, argv[3]);
}

int selftest_bind(const struct selftest_site *site, const char *profile,
		  char **params, size_t n, struct binding *out)
{
	char config[] = "--config", up[] = "up", domain[] = "--domain",
	     dash[] = "-", tap[] = SELFTEST_TAP;
	char *argv[] = { NULL, config, site->file, up, domain, dash, tap, NULL };
	struct sample sample = shipped_sample(frame_profile(profile));
	_cleanup_buf_ struct buf xml = { 0 };
	_cleanup_close_ int fd = -1;
	int rc = 0;

	if (!frame_profile(profile))
		rc = find_sample(site, profile, params, n, &sample);
	if (rc == 0)
		rc = write_domain(&xml, profile, params, n, sample);
	if (rc < 0)
		return rc;
	fd = to_memfd(&xml);
	if (fd < 0)
		return fd;
	rc = resolve(site, fd, out);
	if (rc == 0)
		rc = decide(site, out);
	if (rc < 0)
		return rc;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return log_errno(errno, "cannot read the domain again");
	return run_helper(argv, fd);
}

int selftest_unbind(const struct selftest_site *site)
{
	char config[] = "--config", down[] = "down", tap[] = SELFTEST_TAP;
	char *argv[] = { NULL, config, site->file, down, tap, NULL };
	_cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0)
		return log_errno(errno, "cannot open /dev/null");
	return run_helper(argv, null);
}
