// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter.conf
 *
 * libinih 55 hands out half of a long line as a line of its own, cuts section
 * names, joins indented lines to the key above, loses what follows a NUL, goes
 * on after an error and takes a directory for an empty file.  So the text is
 * read here and checked first (conf_lint.c), and libinih sees only lines on
 * which there is nothing left to misread.
 */
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>

#include "acl.h"
#include "conf.h"
#include "conf_parts.h"
#include "log.h"
#include "rule.h"
#include "util.h"

#define CONF_MAX_SIZE (64 * 1024)
#define CONF_MAX_DIRS 16

struct key {
	const char *name;
	int (*set)(struct conf_reader *r, const char *value);
};

int conf_bad_value(const struct conf_reader *r, const char *key,
		   const char *value, const char *right)
{
	return log_at(r->name, r->line, "%s = \"%s\": must be %s", key, value,
		      right);
}

static int set_string(char **slot, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return log_errno(ENOMEM, "cannot keep a setting");
	free(*slot);
	*slot = copy;
	return 0;
}

static int add_dir(struct conf *c, const char *path, size_t len)
{
	char **slot =
		util_grow(&c->template_path, c->n_template_path, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	*slot = strndup(path, len);
	if (!*slot)
		return log_errno(ENOMEM, "cannot keep a setting");
	c->n_template_path++;
	return 0;
}

static void free_acl(struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_acl; i++)
		acl_section_free(&c->acl[i]);
	free(c->acl);
}

static void free_dirs(struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_template_path; i++)
		free(c->template_path[i]);
	free(c->template_path);
	c->template_path = NULL;
	c->n_template_path = 0;
}

static int split_path(struct conf *c, const char *value, bool *ok)
{
	const char *p = value, *end;
	int rc = 0;

	free_dirs(c);
	*ok = false;
	for (;;) {
		end = strchrnul(p, ':');
		if (*p != '/' || c->n_template_path == CONF_MAX_DIRS)
			return 0;
		rc = add_dir(c, p, (size_t)(end - p));
		if (rc < 0)
			return rc;
		if (!*end)
			break;
		p = end + 1;
	}
	*ok = true;
	return 0;
}

static int set_template_path(struct conf_reader *r, const char *value)
{
	bool ok;
	int rc = split_path(r->conf, value, &ok);

	if (rc < 0 || ok)
		return rc;
	return conf_bad_value(
		r, "template-path", value,
		"1 to 16 absolute paths with colons between them");
}

static int set_dir(struct conf_reader *r, const char *key, const char *value,
		   char **slot)
{
	if (value[0] != '/')
		return conf_bad_value(r, key, value, "an absolute path");
	return set_string(slot, value);
}

static int set_domain_dir(struct conf_reader *r, const char *value)
{
	return set_dir(r, "domain-dir", value, &r->conf->domain_dir);
}

static int set_state_dir(struct conf_reader *r, const char *value)
{
	return set_dir(r, "state-dir", value, &r->conf->state_dir);
}

static int set_backend(struct conf_reader *r, const char *value)
{
	if (strcmp(value, "auto") != 0 && strcmp(value, "nft") != 0 &&
	    strcmp(value, "xtables") != 0)
		return conf_bad_value(r, "backend", value,
				      "auto, nft or xtables");
	return set_string(&r->conf->backend, value);
}

/* Kept with one blank between two names */
static int set_default_profiles(struct conf_reader *r, const char *value)
{
	_cleanup_buf_ struct buf all = { 0 };
	size_t n;
	int rc = buf_add(&all, "", 0);

	for (; rc == 0; value += n) {
		_cleanup_free_ char *name = NULL;

		value += strspn(value, " \t");
		n = strcspn(value, " \t");
		if (n == 0)
			return set_string(&r->conf->default_profiles, all.data);
		name = strndup(value, n);
		if (!name)
			return log_errno(ENOMEM, "cannot keep a setting");
		if (!util_profile_name_ok(name))
			return log_at(
				r->name, r->line,
				"default-profiles: \"%s\" is not the name of a profile (1 to 48 letters, digits and _.-)",
				name);
		rc = buf_printf(&all, "%s%s", all.len ? " " : "", name);
	}
	return rc;
}

static int set_max_rules(struct conf_reader *r, const char *value)
{
	uint64_t n;

	if (!util_parse_uint(value, 1, BINDING_MAX_RULES, &n))
		return conf_bad_value(r, "max-rules", value,
				      "a number from 1 to 65535");
	r->conf->max_rules = (unsigned int)n;
	return 0;
}

static int set_honour_filterref(struct conf_reader *r, const char *value)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		return conf_bad_value(r, "honour-filterref", value,
				      "yes or no");
	r->conf->honour_filterref = yes;
	return 0;
}

static int set_state_marks(struct conf_reader *r, const char *value)
{
	uint64_t n;

	/* four bits: fifteen times the lowest of them */
	if (!util_parse_uint(value, 15, UINT32_MAX, &n) || n != 15 * (n & -n))
		return conf_bad_value(
			r, "state-marks", value,
			"four bits side by side, such as 0x0f000000");
	r->conf->state_marks = (uint32_t)n;
	return 0;
}

static int set_state_connections(struct conf_reader *r, const char *value)
{
	uint64_t n;

	if (!util_parse_uint(value, 1, 1000000, &n))
		return conf_bad_value(r, "state-connections", value,
				      "a number from 1 to 1000000");
	r->conf->state_connections = (uint32_t)n;
	return 0;
}

static int set_bridge_netfilter(struct conf_reader *r, const char *value)
{
	bool on = strcmp(value, "on") == 0;

	if (!on && strcmp(value, "keep") != 0)
		return conf_bad_value(r, "bridge-netfilter", value,
				      "keep or on");
	r->conf->bridge_netfilter = on;
	return 0;
}

static const struct key keys[] = {
	{ "template-path", set_template_path },
	{ "domain-dir", set_domain_dir },
	{ "state-dir", set_state_dir },
	{ "backend", set_backend },
	{ "default-profiles", set_default_profiles },
	{ "max-rules", set_max_rules },
	{ "honour-filterref", set_honour_filterref },
	{ "state-marks", set_state_marks },
	{ "state-connections", set_state_connections },
	{ "bridge-netfilter", set_bridge_netfilter },
};

_Static_assert(ARRAY_SIZE(keys) <= CONF_MAX_KEYS, "seen is too short");

static int take(struct conf_reader *r, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			break;
	if (i == ARRAY_SIZE(keys))
		return log_at(r->name, r->line, "unknown key \"%s\"", name);
	if (r->seen[i])
		return log_at(r->name, r->line,
			      "\"%s\" is set twice, first on line %u", name,
			      r->seen[i]);
	r->seen[i] = r->line;
	return keys[i].set(r, value);
}

/* Called by libinih for each "key = value", also after a failure. */
static int handle(void *user, const char *section, const char *name,
		  const char *value)
{
	struct conf_reader *r = user;

	if (r->error < 0)
		return 0;
	if (!name)
		r->error = log_at(r->name, r->line, "not understood");
	else if (strcmp(section, CONF_SECTION) == 0)
		r->error = take(r, name, value);
	else
		r->error = conf_acl_take(r, section, name, value);
	return r->error == 0;
}

/* libinih's fgets(): NULL at the end. */
static char *next_line(char *out, int size, void *stream)
{
	struct conf_reader *r = stream;
	const char *start = r->text + r->pos, *nl;
	size_t n, left = r->len - r->pos;

	if (r->error < 0 || left == 0)
		return NULL;
	nl = memchr(start, '\n', left);
	n = nl ? (size_t)(nl - start) + 1 : left;
	if (n >= (size_t)size) {
		r->error = log_at(r->name, r->line + 1, "line too long");
		return NULL;
	}
	memcpy(out, start, n);
	out[n] = '\0';
	r->pos += n;
	r->line++;
	return out;
}

static int set_defaults(struct conf *c)
{
	bool ok;
	int rc;

	rc = split_path(c,
			"/etc/tapfilter/profiles:"
			"/usr/share/tapfilter/profiles",
			&ok);
	if (rc == 0)
		rc = set_string(&c->domain_dir, "/etc/tapfilter/domains");
	if (rc == 0)
		rc = set_string(&c->state_dir, "/run/tapfilter");
	if (rc == 0)
		rc = set_string(&c->backend, "auto");
	if (rc == 0)
		rc = set_string(&c->default_profiles, "");
	c->max_rules = 4096;
	c->state_marks = CONF_STATE_MARKS;
	c->state_connections = CONF_STATE_CONNECTIONS;
	return rc;
}

int conf_parse(const char *name, const char *text, size_t len, struct conf *c)
{
	struct conf_reader r = {
		.name = name, .text = text, .len = len, .conf = c
	};
	int rc;

	if (len > CONF_MAX_SIZE)
		return log_at(name, 0, "larger than %d bytes", CONF_MAX_SIZE);
	rc = conf_lint(name, text, len, c);
	if (rc == 0)
		rc = set_defaults(c);
	if (rc == 0) {
		rc = ini_parse_stream(next_line, &r, handle, &r);
		if (rc < 0)
			r.error = log_errno(ENOMEM, "cannot read %s", name);
		else if (rc > 0 && r.error == 0)
			r.error = log_at(name, (unsigned int)rc,
					 "not understood");
		rc = r.error;
	}
	if (rc == 0)
		rc = conf_acl_finish(name, c);
	if (rc < 0)
		conf_free(c);
	return rc;
}

int conf_load_fd(int fd, const char *name, struct conf *c)
{
	_cleanup_buf_ struct buf text = { 0 };
	int rc = util_read_all(fd, name, CONF_MAX_SIZE, 0, &text);

	if (rc < 0)
		return rc;
	return conf_parse(name, text.data ? text.data : "", text.len, c);
}

int conf_missing(const char *path)
{
	log_err("there is no configuration %s: an empty file has all defaults",
		path);
	return -ENOENT;
}

int conf_no_domains(const struct conf *c)
{
	log_err("there is no directory %s for domains: make it, or set domain-dir in the configuration",
		c->domain_dir);
	return -ENOENT;
}

int conf_load(const char *path, struct conf *c)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	/* Not to hang on a FIFO */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return conf_missing(path);
	if (fd < 0)
		return log_errno(errno, "cannot open %s", path);
	if (fstat(fd, &st) < 0)
		return log_errno(errno, "cannot look at %s", path);
	if (!S_ISREG(st.st_mode))
		return log_at(path, 0, "not a regular file");
	return conf_load_fd(fd, path, c);
}

void conf_free(struct conf *c)
{
	free_acl(c);
	free_dirs(c);
	free(c->domain_dir);
	free(c->state_dir);
	free(c->backend);
	free(c->default_profiles);
	*c = (struct conf){ 0 };
}
