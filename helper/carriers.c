// SPDX-License-Identifier: GPL-2.0-or-later
/* Several carriers as one backend */
#include <errno.h>
#include <string.h>

#include "carriers.h"
#include "log.h"

/* ---- parts of a binding --------------------------------------------------- */

void carriers_part_free(struct binding *part)
{
	free(part->profiles);
	free(part->rules);
	*part = (struct binding){ 0 };
}

static bool carries(const struct carrier *c, const struct binding *b,
		    unsigned int profile, enum direction dir)
{
	return c->places[dir] & 1U << b->profiles[profile].place;
}

/* Who carries the outgoing direction has the profile, whatever rules it has. */
static bool is_in(const struct carrier *c, const struct binding *b,
		  unsigned int profile)
{
	unsigned int i;

	if (carries(c, b, profile, DIR_OUT))
		return true;
	if (!carries(c, b, profile, DIR_IN))
		return false;
	for (i = 0; i < b->nrules; i++)
		if (b->rules[i].profile == profile && b->rules[i].dir == DIR_IN)
			return true;
	return false;
}

static bool has_part(const struct carrier *c, const struct binding *b)
{
	unsigned int i;

	for (i = 0; b && i < b->nprofiles; i++)
		if (is_in(c, b, i))
			return true;
	return false;
}

/* Append the profiles of @b that it has, and the rules that it carries. */
static void part_add(struct binding *part, const struct binding *b,
		     const struct carrier *c)
{
	unsigned int i, k = 0;

	for (i = 0; i < b->nprofiles; i++) {
		for (; k < b->nrules && b->rules[k].profile < i; k++)
			continue;
		if (!is_in(c, b, i))
			continue;
		for (; k < b->nrules && b->rules[k].profile == i; k++) {
			if (!carries(c, b, i, b->rules[k].dir))
				continue;
			part->rules[part->nrules] = b->rules[k];
			part->rules[part->nrules++].profile = part->nprofiles;
		}
		part->profiles[part->nprofiles++] = b->profiles[i];
	}
}

/* What a carrier is to have of @b, and of @old too unless that is NULL */
static int part_make(struct binding *part, const struct binding *b,
		     const struct binding *old, const struct carrier *c)
{
	*part = *b;
	part->nprofiles = part->nrules = 0;
	part->profiles = util_alloc(b->nprofiles + (old ? old->nprofiles : 0),
				    sizeof(*part->profiles));
	part->rules = util_alloc(b->nrules + (old ? old->nrules : 0),
				 sizeof(*part->rules));
	if (!part->profiles || !part->rules) {
		carriers_part_free(part);
		return -ENOMEM;
	}
	part_add(part, b, c);
	if (old)
		part_add(part, old, c);
	return 0;
}

int carriers_part(const struct binding *b, const struct carrier *c,
		  struct binding *out)
{
	return part_make(out, b, NULL, c);
}

/* ---- the two steps -------------------------------------------------------- */

/* Does a change concern more than one carrier? */
static bool is_spread(const struct carriers *c, const struct backend_item *item)
{
	unsigned int concerned = 0;
	size_t i;

	for (i = 0; i < c->n; i++)
		concerned += has_part(&c->all[i], item->b) ||
			     has_part(&c->all[i], item->old);
	return concerned > 1;
}

/* Is it to have something else than it had, of several carriers? */
static bool takes_two_steps(const struct carriers *c,
			    const struct backend_item *item)
{
	return item->old && is_spread(c, item) &&
	       binding_digest(item->b) != binding_digest(item->old);
}

/* Does this carrier have something else after the first step? */
static bool has_more(const struct carriers *c, size_t i,
		     const struct backend_item *item)
{
	if (!item->old)
		return !has_part(&c->all[i], item->b);
	return takes_two_steps(c, item) && has_part(&c->all[i], item->old);
}

struct parts {
	struct binding *b;
	struct backend_item *items;
	size_t n;
};

static void parts_free(struct parts *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		carriers_part_free(&p->b[i]);
	free(p->b);
	free(p->items);
}

static int parts_make(const struct carriers *c, size_t i,
		      const struct backend_item *items, size_t n, bool first,
		      struct parts *out)
{
	const struct carrier *one = &c->all[i];
	const struct binding *old;
	size_t k;
	int rc;

	out->b = util_alloc(n, sizeof(*out->b));
	out->items = util_alloc(n, sizeof(*out->items));
	if (!out->b || !out->items)
		return -ENOMEM;
	for (k = 0; k < n; k++) {
		/* the first step also has what the tap had */
		old = first && takes_two_steps(c, &items[k]) ? items[k].old :
							       NULL;
		if (!has_part(one, items[k].b) && !has_part(one, old))
			continue;
		if (!first && !has_more(c, i, &items[k]))
			continue;
		rc = part_make(&out->b[out->n], items[k].b, old, one);
		if (rc < 0)
			return rc;
		out->items[out->n] = (struct backend_item){
			.b = &out->b[out->n],
			.id = items[k].id,
		};
		out->n++;
	}
	return 0;
}

/* A carrier that is to have nothing of the tap, after the second step */
static int step_empty(const struct carriers *c, size_t i,
		      const struct backend_item *item)
{
	const struct backend_ops *ops = c->all[i].ops;
	int rc = 0;

	if (has_more(c, i, item))
		rc = ops->remove(c->be[i], item->b->tap);
	if (rc < 0 || !ops->release)
		return rc;
	return ops->release(c->be[i], item->id.ifindex);
}

static int step(const struct carriers *c, size_t i,
		const struct backend_item *items, size_t n, bool first)
{
	_cleanup_(parts_free) struct parts p = { 0 };
	size_t k;
	int rc = parts_make(c, i, items, n, first, &p);

	if (rc == 0 && p.n)
		rc = c->all[i].ops->apply(c->be[i], p.items, p.n);
	for (k = 0; rc >= 0 && !first && k < n; k++)
		if (!has_part(&c->all[i], items[k].b))
			rc = step_empty(c, i, &items[k]);
	return rc;
}

static int check_places(const struct carriers *c, const struct binding *b)
{
	struct carrier any = { 0 };
	unsigned int i;
	size_t k;

	for (k = 0; k < c->n; k++) {
		any.places[DIR_IN] |= c->all[k].places[DIR_IN];
		any.places[DIR_OUT] |= c->all[k].places[DIR_OUT];
	}
	for (i = 0; i < b->nprofiles; i++) {
		if (carries(&any, b, i, DIR_IN) && carries(&any, b, i, DIR_OUT))
			continue;
		log_err("%s: nothing carries the profile '%s' in its place "
			"(%s)",
			b->tap, b->profiles[i].name,
			place_name(b->profiles[i].place));
		return -EINVAL;
	}
	return 0;
}

/* Before the first step of any: what is refused has changed no rules. */
static int ready(const struct carriers *c, size_t i,
		 const struct backend_item *item)
{
	struct binding part;
	int rc;

	if (!c->all[i].ops->ready || !has_part(&c->all[i], item->b))
		return 0;
	rc = carriers_part(item->b, &c->all[i], &part);
	if (rc < 0)
		return rc;
	rc = c->all[i].ops->ready(c->be[i], &part, item->id.ifindex);
	carriers_part_free(&part);
	return rc;
}

int carriers_apply(const struct carriers *c, const struct backend_item *items,
		   size_t n)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++)
		rc = check_places(c, items[i].b);
	for (i = 0; rc == 0 && i < c->n; i++)
		for (k = 0; rc == 0 && k < n; k++)
			rc = ready(c, i, &items[k]);
	for (i = 0; rc >= 0 && i < c->n; i++)
		rc = step(c, i, items, n, true);
	for (i = 0; rc >= 0 && i < c->n; i++)
		rc = step(c, i, items, n, false);
	return rc;
}

/* ---- the rest ------------------------------------------------------------- */

int carriers_open(struct carriers *c)
{
	size_t i;
	int rc = 0;

	c->be = util_alloc(c->n, sizeof(struct backend *));
	if (!c->be)
		return -ENOMEM;
	for (i = 0; rc == 0 && i < c->n; i++)
		rc = c->all[i].ops->join ?
			     c->all[i].ops->join(c->be[i - 1], &c->be[i]) :
			     c->all[i].ops->open(&c->be[i]);
	if (rc < 0)
		carriers_close(c);
	return rc;
}

void carriers_close(struct carriers *c)
{
	size_t i;

	for (i = c->n; c->be && i-- > 0;)
		if (c->be[i])
			c->all[i].ops->close(c->be[i]);
	free(c->be);
	c->be = NULL;
}

int carriers_query(const struct carriers *c, const char *tap,
		   struct backend_tap *out)
{
	int rc = -ENOENT, one;
	size_t i;

	/* what one does not tell, another may */
	for (i = 0; i < c->n; i++) {
		one = c->all[i].ops->query(c->be[i], tap, out);
		if (one != -ENOENT && one != -EBADMSG)
			return one;
		if (one == -EBADMSG)
			rc = one;
	}
	return rc;
}

static int holds(const struct carriers *c, size_t i, const struct binding *b,
		 const struct backend_tap *want)
{
	struct backend_tap id;
	int rc = c->all[i].ops->query(c->be[i], b->tap, &id);

	if (rc < 0)
		return rc == -ENOENT || rc == -EBADMSG ? 0 : rc;
	return id.ifindex == want->ifindex && id.digest == want->digest;
}

/* Of one alone, query has told: ebtables needs a program for each question. */
int carriers_hold(const struct carriers *c, const struct binding *b,
		  const struct backend_tap *id)
{
	const struct backend_item item = { .b = b };
	int rc = 1;
	size_t i;

	for (i = 0; rc == 1 && i < c->n && is_spread(c, &item); i++)
		if (has_part(&c->all[i], b))
			rc = holds(c, i, b, id);
	return rc;
}

/* A carrier that is to have nothing */
static int verify_nothing(const struct carriers *c, size_t i, const char *tap,
			  uint32_t ifindex, struct buf *findings)
{
	const struct backend_ops *ops = c->all[i].ops;
	struct backend_tap id;
	int rc = ops->query(c->be[i], tap, &id);

	if (rc == -ENOENT)
		return ops->strays ? ops->strays(c->be[i], ifindex, findings) :
				     0;
	if (rc < 0 && rc != -EBADMSG)
		return rc;
	rc = buf_printf(findings, "there are rules by %s, too\n", ops->name);
	return rc < 0 ? rc : -EILSEQ;
}

int carriers_verify(const struct carriers *c, const struct binding *b,
		    const struct backend_tap *id, struct buf *findings)
{
	struct binding part;
	bool differs = false;
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < c->n; i++) {
		if (!has_part(&c->all[i], b)) {
			rc = verify_nothing(c, i, b->tap, id->ifindex,
					    findings);
		} else {
			rc = carriers_part(b, &c->all[i], &part);
			if (rc < 0)
				return rc;
			rc = c->all[i].ops->verify(c->be[i], &part, id,
						   findings);
			carriers_part_free(&part);
		}
		differs |= rc == -EILSEQ;
		if (rc == -EILSEQ)
			rc = 0;
	}
	return rc == 0 && differs ? -EILSEQ : rc;
}

int carriers_remove(const struct carriers *c, const char *tap)
{
	int one, rc = 0;
	size_t i;

	for (i = 0; i < c->n; i++) {
		one = c->all[i].ops->remove(c->be[i], tap);
		if (one < 0)
			rc = one;
	}
	return rc;
}

int carriers_release(const struct carriers *c, uint32_t ifindex)
{
	int rc = 0;
	size_t i;

	for (i = 0; rc >= 0 && i < c->n; i++)
		if (c->all[i].ops->release)
			rc = c->all[i].ops->release(c->be[i], ifindex);
	return rc;
}

/* Takes the array @one. */
static int add_counters(struct backend_counter **all, size_t *n,
			struct backend_counter *one, size_t count)
{
	struct backend_counter *slot;
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < count; i++) {
		slot = util_grow(all, *n, sizeof(*slot));
		if (slot)
			(*all)[(*n)++] = one[i];
		else
			rc = -ENOMEM;
	}
	free(one);
	return rc;
}

int carriers_counters(const struct carriers *c, const struct binding *b,
		      struct backend_counter **out, size_t *n)
{
	struct backend_counter *one, *all = NULL;
	struct binding part;
	size_t i, count, sum = 0;
	int rc = 0;

	for (i = 0; rc >= 0 && i < c->n; i++) {
		one = NULL;
		count = 0;
		if (!has_part(&c->all[i], b))
			continue;
		rc = carriers_part(b, &c->all[i], &part);
		if (rc < 0)
			break;
		rc = c->all[i].ops->counters(c->be[i], &part, &one, &count);
		carriers_part_free(&part);
		if (rc >= 0)
			rc = add_counters(&all, &sum, one, count);
	}
	if (rc < 0) {
		free(all);
		return rc;
	}
	*out = all;
	*n = sum;
	return 0;
}
