/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_UTIL_H
#define TF_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Scope-bound ownership: the variable is released when it leaves its scope. */
#define _cleanup_(f) __attribute__((cleanup(f)))
#define _cleanup_free_ _cleanup_(util_freep)
#define _cleanup_close_ _cleanup_(util_closep)
#define _cleanup_buf_ _cleanup_(buf_free)
#define _must_check_ __attribute__((warn_unused_result))

/* Hand ownership of a pointer on: yields it and leaves NULL behind. */
#define TAKE_PTR(p)                            \
	({                                     \
		__typeof__(p) take_tmp_ = (p); \
		(p) = NULL;                    \
		take_tmp_;                     \
	})
#define TAKE_FD(fd)                   \
	({                            \
		int take_tmp_ = (fd); \
		(fd) = -1;            \
		take_tmp_;            \
	})

static inline void util_freep(void *p)
{
	free(*(void **)p);
}

static inline void util_closep(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/**
 * struct buf - A growing run of bytes
 * @data:	The bytes; NUL-terminated one past @len when not NULL
 * @len:	Number of bytes in use
 * @cap:	Number of bytes allocated
 */
struct buf {
	char *data;
	size_t len;
	size_t cap;
};

/**
 * buf_add() - Append bytes
 *
 * Return: 0, or -ENOMEM (reported) with the buffer as it was
 */
int buf_add(struct buf *b, const void *data, size_t len) _must_check_;

/**
 * buf_printf() - Append formatted text
 *
 * Return: 0, or -ENOMEM (reported) with the buffer as it was
 */
int buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3))) _must_check_;

/** buf_free() - Release the bytes and leave an empty buffer */
void buf_free(struct buf *b);

/** util_now_ms() - A clock that only goes forward, in milliseconds */
int64_t util_now_ms(void);

/**
 * util_read_all() - Read a descriptor to its end
 * @fd:		Descriptor, read from where it stands
 * @name:	Name for messages
 * @max:	Largest accepted size in bytes; more is an error
 * @deadline_ms:	Longest total wait in milliseconds, 0 for none
 * @out:	Empty buffer that receives the bytes
 *
 * Return: 0 or negative errno, reported
 */
int util_read_all(int fd, const char *name, size_t max,
		  unsigned int deadline_ms, struct buf *out) _must_check_;

/**
 * util_write_all() - Write all bytes to a descriptor
 *
 * Return: 0 or negative errno, not reported
 */
int util_write_all(int fd, const void *data, size_t len) _must_check_;

/**
 * util_hex_digit() - Value of one hexadecimal digit, whatever the locale
 *
 * Return: 0 to 15, or -1 when @c is none
 */
int util_hex_digit(char c);

/**
 * util_parse_uint() - Parse a whole string as an unsigned number
 * @text:	Decimal digits, or 0x and hexadecimal digits; no sign, no
 *		blanks, no octal: a leading zero is refused but for "0"
 * @min:	Smallest accepted value
 * @max:	Largest accepted value
 * @out:	Receives the number
 *
 * Return: true when @text is such a number within the range
 */
bool util_parse_uint(const char *text, uint64_t min, uint64_t max,
		     uint64_t *out) _must_check_;

/**
 * util_tap_name_ok() - May this be the name of a device we handle?
 * @name:	Candidate
 *
 * 1 to 15 bytes of [A-Za-z0-9_.-], the first one a letter or a digit: a
 * subset of what the kernel takes that is safe in file names and rule
 * listings.
 */
bool util_tap_name_ok(const char *name) _must_check_;

/**
 * util_profile_name_ok() - May this be the name of a profile?
 *
 * 1 to 48 bytes of [A-Za-z0-9_.-], the first one a letter or a digit, no
 * two dots in a row.
 */
bool util_profile_name_ok(const char *name) _must_check_;

#define UTIL_DOMAIN_NAME_MAX 255

/**
 * util_domain_name_ok() - May this be the name of a domain?
 *
 * 1 to UTIL_DOMAIN_NAME_MAX bytes of UTF-8, without a slash or a control
 * character: it goes to messages and to the system's log.
 */
bool util_domain_name_ok(const char *name) _must_check_;

/**
 * util_utf8_length() - Length of the character at the start of some bytes
 * @s:		The bytes
 * @left:	How many there are, at least 1
 *
 * Return: 1 to 4, or 0 when it is not UTF-8 (RFC 3629, 4)
 */
size_t util_utf8_length(const unsigned char *s, size_t left) _must_check_;

/** util_put_le() - Write a number as so many bytes, the lowest first */
void util_put_le(uint8_t *out, unsigned int bytes, uint64_t n);

/** util_get_le() - The reverse */
uint64_t util_get_le(const uint8_t *in, unsigned int bytes);

/**
 * util_add_plain() - Append a text that a terminal may be given
 *
 * A question mark stands for each control character, and for each byte of what
 * is not UTF-8: the kernel allows both in the names of devices.
 *
 * Return: 0 or -ENOMEM, reported
 */
int util_add_plain(struct buf *out, const char *text) _must_check_;

#define UTIL_UUID_SIZE sizeof("00112233-4455-6677-8899-aabbccddeeff")

/**
 * util_format_uuid() - A UUID as text
 * @uuid:	16 bytes
 * @out:	UTIL_UUID_SIZE bytes
 */
void util_format_uuid(const uint8_t *uuid, char *out);

/**
 * util_digest() - 64-bit FNV-1a hash of some bytes
 *
 * Notices a change; it does not resist an attacker.
 * Source: http://www.isthe.com/chongo/tech/comp/fnv/
 */
uint64_t util_digest(const void *data, size_t len);

/**
 * util_alloc() - Zeroed array of @n members of @size bytes
 *
 * Return: the array, owned by the caller, or NULL (reported)
 */
void *util_alloc(size_t n, size_t size) _must_check_;

/**
 * util_grow() - Make room for one more member at the end of an array
 * @array:	Pointer to the array pointer
 * @n:		Members in use now; not changed
 * @size:	Size of a member
 *
 * New members are zeroed.  Amortised: grows at powers of two, so it must be
 * called for every member added.
 *
 * Return: pointer to the new member or NULL (reported)
 */
void *util_grow(void *array, size_t n, size_t size) _must_check_;

#endif /* TF_UTIL_H */
