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

static int fake_lacks(enum place p, const struct binding *b,
		      unsigned int profile, const char **what)
{
	(void)b;
	(void)profile;
	*what = lacking[p];
	return probe_error;
}

static bool fake_has_nft(void)
{
	return nft_there;
}

static const struct place_probe fake = { fake_has_nft, fake_lacks };

#define NETDEV (1U << PLACE_NETDEV)
#define INGRESS (1U << PLACE_INGRESS)
#define BRIDGE (1U << PLACE_BRIDGE)
#define TRACK (1U << PLACE_TRACK)

/* Some kernel that has all but what these places need, a bit each */
static void kernel_without(unsigned int places)
{
	unsigned int i;

	probe_error = 0;
	for (i = 0; i < PLACE_COUNT; i++)
		lacking[i] = places & 1U << i ? "needs the kernel module x" :
						NULL;
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
	kernel_without(0);
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
	kernel_without(NETDEV);
	assert_int_equal(decide("auto", &p), 0);
	assert_int_equal(p, PLACE_INGRESS);
	assert_int_equal(decide("nft", &p), 0);
	assert_int_equal(p, PLACE_INGRESS);
	kernel_without(INGRESS);
	assert_int_equal(decide("auto", &p), 0);
	assert_int_equal(p, PLACE_NETDEV);
	kernel_without(NETDEV | INGRESS | TRACK);
	assert_int_equal(decide("auto", &p), 0);
	assert_int_equal(p, PLACE_BRIDGE);
	kernel_without(NETDEV | INGRESS | TRACK | BRIDGE);
	assert_int_equal(decide("xtables", &p), 0);
	assert_int_equal(p, PLACE_EBTABLES);
	assert_int_equal(decide("auto", &p), -EOPNOTSUPP);
	assert_int_equal(decide("nft", &p), -EOPNOTSUPP);
	assert_int_equal(p, PLACE_NONE);
}

static enum place place_without(unsigned int places, const char *rule)
{
	struct binding b = { 0 };
	enum place p;
	int rc;

	kernel_without(places);
	text_binding(&b, "tap0", rule);
	rc = place_decide(&b, "auto", &fake);
	p = b.profiles[0].place;
	binding_free(&b);
	return rc < 0 ? PLACE_NONE : p;
}

static enum place place_of(const char *rule)
{
	return place_without(0, rule);
}

/* The bridge's own connection tracking before that of IP; else neither */
static void test_where_connections_are(void **state)
{
	static const char rules[] = "a:2 out accept eth.type=0x0800 "
				    "ct.state=new\na:3 in drop\n";

	(void)state;
	assert_int_equal(place_without(0, rules), PLACE_TRACK);
	assert_int_equal(place_without(BRIDGE, rules), PLACE_TRACK);
	assert_int_equal(place_without(TRACK, rules), PLACE_BRIDGE);
	assert_int_equal(place_without(TRACK | BRIDGE, rules), PLACE_NONE);
	/* fragments are put together before either */
	assert_int_equal(place_of(
				 "a:2 out accept eth.type=0x0800 ct.state=new\n"
				 "a:3 out drop eth.type=0x0800 "
				 "ip.frag=0x2000/0x2000\n"),
			 PLACE_NONE);
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

/* What stands in for a place carries nothing that this one does not. */
static void test_a_place_that_stands_in(void **state)
{
	static const char stateful[] = "a:2 out accept eth.type=0x0800 "
				       "ct.state=new\na:3 in drop\n";

	(void)state;
	assert_int_equal(place_without(NETDEV, stateful), PLACE_TRACK);
	assert_int_equal(place_without(NETDEV | TRACK | BRIDGE, stateful),
			 PLACE_NONE);
	assert_int_equal(place_without(NETDEV, "a:2 out reject\n"),
			 PLACE_INGRESS);
	assert_int_equal(place_without(NETDEV, "a:2 in reject\n"), PLACE_NONE);
}

static struct binding places(const enum place *list, size_t n)
{
	static struct binding_profile p[PLACE_COUNT];
	static struct rule in[PLACE_COUNT];
	unsigned int i;

	for (i = 0; i < n; i++) {
		p[i] = (struct binding_profile){ .place = list[i] };
		in[i] = (struct rule){ .profile = i, .dir = DIR_IN };
	}
	return (struct binding){ .profiles = p,
				 .nprofiles = (unsigned int)n,
				 .rules = in,
				 .nrules = (unsigned int)n };
}

/* What depends on the port: all but the hooks of the tap */
static void test_what_needs_a_port(void **state)
{
	static const struct {
		enum place place;
		bool port, guard;
	} want[] = {
		{ PLACE_NETDEV, false, false }, { PLACE_INGRESS, true, false },
		{ PLACE_BRIDGE, true, false },	{ PLACE_EBTABLES, true, true },
		{ PLACE_IPTABLES, true, true }, { PLACE_TRACK, true, false },
	};
	struct binding b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		b = places((enum place[]){ PLACE_NETDEV, want[i].place }, 2);
		assert_int_equal(place_needs_port(&b), want[i].port);
		assert_int_equal(place_needs_guard(&b), want[i].guard);
	}
	b = places((enum place[]){ PLACE_INGRESS }, 1);
	b.rules[0].dir = DIR_OUT;
	assert_false(place_needs_port(&b));
}

static void test_a_probe_that_fails(void **state)
{
	enum place p;

	(void)state;
	kernel_without(0);
	probe_error = -EPERM;
	assert_int_equal(decide("auto", &p), -EPERM);
}

/* "auto" is one or the other, for all taps. */
static void test_a_kernel_without_nft(void **state)
{
	enum place p;

	(void)state;
	kernel_without(0);
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
		cmocka_unit_test(test_where_connections_are),
		cmocka_unit_test(test_the_rules_decide),
		cmocka_unit_test(test_a_place_that_stands_in),
		cmocka_unit_test(test_what_needs_a_port),
		cmocka_unit_test(test_a_probe_that_fails),
		cmocka_unit_test(test_a_kernel_without_nft),
		cmocka_unit_test(test_names_of_backends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
