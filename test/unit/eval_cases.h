/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_EVAL_CASES_H
#define TF_TEST_EVAL_CASES_H

/* For test_eval*.c: a match, a frame, and whether the one is true of the other */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "eval.h"

/* Frames are hexadecimal text; blanks do not matter. */
#define DST "33 33 00 00 00 01 "
#define SRC "52 54 00 12 34 56 "
#define ETH DST SRC
#define ZERO8 "00 00 00 00 00 00 00 00 "
#define ZERO16 ZERO8 ZERO8

#define ARP_BODY                                     \
	"00 01 08 00 06 04 00 02 52 54 00 12 34 56 " \
	"0a 00 00 01 52 54 00 00 00 02 0a 00 00 02 "
#define ARP ETH "08 06 " ARP_BODY

/* version, TOS 0xb8 (DSCP 46), length, id, fragment, TTL 64, protocol */
#define IP4(len, frag, proto)                               \
	ETH "08 00 45 b8 00 " len "12 34 " frag "40 " proto \
	    "00 00 0a 00 00 01 0a 00 00 02 "
#define UDP "00 43 00 44 00 08 00 00 "
#define TCP "04 d2 00 50 00 00 00 01 00 00 00 02 50 12 00 00 00 00 00 00 "

#define IP6_SRC "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 "
#define IP6_DST "ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 01 "
/* version, traffic class 0xb8, flow label, length, next header, hop limit */
#define IP6(len, next) \
	ETH "86 dd 6b 80 00 00 00 " len next "ff " IP6_SRC IP6_DST
#define NA "88 00 00 00 e0 00 00 00 " IP6_SRC
#define TLLA "02 01 52 54 00 12 34 56 "
#define HBH(next) next "00 05 02 00 00 01 00 "
#define FRAG(next, off) next "00 " off "00 00 00 07 "
#define AUTH(next) next "04 00 00 00 00 01 00 00 00 00 01 " ZERO8 "00 00 00 00 "

struct test_case {
	const char *name;
	const char *frame;
	unsigned int ethertype; /* that the rule is bound to, 0 for none */
	enum field_id field;
	enum match_op op;
	const char *lo;
	const char *hi; /* mask or bound; NULL: full mask, or equal to lo */
	bool expected;
	bool tagged;
};

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c - 'a' + 10;
}

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		out[n++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
		hex++;
	}
	return n;
}

static void build_rule(const struct test_case *c, struct rule *r)
{
	const struct field *f = field_get(c->field);
	struct match *m;

	*r = (struct rule){ 0 };
	if (c->tagged) {
		assert_int_equal(
			rule_match_uint(r, FIELD_ETH_TYPE, OP_EQ, 0x8100), 0);
		assert_int_equal(rule_match_uint(r, FIELD_VLAN_TYPE, OP_EQ,
						 c->ethertype),
				 0);
	} else if (c->ethertype) {
		assert_int_equal(rule_match_uint(r, FIELD_ETH_TYPE, OP_EQ,
						 c->ethertype),
				 0);
	}
	m = rule_add_match(r, c->field, c->op, 1);
	assert_non_null(m);
	assert_true(field_parse(f, c->lo, m->values[0].lo));
	if (c->hi)
		assert_true(field_parse(f, c->hi, m->values[0].hi));
	else if (c->op == OP_RANGE || c->op == OP_NRANGE)
		memcpy(m->values[0].hi, m->values[0].lo, FIELD_MAX_BYTES);
	else
		value_full_mask(f, &m->values[0]);
}

static void run_cases(const struct test_case *cases, size_t n)
{
	uint8_t frame[512], *exact;
	struct rule r;
	size_t i, len;
	bool got;

	for (i = 0; i < n; i++) {
		build_rule(&cases[i], &r);
		len = from_hex(cases[i].frame, frame);
		/* on the heap, so that a sanitizer sees reads beyond it */
		exact = malloc(len ? len : 1);
		assert_non_null(exact);
		memcpy(exact, frame, len);
		got = eval_match(&r, &r.matches[r.nmatches - 1], exact, len);
		if (got != cases[i].expected)
			fail_msg("%s: %s, expected %s", cases[i].name,
				 got ? "true" : "false",
				 got ? "false" : "true");
		free(exact);
		rule_clear(&r);
	}
}

#define CASE(what, bytes, type, id, operator, low, high, result)         \
	{                                                                \
		what, bytes, type, FIELD_##id, OP_##operator, low, high, \
			result, false                                    \
	}
#define TAGGED(what, bytes, type, id, operator, low, high, result)       \
	{                                                                \
		what, bytes, type, FIELD_##id, OP_##operator, low, high, \
			result, true                                     \
	}
#define RUN(cases) run_cases(cases, ARRAY_SIZE(cases))

#endif /* TF_TEST_EVAL_CASES_H */
