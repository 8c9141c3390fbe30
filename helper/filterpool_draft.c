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

#define WORDS " \t\r\n" /* what stands between the members of a list */

bool leaf_next_word(const char **rest, char *word)
{
	const char *text = *rest + strspn(*rest, WORDS);
	size_t len = strcspn(text, WORDS);

	memcpy(word, text, len);
	word[len] = '\0';
	*rest = text + len;
	return len > 0;
}

bool leaf_is_list(const struct draft *d, enum leaf_id id)
{
	return leaf_given(d, id) && strpbrk(d->leaf[id].text, WORDS);
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

static const char *add_word(const struct leaf_row *row, const struct field *f,
			    const char *text, struct operand *o)
{
	struct word *w = util_grow(&o->words, o->nwords, sizeof(*o->words));
	const char *fault;

	if (!w)
		return "finds no memory";
	o->nwords++;
	if (row->flags & LEAF_FIXED || !param_is_placeholder(text))
		return value_parse(o->type, f ? f : literal_field(row, text),
				   text, &w->literal);
	fault = param_of_placeholder(text, &w->param);
	if (!fault && !param_fits(row->type, w->param))
		fault = row->type->what;
	return fault;
}

static const char *read_words(const struct leaf_row *row, const struct field *f,
			      const char *text, struct operand *o)
{
	char word[XML_MAX_TEXT + 1];
	const char *fault = NULL;

	while (!fault && leaf_next_word(&text, word))
		fault = add_word(row, f, word, o);
	if (!fault && o->nwords > 1 && !(row->flags & LEAF_LIST))
		fault = row->type->what;
	return fault;
}

static const char *read_range(const struct leaf_row *row, const struct field *f,
			      const char *text, struct term *t)
{
	size_t len = strcspn(text, "-");
	char low[XML_MAX_TEXT + 1];
	const char *fault;

	memcpy(low, text, len);
	low[len] = '\0';
	t->op = OP_RANGE;
	fault = add_word(row, f, low, &t->from);
	return fault ? fault : add_word(row, f, text + len + 1, &t->to);
}

/*
 * The words of a leaf, for some leaves a range.
 *
 * @f:		Field of the term; NULL: each literal's own
 */
static const char *read_leaf(enum leaf_id id, const struct leaf *leaf,
			     const struct field *f, struct term *t)
{
	const struct leaf_row *row = &filterpool_leaves[id];

	t->from.element = t->to.element = row->name;
	t->from.line = t->to.line = leaf->line;
	if (row->flags & LEAF_RANGE && strchr(leaf->text, '-') &&
	    !strstr(leaf->text, PARAM_PLACEHOLDER))
		return read_range(row, f, leaf->text, t);
	return read_words(row, f, leaf->text, &t->from);
}

int leaf_check(const char *file, enum leaf_id id, const struct leaf *leaf)
{
	const struct value_type *type = filterpool_leaves[id].type;
	struct term t = { .from = { .type = type }, .to = { .type = type } };
	const char *fault = read_leaf(id, leaf, NULL, &t);

	operand_clear(&t.from);
	operand_clear(&t.to);
	return fault ? fault_at(file, id, leaf, fault) : 0;
}

int word_number(enum leaf_id id, const char *word)
{
	const struct leaf_row *row = &filterpool_leaves[id];
	const struct field *f = field_get(row->field);
	struct value v;
	int number = 0;
	size_t i;

	if (value_parse(row->type, f, word, &v))
		return -1;
	for (i = 0; i < field_bytes(f); i++)
		number = number << 8 | v.lo[i];
	return number;
}

int leaf_number(const struct draft *d, enum leaf_id id)
{
	return leaf_given(d, id) ? word_number(id, d->leaf[id].text) : -1;
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

/* The values of a term that waits for no parameter. */
static const char *settle(struct term *t)
{
	unsigned int i;

	if (operand_param(&t->from) || operand_param(&t->to))
		return NULL;
	t->values = util_alloc(t->from.nwords, sizeof(*t->values));
	if (!t->values)
		return "finds no memory";
	for (i = 0; i < t->from.nwords; i++)
		if (!value_listed(t->values, t->nvalues,
				  &t->from.words[i].literal))
			t->values[t->nvalues++] = t->from.words[i].literal;
	return term_combine(t->field, &t->op, t->values, t->nvalues,
			    t->to.nwords ? &t->to.words[0].literal : NULL);
}

/* A leaf of its own is the end of a range of ports, or a mask. */
static int read_end(const struct draft *d, enum leaf_id id, struct term *t)
{
	struct term end = { .field = t->field };
	const char *fault;

	if (!leaf_given(d, id))
		return 0;
	if (id == LEAF_SPORT_END || id == LEAF_DPORT_END)
		t->op = OP_RANGE;
	end.from.type = type_for(id, t->field);
	fault = read_leaf(id, &d->leaf[id], field_get(t->field), &end);
	t->to = end.from;
	return fault ? leaf_fault(d, id, fault) : 0;
}

int shape_leaf(const struct draft *d, struct shape *s, enum field_id field,
	       enum leaf_id id, enum leaf_id to)
{
	const char *fault;
	struct term *t;
	int rc;

	if (!leaf_given(d, id))
		return 0;
	t = new_term(d, s, field, OP_EQ);
	if (!t)
		return -EINVAL;
	t->from.type = t->to.type = type_for(id, field);
	fault = read_leaf(id, &d->leaf[id], field_get(field), t);
	if (fault)
		return leaf_fault(d, id, fault);
	rc = read_end(d, to, t);
	if (rc < 0)
		return rc;
	fault = settle(t);
	return fault ? leaf_fault(d, id, fault) : 0;
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
