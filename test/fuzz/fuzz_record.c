// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A binding as the resolver sends it: one that is taken has only valid rules,
 * and encodes to the bytes that it was read from.
 */
#include <stdlib.h>
#include <string.h>

#include "binding_head.h"
#include "rule.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_binding(const uint8_t *data, size_t size)
{
	struct binding b = { 0 }, again = { 0 };
	struct buf bytes = { 0 };
	size_t used;
	unsigned int i;

	if (binding_decode(data, size, &used, &b) < 0) {
		if (b.domain || b.profiles || b.rules)
			abort();
		return;
	}
	if (used > size || !util_domain_name_ok(b.domain))
		abort();
	for (i = 0; i < b.nrules; i++)
		if (rule_validate(&b.rules[i]) ||
		    b.rules[i].profile >= b.nprofiles)
			abort();
	if (binding_encode(&b, &bytes) < 0 || bytes.len != used ||
	    memcmp(bytes.data, data, used) != 0)
		abort();
	if (binding_decode(bytes.data, bytes.len, &used, &again) < 0 ||
	    binding_digest(&b) != binding_digest(&again))
		abort();
	binding_free(&b);
	binding_free(&again);
	buf_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return 0;
	check_binding(data, size);
	if (size)
		memcpy(copy, data, size);
	put_binding_head(copy, size);
	check_binding(copy, size);
	free(copy);
	return 0;
}
