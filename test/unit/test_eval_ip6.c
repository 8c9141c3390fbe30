// SPDX-License-Identifier: GPL-2.0-or-later
/* The evaluator on IPv6: extension headers, fragments, neighbour discovery */
#include "eval_cases.h"

static void test_ip6(void **state)
{
	static const struct test_case cases[] = {
		CASE("dscp", IP6("18 ", "3a ") NA, 0x86dd, IP6_DSCP, EQ, "46",
		     NULL, true),
		CASE("length", IP6("18 ", "3a ") NA, 0x86dd, IP6_LENGTH, EQ,
		     "24", NULL, true),
		CASE("nexthdr", IP6("18 ", "3a ") NA, 0x86dd, IP6_NEXTHDR, EQ,
		     "58", NULL, true),
		CASE("hoplimit", IP6("18 ", "3a ") NA, 0x86dd, IP6_HOPLIMIT, EQ,
		     "255", NULL, true),
		CASE("src", IP6("18 ", "3a ") NA, 0x86dd, IP6_SRC, EQ,
		     "2001:db8::1", NULL, true),
		CASE("src prefix", IP6("18 ", "3a ") NA, 0x86dd, IP6_SRC, EQ,
		     "2001:db8::", "ffff:ffff::", true),
		CASE("dst", IP6("18 ", "3a ") NA, 0x86dd, IP6_DST, EQ,
		     "ff02::1", NULL, true),
		CASE("range of addresses", IP6("18 ", "3a ") NA, 0x86dd,
		     IP6_DST, RANGE, "ff02::", "ff02::ffff", true),
		CASE("na type", IP6("18 ", "3a ") NA, 0x86dd, ICMP6_TYPE, EQ,
		     "136", NULL, true),
		CASE("na code", IP6("18 ", "3a ") NA, 0x86dd, ICMP6_CODE, EQ,
		     "0", NULL, true),
		CASE("na target", IP6("18 ", "3a ") NA, 0x86dd, ND_TARGET, EQ,
		     "2001:db8::1", NULL, true),
		CASE("na without option", IP6("18 ", "3a ") NA, 0x86dd,
		     ND_OPTTYPE, NE, "9", NULL, false),
		CASE("na option", IP6("20 ", "3a ") NA TLLA, 0x86dd, ND_OPTTYPE,
		     EQ, "2", NULL, true),
		CASE("na option length", IP6("20 ", "3a ") NA TLLA, 0x86dd,
		     ND_OPTLEN, EQ, "1", NULL, true),
		CASE("na link layer", IP6("20 ", "3a ") NA TLLA, 0x86dd,
		     ND_LLADDR, EQ, "52:54:00:12:34:56", NULL, true),
		CASE("rs link layer",
		     IP6("10 ", "3a ") "85 00 00 00 00 00 00 00 01 01 52 54 "
				       "00 12 34 56 ",
		     0x86dd, RS_LLADDR, EQ, "52:54:00:12:34:56", NULL, true),
		CASE("rs option",
		     IP6("10 ", "3a ") "85 00 00 00 00 00 00 00 "
				       "01 01 52 54 00 12 34 56 ",
		     0x86dd, RS_OPTTYPE, EQ, "1", NULL, true),
	};
	(void)state;
	RUN(cases);
}

#define PROTO(what, bytes, number, result) \
	CASE(what, bytes, 0x86dd, IP6_PROTO, EQ, number, NULL, result)
#define NO_PROTO(what, bytes) \
	CASE(what, bytes, 0x86dd, IP6_PROTO, RANGE, "0", "255", false)
#define TYPE(what, bytes, result) \
	CASE(what, bytes, 0x86dd, ICMP6_TYPE, EQ, "136", NULL, result)

/* The first next-header byte, and what the kernel finds behind the chain. */
static void test_ip6_chain(void **state)
{
	static const struct test_case cases[] = {
		PROTO("plain", IP6("18 ", "3a ") NA, "58", true),
		PROTO("hop-by-hop", IP6("20 ", "00 ") HBH("3a ") NA, "58",
		      true),
		TYPE("type behind hop-by-hop", IP6("20 ", "00 ") HBH("3a ") NA,
		     true),
		TYPE("long destination options",
		     IP6("28 ", "3c ") "3a 01 01 0c " ZERO8 "00 00 00 00 " NA,
		     true),
		TYPE("routing", IP6("20 ", "2b ") "3a 00 04 00 00 00 00 00 " NA,
		     true),
		TYPE("two headers", IP6("28 ", "00 ") HBH("3c ") HBH("3a ") NA,
		     true),
		PROTO("authentication", IP6("30 ", "33 ") AUTH("3a ") NA, "51",
		      true),
		TYPE("behind authentication", IP6("30 ", "33 ") AUTH("3a ") NA,
		     false),
		PROTO("nothing follows", IP6("08 ", "3b ") ZERO8, "59", true),
		PROTO("behind hop-by-hop nothing", IP6("08 ", "00 ") HBH("3b "),
		      "59", true),
		PROTO("esp", IP6("08 ", "32 ") ZERO8, "50", true),
		PROTO("mobility is no extension header",
		      IP6("20 ", "87 ") HBH("3a ") NA, "135", true),
	};
	(void)state;
	RUN(cases);
}

static void test_ip6_chain_fragments(void **state)
{
	static const struct test_case cases[] = {
		TYPE("first fragment",
		     IP6("20 ", "2c ") FRAG("3a ", "00 01 ") NA, true),
		PROTO("later fragment",
		      IP6("20 ", "2c ") FRAG("3a ", "00 09 ") NA, "58", true),
		TYPE("later fragment has no type",
		     IP6("20 ", "2c ") FRAG("3a ", "00 09 ") NA, false),
		NO_PROTO("later fragment of options",
			 IP6("20 ", "2c ") FRAG("3c ", "00 09 ") NA),
		PROTO("later fragment of nothing",
		      IP6("20 ", "2c ") FRAG("3b ", "00 09 ") NA, "59", true),
		TYPE("reserved bits are no offset",
		     IP6("20 ", "2c ") FRAG("3a ", "00 07 ") NA, true),
		TYPE("fragment in fragment",
		     IP6("28 ", "2c ") FRAG("2c ", "00 01 ")
			     FRAG("3a ", "00 09 ") NA,
		     false),
	};
	(void)state;
	RUN(cases);
}

static void test_ip6_chain_broken(void **state)
{
	static const struct test_case cases[] = {
		PROTO("chain ends in the padding",
		      IP6("08 ", "2c ") FRAG("3a ", "00 01 ") NA, "58", true),
		NO_PROTO("chain cut off", IP6("01 ", "00 ") "3a "),
		NO_PROTO("routing cut off", IP6("03 ", "2b ") "3a 00 00 "),
		NO_PROTO("fragment cut off", IP6("03 ", "2c ") "3a 00 00 "),
		NO_PROTO("authentication cut off", IP6("01 ", "33 ") "3a "),
		PROTO("options longer than the frame",
		      IP6("08 ", "3c ") "3a 05 01 0c 00 00 00 00 ", "58", true),
		TYPE("nothing behind long options",
		     IP6("08 ", "3c ") "3a 05 01 0c 00 00 00 00 ", false),
		NO_PROTO("longer than the frame", IP6("19 ", "3a ") NA),
		NO_PROTO("version 4", ETH
			 "86 dd 40 00 00 00 00 18 3a ff " IP6_SRC IP6_DST NA),
		NO_PROTO("half a header",
			 ETH "86 dd 60 00 00 00 00 00 3a ff " IP6_SRC),
	};
	(void)state;
	RUN(cases);
}

static void test_ip6_fragment_header(void **state)
{
#define HAS(what, bytes, number) \
	CASE(what, bytes, 0x86dd, IP6_FRAGHDR, EQ, number, NULL, true)
	static const struct test_case cases[] = {
		HAS("none", IP6("18 ", "3a ") NA, "0"),
		HAS("first", IP6("20 ", "2c ") FRAG("3a ", "00 01 ") NA, "1"),
		HAS("later", IP6("20 ", "2c ") FRAG("3c ", "00 09 ") NA, "1"),
		HAS("behind hop-by-hop",
		    IP6("28 ", "00 ") HBH("2c ") FRAG("3a ", "00 01 ") NA, "1"),
		HAS("behind authentication",
		    IP6("38 ", "33 ") AUTH("2c ") FRAG("3a ", "00 01 ") NA,
		    "1"),
		HAS("not in a payload",
		    IP6("20 ", "32 ") FRAG("3a ", "00 01 ") NA, "0"),
		HAS("cut off", IP6("03 ", "2c ") "3a 00 00 ", "0"),
		CASE("no header at all",
		     ETH "86 dd 60 00 00 00 00 00 3a ff " IP6_SRC, 0x86dd,
		     IP6_FRAGHDR, EQ, "0", NULL, false),
		CASE("offset", IP6("20 ", "2c ") FRAG("3a ", "00 09 ") NA,
		     0x86dd, IP6_FRAG, EQ, "0x0009", NULL, true),
		CASE("later by offset",
		     IP6("20 ", "2c ") FRAG("3a ", "00 09 ") NA, 0x86dd,
		     IP6_FRAG, NE, "0", "0xfff8", true),
		CASE("first by offset",
		     IP6("20 ", "2c ") FRAG("3a ", "00 01 ") NA, 0x86dd,
		     IP6_FRAG, EQ, "0", "0xfff8", true),
		CASE("next header", IP6("20 ", "2c ") FRAG("3c ", "00 01 ") NA,
		     0x86dd, IP6_FRAGNEXT, EQ, "60", NULL, true),
		CASE("no next header without it", IP6("18 ", "3a ") NA, 0x86dd,
		     IP6_FRAGNEXT, NE, "60", NULL, false),
		CASE("whole packet has no offset", IP6("18 ", "3a ") NA, 0x86dd,
		     IP6_FRAG, EQ, "0", "0xfff8", false),
		CASE("whole packet, negated", IP6("18 ", "3a ") NA, 0x86dd,
		     IP6_FRAG, NE, "9", NULL, false),
	};
	(void)state;
	RUN(cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ip6),
		cmocka_unit_test(test_ip6_chain),
		cmocka_unit_test(test_ip6_chain_fragments),
		cmocka_unit_test(test_ip6_chain_broken),
		cmocka_unit_test(test_ip6_fragment_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
