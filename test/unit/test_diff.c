// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "diff.h"

/* Letters as items; hunks as "a,na,b,nb " */
static void differ(const char *a, const char *b, const char *want)
{
	uint64_t x[64], y[64];
	struct diff_hunk *h = NULL;
	char got[256] = "";
	size_t i, n = 0, at = 0;

	for (i = 0; a[i]; i++)
		x[i] = (uint64_t)a[i];
	for (i = 0; b[i]; i++)
		y[i] = (uint64_t)b[i];
	assert_int_equal(diff_lists(x, strlen(a), y, strlen(b), &h, &n), 0);
	for (i = 0; i < n; i++)
		at += (size_t)snprintf(got + at, sizeof(got) - at,
				       "%zu,%zu,%zu,%zu ", h[i].a, h[i].na,
				       h[i].b, h[i].nb);
	free(h);
	assert_string_equal(got, want);
}

static void test_lists(void **state)
{
	(void)state;
	differ("", "", "");
	differ("abc", "abc", "");
	differ("abc", "", "0,3,0,0 ");
	differ("", "abc", "0,0,0,3 ");
	differ("abc", "ac", "1,1,1,0 ");
	differ("ac", "abc", "1,0,1,1 ");
	differ("abc", "axc", "1,1,1,1 ");
	differ("abcdef", "xabdeyf", "0,0,0,1 2,1,3,0 5,0,5,1 ");
	differ("aab", "ab", "1,1,1,0 ");
	differ("abab", "baba", "0,1,0,0 4,0,3,1 ");
}

/* Too long to be compared item by item: one hunk, and only that */
static void test_long(void **state)
{
	static uint64_t a[5000], b[5000];
	struct diff_hunk *h = NULL;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < 5000; i++)
		a[i] = b[i] = i;
	b[0] = b[4998] = 1000000;
	assert_int_equal(diff_lists(a, 5000, b, 5000, &h, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(h[0].a + h[0].na, 4999);
	free(h);
	b[0] = 0;
	assert_int_equal(diff_lists(a, 5000, b, 5000, &h, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(h[0].na, 1);
	free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
