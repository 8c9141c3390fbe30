// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON by libjansson */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsonout.h"
#include "log.h"
#include "util.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD in UTF-8 */

struct jsonout {
	json_t *value;
	bool failed;
};

static struct jsonout *wrap(json_t *value)
{
	struct jsonout *j = value ? util_alloc(1, sizeof(*j)) : NULL;

	if (!j) {
		json_decref(value);
		return NULL;
	}
	j->value = value;
	return j;
}

struct jsonout *jsonout_object(void)
{
	return wrap(json_object());
}

struct jsonout *jsonout_array(void)
{
	return wrap(json_array());
}

/* Takes @value, also when it fails */
static void put(struct jsonout *to, const char *key, json_t *value)
{
	int rc;

	if (!to) {
		json_decref(value);
		return;
	}
	rc = key ? json_object_set_new(to->value, key, value) :
		   json_array_append_new(to->value, value);
	if (rc < 0)
		to->failed = true;
}

/* Byte by byte: what is no ASCII cannot be told from what is no UTF-8 here */
static json_t *replaced(const char *text)
{
	_cleanup_buf_ struct buf out = { 0 };
	int rc = 0;

	for (; rc == 0 && *text; text++)
		rc = (unsigned char)*text < 0x80 ?
			     buf_add(&out, text, 1) :
			     buf_add(&out, REPLACEMENT, strlen(REPLACEMENT));
	return rc < 0 ? NULL : json_stringn(out.data ? out.data : "", out.len);
}

void jsonout_text(struct jsonout *to, const char *key, const char *text)
{
	json_t *value;

	if (!text) {
		put(to, key, json_null());
		return;
	}
	value = json_string(text);
	put(to, key, value ? value : replaced(text));
}

void jsonout_number(struct jsonout *to, const char *key, uint64_t n)
{
	json_int_t most = (json_int_t)(UINT64_MAX >> 1);

	put(to, key, json_integer(n > UINT64_MAX >> 1 ? most : (json_int_t)n));
}

void jsonout_bool(struct jsonout *to, const char *key, bool yes)
{
	put(to, key, json_boolean(yes));
}

void jsonout_add(struct jsonout *to, const char *key, struct jsonout *value)
{
	if (to && (!value || value->failed))
		to->failed = true;
	if (value)
		put(to, key, json_incref(value->value));
	jsonout_free(value);
}

int jsonout_print(struct jsonout *value, bool line)
{
	size_t flags = line ? JSON_COMPACT : JSON_INDENT(2);
	int rc = 0;

	if (!value || value->failed)
		rc = log_errno(ENOMEM, "cannot print JSON");
	else if (json_dumpf(value->value, stdout, flags) < 0 ||
		 putchar('\n') == EOF)
		rc = log_errno(EIO, "cannot print JSON");
	jsonout_free(value);
	return rc;
}

void jsonout_free(struct jsonout *value)
{
	if (!value)
		return;
	json_decref(value->value);
	free(value);
}
