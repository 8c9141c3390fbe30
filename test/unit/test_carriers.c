// SPDX-License-Identifier: GPL-2.0-or-later
/* Two carriers as one backend: who gets which profiles, and in which order */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "../binding_text.h"
#include "carriers.h"

#define TAPS 2

/* What a carrier holds: the profiles of each tap, "" for none */
struct backend {
	char name;
	char held[TAPS][64];
	uint64_t digest[TAPS];
};

static struct backend fakes[3];

/* All that the carriers were asked to do, "a:tap0=p+q b:tap0- " */
static char said[512];

/* Which call fails, counted from 1; 0 for none */
static unsigned int failing;

static size_t tap_no(const char *tap)
{
	return (size_t)(tap[3] - '0');
}

static int say(const struct backend *be, const char *tap, const char *what)
{
	struct buf all = { 0 };

	if (failing && !--failing)
		return -EIO;
	assert_int_equal(
		buf_printf(&all, "%s%c:%s%s ", said, be->name, tap, what), 0);
	assert_true(all.len < sizeof(said));
	memcpy(said, all.data, all.len + 1);
	buf_free(&all);
	return 0;
}

/*
 * Each profile must have come with the rules that have its number as line; one
 * that came with those of one direction alone has a mark: "<" for incoming.
 */
static void describe(const struct binding *b, struct buf *out)
{
	static const char *const marks[] = { "?", "<", ">", "" };
	unsigned int i, k = 0, dirs;

	for (i = 0; i < b->nprofiles; i++) {
		dirs = 0;
		for (; k < b->nrules && b->rules[k].profile == i; k++) {
			assert_int_equal(b->rules[k].line,
					 b->profiles[i].name[1] - '0');
			dirs |= 1U << b->rules[k].dir;
		}
		assert_int_equal(buf_printf(out, "%s%s%s", i ? "+" : "",
					    b->profiles[i].name, marks[dirs]),
				 0);
	}
	assert_int_equal(k, b->nrules);
}

static int fake_apply(struct backend *be, const struct backend_item *items,
		      size_t n)
{
	size_t i, tap;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		struct buf text = { 0 };

		tap = tap_no(items[i].b->tap);
		assert_int_equal(buf_printf(&text, "="), 0);
		describe(items[i].b, &text);
		rc = say(be, items[i].b->tap, text.data);
		if (rc == 0) {
			assert_true(text.len <= sizeof(be->held[tap]));
			memcpy(be->held[tap], text.data + 1, text.len);
			be->digest[tap] = items[i].id.digest;
		}
		buf_free(&text);
	}
	return rc;
}

static int fake_remove(struct backend *be, const char *tap)
{
	be->held[tap_no(tap)][0] = '\0';
	return say(be, tap, "-");
}

static int fake_query(struct backend *be, const char *tap,
		      struct backend_tap *out)
{
	if (!be->held[tap_no(tap)][0])
		return -ENOENT;
	if (strcmp(be->held[tap_no(tap)], "?") == 0)
		return -EBADMSG;
	*out = (struct backend_tap){ .digest = be->digest[tap_no(tap)] };
	return 0;
}

static int fake_verify(struct backend *be, const struct binding *b,
		       const struct backend_tap *id, struct buf *findings)
{
	struct buf text = { 0 };
	bool same;

	describe(b, &text);
	same = text.data && strcmp(text.data, be->held[tap_no(b->tap)]) == 0 &&
	       be->digest[tap_no(b->tap)] == id->digest;
	buf_free(&text);
	if (same)
		return 0;
	assert_int_equal(buf_printf(findings, "%c differs\n", be->name), 0);
	return -EILSEQ;
}

static int fake_counters(struct backend *be, const struct binding *b,
			 struct backend_counter **out, size_t *n)
{
	*n = be->held[tap_no(b->tap)][0] ? 1 : 0;
	*out = calloc(1, sizeof(**out));
	snprintf((*out)->where, sizeof((*out)->where), "%c:1", be->name);
	return 0;
}

/* Refuses profiles that are called p9. */
static int fake_ready(struct backend *be, const struct binding *b,
		      uint32_t ifindex)
{
	struct buf text = { 0 };
	int rc;

	assert_int_equal(ifindex, 5);
	assert_int_equal(buf_printf(&text, "?"), 0);
	describe(b, &text);
	rc = say(be, b->tap, text.data);
	if (rc == 0 && strcmp(b->profiles[0].name, "p9") == 0)
		rc = -EOPNOTSUPP;
	buf_free(&text);
	return rc;
}

static const struct backend_ops fake = {
	.name = "fake",
	.query = fake_query,
	.apply = fake_apply,
	.verify = fake_verify,
	.remove = fake_remove,
	.counters = fake_counters,
};

static const struct backend_ops wary = {
	.name = "wary",
	.ready = fake_ready,
	.query = fake_query,
	.apply = fake_apply,
	.remove = fake_remove,
};
#define MANY (1U << PLACE_NETDEV | 1U << PLACE_BRIDGE)
#define OTHER (1U << PLACE_IPTABLES)
#define SPLIT (1U << PLACE_EBTABLES)

static const struct carrier two[] = {
	{ .ops = &fake,
	  .places = { [DIR_IN] = MANY, [DIR_OUT] = MANY | SPLIT } },
	{ .ops = &fake,
	  .places = { [DIR_IN] = OTHER | SPLIT, [DIR_OUT] = OTHER } },
};
static struct backend *handles[] = { &fakes[0], &fakes[1] };
static struct carriers both = { .all = two, .n = 2, .be = handles };

static int set_up(void **state)
{
	(void)state;
	memset(fakes, 0, sizeof(fakes));
	fakes[0].name = 'a';
	fakes[1].name = 'b';
	said[0] = '\0';
	failing = 0;
	return 0;
}

/* "n1 b2 i3 s4 o5": profiles p1, p2, p3 in netdev, bridge and iptables, p4 in
 * the place that is split by direction; likewise p5, which only has outgoing
 * rules */
static struct binding make(const char *tap, const char *text)
{
	struct buf rules = { 0 };
	struct binding b = { 0 };
	const char *at;
	unsigned int i;

	for (at = text; *at; at += at[2] ? 3 : 2) {
		assert_int_equal(buf_printf(&rules, "p%c:%c out drop\n", at[1],
					    at[1]),
				 0);
		if (*at != 'o')
			assert_int_equal(buf_printf(&rules, "p%c:%c in drop\n",
						    at[1], at[1]),
					 0);
	}
	text_binding(&b, tap, rules.data ? rules.data : "");
	buf_free(&rules);
	for (i = 0, at = text; *at; at += at[2] ? 3 : 2, i++)
		b.profiles[i].place = *at == 'n' ? PLACE_NETDEV :
				      *at == 'b' ? PLACE_BRIDGE :
				      *at == 'i' ? PLACE_IPTABLES :
				      *at == 'x' ? PLACE_NONE :
						   PLACE_EBTABLES;
	return b;
}

/* Replace @before (NULL: not known) by @after. */
static int apply(const char *before, const char *after)
{
	struct binding old = make("tap0", before ? before : "");
	struct binding b = make("tap0", after);
	struct backend_item item = { .b = &b,
				     .id = { .digest = 7 },
				     .old = before ? &old : NULL };
	int rc;

	said[0] = '\0';
	rc = carriers_apply(&both, &item, 1);
	binding_free(&old);
	binding_free(&b);
	return rc;
}

static void test_each_gets_its_own(void **state)
{
	(void)state;
	assert_int_equal(apply(NULL, "n1 b2"), 0);
	assert_string_equal(said, "a:tap0=p1+p2 b:tap0- ");
	assert_int_equal(apply(NULL, "i1 n2 i3 b4"), 0);
	assert_string_equal(said, "a:tap0=p2+p4 b:tap0=p1+p3 ");
	assert_int_equal(apply(NULL, "i1"), 0);
	assert_string_equal(said, "b:tap0=p1 a:tap0- ");
}

static void test_the_same_in_one_step(void **state)
{
	(void)state;
	assert_int_equal(apply("n1 i2", "n1 i2"), 0);
	assert_string_equal(said, "a:tap0=p1 b:tap0=p2 ");
}

static void test_one_carrier_in_one_step(void **state)
{
	(void)state;
	assert_int_equal(apply("n1", "n2 b3"), 0);
	assert_string_equal(said, "a:tap0=p2+p3 ");
	assert_int_equal(apply("i1", "i2"), 0);
	assert_string_equal(said, "b:tap0=p2 ");
}

/* At each moment, all of the old profiles or all of the new ones are there. */
static void test_never_less_than_one_of_the_two(void **state)
{
	(void)state;
	assert_int_equal(apply("n1", "i2"), 0);
	assert_string_equal(said, "a:tap0=p1 b:tap0=p2 a:tap0- ");
	assert_int_equal(apply("i2", "n1"), 0);
	assert_string_equal(said, "a:tap0=p1 b:tap0=p2 b:tap0- ");
	assert_int_equal(apply("n1 i2", "n3 i4"), 0);
	assert_string_equal(said, "a:tap0=p3+p1 b:tap0=p4+p2 "
				  "a:tap0=p3 b:tap0=p4 ");
	assert_int_equal(apply("n1", "n1 i2"), 0);
	assert_string_equal(said, "a:tap0=p1+p1 b:tap0=p2 a:tap0=p1 ");
}

/* One place, two carriers: each gets its direction. */
static void test_a_place_is_split(void **state)
{
	(void)state;
	assert_int_equal(apply(NULL, "s1"), 0);
	assert_string_equal(said, "a:tap0=p1> b:tap0=p1< ");
	assert_int_equal(apply(NULL, "n1 s2 i3 o4"), 0);
	assert_string_equal(said, "a:tap0=p1+p2>+p4> b:tap0=p2<+p3 ");
	assert_int_equal(apply(NULL, "o1"), 0);
	assert_string_equal(said, "a:tap0=p1> b:tap0- ");
	assert_int_equal(apply("o1", "o2"), 0);
	assert_string_equal(said, "a:tap0=p2> ");
	assert_int_equal(apply("o1", "s2"), 0);
	assert_string_equal(said, "a:tap0=p2>+p1> b:tap0=p2< a:tap0=p2> ");
	assert_int_equal(apply("s2", "n1"), 0);
	assert_string_equal(said, "a:tap0=p1+p2> b:tap0=p2< a:tap0=p1 "
				  "b:tap0- ");
}

static void test_what_fails_ends_it(void **state)
{
	(void)state;
	assert_int_equal(apply(NULL, "n1 i2"), 0);
	failing = 2;
	assert_int_equal(apply("n1 i2", "n3 i4"), -EIO);
	assert_string_equal(fakes[0].held[0], "p3+p1");
	assert_string_equal(fakes[1].held[0], "p2");
	failing = 3;
	assert_int_equal(apply("n1 i2", "n3 i4"), -EIO);
	assert_string_equal(fakes[0].held[0], "p3+p1");
	assert_string_equal(fakes[1].held[0], "p4+p2");
	/* back to what was there, as callers do */
	assert_int_equal(apply(NULL, "n1 i2"), 0);
	assert_string_equal(fakes[0].held[0], "p1");
	assert_string_equal(fakes[1].held[0], "p2");
}

/* What is refused there has changed nothing, of no tap. */
static void test_ready_before_anything(void **state)
{
	const struct carrier all[] = { two[0],
				       { &wary, CARRIER_PLACES(OTHER) } };
	struct carriers c = { .all = all, .n = 2, .be = handles };
	struct binding b[3] = { make("tap0", "n1 i2"), make("tap1", "i9"),
				make("tap1", "n3") };
	struct backend_item items[2] = { { .b = &b[0], .id.ifindex = 5 },
					 { .b = &b[1], .id.ifindex = 5 } };
	unsigned int i;

	(void)state;
	assert_int_equal(carriers_apply(&c, items, 1), 0);
	assert_string_equal(said, "b:tap0?p2 a:tap0=p1 b:tap0=p2 ");
	said[0] = '\0';
	assert_int_equal(carriers_apply(&c, items, 2), -EOPNOTSUPP);
	assert_string_equal(said, "b:tap0?p2 b:tap1?p9 ");
	/* where it has no part, it is not asked */
	said[0] = '\0';
	items[0].b = &b[2];
	assert_int_equal(carriers_apply(&c, items, 1), 0);
	assert_string_equal(said, "a:tap1=p3 b:tap1- ");
	for (i = 0; i < 3; i++)
		binding_free(&b[i]);
}

static void test_several_taps(void **state)
{
	struct binding b[4] = { make("tap0", "n1"), make("tap1", "n2 i3"),
				make("tap0", "n5"), make("tap1", "i6") };
	struct backend_item items[2] = { { .b = &b[0], .old = &b[2] },
					 { .b = &b[1], .old = &b[3] } };
	unsigned int i;

	(void)state;
	assert_int_equal(carriers_apply(&both, items, 2), 0);
	assert_string_equal(said, "a:tap0=p1 a:tap1=p2 b:tap1=p3+p6 "
				  "b:tap1=p3 ");
	for (i = 0; i < 4; i++)
		binding_free(&b[i]);
}

static void test_places_are_decided(void **state)
{
	(void)state;
	assert_int_equal(apply(NULL, "n1 x2"), -EINVAL);
	assert_string_equal(said, "");
}

static int verify(const char *text)
{
	struct binding b = make("tap0", text);
	struct backend_tap id = { .digest = 7 };
	struct buf findings = { 0 };
	int rc = carriers_verify(&both, &b, &id, &findings);

	assert_int_equal(rc == -EILSEQ, findings.len != 0);
	buf_free(&findings);
	binding_free(&b);
	return rc;
}

static void hold(struct backend *be, const char *what)
{
	snprintf(be->held[0], sizeof(be->held[0]), "%s", what);
}

static void test_the_rest(void **state)
{
	struct binding b = make("tap0", "n1 i2");
	struct backend_counter *all;
	struct backend_tap id;
	size_t n;

	(void)state;
	assert_int_equal(carriers_query(&both, "tap0", &id), -ENOENT);
	assert_int_equal(apply(NULL, "n1 i2"), 0);
	assert_int_equal(verify("n1 i2"), 0);
	assert_int_equal(verify("i2 b1"), 0);
	assert_int_equal(verify("n1 i3"), -EILSEQ);
	assert_int_equal(verify("n1"), -EILSEQ); /* too much */
	assert_int_equal(carriers_query(&both, "tap0", &id), 0);
	assert_int_equal(id.digest, 7);
	/* what the first does not tell, the second may */
	hold(&fakes[0], "?");
	assert_int_equal(carriers_query(&both, "tap0", &id), 0);
	hold(&fakes[1], "?");
	assert_int_equal(carriers_query(&both, "tap0", &id), -EBADMSG);
	hold(&fakes[1], "");
	assert_int_equal(carriers_query(&both, "tap0", &id), -EBADMSG);
	assert_int_equal(apply(NULL, "n1 i2"), 0);
	assert_int_equal(carriers_counters(&both, &b, &all, &n), 0);
	binding_free(&b);
	assert_int_equal(n, 2);
	assert_string_equal(all[0].where, "a:1");
	assert_string_equal(all[1].where, "b:1");
	free(all);
	said[0] = '\0';
	assert_int_equal(carriers_remove(&both, "tap0"), 0);
	assert_string_equal(said, "a:tap0- b:tap0- ");
	/* what one cannot remove does not keep the other from it */
	assert_int_equal(apply(NULL, "n1 i2"), 0);
	failing = 1;
	assert_int_equal(carriers_remove(&both, "tap0"), -EIO);
	assert_string_equal(fakes[1].held[0], "");
}

/* ---- connections ---------------------------------------------------------- */

static unsigned int opened, closed;

static int fake_open(struct backend **out)
{
	if (failing && !--failing)
		return -EIO;
	*out = &fakes[opened++];
	return 0;
}

static int fake_join(const struct backend *with, struct backend **out)
{
	assert_ptr_equal(with, &fakes[opened - 1]);
	return fake_open(out);
}

/* What uses a connection goes before it. */
static void fake_close(struct backend *be)
{
	assert_ptr_equal(be, &fakes[--opened]);
	closed++;
}

static void test_one_joins_another(void **state)
{
	static const struct backend_ops ops = { .open = fake_open,
						.close = fake_close };
	static const struct backend_ops joins = { .join = fake_join,
						  .close = fake_close };
	static const struct carrier all[] = {
		{ .ops = &ops },
		{ .ops = &joins },
		{ .ops = &ops },
	};
	struct carriers c = { .all = all, .n = ARRAY_SIZE(all) };

	(void)state;
	opened = closed = 0;
	assert_int_equal(carriers_open(&c), 0);
	carriers_close(&c);
	assert_int_equal(closed, 3);
	/* what was opened before one that fails is closed once */
	closed = 0;
	failing = 3;
	assert_int_equal(carriers_open(&c), -EIO);
	assert_int_equal(closed, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_each_gets_its_own, set_up),
		cmocka_unit_test_setup(test_the_same_in_one_step, set_up),
		cmocka_unit_test_setup(test_one_carrier_in_one_step, set_up),
		cmocka_unit_test_setup(test_never_less_than_one_of_the_two,
				       set_up),
		cmocka_unit_test_setup(test_a_place_is_split, set_up),
		cmocka_unit_test_setup(test_what_fails_ends_it, set_up),
		cmocka_unit_test_setup(test_ready_before_anything, set_up),
		cmocka_unit_test_setup(test_several_taps, set_up),
		cmocka_unit_test_setup(test_places_are_decided, set_up),
		cmocka_unit_test_setup(test_the_rest, set_up),
		cmocka_unit_test_setup(test_one_joins_another, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
