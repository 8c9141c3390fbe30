// SPDX-License-Identifier: GPL-2.0-or-later
/* New rules for all taps of a profile: resolved here, put in force by the
 * helper, which does all of them or none */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "admin.h"
#include "admin_binding.h"
#include "admin_replace.h"
#include "admin_taps.h"
#include "log.h"

#define BAR_MIN_TAPS 10 /* fewer are done before anybody has read the line */
#define BAR_WIDTH 40

/**
 * struct admin_replace_tap - A tap that was looked at
 * @has:	Digest of the binding in its record then
 * @wants:	The same once it has what its files say
 */
struct admin_replace_tap {
	char name[TAP_NAME_SIZE];
	uint64_t has;
	uint64_t wants;
};

void admin_replace_forget(struct admin_replace *r)
{
	free(r->taps);
	r->taps = NULL;
	r->ntaps = 0;
}

void admin_replace_free(struct admin_replace *r)
{
	buf_free(&r->items);
	admin_replace_forget(r);
}

/* ---- which taps ----------------------------------------------------------- */

static bool uses(const struct binding *b, const char *profile)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		if (strcmp(b->profiles[i].name, profile) == 0)
			return true;
	return false;
}

static struct admin_replace_tap *find_tap(const struct admin_replace *r,
					  const char *name)
{
	size_t i;

	for (i = 0; i < r->ntaps; i++)
		if (strcmp(r->taps[i].name, name) == 0)
			return &r->taps[i];
	return NULL;
}

static bool is_settled(const struct admin_replace *r, const struct admin_tap *t)
{
	const struct admin_replace_tap *known = find_tap(r, t->name);

	return known && known->wants == binding_digest(&t->record.binding);
}

/* Which rules a tap with a damaged record has, nobody knows. */
static int check_record(const struct admin_tap *t)
{
	if (t->state != TAP_MISSING || admin_tap_has_record(t))
		return 0;
	log_err("%s: its record is damaged: tapfilter up %s makes it anew",
		t->name, t->name);
	return -EBADMSG;
}

/* Return: how many are to be resolved, or negative errno */
static ssize_t choose(const struct admin_replace *r, struct admin_taps *all,
		      const struct admin_tap **list)
{
	const struct admin_tap *t;
	ssize_t n = 0;
	size_t i;
	int rc;

	for (i = 0; i < all->n; i++) {
		t = &all->taps[i];
		rc = check_record(t);
		if (rc < 0)
			return rc;
		if (t->state != TAP_GONE &&
		    uses(&t->record.binding, r->profile) && !is_settled(r, t))
			list[n++] = t;
	}
	return n;
}

/* ---- their rules ---------------------------------------------------------- */

static void show_progress(size_t done, size_t all)
{
	static const char bar[BAR_WIDTH + 1] =
		"########################################";
	int full = (int)(done * BAR_WIDTH / all);

	if (all < BAR_MIN_TAPS || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r[%.*s%*s] %zu of %zu taps", full, bar,
		BAR_WIDTH - full, "", done, all);
	if (done == all)
		fprintf(stderr, "\r\033[K");
}

static int cannot_have(const struct admin_tap *t)
{
	const struct record *r = &t->record;

	if (r->given)
		log_err("%s of %s: its domain came from libvirt, which must "
			"tell what it says now: start libvirtd, or take the "
			"guest down",
			t->name, r->binding.domain);
	else
		log_err("%s of %s cannot have the new rules: see above, and "
			"correct its domain or the profile first",
			t->name, r->binding.domain);
	return -EINVAL;
}

static int add_item(struct admin_replace *r, const struct binding *b,
		    uint64_t has)
{
	uint8_t digest[8];
	size_t i;
	int rc;

	for (i = 0; i < sizeof(digest); i++)
		digest[i] = (uint8_t)(has >> (8 * i));
	rc = buf_add(&r->items, digest, sizeof(digest));
	if (rc == 0)
		rc = binding_encode(b, &r->items);
	if (rc == 0)
		r->n++;
	return rc;
}

static int resolve(struct admin_replace *r, struct admin_bindings *env,
		   const struct admin_tap *t)
{
	_cleanup_binding_ struct binding b = { 0 };
	struct admin_replace_tap *known = find_tap(r, t->name);

	if (admin_binding(env, &t->record, &b) < 0)
		return cannot_have(t);
	if (!b.nprofiles) {
		log_err("%s: its domain references no profile any more: "
			"tapfilter reload %s does what it says",
			t->name, t->name);
		return -EINVAL;
	}
	if (!known) {
		known = util_grow(&r->taps, r->ntaps, sizeof(*known));
		if (!known)
			return -ENOMEM;
		r->ntaps++;
		memcpy(known->name, t->name, sizeof(known->name));
	}
	known->has = binding_digest(&t->record.binding);
	known->wants = binding_digest(&b);
	return known->has == known->wants ? 0 : add_item(r, &b, known->has);
}

int admin_replace_collect(struct admin_replace *r,
			  const struct spawn_staged *staged)
{
	_cleanup_bindings_ struct admin_bindings env = { 0 };
	_cleanup_taps_ struct admin_taps all = { 0 };
	_cleanup_free_ const struct admin_tap **list = NULL;
	ssize_t i, n = 0;
	int rc;

	buf_free(&r->items);
	r->n = 0;
	rc = admin_taps_load(r->conf, NULL, 0, &all);
	if (rc < 0)
		return rc;
	list = util_alloc(all.n, sizeof(const struct admin_tap *));
	if (!list)
		return -ENOMEM;
	n = choose(r, &all, list);
	if (n > 0)
		rc = admin_bindings_open(r->conf, staged, &env);
	for (i = 0; rc == 0 && i < n; i++) {
		rc = resolve(r, &env, list[i]);
		show_progress((size_t)i + 1, (size_t)n);
	}
	return n < 0 ? (int)n : rc;
}

/* ---- in force ------------------------------------------------------------- */

/* Has a tap gone since it was looked at, or got other rules? */
static int has_changed(const struct admin_replace *r, bool *yes)
{
	_cleanup_taps_ struct admin_taps all = { 0 };
	const struct admin_tap *t;
	size_t i, k;
	int rc = admin_taps_load(r->conf, NULL, 0, &all);

	*yes = false;
	for (i = 0; rc == 0 && !*yes && i < r->ntaps; i++) {
		if (r->taps[i].has == r->taps[i].wants)
			continue;
		for (k = 0; k < all.n; k++)
			if (strcmp(all.taps[k].name, r->taps[i].name) == 0)
				break;
		t = k < all.n ? &all.taps[k] : NULL;
		*yes = !t || t->state == TAP_GONE ||
		       binding_digest(&t->record.binding) != r->taps[i].has;
	}
	return rc;
}

static int run_helper(const struct buf *items)
{
	static char config[] = "--config", replace[] = "replace";
	_cleanup_free_ char *path = admin_program("tapfilter-helper");
	_cleanup_free_ char *file = strdup(admin_conf_file());
	_cleanup_close_ int fd = memfd_create("rules", MFD_CLOEXEC);
	char *args[] = { path, config, file, replace, NULL };
	int rc;

	if (!path || !file || fd < 0)
		return log_errno(errno, "cannot run tapfilter-helper");
	rc = util_write_all(fd, items->data, items->len);
	if (rc < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return log_errno(rc < 0 ? rc : errno, "cannot keep the rules");
	rc = admin_run(path, args, fd, -1);
	return rc > 0 ? -EIO : rc; /* it has said why */
}

int admin_replace_run(struct admin_replace *r)
{
	bool changed;
	size_t i;
	int rc = run_helper(&r->items);

	if (rc == 0) {
		r->replaced += r->n;
		for (i = 0; i < r->ntaps; i++)
			r->taps[i].has = r->taps[i].wants;
		return 0;
	}
	if (has_changed(r, &changed) == 0 && changed) {
		admin_replace_forget(r);
		return -EAGAIN;
	}
	return rc;
}
