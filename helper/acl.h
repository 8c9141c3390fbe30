/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ACL_H
#define TF_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util.h"

struct conf;

/*
 * The access control list: who but root may do what to which tap, as which
 * domain, on which bridge.  Its sections stand in tapfilter.conf; root is not
 * subject to them.
 */

enum acl_op { ACL_UP, ACL_DOWN, ACL_RELOAD, ACL_BRIDGE };

#define ACL_N_OPS 4
#define ACL_ALL_OPS ((1U << ACL_N_OPS) - 1)

/** enum acl_who - What the id of a section is */
enum acl_who { ACL_ANYBODY, ACL_USER, ACL_GROUP };

/* What a caller must prove, bits */
#define ACL_REQUIRE_OWNER 1U /* the tap belongs to the caller's uid */
#define ACL_REQUIRE_FD 2U /* the caller has a descriptor of the tap */

/**
 * struct acl_list - The names of one key; n is 0 only if the key is absent
 */
struct acl_list {
	char **names;
	size_t n;
};

/**
 * struct acl_section - One section [acl LABEL] or [deny LABEL]
 * @label:	LABEL, unique among all sections
 * @line:	Where it begins
 * @deny:	It is a [deny]
 * @who:	Whom it is about; ACL_ANYBODY only in a [deny]
 * @id:		Uid or gid, never uid 0
 * @ops:	Bits 1 << enum acl_op, at least one
 * @domain:	Exact names; absent only in a [deny]
 * @tap:	Exact names, or a beginning and "#"; absent only in a [deny]
 * @bridge:	Exact names; an [acl] without it allows no bridge
 * @max_active:	Most taps that may be up by this section at a time, 0 for no
 *		limit; 0 in a [deny]
 * @require:	ACL_REQUIRE_ bits, at least one; 0 in a [deny]
 */
struct acl_section {
	char *label;
	unsigned int line;
	bool deny;
	enum acl_who who;
	id_t id;
	unsigned int ops;
	struct acl_list domain;
	struct acl_list tap;
	struct acl_list bridge;
	unsigned int max_active;
	unsigned int require;
};

/**
 * struct acl_request - What a caller wants
 * @uid:	Real user
 * @gid:	Real group
 * @groups:	@ngroups supplementary groups
 * @op:		What is to be done
 * @tap:	Name of the tap, NULL while it is not known
 * @domain:	Name of the domain, NULL while it is not known
 * @bridge:	Name of the bridge, "" for none, NULL while it is not known
 */
struct acl_request {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t ngroups;
	enum acl_op op;
	const char *tap;
	const char *domain;
	const char *bridge;
};

/** enum acl_key - The first key of a section that a request does not meet */
enum acl_key {
	ACL_KEY_NONE, /* it meets all of them */
	ACL_KEY_WHO,
	ACL_KEY_OP,
	ACL_KEY_DOMAIN,
	ACL_KEY_TAP,
	ACL_KEY_BRIDGE,
};

/**
 * acl_mismatch() - Hold a request against one section
 *
 * All keys of a section must match.  What is not known yet matches in an
 * [acl], and does not match a key of a [deny].
 */
enum acl_key acl_mismatch(const struct acl_section *s,
			  const struct acl_request *r);

/**
 * acl_decide() - May a caller do that?
 * @c:		Configuration
 * @r:		What is wanted; never of uid 0, which the list is not for
 * @allowed:	Receives the answer
 *
 * A [deny] that matches wins, wherever it stands; else the first [acl] that
 * matches allows, and its max_active and require bind.  With something not
 * known yet the answer is "no" only if it will stay so: ask again when all is
 * known.
 *
 * Return: the section that decides, owned by @c, or NULL when none matches
 * (not allowed)
 */
const struct acl_section *acl_decide(const struct conf *c,
				     const struct acl_request *r,
				     bool *allowed) _must_check_;

/** acl_kind() - The word that begins a section: "acl" or "deny" */
const char *acl_kind(const struct acl_section *s);

/** acl_op_name() - The word for an operation */
const char *acl_op_name(enum acl_op op);

/**
 * acl_op_parse() - The operation of that name
 *
 * Return: true and @op, or false if there is none
 */
bool acl_op_parse(const char *name, enum acl_op *op) _must_check_;

/** acl_list_free() - Release the names and leave an empty list */
void acl_list_free(struct acl_list *list);

/** acl_section_free() - Release what a section owns, not the section */
void acl_section_free(struct acl_section *s);

#endif /* TF_ACL_H */
