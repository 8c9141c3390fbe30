// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decisions of the access control list
 *
 * Every comparison is of whole names.  The one pattern is "#" at the end of a
 * tap's name, and it stands for digits only, so that a grant of "al-#" never
 * reaches a tap that somebody named "al-x" or "al-1.evil".
 */
#include <string.h>

#include "acl.h"
#include "conf.h"
#include "util.h"

#define MAX_DIGITS 5

static const char *const op_names[ACL_N_OPS] = {
	[ACL_UP] = "up",
	[ACL_DOWN] = "down",
	[ACL_RELOAD] = "reload",
	[ACL_BRIDGE] = "bridge",
};

const char *acl_kind(const struct acl_section *s)
{
	return s->deny ? "deny" : "acl";
}

const char *acl_op_name(enum acl_op op)
{
	return op_names[op];
}

bool acl_op_parse(const char *name, enum acl_op *op)
{
	unsigned int i;

	for (i = 0; i < ACL_N_OPS; i++) {
		if (strcmp(op_names[i], name) == 0) {
			*op = (enum acl_op)i;
			return true;
		}
	}
	return false;
}

static bool same_name(const char *listed, const char *name)
{
	return strcmp(listed, name) == 0;
}

static bool same_tap(const char *listed, const char *tap)
{
	size_t n = strlen(listed), digits;

	if (n == 0 || listed[n - 1] != '#')
		return strcmp(listed, tap) == 0;
	if (strncmp(listed, tap, n - 1) != 0)
		return false;
	tap += n - 1;
	digits = strspn(tap, "0123456789");
	return digits >= 1 && digits <= MAX_DIGITS && !tap[digits];
}

static bool in_list(const struct acl_list *list, const char *name,
		    bool (*same)(const char *listed, const char *name))
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (same(list->names[i], name))
			return true;
	}
	return false;
}

static bool who_matches(const struct acl_section *s,
			const struct acl_request *r)
{
	size_t i;

	if (s->who == ACL_ANYBODY)
		return s->deny;
	if (s->who == ACL_USER)
		return r->uid == s->id;
	if (r->gid == s->id)
		return true;
	for (i = 0; i < r->ngroups; i++) {
		if (r->groups[i] == s->id)
			return true;
	}
	return false;
}

/* A key that a [deny] does not have is met by everything, one that an [acl]
 * does not have by nothing: whoever forgets a key closes, never opens. */
static bool name_matches(const struct acl_section *s,
			 const struct acl_list *list, const char *name,
			 bool (*same)(const char *listed, const char *name))
{
	if (s->deny && list->n == 0)
		return true;
	if (!name)
		return !s->deny;
	return in_list(list, name, same);
}

static bool tap_matches(const struct acl_section *s, const char *tap)
{
	/* "#" must not make up a name that is longer than one can be */
	if (tap && s->tap.n && !util_tap_name_ok(tap))
		return false;
	return name_matches(s, &s->tap, tap, same_tap);
}

static bool bridge_matches(const struct acl_section *s, const char *bridge)
{
	if (!s->deny && bridge && !*bridge)
		return true;
	return name_matches(s, &s->bridge, bridge, same_name);
}

enum acl_key acl_mismatch(const struct acl_section *s,
			  const struct acl_request *r)
{
	if (!who_matches(s, r))
		return ACL_KEY_WHO;
	if (!(s->ops & 1U << r->op))
		return ACL_KEY_OP;
	if (!name_matches(s, &s->domain, r->domain, same_name))
		return ACL_KEY_DOMAIN;
	if (!tap_matches(s, r->tap))
		return ACL_KEY_TAP;
	if (!bridge_matches(s, r->bridge))
		return ACL_KEY_BRIDGE;
	return ACL_KEY_NONE;
}

static const struct acl_section *
first_match(const struct conf *c, const struct acl_request *r, bool deny)
{
	size_t i;

	for (i = 0; i < c->n_acl; i++) {
		if (c->acl[i].deny == deny &&
		    acl_mismatch(&c->acl[i], r) == ACL_KEY_NONE)
			return &c->acl[i];
	}
	return NULL;
}

const struct acl_section *acl_decide(const struct conf *c,
				     const struct acl_request *r, bool *allowed)
{
	const struct acl_section *s = first_match(c, r, true);

	*allowed = false;
	if (s)
		return s;
	s = first_match(c, r, false);
	*allowed = s != NULL;
	return s;
}

void acl_list_free(struct acl_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct acl_list){ 0 };
}

void acl_section_free(struct acl_section *s)
{
	free(s->label);
	acl_list_free(&s->domain);
	acl_list_free(&s->tap);
	acl_list_free(&s->bridge);
	*s = (struct acl_section){ 0 };
}
