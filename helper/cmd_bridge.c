// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-helper bridge: a tap for QEMU's -netdev bridge,helper=
 *
 * Made, filtered, put into its bridge and only then handed over.  There is no
 * call when QEMU ends: the tap goes with its last descriptor, and what is left
 * of its rules is transparent to any other device; see session_sweep().
 */
#include <errno.h>
#include <string.h>

#include "helper.h"
#include "log.h"
#include "tap.h"

static int make_tap(struct session *s, struct binding *b)
{
	char name[TAP_NAME_SIZE];
	int rc = tap_create(s->tun, b->tap[0] ? b->tap : NULL,
			    s->options->vnet_hdr, name);

	if (rc < 0)
		return rc;
	memcpy(b->tap, name, sizeof(b->tap));
	memcpy(s->tap, name, sizeof(s->tap));
	return 0;
}

/* The tap goes when this process ends; its rules must go with it. */
static void withdraw(struct session *s, const struct binding *b)
{
	if (s->ops->remove(s->be, b->tap) < 0 ||
	    session_forget(s, b->tap, s->priv->uid) < 0)
		log_err("rules of %s are left behind", b->tap);
	else
		state_unlock(s->state, true);
}

static int hand_over(struct session *s, struct binding *b)
{
	int rc = make_tap(s, b);

	if (rc == 0)
		rc = up_new_tap(s, b);
	if (rc < 0)
		return rc;
	rc = tap_send(s->options->fd, s->tun);
	if (rc < 0)
		withdraw(s, b);
	else
		session_sweep(s);
	return rc;
}

int cmd_bridge(struct session *s, int rc)
{
	const struct options *o = s->options;
	_cleanup_binding_ struct binding b = { 0 };

	if (rc == 0)
		rc = tap_check_socket(o->fd);
	if (rc == 0)
		rc = session_binding(s, NULL, &b);
	if (rc == 0 && strcmp(b.bridge, o->bridge) != 0) {
		log_err("the resolver answered for bridge \"%s\"", b.bridge);
		rc = -EBADMSG;
	}
	return rc < 0 ? rc : hand_over(s, &b);
}
