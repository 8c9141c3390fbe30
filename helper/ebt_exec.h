/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EBT_EXEC_H
#define TF_EBT_EXEC_H

#include "ebt_variant.h"

enum ebt_job { EBT_LIST, EBT_COUNT, EBT_RESTORE };

/**
 * struct ebt_run - A program that is to run
 * @dir:	Where it is
 * @table:	That is to be listed
 */
struct ebt_run {
	const char *dir;
	enum ebt_variant variant;
	enum ebt_table table;
	enum ebt_job job;
};

/**
 * ebt_exec() - Run a program of ebtables, 10 s at most
 * @in:		Files that become its standard input, output and error
 *
 * It has CAP_NET_ADMIN; that of ebtables-legacy has CAP_NET_RAW, too.
 *
 * Return: its exit status; negative errno (not reported), -ETIMEDOUT if it
 * was killed after that time
 */
int ebt_exec(const struct ebt_run *r, int in, int out, int said) _must_check_;

#define EBT_RUN_MS 10000
#define EBT_TEXT_MAX (32u * 1024 * 1024) /* 10000 taps have less */

#endif /* TF_EBT_EXEC_H */
