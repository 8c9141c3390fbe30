// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends frames and finds out what became of them: whether they arrive, and
 * which rule's counter moved.  What is written to a tap has arrived, or has
 * been dropped, when write() returns.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "bridged.h"
#include "log.h"
#include "selftest.h"

#define WAIT_MS 200 /* for a frame that should come, should a kernel be slow */

int selftest_wire_start(struct selftest_wire *w)
{
	return w->ops->counters(w->be, w->view->b, &w->before, &w->nbefore);
}

void selftest_wire_stop(struct selftest_wire *w)
{
	free(w->before);
	w->before = NULL;
	w->nbefore = 0;
}

/* Read what has come; is the frame among it?  @end: where it may be cut off */
static bool drain(int fd, const uint8_t *frame, size_t len, size_t end)
{
	uint8_t data[FRAME_MAX + 64];
	bool found = false;
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0)
		if (((size_t)n == len || (size_t)n == end) &&
		    memcmp(data, frame, (size_t)n) == 0)
			found = true;
	return found;
}

/* Did it arrive?  @wait: if not, does it yet? */
static bool arrives(const struct selftest_wire *w,
		    const struct selftest_result *r, const uint8_t *frame,
		    size_t len, bool wait)
{
	size_t end = w->view->shown ? bridged_end(frame, len) : len;
	bool out = r->row->dir == DIR_OUT;
	struct pollfd p = { .fd = out ? w->net->peer : w->net->guest,
			    .events = POLLIN };
	bool found;

	found = drain(p.fd, frame, len, end);
	/* A flooded frame reaches the third station as well. */
	if (drain(w->net->other, frame, len, end) && out)
		found = true;
	while (!found && wait && poll(&p, 1, WAIT_MS) > 0)
		found = drain(p.fd, frame, len, end);
	return found;
}

/* The rule that dropped, else the first of those that accepted. */
static bool decide(const struct selftest_wire *w,
		   const struct backend_counter *now, char *rule, size_t size)
{
	const struct backend_counter *first = NULL;
	size_t i, more = 0;

	for (i = 0; i < w->nbefore; i++) {
		if (now[i].packets == w->before[i].packets)
			continue;
		if (now[i].verdict != VERDICT_ACCEPT) {
			snprintf(rule, size, "%s", now[i].where);
			return true;
		}
		if (first)
			more++;
		else
			first = &now[i];
	}
	if (!first)
		rule[0] = '\0';
	else if (more)
		snprintf(rule, size, "%s +%zu", first->where, more);
	else
		snprintf(rule, size, "%s", first->where);
	return false;
}

/* What the counters are now, and what they say; owned by the caller */
static int look(struct selftest_wire *w, struct backend_counter **now,
		char *rule, size_t size, bool *dropped)
{
	size_t n = 0;
	int rc;

	free(*now);
	*now = NULL;
	rc = w->ops->counters(w->be, w->view->b, now, &n);
	if (rc == 0 && n != w->nbefore) {
		log_err("the rules changed during the test");
		rc = -EBUSY;
	}
	if (rc == 0)
		*dropped = decide(w, *now, rule, size);
	return rc;
}

int selftest_send(struct selftest_wire *w, struct selftest_result *r,
		  const uint8_t *frame, size_t len)
{
	int from = r->row->dir == DIR_OUT ? w->net->guest : w->net->peer;
	struct backend_counter *now = NULL;
	bool found, dropped = false;
	int rc;

	if (write(from, frame, len) != (ssize_t)len)
		return log_errno(errno, "cannot send the frame %s",
				 r->row->name);
	found = arrives(w, r, frame, len, false);
	rc = look(w, &now, r->rule, sizeof(r->rule), &dropped);
	if (rc == 0 && !found && !dropped && !r->row->local && !r->may_lose &&
	    r->expected == VERDICT_ACCEPT) {
		found = arrives(w, r, frame, len, true);
		rc = look(w, &now, r->rule, sizeof(r->rule), &dropped);
	}
	if (rc < 0) {
		free(now);
		return rc;
	}
	if (found || (r->row->local && !dropped))
		r->seen = SEEN_PASS;
	else
		r->seen = dropped ? SEEN_DROP : SEEN_LOST;
	free(w->before);
	w->before = now;
	return 0;
}

bool selftest_agrees(const struct selftest_result *r)
{
	enum selftest_seen want = r->expected == VERDICT_DROP ? SEEN_DROP :
								SEEN_PASS;

	if (r->seen == SEEN_LOST && r->may_lose)
		return true;
	return r->seen == want && r->evaluated == r->expected;
}
