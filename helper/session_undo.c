// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules of one tap, and back to what stood before when that fails */
#include <errno.h>
#include <string.h>

#include "helper.h"
#include "log.h"

int session_reconnect(struct session *s)
{
	if (s->be)
		s->ops->close(s->be);
	s->be = NULL;
	return s->ops->open(&s->be);
}

static bool is_installed(const struct record *old,
			 const struct backend_tap *installed)
{
	return old && binding_digest(&old->binding) == installed->digest;
}

int session_apply(struct session *s, const struct binding *b,
		  const struct backend_tap *id, const struct record *old,
		  const struct backend_tap *installed)
{
	const struct backend_item item = {
		.b = b,
		.id = *id,
		.old = is_installed(old, installed) ? &old->binding : NULL,
	};

	return s->ops->apply(s->be, &item, 1);
}

int session_unlock(struct session *s, const struct record *old,
		   const struct binding *b)
{
	const struct binding *had = &old->binding;
	struct link_info dev;
	int rc;

	if (old->no_link || !binding_pins_mac(had) ||
	    (binding_pins_mac(b) && memcmp(b->mac, had->mac, 6) == 0))
		return 0;
	rc = link_get_index(s->link, old->ifindex, &dev);
	if (rc == -ENODEV)
		return 0;
	return rc < 0 || !dev.locked ? rc : link_unlock(s->link, &dev);
}

int session_put_back(struct session *s, const struct binding *b,
		     const struct record *old,
		     const struct backend_tap *installed)
{
	bool known = is_installed(old, installed);
	struct backend_tap now = { 0 };
	int rc;

	rc = session_reconnect(s);
	/* Refused as a whole: they stand, and their counters are kept. */
	if (rc == 0 && binding_digest(b) != installed->digest &&
	    s->ops->query(s->be, b->tap, &now) == 0 &&
	    now.digest == installed->digest)
		return 0;
	if (!known) {
		log_err("%s: no record of the old rules, so they cannot be put back",
			b->tap);
		return -ENOENT;
	}
	if (rc == 0)
		rc = session_apply(s, &old->binding, installed, NULL, NULL);
	if (rc < 0)
		log_err("%s: the old rules could not be put back", b->tap);
	return rc;
}
