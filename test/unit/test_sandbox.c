// SPDX-License-Identifier: GPL-2.0-or-later
/* seccomp: what is in the list goes through, any other number is the end */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox.h"
#include "util.h"

#define NUMBERS 500 /* more than there are */

/* Not in the order of their numbers, as the real lists */
static const struct sandbox_call calls[] = {
	CALL(exit_group),
	CALL(getpid),
	{ .nr = SYS_socket,
	  .test = SANDBOX_IS_OR_REFUSED,
	  .arg = 0,
	  .value = AF_NETLINK },
	{ .nr = SYS_socket,
	  .test = SANDBOX_IS_OR_REFUSED,
	  .arg = 0,
	  .value = AF_INET },
	{ .nr = SYS_connect, .test = SANDBOX_REFUSED },
	CALL_IS(fcntl, 1, F_GETFD),
	CALL_IS(fcntl, 1, F_GETFL),
	CALL_NONE_OF(unshare, 0, CLONE_NEWNET | CLONE_NEWNS),
	CALL(getuid),
	CALL(geteuid),
	CALL(getppid),
	CALL(umask),
	CALL(gettid),
	CALL(getsid),
	CALL(close),
	CALL(sched_yield),
	CALL(getegid),
	CALL(getgid),
	CALL(alarm),
};

enum { PASSED, KILLED, REFUSED };

/* What becomes of a call behind the filter? */
static int outcome(long nr, long a, long b)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    sandbox_calls(calls, ARRAY_SIZE(calls)) < 0)
			_exit(99);
		errno = 0;
		syscall(nr, a, b, 0, 0, 0, 0);
		_exit(errno == EACCES ? REFUSED : PASSED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	return WEXITSTATUS(status);
}

static bool is_listed(long nr)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].nr == nr)
			return true;
	return false;
}

/* uretprobe and uprobe of x86-64, which the kernel shows to no filter */
static bool is_probe(long nr)
{
	return nr == 335 || nr == 336;
}

static void test_numbers(void **state)
{
	long nr;

	(void)state;
	for (nr = 0; nr < NUMBERS; nr++)
		if (!is_listed(nr) && !is_probe(nr))
			assert_int_equal(outcome(nr, 0, 0), KILLED);
	assert_int_equal(outcome(0x40000000 | SYS_getpid, 0, 0), KILLED);
	assert_int_equal(outcome(0x7fffffff, 0, 0), KILLED);
}

static void test_listed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].test == SANDBOX_ANY)
			assert_int_equal(outcome(calls[i].nr, 0, 0), PASSED);
}

static void test_arguments(void **state)
{
	(void)state;
	assert_int_equal(outcome(SYS_fcntl, 0, F_GETFD), PASSED);
	assert_int_equal(outcome(SYS_fcntl, 0, F_GETFL), PASSED);
	assert_int_equal(outcome(SYS_fcntl, 0, F_SETFL), KILLED);
	assert_int_equal(outcome(SYS_fcntl, 0, F_GETFL | 1L << 32), KILLED);
	assert_int_equal(outcome(SYS_socket, AF_NETLINK, 0), PASSED);
	assert_int_equal(outcome(SYS_socket, AF_INET, 0), PASSED);
	assert_int_equal(outcome(SYS_socket, AF_UNIX, 0), REFUSED);
	assert_int_equal(outcome(SYS_connect, 0, 0), REFUSED);
	assert_int_equal(outcome(SYS_unshare, 0, 0), PASSED);
	assert_int_equal(outcome(SYS_unshare, CLONE_NEWNET, 0), KILLED);
}

/* A sanitizer's program makes the filter and does without it. */
static void test_sanitized(void **state)
{
	(void)state;
	assert_int_equal(sandbox_calls(calls, ARRAY_SIZE(calls)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_arguments),
	};
	const struct CMUnitTest sanitized[] = {
		cmocka_unit_test(test_sanitized),
	};

	if (SANDBOX_SANITIZED)
		return cmocka_run_group_tests(sanitized, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
