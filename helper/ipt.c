// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The iptables place: chains of our own in the table "mangle" of iptables and
 * ip6tables.  All taps of a call are one commit in each of the two.
 */
#include <errno.h>
#include <linux/netfilter/xt_comment.h>
#include <string.h>

#include "ipt.h"
#include "ipt_lower.h"
#include "ipt_table.h"
#include "log.h"

#define MAX_TRIES 5

/**
 * struct ipt_job - What one tap had and is to have
 * @wanted:	It has rules of the family
 */
struct ipt_job {
	const char *tap;
	struct ipt_set old[IPT_FAMILIES];
	struct ipt_set new[IPT_FAMILIES];
	bool wanted[IPT_FAMILIES];
};

struct jobs {
	struct ipt_job *all;
	size_t n;
};

static void free_jobs(struct jobs *j)
{
	enum ipt_family f;
	size_t i;

	for (i = 0; j->all && i < j->n; i++)
		for (f = 0; f < IPT_FAMILIES; f++) {
			ipt_set_free(&j->all[i].old[f]);
			ipt_set_free(&j->all[i].new[f]);
		}
	free(j->all);
}

/* Does a tap have, or is it to have, anything in the table? */
static bool concerns(const struct jobs *j, enum ipt_family f)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		if (j->all[i].old[f].n || j->all[i].new[f].n)
			return true;
	return false;
}

static bool wants(const struct jobs *j, enum ipt_family f)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		if (j->all[i].wanted[f])
			return true;
	return false;
}

static int note_old(struct xtable *t, struct jobs *j, enum ipt_family f)
{
	struct ipt_set *old;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < j->n; i++) {
		old = &j->all[i].old[f];
		ipt_set_free(old);
		old->family = f;
		rc = ipt_table_get(t, j->all[i].tap, old);
	}
	return rc;
}

/* Have all taps what they are to have?  Counters go on if it is left alone. */
static int is_done(struct xtable *t, const struct jobs *j, enum ipt_family f)
{
	_cleanup_buf_ struct buf findings = { 0 };
	const struct ipt_job *job;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < j->n; i++) {
		job = &j->all[i];
		if (job->new[f].n)
			rc = ipt_table_check(t, job->tap, &job->new[f],
					     &findings);
		else if (job->old[f].n)
			rc = -EILSEQ;
	}
	return rc < 0 && rc != -EILSEQ ? rc : rc == 0;
}

static int try_change(struct jobs *j, enum ipt_family f, bool back)
{
	_cleanup_xtable_ struct xtable *t = NULL;
	size_t i;
	int rc;

	rc = xtable_open(f, wants(j, f), &t);
	if (rc == 0 && t && !back)
		rc = note_old(t, j, f);
	if (rc < 0 || !t || !concerns(j, f))
		return rc;
	rc = back ? 0 : is_done(t, j, f);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	for (i = 0; rc == 0 && i < j->n; i++)
		rc = ipt_table_put(t, j->all[i].tap,
				   back ? &j->all[i].old[f] :
					  &j->all[i].new[f]);
	return rc < 0 ? rc : xtable_commit(t);
}

/* Others may change the table without the lock, but seldom. */
static int change(struct jobs *j, enum ipt_family f, bool back)
{
	int rc = -EAGAIN, tries;

	for (tries = 0; rc == -EAGAIN && tries < MAX_TRIES; tries++)
		rc = try_change(j, f, back);
	if (rc == -EAGAIN)
		log_err("another program changes %s all the time",
			ipt_family_name(f));
	return rc;
}

static int check_all(const struct jobs *j, struct buf *findings)
{
	enum ipt_family f;
	bool differs = false;
	size_t i;
	int rc = 0;

	for (f = 0; rc == 0 && f < IPT_FAMILIES; f++) {
		_cleanup_xtable_ struct xtable *t = NULL;

		rc = xtable_open(f, wants(j, f), &t);
		for (i = 0; rc == 0 && t && i < j->n; i++) {
			rc = ipt_table_check(t, j->all[i].tap,
					     &j->all[i].new[f], findings);
			differs |= rc == -EILSEQ;
			if (rc == -EILSEQ)
				rc = 0;
		}
	}
	return rc == 0 && differs ? -EILSEQ : rc;
}

/* What cannot be put back leaves a tap with rules that its record has not. */
static void put_back(struct jobs *j, enum ipt_family upto)
{
	enum ipt_family f;

	for (f = 0; f < upto; f++)
		if (change(j, f, true) < 0)
			log_err("the former rules of %s are not back",
				ipt_family_name(f));
}

static int check_written(const struct jobs *j)
{
	_cleanup_buf_ struct buf findings = { 0 };
	int rc = check_all(j, &findings);

	if (rc == -EILSEQ && findings.data)
		log_err("the kernel has other rules than were sent: %.*s",
			(int)strcspn(findings.data, "\n"), findings.data);
	return rc;
}

static int change_all(struct jobs *j)
{
	enum ipt_family f;
	int rc = 0;

	for (f = 0; rc == 0 && f < IPT_FAMILIES; f++) {
		rc = change(j, f, false);
		if (rc < 0)
			put_back(j, f);
	}
	if (rc < 0)
		return rc;
	rc = check_written(j);
	if (rc < 0)
		put_back(j, IPT_FAMILIES);
	return rc;
}

static int lower_one(struct ipt_job *job, const struct backend_item *item)
{
	enum ipt_family f;
	int rc = 0;

	job->tap = item->b->tap;
	for (f = 0; rc == 0 && f < IPT_FAMILIES; f++) {
		job->wanted[f] = ipt_has_family(item->b, f);
		rc = ipt_lower(item->b, &item->id, f, &job->new[f]);
	}
	return rc;
}

static int lower_all(struct jobs *j, const struct backend_item *items)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < j->n; i++)
		rc = lower_one(&j->all[i], &items[i]);
	return rc;
}

static int ipt_apply(struct backend *be, const struct backend_item *items,
		     size_t n)
{
	_cleanup_(free_jobs) struct jobs j = { .n = n };
	int rc;

	(void)be;
	j.all = util_alloc(n, sizeof(*j.all));
	rc = j.all ? lower_all(&j, items) : -ENOMEM;
	if (rc == 0)
		rc = xtable_lock();
	if (rc < 0)
		return rc;
	rc = change_all(&j);
	xtable_unlock();
	return rc;
}

static int ipt_remove(struct backend *be, const char *tap)
{
	struct ipt_job job = { .tap = tap };
	struct jobs j = { .all = &job, .n = 1 };
	enum ipt_family f;
	int rc = xtable_lock();

	(void)be;
	if (rc < 0)
		return rc;
	for (f = 0; rc == 0 && f < IPT_FAMILIES; f++) {
		job.new[f].family = f;
		rc = change(&j, f, false);
		ipt_set_free(&job.old[f]);
	}
	xtable_unlock();
	return rc;
}

static int ipt_verify(struct backend *be, const struct binding *b,
		      const struct backend_tap *id, struct buf *findings)
{
	const struct backend_item item = { .b = b, .id = *id };
	_cleanup_(free_jobs) struct jobs j = { .n = 1 };
	int rc;

	(void)be;
	j.all = util_alloc(1, sizeof(*j.all));
	rc = j.all ? lower_all(&j, &item) : -ENOMEM;
	return rc < 0 ? rc : check_all(&j, findings);
}

/**
 * struct answer - What the chains of a tap tell
 * @told:	A chain told it
 * @silent:	All chains of one table told nothing, and are no less there
 */
struct answer {
	struct backend_tap tap;
	bool told;
	bool silent;
};

/* Whoever was killed between two commits leaves two answers: none is true. */
static void join_identity(const struct backend_tap *one, struct answer *a)
{
	if (!a->told)
		a->tap = *one;
	else if (memcmp(one, &a->tap, sizeof(*one)) != 0)
		a->tap.digest = 0;
	a->told = true;
}

static int query_table(enum ipt_family f, const char *tap, struct answer *a)
{
	_cleanup_xtable_ struct xtable *t = NULL;
	_cleanup_set_ struct ipt_set set = { .family = f };
	struct backend_tap one;
	bool told = false;
	unsigned int i;
	int rc = xtable_open(f, false, &t);

	if (rc == 0 && t)
		rc = ipt_table_get(t, tap, &set);
	for (i = 0; rc == 0 && i < set.n; i++) {
		memset(&one, 0, sizeof(one));
		if (!ipt_read_identity(&set.chains[i].rules, &one))
			continue;
		join_identity(&one, a);
		told = true;
	}
	a->silent |= set.n && !told;
	return rc;
}

static int ipt_query(struct backend *be, const char *tap,
		     struct backend_tap *out)
{
	struct answer a = { .told = false };
	enum ipt_family f;
	int rc = 0;

	(void)be;
	for (f = 0; rc == 0 && f < IPT_FAMILIES; f++)
		rc = query_table(f, tap, &a);
	if (rc < 0)
		return rc;
	if (!a.told)
		return a.silent ? -EBADMSG : -ENOENT;
	*out = a.tap;
	if (a.silent)
		out->digest = 0;
	return 0;
}

/* The entry for the same place, verdict and direction; NULL, reported */
static struct backend_counter *find_counter(struct backend_counter **all,
					    size_t *n,
					    const struct backend_counter *one)
{
	struct backend_counter *c = *all, *slot;
	size_t i;

	for (i = 0; c && i < *n; i++)
		if (c[i].dir == one->dir && c[i].verdict == one->verdict &&
		    strcmp(c[i].where, one->where) == 0)
			return &c[i];
	slot = util_grow(all, *n, sizeof(*slot));
	if (slot) {
		*slot = *one;
		++*n;
	}
	return slot;
}

static int count_rule(const struct ipt_chain *c, const void *rule,
		      struct backend_counter **all, size_t *n)
{
	enum ipt_family f = c->rules.family;
	const struct xt_comment_info *info = ipt_find_match(f, rule, "comment");
	const struct xt_counters *now = ipt_rule_counters(f, rule);
	const char *target = ipt_rule_target(f, rule)->u.user.name;
	struct backend_counter one = { .dir = ipt_chain_direction(c->name) };
	struct backend_counter *slot;

	if (!info ||
	    (strcmp(target, "DROP") != 0 && strcmp(target, "RETURN") != 0))
		return 0;
	one.verdict = *target == 'D' ? VERDICT_DROP : VERDICT_ACCEPT;
	memcpy(one.where, info->comment, sizeof(one.where) - 1);
	slot = find_counter(all, n, &one);
	if (!slot)
		return -ENOMEM;
	slot->packets += now->pcnt;
	slot->bytes += now->bcnt;
	return 0;
}

static int count_table(enum ipt_family f, const char *tap,
		       struct backend_counter **all, size_t *n)
{
	_cleanup_xtable_ struct xtable *t = NULL;
	_cleanup_set_ struct ipt_set set = { .family = f };
	const void *rule;
	unsigned int i;
	int rc = xtable_open(f, false, &t);

	if (rc == 0 && t)
		rc = ipt_table_get(t, tap, &set);
	for (i = 0; rc == 0 && i < set.n; i++) {
		rule = NULL;
		while (rc == 0 && (rule = ipt_next(&set.chains[i].rules, rule)))
			rc = count_rule(&set.chains[i], rule, all, n);
	}
	return rc;
}

static int ipt_counters_of(struct backend *be, const struct binding *b,
			   struct backend_counter **out, size_t *n)
{
	struct backend_counter *all = NULL;
	enum ipt_family f;
	int rc = 0;

	(void)be;
	*n = 0;
	for (f = 0; rc == 0 && f < IPT_FAMILIES; f++)
		rc = count_table(f, b->tap, &all, n);
	if (rc < 0)
		free(all);
	else
		*out = all;
	return rc;
}

/* Nothing is kept from one call to the next: each reads the table anew. */
static int ipt_open(struct backend **out)
{
	*out = NULL;
	return 0;
}

static void ipt_close(struct backend *be)
{
	(void)be;
}

const struct backend_ops backend_ipt = {
	.name = "iptables",
	.open = ipt_open,
	.close = ipt_close,
	.query = ipt_query,
	.apply = ipt_apply,
	.verify = ipt_verify,
	.remove = ipt_remove,
	.counters = ipt_counters_of,
};
