// SPDX-License-Identifier: GPL-2.0-or-later
/* The state directory and the record of a tap */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
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

#include "state_dir.h"
#include "util.h"

/* One directory a test, for root only; every test removes what it makes. */
static char base[64];
static char dir[80];

static int open_at(const char *path, struct state **out)
{
	const struct state_place place = { .path = path, .sticky = true };

	return state_open(&place, out);
}

/* The directory of this network namespace, once it was opened */
static const char *inner(void)
{
	static char path[256];
	glob_t found;

	snprintf(path, sizeof(path), "%s/net-*", dir);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
	globfree(&found);
	return path;
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "%s", "/tmp/tapfilter-test-XXXXXX");
	if (!mkdtemp(base))
		return -1;
	snprintf(dir, sizeof(dir), "%s/state", base);
	return 0;
}

static int remove_dir(void **state)
{
	struct stat st;

	(void)state;
	if (stat(dir, &st) == 0 && (rmdir(inner()) < 0 || rmdir(dir) < 0))
		return -1;
	return rmdir(base);
}

static void remove_file(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", inner(), name);
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
	assert_int_equal(open_at(dir, &s), 0);
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
	assert_int_equal(open_at(dir, &s), 0);
	assert_int_equal(state_save(s, &r), 0);
	fd = state_dir(s);
	assert_int_equal(renameat(fd, "tap0", fd, "tap1"), 0);
	assert_int_equal(state_load(s, "tap1", &back), -EBADMSG);
	assert_int_equal(state_remove(s, "tap1"), 0);
	state_close(s);
	record_free(&r);
}

static void test_directory(void **state)
{
	struct state *s = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(open_at(dir, &s), 0);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 02770);
	assert_int_equal(stat(inner(), &st), 0);
	assert_int_equal(st.st_mode & 07777, 02770);
	state_close(s);
	assert_int_equal(chmod(dir, 0750), 0);
	assert_int_equal(open_at(dir, &s), -EPERM);
	assert_int_equal(chmod(dir, 0772), 0);
	assert_int_equal(open_at(dir, &s), -EPERM);
	/* as a package may have made it */
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(open_at(dir, &s), 0);
	state_close(s);
	assert_int_equal(chmod(inner(), 0777), 0);
	assert_int_equal(open_at(dir, &s), -EPERM);
	assert_int_equal(rmdir(inner()), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(symlink("/tmp", dir), 0);
	assert_true(open_at(dir, &s) < 0);
	assert_int_equal(unlink(dir), 0);
	snprintf(dir, sizeof(dir), "%s/no/state", base);
	assert_int_equal(open_at(dir, &s), -ENOENT);
}

static void test_foreign_owner(void **state)
{
	struct state *s = NULL;

	(void)state;
	assert_int_equal(mkdir(dir, 0770), 0);
	assert_int_equal(chown(dir, 1, 0), 0);
	assert_int_equal(open_at(dir, &s), -EPERM);
	assert_int_equal(chown(dir, 0, 1), 0);
	assert_int_equal(open_at(dir, &s), -EPERM);
	assert_int_equal(chown(dir, 0, 0), 0);
	/* a directory above it that is not root's alone */
	assert_int_equal(chmod(base, 0777), 0);
	assert_int_equal(open_at(dir, &s), -EPERM);
	assert_int_equal(chown(base, 1, 0), 0);
	assert_int_equal(chmod(base, 0700), 0);
	assert_int_equal(open_at(dir, &s), -EPERM);
	assert_int_equal(chown(base, 0, 0), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* What of a user's taps holds, by the name of the tap */
static bool dead_odd(const struct record *r, void *data)
{
	(void)data;
	return (r->binding.tap[3] - '0') % 2;
}

static void save(struct state *s, const char *tap, uint32_t owner)
{
	struct record r;

	make_record(&r, tap);
	r.owner = owner;
	assert_int_equal(state_save(s, &r), 0);
	record_free(&r);
}

static int claim(struct state *s, const char *tap, unsigned int max)
{
	save(s, tap, 1000);
	return state_claim(s, 1000, tap, max, dead_odd, NULL);
}

static void test_claims(void **state)
{
	struct state *s = NULL;
	char tap[] = "tap0";

	(void)state;
	assert_int_equal(open_at(dir, &s), 0);
	assert_int_equal(claim(s, "tap0", 2), 0);
	assert_int_equal(claim(s, "tap0", 2), 0); /* twice is once */
	assert_int_equal(claim(s, "tap2", 2), 0);
	assert_int_equal(claim(s, "tap4", 2), -EDQUOT);
	/* another user's are his own */
	save(s, "tap6", 1001);
	assert_int_equal(state_claim(s, 1001, "tap6", 1, dead_odd, NULL), 0);
	/* one fewer by a down */
	assert_int_equal(state_unclaim(s, 1000, "tap2"), 0);
	assert_int_equal(claim(s, "tap4", 2), 0);
	assert_int_equal(claim(s, "tap8", 2), -EDQUOT);
	/* without a record it holds no more, and neither does a dead one */
	assert_int_equal(state_remove(s, "tap4"), 0);
	assert_int_equal(claim(s, "tap1", 2), 0);
	assert_int_equal(claim(s, "tap8", 2), 0);
	assert_int_equal(claim(s, "tap2", 2), -EDQUOT);
	/* a tap that is root's by now is not counted */
	save(s, "tap8", 0);
	assert_int_equal(claim(s, "tap2", 2), 0);
	/* no limit */
	assert_int_equal(claim(s, "tap4", 0), 0);
	for (; tap[3] <= '9'; tap[3]++) {
		assert_int_equal(state_unclaim(s, 1000, tap), 0);
		assert_int_equal(state_unclaim(s, 1001, tap), 0);
		assert_int_equal(state_remove(s, tap), 0);
	}
	remove_file(".uid.1000-lock");
	remove_file(".uid.1001-lock");
	assert_int_equal(unlinkat(state_dir(s), ".uid.1000", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(state_dir(s), ".uid.1001", AT_REMOVEDIR), 0);
	state_close(s);
}

static void test_list(void **state)
{
	char(*names)[TAP_NAME_SIZE];
	struct record r;
	struct state *s;
	size_t n;

	(void)state;
	assert_int_equal(open_at(dir, &s), 0);
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
		if (open_at(dir, &s) < 0 || state_lock(s, "tap0") < 0)
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
	snprintf(path, sizeof(path), "%s/count", base);
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
	assert_int_equal(unlink(path), 0);
}

/* A child that inherited the lock's file does not hold the lock. */
static void test_inherited_lock(void **state)
{
	struct state *s, *other;
	int pipes[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(open_at(dir, &s), 0);
	assert_int_equal(open_at(dir, &other), 0);
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
		test(test_claims),
	};

	if (geteuid() != 0) {
		printf("1..1\nok 1 - state # SKIP needs root\n");
		return 0;
	}
	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
