/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_BINDING_TEXT_H
#define TF_TEST_BINDING_TEXT_H

/*
 * Reads back what rule_format() writes, so that tests can say their rules as
 * text: "PROFILE:LINE out drop eth.type=0x0806 arp.spa!={10.0.0.1,10.0.0.0/8}".
 * For tests only: the text is trusted, and a fault ends the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rule.h"

static void text_die(const char *what, const char *text)
{
	fprintf(stderr, "%s: '%s'\n", what, text);
	exit(2);
}

static enum field_id text_field(const char *name)
{
	unsigned int id;

	for (id = 1; id < FIELD_COUNT; id++)
		if (strcmp(field_get(id)->name, name) == 0)
			return id;
	text_die("no such field", name);
	return FIELD_NONE;
}

static void text_prefix(const struct field *f, unsigned long len, uint8_t *mask)
{
	unsigned int i;

	for (i = 0; i < len && i < f->width; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

/* "VALUE", "VALUE/LEN", "VALUE/MASK" or "LOW-HIGH" */
static void text_value(const struct field *f, char *text, struct value *v,
		       bool *range)
{
	char *dash = strchr(text, '-'), *slash = strchr(text, '/');
	bool address = f->type == TYPE_IPV4 || f->type == TYPE_IPV6;

	if (dash)
		*dash++ = '\0';
	if (slash)
		*slash++ = '\0';
	if (!field_parse(f, text, v->lo))
		text_die("no value of the field", text);
	*range = dash;
	if (!dash && !slash)
		value_full_mask(f, v);
	else if (slash && address && !strpbrk(slash, ".:"))
		text_prefix(f, strtoul(slash, NULL, 10), v->hi);
	else if (!field_parse(f, dash ? dash : slash, v->hi))
		text_die("no bound or mask of the field", dash ? dash : slash);
}

static void text_match(struct rule *r, char *text)
{
	char *op = strpbrk(text, "!="), *value, *next;
	struct value values[MATCH_MAX_VALUES] = { 0 };
	bool negated, range = false;
	unsigned int n = 0;
	struct match *m;

	if (!op)
		text_die("no match", text);
	negated = *op == '!';
	value = op + 1 + negated;
	*op = '\0';
	if (*value == '{') {
		value++;
		value[strcspn(value, "}")] = '\0';
	}
	for (; value; value = next) {
		next = strchr(value, ',');
		if (next)
			*next++ = '\0';
		if (n == MATCH_MAX_VALUES)
			text_die("too many values", value);
		text_value(field_get(text_field(text)), value, &values[n++],
			   &range);
	}
	m = rule_add_match(r, text_field(text),
			   range ? (negated ? OP_NRANGE : OP_RANGE) :
				   (negated ? OP_NE : OP_EQ),
			   n);
	if (!m)
		exit(2);
	memcpy(m->values, values, n * sizeof(*values));
}

static bool text_rate(char *word, const char *what, struct rate *rate)
{
	size_t len = strlen(what);
	const char *period;

	if (strncmp(word, what, len) != 0)
		return false;
	if (strncmp(word + len, "burst=", 6) == 0) {
		rate->burst = (uint32_t)strtoul(word + len + 6, NULL, 10);
		return true;
	}
	if (strncmp(word + len, "limit=", 6) != 0)
		return false;
	rate->frames = (uint32_t)strtoul(word + len + 6, NULL, 10);
	period = strchr(word, '/');
	rate->seconds = !period			       ? 0 :
			strcmp(period, "/second") == 0 ? 1 :
			strcmp(period, "/minute") == 0 ? 60 :
			strcmp(period, "/hour") == 0   ? 3600 :
							 86400;
	return true;
}

/* What is no condition: limits and the log */
static bool text_more(struct rule *r, char *word)
{
	if (text_rate(word, "log.", &r->log.rate) ||
	    text_rate(word, "", &r->limit))
		return true;
	if (strncmp(word, "connlimit=", 10) == 0) {
		r->conns = (uint32_t)strtoul(word + 10, NULL, 10);
		return true;
	}
	if (strncmp(word, "log=", 4) != 0)
		return false;
	r->log.on = true;
	r->log.group = (uint16_t)strtoul(word + 4, NULL, 10);
	return true;
}

/* Cut the prefix off, which may have blanks. */
static void text_prefix_of(struct rule *r, char *line)
{
	char *at = strstr(line, " log.prefix=\"");

	if (!at)
		return;
	*at = '\0';
	at += strlen(" log.prefix=\"");
	at[strlen(at) - 1] = '\0';
	snprintf(r->log.prefix, sizeof(r->log.prefix), "%s", at);
}

static unsigned int text_profile(struct binding *b, const char *name)
{
	struct binding_profile *p, like;
	char copy[256], file[264];
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (strcmp(b->profiles[i].name, name) == 0)
			return i;
	p = util_grow(&b->profiles, b->nprofiles, sizeof(*p));
	if (!p)
		exit(2);
	snprintf(copy, sizeof(copy), "%s", name);
	snprintf(file, sizeof(file), "%s.xml", name);
	like = (struct binding_profile){ .name = copy, .file = file };
	if (binding_name_profile(p, &like, "") < 0)
		exit(2);
	return b->nprofiles++;
}

/* One rule; the line is written into. */
static void text_rule(struct binding *b, char *line)
{
	struct rule *r = util_grow(&b->rules, b->nrules, sizeof(*r));
	char *word, *colon, *rest = NULL;
	const char *fault;

	if (!r)
		exit(2);
	b->nrules++;
	text_prefix_of(r, line);
	word = strtok_r(line, " ", &rest);
	colon = word ? strchr(word, ':') : NULL;
	if (!colon)
		text_die("no PROFILE:LINE", line);
	*colon = '\0';
	r->profile = text_profile(b, word);
	r->line = (unsigned int)strtoul(colon + 1, NULL, 10);
	r->entry = r->line;
	word = strtok_r(NULL, " ", &rest);
	r->dir = word && strcmp(word, "out") == 0 ? DIR_OUT : DIR_IN;
	word = strtok_r(NULL, " ", &rest);
	r->verdict = word && strcmp(word, "drop") == 0	 ? VERDICT_DROP :
		     word && strcmp(word, "reject") == 0 ? VERDICT_REJECT :
							   VERDICT_ACCEPT;
	while ((word = strtok_r(NULL, " ", &rest)))
		if (!text_more(r, word))
			text_match(r, word);
	fault = rule_validate(r);
	if (fault)
		text_die(fault, line);
}

/* All rules of a text, one a line; '#' starts a line that is skipped. */
static void text_binding(struct binding *b, const char *tap, const char *text)
{
	char *copy = strdup(text), *line, *rest = NULL;

	if (!copy)
		exit(2);
	snprintf(b->tap, sizeof(b->tap), "%s", tap);
	b->domain = strdup("test");
	if (!b->domain)
		exit(2);
	for (line = strtok_r(copy, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (line[0] != '#')
			text_rule(b, line);
	free(copy);
}

#endif /* TF_TEST_BINDING_TEXT_H */
