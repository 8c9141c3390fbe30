/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_JSONOUT_H
#define TF_JSONOUT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Output as JSON, for programs that read it.  Memory that runs short is noted
 * in the value and told by jsonout_print(), so that nobody has to ask after
 * each member; NULL is a value for which it ran short.
 */

struct jsonout; /* an object or an array */

/** jsonout_object() - A new object; jsonout_print() or jsonout_free() ends it */
struct jsonout *jsonout_object(void);

/** jsonout_array() - As jsonout_object() */
struct jsonout *jsonout_array(void);

/*
 * Members of an object have a key; items of an array have NULL for one.
 */

/** jsonout_text() - NULL is null; what is not UTF-8 becomes U+FFFD */
void jsonout_text(struct jsonout *to, const char *key, const char *text);

/** jsonout_number() - From 2^63 on it is 2^63 - 1, the largest there is */
void jsonout_number(struct jsonout *to, const char *key, uint64_t n);

/** jsonout_bool() - true or false */
void jsonout_bool(struct jsonout *to, const char *key, bool yes);

/** jsonout_add() - An object or an array, which @to owns from then on */
void jsonout_add(struct jsonout *to, const char *key, struct jsonout *value);

/**
 * jsonout_print() - Print a value to standard output and release it
 * @line:	All on one line; false: indented
 *
 * A newline follows.  Keys stand in the order in which they were added.
 *
 * Return: 0 or negative errno, reported
 */
int jsonout_print(struct jsonout *value, bool line);

/** jsonout_free() - Release; NULL is fine */
void jsonout_free(struct jsonout *value);

#endif /* TF_JSONOUT_H */
