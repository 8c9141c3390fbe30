// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ebtables-save prints of a tap
 *
 * Others have rules there too, of which nothing is known; only lines of our
 * chains are looked into, and what leads to them.  A rule in our chains that
 * we would not write is read as EBT_STRANGE: it is equal to none.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ebt.h"

#define LINE_MAX_ 1024 /* far longer than any rule that we write */
#define BLANKS " \t\r"

/* ---- rules ---------------------------------------------------------------- */

static char *next_word(char **at)
{
	char *word;

	*at += strspn(*at, BLANKS);
	if (!**at)
		return NULL;
	word = *at;
	*at += strcspn(*at, BLANKS);
	if (**at)
		*(*at)++ = '\0';
	return word;
}

static enum ebt_key find_option(const char *word)
{
	unsigned int i;

	for (i = 0; i < EBT_KEY_COUNT; i++)
		if (strcmp(ebt_options[i].name, word) == 0 ||
		    (ebt_options[i].alias &&
		     strcmp(ebt_options[i].alias, word) == 0))
			break;
	return i;
}

static bool parse_target(const char *word, struct ebt_rule *r)
{
	static const char *const names[] = {
		[EBT_ACCEPT] = "ACCEPT",
		[EBT_DROP] = "DROP",
		[EBT_RETURN] = "RETURN",
		[EBT_CONTINUE] = "CONTINUE",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], word) == 0) {
			r->target = (enum ebt_target)i;
			return true;
		}
	if (strlen(word) >= EBT_CHAIN_SIZE)
		return false;
	r->target = EBT_JUMP;
	memcpy(r->jump, word, strlen(word));
	return true;
}

/* Conditions are kept in the order of their keys. */
static bool insert(struct ebt_rule *r, const struct ebt_cond *c)
{
	unsigned int i = r->nconds;

	if (r->nconds == EBT_MAX_CONDS)
		return false;
	for (; i && r->conds[i - 1].key > c->key; i--)
		r->conds[i] = r->conds[i - 1];
	r->conds[i] = *c;
	r->nconds++;
	return true;
}

/* ebtables 1.8.9 writes "--ip-igmp-type 48-j DROP". */
static bool take_glued(enum ebt_key key, char *value)
{
	size_t len = strlen(value);

	if (key != EBT_IP_IGMP || len <= 2 ||
	    strcmp(value + len - 2, "-j") != 0)
		return false;
	value[len - 2] = '\0';
	return true;
}

static bool parse_option(const struct ebt_names *names, char *word, char **at,
			 struct ebt_rule *r, bool *target)
{
	struct ebt_cond c = { 0 };
	char *value;

	c.negated = strcmp(word, "!") == 0;
	if (c.negated)
		word = next_word(at);
	if (!word)
		return false;
	c.key = find_option(word);
	if (c.key == EBT_KEY_COUNT)
		return false;
	value = next_word(at);
	if (value && !c.negated && strcmp(value, "!") == 0) {
		c.negated = true;
		value = next_word(at);
	}
	if (!value)
		return false;
	*target = take_glued(c.key, value);
	return ebt_parse_value(names, value, &c) && insert(r, &c);
}

/* What stands behind "-A CHAIN"; false if it is none of ours */
static bool parse_rule(const struct ebt_names *names, char *at,
		       struct ebt_rule *r)
{
	bool targeted = false, here;
	char *word;

	while ((word = next_word(&at))) {
		here = strcmp(word, "-j") == 0;
		if (!here && !parse_option(names, word, &at, r, &here))
			return false;
		if (!here)
			continue;
		word = next_word(&at);
		if (targeted || !word || !parse_target(word, r))
			return false;
		targeted = true;
	}
	return targeted;
}

static uint64_t take_number(char **at)
{
	uint64_t n = 0;

	for (; **at >= '0' && **at <= '9'; ++*at)
		n = n * 10 + (uint64_t)(**at - '0');
	return n;
}

/* "[PACKETS:BYTES] " in front of a rule */
static char *take_counters(char *line, struct ebt_rule *r)
{
	char *at = line + 1;
	uint64_t packets;

	if (*line != '[')
		return line;
	packets = take_number(&at);
	if (*at++ != ':')
		return line;
	r->bytes = take_number(&at);
	r->packets = packets;
	return *at == ']' ? at + 1 : line;
}

/* ---- lines ---------------------------------------------------------------- */

/**
 * struct parser - Where we are
 * @nat:	In the table "nat"
 * @foreign:	A rule of others was seen in the built-in chain of a direction
 */
struct parser {
	const struct ebt_names *names;
	const char *tap;
	struct ebt_view *view;
	bool nat;
	bool foreign[2];
};

static struct ebt_chain *get_chain(struct parser *p, const char *name)
{
	struct ebt_chain *c = ebt_chain_find(&p->view->chains, name);

	return c ? c : ebt_chain_add(&p->view->chains, name);
}

static int take_own(struct parser *p, const char *chain, char *rest,
		    const struct ebt_rule *head, bool whole)
{
	struct ebt_chain *c = get_chain(p, chain);
	struct ebt_rule *r = c ? ebt_rule_add(c, EBT_STRANGE) : NULL;

	if (!r)
		return -ENOMEM;
	*r = *head;
	if (!parse_rule(p->names, rest, r) || !whole)
		r->target = EBT_STRANGE;
	return 0;
}

bool ebt_goes_on(const char *line, size_t len)
{
	static const char word[] = " CONTINUE";
	size_t n = sizeof(word) - 1;

	while (len && strchr(BLANKS, line[len - 1]))
		len--;
	return len >= n && memcmp(line + len - n, word, n) == 0;
}

static void take_builtin(struct parser *p, enum direction dir, char *rest)
{
	struct ebt_rule r = { 0 }, own;

	if (ebt_goes_on(rest, strlen(rest)))
		return;
	if (!parse_rule(p->names, rest, &r) || !ebt_is_jump(&r)) {
		p->foreign[dir] = true;
		return;
	}
	ebt_jump(p->tap, dir, &own);
	if (!ebt_rule_equal(&r, &own))
		return;
	p->view->jumps[dir]++;
	if (p->foreign[dir])
		p->view->late[dir] = true;
}

static int take_line(struct parser *p, char *line, bool whole)
{
	struct ebt_rule head = { 0 };
	char *at, *word;

	if (line[0] == '*') {
		p->nat = strcmp(line, "*nat") == 0;
		return 0;
	}
	if (!p->nat)
		return 0;
	if (line[0] == ':') {
		line[1 + strcspn(line + 1, BLANKS)] = '\0';
		return !ebt_chain_of(line + 1, p->tap) ||
				       get_chain(p, line + 1) ?
			       0 :
			       -ENOMEM;
	}
	at = take_counters(line, &head);
	word = next_word(&at);
	if (!word || strcmp(word, "-A") != 0)
		return 0;
	word = next_word(&at);
	if (!word)
		return 0;
	if (strcmp(word, "PREROUTING") == 0)
		take_builtin(p, DIR_OUT, at);
	else if (strcmp(word, "POSTROUTING") == 0)
		take_builtin(p, DIR_IN, at);
	else if (ebt_chain_of(word, p->tap))
		return take_own(p, word, at, &head, whole);
	return 0;
}

int ebt_parse(const char *text, const struct ebt_names *names, const char *tap,
	      struct ebt_view *out)
{
	struct parser p = { .names = names, .tap = tap, .view = out };
	char line[LINE_MAX_];
	bool whole;
	size_t len;
	int rc = 0;

	for (; rc == 0 && *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		whole = len < sizeof(line);
		snprintf(line, sizeof(line), "%.*s",
			 (int)(whole ? len : sizeof(line) - 1), text);
		rc = take_line(&p, line, whole);
	}
	return rc;
}
