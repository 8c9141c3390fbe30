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
#include "bridge_calls.h"
#include "place.h"

/* What each place lacks; NULL for nothing */
static const char *lacking[PLACE_COUNT];
static int probe_error;
static bool nft_there = true;
static bool legacy;

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

static bool fake_legacy(void)
{
	return legacy;
}

static const struct place_probe fake = { fake_has_nft, fake_legacy,
					 fake_lacks };

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

static void bridged(struct binding *b, const char *rules)
{
	text_binding(b, "tap0", rules);
	snprintf(b->bridge, sizeof(b->bridge), "br0");
}

static int decide(const char *backend, enum place *out)
{
	struct binding b = { 0 };
	int rc;

	bridged(&b, "a:2 out drop eth.type=0x0806\n");
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
	/* the other backend could */
	assert_int_equal(decide("auto", &p), -EPROTONOSUPPORT);
	assert_int_equal(decide("nft", &p), -EPROTONOSUPPORT);
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

#define FEW                                           \
	"a:1 in accept eth.type=0x0800 connlimit=3\n" \
	"a:2 in drop eth.type=0x0800\n"

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
	/* connections are counted where they are known */
	assert_int_equal(place_of(FEW), PLACE_TRACK);
	assert_int_equal(place_without(TRACK, FEW), PLACE_NONE);
	assert_int_equal(
		place_of(FEW "a:3 in accept eth.type=0x0800 connlimit=3\n"
			     "a:4 in accept eth.type=0x0800 connlimit=3\n"
			     "a:5 in accept eth.type=0x0800 connlimit=3\n"
			     "a:6 out accept eth.type=0x0800 connlimit=3\n"),
		PLACE_TRACK);
	assert_int_equal(
		place_of(FEW "a:3 in accept eth.type=0x0800 connlimit=3\n"
			     "a:4 in accept eth.type=0x0800 connlimit=3\n"
			     "a:5 in accept eth.type=0x0800 connlimit=3\n"
			     "a:6 in accept eth.type=0x0800 connlimit=3\n"),
		PLACE_NONE);
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

/* What becomes of rules with ebtables and iptables, without its first lines */
static void xtables(const char *rules, const char *want)
{
	_cleanup_binding_ struct binding b = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	int again;

	kernel_without(0);
	text_binding(&b, "tap0", rules);
	/* whoever is given what another has placed places it as well */
	for (again = 0; again < 2; again++) {
		assert_int_equal(place_decide(&b, "xtables", &fake), 0);
		text.len = 0;
		assert_int_equal(binding_format(&b, &text), 0);
		assert_non_null(strstr(text.data, "# profile"));
		assert_string_equal(strstr(text.data, "# profile"), want);
	}
}

static void test_together(void **state)
{
	(void)state;
	/* the rest accepts what the part of iptables is about */
	xtables("a:1 out drop eth.type=0x86dd ip6.proto=17 l4.dport=546\n"
		"a:2 out accept eth.type={0x0800,0x86dd}\n"
		"a:3 out drop\n"
		"a:4 in drop eth.type=0x86dd ip6.proto=58\n"
		"b:1 in drop eth.type=0x0806\n",
		"# profile a (ebtables)\n"
		"# profile b (ebtables)\n"
		"# profile a (iptables) (IPv6)\n"
		"a:1 out accept eth.type=0x86dd\n"
		"a:2 out accept eth.type={0x0800,0x86dd}\n"
		"a:3 out drop\n"
		"b:1 in drop eth.type=0x0806\n"
		"a:1 out drop eth.type=0x86dd ip6.proto=17 l4.dport=546\n"
		"a:2 out accept eth.type=0x86dd\n"
		"a:4 in drop eth.type=0x86dd ip6.proto=58\n");
	/* nothing is left for ebtables, or that does nothing */
	xtables("a:1 out accept eth.type=0x0800 ct.state=new\n"
		"a:2 out drop eth.type=0x0800\n"
		"a:3 out accept eth.type=0x0806\n",
		"# profile a (iptables)\n"
		"a:1 out accept eth.type=0x0800 ct.state=new\n"
		"a:2 out drop eth.type=0x0800\n");
	/* both, and what is about all */
	xtables("a:1 in accept eth.type=0x0800 ip.ttl=9\n"
		"a:2 in accept eth.type=0x86dd ip6.hoplimit=9\n"
		"a:3 in drop eth.src=52:54:00:00:00:01\n",
		"# profile a (ebtables)\n"
		"# profile a (iptables) (IPv4 and IPv6)\n"
		"a:1 in accept eth.type=0x0800\n"
		"a:1 in accept eth.type=0x86dd\n"
		"a:3 in drop eth.src=52:54:00:00:00:01\n"
		"a:1 in accept eth.type=0x0800 ip.ttl=9\n"
		"a:2 in accept eth.type=0x86dd ip6.hoplimit=9\n"
		"a:3 in drop eth.type=0x0800 eth.src=52:54:00:00:00:01\n"
		"a:3 in drop eth.type=0x86dd eth.src=52:54:00:00:00:01\n");
}

static void test_fragments(void **state)
{
	(void)state;
	/* nothing may be put together that is judged by its parts */
	xtables("a:1 out drop eth.type=0x86dd ip6.fragnext={0,60}\n",
		"# profile a (iptables)\n"
		"# profile a (ebtables) (no later fragments of IPv6)\n"
		"a:1 out drop eth.type=0x86dd ip6.fragnext={0,60} "
		"ip6.nexthdr=44\n"
		"a:1 out drop eth.type=0x86dd ip6.nexthdr={0,43,51,60} "
		"ip6.fraghdr=1\n"
		"a:1 out drop eth.type=0x86dd ip6.frag!=0x0000/0xfff8\n");
	xtables("a:1 out accept eth.type=0x86dd ip6.fragnext=17\n"
		"a:2 out drop eth.type=0x86dd ip6.dst=ff00::/8 "
		"ip6.proto=17\n",
		"# profile a (iptables)\n"
		"# profile a (ebtables) (no later fragments of IPv6)\n"
		"a:1 out accept eth.type=0x86dd ip6.fragnext=17 "
		"ip6.nexthdr=44\n"
		"a:2 out drop eth.type=0x86dd ip6.dst=ff00::/8 ip6.proto=17\n"
		"a:1 out drop eth.type=0x86dd ip6.frag!=0x0000/0xfff8\n");
	/* ... of those that the rule may be about */
	xtables("a:1 out accept eth.type=0x86dd ip6.dst=ff00::/8 "
		"ip6.nexthdr=0\n"
		"a:2 out drop eth.type=0x86dd ip6.dst=ff00::/8\n",
		"# profile a (iptables)\n"
		"# profile a (ebtables) (no later fragments of IPv6)\n"
		"a:1 out accept eth.type=0x86dd ip6.dst=ff00::/8 "
		"ip6.nexthdr=0\n"
		"a:2 out drop eth.type=0x86dd ip6.dst=ff00::/8\n"
		"a:1 out drop eth.type=0x86dd ip6.dst=ff00::/8 "
		"ip6.frag!=0x0000/0xfff8\n");
	/* ebtables can do that by itself */
	xtables("a:1 out drop eth.type=0x86dd ip6.frag!=0x0000/0xfff8\n",
		"# profile a (ebtables)\n"
		"a:1 out drop eth.type=0x86dd ip6.frag!=0x0000/0xfff8\n");
}

static int xtables_status(const char *rules)
{
	_cleanup_binding_ struct binding b = { 0 };

	kernel_without(0);
	text_binding(&b, "tap0", rules);
	return place_decide(&b, "xtables", &fake);
}

static void test_not_together(void **state)
{
	static const char *const rules[] = {
		/* those that come in have been put together before */
		"a:1 in drop eth.type=0x86dd ip6.fraghdr=1\n",
		"a:1 in drop eth.type=0x86dd ip6.fragnext=60\n",
		"a:1 in drop eth.type=0x86dd ip6.nexthdr!=17\n",
		/* neither can do it */
		"a:1 out drop eth.type=0x0806 arp.hlen=7\n",
		"a:1 out drop eth.type=0x0800 ip.frag=0x8000/0x8000\n",
		/* a limit is one, and counts all */
		"a:1 out accept limit=1/second burst=1\na:2 out drop\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		assert_int_equal(xtables_status(rules[i]), -EPROTONOSUPPORT);
	assert_int_equal(xtables_status("a:1 in reject\n"), -EOPNOTSUPP);
	assert_int_equal(xtables_status("a:1 in drop eth.type=0x86dd "
					"ip6.nexthdr=17\n"),
			 0);
}

/* ebtables-legacy takes tags of type 0x88a8 for those of 0x8100. */
static void test_legacy(void **state)
{
	static const char vlan[] = "a:1 out accept eth.type=0x8100 vlan.id=5\n"
				   "a:2 out drop\n";
	/* iptables has the part of IPv6, and ebtables the rest */
	static const char both[] = "a:1 out drop eth.type=0x86dd ip6.proto=17\n"
				   "a:2 out drop eth.type=0x88a8\n";

	(void)state;
	assert_int_equal(xtables_status(vlan), 0);
	assert_int_equal(xtables_status(both), 0);
	legacy = true;
	assert_int_equal(xtables_status(vlan), -EPROTONOSUPPORT);
	assert_int_equal(xtables_status(both), -EPROTONOSUPPORT);
	assert_int_equal(xtables_status("a:1 out drop eth.type=0x8100 "
					"vlan.id=5\n"),
			 0);
	assert_int_equal(xtables_status("a:1 out drop eth.type=0x86dd "
					"ip6.proto=17\n"
					"a:2 out drop eth.type=0x0806\n"),
			 0);
	legacy = false;
}

/* What ebtables leaves out because of another is there when that moves away. */
static void test_a_profile_that_moves(void **state)
{
	(void)state;
	assert_int_equal(xtables_status(
				 "a:1 out drop eth.type=0x0806 arp.hlen=7\n"
				 "b:1 out drop eth.type=0x0806\n"),
			 0);
	assert_int_equal(xtables_status(
				 "a:1 out drop eth.type=0x0800 ip.frag=0x8000/"
				 "0x8000\n"
				 "b:1 out drop eth.type=0x0800 log=1 "
				 "log.limit=1/second log.burst=1 "
				 "log.prefix=\"x\"\n"),
			 -EPROTONOSUPPORT);
}

/* Could a backend carry rules? */
static bool could(const char *rules, const char *bridge, const char *backend)
{
	_cleanup_binding_ struct binding b = { 0 };

	text_binding(&b, "tap0", rules);
	snprintf(b.bridge, sizeof(b.bridge), "%s", bridge);
	return place_backend_can(&b, backend, &fake);
}

static void test_what_a_backend_could_do(void **state)
{
	static const char few[] = FEW;

	(void)state;
	kernel_without(0);
	assert_true(could("a:1 out drop\n", "", "nft"));
	assert_true(could("a:1 out drop\n", "br0", "xtables"));
	assert_false(could("a:1 out drop\n", "", "xtables"));
	assert_true(could(few, "br0", "xtables"));
	/* all profiles of the binding */
	assert_true(could("b:1 out drop\nc:1 out drop\n", "br0", "nft"));
	assert_false(could("b:1 out drop\nc:1 in reject\n", "br0", "nft"));
	lacking[PLACE_IPTABLES] = "needs the kernel module x";
	assert_false(could(few, "br0", "xtables"));
	/* what is configured is not asked for what a port has to have */
	assert_int_equal(xtables_status(few), 0);
}

/* What leans on the hooks of IP says so of a bridge, by name. */
static void test_a_bridge_that_filters_vlans(void **state)
{
	struct link_info bridge = { .name = "br7" };
	_cleanup_buf_ struct buf lacks = { 0 };

	(void)state;
	assert_int_equal(bridge_calls_tags(&bridge, "; x", &lacks), 0);
	assert_int_equal(lacks.len, 0);
	bridge.vlans = true;
	assert_int_equal(bridge_calls_tags(&bridge, "; x", &lacks), 0);
	assert_string_equal(lacks.data,
			    "the bridge br7 filters VLANs, and what it has in "
			    "a tag never comes to the hooks of IP, which a "
			    "profile needs: ip link set br7 type bridge "
			    "vlan_filtering 0; x\n");
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
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_not_together),
		cmocka_unit_test(test_legacy),
		cmocka_unit_test(test_a_profile_that_moves),
		cmocka_unit_test(test_what_a_backend_could_do),
		cmocka_unit_test(test_a_bridge_that_filters_vlans),
		cmocka_unit_test(test_a_probe_that_fails),
		cmocka_unit_test(test_a_kernel_without_nft),
		cmocka_unit_test(test_names_of_backends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
