// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values, placeholders and what the FilterPool dialect makes of an entry.
 * Messages and most refusals are in test/golden/profiles.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pool.h"
#include "profile.h"

static const struct value_type u8 = { VALUE_NUMBER, 0, 255, NULL, "u8" };
static const struct value_type address = { VALUE_ADDRESS, 0, 0, NULL, "addr" };
static const struct value_type mask = { VALUE_ADDRMASK, 0, 0, NULL, "mask" };
static const struct value_type flags = { VALUE_TCPFLAGS, 0, 0, NULL, "flags" };
static const struct value_type mac = { VALUE_MAC, 0, 0, NULL, "mac" };

static bool reads(const struct value_type *type, enum field_id field,
		  const char *text, struct value *out)
{
	return value_parse(type, field_get(field), text, out) == NULL;
}

static void test_numbers(void **state)
{
	struct value v;

	(void)state;
	assert_true(reads(&u8, FIELD_IP_TTL, "255", &v));
	assert_int_equal(v.lo[0], 255);
	assert_int_equal(v.hi[0], 255);
	assert_true(reads(&u8, FIELD_IP_TTL, "0x1F", &v));
	assert_int_equal(v.lo[0], 0x1f);
	assert_false(reads(&u8, FIELD_IP_TTL, "256", &v));
	assert_false(reads(&u8, FIELD_IP_TTL, "", &v));
	assert_false(reads(&u8, FIELD_IP_TTL, "01", &v));
	assert_false(reads(&u8, FIELD_IP_TTL, "1 ", &v));
	assert_true(reads(&mac, FIELD_ETH_SRC, "0:1:2:a:B:ff", &v));
	assert_memory_equal(v.lo, "\0\1\2\12\13\377", 6);
	assert_memory_equal(v.hi, "\377\377\377\377\377\377\0", 7);
	assert_false(reads(&mac, FIELD_ETH_SRC, "0:1:2:a:B:ff/24", &v));
}

static void test_addresses(void **state)
{
	struct value v;

	(void)state;
	assert_true(reads(&address, FIELD_IP_SRC, "10.0.0.1", &v));
	assert_memory_equal(v.hi, "\377\377\377\377\0", 5);
	assert_true(reads(&address, FIELD_IP_SRC, "10.64.0.0/10", &v));
	assert_memory_equal(v.lo, "\12\100\0\0\0", 5);
	assert_memory_equal(v.hi, "\377\300\0\0\0", 5);
	assert_true(reads(&address, FIELD_IP_SRC, "0.0.0.0/0", &v));
	assert_memory_equal(v.hi, "\0\0\0\0", 4);
	assert_false(reads(&address, FIELD_IP_SRC, "10.64.0.1/31", &v));
	assert_false(reads(&address, FIELD_IP_SRC, "10.0.0.0/33", &v));
	assert_false(reads(&address, FIELD_IP_SRC, "10.0.0.0/", &v));
	assert_false(reads(&address, FIELD_IP_SRC, "/8", &v));
	assert_false(reads(&address, FIELD_IP_SRC, "::1", &v));
	assert_true(reads(&address, FIELD_IP6_SRC, "2001:db8::/32", &v));
	assert_memory_equal(v.hi, "\377\377\377\377\0", 5);
	assert_false(reads(&address, FIELD_IP6_SRC, "10.0.0.1", &v));
	assert_false(reads(&address, FIELD_IP6_SRC,
			   "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
			   &v));
}

static void test_masks(void **state)
{
	unsigned int i;
	struct value v;
	char text[20];
	uint32_t want;

	(void)state;
	for (i = 0; i <= 32; i++) {
		want = i ? htonl(UINT32_MAX << (32 - i)) : 0;
		snprintf(text, sizeof(text), "%u", i);
		assert_true(reads(&mask, FIELD_IP_SRC, text, &v));
		assert_memory_equal(v.lo, &want, 4);
	}
	assert_false(reads(&mask, FIELD_IP_SRC, "33", &v));
	assert_true(reads(&mask, FIELD_IP_SRC, "255.255.254.0", &v));
	assert_memory_equal(v.lo, "\377\377\376\0", 4);
	assert_false(reads(&mask, FIELD_IP_SRC, "0.255.0.0", &v));
	assert_false(reads(&mask, FIELD_IP_SRC, "255.255.253.0", &v));
	assert_true(reads(&mask, FIELD_IP6_SRC, "128", &v));
	assert_false(reads(&mask, FIELD_IP6_SRC, "255.0.0.0", &v));
}

static void test_tcp_flags(void **state)
{
	struct value v;

	(void)state;
	assert_true(reads(&flags, FIELD_TCP_FLAGS, "SYN,ACK", &v));
	assert_int_equal(v.lo[0], 0x12);
	assert_int_equal(v.hi[0], 0x3f);
	assert_true(reads(&flags, FIELD_TCP_FLAGS, "NONE/URG,FIN", &v));
	assert_int_equal(v.lo[0], 0);
	assert_int_equal(v.hi[0], 0x21);
	assert_false(reads(&flags, FIELD_TCP_FLAGS, "SYN,", &v));
	assert_false(reads(&flags, FIELD_TCP_FLAGS, ",SYN", &v));
	assert_false(reads(&flags, FIELD_TCP_FLAGS, "SYN,NONE", &v));
	assert_false(reads(&flags, FIELD_TCP_FLAGS, "SYN/NONE", &v));
	assert_false(reads(&flags, FIELD_TCP_FLAGS, "SYN/ACK", &v));
	assert_false(reads(&flags, FIELD_TCP_FLAGS, "SYN/SYN/SYN", &v));
	assert_false(reads(&flags, FIELD_TCP_FLAGS, "", &v));
}

static void stands_for(const char *placeholder, const char *param)
{
	char back[PARAM_TEXT_MAX];
	char *name = NULL;

	assert_true(param_is_placeholder(placeholder));
	assert_null(param_of_placeholder(placeholder, &name));
	assert_string_equal(name, param);
	param_placeholder(name, back);
	assert_string_equal(back, placeholder);
	free(name);
}

static void stands_for_nothing(const char *placeholder)
{
	char *name = NULL;

	assert_non_null(param_of_placeholder(placeholder, &name));
	assert_null(name);
}

#define FORTY "x123456789012345678901234567890123456789"
#define FORTY_UP "X123456789012345678901234567890123456789"

static void test_placeholders(void **state)
{
	const char *fault;

	(void)state;
	stands_for("THIS_MAC", "mac");
	stands_for("THIS_IP", "ip_address");
	stands_for("THIS_IPV6", "ipv6_address");
	stands_for("THIS_LINKLOCAL", "ipv6_linklocal");
	stands_for("THIS_PORT_2", "port_2");
	stands_for("THIS_" FORTY_UP "12345678", FORTY "12345678");
	stands_for_nothing("THIS_" FORTY_UP "123456789");
	stands_for_nothing("THIS_" FORTY_UP FORTY_UP);
	stands_for_nothing("THIS_");
	stands_for_nothing("THIS_2");
	stands_for_nothing("THIS__A");
	stands_for_nothing("THIS_A-B");
	stands_for_nothing("THIS_a");
	stands_for_nothing("THIS_IP ");
	stands_for_nothing("THIS_IP_ADDRESS");
	assert_false(param_is_placeholder("this_ip"));
	assert_true(param_name_ok("ip_address", &fault));
	assert_true(param_name_ok("x", &fault));
	assert_false(param_name_ok("", &fault));
	assert_false(param_name_ok("IP", &fault));
	assert_false(param_name_ok("linklocal", &fault));
	assert_false(param_name_ok("_x", &fault));
	assert_false(param_name_ok("a.b", &fault));
}

static void test_combining(void **state)
{
	enum match_op op = OP_EQ;
	struct value from[2], to;

	(void)state;
	assert_true(reads(&address, FIELD_IP_SRC, "10.0.0.5", &from[0]));
	assert_true(reads(&mask, FIELD_IP_SRC, "8", &to));
	assert_null(term_combine(FIELD_IP_SRC, &op, from, 1, &to));
	assert_memory_equal(from[0].lo, "\12\0\0\0", 4);
	assert_memory_equal(from[0].hi, "\377\0\0\0", 4);
	/* It has a prefix now, and another mask cannot join it. */
	assert_non_null(term_combine(FIELD_IP_SRC, &op, from, 1, &to));

	op = OP_RANGE;
	assert_true(reads(&u8, FIELD_ICMP_TYPE, "3", &from[0]));
	assert_true(reads(&u8, FIELD_ICMP_TYPE, "5", &to));
	assert_null(term_combine(FIELD_ICMP_TYPE, &op, from, 1, &to));
	assert_int_equal(op, OP_RANGE);
	assert_int_equal(from[0].hi[0], 5);
	assert_true(reads(&u8, FIELD_ICMP_TYPE, "6", &from[0]));
	assert_non_null(term_combine(FIELD_ICMP_TYPE, &op, from, 1, &to));
	assert_true(reads(&u8, FIELD_ICMP_TYPE, "5", &from[0]));
	assert_null(term_combine(FIELD_ICMP_TYPE, &op, from, 1, &to));
	assert_int_equal(op, OP_EQ);
	assert_int_equal(from[0].hi[0], 255);
	op = OP_RANGE;
	assert_non_null(term_combine(FIELD_ICMP_TYPE, &op, from, 2, &to));
}

/* ---- entries ------------------------------------------------------------- */

#define POOL(body)                                                \
	"<FilterPool name='p' xmlns:tf='urn:tapfilter:1'>\n" body \
	"</FilterPool>"
#define ENTRY(action, traffic, body)               \
	"<FilterEntry><Action>" action "</Action>" \
	"<TrafficType>" traffic "</TrafficType>" body "</FilterEntry>\n"

static struct profile *parse(const char *text)
{
	struct profile *p = NULL;

	assert_int_equal(pool_parse("p", "dir/p.xml", text, strlen(text), &p),
			 0);
	assert_non_null(p);
	return p;
}

static void refused(const char *text)
{
	struct profile *p = NULL;

	assert_int_equal(pool_parse("p", "dir/p.xml", text, strlen(text), &p),
			 -EINVAL);
	assert_null(p);
}

static void test_what_an_entry_is(void **state)
{
	struct profile *p = parse(POOL(ENTRY("ACCEPT", "outgoing", "") ENTRY(
		"DROP", "incoming",
		"<IPHeadersFilter><HdrSrcAddress>THIS_X</HdrSrcAddress>"
		"<HdrSrcMask>24</HdrSrcMask></IPHeadersFilter>")));
	const struct entry *e = &p->entries[1];
	const struct term *t;

	(void)state;
	assert_string_equal(p->name, "p");
	assert_string_equal(p->file, "dir/p.xml");
	assert_int_equal(p->nentries, 2);
	assert_int_equal(p->entries[0].verdict, VERDICT_ACCEPT);
	assert_int_equal(p->entries[0].dir, DIR_OUT);
	assert_int_equal(p->entries[0].line, 2);
	assert_int_equal(p->entries[0].nshapes, 1);
	assert_int_equal(p->entries[0].shapes[0].nterms, 0);
	assert_int_equal(e->verdict, VERDICT_DROP);
	assert_int_equal(e->dir, DIR_IN);
	assert_int_equal(e->line, 3);
	assert_true(e->flexible);
	assert_int_equal(e->nshapes, 2);
	assert_int_equal(e->shapes[0].terms[0].field, FIELD_ETH_TYPE);
	t = &e->shapes[1].terms[1];
	assert_int_equal(t->field, FIELD_IP6_SRC);
	assert_int_equal(t->nvalues, 0);
	assert_int_equal(t->from.nwords, 1);
	assert_string_equal(t->from.words[0].param, "x");
	assert_string_equal(t->from.element, "HdrSrcAddress");
	assert_int_equal(t->to.nwords, 1);
	assert_null(t->to.words[0].param);
	assert_memory_equal(t->to.words[0].literal.lo, "\377\377\377\0", 4);
	profile_free(p);
}

static void test_words_of_a_list(void **state)
{
	struct profile *p = parse(POOL(ENTRY(
		"DROP", "outgoing",
		"<ARPFilter><SrcIPAddr>10.0.0.1 THIS_IP\n10.1.0.0/16</SrcIPAddr>"
		"<OPCode>Request 2 0x1</OPCode></ARPFilter>")));
	const struct shape *s = &p->entries[0].shapes[0];
	const struct term *t = &s->terms[6];

	(void)state;
	assert_int_equal(s->nterms, 7);
	assert_int_equal(t->field, FIELD_ARP_SPA);
	assert_int_equal(t->nvalues, 0);
	assert_int_equal(t->from.nwords, 3);
	assert_null(t->from.words[0].param);
	assert_memory_equal(t->from.words[0].literal.lo, "\12\0\0\1", 4);
	assert_string_equal(t->from.words[1].param, "ip_address");
	assert_null(t->from.words[2].param);
	assert_memory_equal(t->from.words[2].literal.hi, "\377\377\0\0", 4);
	/* Nothing in it waits, and a value that stands twice counts once. */
	t = &s->terms[5];
	assert_int_equal(t->field, FIELD_ARP_OP);
	assert_int_equal(t->nvalues, 2);
	assert_int_equal(t->values[0].lo[1], 1);
	assert_int_equal(t->values[1].lo[1], 2);
	profile_free(p);
}

static void test_references_are_kept(void **state)
{
	struct profile *p =
		parse(POOL("<reference profile='q' a='1 2' b='THIS_MAC'/>"));

	(void)state;
	assert_int_equal(p->nentries, 0);
	assert_int_equal(p->nrefs, 1);
	assert_string_equal(p->refs[0].profile, "q");
	assert_string_equal(p->refs[0].file, "dir/p.xml");
	assert_int_equal(p->refs[0].line, 2);
	assert_int_equal(p->refs[0].nparams, 2);
	assert_string_equal(p->refs[0].params[0].name, "a");
	assert_string_equal(p->refs[0].params[0].value, "1 2");
	assert_string_equal(p->refs[0].params[1].value, "THIS_MAC");
	profile_free(p);
}

#define LONG_64 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG_512 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64

#define LONG_2048 LONG_512 LONG_512 LONG_512 LONG_512
#define LONG_8192 LONG_2048 LONG_2048 LONG_2048 LONG_2048

static void test_long_texts(void **state)
{
	(void)state;
	profile_free(parse(POOL(ENTRY(
		"DROP", "incoming", "<tf:Comment>" LONG_512 "</tf:Comment>"))));
	refused(POOL(ENTRY("DROP", "incoming",
			   "<tf:Comment>" LONG_512 "0</tf:Comment>")));
	/* A parameter may be a long list. */
	profile_free(parse(POOL("<reference profile='q' a='" LONG_512 "0'/>")));
	refused(POOL("<reference profile='q' a='" LONG_8192 LONG_8192 "0'/>"));
	refused(POOL("<reference profile='" LONG_64 "'/>"));
}

static void test_idle_entries(void **state)
{
	struct profile *p;

	(void)state;
	p = parse(POOL(ENTRY("ACCEPT", "outgoing", "")
			       ENTRY("DROP", "outgoing", "")));
	assert_int_equal(profile_idle_entries(p), 0);
	profile_free(p);
	p = parse(POOL(ENTRY("ACCEPT", "incoming", "") ENTRY(
		"DROP", "outgoing", "") ENTRY("ACCEPT", "outgoing", "")));
	assert_int_equal(profile_idle_entries(p), 2);
	profile_free(p);
	p = parse(POOL("<reference profile='q'/>"));
	assert_int_equal(profile_idle_entries(p), 0);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_tcp_flags),
		cmocka_unit_test(test_placeholders),
		cmocka_unit_test(test_combining),
		cmocka_unit_test(test_what_an_entry_is),
		cmocka_unit_test(test_words_of_a_list),
		cmocka_unit_test(test_references_are_kept),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_idle_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
