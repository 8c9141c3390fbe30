// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter.conf before libinih sees it: lines, sections, names of keys */
#include <errno.h>
#include <string.h>

#include "acl.h"
#include "conf_parts.h"
#include "log.h"
#include "util.h"

/**
 * struct lint - Where the check is
 * @own:	Line of [tapfilter], 0 before it
 * @section:	There was a section
 */
struct lint {
	const char *name;
	unsigned int line;
	unsigned int own;
	bool section;
	struct conf *conf;
};

static int lint_bytes(const struct lint *l, const char *text, size_t len)
{
	unsigned char c;
	size_t i;

	if (len > CONF_MAX_LINE)
		return log_at(l->name, l->line,
			      "line of %zu bytes, at most %d are taken", len,
			      CONF_MAX_LINE);
	for (i = 0; i < len; i++) {
		c = (unsigned char)text[i];
		if ((c < 0x20 && c != '\t') || c > 0x7e)
			return log_at(
				l->name, l->line,
				"byte 0x%02x in column %zu: only printable ASCII is taken",
				c, i + 1);
	}
	return 0;
}

static int begin_own(struct lint *l)
{
	if (l->own)
		return log_at(l->name, l->line,
			      "section [" CONF_SECTION
			      "] begins twice, first on line %u",
			      l->own);
	l->own = l->line;
	return 0;
}

static bool label_ok(const char *label)
{
	return *label && !strchr("_.-", *label) &&
	       label[strspn(label, CONF_LETTERS "_.-")] == '\0';
}

/* A label is a name for messages and records: one section may have it, be it
 * [acl] or [deny]. */
static int begin_acl(struct lint *l, const char *label, bool deny)
{
	struct conf *c = l->conf;
	struct acl_section *s;
	size_t i;

	for (i = 0; i < c->n_acl; i++) {
		s = &c->acl[i];
		if (strcmp(s->label, label) == 0)
			return log_at(
				l->name, l->line,
				"the label \"%s\" is taken by section [%s %s] on line %u",
				label, acl_kind(s), label, s->line);
	}
	s = util_grow(&c->acl, c->n_acl, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->label = strdup(label);
	if (!s->label)
		return log_errno(ENOMEM, "cannot keep a section");
	s->line = l->line;
	s->deny = deny;
	c->n_acl++;
	return 0;
}

/* libinih would cut the name and ignore what stands behind the bracket. */
static int lint_section(struct lint *l, const char *text, size_t len)
{
	_cleanup_free_ char *name = strndup(text, len);
	const char *label;

	if (!name)
		return log_errno(ENOMEM, "cannot keep a section");
	l->section = true;
	if (strcmp(name, "[" CONF_SECTION "]") == 0)
		return begin_own(l);
	label = strchr(name, ' ');
	if (name[len - 1] != ']' || !label ||
	    (strncmp(name, "[acl ", 5) != 0 && strncmp(name, "[deny ", 6) != 0))
		return log_at(l->name, l->line,
			      "unknown section \"%s\", there are [" CONF_SECTION
			      "], [acl LABEL] and [deny LABEL]",
			      name);
	if (len - 2 > CONF_MAX_NAME)
		return log_at(
			l->name, l->line,
			"name of a section with %zu bytes, at most %d are taken",
			len - 2, CONF_MAX_NAME);
	name[len - 1] = '\0';
	if (!label_ok(++label))
		return log_at(
			l->name, l->line,
			"section \"%s]\": a label has letters, digits and _.-, and begins with a letter or a digit",
			name);
	return begin_acl(l, label, name[1] == 'd');
}

/* libinih also takes "key: value", and cuts a value at " ;". */
static int lint_key(const struct lint *l, const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && !strchr("=:;", text[n]))
		n++;
	if (n == 0 || n == len || text[n] != '=')
		return log_at(l->name, l->line,
			      "\"%.*s\" is not \"key = value\"", (int)len,
			      text);
	if (memchr(text, ';', len))
		return log_at(
			l->name, l->line,
			"a \";\" behind a value: write a comment on a line of its own");
	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	if (n > CONF_MAX_NAME)
		return log_at(
			l->name, l->line,
			"name of a key with %zu bytes, at most %d are taken", n,
			CONF_MAX_NAME);
	if (!l->section)
		return log_at(l->name, l->line,
			      "a key before the first section");
	return 0;
}

static int lint_line(struct lint *l, const char *text, size_t len)
{
	int rc = lint_bytes(l, text, len);
	bool blank;

	if (rc < 0)
		return rc;
	blank = len > 0 && (text[0] == ' ' || text[0] == '\t');
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	if (len == 0)
		return 0;
	if (blank)
		return log_at(
			l->name, l->line,
			"the line begins with a blank; a value cannot go on in the next line");
	if (text[0] == '#' || text[0] == ';')
		return 0;
	if (text[0] == '[')
		return lint_section(l, text, len);
	return lint_key(l, text, len);
}

int conf_lint(const char *name, const char *text, size_t len, struct conf *c)
{
	struct lint l = { .name = name, .conf = c };
	const char *p = text, *end = text + len, *nl;
	int rc;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		l.line++;
		rc = lint_line(&l, p, (size_t)(nl - p));
		if (rc < 0)
			return rc;
	}
	return 0;
}
