// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What iptables has not seen does not pass
 *
 * The table "filter" of ebtables, whose chains come behind PREROUTING of
 * iptables.  ebtables-save writes the words of a rule in an order of its own,
 * so lines are compared by their words.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ebt_child.h"
#include "ipt_guard.h"
#include "ipt_lower.h"
#include "log.h"
#include "nft_mark.h"

#define TRIES 4
#define MAX_WORDS 16
#define LINE_SIZE 160
#define GUARDS 4

/* "%s" stands for the protocol, then for the tap */
static const struct {
	const char *chain;
	enum direction dir;
	bool marked; /* a packet with the mark may pass */
} guards[GUARDS] = {
	{ "FORWARD", DIR_OUT, true },
	{ "FORWARD", DIR_IN, true },
	{ "INPUT", DIR_OUT, true },
	{ "OUTPUT", DIR_IN, false },
};

static void write_guard(const char *tap, enum ipt_family f, unsigned int i,
			char line[LINE_SIZE])
{
	char mark[64] = "";

	if (guards[i].marked)
		snprintf(mark, sizeof(mark), " --mark ! 0x%x/0x%x",
			 nft_mark_judged(), nft_mark_judged());
	snprintf(line, LINE_SIZE, "%s -p %s %s %s%s -j DROP", guards[i].chain,
		 f == IPT_IP4 ? "IPv4" : "IPv6",
		 guards[i].dir == DIR_OUT ? "-i" : "-o", tap, mark);
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
 * struct place - Where a guard stands in its chain
 * @n:		How many times it is there
 * @late:	Behind a rule that may let something pass
 */
struct found {
	unsigned int n;
	bool late;
};

/* Look for a rule in the table "filter" of what ebtables-save printed. */
static struct found find(const char *saved, const char *guard,
			 const char *chain)
{
	struct words want = { .n = 0 }, is = { .n = 0 };
	struct found f = { 0 };
	bool filter = false, passes = false;
	char line[LINE_SIZE];
	size_t len;

	snprintf(line, sizeof(line), "-A %s", guard);
	if (!split(line, strlen(line), &want))
		return f;
	for (; *saved; saved += len + (saved[len] == '\n')) {
		len = strcspn(saved, "\n");
		if (*saved == '*')
			filter = strncmp(saved, "*filter", len) == 0;
		if (!filter || strncmp(saved, "-A ", 3) != 0)
			continue;
		if (!split(saved, len, &is)) {
			passes = true; /* whichever chain it is in */
			continue;
		}
		if (same_words(&is, &want)) {
			f.n++;
			f.late |= passes;
		} else if (has_word(&is, chain) && !has_word(&is, "DROP")) {
			passes = true;
		}
	}
	return f;
}

/* ---- changes ------------------------------------------------------------- */

static bool is_right(const char *saved, const struct binding *b,
		     const char *tap, enum ipt_family f, unsigned int i)
{
	struct found now;
	char line[LINE_SIZE];
	bool wanted = b && ipt_has_rules(b, f, guards[i].dir);

	write_guard(tap, f, i, line);
	now = find(saved, line, guards[i].chain);
	return now.n == wanted && !now.late;
}

static int write_change(struct buf *out, const char *saved,
			const struct binding *b, const char *tap)
{
	enum ipt_family f;
	unsigned int i, k;
	char line[LINE_SIZE];
	struct found now;
	int rc = 0;

	for (f = 0; f < IPT_FAMILIES; f++)
		for (i = 0; rc == 0 && i < GUARDS; i++) {
			if (is_right(saved, b, tap, f, i))
				continue;
			write_guard(tap, f, i, line);
			now = find(saved, line, guards[i].chain);
			for (k = 0; rc == 0 && k < now.n; k++)
				rc = buf_printf(out, "-D %s\n", line);
			if (rc == 0 && b && ipt_has_rules(b, f, guards[i].dir))
				rc = buf_printf(out, "-I %s\n", line);
		}
	return rc;
}

struct tap_of {
	const char *tap;
	const struct binding *b; /* NULL: it is to have none */
};

/* 1: all is as it should be; 0: it was changed, look again */
static int try_change(enum ebt_variant v, const struct tap_of *taps, size_t n,
		      struct buf *said)
{
	_cleanup_buf_ struct buf saved = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	size_t i, head;
	int rc = ebt_child_save(v, EBT_FILTER, false, &saved);

	if (rc == 0)
		rc = buf_printf(&text, "*filter\n");
	head = text.len;
	for (i = 0; rc == 0 && i < n; i++)
		rc = write_change(&text, saved.data ? saved.data : "",
				  taps[i].b, taps[i].tap);
	if (rc < 0 || text.len == head)
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
	rc = ebt_child_save(v, EBT_FILTER, false, &saved);
	if (rc == 0)
		rc = write_change(&text, saved.data, t->b, t->tap);
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
	_cleanup_buf_ struct buf saved = { 0 };
	enum ipt_family f;
	unsigned int i;
	int rc = ebt_child_save(ebt_child_host()->own, EBT_FILTER, false,
				&saved);

	for (f = 0; rc == 0 && f < IPT_FAMILIES; f++)
		for (i = 0; rc == 0 && i < GUARDS; i++)
			if (!is_right(saved.data ? saved.data : "", b, b->tap,
				      f, i)) {
				rc = buf_printf(findings,
						"chain %s of ebtables: what "
						"guards the tap is not first\n",
						guards[i].chain);
				return rc < 0 ? rc : -EILSEQ;
			}
	return rc;
}
