// SPDX-License-Identifier: GPL-2.0-or-later
/* What selftest expects of places that see less of a frame than others */
#include "ebt.h"
#include "place.h"
#include "selftest.h"

static bool in_ebtables(const struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (b->profiles[i].place == PLACE_EBTABLES)
			return true;
	return false;
}

bool selftest_excused(const struct binding *b, const uint8_t *frame, size_t len,
		      enum verdict view)
{
	return in_ebtables(b) && ebt_may_differ(frame, len, view);
}

bool selftest_hidden(const struct binding *b, const struct frame_row *row)
{
	return row->local && place_needs_guard(b);
}

bool selftest_uncertain(const struct binding *b, const uint8_t *frame,
			size_t len)
{
	return in_ebtables(b) && ebt_blind(frame, len);
}

const struct binding *selftest_view(const struct binding *b,
				    struct binding *own)
{
	if (!in_ebtables(b))
		return b;
	return ebt_reduce(b, own) < 0 ? NULL : own;
}
