// SPDX-License-Identifier: GPL-2.0-or-later
/* Taps as the records, the kernel's rules and its devices have them */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "admin_taps.h"
#include "place.h"
#include "priv.h"
#include "util.h"

/**
 * struct look - Where to look
 */
struct look {
	const struct conf *conf;
	const char *only;
	unsigned int want;
	char boot_id[STATE_BOOT_ID_SIZE];
	struct state *state;
	struct link *link;
	const struct backend_ops *ops;
	struct backend *be;
	struct admin_taps *out;
};

bool admin_tap_has_record(const struct admin_tap *t)
{
	return t->record.binding.tap[0];
}

/* The directory is not made for the sake of looking into it. */
static int open_state(const struct conf *c, struct state **out)
{
	struct state_place place = { .path = c->state_dir, .sticky = true };
	struct priv_user helper;
	struct stat st;
	int rc;

	if (stat(place.path, &st) < 0 && errno == ENOENT)
		return 0;
	rc = priv_find_user(PRIV_HELPER, &helper);
	place.gid = helper.gid;
	return rc < 0 ? rc : state_open(&place, out);
}

static const struct link_info *find_link(const struct admin_taps *t,
					 const char *name)
{
	size_t i;

	for (i = 0; i < t->nlinks; i++)
		if (strcmp(t->links[i].name, name) == 0)
			return &t->links[i];
	return NULL;
}

/* A number that a device had before the last boot says nothing. */
static const struct link_info *find_recorded(const struct look *l,
					     const struct record *r)
{
	size_t i;

	for (i = 0; i < l->out->nlinks; i++)
		if (l->out->links[i].ifindex == r->ifindex &&
		    strcmp(r->boot_id, l->boot_id) == 0)
			return &l->out->links[i];
	return NULL;
}

/* Is the device that has a tap's number this tap, renamed?  See cmd_gc.c. */
static bool is_same(const struct look *l, const struct link_info *dev)
{
	return dev && dev->tap &&
	       !state_has_device(l->state, dev->name, dev->ifindex, l->boot_id);
}

static int verify(struct look *l, struct admin_tap *t, uint32_t owner)
{
	const struct binding *b = &t->record.binding;
	struct backend_tap id = {
		.ifindex = t->record.ifindex,
		.owner = owner,
		.digest = binding_digest(b),
	};
	int rc;

	memcpy(id.uuid, b->uuid, sizeof(id.uuid));
	rc = l->ops->verify(l->be, b, &id, &t->findings);
	if (rc == -EILSEQ && t->state == TAP_FILTERED)
		t->state = TAP_OTHER;
	return rc == -EILSEQ ? 0 : rc;
}

static int compare(struct look *l, struct admin_tap *t)
{
	const struct record *r = &t->record;
	const struct binding *b = &r->binding;
	struct backend_tap id = { .owner = r->owner };
	int rc = l->ops->query(l->be, b->tap, &id), held = 0;

	/* -EBADMSG: chains, but nothing in them that tells whose they are */
	if (rc < 0 && rc != -ENOENT && rc != -EBADMSG)
		return rc;
	if (rc == 0 && id.ifindex == r->ifindex &&
	    id.digest == binding_digest(b))
		held = l->ops->holds(l->be, b, &id);
	if (held < 0)
		return held;
	if (rc < 0)
		t->state = b->nprofiles ? TAP_MISSING : TAP_UNFILTERED;
	else
		t->state = held ? TAP_FILTERED : TAP_OTHER;
	if (l->want & TAPS_RULES && b->nprofiles && rc != -ENOENT)
		return verify(l, t, id.owner);
	return 0;
}

static struct admin_tap *add_tap(struct look *l, const char *name)
{
	struct admin_tap *t =
		util_grow(&l->out->taps, l->out->n, sizeof(*l->out->taps));

	if (t) {
		memcpy(t->name, name, strlen(name) + 1);
		l->out->n++;
	}
	return t;
}

static int look_at_record(struct look *l, const char *name)
{
	const struct link_info *dev = find_link(l->out, name), *recorded;
	struct admin_tap *t;
	int rc;

	t = add_tap(l, name);
	if (!t)
		return -ENOMEM;
	t->dev = dev;
	rc = state_load(l->state, name, &t->record);
	if (rc == -ENOENT || rc == -EBADMSG) {
		/* went meanwhile, or is no use: as if there were none */
		t->state = dev ? TAP_MISSING : TAP_GONE;
		return 0;
	}
	if (rc < 0)
		return rc;
	t->bridge = dev ? dev->master : 0;
	t->state = TAP_GONE;
	recorded = find_recorded(l, &t->record);
	if (recorded != dev)
		t->renamed = is_same(l, recorded) ? recorded : NULL;
	else if (dev)
		rc = compare(l, t);
	if (rc < 0)
		return rc;
	t->counted = l->want & TAPS_COUNTERS &&
		     (t->state == TAP_FILTERED || t->state == TAP_OTHER);
	if (t->counted)
		rc = l->ops->counters(l->be, &t->record.binding, &t->counters,
				      &t->ncounters);
	return rc;
}

static bool is_known(const struct admin_taps *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (strcmp(all->taps[i].name, name) == 0 &&
		    all->taps[i].state != TAP_GONE)
			return true;
	return false;
}

/* In a bridge, and we never heard of it: hot-plugged, or nobody's concern */
static int look_at_strangers(struct look *l)
{
	const struct link_info *dev;
	struct admin_tap *t;
	size_t i;

	for (i = 0; i < l->out->nlinks; i++) {
		dev = &l->out->links[i];
		if (!dev->tap || !dev->master || is_known(l->out, dev->name) ||
		    (l->only && strcmp(l->only, dev->name) != 0))
			continue;
		t = add_tap(l, dev->name);
		if (!t)
			return -ENOMEM;
		t->state = TAP_UNFILTERED;
		t->dev = dev;
		t->bridge = dev->master;
	}
	return 0;
}

static int look(struct look *l)
{
	char(*names)[TAP_NAME_SIZE] = NULL;
	size_t i, n = 0;
	int rc = link_list(l->link, &l->out->links, &l->out->nlinks);

	if (rc == 0 && l->state)
		rc = state_list(l->state, &names, &n);
	for (i = 0; rc == 0 && i < n; i++)
		if (!l->only || strcmp(l->only, names[i]) == 0)
			rc = look_at_record(l, names[i]);
	free(names);
	return rc < 0 ? rc : look_at_strangers(l);
}

int admin_taps_load(const struct conf *c, const char *only, unsigned int want,
		    struct admin_taps *out)
{
	struct look l = { .conf = c,
			  .only = only,
			  .want = want,
			  .ops = backend_find(c->backend, &place_kernel),
			  .out = out };
	int rc;

	*out = (struct admin_taps){ 0 };
	backend_configure(c);
	state_boot_id(l.boot_id);
	if (!l.ops)
		return -EINVAL;
	rc = open_state(c, &l.state);
	if (rc == 0)
		rc = link_open(&l.link);
	if (rc == 0)
		rc = l.ops->open(&l.be);
	if (rc == 0)
		rc = look(&l);
	if (l.be)
		l.ops->close(l.be);
	link_close(l.link);
	state_close(l.state);
	return rc;
}

int admin_taps_await(const struct conf *c)
{
	struct state *s = NULL;
	int rc = open_state(c, &s);

	if (rc == 0 && s)
		rc = state_await_readers(s);
	state_close(s);
	return rc;
}

void admin_taps_free(struct admin_taps *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		record_free(&t->taps[i].record);
		free(t->taps[i].counters);
		buf_free(&t->taps[i].findings);
	}
	free(t->taps);
	free(t->links);
	*t = (struct admin_taps){ 0 };
}
