// SPDX-License-Identifier: GPL-2.0-or-later
/* netlink.h: what of a datagram is whole */
#include <errno.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "netlink.h"

/* Two messages: one with two bytes of data and a gap, and an error */
struct datagram {
	struct nlmsghdr first;
	char data[4];
	struct nlmsghdr second;
	struct nlmsgerr err;
};

static struct datagram good(void)
{
	struct datagram d = {
		.first = { .nlmsg_len = 18, .nlmsg_type = 16 },
		.second = { .nlmsg_len = NLMSG_LENGTH(sizeof(d.err)),
			    .nlmsg_type = NLMSG_ERROR },
		.err = { .error = -ENOENT },
	};

	return d;
}

static void test_whole(void **state)
{
	struct datagram d = good();

	(void)state;
	assert_int_equal(netlink_check(&d, sizeof(d)), 0);
	assert_int_equal(netlink_check(&d, 0), 0);
	assert_int_equal(netlink_check(&d, 18), 0);
	assert_int_equal(netlink_check(&d, 20), 0);
	d.err.error = 0;
	assert_int_equal(netlink_check(&d, sizeof(d)), 0);
}

static void test_cut(void **state)
{
	struct datagram d = good();
	size_t len;

	(void)state;
	for (len = 1; len < sizeof(d); len++)
		if (len < 18 || len > 20)
			assert_int_equal(netlink_check(&d, len), -EBADMSG);
}

static void test_length(void **state)
{
	static const uint32_t lengths[] = {
		0, 15, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff
	};
	struct datagram d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		d = good();
		d.first.nlmsg_len = lengths[i];
		assert_int_equal(netlink_check(&d, sizeof(d)), -EBADMSG);
		d = good();
		d.second.nlmsg_len = lengths[i];
		assert_int_equal(netlink_check(&d, sizeof(d)), -EBADMSG);
	}
}

static void test_error(void **state)
{
	static const int errors[] = { 1, -4096, INT32_MIN, INT32_MAX };
	struct datagram d = good();
	size_t i;

	(void)state;
	d.second.nlmsg_len = sizeof(d.second);
	assert_int_equal(netlink_check(&d, 36), -EBADMSG);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		d = good();
		d.err.error = errors[i];
		assert_int_equal(netlink_check(&d, sizeof(d)), -EBADMSG);
	}
}

static void test_done(void **state)
{
	struct datagram d = good();

	(void)state;
	d.second.nlmsg_type = NLMSG_DONE;
	assert_int_equal(netlink_check(&d, sizeof(d)), 0);
	d.err.error = INT32_MIN;
	assert_int_equal(netlink_check(&d, sizeof(d)), -EBADMSG);
	d.second.nlmsg_len = sizeof(d.second);
	assert_int_equal(netlink_check(&d, 36), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),  cmocka_unit_test(test_cut),
		cmocka_unit_test(test_length), cmocka_unit_test(test_error),
		cmocka_unit_test(test_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
