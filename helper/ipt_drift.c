// SPDX-License-Identifier: GPL-2.0-or-later
/* What somebody else did to the chains of a tap in a table of iptables */
#include <errno.h>
#include <linux/netfilter/xt_comment.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift.h"
#include "ipt_drift.h"
#include "ipt_lower.h"

#define COMMENT_SIZE (XT_MAX_COMMENT_LEN + 1)

static void get_comment(enum ipt_family f, const void *rule,
			char out[COMMENT_SIZE])
{
	const struct xt_comment_info *info = ipt_find_match(f, rule, "comment");

	snprintf(out, COMMENT_SIZE, "%.*s", XT_MAX_COMMENT_LEN,
		 info ? info->comment : "");
}

static const void *rule_no(const struct ipt_rules *r, size_t i)
{
	const void *rule = ipt_next(r, NULL);

	while (i--)
		rule = ipt_next(r, rule);
	return rule;
}

static int add_name(const void *data, size_t i, struct buf *out)
{
	const struct ipt_rules *want = data;
	const void *rule = rule_no(want, i);
	const char *target = ipt_rule_target(want->family, rule)->u.user.name;
	char comment[COMMENT_SIZE], does[IPT_CHAIN_SIZE + 8];

	get_comment(want->family, rule, comment);
	if (ipt_is_identity(comment))
		return buf_printf(out, "the rule that tells whose they are");
	snprintf(does, sizeof(does), "%s%s",
		 ipt_chain_is_of(target, NULL) ? "to " : "",
		 strcmp(target, "DROP") == 0   ? "drop" :
		 strcmp(target, "RETURN") == 0 ? "accept" :
		 *target		       ? target :
						 "continue");
	return drift_add_name(out, *comment ? comment : NULL, i, does);
}

static bool is_named(const void *data, size_t i, const char *comment)
{
	const struct ipt_rules *want = data;
	char ours[COMMENT_SIZE];

	get_comment(want->family, rule_no(want, i), ours);
	return ipt_is_identity(ours) ? ipt_is_identity(comment) :
				       strcmp(ours, comment) == 0;
}

static uint64_t *digests(const struct ipt_rules *r)
{
	uint64_t *all = util_alloc(r->n + 1, sizeof(*all));
	const void *rule = NULL;
	size_t i;

	for (i = 0; all && (rule = ipt_next(r, rule)); i++)
		all[i] = ipt_rule_digest(r->family, rule);
	return all;
}

static int add_comments(const struct ipt_rules *r, struct buf *texts)
{
	const void *rule = NULL;
	char one[COMMENT_SIZE];
	int rc = 0;

	while (rc == 0 && (rule = ipt_next(r, rule))) {
		get_comment(r->family, rule, one);
		rc = buf_add(texts, one, strlen(one) + 1);
	}
	return rc;
}

static int compare(const char *chain, const struct ipt_rules *want,
		   const struct ipt_rules *is, struct buf *findings)
{
	_cleanup_buf_ struct buf texts = { 0 };
	_cleanup_drift_ struct drift d = {
		.chain = chain,
		.want = digests(want),
		.nwant = want->n,
		.is = digests(is),
		.nis = is->n,
		.add_name = add_name,
		.is_named = is_named,
		.data = want,
	};
	int rc = d.want && d.is ? add_comments(is, &texts) : -ENOMEM;

	if (rc == 0)
		rc = drift_set_comments(&d, &texts);
	return rc < 0 ? rc : drift_find(&d, findings);
}

int ipt_drift(const struct ipt_set *want, const struct ipt_set *now,
	      struct buf *findings)
{
	const char *family = ipt_family_name(want->family), *name;
	char called[IPT_CHAIN_SIZE + 16];
	const struct ipt_chain *is;
	unsigned int i;
	int rc = 0;

	for (i = 0; rc == 0 && i < now->n; i++) {
		name = now->chains[i].name;
		if (!ipt_find_chain(want, name))
			rc = buf_printf(findings,
					"chain %s of %s is not ours\n", name,
					family);
	}
	for (i = 0; rc == 0 && i < want->n; i++) {
		name = want->chains[i].name;
		snprintf(called, sizeof(called), "%s of %s", name, family);
		is = ipt_find_chain(now, name);
		rc = is ? compare(called, &want->chains[i].rules, &is->rules,
				  findings) :
			  buf_printf(findings, "chain %s is gone\n", called);
	}
	return rc;
}
