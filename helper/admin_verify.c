// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tap against its record, and against what its files say now.  The record
 * says what was asked for when it was brought up; whoever changed a profile
 * since wants to know which guests still have the old one.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "admin_verify.h"
#include "admin_view.h"
#include "diff.h"
#include "ipt_bridge.h"
#include "log.h"
#include "place.h"

/* Whoever rewrote a profile does not want to read all of it. */
#define MAX_FINDINGS 40

const char *finding_kind_name(enum finding_kind kind)
{
	static const char *const names[] = {
		[FINDING_KERNEL] = "kernel", [FINDING_DEVICE] = "device",
		[FINDING_PORT] = "port",     [FINDING_HOST] = "host",
		[FINDING_FILES] = "files",   [FINDING_NOTE] = "note",
	};

	return names[kind];
}

const char *verify_result_name(enum verdict_of_tap v)
{
	static const char *const names[] = {
		[VERIFY_OK] = "ok",
		[VERIFY_GONE] = "gone",
		[VERIFY_DRIFT] = "drift",
		[VERIFY_MISSING] = "missing",
		[VERIFY_UNFILTERED] = "unfiltered",
	};

	return names[v];
}

static void judge(struct verified *t, enum verdict_of_tap verdict)
{
	if (verdict > t->verdict)
		t->verdict = verdict;
}

/* Takes @text */
static int add(struct verified *t, enum finding_kind kind, char *text)
{
	struct finding *f;

	if (kind != FINDING_NOTE)
		judge(t, VERIFY_DRIFT);
	if (t->n == MAX_FINDINGS) {
		t->more++;
		free(text);
		return 0;
	}
	f = util_grow(&t->findings, t->n, sizeof(*f));
	if (!f) {
		free(text);
		return -ENOMEM;
	}
	t->n++;
	*f = (struct finding){ kind, text };
	return 0;
}

__attribute__((format(printf, 3, 4))) static int
find(struct verified *t, enum finding_kind kind, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return log_errno(ENOMEM, "cannot note a finding");
	return add(t, kind, text);
}

/* ---- the device ----------------------------------------------------------- */

static int check_gone(struct verified *t)
{
	const struct admin_tap *tap = t->tap;
	int rc = 0;

	if (!tap->renamed && !tap->dev) {
		judge(t, VERIFY_GONE);
		return find(t, FINDING_NOTE,
			    "it has gone: tapfilter gc clears its record away");
	}
	if (tap->renamed)
		rc = find(t, FINDING_DEVICE,
			  "it is called %s now, where no rules are: rules go "
			  "by the name",
			  tap->renamed->name);
	if (rc == 0 && tap->dev)
		rc = find(t, FINDING_DEVICE,
			  "another device has its name: number %u, the record "
			  "is of %u",
			  tap->dev->ifindex, tap->record.ifindex);
	judge(t, VERIFY_MISSING);
	return rc;
}

static int check_device(const struct verify *v, struct verified *t)
{
	const struct admin_tap *tap = t->tap;

	if (tap->state == TAP_GONE)
		return check_gone(t);
	if (tap->state == TAP_UNFILTERED) {
		judge(t, VERIFY_UNFILTERED);
		return admin_tap_has_record(tap) ?
			       find(t, FINDING_NOTE,
				    "domain %s references no profile for it",
				    tap->record.binding.domain) :
			       find(t, FINDING_NOTE, "it is in bridge %s",
				    view_bridge(v->taps, tap));
	}
	if (admin_tap_has_record(tap) && !tap->record.active)
		return find(t, FINDING_DEVICE,
			    "it was being brought up, and that did not end");
	return 0;
}

/* ---- rules in the kernel ---------------------------------------------------- */

static int check_rules(const struct verify *v, struct verified *t)
{
	const struct admin_tap *tap = t->tap;
	size_t i, len;
	int rc = 0;

	(void)v;
	if (tap->state == TAP_MISSING) {
		judge(t, VERIFY_MISSING);
		rc = find(t, FINDING_KERNEL, "it has no rules");
	} else if (tap->state == TAP_OTHER && !tap->findings.len) {
		rc = find(t, FINDING_KERNEL, "its rules are of another record");
	}
	for (i = 0; rc == 0 && i < tap->findings.len; i += len + 1) {
		len = strcspn(tap->findings.data + i, "\n");
		rc = find(t, FINDING_KERNEL, "%.*s", (int)len,
			  tap->findings.data + i);
	}
	return rc;
}

/* ---- the port --------------------------------------------------------------- */

static int check_bridge(const struct verify *v, struct verified *t)
{
	const char *is = view_bridge(v->taps, t->tap);
	const char *want = t->tap->record.binding.bridge;

	/* A port of another kind of switch is in what stands for all of it. */
	if (!*want || (is && !t->tap->dev->port))
		return 0;
	if (!is)
		return find(t, FINDING_PORT,
			    "it is in no bridge, and was brought up into %s",
			    want);
	if (strcmp(is, want) != 0)
		return find(t, FINDING_PORT,
			    "it is in bridge %s, and was brought up into %s",
			    is, want);
	return 0;
}

/* What up makes of a port whose guest has one address */
static int check_pinned(const struct verify *v, struct verified *t)
{
	const struct link_info *dev = t->tap->dev;
	const struct link_info *bridge = view_link(v->taps, dev->master);
	int rc = 0;

	if (dev->learning)
		rc = find(t, FINDING_PORT,
			  "the bridge learns addresses from it, and its "
			  "profiles pin the guest's");
	if (rc == 0 && dev->lockable && !dev->locked && bridge &&
	    !bridge->vlans)
		rc = find(t, FINDING_PORT,
			  "it is not locked, and its profiles pin the guest's "
			  "address");
	if (rc == 0 && dev->locked && bridge && bridge->vlans)
		rc = find(t, FINDING_PORT,
			  "it is locked, and its bridge filters VLANs by now: "
			  "the guest's own frames may not pass");
	if (rc < 0)
		return rc;
	rc = link_is_pinned(v->link, dev, t->tap->record.binding.mac);
	if (rc == 0)
		return find(t, FINDING_PORT,
			    "the bridge has no static forwarding entry of its "
			    "guest there");
	return rc < 0 ? rc : 0;
}

static int check_port(const struct verify *v, struct verified *t)
{
	const struct admin_tap *tap = t->tap;
	int rc;

	if (!admin_tap_has_record(tap) || tap->state == TAP_GONE)
		return 0;
	rc = check_bridge(v, t);
	/* What it is there is the caller's business */
	if (rc < 0 || tap->record.no_link || !tap->dev->port)
		return rc;
	if (tap->dev->isolated != tap->record.binding.isolated)
		rc = find(t, FINDING_PORT, "it is %s isolated port",
			  tap->dev->isolated ? "an" : "no");
	if (rc == 0 && binding_pins_mac(&tap->record.binding))
		return check_pinned(v, t);
	if (rc == 0 && tap->dev->locked)
		rc = find(t, FINDING_PORT,
			  "it is locked, and its profiles allow more than one "
			  "address");
	return rc;
}

/* ---- the host --------------------------------------------------------------- */

/* Rules that stand as they should, and that no packet comes to any more */
static int check_host(struct verified *t)
{
	const struct record *r = &t->tap->record;
	_cleanup_buf_ struct buf lacks = { 0 };
	size_t i, len;
	int rc;

	if (!admin_tap_has_record(t->tap) || t->tap->state == TAP_GONE)
		return 0;
	rc = place_verify(&r->binding, &lacks);
	if (rc == 0 && t->tap->dev->port)
		rc = ipt_bridge_lacks(&r->binding, r->ifindex, &lacks);
	for (i = 0; rc == 0 && i < lacks.len; i += len + 1) {
		len = strcspn(lacks.data + i, "\n");
		rc = find(t, FINDING_HOST, "%.*s", (int)len, lacks.data + i);
	}
	return rc;
}

/* ---- the files -------------------------------------------------------------- */

/* Lines of a text, and a digest of each */
struct lines {
	struct buf text;
	const char **line;
	uint64_t *digest;
	size_t n;
};

static void lines_free(struct lines *l)
{
	buf_free(&l->text);
	free(l->line);
	free(l->digest);
}

static int make_lines(const struct binding *b, struct lines *l)
{
	int rc = binding_format(b, &l->text);
	size_t i, n = 0, len;

	if (rc < 0)
		return rc;
	for (i = 0; i < l->text.len; i++)
		n += l->text.data[i] == '\n';
	l->line = util_alloc(n + 1, sizeof(*l->line));
	l->digest = util_alloc(n + 1, sizeof(*l->digest));
	if (!l->line || !l->digest)
		return -ENOMEM;
	for (i = 0; l->n < n; i += len + 1) {
		len = strcspn(l->text.data + i, "\n");
		l->text.data[i + len] = '\0';
		l->line[l->n] = l->text.data + i;
		l->digest[l->n++] = util_digest(l->text.data + i, len);
	}
	return 0;
}

static int compare_texts(struct verified *t, const struct binding *was,
			 const struct binding *is)
{
	_cleanup_(lines_free) struct lines a = { 0 }, b = { 0 };
	struct diff_hunk *hunks = NULL, *h;
	size_t i, k, n = 0;
	int rc = make_lines(was, &a);

	if (rc == 0)
		rc = make_lines(is, &b);
	if (rc == 0)
		rc = diff_lists(a.digest, a.n, b.digest, b.n, &hunks, &n);
	for (i = 0; rc == 0 && i < n; i++) {
		h = &hunks[i];
		for (k = h->a; rc == 0 && k < h->a + h->na; k++)
			rc = find(t, FINDING_FILES, "- %s", a.line[k]);
		for (k = h->b; rc == 0 && k < h->b + h->nb; k++)
			rc = find(t, FINDING_FILES, "+ %s", b.line[k]);
	}
	free(hunks);
	return rc;
}

static int check_files(struct verify *v, struct verified *t)
{
	const struct record *r = &t->tap->record;
	_cleanup_binding_ struct binding now = { 0 };
	int rc;

	if (!admin_tap_has_record(t->tap) || t->tap->state == TAP_GONE)
		return 0;
	rc = admin_binding(&v->bindings, r, &now);
	if (rc == -EHOSTDOWN)
		return find(t, FINDING_NOTE,
			    "libvirt does not tell what it has for %s now",
			    r->binding.domain);
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		return find(t, FINDING_FILES,
			    "its files have a fault now: see the message");
	return compare_texts(t, &r->binding, &now);
}

/* ---- all of it -------------------------------------------------------------- */

static int look_at(struct verify *v, struct verified *t)
{
	int rc = check_device(v, t);

	if (rc == 0)
		rc = check_rules(v, t);
	if (rc == 0)
		rc = check_port(v, t);
	if (rc == 0)
		rc = check_host(t);
	return rc < 0 ? rc : check_files(v, t);
}

int admin_verify(const struct conf *c, const struct admin_taps *taps,
		 struct verify *v)
{
	size_t i;
	int rc;

	*v = (struct verify){ .conf = c, .taps = taps };
	v->all = util_alloc(taps->n + 1, sizeof(*v->all));
	if (!v->all)
		return -ENOMEM;
	rc = link_open(&v->link);
	if (rc == 0)
		rc = admin_bindings_open(c, NULL, &v->bindings);
	/* what a bridge has switched off is no fault of a file */
	v->bindings.probe = &place_switched;
	for (i = 0; rc == 0 && i < taps->n; i++) {
		v->all[i].tap = &taps->taps[i];
		rc = look_at(v, &v->all[i]);
	}
	if (rc < 0)
		admin_verify_free(v);
	return rc;
}

void admin_verify_free(struct verify *v)
{
	struct verified *t;
	size_t i;

	for (i = 0; v->all && i < v->taps->n; i++) {
		t = &v->all[i];
		while (t->n)
			free(t->findings[--t->n].text);
		free(t->findings);
	}
	free(v->all);
	link_close(v->link);
	admin_bindings_close(&v->bindings);
	*v = (struct verify){ 0 };
}
