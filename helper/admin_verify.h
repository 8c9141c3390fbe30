/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ADMIN_VERIFY_H
#define TF_ADMIN_VERIFY_H

#include "admin_binding.h"
#include "admin_taps.h"

/* Is a tap as its record says, and as its files say now? */

/* Where a finding was made.  Notes are no faults. */
enum finding_kind {
	FINDING_KERNEL, /* rules in the kernel */
	FINDING_DEVICE, /* the device, and its name */
	FINDING_PORT, /* its bridge, and what it is there */
	FINDING_HOST, /* what its rules need of kernel and bridge */
	FINDING_FILES, /* profiles and domain */
	FINDING_NOTE,
};

struct finding {
	enum finding_kind kind;
	char *text;
};

/* In the order in which they count */
enum verdict_of_tap {
	VERIFY_OK,
	VERIFY_GONE, /* without a trace: no fault */
	VERIFY_UNFILTERED, /* and none of ours */
	VERIFY_DRIFT,
	VERIFY_MISSING,
};

/**
 * struct verified - What was found out about a tap
 * @more:	Findings that are not in the list, since it is long
 */
struct verified {
	const struct admin_tap *tap;
	enum verdict_of_tap verdict;
	struct finding *findings;
	size_t n;
	size_t more;
};

/**
 * struct verify - All taps
 * @bindings:	What they would get now
 */
struct verify {
	const struct conf *conf;
	const struct admin_taps *taps;
	struct link *link;
	struct admin_bindings bindings;
	struct verified *all;
};

/**
 * admin_verify() - Look at each tap
 * @taps:	Loaded with TAPS_RULES; must outlive @v
 * @v:		On success, admin_verify_free() releases it
 *
 * Return: 0 or negative errno, reported
 */
int admin_verify(const struct conf *c, const struct admin_taps *taps,
		 struct verify *v) _must_check_;

/** admin_verify_free() - Release what was found; also when it was zeroed */
void admin_verify_free(struct verify *v);
#define _cleanup_verify_ _cleanup_(admin_verify_free)

/** finding_kind_name() - "kernel", "device", ... */
const char *finding_kind_name(enum finding_kind kind);

/** verify_result_name() - "ok", "drift", ... */
const char *verify_result_name(enum verdict_of_tap v);

#endif /* TF_ADMIN_VERIFY_H */
