// SPDX-License-Identifier: GPL-2.0-or-later
/* From the leaves of a FilterEntry to terms */
#include <errno.h>
#include <string.h>

#include "filterpool_draft.h"
#include "log.h"

static int fault_at(const char *file, enum leaf_id id, const struct leaf *leaf,
		    const char *sentence)
{
	return log_at(file, leaf->line, "%s '%s' %s",
		      filterpool_leaves[id].name, leaf->text, sentence);
}

int leaf_fault(const struct draft *d, enum leaf_id id, const char *sentence)
{
	return fault_at(d->file, id, &d->leaf[id], sentence);
}

bool leaf_given(const struct draft *d, enum leaf_id id)
{
	return id < LEAF_COUNT && d->leaf[id].text;
}

bool leaf_is_param(const struct draft *d, enum leaf_id id)
{
	return leaf_given(d, id) && param_is_placeholder(d->leaf[id].text);
}

/* An address leaf takes either family; a mask of more than 32 bits is IPv6. */
static const struct field *literal_field(const struct leaf_row *row,
					 const char *text)
{
	bool wide = row->type->kind == VALUE_ADDRMASK ? !strchr(text, '.') :
							!!strchr(text, ':');

	if (row->flags & LEAF_BOTH && wide)
		return field_get(FIELD_IP6_SRC);
	return field_get(row->field);
}

/* May the values of this parameter ever be of the type? */
static bool param_fits(const struct value_type *type, const char *param)
{
	if (strcmp(param, PARAM_MAC) == 0)
		return type->kind == VALUE_MAC;
	if (strcmp(param, PARAM_IP) == 0)
		return type->kind == VALUE_ADDRESS &&
		       type != &filterpool_address6;
	if (strcmp(param, PARAM_IPV6) == 0 ||
	    strcmp(param, PARAM_LINKLOCAL) == 0)
		return type->kind == VALUE_ADDRESS &&
		       type != &filterpool_address4;
	return true;
}

static int check_placeholder(const char *file, enum leaf_id id,
			     const struct leaf *leaf)
{
	const struct leaf_row *row = &filterpool_leaves[id];
	_cleanup_free_ char *param = NULL;
	const char *fault;

	if (row->flags & LEAF_FIXED)
		return fault_at(file, id, leaf, row->type->what);
	fault = param_of_placeholder(leaf->text, &param);
	if (fault)
		return fault_at(file, id, leaf, fault);
	if (!param_fits(row->type, param))
		return fault_at(file, id, leaf, row->type->what);
	return 0;
}

#define WORDS " \t\r\n" /* what stands between the members of a list */

static const char *parse_numbers(const struct leaf_row *row, const char *text,
				 struct value **out, unsigned int *n)
{
	const struct field *f = field_get(row->field);
	char word[XML_MAX_TEXT + 1];
	const char *fault;
	struct value *v;
	size_t len;

	for (text += strspn(text, WORDS); *text; text += strspn(text, WORDS)) {
		len = strcspn(text, WORDS);
		memcpy(word, text, len);
		word[len] = '\0';
		text += len;
		v = util_grow(out, *n, sizeof(**out));
		if (!v)
			return "finds no memory";
		fault = value_parse(row->type, f, word, v);
		if (fault)
			return fault;
		++*n;
	}
	return NULL;
}

static const char *parse_range(const struct leaf_row *row, const char *text,
			       enum match_op *op, struct value **out)
{
	const struct field *f = field_get(row->field);
	size_t len = strcspn(text, "-");
	char low[XML_MAX_TEXT + 1];
	const char *fault;
	struct value end;

	memcpy(low, text, len);
	low[len] = '\0';
	*out = util_alloc(1, sizeof(**out));
	if (!*out)
		return "finds no memory";
	*op = OP_RANGE;
	fault = value_parse(row->type, f, low, *out);
	if (!fault)
		fault = value_parse(row->type, f, text + len + 1, &end);
	if (fault)
		return fault;
	return term_combine(row->field, op, *out, 1, &end);
}

/*
 * @text is no longer than XML_MAX_TEXT: xml_text() saw to that.
 *
 * The values of a literal: one, and for some leaves "8", "8 0 3" or "128-129".
 * What is in @out is the caller's, also after a fault.
 */
static const char *parse_literal(enum leaf_id id, const struct field *f,
				 const struct value_type *type,
				 const char *text, enum match_op *op,
				 struct value **out, unsigned int *n)
{
	const struct leaf_row *row = &filterpool_leaves[id];

	if (row->flags & LEAF_LIST &&
	    !(row->flags & LEAF_RANGE && strchr(text, '-')))
		return parse_numbers(row, text, out, n);
	*n = 1;
	if (row->flags & LEAF_LIST)
		return parse_range(row, text, op, out);
	*out = util_alloc(1, sizeof(**out));
	if (!*out)
		return "finds no memory";
	return value_parse(type, f, text, *out);
}

int leaf_check(const char *file, enum leaf_id id, const struct leaf *leaf)
{
	const struct leaf_row *row = &filterpool_leaves[id];
	_cleanup_free_ struct value *values = NULL;
	enum match_op op = OP_EQ;
	unsigned int n = 0;
	const char *fault;

	if (param_is_placeholder(leaf->text))
		return check_placeholder(file, id, leaf);
	fault = parse_literal(id, literal_field(row, leaf->text), row->type,
			      leaf->text, &op, &values, &n);
	if (fault)
		return fault_at(file, id, leaf, fault);
	return 0;
}

int leaf_number(const struct draft *d, enum leaf_id id)
{
	const struct leaf_row *row = &filterpool_leaves[id];
	const struct field *f = field_get(row->field);
	struct value v;
	int number = 0;
	size_t i;

	if (!leaf_given(d, id) || leaf_is_param(d, id) ||
	    value_parse(row->type, f, d->leaf[id].text, &v))
		return -1;
	for (i = 0; i < field_bytes(f); i++)
		number = number << 8 | v.lo[i];
	return number;
}

/* ---- terms --------------------------------------------------------------- */

static struct term *new_term(const struct draft *d, struct shape *s,
			     enum field_id field, enum match_op op)
{
	struct term *t;

	if (s->nterms == RULE_MAX_MATCHES) {
		log_at(d->file, d->line,
		       "this entry needs more than %d conditions in one rule",
		       RULE_MAX_MATCHES);
		return NULL;
	}
	t = util_grow(&s->terms, s->nterms, sizeof(*s->terms));
	if (!t)
		return NULL;
	s->nterms++;
	t->field = field;
	t->op = op;
	return t;
}

/* The type that a leaf's parameter must have in a shape of this field. */
static const struct value_type *type_for(enum leaf_id id, enum field_id field)
{
	const struct value_type *type = filterpool_leaves[id].type;

	if (type->kind != VALUE_ADDRESS)
		return type;
	return field_get(field)->type == TYPE_IPV4 ? &filterpool_address4 :
						     &filterpool_address6;
}

static int fill_operand(const struct draft *d, struct operand *o,
			enum field_id field, enum leaf_id id)
{
	const struct leaf *leaf = &d->leaf[id];
	const char *fault;

	o->type = type_for(id, field);
	o->element = filterpool_leaves[id].name;
	o->line = leaf->line;
	if (leaf_is_param(d, id))
		fault = param_of_placeholder(leaf->text, &o->param);
	else
		fault = value_parse(o->type, field_get(field), leaf->text,
				    &o->literal);
	return fault ? leaf_fault(d, id, fault) : 0;
}

static int finish_literal(const struct draft *d, struct term *t,
			  enum leaf_id id, enum leaf_id to)
{
	const char *fault;

	fault = parse_literal(id, field_get(t->field), t->from.type,
			      d->leaf[id].text, &t->op, &t->values,
			      &t->nvalues);
	if (!fault)
		fault = term_combine(t->field, &t->op, t->values, t->nvalues,
				     leaf_given(d, to) ? &t->to.literal : NULL);
	return fault ? leaf_fault(d, id, fault) : 0;
}

int shape_leaf(const struct draft *d, struct shape *s, enum field_id field,
	       enum leaf_id id, enum leaf_id to)
{
	bool range = id == LEAF_SPORT || id == LEAF_DPORT;
	struct term *t;
	int rc;

	if (!leaf_given(d, id))
		return 0;
	t = new_term(d, s, field,
		     range && leaf_given(d, to) ? OP_RANGE : OP_EQ);
	if (!t)
		return -EINVAL;
	if (leaf_given(d, to)) {
		rc = fill_operand(d, &t->to, field, to);
		if (rc < 0)
			return rc;
	}
	t->from.type = type_for(id, field);
	if (!leaf_is_param(d, id) && !leaf_is_param(d, to))
		return finish_literal(d, t, id, to);
	return fill_operand(d, &t->from, field, id);
}

static void put_number(const struct field *f, unsigned int n, uint8_t *out)
{
	size_t i;

	for (i = field_bytes(f); i-- > 0; n >>= 8)
		out[i] = (uint8_t)n;
}

int shape_number(const struct draft *d, struct shape *s, enum field_id field,
		 enum match_op op, unsigned int value, unsigned int mask)
{
	const struct field *f = field_get(field);
	struct term *t = new_term(d, s, field, op);

	if (!t)
		return -EINVAL;
	t->values = util_alloc(1, sizeof(*t->values));
	if (!t->values)
		return -ENOMEM;
	t->nvalues = 1;
	put_number(f, value, t->values->lo);
	value_full_mask(f, t->values);
	if (mask)
		put_number(f, mask, t->values->hi);
	return 0;
}

int shape_either(const struct draft *d, struct shape *s, enum field_id field,
		 unsigned int a, unsigned int b)
{
	const struct field *f = field_get(field);
	struct term *t = new_term(d, s, field, OP_EQ);

	if (!t)
		return -EINVAL;
	t->values = util_alloc(2, sizeof(*t->values));
	if (!t->values)
		return -ENOMEM;
	t->nvalues = 2;
	put_number(f, a, t->values[0].lo);
	put_number(f, b, t->values[1].lo);
	value_full_mask(f, &t->values[0]);
	value_full_mask(f, &t->values[1]);
	return 0;
}
