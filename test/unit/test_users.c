// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and numbers from files like passwd and group */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "users.h"
#include "util.h"

static char passwd[] = "/tmp/tapfilter-passwd-XXXXXX";
static char group[] = "/tmp/tapfilter-group-XXXXXX";

static const char passwd_text[] = "root:x:0:0:root:/root:/bin/sh\n"
				  "+::::::\n"
				  "-minus:x:77:77:::\n"
				  ":x:78:78:::\n"
				  "broken:x:\n"
				  "alice:x:1000:100::/home/alice:/bin/sh\n"
				  "1001:x:5000:100:called 1001:/:/bin/sh\n"
				  "bob:x:1001:101:::\n"
				  "alice:x:2000:200:a second one:/:\n"
				  "#hash:x:79:79:::\n"
				  "huge:x:4294967295:100:::\n"
				  "hugegroup:x:1005:4294967295:::\n"
				  "nocrlf:x:1006:106:::";

static const char group_text[] = "root:x:0:\n"
				 "+:::alice\n"
				 "users:x:100:alice\n"
				 "kvm:x:104:bob,alice,carol\n"
				 "audio:x:29:alice\n"
				 "again:x:104:alice\n"
				 "near:x:30:alic,alicex,lice\n"
				 "1001:x:31:1001\n"
				 "huge:x:4294967295:dave\n";

static int write_file(char *path, const char *text, size_t len)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return -1;
	if (write(fd, text, len) != (ssize_t)len) {
		close(fd);
		return -1;
	}
	return close(fd);
}

static int setup(void **state)
{
	(void)state;
	return write_file(passwd, passwd_text, strlen(passwd_text)) ||
	       write_file(group, group_text, strlen(group_text));
}

static int teardown(void **state)
{
	(void)state;
	return unlink(passwd) || unlink(group);
}

static void test_uid(void **state)
{
	uid_t uid = 9;
	gid_t gid = 9;

	(void)state;
	assert_int_equal(users_uid_in(passwd, "alice", &uid, &gid), 0);
	assert_int_equal(uid, 1000);
	assert_int_equal(gid, 100);
	assert_int_equal(users_uid_in(passwd, "nocrlf", &uid, &gid), 0);
	assert_int_equal(uid, 1006);
	assert_int_equal(users_uid_in(passwd, "root", &uid, &gid), 0);
	assert_int_equal(uid, 0);
	/* A name, not a number */
	assert_int_equal(users_uid_in(passwd, "1001", &uid, &gid), 0);
	assert_int_equal(uid, 5000);
}

static void test_uid_unknown(void **state)
{
	static const char *const names[] = { "",       "alic",	 "alicex",
					     "Alice",  "1000",	 "+",
					     "-minus", "#hash",	 "hash",
					     "broken", "alice:x" };
	uid_t uid = 9;
	gid_t gid = 9;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(users_uid_in(passwd, names[i], &uid, &gid),
				 -ENOENT);
	assert_int_equal(uid, 9);
	assert_int_equal(users_uid_in("/dev/null", "root", &uid, &gid),
			 -ENOENT);
}

/* What could not be read is not "unknown". */
static void test_errors(void **state)
{
	char name[8];
	gid_t gid, *list = NULL;
	size_t n;
	uid_t uid;

	(void)state;
	assert_int_equal(users_uid_in("/nonexistent", "root", &uid, &gid),
			 -EIO);
	assert_int_equal(users_uid_in("/", "root", &uid, &gid), -EISDIR);
	assert_int_equal(users_gid_in("/nonexistent", "root", &gid), -EIO);
	assert_int_equal(users_gid_in("/", "root", &gid), -EISDIR);
	assert_int_equal(users_name_in("/nonexistent", 0, name, 8, &gid), -EIO);
	assert_int_equal(users_name_in("/", 0, name, 8, &gid), -EISDIR);
	assert_int_equal(users_groups_in("/nonexistent", "a", 1, &list, &n),
			 -EIO);
	assert_int_equal(users_groups_in("/", "a", 1, &list, &n), -EISDIR);
	assert_null(list);
}

/* 4294967295 is "no change" for the kernel; larger ones the C library skips. */
static void test_huge(void **state)
{
	gid_t gid, *list = NULL;
	uid_t uid;
	size_t n;

	(void)state;
	assert_int_equal(users_uid_in(passwd, "huge", &uid, &gid), -EINVAL);
	assert_int_equal(users_uid_in(passwd, "hugegroup", &uid, &gid),
			 -EINVAL);
	assert_int_equal(users_gid_in(group, "huge", &gid), -EINVAL);
	assert_int_equal(users_groups_in(group, "dave", 1, &list, &n), -EINVAL);
	assert_null(list);
}

static void test_gid(void **state)
{
	gid_t gid = 9;

	(void)state;
	assert_int_equal(users_gid_in(group, "kvm", &gid), 0);
	assert_int_equal(gid, 104);
	assert_int_equal(users_gid_in(group, "1001", &gid), 0);
	assert_int_equal(gid, 31);
	assert_int_equal(users_gid_in(group, "kv", &gid), -ENOENT);
	assert_int_equal(users_gid_in(group, "104", &gid), -ENOENT);
	assert_int_equal(users_gid_in(group, "+", &gid), -ENOENT);
	assert_int_equal(users_gid_in(group, "", &gid), -ENOENT);
}

static void test_groups(void **state)
{
	static const gid_t alice[] = { 100, 104, 29 };
	_cleanup_free_ gid_t *list = NULL;
	_cleanup_free_ gid_t *none = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(users_groups_in(group, "alice", 100, &list, &n), 0);
	assert_int_equal(n, ARRAY_SIZE(alice));
	assert_memory_equal(list, alice, sizeof(alice));
	assert_int_equal(users_groups_in(group, "nobody", 7, &none, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(none[0], 7);
}

static void test_name(void **state)
{
	char name[6] = "?";
	gid_t gid = 9;

	(void)state;
	assert_int_equal(users_name_in(passwd, 1000, name, sizeof(name), &gid),
			 0);
	assert_string_equal(name, "alice");
	assert_int_equal(gid, 100);
	assert_int_equal(users_name_in(passwd, 1001, name, sizeof(name), &gid),
			 0);
	assert_string_equal(name, "bob");
	assert_int_equal(users_name_in(passwd, 0, name, sizeof(name), &gid), 0);
	assert_string_equal(name, "root");
	assert_int_equal(users_name_in(passwd, 77, name, sizeof(name), &gid),
			 -ENOENT);
	assert_int_equal(users_name_in(passwd, 4711, name, sizeof(name), &gid),
			 -ENOENT);
	/* Not cut off */
	assert_int_equal(users_name_in(passwd, 1000, name, 5, &gid),
			 -ENAMETOOLONG);
	assert_string_equal(name, "root");
}

/* Longer than any buffer that is there from the start */
static void test_long_line(void **state)
{
	char path[] = "/tmp/tapfilter-group-XXXXXX";
	_cleanup_buf_ struct buf text = { 0 };
	gid_t gid = 9;
	int i, rc = 0;

	(void)state;
	rc = buf_printf(&text, "long:x:1:");
	for (i = 0; rc == 0 && i < 20000; i++)
		rc = buf_printf(&text, "u%d,", i);
	if (rc == 0)
		rc = buf_printf(&text, "last\nshort:x:2:\n");
	assert_int_equal(rc, 0);
	assert_int_equal(write_file(path, text.data, text.len), 0);
	assert_int_equal(users_gid_in(path, "long", &gid), 0);
	assert_int_equal(gid, 1);
	assert_int_equal(users_gid_in(path, "short", &gid), 0);
	assert_int_equal(gid, 2);
	unlink(path);
}

/* The real files */
static void test_system(void **state)
{
	_cleanup_free_ gid_t *list = NULL;
	char name[8];
	uid_t uid = 9;
	gid_t gid = 9;
	size_t n;

	(void)state;
	assert_int_equal(users_uid("root", &uid, &gid), 0);
	assert_int_equal(uid, 0);
	assert_int_equal(users_gid("root", &gid), 0);
	assert_int_equal(gid, 0);
	assert_int_equal(users_name(0, name, sizeof(name), &gid), 0);
	assert_string_equal(name, "root");
	assert_int_equal(users_groups("root", 0, &list, &n), 0);
	assert_true(n >= 1);
	assert_int_equal(list[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uid),
		cmocka_unit_test(test_uid_unknown),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_gid),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_system),
	};

	return cmocka_run_group_tests_name("users", tests, setup, teardown);
}
