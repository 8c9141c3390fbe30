// SPDX-License-Identifier: GPL-2.0-or-later
/* Values as a profile or a parameter writes them */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "profile.h"

#define TCP_FLAGS_ALL 0x3f /* URG ACK PSH RST SYN FIN */

static void put_uint(const struct field *f, uint32_t n, uint8_t *out)
{
	size_t i;

	for (i = field_bytes(f); i-- > 0; n >>= 8)
		out[i] = (uint8_t)n;
}

static void put_prefix(unsigned int prefix, uint8_t *mask)
{
	unsigned int i;

	for (i = 0; i < prefix; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

static const char *parse_number(const struct value_type *type,
				const struct field *f, const char *text,
				struct value *out)
{
	const struct value_name *name;
	uint64_t n;

	for (name = type->names; name && name->name; name++) {
		if (strcmp(name->name, text) == 0) {
			put_uint(f, name->value, out->lo);
			return NULL;
		}
	}
	if (!util_parse_uint(text, type->min, type->max, &n))
		return type->what;
	put_uint(f, (uint32_t)n, out->lo);
	return NULL;
}

/* ADDR or ADDR/PREFIX; bits beyond the prefix are somebody's mistake. */
static const char *parse_address(const struct value_type *type,
				 const struct field *f, const char *text,
				 struct value *out)
{
	const char *slash = strchr(text, '/');
	char addr[INET6_ADDRSTRLEN];
	size_t i, len = slash ? (size_t)(slash - text) : strlen(text);
	uint64_t prefix = f->width;

	if (len >= sizeof(addr))
		return type->what;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (!field_parse(f, addr, out->lo))
		return type->what;
	if (slash && !util_parse_uint(slash + 1, 0, f->width, &prefix))
		return f->width == 32 ? "must have a prefix from 0 to 32" :
					"must have a prefix from 0 to 128";
	memset(out->hi, 0, sizeof(out->hi));
	put_prefix((unsigned int)prefix, out->hi);
	for (i = 0; i < FIELD_MAX_BYTES; i++)
		if (out->lo[i] & ~out->hi[i])
			return "must have no bits set beyond its prefix";
	return NULL;
}

static bool is_contiguous(const uint8_t *mask, size_t bytes)
{
	bool ended = false;
	size_t bit;

	for (bit = 0; bit < bytes * 8; bit++) {
		if (!(mask[bit / 8] & 0x80 >> bit % 8))
			ended = true;
		else if (ended)
			return false;
	}
	return true;
}

static const char *parse_address_mask(const struct field *f, const char *text,
				      struct value *out)
{
	uint64_t prefix;

	if (strchr(text, '.')) {
		if (f->width != 32)
			return "must be a prefix length for an IPv6 address";
		if (inet_pton(AF_INET, text, out->lo) != 1)
			return "must be a dotted mask or a prefix length";
		return is_contiguous(out->lo, 4) ?
			       NULL :
			       "must have all its ones before its zeros";
	}
	if (!util_parse_uint(text, 0, f->width, &prefix))
		return f->width == 32 ?
			       "must be a dotted mask or a prefix length "
			       "from 0 to 32" :
			       "must be a prefix length from 0 to 128";
	put_prefix((unsigned int)prefix, out->lo);
	return NULL;
}

/* Read "SYN,ACK" up to @end. */
static bool parse_flag_list(const char *text, const char *end, uint8_t *out)
{
	static const char *const names[] = { "FIN", "SYN", "RST",
					     "PSH", "ACK", "URG" };
	size_t i, len;

	*out = 0;
	if ((size_t)(end - text) == 4 && memcmp(text, "NONE", 4) == 0)
		return true;
	for (; text <= end; text += len + 1) {
		for (len = 0; text + len < end && text[len] != ','; len++)
			continue;
		for (i = 0; i < ARRAY_SIZE(names); i++)
			if (len == 3 && memcmp(text, names[i], 3) == 0)
				break;
		if (i == ARRAY_SIZE(names) || *out & 1U << i)
			return false;
		*out |= (uint8_t)(1U << i);
	}
	return true;
}

static const char *parse_flags(const struct value_type *type, const char *text,
			       struct value *out)
{
	const char *slash = strchr(text, '/'), *end = text + strlen(text);

	out->hi[0] = TCP_FLAGS_ALL;
	if (!parse_flag_list(text, slash ? slash : end, &out->lo[0]))
		return type->what;
	if (!slash)
		return NULL;
	if (!parse_flag_list(slash + 1, end, &out->hi[0]) || !out->hi[0])
		return type->what;
	if (out->lo[0] & ~out->hi[0])
		return "must not have a flag set that is not looked at";
	return NULL;
}

const char *value_parse(const struct value_type *type, const struct field *f,
			const char *text, struct value *out)
{
	const char *fault = NULL;

	*out = (struct value){ 0 };
	value_full_mask(f, out);
	switch (type->kind) {
	case VALUE_NUMBER:
		return parse_number(type, f, text, out);
	case VALUE_MAC:
		return field_parse(f, text, out->lo) ? NULL : type->what;
	case VALUE_ADDRESS:
		return parse_address(type, f, text, out);
	case VALUE_TCPFLAGS:
		return parse_flags(type, text, out);
	case VALUE_MACMASK:
		if (!field_parse(f, text, out->lo))
			fault = type->what;
		break;
	case VALUE_ADDRMASK:
		fault = parse_address_mask(f, text, out);
		break;
	}
	memcpy(out->hi, out->lo, sizeof(out->hi));
	return fault;
}

bool value_listed(const struct value *list, unsigned int n,
		  const struct value *v)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (memcmp(list[i].lo, v->lo, FIELD_MAX_BYTES) == 0 &&
		    memcmp(list[i].hi, v->hi, FIELD_MAX_BYTES) == 0)
			return true;
	return false;
}

/* ---- parameters and their placeholders ---------------------------------- */

static const struct {
	const char *placeholder;
	const char *param;
} own_names[] = {
	{ "THIS_MAC", PARAM_MAC },
	{ "THIS_IP", PARAM_IP },
	{ "THIS_IPV6", PARAM_IPV6 },
	{ "THIS_LINKLOCAL", PARAM_LINKLOCAL },
};

bool param_name_ok(const char *name, const char **fault)
{
	static const char *const reserved[] = { "mac", "ip", "ipv6",
						"linklocal" };
	size_t i;

	*fault = "must be [a-z][a-z0-9_]*, at most 48 bytes";
	if (name[0] < 'a' || name[0] > 'z')
		return false;
	for (i = 0; name[i]; i++) {
		if (!((name[i] >= 'a' && name[i] <= 'z') ||
		      (name[i] >= '0' && name[i] <= '9') || name[i] == '_'))
			return false;
	}
	if (i > PARAM_NAME_MAX)
		return false;
	*fault = "is reserved: the addresses are ip_address, ipv6_address and "
		 "ipv6_linklocal, and the MAC is the interface's";
	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			return false;
	return true;
}

bool param_is_placeholder(const char *text)
{
	return strncmp(text, PARAM_PLACEHOLDER, strlen(PARAM_PLACEHOLDER)) == 0;
}

static const char *keep_name(const char *name, char **param)
{
	*param = strdup(name);
	return *param ? NULL : "finds no memory";
}

const char *param_of_placeholder(const char *text, char **param)
{
	const char *name = text + strlen(PARAM_PLACEHOLDER), *fault;
	char lower[PARAM_TEXT_MAX] = "";
	size_t i;

	*param = NULL;
	for (i = 0; i < ARRAY_SIZE(own_names); i++)
		if (strcmp(own_names[i].placeholder, text) == 0)
			return keep_name(own_names[i].param, param);
	for (i = 0; i < sizeof(lower) - 1 && name[i]; i++) {
		if (name[i] >= 'a' && name[i] <= 'z')
			return "must be THIS_ and a parameter's name in "
			       "capitals";
		lower[i] = name[i];
		if (name[i] >= 'A' && name[i] <= 'Z')
			lower[i] = (char)(name[i] - 'A' + 'a');
	}
	if (!param_name_ok(lower, &fault))
		return "must be THIS_ and a parameter's name in capitals";
	for (i = 0; i < ARRAY_SIZE(own_names); i++)
		if (strcmp(own_names[i].param, lower) == 0)
			return "must be THIS_IP, THIS_IPV6 or THIS_LINKLOCAL "
			       "for an address of the guest";
	return keep_name(lower, param);
}

void param_placeholder(const char *param, char *out)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own_names); i++) {
		if (strcmp(own_names[i].param, param) == 0) {
			snprintf(out, PARAM_TEXT_MAX, "%s",
				 own_names[i].placeholder);
			return;
		}
	}
	snprintf(out, PARAM_TEXT_MAX, PARAM_PLACEHOLDER "%s", param);
	for (i = strlen(PARAM_PLACEHOLDER); out[i]; i++)
		if (out[i] >= 'a' && out[i] <= 'z')
			out[i] = (char)(out[i] - 'a' + 'A');
}
