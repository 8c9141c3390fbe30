// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter-helper restore: the rules of the records, after a flush of all */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "restore.h"

static int named_taps(const struct options *o, char (**taps)[TAP_NAME_SIZE],
		      size_t *n)
{
	*taps = util_alloc(o->ntaps, sizeof(**taps));
	if (!*taps)
		return -ENOMEM;
	for (*n = 0; *n < o->ntaps; ++*n)
		memcpy((*taps)[*n], o->taps[*n], strlen(o->taps[*n]) + 1);
	return 0;
}

int cmd_restore(struct session *s, int rc)
{
	const struct restore_which which = { .named = s->options->ntaps,
					     .clear = true };
	char(*taps)[TAP_NAME_SIZE] = NULL;
	size_t n = 0;

	if (rc == 0)
		rc = link_open(&s->link);
	if (rc == 0)
		rc = s->ops->open(&s->be);
	if (rc == 0)
		rc = which.named ? named_taps(s->options, &taps, &n) :
				   state_list(s->state, &taps, &n);
	if (rc == 0)
		rc = restore_taps(s, taps, n, &which);
	free(taps);
	return rc;
}
