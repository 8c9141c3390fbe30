/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_LOG_H
#define TF_LOG_H

#include <stdarg.h>
#include <stddef.h>

/**
 * log_program() - Set the fixed name that starts every message
 * @name:	Name of the program, a string that lives for ever
 */
void log_program(const char *name);

/**
 * log_open() - Open the connection to syslog (authpriv)
 *
 * Whoever changes its root, its ids or its sandbox later calls this before.
 */
void log_open(void);

/**
 * log_private() - From now on, messages go to syslog instead of stderr
 *
 * For a caller who is not root: what stands in root's files, and whether they
 * are there, is none of his business.
 */
void log_private(void);

/**
 * log_public() - One sentence on stderr even after log_private(), unless that
 * would have to wait
 */
void log_public(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * log_decision() - One line for the system log and for nobody else
 */
void log_decision(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * log_lines() - Messages of another program of ours, a line each
 * @text:	Bytes that are not trusted; what is no printable ASCII is escaped
 */
void log_lines(const char *text, size_t len);

/**
 * log_err() - Print one error sentence on stderr
 * @fmt:	printf format, without a trailing newline
 *
 * Bytes outside printable ASCII are written as \xHH, so that a hostile name
 * can neither forge a line nor steer a terminal.  Errno is preserved.
 */
void log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * log_errno() - Like log_err(), followed by ": " and the text of @error
 * @error:	An errno value, positive or negative
 * @fmt:	printf format
 *
 * Return: the negative errno value, to be returned by the caller
 */
int log_errno(int error, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * log_at() - Report a fault of an input file as "file:line: sentence"
 * @file:	Name of the file as the administrator knows it
 * @line:	Line number from 1; 0 leaves the line out
 * @fmt:	printf format
 *
 * Return: -EINVAL, to be returned by the caller
 */
int log_at(const char *file, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * log_note() - Print one remark that is not an error on stderr
 * @fmt:	printf format
 */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* TF_LOG_H */
