// SPDX-License-Identifier: GPL-2.0-or-later
/* The containers of a plan and the memory that it lives in */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "nft_cond.h"

#define BLOCK_SIZE 16384
#define ALIGN_UP(n) (((n) + 15) & ~(size_t)15)

struct plan_block {
	struct plan_block *next;
	size_t used;
	size_t size;
	_Alignas(16) uint8_t data[];
};

void *plan_alloc(struct plan *p, size_t n, size_t size)
{
	size_t bytes = ALIGN_UP((n ? n : 1) * size);
	struct plan_block *b = p->blocks;
	size_t room = bytes > BLOCK_SIZE ? bytes : BLOCK_SIZE;
	void *mem;

	if (!b || b->size - b->used < bytes) {
		b = malloc(sizeof(*b) + room);
		if (!b) {
			log_errno(ENOMEM, "cannot allocate %zu bytes", room);
			return NULL;
		}
		b->next = p->blocks;
		b->used = 0;
		b->size = room;
		p->blocks = b;
	}
	mem = b->data + b->used;
	b->used += bytes;
	return memset(mem, 0, bytes);
}

void plan_free(struct plan *p)
{
	struct plan_block *b, *next;
	unsigned int i;

	for (i = 0; i < p->nchains; i++)
		free(p->chains[i].rules);
	free(p->chains);
	free(p->limits);
	for (b = p->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	*p = (struct plan){ 0 };
}

struct plan_rule *plan_add_rule(struct plan *p, unsigned int chain)
{
	struct plan_chain *c = &p->chains[chain];
	struct plan_rule *r;

	r = util_grow(&c->rules, c->nrules, sizeof(*r));
	if (r)
		c->nrules++;
	return r;
}

int plan_add_limit(struct plan *p, const struct rule *r)
{
	const struct rule **slot =
		util_grow(&p->limits, p->nlimits, sizeof(const struct rule *));

	if (!slot)
		return -ENOMEM;
	*slot = r;
	p->nlimits++;
	return 0;
}

int plan_add_chain(struct plan *p)
{
	if (!util_grow(&p->chains, p->nchains, sizeof(*p->chains)))
		return -ENOMEM;
	return (int)p->nchains++;
}

int plan_add_test(struct plan *p, unsigned int chain, enum field_id field,
		  enum match_op op, const uint8_t *value,
		  enum plan_verdict verdict, unsigned int target,
		  const struct rule *from)
{
	struct plan_cond *c = plan_alloc(p, 1, sizeof(*c));
	struct value *v = plan_alloc(p, 1, sizeof(*v));
	struct plan_place at;
	struct plan_rule *r;

	if (!c || !v)
		return -ENOMEM;
	plan_locate(false, field, &at);
	memcpy(v->lo, value, sizeof(v->lo));
	*c = (struct plan_cond){
		.source = at.source,
		.offset = at.offset,
		.len = at.len,
		.field = field,
		.op = op,
		.nvalues = 1,
		.values = v,
	};
	r = plan_add_rule(p, chain);
	if (!r)
		return -ENOMEM;
	r->nconds = 1;
	r->conds = c;
	r->verdict = verdict;
	r->target = target;
	r->from = from;
	return 0;
}
