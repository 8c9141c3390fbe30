/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_FUZZ_BINDING_HEAD_H
#define TF_FUZZ_BINDING_HEAD_H

#include <stdlib.h>
#include <string.h>

#include "rule.h"

#define BINDING_HEAD 16 /* magic, length, digest of the field table */

/*
 * Make the head of a binding right: no fuzzer would find the digest, and a
 * seed would be refused as soon as the table has one more row.
 */
static void put_binding_head(uint8_t *at, size_t size)
{
	struct binding b = { 0 };
	struct buf bytes = { 0 };
	unsigned int i;

	if (size < BINDING_HEAD)
		return;
	if (binding_encode(&b, &bytes) < 0)
		abort();
	memcpy(at, bytes.data, BINDING_HEAD);
	for (i = 0; i < 4; i++)
		at[4 + i] = (uint8_t)(size >> (8 * i));
	buf_free(&bytes);
}

#endif /* TF_FUZZ_BINDING_HEAD_H */
