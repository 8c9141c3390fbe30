// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages: one sentence on stderr, safe to show on any terminal */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

#define LOG_MAX 1024

static const char *program = "tapfilter";

void log_program(const char *name)
{
	program = name;
}

/* Only 0x20..0x7e pass: iscntrl() would let the C1 controls through. */
static void print_escaped(const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p; p++) {
		if (*p >= 0x20 && *p <= 0x7e)
			putc_unlocked(*p, stderr);
		else
			fprintf(stderr, "\\x%02X", *p);
	}
}

static void print_line(const char *prefix, const char *text, const char *suffix)
{
	int saved = errno;

	flockfile(stderr);
	print_escaped(prefix);
	fputs(": ", stderr);
	print_escaped(text);
	if (suffix) {
		fputs(": ", stderr);
		print_escaped(suffix);
	}
	putc_unlocked('\n', stderr);
	funlockfile(stderr);
	errno = saved;
}

void log_err(const char *fmt, ...)
{
	char text[LOG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	print_line(program, text, NULL);
}

int log_errno(int error, const char *fmt, ...)
{
	char text[LOG_MAX];
	va_list ap;

	if (error < 0)
		error = -error;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	print_line(program, text, strerror(error));
	return -error;
}

int log_at(const char *file, unsigned int line, const char *fmt, ...)
{
	char text[LOG_MAX], where[LOG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (line)
		snprintf(where, sizeof(where), "%s:%u", file, line);
	else
		snprintf(where, sizeof(where), "%s", file);
	print_line(where, text, NULL);
	return -EINVAL;
}

void log_note(const char *fmt, ...)
{
	char text[LOG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	print_line("note", text, NULL);
}
