/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_SANDBOX_H
#define TF_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/*
 * What a process gives up for good: system calls by seccomp, files by
 * Landlock.  For the time after privileges were dropped.
 */

/*
 * A program built with a sanitizer is for tests only.  The sanitizer makes
 * system calls of its own, reserves more address space than any limit allows,
 * and looks for leaks by tracing the process and reading /proc.
 */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

/* PR_SET_DUMPABLE: nobody may trace us or read our memory */
#define SANDBOX_DUMPABLE SANDBOX_SANITIZED

/**
 * struct sandbox_call - A system call that stays allowed
 * @nr:		Its number
 * @arg:	Argument that is looked at, from 0
 * @test:	How
 * @value:	With what; 32 bits, the upper half of the argument must be zero
 *
 * SANDBOX_IS: one of the entries for this call and argument must be equal;
 * entries for the same call stand together.  SANDBOX_NONE_OF: no bit of @value
 * is set.  SANDBOX_REFUSED: the call fails with EACCES, as does one for which
 * an entry with SANDBOX_IS_OR_REFUSED is not equal.
 */
struct sandbox_call {
	int nr;
	enum {
		SANDBOX_ANY,
		SANDBOX_IS,
		SANDBOX_IS_OR_REFUSED,
		SANDBOX_NONE_OF,
		SANDBOX_REFUSED
	} test;
	unsigned int arg;
	uint32_t value;
};

/* Entries of such a list, by name of the call */
#define CALL(name)               \
	{                        \
		.nr = SYS_##name \
	}
#define CALL_IS(name, a, v)                                       \
	{                                                         \
		.nr = SYS_##name, .test = SANDBOX_IS, .arg = (a), \
		.value = (uint32_t)(v)                            \
	}
#define CALL_NONE_OF(name, a, v)                                       \
	{                                                              \
		.nr = SYS_##name, .test = SANDBOX_NONE_OF, .arg = (a), \
		.value = (uint32_t)(v)                                 \
	}

/**
 * struct sandbox_dir - A directory beneath which files may still be used
 * @fd:		Open directory
 * @write:	Also make, write, rename and remove files there
 */
struct sandbox_dir {
	int fd;
	bool write;
};

/**
 * sandbox_files() - Give up every file but those beneath some directories
 *
 * Descriptors that are open stay as they are.  Needs no_new_privs.
 *
 * Return: 0, -EOPNOTSUPP (not reported) when the kernel has no Landlock, or
 * another negative errno (reported)
 */
int sandbox_files(const struct sandbox_dir *dirs, size_t n);

/**
 * sandbox_calls() - Give up every system call but these
 *
 * Another one kills the process.  Needs no_new_privs.  A program built with a
 * sanitizer keeps all.
 *
 * Return: 0 or negative errno, reported
 */
int sandbox_calls(const struct sandbox_call *calls, size_t n);

/** sandbox_landlock_abi() - Version of the kernel's Landlock, 0 for none */
int sandbox_landlock_abi(void);

#endif /* TF_SANDBOX_H */
