// SPDX-License-Identifier: GPL-2.0-or-later
/* The evaluator on frames that were written by hand, byte by byte */
#include "eval_cases.h"

static void test_operators(void **state)
{
	static const struct test_case cases[] = {
		CASE("equal", ARP, 0, ETH_SRC, EQ, "52:54:00:12:34:56", NULL,
		     true),
		CASE("not equal", ARP, 0, ETH_SRC, EQ, "52:54:00:12:34:57",
		     NULL, false),
		CASE("masked", ARP, 0, ETH_SRC, EQ, "52:54:00:00:00:00",
		     "ff:ff:ff:00:00:00", true),
		CASE("mask of no bit", ARP, 0, ETH_SRC, EQ, "00:00:00:00:00:00",
		     "00:00:00:00:00:00", true),
		CASE("group bit", ARP, 0, ETH_DST, EQ, "01:00:00:00:00:00",
		     "01:00:00:00:00:00", true),
		CASE("differs", ARP, 0, ETH_SRC, NE, "52:54:00:12:34:57", NULL,
		     true),
		CASE("does not differ", ARP, 0, ETH_SRC, NE,
		     "52:54:00:12:34:56", NULL, false),
		CASE("low bound", ARP, 0x0806, ARP_OP, RANGE, "2", "3", true),
		CASE("high bound", ARP, 0x0806, ARP_OP, RANGE, "1", "2", true),
		CASE("below", ARP, 0x0806, ARP_OP, RANGE, "3", "9", false),
		CASE("above", ARP, 0x0806, ARP_OP, RANGE, "0", "1", false),
		CASE("outside", ARP, 0x0806, ARP_OP, NRANGE, "3", "9", true),
		CASE("inside", ARP, 0x0806, ARP_OP, NRANGE, "1", "9", false),
	};
	(void)state;
	RUN(cases);
}

static void test_several_values(void **state)
{
	uint8_t frame[512];
	size_t len = from_hex(ARP, frame);
	struct rule r = { 0 };
	struct match *m;
	(void)state;

	m = rule_add_match(&r, FIELD_ARP_OP, OP_EQ, 3);
	assert_non_null(m);
	m->values[0].lo[1] = 1;
	m->values[1].lo[1] = 2;
	m->values[2].lo[1] = 9;
	memset(m->values[0].hi, 0xff, 2);
	memset(m->values[1].hi, 0xff, 2);
	memset(m->values[2].hi, 0xff, 2);
	assert_true(eval_match(&r, m, frame, len));
	m->op = OP_NE;
	assert_false(eval_match(&r, m, frame, len));
	m->values[1].lo[1] = 3;
	assert_true(eval_match(&r, m, frame, len));
	m->op = OP_EQ;
	assert_false(eval_match(&r, m, frame, len));
	rule_clear(&r);
}

static void test_arp(void **state)
{
	static const struct test_case cases[] = {
		CASE("htype", ARP, 0x0806, ARP_HTYPE, EQ, "1", NULL, true),
		CASE("ptype", ARP, 0x0806, ARP_PTYPE, EQ, "0x0800", NULL, true),
		CASE("hlen", ARP, 0x0806, ARP_HLEN, EQ, "6", NULL, true),
		CASE("plen", ARP, 0x0806, ARP_PLEN, EQ, "4", NULL, true),
		CASE("op", ARP, 0x0806, ARP_OP, EQ, "2", NULL, true),
		CASE("sha", ARP, 0x0806, ARP_SHA, EQ, "52:54:00:12:34:56", NULL,
		     true),
		CASE("spa", ARP, 0x0806, ARP_SPA, EQ, "10.0.0.1", NULL, true),
		CASE("spa prefix", ARP, 0x0806, ARP_SPA, EQ, "10.0.0.0",
		     "255.255.255.0", true),
		CASE("tha", ARP, 0x0806, ARP_THA, EQ, "52:54:00:00:00:02", NULL,
		     true),
		CASE("tpa", ARP, 0x0806, ARP_TPA, EQ, "10.0.0.2", NULL, true),
		CASE("cut off before tpa",
		     ETH "08 06 00 01 08 00 06 04 00 02 52 54 00 12 34 56 "
			 "0a 00 00 01 52 54 00 00 00 02 0a 00 00 ",
		     0x0806, ARP_TPA, NE, "1.2.3.4", NULL, false),
		TAGGED("behind a tag", ETH "81 00 00 05 08 06 " ARP_BODY,
		       0x0806, ARP_SPA, EQ, "10.0.0.1", NULL, true),
	};
	(void)state;
	RUN(cases);
}

static void test_tags(void **state)
{
	static const struct test_case cases[] = {
		TAGGED("vid", ETH "81 00 e0 05 08 06 " ARP_BODY, 0x0806,
		       VLAN_ID, EQ, "5", NULL, true),
		TAGGED("vid of 12 bits", ETH "81 00 ff ff 08 06 ", 0x0806,
		       VLAN_ID, EQ, "4095", NULL, true),
		TAGGED("pcp", ETH "81 00 e0 05 08 06 ", 0x0806, VLAN_PCP, EQ,
		       "7", NULL, true),
		TAGGED("pcp is not the vid", ETH "81 00 1f ff 08 06 ", 0x0806,
		       VLAN_PCP, EQ, "0", NULL, true),
		TAGGED("type", ETH "81 00 e0 05 08 06 ", 0x0806, VLAN_TYPE, EQ,
		       "0x0806", NULL, true),
		TAGGED("type cut off", ETH "81 00 e0 05 08 ", 0x0806, VLAN_TYPE,
		       NE, "0x0800", NULL, false),
		TAGGED("outer type", ETH "81 00 e0 05 08 06 ", 0x0806, ETH_TYPE,
		       EQ, "0x8100", NULL, true),
	};
	(void)state;
	RUN(cases);
}

static void test_inner_type(void **state)
{
#define INNER(what, bytes, type, result) \
	CASE(what, ETH bytes, 0, ETH_INNER, EQ, type, NULL, result)
	static const struct test_case cases[] = {
		INNER("untagged", "08 06 00 ", "0x0806", true),
		INNER("one tag", "81 00 00 00 08 06 ", "0x0806", true),
		INNER("service tag", "88 a8 00 00 08 06 ", "0x0806", true),
		INNER("old service tag", "91 00 00 00 08 06 ", "0x0806", true),
		INNER("two tags", "88 a8 00 00 81 00 00 05 86 dd ", "0x86dd",
		      true),
		INNER("three tags",
		      "81 00 00 00 81 00 00 00 81 00 00 00 08 06 ", "0x8100",
		      true),
		INNER("three tags hide",
		      "81 00 00 00 81 00 00 00 81 00 00 00 "
		      "08 06 ",
		      "0x0806", false),
		INNER("snap", "00 24 aa aa 03 00 00 00 08 00 ", "0x0800", true),
		INNER("snap, bridge tunnel", "00 24 aa aa 03 00 00 f8 86 dd ",
		      "0x86dd", true),
		INNER("snap, other organisation",
		      "00 24 aa aa 03 00 00 0c "
		      "08 00 ",
		      "0x0800", false),
		INNER("snap, other control", "00 24 aa aa 13 00 00 00 08 00 ",
		      "0x0800", false),
		INNER("llc without snap", "00 26 42 42 03 00 00 00 08 00 ",
		      "0x0800", false),
		INNER("largest length", "05 ff aa aa 03 00 00 00 08 00 ",
		      "0x0800", true),
		INNER("not a length", "06 00 aa aa 03 00 00 00 08 00 ",
		      "0x0600", true),
		INNER("tag, then snap",
		      "81 00 00 00 00 24 aa aa 03 00 00 00 "
		      "08 06 ",
		      "0x0806", true),
		INNER("two tags, then snap",
		      "88 a8 00 00 81 00 00 00 00 24 "
		      "aa aa 03 00 00 00 08 06 ",
		      "0x0806", true),
		INNER("tag in snap",
		      "00 24 aa aa 03 00 00 00 81 00 00 00 "
		      "08 06 ",
		      "0x8100", true),
		INNER("snap cut off", "00 24 aa aa 03 00 00 00 08 ", "0x0800",
		      false),
		INNER("tag cut off", "81 00 00 00 08 ", "0x0800", false),
		INNER("no type", "08 ", "0x0800", false),
	};
	(void)state;
	RUN(cases);
}

static void test_ip4(void **state)
{
	static const struct test_case cases[] = {
		CASE("dscp", IP4("1c ", "00 00 ", "11 ") UDP, 0x0800, IP_DSCP,
		     EQ, "46", NULL, true),
		CASE("whole", IP4("1c ", "40 00 ", "11 ") UDP, 0x0800, IP_FRAG,
		     EQ, "0", "0x3fff", true),
		CASE("first", IP4("1c ", "20 00 ", "11 ") UDP, 0x0800, IP_FRAG,
		     EQ, "0x2000", "0x3fff", true),
		CASE("later", IP4("1c ", "20 05 ", "11 ") UDP, 0x0800, IP_FRAG,
		     NE, "0", "0x1fff", true),
		CASE("ttl", IP4("1c ", "00 00 ", "11 ") UDP, 0x0800, IP_TTL, EQ,
		     "64", NULL, true),
		CASE("proto", IP4("1c ", "00 00 ", "11 ") UDP, 0x0800, IP_PROTO,
		     EQ, "17", NULL, true),
		CASE("src", IP4("1c ", "00 00 ", "11 ") UDP, 0x0800, IP_SRC, EQ,
		     "10.0.0.1", NULL, true),
		CASE("dst", IP4("1c ", "00 00 ", "11 ") UDP, 0x0800, IP_DST, EQ,
		     "10.0.0.2", NULL, true),
		CASE("address cut off", ETH "08 00 45 00 00 1c ", 0x0800,
		     IP_DST, NE, "10.0.0.2", NULL, false),
	};
	(void)state;
	RUN(cases);
}

static void test_ip4_upper(void **state)
{
#define SPORT(what, bytes, result) \
	CASE(what, bytes, 0x0800, L4_SPORT, EQ, "67", NULL, result)
	static const struct test_case cases[] = {
		SPORT("udp", IP4("1c ", "00 00 ", "11 ") UDP, true),
		CASE("udp dport", IP4("1c ", "00 00 ", "11 ") UDP, 0x0800,
		     L4_DPORT, RANGE, "68", "70", true),
		SPORT("padded", IP4("1c ", "00 00 ", "11 ") UDP ZERO8, true),
		SPORT("first fragment", IP4("1c ", "20 00 ", "11 ") UDP, true),
		SPORT("later fragment", IP4("1c ", "20 01 ", "11 ") UDP, false),
		CASE("later fragment, negated", IP4("1c ", "20 01 ", "11 ") UDP,
		     0x0800, L4_SPORT, NE, "1", NULL, false),
		SPORT("ports from the padding", IP4("14 ", "20 00 ", "11 ") UDP,
		      true),
		SPORT("longer than the frame", IP4("1d ", "00 00 ", "11 ") UDP,
		      false),
		SPORT("shorter than its header",
		      IP4("13 ", "00 00 ", "11 ") UDP, false),
		SPORT("options",
		      ETH "08 00 46 00 00 20 00 00 00 00 40 11 00 "
			  "00 0a 00 00 01 0a 00 00 02 01 01 01 01 " UDP,
		      true),
		SPORT("header too short",
		      ETH "08 00 44 00 00 1c 00 00 00 00 40 11 00 00 0a 00 "
			  "00 43 00 43 00 43 00 43 00 43 00 43 ",
		      false),
		SPORT("version 5",
		      ETH "08 00 55 00 00 1c 00 00 00 00 40 11 "
			  "00 00 0a 00 00 01 0a 00 00 02 " UDP,
		      false),
		SPORT("no port", IP4("14 ", "00 00 ", "11 ") "00 ", false),
		CASE("syn and ack", IP4("28 ", "00 00 ", "06 ") TCP, 0x0800,
		     TCP_FLAGS, EQ, "0x12", "0x3f", true),
		CASE("icmp type", IP4("1c ", "00 00 ", "01 ") "08 03 " ZERO8,
		     0x0800, ICMP_TYPE, EQ, "8", NULL, true),
		CASE("icmp code", IP4("1c ", "00 00 ", "01 ") "08 03 " ZERO8,
		     0x0800, ICMP_CODE, EQ, "3", NULL, true),
		CASE("igmp type", IP4("1c ", "00 00 ", "02 ") "11 00 " ZERO8,
		     0x0800, IGMP_TYPE, EQ, "0x11", NULL, true),
		TAGGED("behind a tag",
		       ETH "81 00 00 05 08 00 45 00 00 1c 00 00 00 00 40 11 "
			   "00 00 0a 00 00 01 0a 00 00 02 " UDP,
		       0x0800, L4_SPORT, EQ, "67", NULL, true),
	};
	(void)state;
	RUN(cases);
}

/* Two profiles: "a" wants the guest's MAC, "b" refuses ARP replies. */
static void test_profiles(void **state)
{
	struct binding_profile profiles[2] = { { .name = (char *)"a" },
					       { .name = (char *)"b" } };
	struct rule rules[4] = { 0 };
	struct binding b = { .nprofiles = 2,
			     .profiles = profiles,
			     .nrules = 4,
			     .rules = rules };
	const struct rule *decider;
	uint8_t frame[512];
	size_t i, len = from_hex(ARP, frame);
	(void)state;

	for (i = 0; i < 4; i++)
		rules[i].dir = DIR_OUT;
	rules[1].verdict = rules[2].verdict = VERDICT_DROP;
	rules[2].profile = rules[3].profile = 1;
	assert_int_equal(rule_match_uint(&rules[0], FIELD_ETH_SRC, OP_EQ,
					 0x525400123456),
			 0);
	assert_int_equal(
		rule_match_uint(&rules[2], FIELD_ETH_TYPE, OP_EQ, 0x0806), 0);
	assert_int_equal(rule_match_uint(&rules[2], FIELD_ARP_OP, OP_EQ, 2), 0);

	/* content of "a" says nothing about "b" */
	assert_int_equal(eval_frame(&b, DIR_OUT, frame, len, &decider),
			 VERDICT_DROP);
	assert_ptr_equal(decider, &rules[2]);
	/* the other direction has no rules */
	assert_int_equal(eval_frame(&b, DIR_IN, frame, len, &decider),
			 VERDICT_ACCEPT);
	assert_null(decider);
	/* a request passes both */
	frame[21] = 1;
	assert_int_equal(eval_frame(&b, DIR_OUT, frame, len, NULL),
			 VERDICT_ACCEPT);
	/* "a" falls through to its last rule */
	frame[11] ^= 1;
	assert_int_equal(eval_frame(&b, DIR_OUT, frame, len, &decider),
			 VERDICT_DROP);
	assert_ptr_equal(decider, &rules[1]);
	for (i = 0; i < 4; i++)
		rule_clear(&rules[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_several_values),
		cmocka_unit_test(test_arp),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_inner_type),
		cmocka_unit_test(test_ip4),
		cmocka_unit_test(test_ip4_upper),
		cmocka_unit_test(test_profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
