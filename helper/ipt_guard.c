// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What iptables has not seen does not pass
 *
 * The table "filter" of ebtables, whose chains come behind PREROUTING of
 * iptables.  There it knows no packet of IP that has got a tag meanwhile: a
 * bridge that filters VLANs gives it that of its port.  So PREROUTING of the
 * table "nat", which comes before all that, notes in the mark that the tap sent
 * one.
 *
 * ebtables-save writes the words of a rule in an order of its own, so lines are
 * compared by their words.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ebt.h"
#include "ebt_child.h"
#include "ipt_guard.h"
#include "ipt_lower.h"
#include "log.h"
#include "nft_mark.h"

#define TRIES 4
#define MAX_WORDS 16
#define LINE_SIZE 160

enum kind {
	NOTE_IT, /* it came from the tap */
	DROP_UNJUDGED, /* a packet without the mark of iptables */
	DROP_NOTED, /* that one too, whatever tag it has by now */
	DROP_ALL,
};

/* @family: IPT_FAMILIES: one rule for both */
static const struct guard {
	enum ebt_table table;
	const char *chain;
	enum direction dir;
	enum ipt_family family;
	enum kind kind;
} guards[] = {
	{ EBT_NAT, "PREROUTING", DIR_OUT, IPT_IP4, NOTE_IT },
	{ EBT_NAT, "PREROUTING", DIR_OUT, IPT_IP6, NOTE_IT },
	{ EBT_FILTER, "FORWARD", DIR_OUT, IPT_FAMILIES, DROP_NOTED },
	{ EBT_FILTER, "FORWARD", DIR_OUT, IPT_IP4, DROP_UNJUDGED },
	{ EBT_FILTER, "FORWARD", DIR_OUT, IPT_IP6, DROP_UNJUDGED },
	{ EBT_FILTER, "FORWARD", DIR_IN, IPT_IP4, DROP_UNJUDGED },
	{ EBT_FILTER, "FORWARD", DIR_IN, IPT_IP6, DROP_UNJUDGED },
	{ EBT_FILTER, "INPUT", DIR_OUT, IPT_FAMILIES, DROP_NOTED },
	{ EBT_FILTER, "INPUT", DIR_OUT, IPT_IP4, DROP_UNJUDGED },
	{ EBT_FILTER, "INPUT", DIR_OUT, IPT_IP6, DROP_UNJUDGED },
	{ EBT_FILTER, "OUTPUT", DIR_IN, IPT_IP4, DROP_ALL },
	{ EBT_FILTER, "OUTPUT", DIR_IN, IPT_IP6, DROP_ALL },
};

static void write_guard(const char *tap, const struct guard *g,
			char line[LINE_SIZE])
{
	uint32_t noted = nft_mark_bits(MARK_GUEST), judged = nft_mark_judged();
	char what[96] = "-j DROP";

	switch (g->kind) {
	case NOTE_IT:
		snprintf(what, sizeof(what),
			 "-j mark --mark-or 0x%x --mark-target CONTINUE",
			 noted);
		break;
	case DROP_UNJUDGED:
		snprintf(what, sizeof(what), "--mark ! 0x%x/0x%x -j DROP",
			 judged, judged);
		break;
	case DROP_NOTED:
		snprintf(what, sizeof(what), "--mark 0x%x/0x%x -j DROP", noted,
			 noted | judged);
		break;
	case DROP_ALL:
		break;
	}
	snprintf(line, LINE_SIZE, "%s%s %s %s %s", g->chain,
		 g->family == IPT_IP4 ? " -p IPv4" :
		 g->family == IPT_IP6 ? " -p IPv6" :
					"",
		 g->dir == DIR_OUT ? "-i" : "-o", tap, what);
}

/* @b: NULL: the tap is to have none */
static bool is_wanted(const struct binding *b, const struct guard *g)
{
	if (b && g->family == IPT_FAMILIES)
		return ipt_has_rules(b, IPT_IP4, g->dir) ||
		       ipt_has_rules(b, IPT_IP6, g->dir);
	return b && ipt_has_rules(b, g->family, g->dir);
}

/* ---- lines --------------------------------------------------------------- */

struct words {
	char text[LINE_SIZE * 2];
	const char *word[MAX_WORDS];
	unsigned int n;
};

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* False for a line that is longer than any of ours */
static bool split(const char *line, size_t len, struct words *w)
{
	char *rest = w->text, *word;

	if (len >= sizeof(w->text))
		return false;
	memcpy(w->text, line, len);
	w->text[len] = '\0';
	w->n = 0;
	while ((word = strsep(&rest, " \t\r"))) {
		if (!*word)
			continue;
		if (w->n == MAX_WORDS)
			return false;
		w->word[w->n++] = word;
	}
	qsort(w->word, w->n, sizeof(w->word[0]), compare_words);
	return true;
}

static bool same_words(const struct words *a, const struct words *b)
{
	unsigned int i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->word[i], b->word[i]) != 0)
			return false;
	return a->n == b->n;
}

static bool has_word(const struct words *w, const char *word)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if (strcmp(w->word[i], word) == 0)
			return true;
	return false;
}

/**
 * struct found - Where a guard stands in its chain
 * @n:		How many times it is there
 * @late:	Behind a rule that may let something pass
 */
struct found {
	unsigned int n;
	bool late;
};

/* Those that lead to chains of a tap let nothing pass. */
static bool may_pass(const char *line, size_t len, const struct words *w)
{
	static const char ours[] = " -j " EBT_PREFIX;

	return !has_word(w, "DROP") && !ebt_goes_on(line, len) &&
	       !memmem(line, len, ours, sizeof(ours) - 1);
}

/* Look for a rule in its table of what ebtables-save printed. */
static struct found find(const char *saved, const char *line,
			 const struct guard *g)
{
	struct words want = { .n = 0 }, is = { .n = 0 };
	bool here = false, passes = false;
	struct found f = { 0 };
	char text[LINE_SIZE];
	size_t len;

	snprintf(text, sizeof(text), "-A %s", line);
	if (!split(text, strlen(text), &want))
		return f;
	snprintf(text, sizeof(text), "*%s", ebt_table_name(g->table));
	for (; *saved; saved += len + (saved[len] == '\n')) {
		len = strcspn(saved, "\n");
		if (*saved == '*')
			here = strncmp(saved, text, len) == 0;
		if (!here || strncmp(saved, "-A ", 3) != 0)
			continue;
		if (!split(saved, len, &is)) {
			passes = true; /* whichever chain it is in */
			continue;
		}
		if (same_words(&is, &want)) {
			f.n++;
			f.late |= passes;
		} else if (has_word(&is, g->chain)) {
			passes |= may_pass(saved, len, &is);
		}
	}
	return f;
}

/* ---- changes ------------------------------------------------------------- */

/**
 * struct tap_of - A tap, and what it is to have
 * @b:	NULL for nothing
 */
struct tap_of {
	const char *tap;
	const struct binding *b;
};

static bool is_right(const char *saved, const struct tap_of *t,
		     const struct guard *g)
{
	struct found now;
	char line[LINE_SIZE];

	write_guard(t->tap, g, line);
	now = find(saved, line, g);
	return now.n == is_wanted(t->b, g) && !now.late;
}

static int write_change(struct buf *out, const char *saved,
			const struct guard *g, const struct tap_of *t)
{
	char line[LINE_SIZE];
	struct found now;
	unsigned int k;
	int rc = 0;

	if (is_right(saved, t, g))
		return 0;
	write_guard(t->tap, g, line);
	now = find(saved, line, g);
	for (k = 0; rc == 0 && k < now.n; k++)
		rc = buf_printf(out, "-D %s\n", line);
	if (rc == 0 && is_wanted(t->b, g))
		rc = buf_printf(out, "-I %s\n", line);
	return rc;
}

static int write_table(struct buf *out, const char *saved, enum ebt_table table,
		       const struct tap_of *taps, size_t n)
{
	size_t i, before = out->len, head;
	int rc = buf_printf(out, "*%s\n", ebt_table_name(table));
	const struct guard *g;

	head = out->len;
	for (g = guards; g < guards + ARRAY_SIZE(guards); g++)
		for (i = 0; rc == 0 && g->table == table && i < n; i++)
			rc = write_change(out, saved, g, &taps[i]);
	if (out->len == head)
		out->len = before;
	return rc;
}

/* All that makes guards what they should be; nothing if they are that */
static int write_changes(struct buf *out, const char *saved,
			 const struct tap_of *taps, size_t n)
{
	int rc = write_table(out, saved, EBT_NAT, taps, n);

	return rc < 0 ? rc : write_table(out, saved, EBT_FILTER, taps, n);
}

/* Both tables.  That of the other one is asked for by ebt.c in any case. */
static int save(enum ebt_variant v, struct buf *out)
{
	_cleanup_buf_ struct buf nat = { 0 };
	int rc = ebt_child_save(v, EBT_FILTER, false, out);

	if (rc == 0 && v == EBT_LEGACY)
		rc = ebt_child_save(v, EBT_NAT, false, &nat);
	if (rc == 0)
		rc = buf_printf(out, "\n%s", nat.data ? nat.data : "");
	return rc;
}

/* 1: all is as it should be; 0: it was changed, look again */
static int try_change(enum ebt_variant v, const struct tap_of *taps, size_t n,
		      struct buf *said)
{
	_cleanup_buf_ struct buf saved = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	int rc = save(v, &saved);

	if (rc == 0)
		rc = write_changes(&text, saved.data, taps, n);
	if (rc < 0 || !text.len)
		return rc < 0 ? rc : 1;
	buf_free(said);
	return ebt_child_restore(v, &text, said);
}

static int bring_about(enum ebt_variant v, const struct tap_of *taps, size_t n)
{
	_cleanup_buf_ struct buf said = { 0 };
	int tries, rc = 0;

	for (tries = 0; rc == 0 && tries <= TRIES; tries++)
		rc = try_change(v, taps, n, &said);
	if (rc == 0) {
		log_err("%s does not take the rules that guard %s%s: %.*s",
			ebt_variant_name(v), taps[0].tap,
			n > 1 ? " and others" : "",
			(int)(said.data ? strcspn(said.data, "\n") : 0),
			said.data ? said.data : "");
		return -EIO;
	}
	return rc < 0 ? rc : 0;
}

/* What the variant that is not the host's own has goes, as in ebt.c. */
static int clear_other(const struct tap_of *taps, size_t n)
{
	enum ebt_variant other = ebt_child_host()->other;
	_cleanup_free_ struct tap_of *none = NULL;
	size_t i;

	if (other == EBT_VARIANTS)
		return 0;
	none = util_alloc(n, sizeof(*none));
	if (!none)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		none[i].tap = taps[i].tap;
	return bring_about(other, none, n);
}

static int change(const struct tap_of *taps, size_t n)
{
	int rc = ebt_child_lock();

	if (rc < 0)
		return rc;
	rc = bring_about(ebt_child_host()->own, taps, n);
	if (rc == 0)
		rc = clear_other(taps, n);
	ebt_child_unlock();
	return rc;
}

int ipt_guard_put(const struct backend_item *items, size_t n)
{
	_cleanup_free_ struct tap_of *taps = util_alloc(n, sizeof(*taps));
	size_t i;

	if (!taps)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		taps[i] = (struct tap_of){ items[i].b->tap, items[i].b };
	return change(taps, n);
}

/* 1: a variant has nothing that guards a tap */
static int is_clear(enum ebt_variant v, const struct tap_of *t)
{
	_cleanup_buf_ struct buf saved = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	int rc;

	if (v == EBT_VARIANTS)
		return 1;
	rc = save(v, &saved);
	if (rc == 0)
		rc = write_changes(&text, saved.data, t, 1);
	return rc < 0 ? rc : !text.len;
}

/* Most taps have nothing here: that costs no lock. */
int ipt_guard_remove(const char *tap)
{
	const struct ebt_host *host = ebt_child_host();
	const struct tap_of one = { .tap = tap };
	int rc = is_clear(host->own, &one);

	if (rc > 0)
		rc = is_clear(host->other, &one);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	return change(&one, 1);
}

int ipt_guard_check(const struct binding *b, struct buf *findings)
{
	const struct tap_of t = { b->tap, b };
	_cleanup_buf_ struct buf saved = { 0 };
	const struct guard *g;
	int rc = save(ebt_child_host()->own, &saved);

	for (g = guards; rc == 0 && g < guards + ARRAY_SIZE(guards); g++)
		if (!is_right(saved.data, &t, g)) {
			rc = buf_printf(findings,
					"chain %s of ebtables: what guards the "
					"tap is not first\n",
					g->chain);
			return rc < 0 ? rc : -EILSEQ;
		}
	return rc;
}
