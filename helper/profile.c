// SPDX-License-Identifier: GPL-2.0-or-later
/* Profiles as plain structs: releasing, combining, asking */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "profile.h"

void operand_clear(struct operand *o)
{
	unsigned int i;

	for (i = 0; i < o->nwords; i++)
		free(o->words[i].param);
	free(o->words);
}

const char *operand_param(const struct operand *o)
{
	unsigned int i;

	for (i = 0; i < o->nwords; i++)
		if (o->words[i].param)
			return o->words[i].param;
	return NULL;
}

static void shape_clear(struct shape *s)
{
	unsigned int i;

	for (i = 0; i < s->nterms; i++) {
		operand_clear(&s->terms[i].from);
		operand_clear(&s->terms[i].to);
		free(s->terms[i].values);
	}
	free(s->terms);
}

static void entry_clear(struct entry *e)
{
	size_t i;

	for (i = 0; i < e->nshapes; i++)
		shape_clear(&e->shapes[i]);
	free(e->shapes);
	*e = (struct entry){ 0 };
}

static void reference_clear(struct reference *r)
{
	size_t i;

	for (i = 0; i < r->nparams; i++) {
		free(r->params[i].name);
		free(r->params[i].value);
	}
	free(r->params);
	free(r->profile);
}

void profile_free(struct profile *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < p->nentries; i++)
		entry_clear(&p->entries[i]);
	for (i = 0; i < p->nrefs; i++)
		reference_clear(&p->refs[i]);
	for (i = 0; i < p->nuses; i++)
		free(p->uses[i]);
	free(p->entries);
	free(p->refs);
	free(p->links);
	free(p->uses);
	free(p->name);
	free(p->file);
	free(p);
}

void profile_freep(struct profile **p)
{
	profile_free(*p);
}

static const char *combine_mask(const struct field *f, struct value *from,
				unsigned int n, const struct value *mask)
{
	struct value full = { 0 };
	unsigned int i;
	size_t k;

	value_full_mask(f, &full);
	for (i = 0; i < n; i++) {
		if (memcmp(from[i].hi, full.hi, FIELD_MAX_BYTES) != 0)
			return "must not have a prefix beside a mask";
		for (k = 0; k < FIELD_MAX_BYTES; k++) {
			from[i].hi[k] = mask->lo[k];
			from[i].lo[k] &= mask->lo[k];
		}
	}
	return NULL;
}

const char *term_combine(enum field_id field, enum match_op *op,
			 struct value *from, unsigned int n,
			 const struct value *to)
{
	if (!to)
		return NULL;
	if (*op == OP_EQ || *op == OP_NE)
		return combine_mask(field_get(field), from, n, to);
	if (n != 1)
		return "must be one value where a range begins";
	if (memcmp(from->lo, to->lo, FIELD_MAX_BYTES) > 0)
		return "must not be above the end of its range";
	if (memcmp(from->lo, to->lo, FIELD_MAX_BYTES) == 0)
		*op = *op == OP_RANGE ? OP_EQ : OP_NE;
	else
		memcpy(from->hi, to->lo, FIELD_MAX_BYTES);
	return NULL;
}

bool profile_uses(const struct profile *p, const char *param)
{
	size_t i;

	for (i = 0; i < p->nuses; i++)
		if (strcmp(p->uses[i], param) == 0)
			return true;
	return false;
}

/* Sorted, so that the same parameters always read the same. */
int profile_add_use(struct profile *p, const char *param)
{
	char **slot, *copy;
	size_t i;

	if (strcmp(param, PARAM_MAC) == 0 || profile_uses(p, param))
		return 0;
	slot = util_grow(&p->uses, p->nuses, sizeof(*p->uses));
	if (!slot)
		return -ENOMEM;
	*slot = strdup(param);
	if (!*slot)
		return log_errno(ENOMEM, "cannot keep a name");
	copy = *slot;
	for (i = p->nuses++; i > 0 && strcmp(p->uses[i - 1], copy) > 0; i--)
		p->uses[i] = p->uses[i - 1];
	p->uses[i] = copy;
	return 0;
}

unsigned int profile_idle_entries(const struct profile *p)
{
	bool dropped[2] = { false, false };
	unsigned int idle = 0;
	const struct entry *e;
	size_t i, first[2] = { p->nentries, p->nentries };

	/* first[dir]: where the entries begin that no DROP follows */
	for (i = p->nentries; i-- > 0;) {
		e = &p->entries[i];
		if (e->verdict != VERDICT_ACCEPT)
			dropped[e->dir] = true;
		else if (!dropped[e->dir])
			first[e->dir] = i;
	}
	for (i = 0; i < p->nentries; i++) {
		e = &p->entries[i];
		if (e->verdict != VERDICT_ACCEPT || i < first[e->dir])
			continue;
		log_note("%s:%u: this ACCEPT filters nothing: no DROP of %s "
			 "frames follows in profile '%s'",
			 p->file, e->line,
			 e->dir == DIR_OUT ? "outgoing" : "incoming", p->name);
		idle++;
	}
	return idle;
}
