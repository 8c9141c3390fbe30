// SPDX-License-Identifier: GPL-2.0-or-later
/* Small tools that every module needs: buffers, numbers, names */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "util.h"

static int buf_reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 256;
	char *data;

	if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		return log_errno(ENOMEM, "cannot hold %zu more bytes", more);
	while (cap < b->len + more + 1)
		cap *= 2;
	if (cap == b->cap)
		return 0;
	data = realloc(b->data, cap);
	if (!data)
		return log_errno(ENOMEM, "cannot hold %zu bytes", cap);
	b->data = data;
	b->cap = cap;
	return 0;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
	int rc = buf_reserve(b, len);

	if (rc < 0)
		return rc;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n, rc;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return log_errno(EINVAL, "cannot format a message");
	rc = buf_reserve(b, (size_t)n);
	if (rc < 0)
		return rc;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

int64_t util_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int wait_readable(int fd, const char *name, int64_t end)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left = end - util_now_ms();
	int rc;

	if (left < 0)
		left = 0;
	rc = poll(&p, 1, (int)left);
	if (rc < 0 && errno != EINTR)
		return log_errno(errno, "cannot wait for %s", name);
	if (rc == 0)
		return log_errno(ETIMEDOUT, "cannot read %s to its end", name);
	return 0;
}

int util_read_all(int fd, const char *name, size_t max,
		  unsigned int deadline_ms, struct buf *out)
{
	int64_t end = util_now_ms() + deadline_ms;
	char chunk[16384];
	ssize_t n;
	int rc;

	for (;;) {
		if (deadline_ms) {
			rc = wait_readable(fd, name, end);
			if (rc < 0)
				return rc;
		}
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return log_errno(errno, "cannot read %s", name);
		if (n == 0)
			return 0;
		if ((size_t)n > max - out->len) {
			log_err("%s: larger than %zu bytes", name, max);
			return -EFBIG;
		}
		rc = buf_add(out, chunk, (size_t)n);
		if (rc < 0)
			return rc;
	}
}

int util_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int util_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool util_parse_uint(const char *text, uint64_t min, uint64_t max,
		     uint64_t *out)
{
	unsigned int base = 10;
	uint64_t n = 0;
	int d;

	if (text[0] == '0' && text[1] == 'x') {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && text[1]) {
		return false;
	}
	if (!*text)
		return false;
	for (; *text; text++) {
		d = util_hex_digit(*text);
		if (d < 0 || (unsigned int)d >= base)
			return false;
		if (n > (UINT64_MAX - (unsigned int)d) / base)
			return false;
		n = n * base + (unsigned int)d;
	}
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

/* Not isalnum(): that depends on the locale. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool name_ok(const char *name, size_t max)
{
	size_t i;

	if (!is_word(name[0]))
		return false;
	for (i = 0; name[i]; i++) {
		if (i >= max)
			return false;
		if (!is_word(name[i]) && !strchr("_.-", name[i]))
			return false;
	}
	return true;
}

bool util_tap_name_ok(const char *name)
{
	return name_ok(name, 15);
}

bool util_profile_name_ok(const char *name)
{
	return name_ok(name, 48) && !strstr(name, "..");
}

size_t util_utf8_length(const unsigned char *s, size_t left)
{
	size_t n, i;

	if (s[0] < 0x80)
		return 1;
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

/* ASCII's, and U+0080 to U+009F, which some terminals obey as well */
static bool is_control(const unsigned char *s)
{
	return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

bool util_domain_name_ok(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	size_t len = strlen(name), i, n;

	if (!len || len > UTIL_DOMAIN_NAME_MAX)
		return false;
	for (i = 0; i < len; i += n) {
		n = util_utf8_length(s + i, len - i);
		if (!n || is_control(s + i) || s[i] == '/')
			return false;
	}
	return true;
}

int util_add_plain(struct buf *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = strlen(text), i, n;
	int rc = 0;

	for (i = 0; rc == 0 && i < len; i += n ? n : 1) {
		n = util_utf8_length(s + i, len - i);
		if (!n || is_control(s + i))
			rc = buf_add(out, "?", 1);
		else
			rc = buf_add(out, text + i, n);
	}
	return rc;
}

void util_format_uuid(const uint8_t *uuid, char *out)
{
	unsigned int i;
	int n = 0;

	for (i = 0; i < 16; i++)
		n += snprintf(out + n, UTIL_UUID_SIZE - (size_t)n, "%s%02x",
			      i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			      uuid[i]);
}

uint64_t util_digest(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t hash = 0xcbf29ce484222325ULL;

	while (len--) {
		hash ^= *p++;
		hash *= 0x100000001b3ULL;
	}
	return hash;
}

void *util_alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		log_errno(ENOMEM, "cannot allocate %zu bytes", n * size);
	return p;
}

void *util_grow(void *array, size_t n, size_t size)
{
	void **slot = array;
	char *p = *slot;
	size_t cap = n ? n * 2 : 4;

	/* Full exactly when n is 0 or a power of two from 4 up. */
	if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) {
		p = reallocarray(p, cap, size);
		if (!p) {
			log_errno(ENOMEM, "cannot grow a list of %zu", n);
			return NULL;
		}
		*slot = p;
	}
	memset(p + n * size, 0, size);
	return p + n * size;
}

void util_put_le(uint8_t *out, unsigned int bytes, uint64_t n)
{
	while (bytes--) {
		*out++ = (uint8_t)n;
		n >>= 8;
	}
}

uint64_t util_get_le(const uint8_t *in, unsigned int bytes)
{
	uint64_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | in[bytes];
	return n;
}
