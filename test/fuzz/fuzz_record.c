// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What crosses from another process or lies in the state directory: a binding
 * that is taken is valid, and encodes to the same again.  What begins a binding
 * and the digest of a record would keep a fuzzer out, and the seeds as well
 * once there is another field, so they are made right first.
 */
#include <stdlib.h>
#include <string.h>

#include "rule.h"
#include "state.h"
#include "util.h"

#define HEAD 16 /* of a record: magic, flags, digest */
#define FIXED 52 /* behind it, before the binding */
#define BINDING_HEAD 16 /* magic, length, digest of the table */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever begins a binding now, but for its length */
static void mend_head(uint8_t *data, size_t size)
{
	const struct binding none = { 0 };
	struct buf b = { 0 };

	if (size < BINDING_HEAD)
		return;
	if (binding_encode(&none, &b) < 0)
		abort();
	memcpy(data, b.data, 4);
	memcpy(data + 8, b.data + 8, 8);
	buf_free(&b);
}

static void check_binding(const uint8_t *data, size_t size)
{
	struct binding b = { 0 }, again = { 0 };
	struct buf bytes = { 0 };
	size_t used;
	unsigned int i;

	if (binding_decode(data, size, &used, &b) < 0)
		return;
	if (used > size)
		abort();
	for (i = 0; i < b.nrules; i++)
		if (rule_validate(&b.rules[i]) ||
		    b.rules[i].profile >= b.nprofiles)
			abort();
	if (binding_encode(&b, &bytes) < 0 ||
	    binding_decode(bytes.data, bytes.len, &used, &again) < 0 ||
	    used != bytes.len || binding_digest(&b) != binding_digest(&again))
		abort();
	binding_free(&b);
	binding_free(&again);
	buf_free(&bytes);
}

static void check_record(const uint8_t *data, size_t size)
{
	struct record r = { 0 };
	uint8_t *copy;
	uint64_t digest;
	size_t i;

	if (size < HEAD)
		return;
	copy = malloc(size);
	if (!copy)
		return;
	memcpy(copy, data, size);
	if (size > HEAD + FIXED)
		mend_head(copy + HEAD + FIXED, size - HEAD - FIXED);
	digest = util_digest(copy + HEAD, size - HEAD);
	for (i = 0; i < 4; i++)
		digest ^= (uint64_t)copy[4 + i] << (8 * i);
	for (i = 0; i < 8; i++)
		copy[8 + i] = (uint8_t)(digest >> (8 * i));
	if (record_decode(copy, size, &r) == 0)
		record_free(&r);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	mend_head(copy, size);
	check_binding(copy, size);
	free(copy);
	check_record(data, size);
	return 0;
}
