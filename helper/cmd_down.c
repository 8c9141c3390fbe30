// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-helper down: the reverse of up
 *
 * The link goes down before the rules go, so that a guest that still runs is
 * cut off and never let loose.  Whether there is a record, and what it says,
 * does not matter: the kernel is asked for what is there.
 */
#include <errno.h>
#include <string.h>

#include "helper.h"
#include "log.h"

static int shut_link(struct session *s, const char *tap)
{
	struct link_info dev = { 0 };
	int rc;

	rc = link_open(&s->link);
	if (rc == 0)
		rc = link_get(s->link, tap, &dev);
	if (rc == -ENODEV)
		return 0; /* QEMU has ended, and the tap with it */
	if (rc < 0)
		return rc;
	if (strcmp(dev.kind, "tun") != 0 || !dev.tap) {
		log_err("\"%s\" is not a tap", tap);
		return -EINVAL;
	}
	return link_shut(s->link, &dev);
}

static int run(struct session *s, const char *tap)
{
	int rc = state_lock(s->state, tap);

	if (rc == 0 && !s->options->no_link)
		rc = shut_link(s, tap);
	if (rc == 0)
		rc = s->ops->open(&s->be);
	if (rc == 0)
		rc = s->ops->remove(s->be, tap);
	if (rc == 0)
		rc = state_remove(s->state, tap);
	if (rc == 0)
		state_unlock(s->state, true);
	return rc;
}

enum status cmd_down(const struct options *o)
{
	struct session s;
	int rc = session_open(&s, o);

	if (rc == 0)
		rc = run(&s, o->taps[0]);
	session_close(&s);
	return rc < 0 ? STATUS_FAILED : STATUS_DONE;
}
