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

/* What no guest can have as its own address */
static const struct {
	enum field_type family;
	uint8_t addr[16];
	unsigned int prefix;
	const char *fault;
} never_own[] = {
	{ TYPE_IPV4, { 0 }, 32, "must not be or contain 0.0.0.0" },
	{ TYPE_IPV4,
	  { 127 },
	  8,
	  "must not be in or contain 127.0.0.0/8 (loopback)" },
	{ TYPE_IPV4,
	  { 224 },
	  4,
	  "must not be in or contain 224.0.0.0/4 (multicast)" },
	{ TYPE_IPV4,
	  { 255, 255, 255, 255 },
	  32,
	  "must not be or contain 255.255.255.255" },
	{ TYPE_IPV6, { 0 }, 128, "must not be or contain ::" },
	{ TYPE_IPV6, { [15] = 1 }, 128, "must not be or contain ::1" },
	{ TYPE_IPV6,
	  { 0xff },
	  8,
	  "must not be in or contain ff00::/8 (multicast)" },
};

/* Do an address or prefix and a prefix have addresses in common? */
static bool overlaps(const struct value *v, const uint8_t *addr,
		     unsigned int prefix)
{
	unsigned int bit;

	for (bit = 0; bit < prefix; bit++) {
		if ((v->lo[bit / 8] ^ addr[bit / 8]) & v->hi[bit / 8] &
		    0x80 >> bit % 8)
			return false;
	}
	return true;
}

/*
 * An address of the guest that is impossible, or a range that is no check at
 * all, is a mistake that would leave the guest open.
 */
static const char *own_fault(const char *param, const struct field *f,
			     const struct value *v)
{
	static const struct value everything;
	size_t i;

	if (strcmp(param, PARAM_LINKLOCAL) == 0)
		return is_linklocal(v) ? NULL : "must be in fe80::/10";
	if (strcmp(param, PARAM_IP) != 0 && strcmp(param, PARAM_IPV6) != 0)
		return NULL;
	if (memcmp(v->hi, everything.hi, sizeof(v->hi)) == 0)
		return "must not be every address: that is no check";
	for (i = 0; i < ARRAY_SIZE(never_own); i++) {
		if (never_own[i].family == f->type &&
		    overlaps(v, never_own[i].addr, never_own[i].prefix))
			return never_own[i].fault;
	}
	return NULL;
}

static int value_fault(const struct context *c, const struct operand *o,
		       const char *param, const struct param_text *v,
		       const char *word, const char *fault)
{
	char placeholder[PARAM_TEXT_MAX];

	param_placeholder(param, placeholder);
	return log_at(v->file, v->line, "%s='%s' %s, for %s in %s at %s:%u",
		      param, word, fault, placeholder, o->element, c->p->file,
		      o->line);
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
			  const char *param, const struct param_text *v)
{
	bool four = false, six = false;
	const char *word = v->words.data;

	for (; word; word = strchr(word, ' ')) {
		word += *word == ' ';
		if (memchr(word, ':', strcspn(word, " ")))
			six = true;
		else
			four = true;
	}
	if (!four || !six)
		return 0;
	return value_fault(c, o, param, v, v->words.data,
			   "must not mix IPv4 and IPv6 addresses");
}

static int add_value(const struct context *c, const struct operand *o,
		     const struct value *value, struct value **out,
		     unsigned int *n)
{
	struct value *slot;

	if (value_listed(*out, *n, value))
		return 0;
	if (*n == MATCH_MAX_VALUES)
		return log_at(c->p->file, o->line,
			      "%s has more than %d values with the reference "
			      "at %s:%u",
			      o->element, MATCH_MAX_VALUES,
			      c->params->top->file, c->params->top->line);
	slot = util_grow(out, *n, sizeof(**out));
	if (!slot)
		return -ENOMEM;
	*slot = *value;
	++*n;
	return 0;
}

/* Cuts the text of @v to words. */
static int add_param(const struct context *c, const struct operand *o,
		     const char *param, enum field_id field,
		     struct param_text *v, struct value **out, unsigned int *n)
{
	char *rest = v->words.data, *word;
	const char *fault;
	struct value value;
	int rc = 0;

	while (rc == 0 && (word = next_word(&rest))) {
		fault = value_parse(o->type, field_get(field), word, &value);
		if (!fault)
			fault = own_fault(param, field_get(field), &value);
		if (fault)
			return value_fault(c, o, param, v, word, fault);
		rc = add_value(c, o, &value, out, n);
	}
	return rc;
}

static int resolve_word(const struct context *c, const struct operand *o,
			const struct word *w, enum field_id field,
			struct value **out, unsigned int *n)
{
	_cleanup_param_text_ struct param_text v = { 0 };
	int rc;

	if (!w->param)
		return add_value(c, o, &w->literal, out, n);
	rc = params_text(c->params, w->param, c->p->file, o->line, o->element,
			 &v);
	if (rc == 0 && o->type->kind == VALUE_ADDRESS)
		rc = mixed_families(c, o, w->param, &v);
	return rc < 0 ? rc : add_param(c, o, w->param, field, &v, out, n);
}

/* The values of one side of a condition; owned by the caller, even if faulty */
static int resolve_operand(const struct context *c, const struct operand *o,
			   enum field_id field, struct value **out,
			   unsigned int *n)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; rc == 0 && i < o->nwords; i++)
		rc = resolve_word(c, o, &o->words[i], field, out, n);
	return rc;
}

static int combine(const struct context *c, const struct term *t,
		   enum match_op *op, struct value *from, unsigned int n,
		   const struct value *to, unsigned int nto)
{
	const char *param = operand_param(&t->from);
	char placeholder[PARAM_TEXT_MAX];
	const char *fault;

	if (nto > 1)
		fault = "must have one mask or one end";
	else
		fault = term_combine(t->field, op, from, n, to);
	if (!fault)
		return 0;
	param_placeholder(param ? param : operand_param(&t->to), placeholder);
	return log_at(c->p->file, t->from.line,
		      "%s with %s of the reference at %s:%u %s",
		      t->from.element, placeholder, c->params->top->file,
		      c->params->top->line, fault);
}

static int add_values(struct rule *r, enum field_id field, enum match_op op,
		      const struct value *values, unsigned int n)
{
	struct match *m = rule_add_match(r, field, op, n);
	unsigned int i;

	if (!m)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		m->values[i] = values[i];
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
	if (c->params->sample)
		return expand_sample(c->p->file, t, r);
	rc = resolve_operand(c, &t->from, t->field, &from, &nfrom);
	if (rc < 0)
		return rc;
	rc = resolve_operand(c, &t->to, t->field, &to, &nto);
	if (rc < 0)
		return rc;
	rc = combine(c, t, &op, from, nfrom, to, nto);
	if (rc < 0)
		return rc;
	/* A mask may have made two values the same. */
	for (i = n = 0; i < nfrom; i++) {
		from[n] = from[i];
		if (!value_listed(from, n, &from[n]))
			n++;
	}
	return add_values(r, t->field, op, from, n);
}

/* Is every address parameter of the operand of that family? */
static bool operand_fits(const struct context *c, const struct operand *o,
			 bool six)
{
	const char *param;
	unsigned int i;

	for (i = 0; i < o->nwords; i++) {
		_cleanup_param_text_ struct param_text v = { 0 };

		param = o->words[i].param;
		if (!param || o->type->kind != VALUE_ADDRESS)
			continue;
		if (c->params->sample && !expand_sample_fits(param, six))
			return false;
		if (c->params->sample || !params_given(c->params, param) ||
		    params_text(c->params, param, c->p->file, o->line,
				o->element, &v) < 0)
			continue;
		if (!strchr(v.words.data, ':') == six)
			return false;
	}
	return true;
}

static bool shape_fits(const struct context *c, const struct shape *s)
{
	const struct term *t;
	unsigned int i;

	for (i = 0; i < s->nterms; i++) {
		t = &s->terms[i];
		if (!operand_fits(c, &t->from,
				  field_get(t->field)->type == TYPE_IPV6))
			return false;
	}
	return true;
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
	r->entry = (unsigned int)(e - c->p->entries);
	r->limit = e->limit;
	r->conns = e->conns;
	r->log = e->log;
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
		/* which family it will be is not known */
		if (e->flexible && c->params->sample)
			break;
	}
	if (out->nrules == before && !c->params->sample)
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
