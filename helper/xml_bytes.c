// SPDX-License-Identifier: GPL-2.0-or-later
/* What libxml2 is given at all: UTF-8 without NUL, of limited size */
#include "log.h"
#include "xml_parts.h"

/* Bytes of the UTF-8 sequence at @s, 0 when it is none (RFC 3629, 4). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	size_t n, i;

	n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || n > left)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

int xml_check_bytes(const char *file, const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;
	unsigned int line = 1;
	size_t i = 0, k, n;

	if (len > XML_MAX_SIZE)
		return log_at(file, 0, "larger than %d bytes", XML_MAX_SIZE);
	if (!len)
		return log_at(file, 0, "empty");
	while (i < len) {
		n = s[i] && s[i] < 0x80 ? 1 : utf8_length(s + i, len - i);
		if (!n)
			break;
		i += n;
	}
	if (i == len)
		return 0;
	for (k = 0; k < i; k++)
		line += s[k] == '\n';
	return log_at(file, line,
		      "byte 0x%02x at offset %zu: the file must be UTF-8 text "
		      "without NUL",
		      s[i], i);
}
