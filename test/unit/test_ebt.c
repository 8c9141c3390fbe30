// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules as ebtables has them: what is written, what is read back, what is an
 * error, and what is never weaker than it was.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../ebt_rules.h"

static const struct backend_tap id = {
	.ifindex = 0x01020304,
	.owner = 1000,
	.uuid = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
	.digest = 0x1122334455667788,
};

/* All rules of the profiles' chains, as they are written */
static void lines_of(const char *rules, struct buf *out)
{
	_cleanup_chains_ struct ebt_chains chains = { 0 };
	_cleanup_binding_ struct binding b = { 0 }, view = { 0 };
	size_t i, j;

	text_binding(&b, "tap0", rules);
	assert_int_equal(ebt_reduce(&b, &view), 0);
	assert_int_equal(ebt_lower(&view, &id, &chains), 0);
	for (i = 0; i < chains.n; i++)
		for (j = 0; j < chains.chain[i].nrules; j++)
			assert_int_equal(
				ebt_write_rule(out, "-A", chains.chain[i].name,
					       &chains.chain[i].rules[j]),
				0);
}

static void check_lines(const char *rules, const char *const *want)
{
	_cleanup_buf_ struct buf text = { 0 };

	lines_of(rules, &text);
	for (; *want; want++)
		if (!text.data || !strstr(text.data, *want))
			fail_msg("no line '%s' in\n%s", *want,
				 text.data ? text.data : "");
}

#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_options(void **unused)
{
	(void)unused;
	check_lines(
		"a:1 out drop eth.src!=52:54:00:00:00:01\n",
		LINES("-A tf-tap0-o -j tf-tap0-o0\n",
		      "-A tf-tap0-o -j RETURN\n",
		      "-A tf-tap0-o0 -s ! 52:54:00:00:00:01/ff:ff:ff:ff:ff:ff -j DROP\n",
		      "-A tf-tap0-o0 -j RETURN\n"));
	check_lines("a:1 in accept eth.type={0x0800,0x0806}\na:2 in drop\n",
		    LINES("-A tf-tap0-i0 -p 0x0800 -j RETURN\n",
			  "-A tf-tap0-i0 -p 0x0806 -j RETURN\n",
			  "-A tf-tap0-i0 -j DROP\n"));
	check_lines("a:1 out accept eth.type=0x0806 arp.htype=1 "
		    "arp.ptype=0x0800 arp.hlen=6 arp.plen=4\n"
		    "a:2 out drop\n",
		    LINES("-p 0x0806 --arp-htype 1 --arp-ptype 0x0800 "
			  "--arp-ip-dst 0.0.0.0/128.0.0.0 --arp-mac-src "
			  "00:00:00:00:00:00/00:00:00:00:00:00 -j RETURN\n",
			  "--arp-ip-dst 128.0.0.0/128.0.0.0 --arp-mac-src "
			  "00:00:00:00:00:00/00:00:00:00:00:00 -j RETURN\n"));
	check_lines("a:1 out drop eth.type=0x0800 ip.proto=1 icmp.type={3,5} "
		    "icmp.code=0-1\n",
		    LINES("--ip-icmp-type 3:3/0:1 -j DROP\n",
			  "--ip-icmp-type 5:5/0:1 -j DROP\n"));
	check_lines("a:1 out drop eth.type=0x0800 ip.dscp=46\n",
		    LINES("--ip-tos 0xb8 -j DROP", "--ip-tos 0xb9 -j DROP",
			  "--ip-tos 0xba -j DROP", "--ip-tos 0xbb -j DROP"));
	check_lines("a:1 out drop eth.type=0x8100 vlan.id=0 vlan.pcp=3 "
		    "vlan.type=0x0806\n",
		    LINES("-p 0x8100 --vlan-id 0 --vlan-prio 3 "
			  "--vlan-encap 0x0806 -j DROP\n"));
	check_lines("a:1 out drop eth.dst!={52:54:00:00:00:01,"
		    "52:54:00:00:00:02} eth.type=0x0800\n",
		    LINES("-A tf-tap0-o0 -p 0x0800 -j tf-tap0-o1\n",
			  "-A tf-tap0-o1 -d 52:54:00:00:00:02/"
			  "ff:ff:ff:ff:ff:ff -j RETURN\n",
			  "-A tf-tap0-o1 -j DROP\n"));
}

static void test_what_is_dropped_whole(void **unused)
{
	(void)unused;
	check_lines("a:1 out drop eth.inner=0x0800\n",
		    LINES("-A tf-tap0-o0 -p 0x0800 -j DROP\n",
			  "-A tf-tap0-o0 -p 0x88a8 -j DROP\n",
			  "-A tf-tap0-o0 -p 0x9100 -j DROP\n",
			  "-p 0x8100 --vlan-encap 0x0806 -j RETURN\n",
			  "-p LENGTH --802_3-type 0x0800 -j DROP\n"));
	/* what hides a port */
	check_lines("a:1 out drop eth.type=0x0800 ip.proto=17 l4.sport=67\n",
		    LINES("-p 0x0800 --ip-proto 17 --ip-sport 67:67 -j DROP\n",
			  "-p 0x0800 --ip-dst 0.0.0.0/128.0.0.0 -j RETURN\n",
			  ("-p 0x0800 --ip-dst 128.0.0.0/128.0.0.0 "
			   "-j RETURN\n"),
			  "-p 0x0800 -j DROP\n"));
	check_lines("a:1 out accept eth.type=0x0800 ip.proto=17 "
		    "ip.frag=0x0000/0x3fff l4.sport=68 l4.dport=67\n"
		    "a:2 out drop eth.dst=ff:ff:ff:ff:ff:ff\n",
		    LINES("-p 0x0800 --ip-proto ! 17 -j RETURN\n",
			  "-p 0x0800 --ip-proto 17 --ip-dport 0:65535 "
			  "-j RETURN\n",
			  "-p 0x0800 -j DROP\n"));
	/* IPv6 is nobody's matter where another profile drops it */
	check_lines("a:1 out drop eth.type=0x86dd ip6.proto=58 icmp6.type=134\n"
		    "b:1 out drop eth.type=0x86dd\n",
		    LINES("-A tf-tap0-o0 -p 0x86dd -j DROP\n"));
}

static void test_what_it_cannot(void **unused)
{
	static const struct {
		const char *rules;
		const char *what;
	} bad[] = {
		{ "eth.type=0x0800 ip.ttl=1", "ip.ttl" },
		{ "eth.type=0x0800 ip.frag=0x2000/0x3fff", "ip.frag" },
		{ "eth.type=0x0800 ip.proto=6 tcp.flags=0x02/0x12",
		  "tcp.flags" },
		{ "eth.type=0x86dd ip6.nexthdr=58", "ip6.nexthdr" },
		{ "eth.type=0x86dd ip6.proto=17 l4.dport=53", "ip6.proto" },
		{ "eth.type=0x86dd ip6.nexthdr=58 nd.target=fe80::1",
		  "ip6.nexthdr" },
		{ "eth.type=0x0806 arp.hlen=8", "lengths" },
		{ "eth.type=0x0806 arp.spa=10.0.0.1", "lengths" },
		{ "eth.type=0x8100 vlan.type=0x0800 ip.src=10.0.0.1",
		  "ip.src" },
		{ "eth.type=0x8100 vlan.id=5 vlan.pcp=1", "vlan.pcp" },
		{ "eth.type=0x8100 vlan.id=4095", "4095" },
		{ "eth.type=0x0600", "0x0600" },
		{ "eth.type=0x0800 ip.src!={10.0.0.1,10.0.0.2}", "list" },
		{ "eth.type=0x0800 ip.src!=0.0.0.0/0", "any" },
		{ "eth.type=0x0800 ip.src=10.0.0.1-10.0.0.9", "ranges" },
		{ "eth.type=0x0800 ip.proto=6 l4.dport=0x0050/0x00ff",
		  "masks" },
	};
	const struct rule *r = NULL;
	const char *what;
	char text[256];
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_binding_ struct binding b = { 0 }, out = { 0 };

		snprintf(text, sizeof(text), "a:7 out drop %s\n", bad[i].rules);
		text_binding(&b, "tap0", text);
		what = ebt_refuses(&b, 0, &r);
		if (!what || !strstr(what, bad[i].what))
			fail_msg("%s: %s", text, what ? what : "accepted");
		assert_ptr_equal(r, &b.rules[0]);
		assert_int_equal(ebt_reduce(&b, &out), -EOPNOTSUPP);
	}
}

/* What is judged otherwise when a tag of type 0x88a8 is taken for 0x8100 */
static void test_legacy_tags(void **unused)
{
	static const struct {
		const char *rule;
		bool refused;
	} all[] = {
		{ "accept eth.type=0x8100 vlan.id=5", true },
		{ "accept eth.type={0x0800,0x8100}", true },
		{ "accept eth.type={0x8100,0x88a8}", false },
		{ "accept eth.type=0x88a8", false },
		{ "accept eth.type!=0x88a8", true },
		{ "accept eth.type!=0x8100", false },
		{ "accept eth.src=52:54:00:00:00:01", false },
		{ "drop eth.type=0x8100 vlan.id=5", false },
		{ "drop eth.type=0x88a8", true },
		{ "drop eth.type={0x8100,0x88a8,0x9100}", false },
		{ "drop eth.type!=0x88a8", false },
		{ "drop eth.type!=0x8100", true },
		{ "drop eth.type!={0x0800,0x0806}", false },
		{ "drop", false },
	};
	char text[256];
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		_cleanup_binding_ struct binding b = { 0 };

		snprintf(text, sizeof(text),
			 "a:1 out accept eth.type=0x0800\na:2 in %s\n",
			 all[i].rule);
		text_binding(&b, "tap0", text);
		assert_null(ebt_legacy_refuses(&b.rules[0]));
		if (!ebt_legacy_refuses(&b.rules[1]) == all[i].refused)
			fail_msg("%s", all[i].rule);
	}
}

/* ---- reading back --------------------------------------------------------- */

static const struct ebt_names *file_names(void)
{
	static struct ebt_names names;

	if (!names.ntypes) {
		assert_int_equal(ebt_names_add(&names.types, &names.ntypes,
					       "# types\nS-TAG 88A8 # x\n"
					       "LLDP\t88CC\nbroken\n",
					       16),
				 0);
		assert_int_equal(ebt_names_add(&names.protocols,
					       &names.nprotocols,
					       "ip 0 IP\nudp\t17\tUDP\n", 10),
				 0);
	}
	return &names;
}

static const char saved[] =
	"*filter\n:INPUT ACCEPT\n-A tf-tap0-o -j DROP\n"
	"*nat\n:PREROUTING ACCEPT\n:POSTROUTING ACCEPT\n"
	":libvirt-I-tap0 ACCEPT\n:tf-tap0-o ACCEPT\n:tf-tap0-o0 ACCEPT\n"
	":tf-tap0-o1-o ACCEPT\n:tf-tap00-o ACCEPT\n"
	"-A PREROUTING -i tap1 -j tf-tap1-o\n"
	"-A PREROUTING -p IPv4 -i tap0 -j mark --mark-or 0x6 --mark-target "
	"CONTINUE \n"
	"-A PREROUTING -i tap0 -j tf-tap0-o\n"
	"-A PREROUTING -i tap0 -j libvirt-I-tap0\n"
	"-A POSTROUTING -o tap0 --log-prefix \"-j CONTINUE\" -j ACCEPT\n"
	"-A POSTROUTING -o tap0 -j tf-tap0-i\n"
	"[3:180] -A tf-tap0-o0 -p S-TAG -s Multicast -d ! BGA -j DROP\n"
	"-A tf-tap0-o0 -p IPv4 --ip-proto udp --ip-sport 67 -j RETURN\n"
	"-A tf-tap0-o0 -p IPv4 --ip-proto 2 --ip-igmp-type 48-j DROP\n"
	"-A tf-tap0-o0 -p IPv4 --ip-proto 1 --ip-icmp-type redirect -j DROP\n"
	"-A tf-tap0-o0 -p ARP --arp-op Request --arp-ip-src 10.0.0.0/8 -j DROP\n"
	"-A tf-tap0-o0 --mark 5 -j DROP\n"
	"-A tf-tap00-o -j DROP\n";

static void check_rule(const struct ebt_rule *r, const char *want)
{
	_cleanup_buf_ struct buf text = { 0 };

	assert_int_equal(ebt_write_rule(&text, "-A", "x", r), 0);
	assert_string_equal(text.data, want);
}

static void test_what_is_saved(void **unused)
{
	_cleanup_view_ struct ebt_view v = { 0 };
	const struct ebt_chain *c;

	(void)unused;
	assert_int_equal(ebt_parse(saved, file_names(), "tap0", &v), 0);
	assert_int_equal(v.chains.n, 2);
	assert_int_equal(v.jumps[DIR_OUT], 1);
	assert_false(v.late[DIR_OUT]);
	assert_int_equal(v.jumps[DIR_IN], 1);
	assert_true(v.late[DIR_IN]);
	c = ebt_chain_find(&v.chains, "tf-tap0-o0");
	assert_non_null(c);
	assert_int_equal(c->nrules, 6);
	assert_int_equal(c->rules[0].packets, 3);
	assert_int_equal(c->rules[0].bytes, 180);
	check_rule(&c->rules[0], "-A x -p 0x88a8 -s 01:00:00:00:00:00/"
				 "01:00:00:00:00:00 -d ! 01:80:c2:00:00:00/"
				 "ff:ff:ff:ff:ff:ff -j DROP\n");
	check_rule(&c->rules[1],
		   "-A x -p 0x0800 --ip-proto 17 --ip-sport 67:67 -j RETURN\n");
	check_rule(
		&c->rules[2],
		"-A x -p 0x0800 --ip-proto 2 --ip-igmp-type 48:48 -j DROP\n");
	check_rule(&c->rules[3], "-A x -p 0x0800 --ip-proto 1 "
				 "--ip-icmp-type 5:5/0:255 -j DROP\n");
	check_rule(&c->rules[4], "-A x -p 0x0806 --arp-op 1 "
				 "--arp-ip-src 10.0.0.0/255.0.0.0 -j DROP\n");
	assert_int_equal(c->rules[5].target, EBT_STRANGE);
}

static void test_identity(void **unused)
{
	_cleanup_chains_ struct ebt_chains c = { 0 };
	struct backend_tap now = { 0 };

	(void)unused;
	assert_int_equal(ebt_add_identity("tap0", &id, &c), 0);
	assert_true(ebt_read_identity(&c.chain[0], &now));
	assert_memory_equal(&now, &id, sizeof(id));
	c.chain[0].rules[0].conds[0].lo[0] ^= 1;
	assert_false(ebt_read_identity(&c.chain[0], &now));
	assert_true(ebt_chain_of("tf-a-o1-o", "a-o1"));
	assert_false(ebt_chain_of("tf-a-o1-o", "a"));
	assert_false(ebt_chain_of("tf-a-o1x", "a"));
}

static void test_a_change(void **unused)
{
	_cleanup_view_ struct ebt_view v = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	const struct ebt_chains none = { 0 };

	(void)unused;
	assert_int_equal(ebt_parse(saved, file_names(), "tap0", &v), 0);
	assert_int_equal(ebt_write_change(&text, "tap0", &none, &v), 0);
	assert_string_equal(text.data, "-D POSTROUTING -o tap0 -j tf-tap0-i\n"
				       "-D PREROUTING -i tap0 -j tf-tap0-o\n"
				       "-F tf-tap0-o\n-F tf-tap0-o0\n"
				       "-X tf-tap0-o\n-X tf-tap0-o0\n");
}

/* ---- random rules --------------------------------------------------------- */

/* What is written is read back as what it was. */
static void check_round(const struct ebt_chains *c)
{
	_cleanup_buf_ struct buf text = { 0 };
	_cleanup_view_ struct ebt_view v = { 0 };
	const struct ebt_chain *now;
	size_t i, j;

	assert_int_equal(buf_printf(&text, "*nat\n"), 0);
	for (i = 0; i < c->n; i++)
		for (j = 0; j < c->chain[i].nrules; j++)
			assert_int_equal(ebt_write_rule(&text, "-A",
							c->chain[i].name,
							&c->chain[i].rules[j]),
					 0);
	assert_int_equal(ebt_parse(text.data, file_names(), "tap0", &v), 0);
	for (i = 0; i < c->n; i++) {
		now = ebt_chain_find(&v.chains, c->chain[i].name);
		assert_non_null(now);
		assert_int_equal(now->nrules, c->chain[i].nrules);
		for (j = 0; j < now->nrules; j++)
			assert_true(ebt_rule_equal(&now->rules[j],
						   &c->chain[i].rules[j]));
	}
}

static void check_frames(const struct binding *b, const struct binding *view)
{
	enum direction dir;
	struct frame f;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		random_frame(&f);
		dir = chance(50) ? DIR_OUT : DIR_IN;
		if (eval_frame(b, dir, f.data, f.len, NULL) == VERDICT_DROP &&
		    eval_frame(view, dir, f.data, f.len, NULL) !=
			    VERDICT_DROP &&
		    !may_pass(&f))
			fail_msg("a frame passes that must be dropped");
	}
}

static void test_random_rules(void **unused)
{
	unsigned int seed;

	(void)unused;
	for (seed = 1; seed <= 2000; seed++) {
		_cleanup_binding_ struct binding b = { 0 }, view = { 0 };
		_cleanup_chains_ struct ebt_chains chains = { 0 };

		rnd_seed(seed);
		random_carried(&b);
		assert_int_equal(ebt_reduce(&b, &view), 0);
		assert_int_equal(ebt_lower(&view, &id, &chains), 0);
		check_round(&chains);
		check_frames(&b, &view);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_what_is_dropped_whole),
		cmocka_unit_test(test_what_it_cannot),
		cmocka_unit_test(test_legacy_tags),
		cmocka_unit_test(test_what_is_saved),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_a_change),
		cmocka_unit_test(test_random_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
