// SPDX-License-Identifier: GPL-2.0-or-later
/* Substitution: the entries of a profile and parameters become rules */
#include <errno.h>
#include <string.h>

#include "expand_rules.h"
#include "log.h"

/**
 * struct context - What a term is resolved with
 */
struct context {
	const struct profile *p;
	const struct param_set *params;
};

/* The address is in fe80::/10, so that a typo cannot open another range. */
static bool is_linklocal(const struct value *v)
{
	return v->lo[0] == 0xfe && (v->lo[1] & 0xc0) == 0x80 &&
	       v->hi[0] == 0xff && (v->hi[1] & 0xc0) == 0xc0;
}

static int value_fault(const struct context *c, const struct operand *o,
		       const struct param_value *v, const char *word,
		       const char *fault)
{
	char placeholder[PARAM_TEXT_MAX];

	param_placeholder(o->param, placeholder);
	return log_at(v->file, v->line, "%s='%s' %s, for %s in %s at %s:%u",
		      o->param, word, fault, placeholder, o->element,
		      c->p->file, o->line);
}

/* "a b c": the next word, cut off; NULL at the end */
static char *next_word(char **rest)
{
	char *word = *rest, *blank;

	if (!word)
		return NULL;
	blank = strchr(word, ' ');
	if (blank)
		*blank = '\0';
	*rest = blank ? blank + 1 : NULL;
	return word;
}

static int mixed_families(const struct context *c, const struct operand *o,
			  const struct param_value *v)
{
	bool four = false, six = false;
	const char *word = v->text;

	for (; word; word = strchr(word, ' ')) {
		word += *word == ' ';
		if (memchr(word, ':', strcspn(word, " ")))
			six = true;
		else
			four = true;
	}
	if (!four || !six)
		return 0;
	return value_fault(c, o, v, v->text,
			   "must not mix IPv4 and IPv6 addresses");
}

static bool is_repeated(const struct value *values, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (value_equal(&values[i], &values[n]))
			return true;
	return false;
}

/* Cuts the text of @v to words. */
static int parse_words(const struct context *c, const struct operand *o,
		       enum field_id field, struct param_value *v,
		       struct value **out, unsigned int *n)
{
	char *rest = v->text, *word;
	struct value *value;
	const char *fault;

	while ((word = next_word(&rest))) {
		value = util_grow(out, *n, sizeof(**out));
		if (!value)
			return -ENOMEM;
		fault = value_parse(o->type, field_get(field), word, value);
		if (!fault && strcmp(o->param, PARAM_LINKLOCAL) == 0 &&
		    !is_linklocal(value))
			fault = "must be in fe80::/10";
		if (fault)
			return value_fault(c, o, v, word, fault);
		if (!is_repeated(*out, *n))
			++*n;
	}
	return 0;
}

/* The values of one side of a condition; owned by the caller, even if faulty */
static int resolve_operand(const struct context *c, const struct operand *o,
			   enum field_id field, struct value **out,
			   unsigned int *n)
{
	_cleanup_param_value_ struct param_value v = { 0 };
	int rc;

	if (!o->param) {
		*out = util_alloc(1, sizeof(**out));
		if (!*out)
			return -ENOMEM;
		**out = o->literal;
		*n = 1;
		return 0;
	}
	rc = params_text(c->params, o->param, c->p->file, o->line, o->element,
			 &v);
	if (rc < 0)
		return rc;
	if (o->type->kind == VALUE_ADDRESS) {
		rc = mixed_families(c, o, &v);
		if (rc < 0)
			return rc;
	}
	return parse_words(c, o, field, &v, out, n);
}

static int combine(const struct context *c, const struct term *t,
		   enum match_op *op, struct value *from, unsigned int n,
		   const struct value *to, unsigned int nto)
{
	const struct operand *o = t->from.param ? &t->from : &t->to;
	char placeholder[PARAM_TEXT_MAX];
	const char *fault;

	if (nto > 1)
		fault = "must have one mask or one end";
	else
		fault = term_combine(t->field, op, from, n, to);
	if (!fault)
		return 0;
	param_placeholder(o->param, placeholder);
	return log_at(c->p->file, t->from.line,
		      "%s with %s of the reference at %s:%u %s",
		      t->from.element, placeholder, c->params->top->file,
		      c->params->top->line, fault);
}

static int add_values(struct rule *r, enum field_id field, enum match_op op,
		      const struct value *values, unsigned int n)
{
	struct match *m = rule_add_match(r, field, op, n);

	if (!m)
		return -ENOMEM;
	memcpy(m->values, values, n * sizeof(*values));
	return 0;
}

static int resolve_term(const struct context *c, const struct term *t,
			struct rule *r)
{
	_cleanup_free_ struct value *from = NULL, *to = NULL;
	unsigned int nfrom = 0, nto = 0, i, n;
	enum match_op op = t->op;
	int rc;

	if (t->nvalues)
		return add_values(r, t->field, op, t->values, t->nvalues);
	rc = resolve_operand(c, &t->from, t->field, &from, &nfrom);
	if (rc < 0)
		return rc;
	if (t->to.type) {
		rc = resolve_operand(c, &t->to, t->field, &to, &nto);
		if (rc < 0)
			return rc;
	}
	rc = combine(c, t, &op, from, nfrom, to, nto);
	if (rc < 0)
		return rc;
	/* A mask may have made two values the same. */
	for (i = n = 0; i < nfrom; i++) {
		from[n] = from[i];
		if (!is_repeated(from, n))
			n++;
	}
	return add_values(r, t->field, op, from, n);
}

/* Is every address parameter of the shape of the shape's family? */
static bool shape_fits(const struct context *c, const struct shape *s)
{
	const struct operand *o;
	unsigned int i;
	bool six, fits = true;

	for (i = 0; fits && i < s->nterms; i++) {
		_cleanup_param_value_ struct param_value v = { 0 };

		o = &s->terms[i].from;
		if (s->terms[i].nvalues || !o->param ||
		    o->type->kind != VALUE_ADDRESS ||
		    !params_given(c->params, o->param))
			continue;
		if (params_text(c->params, o->param, c->p->file, o->line,
				o->element, &v) < 0)
			return true;
		six = strchr(v.text, ':') != NULL;
		fits = six == (field_get(s->terms[i].field)->type == TYPE_IPV6);
	}
	return fits;
}

static int add_rule(const struct context *c, const struct entry *e,
		    const struct shape *s, unsigned int index,
		    struct binding *out)
{
	struct rule *r = util_grow(&out->rules, out->nrules, sizeof(*r));
	const char *fault;
	unsigned int i;
	int rc;

	if (!r)
		return -ENOMEM;
	out->nrules++;
	r->verdict = e->verdict;
	r->dir = e->dir;
	r->profile = index;
	r->line = e->line;
	for (i = 0; i < s->nterms; i++) {
		rc = resolve_term(c, &s->terms[i], r);
		if (rc < 0)
			return rc;
	}
	fault = rule_validate(r);
	if (fault)
		return log_at(c->p->file, e->line,
			      "this entry cannot be a rule: %s", fault);
	return 0;
}

static int expand_entry(const struct context *c, const struct entry *e,
			unsigned int index, struct binding *out)
{
	unsigned int before = out->nrules;
	size_t i;
	int rc;

	for (i = 0; i < e->nshapes; i++) {
		if (e->flexible && !shape_fits(c, &e->shapes[i]))
			continue;
		rc = add_rule(c, e, &e->shapes[i], index, out);
		if (rc < 0)
			return rc;
	}
	if (out->nrules == before)
		return log_at(c->p->file, e->line,
			      "the addresses that the reference at %s:%u gives "
			      "are not of one family",
			      c->params->top->file, c->params->top->line);
	return 0;
}

int expand_entries(const struct profile *p, const struct param_set *params,
		   unsigned int index, unsigned int max_rules,
		   struct binding *out)
{
	struct context c = { .p = p, .params = params };
	size_t i;
	int rc;

	for (i = 0; i < p->nentries; i++) {
		rc = expand_entry(&c, &p->entries[i], index, out);
		if (rc < 0)
			return rc;
		if (out->nrules > max_rules)
			return log_at(p->file, p->entries[i].line,
				      "this entry makes more than %u rules "
				      "(max-rules)",
				      max_rules);
	}
	return 0;
}
