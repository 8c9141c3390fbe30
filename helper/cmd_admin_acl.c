// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter acl explain: which section of the access list decides, and why */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "admin.h"
#include "log.h"
#include "users.h"
#include "util.h"

#define NAME_SIZE 256
#define DIGITS "0123456789"
#define MAX_UID 0xfffffffeU /* (uid_t)-1 is nobody */

/* The caller that is asked about, as he would be after a login */
struct person {
	char name[NAME_SIZE]; /* empty if passwd has none */
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t n_groups;
};

static void person_free(struct person *p)
{
	free(p->groups);
}

/* Digits only are a number, also where somebody is called like that; so they
 * must be one. */
static bool user_ok(const char *text)
{
	uint64_t uid;

	return text[strspn(text, DIGITS)] ||
	       util_parse_uint(text, 0, MAX_UID, &uid);
}

/* Somebody can be called "1001": say which of the two this is. */
static int warn_of_name(const char *text, uid_t uid)
{
	uid_t other;
	gid_t gid;
	int rc = users_uid(text, &other, &gid);

	if (rc == 0 && other != uid)
		log_note(
			"\"%s\" is taken as a number; the user of that name has uid %u",
			text, other);
	return rc == -ENOENT ? 0 : rc;
}

static int find_uid(uid_t uid, struct person *p)
{
	int rc = users_name(uid, p->name, sizeof(p->name), &p->gid);

	p->uid = uid;
	if (rc != -ENOENT)
		return rc;
	p->gid = (gid_t)-1; /* matches no section */
	log_note("uid %u has no name in " USERS_PASSWD
		 ": its groups are not known",
		 uid);
	return 0;
}

static int find_name(const char *name, struct person *p)
{
	int rc = users_uid(name, &p->uid, &p->gid);

	if (rc == -ENOENT) {
		log_err("there is no user \"%s\" in " USERS_PASSWD, name);
		return rc;
	}
	if (rc < 0)
		return rc;
	if (strlen(name) >= sizeof(p->name)) {
		log_err("the name of uid %u is too long", p->uid);
		return -ENAMETOOLONG;
	}
	memcpy(p->name, name, strlen(name) + 1);
	return 0;
}

static int find_person(const char *text, struct person *p)
{
	uint64_t uid;
	int rc;

	if (!text[strspn(text, DIGITS)] &&
	    util_parse_uint(text, 0, MAX_UID, &uid)) {
		rc = find_uid((uid_t)uid, p);
		if (rc == 0)
			rc = warn_of_name(text, (uid_t)uid);
	} else {
		rc = find_name(text, p);
	}
	if (rc < 0 || !p->name[0])
		return rc;
	return users_groups(p->name, p->gid, &p->groups, &p->n_groups);
}

static void print_section(const struct acl_section *s)
{
	printf("[%s %s] (%s:%u)", acl_kind(s), s->label, admin_conf_file(),
	       s->line);
}

static void print_list(const struct acl_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		printf("%s%s", i ? ", " : "", list->names[i]);
}

static void print_allowed(const struct acl_section *s,
			  const struct acl_request *r)
{
	const char *proof = "owner and fd";

	if (s->require == ACL_REQUIRE_OWNER)
		proof = "owner";
	else if (s->require == ACL_REQUIRE_FD)
		proof = "fd";
	printf("allowed by ");
	print_section(s);
	printf(": require %s", proof);
	if (s->max_active)
		printf(", at most %u active tap%s", s->max_active,
		       s->max_active == 1 ? "" : "s");
	printf("\n");
	if (*r->bridge)
		return;
	printf("asked without a bridge; the section allows ");
	if (s->bridge.n)
		print_list(&s->bridge);
	else
		printf("none");
	printf("\n");
}

static void print_outside(const char *key, const char *name,
			  const struct acl_list *list)
{
	printf("%s \"%s\" is not in \"", key, name);
	print_list(list);
	printf("\"");
}

static void print_op_outside(const struct acl_section *s, enum acl_op wanted)
{
	const char *comma = "";
	unsigned int op;

	printf("op \"%s\" is not in \"", acl_op_name(wanted));
	for (op = 0; op < ACL_N_OPS; op++) {
		if (!(s->ops & 1U << op))
			continue;
		printf("%s%s", comma, acl_op_name((enum acl_op)op));
		comma = ", ";
	}
	printf("\"");
}

/* The first key that an [acl] of the caller fails at; false if not his */
static bool print_mismatch(const struct acl_section *s,
			   const struct acl_request *r)
{
	enum acl_key key = acl_mismatch(s, r);

	if (key == ACL_KEY_WHO)
		return false;
	print_section(s);
	printf(": ");
	if (key == ACL_KEY_OP)
		print_op_outside(s, r->op);
	else if (key == ACL_KEY_DOMAIN)
		print_outside("domain", r->domain, &s->domain);
	else if (key == ACL_KEY_TAP)
		print_outside("tap", r->tap, &s->tap);
	else if (s->bridge.n)
		print_outside("bridge", r->bridge, &s->bridge);
	else
		printf("bridge \"%s\": the section allows none", r->bridge);
	printf("\n");
	return true;
}

static void print_denied(const struct conf *c, const struct acl_request *r,
			 const struct person *p)
{
	bool any = false;
	size_t i;

	printf("denied: no [acl] section matches\n");
	for (i = 0; i < c->n_acl; i++) {
		if (!c->acl[i].deny && print_mismatch(&c->acl[i], r))
			any = true;
	}
	if (any)
		return;
	printf("no [acl] section is for uid %u", p->uid);
	if (p->name[0])
		printf(" (%s)", p->name);
	printf(" or a group of it\n");
}

static int explain(const char *user, struct acl_request *r)
{
	_cleanup_(conf_free) struct conf c = { 0 };
	_cleanup_(person_free) struct person p = { 0 };
	const struct acl_section *s;
	bool allowed;

	if (find_person(user, &p) < 0 || admin_load_conf(&c) < 0)
		return EXIT_FAILURE;
	if (p.uid == 0) {
		printf("allowed: root is not subject to the ACL\n");
		return EXIT_SUCCESS;
	}
	r->uid = p.uid;
	r->gid = p.gid;
	r->groups = p.groups;
	r->ngroups = p.n_groups;
	s = acl_decide(&c, r, &allowed);
	if (allowed) {
		print_allowed(s, r);
		return EXIT_SUCCESS;
	}
	if (s) {
		printf("denied by ");
		print_section(s);
		printf("\n");
	} else {
		print_denied(&c, r, &p);
	}
	return EXIT_DENIED;
}

int cmd_acl(int argc, char **argv)
{
	static const char bridge[] = "--bridge=";
	struct acl_request r = { .bridge = "" };
	const char *words[5];
	int i, n = 0;

	for (i = 1; i < argc; i++) {
		if (strncmp(argv[i], bridge, strlen(bridge)) == 0 && !*r.bridge)
			r.bridge = argv[i] + strlen(bridge);
		else if (argv[i][0] != '-' && n < (int)ARRAY_SIZE(words))
			words[n++] = argv[i];
		else
			return admin_usage(argv[0], "\"%s\" is not understood",
					   argv[i]);
		if (argv[i][0] == '-' && !util_tap_name_ok(r.bridge))
			return admin_usage(argv[0],
					   "\"%s\" cannot be a bridge's name",
					   r.bridge);
	}
	if (n != (int)ARRAY_SIZE(words) || strcmp(words[0], "explain") != 0)
		return admin_usage(argv[0],
				   "it takes explain USER OP TAP DOMAIN");
	if (!user_ok(words[1]))
		return admin_usage(
			argv[0],
			"\"%s\" is not the number of a user, 0 to 4294967294",
			words[1]);
	if (!acl_op_parse(words[2], &r.op))
		return admin_usage(
			argv[0],
			"\"%s\" is not one of up, down, reload, bridge",
			words[2]);
	if (!util_tap_name_ok(words[3]))
		return admin_usage(argv[0], "\"%s\" cannot be a tap's name",
				   words[3]);
	if (!*words[4])
		return admin_usage(argv[0], "a domain has a name");
	r.tap = words[3];
	r.domain = words[4];
	return explain(words[1], &r);
}
