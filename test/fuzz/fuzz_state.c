// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What lies in the state directory: a record that is taken encodes to the
 * bytes that it was read from, and a look at its head says the same of it.
 * What digests guard is tried as it is, and with the digests made right.
 */
#include <stdlib.h>
#include <string.h>

#include "binding_head.h"
#include "state.h"
#include "util.h"

#define HEAD 16 /* magic, flags, digest */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_digest(uint8_t *copy, size_t size)
{
	uint64_t digest = util_digest(copy + HEAD, size - HEAD);
	size_t i;

	for (i = 0; i < 4; i++)
		digest ^= (uint64_t)copy[4 + i] << (8 * i);
	for (i = 0; i < 8; i++)
		copy[8 + i] = (uint8_t)(digest >> (8 * i));
}

static void check_record(const uint8_t *data, size_t size)
{
	struct record r = { 0 }, head = { 0 };
	struct buf bytes = { 0 };
	int peeked = record_peek(data, size, &head);

	if (head.binding.domain || head.binding.rules)
		abort();
	if (record_decode(data, size, &r) < 0) {
		if (r.binding.domain || r.binding.profiles || r.binding.rules)
			abort();
		return;
	}
	if (peeked < 0 || head.ifindex != r.ifindex || head.owner != r.owner ||
	    head.since != r.since || head.active != r.active ||
	    head.no_link != r.no_link ||
	    memcmp(head.boot_id, r.boot_id, sizeof(head.boot_id)) != 0)
		abort();
	if (record_encode(&r, &bytes) < 0 || bytes.len != size ||
	    memcmp(bytes.data, data, size) != 0)
		abort();
	record_free(&r);
	buf_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	check_record(data, size);
	if (size < HEAD)
		return 0;
	copy = malloc(size);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (size > RECORD_HEAD_SIZE)
		put_binding_head(copy + RECORD_HEAD_SIZE,
				 size - RECORD_HEAD_SIZE);
	put_digest(copy, size);
	check_record(copy, size);
	free(copy);
	return 0;
}
