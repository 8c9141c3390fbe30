// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers, names, buffers, and the reading of field values */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "field.h"
#include "util.h"

static void test_numbers(void **state)
{
	static const char *const bad[] = { "",
					   "+5",
					   "-1",
					   " 5",
					   "5 ",
					   "0x",
					   "05",
					   "1e3",
					   "256",
					   "0x100",
					   "18446744073709551616" };
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(util_parse_uint(bad[i], 0, 255, &n));
	assert_true(util_parse_uint("0", 0, 255, &n) && n == 0);
	assert_true(util_parse_uint("255", 0, 255, &n) && n == 255);
	assert_true(util_parse_uint("0xfF", 0, 255, &n) && n == 255);
	assert_true(util_parse_uint("18446744073709551615", 0, UINT64_MAX, &n));
}

static void test_tap_names(void **state)
{
	(void)state;
	assert_true(util_tap_name_ok("tap0"));
	assert_true(util_tap_name_ok("a.b-c_d90123456"));
	assert_false(util_tap_name_ok("a.b-c_d901234567"));
	assert_false(util_tap_name_ok(""));
	assert_false(util_tap_name_ok("-x"));
	assert_false(util_tap_name_ok(".."));
	assert_false(util_tap_name_ok("tap%d"));
	assert_false(util_tap_name_ok("tap*"));
	assert_false(util_tap_name_ok("t\xc3\xa4p"));
}

static void test_profile_names(void **state)
{
	(void)state;
	assert_true(util_profile_name_ok("VM-specific-layer3"));
	assert_false(util_profile_name_ok("a..b"));
	assert_false(util_profile_name_ok("../a"));
	assert_false(util_profile_name_ok("a/b"));
	assert_false(util_profile_name_ok(
		"a123456789012345678901234567890123456789012345678"));
}

static void test_domain_names(void **state)
{
	static const char *const good[] = {
		"vm",
		"a b",
		"..",
		"\xc3\xa4",
		"\xc2\xa0",
		"\xe2\x82\xac",
		"\xf0\x9f\x90\xa7",
	};
	static const char *const bad[] = {
		"",
		"a/b",
		"a\nb",
		"\x1b[1m",
		"\x7f",
		"\xc2\x80",
		("a\xc2\x9b"
		 "1m"),
		"\xc2",
		"\x80",
		"\xc0\xaf",
		"\xff",
		"\xe2\x82",
		"\xed\xa0\x80",
		"\xe0\x80\xaf",
		"\xf4\x90\x80\x80",
	};
	char name[UTIL_DOMAIN_NAME_MAX + 2];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(util_domain_name_ok(good[i]));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(util_domain_name_ok(bad[i]));
	memset(name, 'a', sizeof(name));
	name[UTIL_DOMAIN_NAME_MAX + 1] = '\0';
	assert_false(util_domain_name_ok(name));
	name[UTIL_DOMAIN_NAME_MAX] = '\0';
	assert_true(util_domain_name_ok(name));
}

static void test_values(void **state)
{
	static const struct {
		enum field_id id;
		const char *text;
		const char *back; /* NULL: refused */
	} cases[] = {
		{ FIELD_ETH_SRC, "52:54:0:0:0:1", "52:54:00:00:00:01" },
		{ FIELD_ETH_SRC, "52:54:00:00:00", NULL },
		{ FIELD_ETH_SRC, "52:54:00:00:00:001", NULL },
		{ FIELD_ETH_SRC, "52-54-00-00-00-01", NULL },
		{ FIELD_IP_SRC, "10.0.0.1", "10.0.0.1" },
		{ FIELD_IP_SRC, "10.0.0", NULL },
		{ FIELD_IP_SRC, "10.0.0.01", NULL },
		{ FIELD_IP_SRC, " 10.0.0.1", NULL },
		{ FIELD_IP6_SRC, "FE80::0:1", "fe80::1" },
		{ FIELD_IP6_SRC, "10.0.0.1", NULL },
		{ FIELD_ETH_TYPE, "2054", "0x0806" },
		{ FIELD_ETH_TYPE, "0x806", "0x0806" },
		{ FIELD_VLAN_ID, "4095", "4095" },
		{ FIELD_VLAN_ID, "4096", NULL },
		{ FIELD_IP_DSCP, "63", "63" },
		{ FIELD_IP_DSCP, "64", NULL },
	};
	uint8_t value[FIELD_MAX_BYTES];
	char text[FIELD_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct field *f = field_get(cases[i].id);

		assert_int_equal(field_parse(f, cases[i].text, value),
				 cases[i].back != NULL);
		if (!cases[i].back)
			continue;
		field_format(f, value, text);
		assert_string_equal(text, cases[i].back);
	}
}

static void test_every_field_has_a_row(void **state)
{
	unsigned int id;

	(void)state;
	assert_null(field_get(FIELD_NONE));
	assert_null(field_get(FIELD_COUNT));
	for (id = FIELD_NONE + 1; id < FIELD_COUNT; id++) {
		assert_non_null(field_get(id)->name);
		assert_in_range(field_get(id)->width, 1, 128);
	}
}

static void test_list_keeps_what_it_has(void **state)
{
	unsigned int *list = NULL, *slot, i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		slot = util_grow(&list, i, sizeof(*list));
		assert_non_null(slot);
		assert_int_equal(*slot, 0);
		*slot = i;
	}
	for (i = 0; i < 1000; i++)
		assert_int_equal(list[i], i);
	free(list);
}

static void test_reading_stops_at_the_limit(void **state)
{
	struct buf out = { 0 };
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	assert_int_equal(fputs("12345678", f) >= 0, 1);
	rewind(f);
	assert_int_equal(util_read_all(fileno(f), "x", 7, 0, &out), -EFBIG);
	buf_free(&out);
	rewind(f);
	assert_int_equal(util_read_all(fileno(f), "x", 8, 0, &out), 0);
	assert_string_equal(out.data, "12345678");
	buf_free(&out);
	fclose(f);
}

static void test_reading_stops_at_the_deadline(void **state)
{
	struct buf out = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(util_read_all(ends[0], "x", 8, 20, &out), -ETIMEDOUT);
	buf_free(&out);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_tap_names),
		cmocka_unit_test(test_profile_names),
		cmocka_unit_test(test_domain_names),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_every_field_has_a_row),
		cmocka_unit_test(test_list_keeps_what_it_has),
		cmocka_unit_test(test_reading_stops_at_the_limit),
		cmocka_unit_test(test_reading_stops_at_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
