// SPDX-License-Identifier: GPL-2.0-or-later
/* What libxml2 is given at all: UTF-8 without NUL, of limited size */
#include "log.h"
#include "util.h"
#include "xml_parts.h"

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
		n = util_utf8_length(s + i, len - i);
		if (!n || !s[i])
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
