// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seccomp and Landlock, by the kernel's own interface
 *
 * Sources: linux/seccomp.h, linux/filter.h, linux/audit.h, linux/landlock.h,
 * Documentation/userspace-api/landlock.rst.
 */
#include <endian.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"
#include "util.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#else
#error "say here what AUDIT_ARCH_* this machine is"
#endif

/* ---- system calls --------------------------------------------------------- */

#define MAX_CODE 512
#define MAX_CALLS 128

struct program {
	struct sock_filter code[MAX_CODE];
	size_t n;
};

static void emit(struct program *p, uint16_t code, uint8_t yes, uint8_t no,
		 uint32_t k)
{
	if (p->n < MAX_CODE)
		p->code[p->n] = (struct sock_filter){ code, yes, no, k };
	p->n++;
}

static void load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void leave(struct program *p, uint32_t verdict)
{
	emit(p, BPF_RET | BPF_K, 0, 0, verdict);
}

/* Both halves of an argument; all machines above are little-endian. */
static size_t low(unsigned int arg)
{
	return offsetof(struct seccomp_data, args) + 8 * (size_t)arg;
}

#define REFUSED (SECCOMP_RET_ERRNO | EACCES)

/* The verdict for arguments that no entry allows */
static uint32_t otherwise(const struct sandbox_call *c)
{
	return c->test == SANDBOX_IS_OR_REFUSED ? REFUSED :
						  SECCOMP_RET_KILL_PROCESS;
}

/* The accumulator holds the argument's lower half in the end. */
static void add_test(struct program *p, const struct sandbox_call *calls,
		     size_t n)
{
	size_t i;

	load(p, low(calls[0].arg) + 4);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0);
	leave(p, otherwise(&calls[0]));
	load(p, low(calls[0].arg));
	for (i = 0; i < n; i++) {
		if (calls[i].test == SANDBOX_NONE_OF)
			emit(p, BPF_JMP | BPF_JSET | BPF_K, 1, 0,
			     calls[i].value);
		else
			emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1,
			     calls[i].value);
		leave(p, SECCOMP_RET_ALLOW);
	}
	leave(p, otherwise(&calls[0]));
}

/* What is allowed of one call; the accumulator holds its number. */
static void add_call(struct program *p, const struct sandbox_call *calls,
		     size_t n)
{
	size_t head;

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, (uint32_t)calls[0].nr);
	head = p->n - 1;
	if (calls[0].test == SANDBOX_ANY)
		leave(p, SECCOMP_RET_ALLOW);
	else if (calls[0].test == SANDBOX_REFUSED)
		leave(p, REFUSED);
	else
		add_test(p, calls, n);
	if (head < MAX_CODE)
		p->code[head].jf = (uint8_t)(p->n - head - 1);
}

/* Number of entries for the same call, which stand together */
static size_t count_same(const struct sandbox_call *calls, size_t n)
{
	size_t same = 1;

	while (same < n && calls[same].nr == calls[0].nr)
		same++;
	return same;
}

/* So many entries are looked at one by one. */
#define LEAF 6

/*
 * Sorted entries as a search tree: the kernel tries a new filter with every
 * number there is, and runs it for calls whose arguments are looked at.
 */
static void add_tree(struct program *p, const struct sandbox_call *calls,
		     size_t n)
{
	size_t i, jump, half = n / 2;

	while (half < n && half > 0 && calls[half].nr == calls[half - 1].nr)
		half++;
	if (n <= LEAF || half == n) {
		for (i = 0; i < n; i += count_same(calls + i, n - i))
			add_call(p, calls + i, count_same(calls + i, n - i));
		leave(p, SECCOMP_RET_KILL_PROCESS);
		return;
	}
	emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, 1, (uint32_t)calls[half].nr);
	/* further than a conditional jump reaches */
	emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
	jump = p->n - 1;
	add_tree(p, calls, half);
	if (jump < MAX_CODE)
		p->code[jump].k = (uint32_t)(p->n - jump - 1);
	add_tree(p, calls + half, n - half);
}

/* By number; entries for the same call keep their order. */
static void sort_calls(struct sandbox_call *calls, size_t n)
{
	struct sandbox_call c;
	size_t i, j;

	for (i = 1; i < n; i++) {
		c = calls[i];
		for (j = i; j > 0 && calls[j - 1].nr > c.nr; j--)
			calls[j] = calls[j - 1];
		calls[j] = c;
	}
}

static int compile(const struct sandbox_call *calls, size_t n,
		   struct program *p)
{
	struct sandbox_call sorted[MAX_CALLS];

	if (n > MAX_CALLS)
		return log_errno(E2BIG, "too many system calls");
	memcpy(sorted, calls, n * sizeof(*sorted));
	sort_calls(sorted, n);
	load(p, offsetof(struct seccomp_data, arch));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCH);
	leave(p, SECCOMP_RET_KILL_PROCESS);
	load(p, offsetof(struct seccomp_data, nr));
	/* No call at all: what a tracer that makes one fail turns it into */
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)-1);
	leave(p, SECCOMP_RET_ALLOW);
	add_tree(p, sorted, n);
	return p->n <= MAX_CODE ? 0 :
				  log_errno(E2BIG, "too long a filter of "
						   "system calls");
}

int sandbox_calls(const struct sandbox_call *calls, size_t n)
{
	struct program p = { .n = 0 };
	struct sock_fprog prog = { .filter = p.code };
	int rc = compile(calls, n, &p);

	if (rc < 0)
		return rc;
	prog.len = (unsigned short)p.n;
	if (!SANDBOX_SANITIZED &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		return log_errno(errno, "cannot limit the system calls "
					"(CONFIG_SECCOMP_FILTER)");
	return 0;
}

/* ---- files ---------------------------------------------------------------- */

/* Of ABI 1 to 5; the later ones are not in every linux/landlock.h. */
#define ACCESS_TRUNCATE (1ULL << 14) /* ABI 3 */
#define ACCESS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_WRITE                                                   \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE |             \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE)

int sandbox_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
			   LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* Everything that this version of Landlock can keep a process from */
static uint64_t all_access(int abi)
{
	uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	if (abi >= 2)
		all |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		all |= ACCESS_TRUNCATE;
	if (abi >= 5)
		all |= ACCESS_IOCTL_DEV;
	return all;
}

int sandbox_files(const struct sandbox_dir *dirs, size_t n)
{
	struct landlock_ruleset_attr all = { 0 };
	_cleanup_close_ int ruleset = -1;
	int abi = sandbox_landlock_abi();
	size_t i;

	if (!abi)
		return -EOPNOTSUPP;
	all.handled_access_fs = all_access(abi);
	ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (ruleset < 0)
		return log_errno(errno, "cannot make a Landlock ruleset");
	for (i = 0; i < n; i++) {
		struct landlock_path_beneath_attr dir = {
			.allowed_access = (ACCESS_READ |
					   (dirs[i].write ? ACCESS_WRITE : 0)) &
					  all.handled_access_fs,
			.parent_fd = dirs[i].fd,
		};

		if (syscall(SYS_landlock_add_rule, ruleset,
			    LANDLOCK_RULE_PATH_BENEATH, &dir, 0) < 0)
			return log_errno(errno, "cannot add a Landlock rule");
	}
	if (!SANDBOX_SANITIZED &&
	    syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return log_errno(errno, "cannot enter the Landlock sandbox");
	return 0;
}
