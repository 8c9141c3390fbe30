// SPDX-License-Identifier: GPL-2.0-or-later
/* The frame table of selftest: is it complete, and what it says it is? */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "util.h"

static const struct frame_row *row_of(const char *name)
{
	const struct frame_row *row;
	size_t i;

	for (i = 0; (row = frame_row_get(i)); i++)
		if (strcmp(row->name, name) == 0)
			return row;
	fail_msg("no frame is called %s", name);
	return NULL;
}

static void test_all_distinct(void **state)
{
	uint8_t a[FRAME_MAX], b[FRAME_MAX];
	const struct frame_row *row, *other;
	size_t i, j, len;
	(void)state;

	for (i = 0; (row = frame_row_get(i)); i++) {
		len = frame_build(row, a);
		assert_in_range(len, 14, FRAME_MAX);
		for (j = 0; j < i; j++) {
			other = frame_row_get(j);
			if (strcmp(row->name, other->name) == 0)
				fail_msg("two frames are called %s", row->name);
			if (frame_build(other, b) == len &&
			    memcmp(a, b, len) == 0)
				fail_msg("%s and %s are the same", row->name,
					 other->name);
		}
	}
	assert_true(i >= 120);
}

/* Each profile has frames to drop, and honest ones to leave alone. */
static void test_all_profiles(void **state)
{
	size_t p, i, dropped, honest, attacks;
	const struct frame_row *row;
	const char *name;
	unsigned int by;
	(void)state;

	for (p = 0; (name = frame_profile_name(p)); p++) {
		by = frame_profile(name);
		assert_int_not_equal(by, 0);
		dropped = honest = attacks = 0;
		for (i = 0; (row = frame_row_get(i)); i++) {
			if (row->dropped_by & by)
				dropped++;
			else if (strcmp(row->class, "honest") == 0)
				honest++;
			else
				attacks++;
		}
		if (dropped < 10 || honest < 20)
			fail_msg("%s: drops %zu, leaves %zu honest ones", name,
				 dropped, honest);
		/* ... and attacks that are not its matter, but for the sums */
		assert_true(attacks > 0);
	}
	assert_int_equal(p, 16);
	assert_int_equal(frame_profile("not-shipped"), 0);
}

/* The strictest profile for two protocols lets no attack on others pass. */
static void test_dual_stack(void **state)
{
	unsigned int by = frame_profile("clean-traffic-dual-stack");
	const struct frame_row *row;
	size_t i;
	(void)state;

	for (i = 0; (row = frame_row_get(i)); i++) {
		if (row->dir == DIR_IN || row->dropped_by & by)
			continue;
		if (strcmp(row->class, "honest") != 0 &&
		    strcmp(row->class, "broadcast") != 0 &&
		    strcmp(row->class, "multicast") != 0)
			fail_msg("%s passes", row->name);
	}
}

static void check_bytes(const char *name, const uint8_t *want, size_t len)
{
	uint8_t frame[FRAME_MAX];

	assert_int_equal(frame_build(row_of(name), frame), len);
	assert_memory_equal(frame, want, len);
}

static void test_bytes(void **state)
{
	/* as QEMU sends it */
	static const uint8_t announce[60] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0x00, 0xad,
		0xbe, 0x01, 0x80, 0x35, 0x00, 0x01, 0x08, 0x00, 0x06, 0x04,
		0x00, 0x03, 0x52, 0x54, 0x00, 0xad, 0xbe, 0x01, 0x00, 0x00,
		0x00, 0x00, 0x52, 0x54, 0x00, 0xad, 0xbe, 0x01,
	};
	static const uint8_t dad[] = {
		0x33, 0x33, 0xff, 0x00, 0x00, 0x01, 0x52, 0x54, 0x00, 0xad,
		0xbe, 0x01, 0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x18,
		0x3a, 0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x02,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
		0xff, 0x00, 0x00, 0x01, 0x87, 0x00, 0x4c, 0xed, 0x00, 0x00,
		0x00, 0x00, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	};
	static const uint8_t snap[] = {
		0x52, 0x54, 0x00, 0xad, 0xbe, 0x02, 0x52, 0x54, 0x00, 0xad,
		0xbe, 0x01, 0x00, 0x24, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00,
		0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x02,
		0x52, 0x54, 0x00, 0xad, 0xbe, 0x01, 0x0a, 0x00, 0x00, 0xfe,
		0x52, 0x54, 0x00, 0xad, 0xbe, 0x02, 0x0a, 0x00, 0x00, 0x02,
	};
	(void)state;

	check_bytes("rarp-announce", announce, sizeof(announce));
	check_bytes("dad", dad, sizeof(dad));
	check_bytes("arp-reply-other-ip-in-snap", snap, sizeof(snap));
}

static uint32_t sum(const uint8_t *p, size_t n)
{
	uint32_t acc = 0;
	size_t i;

	for (i = 0; i < n; i++)
		acc += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return acc;
}

/* An honest frame must not be lost for its checksum. */
static void test_checksums(void **state)
{
	uint8_t f[FRAME_MAX], pseudo[FRAME_MAX] = { 0 };
	size_t len;
	(void)state;

	len = frame_build(row_of("tcp"), f);
	assert_int_equal(sum(f + 14, 20), 0xffff);
	memcpy(pseudo, f + 26, 8);
	pseudo[9] = 6;
	pseudo[11] = (uint8_t)(len - 34);
	memcpy(pseudo + 12, f + 34, len - 34);
	assert_int_equal(sum(pseudo, 12 + len - 34), 0xffff);

	len = frame_build(row_of("ping6"), f);
	memset(pseudo, 0, sizeof(pseudo));
	memcpy(pseudo, f + 22, 32);
	pseudo[35] = (uint8_t)(len - 54);
	pseudo[39] = 58;
	memcpy(pseudo + 40, f + 54, len - 54);
	assert_int_equal(sum(pseudo, 40 + len - 54), 0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_distinct),
		cmocka_unit_test(test_all_profiles),
		cmocka_unit_test(test_dual_stack),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_checksums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
