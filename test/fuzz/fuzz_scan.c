// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers, names and addresses as somebody writes them.  The first byte says
 * which grammar the rest is given to; what is accepted is judged by other
 * means than those of the scanner.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filterpool_draft.h"
#include "profile.h"
#include "rule.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_uint(const char *text)
{
	char again[32];
	uint64_t n, other;

	if (!util_parse_uint(text, 0, UINT64_MAX, &n)) {
		/* no number of this kind is forgotten */
		n = strtoull(text, NULL, 10);
		snprintf(again, sizeof(again), "%llu", (unsigned long long)n);
		if (strcmp(again, text) == 0)
			abort();
		return;
	}
	if (strncmp(text, "0x", 2) == 0) {
		if (strspn(text + 2, "0123456789abcdefABCDEF") !=
			    strlen(text + 2) ||
		    n != strtoull(text, NULL, 16))
			abort();
	} else {
		snprintf(again, sizeof(again), "%llu", (unsigned long long)n);
		if (strcmp(again, text) != 0)
			abort();
	}
	if (!util_parse_uint(text, n, n, &other) || other != n)
		abort();
	if (n && util_parse_uint(text, 0, n - 1, &other))
		abort();
}

static void check_names(const char *text)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789_.-";
	size_t len = strlen(text), i;
	bool ok = len && strspn(text, chars) == len && !strchr("_.-", *text);

	if (util_tap_name_ok(text) != (ok && len <= 15))
		abort();
	if (util_profile_name_ok(text) !=
	    (ok && len <= 48 && !strstr(text, "..")))
		abort();
	if (!util_domain_name_ok(text)) {
		if (ok && len <= UTIL_DOMAIN_NAME_MAX)
			abort();
		return;
	}
	if (!len || len > UTIL_DOMAIN_NAME_MAX || strchr(text, '/'))
		abort();
	for (i = 0; i < len; i++)
		if (iscntrl((unsigned char)text[i]))
			abort();
}

static void check_param(const char *text)
{
	char back[PARAM_TEXT_MAX], *param = NULL, *again = NULL;
	const char *fault;

	if (param_name_ok(text, &fault)) {
		param_placeholder(text, back);
		if (!param_is_placeholder(back))
			abort();
	}
	if (!param_is_placeholder(text))
		return;
	if (param_of_placeholder(text, &param)) {
		if (param)
			abort();
		return;
	}
	param_placeholder(param, back);
	if (strcmp(back, text) != 0 || param_of_placeholder(back, &again) ||
	    strcmp(param, again) != 0)
		abort();
	free(param);
	free(again);
}

static void check_field(const struct field *f, const char *text)
{
	uint8_t value[FIELD_MAX_BYTES], again[FIELD_MAX_BYTES];
	char out[FIELD_TEXT_MAX];

	if (!field_parse(f, text, value))
		return;
	field_format(f, value, out);
	if (!field_parse(f, out, again) ||
	    memcmp(value, again, sizeof(value)) != 0)
		abort();
}

/* What a profile accepts as a value fits the field that it is for. */
static void check_value(const struct value_type *type, enum field_id id,
			const char *text)
{
	const struct field *f = field_get(id);
	size_t bytes = field_bytes(f), i;
	struct value v;

	if (value_parse(type, f, text, &v))
		return;
	for (i = bytes; i < FIELD_MAX_BYTES; i++)
		if (v.lo[i] || v.hi[i])
			abort();
	if (f->width % 8 && (v.lo[0] | v.hi[0]) >> f->width % 8)
		abort();
	for (i = 0; i < bytes; i++)
		if (v.lo[i] & ~v.hi[i])
			abort();
	if (!value_listed(&v, 1, &v))
		abort();
}

static void check_leaf(unsigned int leaf, const char *text)
{
	const struct leaf_row *l = &filterpool_leaves[leaf];

	if (l->type && field_get(l->field))
		check_value(l->type, l->field, text);
	check_value(&filterpool_address4, FIELD_IP_SRC, text);
	check_value(&filterpool_address6, FIELD_IP6_SRC, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	check_uint(text);
	check_names(text);
	check_param(text);
	check_field(field_get(1 + data[0] % (FIELD_COUNT - 1)), text);
	check_leaf(data[0] % LEAF_COUNT, text);
	free(text);
	return 0;
}
