// SPDX-License-Identifier: GPL-2.0-or-later
/* What ebtables-legacy lists */
#include <errno.h>
#include <string.h>

#include "ebt_legacy.h"

#define TABLE "Bridge table: "
#define CHAIN "Bridge chain: "
#define POLICY ", policy: "
#define PACKETS ", pcnt = "
#define BYTES " -- bcnt = "
#define DIGITS "0123456789"

/* A piece of the text */
struct piece {
	const char *at;
	size_t len;
};

static bool skip(struct piece *p, const char *what)
{
	size_t n = strlen(what);

	if (p->len < n || memcmp(p->at, what, n) != 0)
		return false;
	p->at += n;
	p->len -= n;
	return true;
}

static struct piece take_digits(struct piece *p)
{
	struct piece digits = { p->at, 0 };

	while (digits.len < p->len && strchr(DIGITS, p->at[digits.len]))
		digits.len++;
	p->at += digits.len;
	p->len -= digits.len;
	return digits;
}

static int add(struct buf *out, struct piece p)
{
	return p.len ? buf_add(out, p.at, p.len) : 0;
}

/* "NAME, entries: N, policy: ACCEPT" */
static int take_chain(struct piece line, struct piece *chain, struct buf *out)
{
	const char *comma = memchr(line.at, ',', line.len);
	const char *policy =
		memmem(line.at, line.len, POLICY, sizeof(POLICY) - 1);
	int rc;

	if (!comma || !policy)
		return -EBADMSG;
	*chain = (struct piece){ line.at, (size_t)(comma - line.at) };
	line.len -= (size_t)(policy - line.at);
	line.at = policy;
	skip(&line, POLICY);
	rc = buf_add(out, ":", 1);
	if (rc == 0)
		rc = add(out, *chain);
	if (rc == 0)
		rc = buf_add(out, " ", 1);
	return rc < 0 ? rc : add(out, line);
}

/* The numbers of a rule stand at its end, without a blank in front. */
static int take_counters(struct piece *rule, struct buf *out)
{
	const char *comma = memrchr(rule->at, ',', rule->len);
	struct piece tail, packets, bytes;
	int rc;

	if (!comma)
		return 0;
	tail = (struct piece){ comma, rule->len - (size_t)(comma - rule->at) };
	if (!skip(&tail, PACKETS))
		return 0;
	packets = take_digits(&tail);
	if (!skip(&tail, BYTES))
		return 0;
	bytes = take_digits(&tail);
	if (tail.len)
		return 0;
	rule->len = (size_t)(comma - rule->at);
	rc = buf_add(out, "[", 1);
	if (rc == 0)
		rc = add(out, packets);
	if (rc == 0)
		rc = buf_add(out, ":", 1);
	if (rc == 0)
		rc = add(out, bytes);
	return rc < 0 ? rc : buf_add(out, "] ", 2);
}

static int take_rule(struct piece line, struct piece chain, struct buf *out)
{
	int rc = chain.len ? take_counters(&line, out) : -EBADMSG;

	if (rc == 0)
		rc = buf_add(out, "-A ", 3);
	if (rc == 0)
		rc = add(out, chain);
	if (rc == 0)
		rc = buf_add(out, " ", 1);
	return rc < 0 ? rc : add(out, line);
}

static int take_line(struct piece line, struct piece *chain, struct buf *out)
{
	int rc;

	if (skip(&line, TABLE)) {
		*chain = (struct piece){ NULL, 0 };
		rc = buf_add(out, "*", 1);
		rc = rc < 0 ? rc : add(out, line);
	} else if (skip(&line, CHAIN)) {
		rc = take_chain(line, chain, out);
	} else {
		rc = take_rule(line, *chain, out);
	}
	return rc < 0 ? rc : buf_add(out, "\n", 1);
}

int ebt_legacy_text(const char *list, struct buf *out)
{
	struct piece line = { list, 0 }, chain = { NULL, 0 };
	int rc = strncmp(list, TABLE, sizeof(TABLE) - 1) ? -EBADMSG : 0;

	for (; rc == 0 && *line.at;
	     line.at += line.len + (line.at[line.len] == '\n')) {
		line.len = strcspn(line.at, "\n");
		if (line.len)
			rc = take_line(line, &chain, out);
	}
	return rc;
}
