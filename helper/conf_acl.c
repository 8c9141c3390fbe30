// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter.conf: sections [acl LABEL] and [deny LABEL]
 *
 * A grant that is understood in another way than it was meant opens something,
 * and a [deny] that never matches closes nothing.  So a word that looks like a
 * pattern, an empty list, a name that nobody has are errors here, and an [acl]
 * must say to whom, what, which domain and which tap.
 */
#include <errno.h>
#include <string.h>

#include "acl.h"
#include "conf_parts.h"
#include "log.h"
#include "users.h"
#include "util.h"

#define BLANKS " \t"
#define MAX_ID 0xfffffffeU /* (uid_t)-1 is nobody */
#define MAX_ACTIVE 65535
#define TAP_MAX_NAME 15

static int bad_root(const struct conf_reader *r, const char *key,
		    const char *value)
{
	return log_at(r->name, r->line,
		      "%s = \"%s\": root is not subject to the ACL", key,
		      value);
}

static int set_who(const struct conf_reader *r, enum acl_who who, id_t id)
{
	r->section->who = who;
	r->section->id = id;
	return 0;
}

static int parse_id(const struct conf_reader *r, const char *key,
		    const char *value, id_t *id)
{
	uint64_t n;

	if (!util_parse_uint(value, 0, MAX_ID, &n))
		return conf_bad_value(
			r, key, value,
			"a number from 0 to 4294967294; for a name there are user and group");
	*id = (id_t)n;
	return 0;
}

static int set_uid(const struct conf_reader *r, const char *value)
{
	id_t id = (id_t)-1;
	int rc = parse_id(r, "uid", value, &id);

	if (rc < 0)
		return rc;
	return id ? set_who(r, ACL_USER, id) : bad_root(r, "uid", value);
}

static int set_gid(const struct conf_reader *r, const char *value)
{
	id_t id = (id_t)-1;
	int rc = parse_id(r, "gid", value, &id);

	return rc < 0 ? rc : set_who(r, ACL_GROUP, id);
}

static int set_user(const struct conf_reader *r, const char *value)
{
	uid_t uid = (uid_t)-1;
	gid_t gid;
	int rc = users_uid(value, &uid, &gid);

	if (rc == -ENOENT)
		return log_at(r->name, r->line,
			      "user = \"%s\": no such name in " USERS_PASSWD,
			      value);
	if (rc < 0)
		return rc;
	return uid ? set_who(r, ACL_USER, uid) : bad_root(r, "user", value);
}

static int set_group(const struct conf_reader *r, const char *value)
{
	gid_t gid = (gid_t)-1;
	int rc = users_gid(value, &gid);

	if (rc == -ENOENT)
		return log_at(r->name, r->line,
			      "group = \"%s\": no such name in " USERS_GROUP,
			      value);
	return rc < 0 ? rc : set_who(r, ACL_GROUP, gid);
}

/* What the names of a list must be */
struct list_kind {
	const char *key;
	bool (*ok)(const char *name);
	const char *right;
};

static int add_name(const struct conf_reader *r, const struct list_kind *k,
		    const char *text, size_t len, struct acl_list *list)
{
	_cleanup_free_ char *name = strndup(text, len);
	char **slot;
	size_t i;

	if (!name)
		return log_errno(ENOMEM, "cannot keep a list");
	if (!k->ok(name))
		return log_at(r->name, r->line, "%s: \"%s\" is not %s", k->key,
			      name, k->right);
	for (i = 0; i < list->n; i++) {
		if (strcmp(list->names[i], name) == 0)
			return log_at(r->name, r->line,
				      "%s: \"%s\" stands there twice", k->key,
				      name);
	}
	slot = util_grow(&list->names, list->n, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = TAKE_PTR(name);
	list->n++;
	return 0;
}

/* Names with commas between them; on failure the list may have some. */
static int parse_list(const struct conf_reader *r, const struct list_kind *k,
		      const char *value, struct acl_list *list)
{
	const char *p = value, *end, *next;
	int rc;

	for (;; p = next + 1) {
		next = strchrnul(p, ',');
		p += strspn(p, BLANKS);
		for (end = next; end > p && strchr(BLANKS, end[-1]);)
			end--;
		if (end <= p)
			return log_at(
				r->name, r->line,
				"%s = \"%s\": a name is missing; commas stand between names",
				k->key, value);
		rc = add_name(r, k, p, (size_t)(end - p), list);
		if (rc < 0 || !*next)
			return rc;
	}
}

static bool op_ok(const char *name)
{
	enum acl_op op;

	return acl_op_parse(name, &op);
}

static int set_op(const struct conf_reader *r, const char *value)
{
	static const struct list_kind kind = {
		"op", op_ok, "one of up, down, reload, bridge"
	};
	_cleanup_(acl_list_free) struct acl_list list = { 0 };
	int rc = parse_list(r, &kind, value, &list);
	enum acl_op op;
	size_t i;

	for (i = 0; rc == 0 && i < list.n; i++) {
		if (acl_op_parse(list.names[i], &op))
			r->section->ops |= 1U << op;
	}
	return rc;
}

/* Narrower than a domain's name may be: no separator, and nothing that looks
 * like a pattern or a quote, for names are compared exactly. */
static bool domain_ok(const char *name)
{
	return name[strspn(name, CONF_LETTERS "_.-+:@")] == '\0';
}

static int set_domain(const struct conf_reader *r, const char *value)
{
	static const struct list_kind kind = {
		"domain", domain_ok,
		"an exact name of letters, digits and _.-+:@"
	};

	return parse_list(r, &kind, value, &r->section->domain);
}

static int set_bridge(const struct conf_reader *r, const char *value)
{
	static const struct list_kind kind = {
		"bridge", util_tap_name_ok,
		"the exact name of an interface (1 to 15 letters, digits and _.-)"
	};

	return parse_list(r, &kind, value, &r->section->bridge);
}

/* With "#" there must be room for one digit. */
static bool tap_ok(const char *name)
{
	size_t n = strlen(name);
	char beginning[TAP_MAX_NAME];

	if (n == 0 || name[n - 1] != '#')
		return util_tap_name_ok(name);
	if (n > sizeof(beginning))
		return false;
	memcpy(beginning, name, n - 1);
	beginning[n - 1] = '\0';
	return util_tap_name_ok(beginning);
}

static int set_tap(const struct conf_reader *r, const char *value)
{
	static const struct list_kind kind = {
		"tap", tap_ok,
		"the name of a tap (1 to 15 letters, digits and _.-), nor its beginning with a # at the end for 1 to 5 digits"
	};

	return parse_list(r, &kind, value, &r->section->tap);
}

static int set_max_active(const struct conf_reader *r, const char *value)
{
	uint64_t n;

	if (!util_parse_uint(value, 1, MAX_ACTIVE, &n))
		return conf_bad_value(r, "max-active", value,
				      "a number from 1 to 65535");
	r->section->max_active = (unsigned int)n;
	return 0;
}

static bool require_ok(const char *name)
{
	return strcmp(name, "owner") == 0 || strcmp(name, "fd") == 0;
}

static int set_require(const struct conf_reader *r, const char *value)
{
	static const struct list_kind kind = { "require", require_ok,
					       "one of owner, fd" };
	_cleanup_(acl_list_free) struct acl_list list = { 0 };
	int rc = parse_list(r, &kind, value, &list);
	size_t i;

	for (i = 0; rc == 0 && i < list.n; i++)
		r->section->require |= strcmp(list.names[i], "fd") == 0 ?
					       ACL_REQUIRE_FD :
					       ACL_REQUIRE_OWNER;
	return rc;
}

struct key {
	const char *name;
	int (*set)(const struct conf_reader *r, const char *value);
	bool only_acl;
};

#define N_WHO 4 /* the first of the table; a section has one of them */

static const struct key keys[] = {
	{ "uid", set_uid, false },
	{ "gid", set_gid, false },
	{ "user", set_user, false },
	{ "group", set_group, false },
	{ "op", set_op, false },
	{ "domain", set_domain, false },
	{ "bridge", set_bridge, false },
	{ "tap", set_tap, false },
	{ "max-active", set_max_active, true },
	{ "require", set_require, true },
};

_Static_assert(ARRAY_SIZE(keys) <= CONF_MAX_KEYS, "seen_acl is too short");

/* Sections come one after the other, each once: conf_lint() saw to it. */
static int find_section(struct conf_reader *r, const char *name)
{
	const char *label = strchr(name, ' ');
	struct acl_section *s;
	size_t i;

	for (i = 0; label && i < r->conf->n_acl; i++) {
		s = &r->conf->acl[i];
		if (strcmp(s->label, label + 1) != 0)
			continue;
		if (s != r->section)
			memset(r->seen_acl, 0, sizeof(r->seen_acl));
		r->section = s;
		return 0;
	}
	return log_at(r->name, r->line, "a key in no section");
}

static int check_repeat(const struct conf_reader *r, size_t i)
{
	size_t j;

	if (r->seen_acl[i])
		return log_at(r->name, r->line,
			      "\"%s\" is set twice, first on line %u",
			      keys[i].name, r->seen_acl[i]);
	for (j = 0; i < N_WHO && j < N_WHO; j++) {
		if (r->seen_acl[j])
			return log_at(
				r->name, r->line,
				"\"%s\" beside \"%s\" on line %u: a section has one of uid, gid, user, group",
				keys[i].name, keys[j].name, r->seen_acl[j]);
	}
	return 0;
}

int conf_acl_take(struct conf_reader *r, const char *section, const char *key,
		  const char *value)
{
	int rc = find_section(r, section);
	size_t i;

	if (rc < 0)
		return rc;
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].name, key) == 0)
			break;
	if (i == ARRAY_SIZE(keys))
		return log_at(r->name, r->line,
			      "unknown key \"%s\" in section [%s]", key,
			      section);
	if (keys[i].only_acl && r->section->deny)
		return log_at(r->name, r->line,
			      "\"%s\" in section [%s]: only an [acl] has it",
			      key, section);
	rc = check_repeat(r, i);
	if (rc < 0)
		return rc;
	r->seen_acl[i] = r->line;
	return keys[i].set(r, value);
}

static int lacks(const char *file, const struct acl_section *s,
		 const char *what)
{
	return log_at(file, s->line, "section [acl %s] has no %s", s->label,
		      what);
}

static int finish_acl(const char *file, struct acl_section *s)
{
	if (s->who == ACL_ANYBODY)
		return lacks(file, s, "uid, gid, user or group");
	if (!s->ops)
		return lacks(file, s, "op");
	if (!s->domain.n)
		return lacks(file, s, "domain");
	if (!s->tap.n)
		return lacks(file, s, "tap");
	if (!s->require)
		s->require = ACL_REQUIRE_OWNER;
	return 0;
}

static int finish_deny(const char *file, struct acl_section *s)
{
	if (s->who == ACL_ANYBODY && !s->ops && !s->domain.n && !s->tap.n &&
	    !s->bridge.n)
		return log_at(file, s->line,
			      "section [deny %s] has no key and would deny all",
			      s->label);
	if (!s->ops)
		s->ops = ACL_ALL_OPS;
	return 0;
}

int conf_acl_finish(const char *name, struct conf *c)
{
	struct acl_section *s;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n_acl; i++) {
		s = &c->acl[i];
		rc = s->deny ? finish_deny(name, s) : finish_acl(name, s);
	}
	return rc;
}
