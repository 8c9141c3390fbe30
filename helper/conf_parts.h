/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_CONF_PARTS_H
#define TF_CONF_PARTS_H

/* What the files of the configuration's parser share; nobody else's. */

#include <stddef.h>

#include "conf.h"

#define CONF_SECTION "tapfilter"
#define CONF_MAX_LINE 190 /* libinih's buffer holds 199 */
#define CONF_MAX_NAME 48 /* libinih cuts at 49 */
#define CONF_MAX_KEYS 10 /* of one kind of section */
#define CONF_LETTERS                 \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789"

/**
 * struct conf_reader - The file on its way through libinih
 * @name:	For messages
 * @line:	Of the line handed out last
 * @section:	The section [acl] or [deny] of that line
 * @seen:	Line of each key of [tapfilter], 0 for none
 * @seen_acl:	The same for @section
 * @error:	Of the first failure; nothing is taken after it
 */
struct conf_reader {
	const char *name;
	const char *text;
	size_t len;
	size_t pos;
	unsigned int line;
	struct conf *conf;
	struct acl_section *section;
	unsigned int seen[CONF_MAX_KEYS];
	unsigned int seen_acl[CONF_MAX_KEYS];
	int error;
};

/** conf_bad_value() - Report a value; returns -EINVAL */
int conf_bad_value(const struct conf_reader *r, const char *key,
		   const char *value, const char *right);

/**
 * conf_lint() - Refuse all that libinih would misread
 * @c:	Receives an empty section for each [acl LABEL] and [deny LABEL]
 *
 * Return: 0 or negative errno, reported
 */
int conf_lint(const char *name, const char *text, size_t len, struct conf *c);

/**
 * conf_acl_take() - Take a key of a section [acl LABEL] or [deny LABEL]
 * @section:	Name of the section, without brackets
 *
 * Return: 0 or negative errno, reported
 */
int conf_acl_take(struct conf_reader *r, const char *section, const char *key,
		  const char *value);

/**
 * conf_acl_finish() - After the last key: do the sections have what they need?
 *
 * Return: 0 or negative errno, reported
 */
int conf_acl_finish(const char *name, struct conf *c);

#endif /* TF_CONF_PARTS_H */
