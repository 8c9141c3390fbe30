// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages that quote whatever bytes: one line, printable ASCII alone, and
 * what was printable in short ones is still there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "util.h"

#define SHORT 900 /* less than what a message may take */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static FILE *begin(char **text, size_t *len)
{
	FILE *saved = stderr;

	stderr = open_memstream(text, len);
	if (!stderr)
		abort();
	return saved;
}

static void end(FILE *saved)
{
	fclose(stderr);
	stderr = saved;
}

static size_t count_lines(const char *text, size_t len)
{
	size_t i, lines = 0;

	if (len && text[len - 1] != '\n')
		abort();
	for (i = 0; i < len; i++) {
		if (text[i] == '\n')
			lines++;
		else if (text[i] < 0x20 || text[i] > 0x7e)
			abort();
	}
	return lines;
}

/* What is no printable ASCII stands there as \xHH. */
static void check_quote(const char *line, const char *quoted)
{
	const unsigned char *p = (const unsigned char *)quoted;
	char hex[8];

	for (; *p; p++) {
		if (*p >= 0x20 && *p <= 0x7e) {
			if (*line++ != (char)*p)
				abort();
			continue;
		}
		snprintf(hex, sizeof(hex), "\\x%02X", *p);
		if (strncmp(line, hex, 4) != 0)
			abort();
		line += 4;
	}
	if (strncmp(line, "'", 1) != 0)
		abort();
}

static void one_line(int kind, const char *quoted)
{
	char *text = NULL, *at;
	FILE *saved;
	size_t len;

	saved = begin(&text, &len);
	switch (kind) {
	case 0:
		log_err("'%s'", quoted);
		break;
	case 1:
		log_at(quoted, 1, "'%s'", quoted);
		break;
	case 2:
		if (log_errno(2, "'%s'", quoted) != -2)
			abort();
		break;
	case 3:
		log_note("'%s'", quoted);
		break;
	default:
		log_public("'%s'", quoted);
		break;
	}
	end(saved);
	if (count_lines(text, len) != 1)
		abort();
	at = strchr(text, '\'');
	if (kind != 1 && strlen(quoted) < SHORT) {
		if (!at)
			abort();
		check_quote(at + 1, quoted);
	}
	free(text);
}

static void many_lines(const char *bytes, size_t size)
{
	size_t len, want = 0, i;
	char *text = NULL;
	FILE *saved;

	for (i = 0; i < size; i++)
		want += bytes[i] == '\n';
	if (size && bytes[size - 1] != '\n')
		want++;
	saved = begin(&text, &len);
	log_lines(bytes, size);
	end(saved);
	if (count_lines(text, len) != want)
		abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *quoted = malloc(size + 1);
	int kind;

	if (!quoted)
		return 0;
	if (size)
		memcpy(quoted, data, size);
	quoted[size] = '\0';
	for (kind = 0; kind < 5; kind++)
		one_line(kind, quoted);
	free(quoted);
	many_lines((const char *)data, size);
	return 0;
}
