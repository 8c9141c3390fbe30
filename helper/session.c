// SPDX-License-Identifier: GPL-2.0-or-later
/* What up, down and reload have in common */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "domindex.h"
#include "helper.h"
#include "log.h"

#define DOMAIN_MAX_SIZE (1024 * 1024)
#define STDIN_WAIT_MS 10000

/* A copy that several resolvers can read, made by whoever has the time limit */
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

static int open_domain(const char *path)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return copy_stdin();
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return log_errno(errno, "cannot open %s", path);
	if (!S_ISREG(st.st_mode))
		return log_at(path, 0, "not a regular file");
	return TAKE_FD(fd);
}

int session_open(struct session *s, const struct options *o)
{
	int rc;

	*s = (struct session){ .options = o, .domain_fd = -1 };
	rc = conf_load(o->config, &s->conf);
	if (rc < 0)
		return rc;
	s->ops = backend_find(s->conf.backend);
	if (!s->ops)
		return -EINVAL;
	if (o->domain) {
		s->domain_fd = open_domain(o->domain);
		if (s->domain_fd < 0)
			return s->domain_fd;
	}
	return state_open(s->conf.state_dir, &s->state);
}

/*
 * The lock goes first: closing the backend may leave a child behind that has
 * inherited its file.
 */
void session_close(struct session *s)
{
	state_close(s->state);
	if (s->be)
		s->ops->close(s->be);
	link_close(s->link);
	if (s->domain_fd >= 0)
		close(s->domain_fd);
	conf_free(&s->conf);
}

int session_resolve(struct session *s, const char *tap, struct spawn *resolver)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int own = -1;
	struct spawn_job job = {
		.conf = &s->conf,
		.option = "domain",
		.fd = s->domain_fd,
		.path = s->options->domain,
		.tap = tap,
	};

	if (!job.path) {
		own = domindex_open(&s->conf, s->state, tap, &name);
		if (own < 0)
			return own;
		job.fd = own;
		job.path = name;
	} else if (strcmp(job.path, "-") == 0) {
		job.path = "standard input";
	}
	return spawn_start(&job, resolver);
}

int session_binding(struct spawn *resolver, const char *tap,
		    struct binding *out)
{
	struct binding *list;
	size_t n;
	int rc;

	rc = spawn_bindings(resolver, &list, &n);
	if (rc < 0)
		return rc;
	if (n == 1 && strcmp(list[0].tap, tap) == 0) {
		*out = list[0];
		list[0] = (struct binding){ 0 };
	} else {
		log_err("the resolver did not answer for %s", tap);
		rc = -EBADMSG;
	}
	spawn_free_bindings(list, n);
	return rc;
}

/* Tells a record that was made before the machine was switched off. */
static void read_boot_id(char *out, size_t size)
{
	_cleanup_close_ int fd = -1;
	ssize_t n = -1;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, out, size - 1);
	out[n < 0 ? 0 : n] = '\0';
}

struct record session_record(const struct session *s, uint32_t ifindex,
			     const struct binding *b, bool active)
{
	struct record r = {
		.ifindex = ifindex,
		.owner = (uint32_t)getuid(),
		.since = time(NULL),
		.active = active,
		.no_link = s->options->no_link,
		.binding = *b,
	};

	read_boot_id(r.boot_id, sizeof(r.boot_id));
	return r;
}

struct backend_tap session_identity(uint32_t ifindex, const struct binding *b)
{
	struct backend_tap id = {
		.ifindex = ifindex,
		.owner = (uint32_t)getuid(),
		.digest = binding_digest(b),
	};

	memcpy(id.uuid, b->uuid, sizeof(id.uuid));
	return id;
}

int session_reconnect(struct session *s)
{
	if (s->be)
		s->ops->close(s->be);
	s->be = NULL;
	return s->ops->open(&s->be);
}

int session_put_back(struct session *s, const struct binding *b,
		     const struct record *old,
		     const struct backend_tap *installed)
{
	bool known = old && binding_digest(&old->binding) == installed->digest;
	struct backend_tap now = { 0 };
	int rc;

	rc = session_reconnect(s);
	/* Refused as a whole: they stand, and their counters are kept. */
	if (rc == 0 && binding_digest(b) != installed->digest &&
	    s->ops->query(s->be, b->tap, &now) == 0 &&
	    now.digest == installed->digest)
		return 0;
	if (!known) {
		log_err("%s: no record of the old rules, so they cannot be put back",
			b->tap);
		return -ENOENT;
	}
	if (rc == 0)
		rc = s->ops->apply(s->be, &old->binding, installed);
	if (rc < 0)
		log_err("%s: the old rules could not be put back", b->tap);
	return rc;
}
