// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_parse(): what the files in golden/conf cannot hold */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
