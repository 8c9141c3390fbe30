// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many taps a user has up
 *
 * They are a group, so that nobody needs to read the records of everybody.  A
 * tap that ended without a down is still counted; that is set right when it
 * matters.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state_dir.h"

#define GROUP_SIZE sizeof(".uid.4294967295")

struct claims {
	struct state *state;
	const char *group;
	uid_t uid;
	const char *tap; /* the one that is being claimed */
	bool (*dead)(const struct record *r, void *data);
	void *data;
};

static void group_name(char *out, uid_t uid)
{
	snprintf(out, GROUP_SIZE, ".uid.%u", uid);
}

/* Is the tap still up, and that user's? */
static bool holds(const struct claims *c, const char *tap)
{
	_cleanup_record_ struct record r = { 0 };

	return state_load(c->state, tap, &r) == 0 && r.owner == c->uid &&
	       !c->dead(&r, c->data);
}

/*
 * Claims other than that of c->tap; with @sweep those that no longer hold are
 * removed first.
 */
static int count(const struct claims *c, bool sweep, unsigned int *n)
{
	char(*taps)[TAP_NAME_SIZE];
	size_t i, all;
	int rc = state_members(c->state, c->group, &taps, &all);

	*n = 0;
	for (i = 0; rc == 0 && i < all; i++) {
		if (strcmp(taps[i], c->tap) == 0)
			continue;
		if (!sweep || holds(c, taps[i]))
			++*n;
		else
			rc = state_leave(c->state, c->group, taps[i]);
	}
	free(taps);
	return rc;
}

int state_claim(struct state *s, uid_t uid, const char *tap, unsigned int max,
		bool (*dead)(const struct record *r, void *data), void *data)
{
	_cleanup_close_ int lock = -1;
	char group[GROUP_SIZE], name[GROUP_SIZE + 5];
	struct claims c = { s, group, uid, tap, dead, data };
	unsigned int n = 0;
	int rc;

	group_name(group, uid);
	snprintf(name, sizeof(name), "%s-lock", group);
	lock = state_lock_file(state_dir(s), name, group);
	if (lock < 0)
		return lock;
	rc = max ? count(&c, false, &n) : 0;
	if (rc == 0 && max && n >= max)
		rc = count(&c, true, &n);
	if (rc == 0 && max && n >= max)
		return -EDQUOT;
	return rc < 0 ? rc : state_join(s, group, tap);
}

int state_unclaim(struct state *s, uid_t uid, const char *tap)
{
	char group[GROUP_SIZE];

	group_name(group, uid);
	return state_leave(s, group, tap);
}
