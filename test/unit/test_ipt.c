// SPDX-License-Identifier: GPL-2.0-or-later
/* What the iptables place takes, refuses, and how its chains are called */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../binding_text.h"
#include "ipt_cond.h"
#include "ipt_lower.h"

static void check(const char *text, const char *want)
{
	_cleanup_binding_ struct binding b = { 0 };
	const char *what;

	text_binding(&b, "tap0", text);
	what = ipt_refuses(&b.rules[0]);
	if (want)
		assert_string_equal(what ? what : "nothing", want);
	else if (what)
		fail_msg("'%s' is refused: %s", text, what);
}

static void test_refused(void **state)
{
	static const struct {
		const char *rule, *what;
	} rows[] = {
		{ "p:1 out drop", "other frames than IPv4 and IPv6" },
		{ "p:1 out drop eth.type=0x0806",
		  "other frames than IPv4 and IPv6" },
		{ "p:1 out drop eth.type=0x8100 vlan.type=0x0800",
		  "other frames than IPv4 and IPv6" },
		{ "p:1 out drop eth.inner=0x0800",
		  "other frames than IPv4 and IPv6" },
		{ "p:1 out drop eth.type=0x0800 eth.inner=0x0800",
		  "eth.inner" },
		{ "p:1 out drop eth.type=0x0800 eth.type!=0x86dd",
		  "two conditions of eth.type" },
		{ "p:1 out reject eth.type=0x0800", "REJECT" },
		{ "p:1 out drop eth.type=0x0800 eth.dst=52:54:00:00:00:01",
		  "eth.dst" },
		{ "p:1 out drop eth.type=0x0800 "
		  "eth.src=52:54:00:00:00:00/ff:ff:ff:00:00:00",
		  "a mask or range of eth.src" },
		{ "p:1 out drop eth.type=0x0800 ip.src=10.0.0.1/255.0.255.255",
		  "a mask with gaps" },
		{ "p:1 out drop eth.type=0x0800 ip.frag=0x2000/0x2000",
		  "ip.frag" },
		{ "p:1 out drop eth.type=0x0800 ip.proto=0",
		  "ip.proto 0, or all but several protocols" },
		{ "p:1 out drop eth.type=0x0800 ip.proto!={6,17}",
		  "ip.proto 0, or all but several protocols" },
		{ "p:1 out drop eth.type=0x0800 ip.proto=1 icmp.type=255",
		  "icmp.type 255, or icmp.code without icmp.type" },
		{ "p:1 out drop eth.type=0x0800 ip.proto=1 icmp.code=3",
		  "icmp.type 255, or icmp.code without icmp.type" },
		{ "p:1 out drop eth.type=0x0800 ip.proto=2 igmp.type=0x17",
		  "igmp.type" },
		{ "p:1 out drop eth.type=0x0800 ip.proto=6 tcp.flags=0x02-0x03",
		  "a range of tcp.flags" },
		{ "p:1 out drop eth.type=0x0800 "
		  "eth.dst={01:00:00:00:00:00/01:00:00:00:00:00,"
		  "ff:ff:ff:ff:ff:ff}",
		  "eth.dst" },
		/* not at a place that is known */
		{ "p:1 out drop eth.type=0x86dd ip6.fragnext=60",
		  "ip6.fragnext" },
		{ "p:1 out accept eth.type=0x86dd ip6.nexthdr={44,60} "
		  "ip6.fragnext=60",
		  "ip6.fragnext" },
		{ "p:1 out drop eth.type=0x86dd ip6.proto=58 "
		  "nd.target=fe80::1",
		  "nd.target" },
		/* what may be in what is cut off */
		{ "p:1 out drop eth.type=0x86dd ip6.nexthdr=58 "
		  "nd.target=fe80::1",
		  "nd.target" },
		{ "p:1 out drop eth.type=0x86dd ip6.nexthdr=58 nd.opttype=1",
		  "nd.opttype" },
		{ "p:1 out drop eth.type=0x86dd ip6.nexthdr=58 rs.optlen=1 "
		  "ip6.length={16,8}",
		  "rs.optlen" },
		{ "p:1 out drop eth.type=0x86dd ip6.nexthdr=58 "
		  "nd.target!=fe80::1",
		  "nd.target" },
		{ "p:1 out drop eth.type=0x86dd ip6.length!=24", "ip6.length" },
		{ "p:1 out drop eth.type=0x86dd ip6.fraghdr=0",
		  "ip6.fraghdr in such an entry" },
		{ "p:1 out drop eth.type=0x86dd ip6.frag!=0x0000/0xfff8",
		  "ip6.frag in such an entry" },
		{ "p:1 out accept eth.type=0x0800 limit=10001/second burst=1",
		  "a limit of more than 10000 frames a second" },
		{ "p:1 out accept eth.type=0x0800 limit=1/hour burst=25",
		  "a burst that takes more than a day to come back" },
		{ "p:1 out drop eth.type=0x0800 log=1 log.limit=1/day "
		  "log.burst=2 log.prefix=\"x\"",
		  "a burst that takes more than a day to come back" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check(rows[i].rule, rows[i].what);
}

static void test_taken(void **state)
{
	static const char *const rules[] = {
		"p:1 out drop eth.type=0x0800",
		"p:1 out drop eth.type=0x86dd",
		"p:1 in accept eth.type=0x0800 ct.state={new,related}",
		"p:1 out drop eth.type=0x0800 eth.src!=52:54:00:00:00:01",
		"p:1 out drop eth.type=0x0800 ip.src!={10.0.0.1,10.1.0.0/16}",
		"p:1 out drop eth.type=0x0800 ip.dst=10.0.0.1-10.0.0.9",
		"p:1 out drop eth.type=0x0800 ip.proto!=6",
		"p:1 out drop eth.type=0x0800 ip.proto=6 l4.dport={1-2,4-5}",
		"p:1 out drop eth.type=0x0800 ip.proto=6 tcp.flags=0x02/0x12",
		"p:1 out drop eth.type=0x0800 ip.proto=1 icmp.type=3 icmp.code=4",
		"p:1 out drop eth.type=0x0800 ip.dscp=0-5 ip.ttl=1",
		"p:1 out drop eth.type=0x86dd ip6.proto!={6,17,51}",
		"p:1 out drop eth.type=0x86dd ip6.proto=58 icmp6.type=134",
		"p:1 out drop eth.type=0x86dd eth.dst=ff:ff:ff:ff:ff:ff",
		("p:1 out drop eth.type=0x0800 "
		 "eth.dst!=01:00:00:00:00:00/01:00:00:00:00:00"),
		"p:1 out drop eth.type=0x86dd ip6.nexthdr!={44,60}",
		"p:1 out drop eth.type=0x86dd ip6.nexthdr=44 ip6.fragnext=60",
		"p:1 out drop eth.type=0x86dd ip6.fraghdr=1",
		"p:1 out accept eth.type=0x86dd ip6.fraghdr=0",
		"p:1 out drop eth.type=0x86dd ip6.frag=0x0000/0xfff8",
		"p:1 out drop eth.type=0x86dd ip6.frag=0x0001/0x0001",
		"p:1 out drop eth.type=0x86dd ip6.length=24-32",
		("p:1 out accept eth.type=0x86dd ip6.nexthdr=58 "
		 "nd.target={fe80::1,2001:db8::/64} ip6.length=32 "
		 "nd.opttype=2 nd.optlen=1 nd.lladdr=52:54:00:00:00:01"),
		"p:1 out drop eth.type=0x86dd ip6.nexthdr=17 l4.sport=53",
		"p:1 out accept eth.type=0x0800 limit=10000/second burst=10",
		"p:1 out accept eth.type=0x0800 limit=1/hour burst=24 connlimit=9",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		check(rules[i], NULL);
}

static void test_combinations(void **state)
{
	_cleanup_buf_ struct buf text = { 0 };
	unsigned int i;

	(void)state;
	assert_int_equal(buf_printf(&text, "p:1 out drop eth.type=0x0800 "
					   "ip.proto={6,17} l4.dport={0-1"),
			 0);
	for (i = 1; i < 64; i++)
		assert_int_equal(buf_printf(&text, ",%u-%u", 3 * i, 3 * i + 1),
				 0);
	assert_int_equal(buf_printf(&text, "} ip.ttl={1,3,5,7,9,11,13,15}"), 0);
	check(text.data, NULL); /* 2 * 64 * 8 */
	text.len--;
	text.data[text.len] = '\0';
	assert_int_equal(buf_printf(&text, ",17}"), 0);
	check(text.data, "so many combinations in one entry");
}

static void test_names(void **state)
{
	char name[IPT_CHAIN_SIZE];

	(void)state;
	ipt_chain_name(DIR_OUT, 0, "tap0", name);
	assert_string_equal(name, "tapf-o-tap0");
	assert_true(ipt_chain_is_of(name, "tap0"));
	assert_false(ipt_chain_is_of(name, "tap"));
	assert_false(ipt_chain_is_of(name, "tap00"));
	ipt_chain_name(DIR_IN, 0xfffff, "a-device-of-15b", name);
	assert_string_equal(name, "tapf-ifffff-a-device-of-15b");
	assert_true(ipt_chain_is_of(name, "a-device-of-15b"));
	/* a name that looks like a number and another tap's */
	ipt_chain_name(DIR_OUT, 0, "1-tap0", name);
	assert_false(ipt_chain_is_of(name, "tap0"));
	assert_true(ipt_chain_is_of(name, NULL));
	assert_false(ipt_chain_is_of("tapfilter-out", NULL));
	assert_false(ipt_chain_is_of("tapf-x-tap0", NULL));
	assert_false(ipt_chain_is_of("tapf-o", NULL));
}

static void test_identity(void **state)
{
	static const struct backend_tap id = {
		.ifindex = 4294967295u,
		.owner = 4294967294u,
		.uuid = { 0x00, 0x11, [15] = 0xff },
		.digest = 0x0123456789abcdefULL,
	};
	_cleanup_binding_ struct binding b = { 0 };
	_cleanup_set_ struct ipt_set set = { 0 };
	struct backend_tap got = { 0 };
	unsigned int i;

	(void)state;
	text_binding(&b, "tap0", "p:1 out drop eth.type=0x86dd");
	b.profiles[0].place = PLACE_IPTABLES;
	assert_int_equal(ipt_lower(&b, &id, IPT_IP4, &set), 0);
	assert_int_equal(set.n, 0);
	assert_int_equal(ipt_lower(&b, &id, IPT_IP6, &set), 0);
	assert_int_equal(set.n, 3);
	for (i = 0; i < set.n; i++) {
		if (set.chains[i].name[6] != '-')
			continue;
		assert_true(ipt_read_identity(&set.chains[i].rules, &got));
		assert_memory_equal(&got, &id, sizeof(id));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_combinations),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
