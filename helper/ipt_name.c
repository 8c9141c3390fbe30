// SPDX-License-Identifier: GPL-2.0-or-later
/* What the chains of a tap are called, and what stands in them of it */
#include <linux/netfilter/xt_comment.h>
#include <stdio.h>
#include <string.h>

#include "ipt_lower.h"

#define PREFIX "tapf-"
#define IDENTITY "tapfilter "

/* "tapf-o-TAP", "tapf-o1f-TAP" */
void ipt_chain_name(enum direction dir, unsigned int index, const char *tap,
		    char name[IPT_CHAIN_SIZE])
{
	char number[9] = "";

	if (index)
		snprintf(number, sizeof(number), "%x", index);
	snprintf(name, IPT_CHAIN_SIZE, PREFIX "%c%s-%.15s",
		 dir == DIR_OUT ? 'o' : 'i', number, tap);
}

bool ipt_chain_is_of(const char *name, const char *tap)
{
	size_t len = strlen(PREFIX);

	if (strncmp(name, PREFIX, len) != 0)
		return false;
	name += len;
	if (*name != 'o' && *name != 'i')
		return false;
	for (name++; util_hex_digit(*name) >= 0; name++)
		;
	if (*name++ != '-')
		return false;
	return tap ? strcmp(name, tap) == 0 : util_tap_name_ok(name);
}

enum direction ipt_chain_direction(const char *name)
{
	return name[strlen(PREFIX)] == 'o' ? DIR_OUT : DIR_IN;
}

/* "KEY=VALUE" at *@text, which goes behind it and its blank */
static bool take(const char **text, const char *key, char *value, size_t size)
{
	size_t len = strlen(key), n;

	if (strncmp(*text, key, len) != 0)
		return false;
	*text += len;
	n = strcspn(*text, " ");
	if (n >= size)
		return false;
	memcpy(value, *text, n);
	value[n] = '\0';
	*text += n;
	*text += **text == ' ';
	return true;
}

static bool take_uint(const char **text, const char *key, const char *prefix,
		      uint64_t max, uint64_t *out)
{
	char value[32], number[40];

	if (!take(text, key, value, sizeof(value)))
		return false;
	snprintf(number, sizeof(number), "%s%s", prefix, value);
	return util_parse_uint(number, 0, max, out);
}

static bool take_uuid(const char **text, uint8_t *uuid)
{
	char value[UTIL_UUID_SIZE], again[UTIL_UUID_SIZE];
	unsigned int n = 0;
	const char *p;
	int digit;

	if (!take(text, "uuid=", value, sizeof(value)))
		return false;
	memset(uuid, 0, 16);
	for (p = value; *p && n < 32; p++) {
		digit = util_hex_digit(*p);
		if (digit < 0)
			continue;
		uuid[n / 2] = (uint8_t)(uuid[n / 2] << 4 | digit);
		n++;
	}
	util_format_uuid(uuid, again);
	return strcmp(value, again) == 0;
}

bool ipt_is_identity(const char *comment)
{
	return strncmp(comment, IDENTITY, strlen(IDENTITY)) == 0;
}

bool ipt_read_identity(const struct ipt_rules *first, struct backend_tap *out)
{
	const void *rule = ipt_next(first, NULL);
	const struct xt_comment_info *info =
		rule ? ipt_find_match(first->family, rule, "comment") : NULL;
	uint64_t ifindex, owner, digest;
	char copy[XT_MAX_COMMENT_LEN + 1] = "";
	const char *text = copy;

	if (!info)
		return false;
	memcpy(copy, info->comment, sizeof(info->comment));
	if (!ipt_is_identity(text))
		return false;
	text += strlen(IDENTITY);
	if (!take_uint(&text, "ifindex=", "", UINT32_MAX, &ifindex) ||
	    !take_uint(&text, "owner=", "", UINT32_MAX, &owner) ||
	    !take_uuid(&text, out->uuid) ||
	    !take_uint(&text, "digest=", "0x", UINT64_MAX, &digest))
		return false;
	out->ifindex = (uint32_t)ifindex;
	out->owner = (uint32_t)owner;
	out->digest = digest;
	return true;
}
