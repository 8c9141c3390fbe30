// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_parse(): what the files in golden/conf cannot hold */
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

#define HEAD "[tapfilter]\n"

static int parse(const char *text, struct conf *c)
{
	memset(c, 0, sizeof(*c));
	return conf_parse("conf", text, strlen(text), c);
}

static void assert_bad(const char *text)
{
	struct conf c;

	assert_int_equal(parse(text, &c), -EINVAL);
	/* Nothing is left to free, nothing to be used by mistake. */
	assert_null(c.state_dir);
	assert_null(c.template_path);
	assert_null(c.acl);
	assert_int_equal(c.n_acl, 0);
}

static void test_defaults(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(parse("", &c), 0);
	assert_int_equal(c.n_template_path, 2);
	assert_string_equal(c.template_path[0], "/etc/tapfilter/profiles");
	assert_string_equal(c.template_path[1],
			    "/usr/share/tapfilter/profiles");
	assert_string_equal(c.domain_dir, "/etc/tapfilter/domains");
	assert_string_equal(c.state_dir, "/run/tapfilter");
	assert_string_equal(c.backend, "auto");
	assert_string_equal(c.default_profiles, "");
	assert_int_equal(c.max_rules, 4096);
	assert_false(c.honour_filterref);
	assert_int_equal(c.n_acl, 0);
	conf_free(&c);
	assert_null(c.state_dir);
}

static void test_values(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(parse(HEAD "template-path=/a\n"
				    "max-rules\t=\t1\n"
				    "default-profiles =  a \t b  \n"
				    "honour-filterref = no",
			       &c),
			 0);
	assert_int_equal(c.n_template_path, 1);
	assert_string_equal(c.template_path[0], "/a");
	assert_int_equal(c.max_rules, 1);
	assert_string_equal(c.default_profiles, "a b");
	conf_free(&c);
}

/* A line that libinih would split must never reach it, wherever the cut. */
static void test_long_lines(void **state)
{
	static const char tail[] = "max-rules = 7";
	char text[512];
	struct conf c;
	size_t n;

	(void)state;
	for (n = 1; n < 420; n++) {
		snprintf(text, sizeof(text), HEAD "#%*s%s\n", (int)n, "", tail);
		if (1 + n + strlen(tail) > 190) {
			assert_bad(text);
			continue;
		}
		assert_int_equal(parse(text, &c), 0);
		assert_int_equal(c.max_rules, 4096);
		conf_free(&c);
	}
}

/* Every byte that is not printable ASCII, a tab or a newline, anywhere */
static void test_bytes(void **state)
{
	char text[] = HEAD "# x\n";
	struct conf c;
	int byte;

	(void)state;
	for (byte = 0; byte < 256; byte++) {
		text[strlen(HEAD) + 2] = (char)byte;
		memset(&c, 0, sizeof(c));
		if (byte == '\t' || byte == '\n' ||
		    (byte >= 0x20 && byte <= 0x7e)) {
			assert_int_equal(conf_parse("conf", text,
						    sizeof(text) - 1, &c),
					 0);
			conf_free(&c);
			continue;
		}
		assert_int_equal(conf_parse("conf", text, sizeof(text) - 1, &c),
				 -EINVAL);
	}
}

/* What stands behind the first fault is not taken, nor reported. */
static void test_inert_after_failure(void **state)
{
	(void)state;
	assert_bad(HEAD "max-rules = 0\nmax-rules = 5\n");
	assert_bad(HEAD "unknown = 0\nstate-dir = /x\n");
	assert_bad(HEAD "template-path = /a:b\n");
}

#define GRANT "uid = 1\nop = up\ndomain = d\ntap = t\n"

/* Sections whose names differ in the last byte, at every length: two, or none
 * because the name is too long, but never one. */
static void test_section_twins(void **state)
{
	char text[512], label[96];
	struct conf c;
	size_t n;

	(void)state;
	for (n = 1; n < 80; n++) {
		memset(label, 'l', n);
		label[n] = '\0';
		snprintf(text, sizeof(text),
			 "[acl %sa]\n" GRANT "[acl %sb]\n" GRANT, label, label);
		if (strlen("acl ") + n + 1 > 48) {
			assert_bad(text);
			continue;
		}
		assert_int_equal(parse(text, &c), 0);
		assert_int_equal(c.n_acl, 2);
		assert_int_equal(c.acl[0].label[n], 'a');
		assert_int_equal(c.acl[1].label[n], 'b');
		assert_int_equal(c.acl[0].tap.n, 1);
		assert_int_equal(c.acl[1].tap.n, 1);
		conf_free(&c);
	}
}

/* Every byte in a label: its alphabet, and a narrower one for the first */
static void test_label_bytes(void **state)
{
	static const char first[] = "[acl xa]\n" GRANT;
	static const char later[] = "[acl ax]\n" GRANT;
	char text[sizeof(first)];
	struct conf c;
	int byte;

	(void)state;
	for (byte = 1; byte < 256; byte++) {
		bool word = (byte >= '0' && byte <= '9') ||
			    (byte >= 'A' && byte <= 'Z') ||
			    (byte >= 'a' && byte <= 'z');
		bool ok = word || byte == '_' || byte == '.' || byte == '-';

		memcpy(text, first, sizeof(first));
		text[5] = (char)byte;
		assert_int_equal(parse(text, &c), word ? 0 : -EINVAL);
		conf_free(&c);
		memcpy(text, later, sizeof(later));
		text[6] = (char)byte;
		assert_int_equal(parse(text, &c), ok ? 0 : -EINVAL);
		conf_free(&c);
	}
}

/* The keys of one section are not those of the next, nor of [tapfilter]. */
static void test_sections_apart(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(parse("[acl a]\n" GRANT "max-active = 1\n"
			       "[deny b]\ntap = x\n" HEAD "max-rules = 5\n"
			       "[acl c]\n" GRANT "require = fd\n",
			       &c),
			 0);
	assert_int_equal(c.n_acl, 3);
	assert_int_equal(c.max_rules, 5);
	assert_int_equal(c.acl[0].max_active, 1);
	assert_int_equal(c.acl[0].require, ACL_REQUIRE_OWNER);
	assert_true(c.acl[1].deny);
	assert_int_equal(c.acl[1].ops, ACL_ALL_OPS);
	assert_int_equal(c.acl[1].require, 0);
	assert_int_equal(c.acl[1].domain.n, 0);
	assert_int_equal(c.acl[2].max_active, 0);
	assert_int_equal(c.acl[2].require, ACL_REQUIRE_FD);
	conf_free(&c);
	assert_null(c.acl);
	assert_int_equal(c.n_acl, 0);
	assert_bad("[acl a]\n" GRANT "[acl b]\nuid = 0\n");
	assert_bad("[acl a]\n" GRANT "[deny b]\n");
}

static void test_load(void **state)
{
	struct conf c = { 0 };

	(void)state;
	assert_int_equal(conf_load("/nonexistent", &c), -ENOENT);
	assert_int_equal(conf_load("/", &c), -EINVAL);
	assert_int_equal(conf_load("/dev/null", &c), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_inert_after_failure),
		cmocka_unit_test(test_section_twins),
		cmocka_unit_test(test_label_bytes),
		cmocka_unit_test(test_sections_apart),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
