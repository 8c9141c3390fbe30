// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames that a guest sends: the input is a row of them, each with its length
 * in two bytes before it.  What is counted stays within what there was, and no
 * byte of a guest comes into what is suggested but as a number or address.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "observe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void see(struct observed *o, const uint8_t *data, size_t len)
{
	/* the sanitizer looks at both ends of it */
	uint8_t *frame = malloc(len + !len);

	if (!frame)
		return;
	memcpy(frame, data, len);
	observe_frame(o, frame, len);
	free(frame);
}

static void check_counts(const struct observed *o, size_t frames)
{
	const struct observe_list *l;
	size_t t, i, j;

	if (o->frames != frames || o->wrapped > frames)
		abort();
	for (t = 0; t < OBSERVE_MESSAGES; t++)
		if (o->messages[t] > frames)
			abort();
	for (t = 0; t < OBSERVE_TABLES; t++) {
		l = &o->lists[t];
		if (l->n > OBSERVE_ROWS ||
		    (l->over && l->n < OBSERVE_ROWS && t < OBSERVE_GROUPS4))
			abort();
		for (i = 0; i < l->n; i++) {
			if (!l->rows[i].frames || l->rows[i].frames > frames)
				abort();
			for (j = 0; j < i; j++)
				if (memcmp(l->rows[i].key, l->rows[j].key,
					   sizeof(l->rows[i].key)) == 0)
					abort();
		}
	}
}

static void check_text(const struct buf *text)
{
	size_t i;

	for (i = 0; i < text->len; i++)
		if (text->data[i] != '\n' &&
		    (text->data[i] < 0x20 || text->data[i] > 0x7e))
			abort();
}

static void check_advice(const struct observed *o)
{
	struct observe_advice a = { 0 };
	const char *end;
	int rc = observe_advise(o, "tap0", "br0", NULL, &a);

	if (rc == -ENODATA)
		return;
	if (rc < 0 || strpbrk(a.notes.data, "<>&"))
		abort();
	check_text(&a.notes);
	check_text(&a.domain);
	check_text(&a.metadata);
	check_text(&a.profile);
	end = strstr(a.domain.data, "-->");
	if (!end || strstr(a.domain.data + 4, "--") != end)
		abort();
	if (!*a.name != !a.profile.len)
		abort();
	observe_advice_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct observed *o = calloc(1, sizeof(*o));
	size_t at, len, frames = 0;

	if (!o)
		return 0;
	for (at = 0; at + 2 <= size; at += len) {
		len = (size_t)data[at] << 8 | data[at + 1];
		at += 2;
		if (len > size - at)
			len = size - at;
		see(o, data + at, len);
		frames++;
	}
	check_counts(o, frames);
	check_advice(o);
	free(o);
	return 0;
}
