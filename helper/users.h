/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_USERS_H
#define TF_USERS_H

#include <stddef.h>
#include <sys/types.h>

#include "util.h"

/*
 * Names and numbers of users and groups, from /etc/passwd and /etc/group and
 * nowhere else: the name service switch loads libraries and asks servers, and a
 * server that is down must not decide who somebody is.
 *
 * All of these return 0, -ENOENT (not reported) for what the file does not
 * have, or another negative errno, reported: a file that is missing or cannot
 * be read is never taken for one without the name.
 */

#define USERS_PASSWD "/etc/passwd"
#define USERS_GROUP "/etc/group"

/**
 * users_uid() - Number of a user
 * @uid:	Receives it
 * @gid:	Receives the number of the primary group
 *
 * A name is a name, also when it is made of digits.
 */
int users_uid(const char *name, uid_t *uid, gid_t *gid) _must_check_;

/**
 * users_gid() - Number of a group
 * @gid:	Receives it
 */
int users_gid(const char *name, gid_t *gid) _must_check_;

/**
 * users_groups() - The groups that a user gets at login
 * @name:	Name of the user
 * @gid:	Primary group
 * @list:	Receives @gid and the groups with @name as a member, each once;
 *		owned by the caller
 * @n:		Receives their number
 */
int users_groups(const char *name, gid_t gid, gid_t **list,
		 size_t *n) _must_check_;

/**
 * users_name() - First name with that number
 * @uid:	Number of the user
 * @name:	Receives the name; one that does not fit is an error
 * @size:	Bytes of @name
 * @gid:	Receives the number of the primary group
 */
int users_name(uid_t uid, char *name, size_t size, gid_t *gid) _must_check_;

/* The same with another file, for tests */
int users_uid_in(const char *passwd, const char *name, uid_t *uid,
		 gid_t *gid) _must_check_;
int users_gid_in(const char *group, const char *name, gid_t *gid) _must_check_;
int users_groups_in(const char *group, const char *name, gid_t gid,
		    gid_t **list, size_t *n) _must_check_;
int users_name_in(const char *passwd, uid_t uid, char *name, size_t size,
		  gid_t *gid) _must_check_;

#endif /* TF_USERS_H */
