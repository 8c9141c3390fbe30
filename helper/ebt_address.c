// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses of a rule as options; see ebt_lower.c */
#include <string.h>

#include "ebt_lower.h"

#define TOP_BIT 0x80

struct ebt_cond *ebt_lower_add(struct lower *l, enum ebt_key key)
{
	struct slot *s = &l->slots[key];
	struct ebt_cond *c = util_grow(&s->list, s->n, sizeof(*c));

	if (!c)
		return NULL;
	s->n++;
	c->key = key;
	return c;
}

/* Is one of the values any address? */
static bool has_any(const struct match *m)
{
	static const uint8_t none[FIELD_MAX_BYTES];
	unsigned int i;

	for (i = 0; i < m->nvalues; i++)
		if (memcmp(m->values[i].hi, none, sizeof(none)) == 0)
			return true;
	return false;
}

/*
 * Any address.  "-s" and "-d" take no empty mask, and are always there; others
 * are not, which is what is asked.  ebtables-legacy lists 0.0.0.0/0 as it lists
 * 0.0.0.0, so an IPv4 address is in one half of all or in the other.
 */
const char *ebt_put_any(struct lower *l, enum ebt_key key)
{
	unsigned int i, halves = ebt_options[key].kind == EBT_KIND_IP4 ? 2 : 1;
	struct ebt_cond *c;

	for (i = 0; key != EBT_SRC && key != EBT_DST && i < halves; i++) {
		c = ebt_lower_add(l, key);
		if (!c)
			return EBT_NO_MEMORY;
		c->lo[0] = i ? TOP_BIT : 0;
		c->hi[0] = halves == 2 ? TOP_BIT : 0;
	}
	return NULL;
}

/* Addresses under a mask */
const char *ebt_put_masked(struct lower *l, const struct match *m,
			   enum ebt_key key)
{
	struct ebt_cond *c;
	unsigned int i;

	if (ebt_is_range(m))
		return "ranges of addresses";
	if (has_any(m))
		return ebt_is_negated(m) ? "an address that must not be any" :
					   ebt_put_any(l, key);
	for (i = 0; i < m->nvalues; i++) {
		c = ebt_lower_add(l, key);
		if (!c)
			return EBT_NO_MEMORY;
		c->negated = ebt_is_negated(m);
		memcpy(c->lo, m->values[i].lo, FIELD_MAX_BYTES);
		memcpy(c->hi, m->values[i].hi, FIELD_MAX_BYTES);
	}
	return NULL;
}
