// SPDX-License-Identifier: GPL-2.0-or-later
/* acl_decide(): one field after the other turned, and the verdict turns */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "acl.h"
#include "conf.h"
#include "util.h"

#define GRANT                         \
	"[acl lab]\n"                 \
	"uid = 1000\n"                \
	"op = up, reload\n"           \
	"domain = lab-web,\tlab-db\n" \
	"tap = al-#, one\n"           \
	"bridge = br-lab , br-two\n"

#define DENY "[deny no]\n"

static const gid_t groups[] = { 27, 44, 1001 };

static const struct acl_request base = {
	.uid = 1000,
	.gid = 100,
	.groups = groups,
	.ngroups = ARRAY_SIZE(groups),
	.op = ACL_UP,
	.tap = "al-1",
	.domain = "lab-web",
	.bridge = "br-lab",
};

/* "+LABEL", "-LABEL" or "none" */
static void assert_verdict(const char *text, const struct acl_request *r,
			   const char *want)
{
	_cleanup_(conf_free) struct conf c = { 0 };
	const struct acl_section *s;
	char got[64] = "none";
	bool allowed;

	assert_int_equal(conf_parse("conf", text, strlen(text), &c), 0);
	s = acl_decide(&c, r, &allowed);
	if (s) {
		snprintf(got, sizeof(got), "%c%s", allowed ? '+' : '-',
			 s->label);
		assert_true(s >= c.acl && s < c.acl + c.n_acl);
		assert_int_equal(s->deny, !allowed);
	} else {
		assert_false(allowed);
	}
	assert_string_equal(got, want);
}

/* One request that differs from the base in one field */
#define TURNED(field, value)                       \
	({                                         \
		struct acl_request turned_ = base; \
		turned_.field = (value);           \
		turned_;                           \
	})

struct turn {
	struct acl_request r;
	const char *want;
};

static void assert_turns(const char *text, const struct turn *t, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		print_message("# row %zu\n", i);
		assert_verdict(text, &t[i].r, t[i].want);
	}
}

static void test_grant(void **state)
{
	const struct turn turns[] = {
		{ base, "+lab" },
		{ TURNED(uid, 1001), "none" },
		{ TURNED(uid, 0), "none" },
		{ TURNED(uid, 100), "none" },
		{ TURNED(gid, 1000), "+lab" },
		{ TURNED(ngroups, 0), "+lab" },
		{ TURNED(op, ACL_RELOAD), "+lab" },
		{ TURNED(op, ACL_DOWN), "none" },
		{ TURNED(op, ACL_BRIDGE), "none" },
		{ TURNED(domain, "lab-db"), "+lab" },
		{ TURNED(domain, "lab-d"), "none" },
		{ TURNED(domain, "lab-dbx"), "none" },
		{ TURNED(domain, "ab-db"), "none" },
		{ TURNED(domain, "LAB-db"), "none" },
		{ TURNED(domain, "lab-web, lab-db"), "none" },
		{ TURNED(domain, ""), "none" },
		{ TURNED(domain, NULL), "+lab" },
		{ TURNED(tap, "one"), "+lab" },
		{ TURNED(tap, "on"), "none" },
		{ TURNED(tap, "one1"), "none" },
		{ TURNED(tap, "One"), "none" },
		{ TURNED(tap, ""), "none" },
		{ TURNED(tap, NULL), "+lab" },
		{ TURNED(bridge, "br-two"), "+lab" },
		{ TURNED(bridge, "br-tw"), "none" },
		{ TURNED(bridge, "br-two2"), "none" },
		{ TURNED(bridge, "BR-two"), "none" },
		{ TURNED(bridge, ""), "+lab" },
		{ TURNED(bridge, NULL), "+lab" },
	};

	(void)state;
	assert_turns(GRANT, turns, ARRAY_SIZE(turns));
}

static void test_no_sections(void **state)
{
	(void)state;
	assert_verdict("", &base, "none");
	assert_verdict("[tapfilter]\n", &base, "none");
}

/* The digits of "#" */
static void test_tap_digits(void **state)
{
	const struct turn turns[] = {
		{ TURNED(tap, "al-"), "none" },
		{ TURNED(tap, "al-0"), "+lab" },
		{ TURNED(tap, "al-007"), "+lab" },
		{ TURNED(tap, "al-12345"), "+lab" },
		{ TURNED(tap, "al-123456"), "none" },
		{ TURNED(tap, "al-x"), "none" },
		{ TURNED(tap, "al-1x"), "none" },
		{ TURNED(tap, "al-x1"), "none" },
		{ TURNED(tap, "al-1.1"), "none" },
		{ TURNED(tap, "al--1"), "none" },
		{ TURNED(tap, "al-#"), "none" },
		{ TURNED(tap, "al-1#"), "none" },
		{ TURNED(tap, "al1"), "none" },
		{ TURNED(tap, "l-1"), "none" },
		{ TURNED(tap, "xal-1"), "none" },
	};

	(void)state;
	assert_turns(GRANT, turns, ARRAY_SIZE(turns));
}

/* 15 bytes are a name, 16 are none, whatever "#" makes of them */
static void test_tap_length(void **state)
{
	static const char text[] = "[acl lab]\nuid = 1000\nop = up\n"
				   "domain = lab-web\nbridge = br-lab\n"
				   "tap = abcdefghijkl#, abcdefghijklmno\n";
	const struct turn turns[] = {
		{ TURNED(tap, "abcdefghijklmno"), "+lab" },
		{ TURNED(tap, "abcdefghijklmnop"), "none" },
		{ TURNED(tap, "abcdefghijklmn"), "none" },
		{ TURNED(tap, "abcdefghijkl123"), "+lab" },
		{ TURNED(tap, "abcdefghijkl1234"), "none" },
	};

	(void)state;
	assert_turns(text, turns, ARRAY_SIZE(turns));
}

static void test_no_bridge_key(void **state)
{
	static const char text[] = "[acl lab]\nuid = 1000\nop = up\n"
				   "domain = lab-web\ntap = al-1\n";
	const struct turn turns[] = {
		{ TURNED(bridge, ""), "+lab" },
		{ TURNED(bridge, NULL), "+lab" },
		{ TURNED(bridge, "br-lab"), "none" },
	};

	(void)state;
	assert_turns(text, turns, ARRAY_SIZE(turns));
}

/* The number of a group is not a user's. */
static void test_uid_is_no_gid(void **state)
{
	static const gid_t same[] = { 1000, 1000, 1000 };
	struct acl_request r = base;

	(void)state;
	r.uid = 7;
	r.gid = 1000;
	r.groups = same;
	assert_verdict(GRANT, &r, "none");
	assert_verdict(GRANT DENY "uid = 1000\n", &r, "none");
	assert_verdict(GRANT DENY "gid = 1000\n", &r, "-no");
}

/* No configuration gives such sections; nothing is open if one should. */
static void test_incomplete(void **state)
{
	char name[] = "x", *names[] = { name };
	struct acl_section s = {
		.who = ACL_USER,
		.id = 7,
		.ops = ACL_ALL_OPS,
		.domain = { names, 1 },
		.tap = { names, 1 },
	};
	const struct acl_request r = {
		.uid = 7, .tap = "x", .domain = "x", .bridge = ""
	};
	const struct acl_request digit = {
		.uid = 7, .tap = "1", .domain = "1", .bridge = ""
	};

	(void)state;
	assert_int_equal(acl_mismatch(&s, &r), ACL_KEY_NONE);
	s.who = ACL_ANYBODY;
	assert_int_equal(acl_mismatch(&s, &r), ACL_KEY_WHO);
	s.who = ACL_USER;
	s.domain.n = 0;
	assert_int_equal(acl_mismatch(&s, &r), ACL_KEY_DOMAIN);
	s.domain.n = 1;
	s.tap.n = 0;
	assert_int_equal(acl_mismatch(&s, &r), ACL_KEY_TAP);
	s.tap.n = 1;
	name[0] = '#';
	assert_int_equal(acl_mismatch(&s, &digit), ACL_KEY_DOMAIN);
	s.ops = 0;
	assert_int_equal(acl_mismatch(&s, &r), ACL_KEY_OP);
}

static void test_group(void **state)
{
	static const char text[] = "[acl lab]\ngid = 44\nop = up\n"
				   "domain = lab-web\ntap = al-1\n"
				   "bridge = br-lab\n";
	struct acl_request r = base;
	static const gid_t last[] = { 1, 2, 44 };
	static const gid_t first[] = { 44, 1, 2 };
	static const gid_t others[] = { 4, 444, 43 };
	const struct turn turns[] = {
		{ base, "+lab" },
		{ TURNED(ngroups, 1), "none" },
		{ TURNED(groups, last), "+lab" },
		{ TURNED(groups, first), "+lab" },
		{ TURNED(groups, others), "none" },
	};

	(void)state;
	assert_turns(text, turns, ARRAY_SIZE(turns));
	r.groups = NULL;
	r.ngroups = 0;
	r.gid = 44;
	assert_verdict(text, &r, "+lab");
	r.gid = 45;
	assert_verdict(text, &r, "none");
	/* A user's number is not a group's. */
	r.uid = 44;
	assert_verdict(text, &r, "none");
}

/* Each key of a [deny] alone; without it the grant allows. */
static void test_deny(void **state)
{
	const struct turn uid[] = {
		{ base, "-no" },
		{ TURNED(domain, NULL), "-no" },
		{ TURNED(tap, NULL), "-no" },
		{ TURNED(bridge, NULL), "-no" },
		{ TURNED(uid, 1001), "none" },
	};
	const struct turn op[] = {
		{ base, "-no" },
		{ TURNED(op, ACL_DOWN), "-no" },
		{ TURNED(op, ACL_RELOAD), "+lab" },
		{ TURNED(uid, 4), "-no" },
	};
	const struct turn domain[] = {
		{ base, "-no" },
		{ TURNED(domain, "lab-db"), "+lab" },
		{ TURNED(domain, NULL), "+lab" },
		{ TURNED(uid, 4), "-no" },
	};
	const struct turn tap[] = {
		{ base, "-no" },
		{ TURNED(tap, "al-12"), "-no" },
		{ TURNED(tap, "one"), "+lab" },
		{ TURNED(tap, NULL), "+lab" },
		{ TURNED(op, ACL_DOWN), "-no" },
	};
	const struct turn bridge[] = {
		{ base, "-no" },
		{ TURNED(bridge, "br-two"), "+lab" },
		{ TURNED(bridge, ""), "+lab" },
		{ TURNED(bridge, NULL), "+lab" },
		{ TURNED(domain, NULL), "-no" },
	};

	(void)state;
	assert_turns(GRANT DENY "uid = 1000\n", uid, ARRAY_SIZE(uid));
	assert_turns(GRANT DENY "op = up,down\n", op, ARRAY_SIZE(op));
	assert_turns(GRANT DENY "domain = lab-web\n", domain,
		     ARRAY_SIZE(domain));
	assert_turns(GRANT DENY "tap = al-#\n", tap, ARRAY_SIZE(tap));
	assert_turns(GRANT DENY "bridge = br-lab\n", bridge,
		     ARRAY_SIZE(bridge));
}

/* All keys of a [deny] must match. */
static void test_deny_all_keys(void **state)
{
	const struct turn turns[] = {
		{ base, "-no" },
		{ TURNED(ngroups, 0), "+lab" },
		{ TURNED(op, ACL_RELOAD), "+lab" },
		{ TURNED(domain, "lab-db"), "+lab" },
		{ TURNED(tap, "one"), "+lab" },
		{ TURNED(bridge, "br-two"), "+lab" },
	};

	(void)state;
	assert_turns(GRANT DENY "gid = 44\nop = up\ndomain = lab-web\n"
				"tap = al-1\nbridge = br-lab\n",
		     turns, ARRAY_SIZE(turns));
}

/* A [deny] wins wherever it stands, of several [acl] the first counts. */
static void test_order(void **state)
{
	static const char second[] = "[acl second]\nuid = 1000\nop = up,down\n"
				     "domain = lab-web\ntap = al-1\n"
				     "bridge = br-lab\n";
	static const char no[] = DENY "tap = al-1\n";
	static const char other[] = "[deny other]\ntap = al-2\n";
	const struct acl_request down = TURNED(op, ACL_DOWN);
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text), "%s%s", GRANT, second);
	assert_verdict(text, &base, "+lab");
	assert_verdict(text, &down, "+second");
	snprintf(text, sizeof(text), "%s%s", second, GRANT);
	assert_verdict(text, &base, "+second");
	snprintf(text, sizeof(text), "%s%s%s", no, GRANT, second);
	assert_verdict(text, &base, "-no");
	snprintf(text, sizeof(text), "%s%s%s%s", GRANT, other, no, second);
	assert_verdict(text, &base, "-no");
	snprintf(text, sizeof(text), "%s%s%s%s", GRANT, second, other, no);
	assert_verdict(text, &base, "-no");
	snprintf(text, sizeof(text), "%s%s", other, GRANT);
	assert_verdict(text, &base, "+lab");
}

/* Early, nothing known but the caller and the operation */
static void test_early(void **state)
{
	struct acl_request r = base;

	(void)state;
	r.tap = r.domain = r.bridge = NULL;
	assert_verdict(GRANT, &r, "+lab");
	assert_verdict(GRANT DENY "bridge = br-lab\n", &r, "+lab");
	assert_verdict(GRANT DENY "uid = 1000\n", &r, "-no");
	r.op = ACL_DOWN;
	assert_verdict(GRANT, &r, "none");
	r.op = ACL_UP;
	r.uid = 1001;
	assert_verdict(GRANT, &r, "none");
}

static void test_names(void **state)
{
	static const char *const names[] = { "up", "down", "reload", "bridge" };
	enum acl_op op;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(acl_op_parse(names[i], &op));
		assert_int_equal(op, i);
		assert_string_equal(acl_op_name(op), names[i]);
	}
	assert_false(acl_op_parse("", &op));
	assert_false(acl_op_parse("u", &op));
	assert_false(acl_op_parse("ups", &op));
	assert_false(acl_op_parse("Up", &op));
}

static void test_mismatch(void **state)
{
	_cleanup_(conf_free) struct conf c = { 0 };
	const struct acl_request uid = TURNED(uid, 1),
				 op = TURNED(op, ACL_DOWN),
				 domain = TURNED(domain, "x"),
				 tap = TURNED(tap, "x"),
				 bridge = TURNED(bridge, "x");

	(void)state;
	assert_int_equal(conf_parse("conf", GRANT, strlen(GRANT), &c), 0);
	assert_int_equal(acl_mismatch(c.acl, &base), ACL_KEY_NONE);
	assert_int_equal(acl_mismatch(c.acl, &uid), ACL_KEY_WHO);
	assert_int_equal(acl_mismatch(c.acl, &op), ACL_KEY_OP);
	assert_int_equal(acl_mismatch(c.acl, &domain), ACL_KEY_DOMAIN);
	assert_int_equal(acl_mismatch(c.acl, &tap), ACL_KEY_TAP);
	assert_int_equal(acl_mismatch(c.acl, &bridge), ACL_KEY_BRIDGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grant),
		cmocka_unit_test(test_no_sections),
		cmocka_unit_test(test_tap_digits),
		cmocka_unit_test(test_tap_length),
		cmocka_unit_test(test_no_bridge_key),
		cmocka_unit_test(test_uid_is_no_gid),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_deny),
		cmocka_unit_test(test_deny_all_keys),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_mismatch),
	};

	return cmocka_run_group_tests_name("acl", tests, NULL, NULL);
}
