// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-helper down: the reverse of up
 *
 * The link goes down before the rules go, so that a guest that still runs is
 * cut off and never let loose.  For root it does not matter whether there is a
 * record, and what it says: the kernel is asked for what is there.  Anybody
 * else takes down what he brought up: by the record, or, when it is lost, by
 * what stands beside the rules.  If neither says anything, nothing is his.
 */
#include <errno.h>
#include <string.h>

#include "helper.h"

/**
 * struct down - One `down` on its way
 * @owner:	Who brought it up, if @known
 * @ifindex:	The device that he brought up
 */
struct down {
	struct session *s;
	const char *tap;
	uid_t owner;
	uint32_t ifindex;
	bool known;
};

static int shut_link(struct down *d)
{
	struct session *s = d->s;
	struct link_info dev = { 0 };
	int rc;

	rc = link_open(&s->link);
	if (rc == 0)
		rc = link_get(s->link, d->tap, &dev);
	if (rc == -ENODEV)
		return 0; /* QEMU has ended, and the tap with it */
	if (rc < 0)
		return rc;
	if (strcmp(dev.kind, "tun") != 0 || !dev.tap)
		return link_no_tap(d->tap);
	/* The name may be somebody else's by now. */
	if (!session_is_root(s) && dev.ifindex != d->ifindex)
		return 0;
	return link_shut(s->link, &dev);
}

/*
 * Both are asked: a record can be lost, and rules can be flushed.  Root's down
 * works whatever they say.
 */
static int look_at_owner(struct down *d)
{
	_cleanup_record_ struct record r = { 0 };
	struct backend_tap id = { 0 };
	int rc = state_load(d->s->state, d->tap, &r);

	if (rc == 0) {
		d->known = true;
		d->owner = r.owner;
		d->ifindex = session_same_boot(d->s, &r) ? r.ifindex : 0;
		rc = session_may_replace(d->s, d->tap, d->owner);
	}
	if (session_is_root(d->s) || rc == -EACCES)
		return rc == -EACCES ? rc : 0;
	rc = d->s->ops->query(d->s->be, d->tap, &id);
	if (rc == -ENOENT || rc == -EBADMSG)
		return 0;
	if (rc < 0)
		return rc;
	d->known = true;
	d->owner = id.owner;
	d->ifindex = id.ifindex;
	return session_may_replace(d->s, d->tap, d->owner);
}

/* Who has no right to the tap must not get its lock either. */
static int look(struct down *d)
{
	struct session *s = d->s;
	int rc = s->ops->open(&s->be);

	if (rc == 0 && !session_is_root(s))
		rc = look_at_owner(d);
	if (rc < 0 || (!d->known && !session_is_root(s)))
		return rc;
	d->known = false;
	rc = state_lock(s->state, d->tap);
	/* Again: who had the lock may have changed it. */
	return rc < 0 ? rc : look_at_owner(d);
}

static int run(struct down *d)
{
	struct session *s = d->s;
	int rc = look(d);

	if (rc < 0)
		return rc;
	if (!d->known && !session_is_root(s)) {
		state_unlock(s->state, true);
		return 0;
	}
	if (!s->options->no_link)
		rc = shut_link(d);
	if (rc == 0)
		rc = s->ops->remove(s->be, d->tap);
	if (rc == 0)
		rc = session_forget(s, d->tap, d->owner);
	if (rc == 0)
		state_unlock(s->state, true);
	return rc;
}

int cmd_down(struct session *s, int rc)
{
	struct down d = { .s = s, .tap = s->options->taps[0] };

	return rc < 0 ? rc : run(&d);
}
