// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages: one sentence on stderr or in syslog, safe to show on any terminal */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

#define LOG_MAX 1024

static const char *program = "tapfilter";
static bool is_private;

void log_program(const char *name)
{
	program = name;
}

void log_open(void)
{
	openlog(program, LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
}

void log_private(void)
{
	is_private = true;
}

/* Only 0x20..0x7e pass: iscntrl() would let the C1 controls through. */
static void escape(const char *text, size_t len, char *out)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *p = (const unsigned char *)text;

	for (; len--; p++) {
		if (*p >= 0x20 && *p <= 0x7e) {
			*out++ = (char)*p;
			continue;
		}
		*out++ = '\\';
		*out++ = 'x';
		*out++ = hex[*p >> 4];
		*out++ = hex[*p & 15];
	}
	*out = '\0';
}

/* A message has three parts at most: where, what, why. */
static void write_line(bool to_syslog, const char *prefix, const char *text,
		       const char *suffix)
{
	char line[3 * LOG_MAX + 8], safe[sizeof(line) * 4];
	int saved = errno;

	snprintf(line, sizeof(line), "%s%s%s%s%s", prefix ? prefix : "",
		 prefix ? ": " : "", text, suffix ? ": " : "",
		 suffix ? suffix : "");
	escape(line, strlen(line), safe);
	if (to_syslog)
		syslog(LOG_NOTICE, "%s", safe);
	else
		fprintf(stderr, "%s\n", safe);
	errno = saved;
}

/* syslog puts the program's name in front by itself. */
static void print_line(const char *prefix, const char *text, const char *suffix)
{
	if (is_private && prefix == program)
		prefix = NULL;
	write_line(is_private, prefix, text, suffix);
}

/* Whoever called may not read it, and must not make us wait for that. */
static bool stderr_takes(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

void log_public(const char *fmt, ...)
{
	char text[LOG_MAX];
	va_list ap;

	if (!stderr_takes())
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	write_line(false, program, text, NULL);
}

void log_decision(const char *fmt, ...)
{
	char text[LOG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	write_line(true, NULL, text, NULL);
}

void log_lines(const char *text, size_t len)
{
	char line[LOG_MAX];
	const char *end;
	size_t n, len_line;

	for (; len; text += n, len -= n) {
		end = memchr(text, '\n', len);
		n = end ? (size_t)(end - text) + 1 : len;
		len_line = end ? n - 1 : n;
		if (len_line >= sizeof(line))
			len_line = sizeof(line) - 1;
		memcpy(line, text, len_line);
		line[len_line] = '\0';
		print_line(NULL, line, NULL);
	}
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
