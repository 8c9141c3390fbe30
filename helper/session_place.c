// SPDX-License-Identifier: GPL-2.0-or-later
/* Places of profiles, for the kernel that the helper works with */
#include "session_place.h"
#include "place.h"

void session_learn(struct session *s)
{
	int known = -1, found;

	if (s->state)
		known = state_recall(s->state, FACT_EGRESS, s->boot_id);
	found = place_egress(known);
	if (s->state && known < 0 && found >= 0)
		state_remember(s->state, FACT_EGRESS, s->boot_id, found);
}

int session_place(struct session *s, struct binding *b)
{
	session_learn(s);
	return place_decide(b, s->conf.backend, &place_kernel);
}
