// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a profile becomes with parameters that nobody has given yet: whether a
 * place can carry it depends on what is asked, hardly on the values.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "expand_rules.h"
#include "log.h"

/* No value that stands for something else: of some places 0 is "any". */
static void write_sample(const struct value_type *type, const struct field *f,
			 char *out, size_t size)
{
	bool six = f->type == TYPE_IPV6;

	switch (type->kind) {
	case VALUE_NUMBER:
		snprintf(out, size, "%u",
			 type->min < type->max ? type->min + 1 : type->min);
		break;
	case VALUE_MAC:
		snprintf(out, size, "52:54:00:00:00:01");
		break;
	case VALUE_MACMASK:
		snprintf(out, size, "ff:ff:ff:ff:ff:ff");
		break;
	case VALUE_ADDRESS:
		snprintf(out, size, "%s", six ? "fd00::1" : "10.0.0.1");
		break;
	case VALUE_ADDRMASK:
		snprintf(out, size, "%s", six ? "128" : "32");
		break;
	case VALUE_TCPFLAGS:
		snprintf(out, size, "SYN");
		break;
	}
}

static int get_word(const char *file, const struct term *t,
		    const struct operand *o, unsigned int word,
		    struct value *out)
{
	const struct field *f = field_get(t->field);
	const char *fault;
	char text[64];

	if (!o->words[word].param) {
		*out = o->words[word].literal;
		return 0;
	}
	write_sample(o->type, f, text, sizeof(text));
	fault = value_parse(o->type, f, text, out);
	if (fault)
		return log_at(file, o->line, "%s %s", o->element, fault);
	return 0;
}

/* A range of which one end is not known is that of the other end alone. */
static void same_end(const struct term *t, struct value *from, struct value *to)
{
	if (t->op != OP_RANGE && t->op != OP_NRANGE)
		return;
	if (operand_param(&t->to))
		*to = *from;
	else if (operand_param(&t->from))
		*from = *to;
}

static int add(const char *file, const struct term *t, struct value *values,
	       struct value *to, struct rule *r)
{
	unsigned int n = 0, i;
	enum match_op op = t->op;
	const char *fault;
	struct match *m;

	if (t->to.nwords)
		same_end(t, values, to);
	for (i = 0; i < t->from.nwords; i++)
		if (!value_listed(values, n, &values[i]))
			values[n++] = values[i];
	fault = term_combine(t->field, &op, values, n,
			     t->to.nwords ? to : NULL);
	if (fault)
		return log_at(file, t->from.line, "%s %s", t->from.element,
			      fault);
	m = rule_add_match(r, t->field, op, n);
	if (!m)
		return -ENOMEM;
	memcpy(m->values, values, n * sizeof(*values));
	return 0;
}

int expand_sample(const char *file, const struct term *t, struct rule *r)
{
	_cleanup_free_ struct value *values = NULL;
	struct value to = { 0 };
	unsigned int i;
	int rc = 0;

	values = util_alloc(t->from.nwords, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (i = 0; rc == 0 && i < t->from.nwords; i++)
		rc = get_word(file, t, &t->from, i, &values[i]);
	if (rc == 0 && t->to.nwords)
		rc = get_word(file, t, &t->to, 0, &to);
	return rc < 0 ? rc : add(file, t, values, &to, r);
}

bool expand_sample_fits(const char *param, bool six)
{
	if (strcmp(param, PARAM_IP) == 0)
		return !six;
	if (strcmp(param, PARAM_IPV6) == 0 ||
	    strcmp(param, PARAM_LINKLOCAL) == 0)
		return six;
	return true;
}
