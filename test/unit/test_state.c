// SPDX-License-Identifier: GPL-2.0-or-later
/* The state directory and the record of a tap */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "state.h"
#include "util.h"

/* One directory a test; every test removes what it makes. */
static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "%s", "/tmp/tapfilter-test-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(unlink(path), 0);
}

static void make_record(struct record *r, const char *tap)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	struct binding *b = &r->binding;

	memset(r, 0, sizeof(*r));
	r->ifindex = 7;
	r->owner = 1000;
	r->since = 1234567890123;
	snprintf(r->boot_id, sizeof(r->boot_id), "%s",
		 "00112233-4455-6677-8899-aabbccddeeff");
	r->active = true;
	snprintf(b->tap, sizeof(b->tap), "%s", tap);
	snprintf(b->bridge, sizeof(b->bridge), "%s", "br0");
	memcpy(b->mac, mac, sizeof(mac));
	b->domain = strdup("guest");
	b->nprofiles = 1;
	b->profiles = calloc(1, sizeof(*b->profiles));
	b->profiles[0].name = strdup("own-mac");
	b->profiles[0].params = strdup("");
	b->nrules = 1;
	b->rules = calloc(1, sizeof(*b->rules));
	b->rules[0].verdict = VERDICT_DROP;
	b->rules[0].dir = DIR_OUT;
	b->rules[0].line = 3;
	assert_int_equal(rule_match_uint(&b->rules[0], FIELD_ETH_TYPE, OP_EQ,
					 0x88cc),
			 0);
}

static void assert_same(const struct record *a, const struct record *b)
{
	assert_int_equal(a->ifindex, b->ifindex);
	assert_int_equal(a->owner, b->owner);
	assert_true(a->since == b->since);
	assert_string_equal(a->boot_id, b->boot_id);
	assert_int_equal(a->active, b->active);
	assert_int_equal(a->no_link, b->no_link);
	assert_true(binding_digest(&a->binding) == binding_digest(&b->binding));
}

static void test_round_trip(void **state)
{
	struct record r, back = { 0 };
	struct state *s;

	(void)state;
	make_record(&r, "tap0");
	assert_int_equal(state_open(dir, &s), 0);
	assert_int_equal(state_load(s, "tap0", &back), -ENOENT);
	assert_int_equal(state_save(s, &r), 0);
	assert_int_equal(state_load(s, "tap0", &back), 0);
	assert_same(&r, &back);
	record_free(&back);
	r.active = false;
	r.no_link = true;
	assert_int_equal(state_save(s, &r), 0);
	assert_int_equal(state_load(s, "tap0", &back), 0);
	assert_same(&r, &back);
	record_free(&back);
	assert_int_equal(state_remove(s, "tap0"), 0);
	assert_int_equal(state_remove(s, "tap0"), 0);
	assert_int_equal(state_load(s, "tap0", &back), -ENOENT);
	state_close(s);
	record_free(&r);
}

/* Any bit turned, any byte cut off or added: found */
static void test_damaged(void **state)
{
	struct buf bytes = { 0 };
	struct record r, back = { 0 };
	size_t i;
	int bit;

	(void)state;
	make_record(&r, "tap0");
	assert_int_equal(record_encode(&r, &bytes), 0);
	for (i = 0; i < bytes.len; i++) {
		for (bit = 0; bit < 8; bit++) {
			bytes.data[i] = (char)(bytes.data[i] ^ 1 << bit);
			assert_int_equal(record_decode(bytes.data, bytes.len,
						       &back),
					 -EBADMSG);
			bytes.data[i] = (char)(bytes.data[i] ^ 1 << bit);
		}
		assert_int_equal(record_decode(bytes.data, i, &back), -EBADMSG);
	}
	assert_int_equal(buf_add(&bytes, "", 1), 0);
	assert_int_equal(record_decode(bytes.data, bytes.len, &back), -EBADMSG);
	buf_free(&bytes);
	record_free(&r);
}

/* A record under the name of another tap is none of that tap. */
static void test_wrong_name(void **state)
{
	struct record r, back = { 0 };
	struct state *s;
	int fd;

	(void)state;
	make_record(&r, "tap0");
	assert_int_equal(state_open(dir, &s), 0);
	assert_int_equal(state_save(s, &r), 0);
	fd = state_fd(s);
	assert_int_equal(renameat(fd, "tap0", fd, "tap1"), 0);
	assert_int_equal(state_load(s, "tap1", &back), -EBADMSG);
	assert_int_equal(state_remove(s, "tap1"), 0);
	state_close(s);
	record_free(&r);
}

static void test_directory(void **state)
{
	struct state *s = NULL;
	char path[128];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/state", dir);
	assert_int_equal(state_open(path, &s), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	state_close(s);
	assert_int_equal(chmod(path, 0750), 0);
	assert_int_equal(state_open(path, &s), -EPERM);
	assert_int_equal(chmod(path, 0702), 0);
	assert_int_equal(state_open(path, &s), -EPERM);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/tmp", path), 0);
	assert_true(state_open(path, &s) < 0);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/no/state", dir);
	assert_int_equal(state_open(path, &s), -ENOENT);
}

static void test_foreign_owner(void **state)
{
	struct state *s = NULL;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(dir, 1, 1), 0);
	assert_int_equal(state_open(dir, &s), -EPERM);
	assert_int_equal(chown(dir, 0, 0), 0);
}

static void test_list(void **state)
{
	char(*names)[TAP_NAME_SIZE];
	struct record r;
	struct state *s;
	size_t n;

	(void)state;
	assert_int_equal(state_open(dir, &s), 0);
	assert_int_equal(state_list(s, &names, &n), 0);
	assert_int_equal(n, 0);
	make_record(&r, "tap1");
	assert_int_equal(state_save(s, &r), 0);
	snprintf(r.binding.tap, sizeof(r.binding.tap), "%s", "a.b");
	assert_int_equal(state_save(s, &r), 0);
	assert_int_equal(state_lock(s, "tap1"), 0);
	assert_int_equal(state_list(s, &names, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(names[0], "a.b");
	assert_string_equal(names[1], "tap1");
	free(names);
	assert_int_equal(state_remove(s, "a.b"), 0);
	assert_int_equal(state_remove(s, "tap1"), 0);
	state_unlock(s, true);
	state_close(s);
	record_free(&r);
}

/*
 * A child counts under the lock while the parent does: with read, pause and
 * write each step would be lost without it.
 */
#define ROUNDS 20

static void count(const char *path)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	struct state *s;
	int fd, i, n;

	for (i = 0; i < ROUNDS; i++) {
		n = 0;
		if (state_open(dir, &s) < 0 || state_lock(s, "tap0") < 0)
			_exit(1);
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || pread(fd, &n, sizeof(n), 0) < 0)
			_exit(1);
		n++;
		nanosleep(&nap, NULL);
		if (pwrite(fd, &n, sizeof(n), 0) != sizeof(n))
			_exit(1);
		close(fd);
		/* Every other time the file of the lock goes away. */
		state_unlock(s, i % 2);
		state_close(s);
	}
}

static void test_lock(void **state)
{
	int fd, n = 0, status = 1;
	char path[128];
	pid_t pid;

	(void)state;
	snprintf(path, sizeof(path), "%s/count", dir);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		count(path);
		_exit(0);
	}
	count(path);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, &n, sizeof(n)), sizeof(n));
	close(fd);
	assert_int_equal(n, 2 * ROUNDS);
	remove_file("count");
}

/* A child that inherited the lock's file does not hold the lock. */
static void test_inherited_lock(void **state)
{
	struct state *s, *other;
	int pipes[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(state_open(dir, &s), 0);
	assert_int_equal(state_open(dir, &other), 0);
	assert_int_equal(state_lock(s, "tap0"), 0);
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1) < 0);
	}
	state_close(s);
	assert_int_equal(state_lock(other, "tap0"), 0);
	state_unlock(other, true);
	state_close(other);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#define test(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_round_trip),	  test(test_damaged),
		test(test_wrong_name),	  test(test_directory),
		test(test_foreign_owner), test(test_list),
		test(test_lock),	  test(test_inherited_lock),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
