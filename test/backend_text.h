/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_BACKEND_TEXT_H
#define TF_TEST_BACKEND_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"

/* What a backend says of a tap, as text for the scripts. */

static int print_query(const struct backend_ops *ops, struct backend *be,
		       const char *tap)
{
	struct backend_tap id;
	int rc = ops->query(be, tap, &id);

	if (rc >= 0)
		printf("ifindex %u owner %u uuid %02x%02x digest %llu\n",
		       id.ifindex, id.owner, id.uuid[0], id.uuid[1],
		       (unsigned long long)id.digest);
	else
		printf("%s\n", strerror(-rc));
	return rc;
}

static int print_counters(const struct backend_ops *ops, struct backend *be,
			  const char *tap)
{
	struct backend_counter *all = NULL;
	struct binding b = { 0 };
	size_t i, n;
	int rc;

	snprintf(b.tap, sizeof(b.tap), "%s", tap);
	rc = ops->counters(be, &b, &all, &n);

	for (i = 0; rc >= 0 && i < n; i++)
		printf("%s %s %s %llu %llu\n", all[i].where,
		       all[i].dir == DIR_OUT ? "out" : "in",
		       verdict_name(all[i].verdict),
		       (unsigned long long)all[i].packets,
		       (unsigned long long)all[i].bytes);
	free(all);
	return rc;
}

#endif /* TF_TEST_BACKEND_TEXT_H */
