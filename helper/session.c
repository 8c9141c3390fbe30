// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the commands have in common, and the two halves of each: as root, files
 * are opened and the resolver is started; after the drop, its answer is read
 * and the kernel is changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "ebt_variant.h"
#include "helper.h"
#include "log.h"
#include "place.h"
#include "session_place.h"
#include "tap.h"
#include "trust.h"

#define DOMAIN_MAX_SIZE (1024 * 1024)
#define STDIN_WAIT_MS 10000

/* ---- as root -------------------------------------------------------------- */

/* A copy that the resolver can read, made by whoever has the time limit */
static int copy_stdin(void)
{
	_cleanup_buf_ struct buf text = { 0 };
	_cleanup_close_ int fd = -1;
	ssize_t n;
	int rc;

	rc = util_read_all(STDIN_FILENO, "standard input", DOMAIN_MAX_SIZE,
			   STDIN_WAIT_MS, &text);
	if (rc < 0)
		return rc;
	fd = memfd_create("domain", MFD_CLOEXEC);
	if (fd < 0)
		return log_errno(errno, "cannot keep standard input");
	n = text.len ? write(fd, text.data, text.len) : 0;
	if (n != (ssize_t)text.len)
		return log_errno(n < 0 ? errno : EIO,
				 "cannot keep standard input");
	return TAKE_FD(fd);
}

/* Root may keep things beneath /tmp; for others, all of the way is root's.
 * -ENOENT is not reported. */
static int trusted(const struct session *s, const char *path, int flags)
{
	return trust_open(path, O_RDONLY | flags, session_is_root(s));
}

static int open_dir(const char *path)
{
	return trust_open(path, O_RDONLY | O_DIRECTORY, false);
}

static int open_dir_sticky(const char *path)
{
	return trust_open(path, O_RDONLY | O_DIRECTORY, true);
}

static int open_domain(struct session *s)
{
	const char *path = s->options->domain;

	s->domain_fd = strcmp(path, "-") == 0 ? copy_stdin() :
						trusted(s, path, 0);
	if (s->domain_fd == -ENOENT)
		return log_errno(ENOENT, "cannot open %s", path);
	return s->domain_fd < 0 ? s->domain_fd : 0;
}

static int load_conf(struct session *s)
{
	const char *path = s->options->config ? s->options->config : CONF_FILE;
	_cleanup_close_ int fd = trusted(s, path, 0);

	if (fd == -ENOENT)
		return conf_missing(path);
	return fd < 0 ? fd : conf_load_fd(fd, path, &s->conf);
}

bool session_reads_profiles(const struct session *s)
{
	const struct options *o = s->options;

	return o->command->resolves &&
	       (!o->command->hook || o->event == HOOK_START ||
		o->event == HOOK_CHECK);
}

static int open_files(struct session *s)
{
	bool root = session_is_root(s);
	struct state_place place = {
		.path = s->conf.state_dir,
		.gid = s->self.gid,
		.sticky = root,
	};
	int rc = state_open(&place, &s->state);

	if (rc == 0 && session_reads_profiles(s))
		rc = spawn_open_dirs(
			&s->conf, root ? open_dir_sticky : open_dir, &s->dirs);
	if (rc < 0 || !s->options->command->resolves)
		return rc;
	if (s->options->domain)
		return open_domain(s);
	s->dirs.domains = trusted(s, s->conf.domain_dir, O_DIRECTORY);
	if (s->dirs.domains == -ENOENT)
		return conf_no_domains(&s->conf);
	rc = s->dirs.domains < 0 ? s->dirs.domains : 0;
	s->index = (struct domindex){ .conf = &s->conf,
				      .dir = s->dirs.domains,
				      .state = state_top(s->state) };
	return rc;
}

/* An up of root's that fails is to know what stands there, all the same. */
static void guess_backend(struct session *s)
{
	if (!session_is_root(s) || s->options->command->run != cmd_up)
		return;
	s->ops = backend_any(&place_kernel);
	s->priv->raw = s->ops && s->ops->raw;
	s->unconfigured = true;
}

int session_open(struct session *s)
{
	int rc;

	*s = (struct session){ .options = s->options,
			       .priv = s->priv,
			       .proof = s->proof,
			       .tun = -1,
			       .domain_fd = -1,
			       .dirs.domains = -1,
			       .resolver = SPAWN_NONE,
			       .granted = session_is_root(s) };
	rc = session_check_options(s);
	if (rc == 0)
		rc = priv_find_user(PRIV_HELPER, &s->self);
	if (rc == 0)
		rc = priv_find_user(PRIV_RESOLVER, &s->parser);
	if (rc == 0)
		rc = load_conf(s);
	/* The hook still has to find out whether that concerns this guest. */
	if (rc < 0 && s->options->command->hook) {
		s->unconfigured = true;
		rc = conf_parse("defaults", "", 0, &s->conf);
		return rc < 0 ? rc : open_domain(s);
	}
	if (rc < 0) {
		guess_backend(s);
		return rc;
	}
	backend_configure(&s->conf);
	s->ops = backend_find(s->conf.backend, &place_kernel);
	if (!s->ops)
		return -EINVAL;
	s->priv->raw = s->ops->raw;
	rc = session_judge_early(s);
	return rc < 0 ? rc : open_files(s);
}

/* ---- the drop ------------------------------------------------------------- */

int session_prepare(struct session *s)
{
	bool reduced = s->priv->mode == PRIV_REDUCED;

	int rc;

	if (!s->ops || !s->ops->prepare)
		return 0;
	rc = s->ops->prepare(reduced ? NULL : &s->self);
	/* Nothing that this host needs: only nft, then */
	if (rc < 0 && s->unconfigured) {
		s->ops = NULL;
		s->priv->raw = false;
	}
	return rc;
}

int session_drop(struct session *s)
{
	struct sandbox_dir dirs[2];
	size_t n = 0;
	int rc = priv_drop(s->priv, &s->self);

	if (rc < 0)
		return rc;
	state_boot_id(s->boot_id);
	place_reassembles();
	ebt_host_is_legacy();
	if (s->options->command->makes_tap && s->state) {
		s->tun = tap_open();
		if (s->tun < 0)
			return s->tun;
	}
	tzset(); /* syslog's time stamps: the sandbox has no /etc/localtime */
	if (s->state)
		dirs[n++] = (struct sandbox_dir){ state_top(s->state), true };
	if (s->dirs.domains >= 0)
		dirs[n++] = (struct sandbox_dir){ s->dirs.domains, false };
	return priv_sandbox(s->priv, dirs, n);
}

int session_branch(const struct session *s, struct session *out)
{
	*out = (struct session){ .options = s->options,
				 .priv = s->priv,
				 .granted = s->granted,
				 .grant = s->grant,
				 .ops = s->ops,
				 .tun = -1,
				 .domain_fd = -1,
				 .dirs.domains = -1,
				 .resolver = SPAWN_NONE };
	memcpy(out->boot_id, s->boot_id, sizeof(out->boot_id));
	return state_branch(s->state, &out->state);
}

/*
 * The lock goes first: closing the backend may leave a child behind that has
 * inherited its file.
 */
void session_close(struct session *s)
{
	state_close(s->state);
	/* before a child of nft_linger() holds it, too */
	util_closep(&s->tun);
	if (s->be)
		s->ops->close(s->be);
	link_close(s->link);
	spawn_abort(&s->resolver);
	spawn_close_dirs(&s->dirs);
	util_closep(&s->domain_fd);
	conf_free(&s->conf);
}

/* ---- after it ------------------------------------------------------------- */

static int take_one(struct binding *list, size_t n, const char *tap,
		    struct binding *out)
{
	if (n != 1 || (tap && strcmp(list[0].tap, tap) != 0)) {
		log_err("the resolver did not answer for %s",
			tap ? tap : "one interface");
		return -EBADMSG;
	}
	*out = list[0];
	list[0] = (struct binding){ 0 };
	return 0;
}

int session_binding(struct session *s, const char *tap, struct binding *out)
{
	struct binding *list;
	size_t n;
	int rc;

	rc = spawn_bindings(&s->resolver, &list, &n);
	if (rc < 0)
		return rc;
	rc = take_one(list, n, tap, out);
	spawn_free_bindings(list, n);
	if (rc < 0)
		return rc;
	rc = session_judge(s, out);
	if (rc == 0)
		rc = session_place(s, out);
	if (rc < 0)
		binding_free(out);
	return rc;
}

int session_identity_of(struct session *s, struct binding *out)
{
	struct binding *list;
	size_t n;
	int rc = spawn_bindings(&s->resolver, &list, &n);

	if (rc == 0)
		rc = take_one(list, n, NULL, out);
	spawn_free_bindings(list, n);
	return rc;
}

int session_bindings(struct session *s, struct binding **list, size_t *n)
{
	size_t i;
	int rc = spawn_bindings(&s->resolver, list, n);

	for (i = 0; rc == 0 && i < *n; i++)
		rc = session_place(s, &(*list)[i]);
	return rc;
}

struct record session_record(const struct session *s, uint32_t ifindex,
			     const struct binding *b, bool active)
{
	struct record r = {
		.ifindex = ifindex,
		.owner = (uint32_t)s->priv->uid,
		.since = time(NULL),
		.active = active,
		.no_link = s->options->no_link,
		.given = s->options->domain,
		.binding = *b,
	};

	memcpy(r.boot_id, s->boot_id, sizeof(r.boot_id));
	return r;
}

bool session_same_boot(const struct session *s, const struct record *r)
{
	return strcmp(r->boot_id, s->boot_id) == 0;
}

struct backend_tap session_identity(const struct session *s, uint32_t ifindex,
				    const struct binding *b)
{
	struct backend_tap id = {
		.ifindex = ifindex,
		.owner = (uint32_t)s->priv->uid,
		.digest = binding_digest(b),
	};

	memcpy(id.uuid, b->uuid, sizeof(id.uuid));
	return id;
}
