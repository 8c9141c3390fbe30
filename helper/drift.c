// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of a chain in the kernel against those that were sent */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "drift.h"

void drift_free(struct drift *d)
{
	free(d->want);
	free(d->is);
	free(d->comments);
}

int drift_set_comments(struct drift *d, const struct buf *texts)
{
	size_t at = 0, i;

	d->comments = util_alloc(d->nis + 1, sizeof(*d->comments));
	if (!d->comments)
		return -ENOMEM;
	for (i = 0; i < d->nis && at < texts->len; i++) {
		d->comments[i] = texts->data + at;
		at += strlen(d->comments[i]) + 1;
	}
	return 0;
}

void drift_entry(const struct binding *b, const struct rule *r,
		 char out[DRIFT_ENTRY_SIZE])
{
	snprintf(out, DRIFT_ENTRY_SIZE, "%s:%u", b->profiles[r->profile].name,
		 r->line);
}

int drift_add_name(struct buf *out, const char *entry, size_t i,
		   const char *does)
{
	return entry ? buf_printf(out, "%s (%s)", entry, does) :
		       buf_printf(out, "rule %zu (%s)", i + 1, does);
}

static int add_finding(const struct drift *d, struct buf *findings, size_t i,
		       const char *what)
{
	int rc = buf_printf(findings, "chain %s: ", d->chain);

	if (rc >= 0)
		rc = d->add_name(d->data, i, findings);
	return rc < 0 ? rc : buf_printf(findings, " %s\n", what);
}

/* A rule that should not be there; @before: the one of ours behind it */
static int add_stranger(const struct drift *d, struct buf *findings, size_t i,
			size_t before)
{
	const char *comment = d->comments ? d->comments[i] : "";
	int rc;

	rc = buf_printf(findings, "chain %s: a rule that is not ours stands ",
			d->chain);
	if (rc < 0)
		return rc;
	if (before == d->nwant) {
		rc = buf_printf(findings, "at the end");
	} else {
		rc = buf_printf(findings, "before ");
		if (rc >= 0)
			rc = d->add_name(d->data, before, findings);
	}
	if (rc >= 0 && *comment)
		rc = buf_printf(findings, "; its comment is \"%s\"", comment);
	return rc < 0 ? rc : buf_add(findings, "\n", 1);
}

static bool is_named(const struct drift *d, size_t i, size_t j)
{
	return !d->comments || d->is_named(d->data, i, d->comments[j]);
}

/* Rules that went and rules that came at one place: one of the same name that
 * did both was changed. */
static int add_hunk(const struct drift *d, struct buf *findings,
		    const struct diff_hunk *h)
{
	size_t i, j, next = h->b, end = h->b + h->nb;
	int rc = 0;

	for (i = h->a; rc >= 0 && i < h->a + h->na; i++) {
		for (j = next; j < end; j++)
			if (is_named(d, i, j))
				break;
		if (j == end) {
			rc = add_finding(d, findings, i, "is gone");
			continue;
		}
		for (; rc >= 0 && next < j; next++)
			rc = add_stranger(d, findings, next, i);
		if (rc >= 0)
			rc = add_finding(d, findings, i, "was changed");
		next = j + 1;
	}
	for (; rc >= 0 && next < end; next++)
		rc = add_stranger(d, findings, next, h->a + h->na);
	return rc;
}

int drift_find(const struct drift *d, struct buf *findings)
{
	struct diff_hunk *hunks = NULL;
	size_t i, n = 0;
	int rc = diff_lists(d->want, d->nwant, d->is, d->nis, &hunks, &n);

	for (i = 0; rc >= 0 && i < n; i++)
		rc = add_hunk(d, findings, &hunks[i]);
	free(hunks);
	return rc;
}
