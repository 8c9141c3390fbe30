// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's tables by way of libiptc, which nothing else here knows */
#include <errno.h>
#include <fcntl.h>
#include <libiptc/libip6tc.h>
#include <libiptc/libiptc.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "ipt_missing.h"
#include "iptc.h"
#include "log.h"

#define TABLE "mangle"
#define LOCK_FILE "/run/xtables.lock"
#define LOCK_WAIT_MS 5000
#define LOCK_POLL_MS 10

struct xtable {
	enum ipt_family family;
	struct xtc_handle *h;
};

static int lock_fd = -1;

int xtable_lock_open(void)
{
	if (lock_fd >= 0)
		return 0;
	lock_fd = open(LOCK_FILE, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		       0600);
	return lock_fd < 0 ? log_errno(errno, "cannot open " LOCK_FILE) : 0;
}

/* Polls, since a wait for flock() could only be ended by a signal. */
int xtable_lock(void)
{
	const struct timespec nap = { .tv_nsec = LOCK_POLL_MS * 1000000L };
	int waited, rc = xtable_lock_open();

	for (waited = 0; rc == 0; waited += LOCK_POLL_MS) {
		if (flock(lock_fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return log_errno(errno, "cannot lock " LOCK_FILE);
		if (waited >= LOCK_WAIT_MS) {
			log_err("another program has held " LOCK_FILE
				" for %d s",
				LOCK_WAIT_MS / 1000);
			return -ETIMEDOUT;
		}
		nanosleep(&nap, NULL);
	}
	return rc;
}

void xtable_unlock(void)
{
	flock(lock_fd, LOCK_UN);
}

/* The error of a table that the kernel does not know */
static bool is_missing(int error)
{
	return error == ENOENT || error == ENOPROTOOPT;
}

static int fail_open(enum ipt_family f, int error)
{
	const char *hint = "";

	if (is_missing(error))
		hint = f == IPT_IP4 ?
			       ": the kernel lacks legacy x_tables or its table "
			       "(modprobe iptable_mangle)" :
			       ": the kernel lacks legacy x_tables or its table "
			       "(modprobe ip6table_mangle)";
	return log_errno(error, "cannot read the table " TABLE " of %s%s",
			 ipt_family_name(f), hint);
}

int xtable_open(enum ipt_family f, bool needed, struct xtable **out)
{
	struct xtable *t = util_alloc(1, sizeof(*t));
	int error;

	*out = NULL;
	if (!t)
		return -ENOMEM;
	t->family = f;
	t->h = f == IPT_IP4 ? iptc_init(TABLE) : ip6tc_init(TABLE);
	if (t->h) {
		*out = t;
		return 0;
	}
	error = errno;
	free(t);
	return !needed && is_missing(error) ? 0 : fail_open(f, error);
}

void xtable_close(struct xtable *t)
{
	if (!t)
		return;
	if (t->family == IPT_IP4)
		iptc_free(t->h);
	else
		ip6tc_free(t->h);
	free(t);
}

bool xtable_has(struct xtable *t, const char *chain)
{
	return t->family == IPT_IP4 ? iptc_is_chain(chain, t->h) :
				      ip6tc_is_chain(chain, t->h);
}

const char *xtable_walk(struct xtable *t, bool first)
{
	if (t->family == IPT_IP4)
		return first ? iptc_first_chain(t->h) : iptc_next_chain(t->h);
	return first ? ip6tc_first_chain(t->h) : ip6tc_next_chain(t->h);
}

/* A target of the kernel's is a verdict or chain if it has no name there. */
static int read_rule(struct xtable *t, const void *rule, struct ipt_rules *out)
{
	const char *target = NULL;

	if (ipt_rule_target(t->family, rule)->u.user.name[0] == '\0')
		target = t->family == IPT_IP4 ? iptc_get_target(rule, t->h) :
						ip6tc_get_target(rule, t->h);
	return ipt_add(out, rule, target);
}

int xtable_read(struct xtable *t, const char *chain, struct ipt_rules *out)
{
	bool four = t->family == IPT_IP4;
	const void *rule;
	int rc = 0;

	out->family = t->family;
	if (!xtable_has(t, chain))
		return -ENOENT;
	rule = four ? (const void *)iptc_first_rule(chain, t->h) :
		      (const void *)ip6tc_first_rule(chain, t->h);
	while (rc == 0 && rule) {
		rc = read_rule(t, rule, out);
		rule = four ? (const void *)iptc_next_rule(rule, t->h) :
			      (const void *)ip6tc_next_rule(rule, t->h);
	}
	return rc;
}

/* The library's functions return 0 for an error. */
static int check(struct xtable *t, int ok, const char *what, const char *chain)
{
	if (ok)
		return 0;
	return log_errno(errno, "cannot %s chain %s of %s", what, chain,
			 ipt_family_name(t->family));
}

int xtable_make(struct xtable *t, const char *chain)
{
	bool four = t->family == IPT_IP4;
	xt_chainlabel label = { 0 };

	memcpy(label, chain, strnlen(chain, sizeof(label) - 1));
	if (xtable_has(t, chain))
		return check(t,
			     four ? iptc_flush_entries(label, t->h) :
				    ip6tc_flush_entries(label, t->h),
			     "empty", chain);
	return check(t,
		     four ? iptc_create_chain(label, t->h) :
			    ip6tc_create_chain(label, t->h),
		     "make", chain);
}

int xtable_fill(struct xtable *t, const char *chain,
		const struct ipt_rules *rules)
{
	const void *rule = NULL;
	unsigned int pos;
	int rc = xtable_make(t, chain);

	for (pos = 0; rc == 0 && pos < rules->n; pos++) {
		rule = ipt_next(rules, rule);
		rc = xtable_insert(t, chain, rule, pos);
	}
	return rc;
}

int xtable_drop(struct xtable *t, const char *chain)
{
	xt_chainlabel label = { 0 };

	memcpy(label, chain, strnlen(chain, sizeof(label) - 1));
	return check(t,
		     t->family == IPT_IP4 ? iptc_delete_chain(label, t->h) :
					    ip6tc_delete_chain(label, t->h),
		     "delete", chain);
}

int xtable_insert(struct xtable *t, const char *chain, const void *rule,
		  unsigned int pos)
{
	xt_chainlabel label = { 0 };

	memcpy(label, chain, strnlen(chain, sizeof(label) - 1));
	return check(t,
		     t->family == IPT_IP4 ?
			     iptc_insert_entry(label, rule, pos, t->h) :
			     ip6tc_insert_entry(label, rule, pos, t->h),
		     "add to", chain);
}

int xtable_delete(struct xtable *t, const char *chain, unsigned int pos)
{
	xt_chainlabel label = { 0 };

	memcpy(label, chain, strnlen(chain, sizeof(label) - 1));
	return check(t,
		     t->family == IPT_IP4 ?
			     iptc_delete_num_entry(label, pos, t->h) :
			     ip6tc_delete_num_entry(label, pos, t->h),
		     "delete from", chain);
}

/* What of all that was to be written the kernel lacks; empty if not known */
static void find_missing(struct xtable *t, char *out, size_t size)
{
	const char *chain = xtable_walk(t, true);
	bool found = false;
	const void *r;

	*out = '\0';
	for (; chain && !found; chain = xtable_walk(t, false)) {
		_cleanup_rules_ struct ipt_rules rules = { 0 };

		if (xtable_read(t, chain, &rules) < 0)
			return;
		for (r = ipt_next(&rules, NULL); r && !found;
		     r = ipt_next(&rules, r))
			found = ipt_missing(t->family, r, out, size);
	}
}

static int fail_commit(struct xtable *t, int error)
{
	char what[96] = "";

	if (is_missing(error))
		find_missing(t, what, sizeof(what));
	return log_errno(error, "cannot write the table " TABLE " of %s%s%s",
			 ipt_family_name(t->family),
			 *what		   ? ": the kernel has no " :
			 is_missing(error) ? ": the kernel lacks a match or "
					     "target" :
					     "",
			 what);
}

int xtable_commit(struct xtable *t)
{
	int error;

	if (t->family == IPT_IP4 ? iptc_commit(t->h) : ip6tc_commit(t->h))
		return 0;
	error = errno;
	return error == EAGAIN ? -EAGAIN : fail_commit(t, error);
}
