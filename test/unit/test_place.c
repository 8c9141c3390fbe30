// SPDX-License-Identifier: GPL-2.0-or-later
/* Which place a profile gets, for kernels that this one is not */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../binding_text.h"
#include "backend.h"
#include "place.h"

/* What each place lacks; NULL for nothing */
static const char *lacking[PLACE_COUNT];
static int probe_error;
static bool nft_there = true;

static int fake_lacks(enum place p, const struct binding *b, const char **what)
{
	(void)b;
	*what = lacking[p];
	return probe_error;
}

static bool fake_has_nft(void)
{
	return nft_there;
}

static const struct place_probe fake = { fake_has_nft, fake_lacks };

/* What a kernel has that lacks the named places */
static void kernel_without(enum place a, enum place b)
{
	probe_error = 0;
	memset(lacking, 0, sizeof(lacking));
	lacking[a] = lacking[b] = "needs the kernel module x";
}

static int decide(const char *backend, enum place *out)
{
	struct binding b = { 0 };
	int rc;

	text_binding(&b, "tap0", "a:2 out drop eth.type=0x0806\n");
	rc = place_decide(&b, backend, &fake);
	*out = b.profiles[0].place;
	binding_free(&b);
	return rc;
}

static void test_the_backend_decides(void **state)
{
	enum place p;

	(void)state;
	kernel_without(PLACE_NONE, PLACE_NONE);
	assert_int_equal(decide("auto", &p), 0);
	assert_int_equal(p, PLACE_NETDEV);
	assert_int_equal(decide("nft", &p), 0);
	assert_int_equal(p, PLACE_NETDEV);
	assert_int_equal(decide("xtables", &p), 0);
	assert_int_equal(p, PLACE_EBTABLES);
}

static void test_the_kernel_decides(void **state)
{
	enum place p;

	(void)state;
	kernel_without(PLACE_NETDEV, PLACE_NETDEV);
	assert_int_equal(decide("auto", &p), 0);
	assert_int_equal(p, PLACE_BRIDGE);
	kernel_without(PLACE_NETDEV, PLACE_BRIDGE);
	assert_int_equal(decide("xtables", &p), 0);
	assert_int_equal(p, PLACE_EBTABLES);
	kernel_without(PLACE_NETDEV, PLACE_BRIDGE);
	assert_int_equal(decide("auto", &p), -EOPNOTSUPP);
	assert_int_equal(decide("nft", &p), -EOPNOTSUPP);
	assert_int_equal(p, PLACE_NONE);
}

static enum place place_of(const char *rule)
{
	struct binding b = { 0 };
	enum place p;
	int rc;

	kernel_without(PLACE_NONE, PLACE_NONE);
	text_binding(&b, "tap0", rule);
	rc = place_decide(&b, "auto", &fake);
	p = b.profiles[0].place;
	binding_free(&b);
	return rc < 0 ? PLACE_NONE : p;
}

/* One rule that the preferred place cannot carry moves the whole profile. */
static void test_the_rules_decide(void **state)
{
	(void)state;
	assert_int_equal(place_of("a:2 out accept eth.type=0x0800\n"
				  "a:3 in drop\n"),
			 PLACE_NETDEV);
	assert_int_not_equal(place_of("a:2 out accept eth.type=0x0800 "
				      "ct.state=new\na:3 in drop\n"),
			     PLACE_NETDEV);
	assert_int_not_equal(place_of("a:2 out drop\na:3 in accept "
				      "eth.type=0x86dd connlimit=3\n"),
			     PLACE_NETDEV);
}

static void test_a_probe_that_fails(void **state)
{
	enum place p;

	(void)state;
	kernel_without(PLACE_NONE, PLACE_NONE);
	probe_error = -EPERM;
	assert_int_equal(decide("auto", &p), -EPERM);
}

/* "auto" is one or the other, for all taps. */
static void test_a_kernel_without_nft(void **state)
{
	enum place p;

	(void)state;
	kernel_without(PLACE_NONE, PLACE_NONE);
	nft_there = false;
	assert_string_equal(place_backend("auto", &fake), "xtables");
	assert_int_equal(decide("auto", &p), 0);
	assert_int_equal(p, PLACE_EBTABLES);
	assert_true(backend_find("auto", &fake)->raw);
	assert_ptr_equal(backend_find("auto", &fake),
			 backend_find("xtables", &fake));
	nft_there = true;
	assert_string_equal(place_backend("auto", &fake), "nft");
	assert_false(backend_find("auto", &fake)->raw);
	assert_ptr_equal(backend_find("auto", &fake),
			 backend_find("nft", &fake));
	assert_true(backend_find("xtables", &fake)->raw);
}

static void test_names_of_backends(void **state)
{
	(void)state;
	assert_true(place_backend_ok("auto"));
	assert_true(place_backend_ok("nft"));
	assert_true(place_backend_ok("xtables"));
	assert_false(place_backend_ok("nftables"));
	assert_false(place_backend_ok(""));
	assert_null(backend_find("nftables", &fake));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_backend_decides),
		cmocka_unit_test(test_the_kernel_decides),
		cmocka_unit_test(test_the_rules_decide),
		cmocka_unit_test(test_a_probe_that_fails),
		cmocka_unit_test(test_a_kernel_without_nft),
		cmocka_unit_test(test_names_of_backends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
