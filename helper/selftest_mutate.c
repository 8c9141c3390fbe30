// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Variations of the table's frames: a few bytes changed, inserted behind the
 * end, or cut off.  What is right for them stands in no table; the evaluator
 * and the kernel must agree.  The same ones every time, so that a fault can be
 * looked at again.
 */
#include <stdio.h>
#include <string.h>

#include "selftest.h"

#define HEADER 14
#define FIRST 12 /* byte that is changed: addresses do not matter much */
#define REACH 90 /* how far headers go */
#define MAX_TAIL 40

struct dice {
	uint64_t state;
};

/* xorshift64, G. Marsaglia, Journal of Statistical Software 8 (14), 2003 */
static unsigned int roll(struct dice *d, size_t sides)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (unsigned int)((d->state >> 11) % sides);
}

/* Bytes that mean something somewhere: types, protocols, ports, lengths */
static const uint8_t telling[] = {
	0x00, 0x01, 0x02, 0x04, 0x06, 0x08, 0x11, 0x14, 0x20, 0x29, 0x2b,
	0x2c, 0x32, 0x33, 0x3a, 0x3b, 0x3c, 0x40, 0x43, 0x44, 0x45, 0x60,
	0x81, 0x85, 0x86, 0x87, 0x88, 0x91, 0xa8, 0xaa, 0xdd, 0xfe, 0xff,
};

static uint8_t *pick(struct dice *d, uint8_t *frame, size_t len)
{
	size_t room = len - FIRST;

	return frame + FIRST + roll(d, room < REACH ? room : REACH);
}

static size_t mutate(struct dice *d, uint8_t *frame, size_t len)
{
	unsigned int n = 1 + roll(d, 3);

	while (n--) {
		switch (roll(d, 8)) {
		case 0:
			len = HEADER + roll(d, len - HEADER + 1);
			break;
		case 1:
			*pick(d, frame, len) = (uint8_t)roll(d, 256);
			break;
		case 2:
			*pick(d, frame, len) ^= (uint8_t)(1U << roll(d, 8));
			break;
		case 3:
			memset(frame + len, telling[roll(d, sizeof(telling))],
			       MAX_TAIL);
			len += roll(d, MAX_TAIL);
			break;
		default:
			*pick(d, frame, len) =
				telling[roll(d, sizeof(telling))];
			break;
		}
	}
	return len;
}

static void print_wrong(const struct selftest_result *r, const uint8_t *frame,
			size_t len)
{
	size_t i;

	printf("  variation of %s: evaluator %s, kernel %s, rule %s\n  ",
	       r->row->name, r->evaluated == VERDICT_DROP ? "drop" : "pass",
	       r->seen == SEEN_DROP ? "drop" : "pass",
	       r->rule[0] ? r->rule : "-");
	for (i = 0; i < len; i++)
		printf(" %02x", frame[i]);
	printf("\n");
}

/*
 * The kernel itself refuses some: a source address that is a group's, a tag
 * with nothing behind it.  Only a frame that came through tells it was let.
 */
static bool is_wrong(const struct selftest_result *r)
{
	return (r->seen == SEEN_PASS && r->evaluated == VERDICT_DROP) ||
	       (r->seen == SEEN_DROP && r->evaluated == VERDICT_ACCEPT);
}

int selftest_mutations(struct selftest_wire *w, unsigned int n,
		       struct selftest_tally *tally)
{
	uint8_t frame[FRAME_MAX + 3 * MAX_TAIL];
	struct dice dice = { 1 };
	struct selftest_result r;
	size_t rows = 1, len; /* there is at least one */
	int rc = 0;

	while (frame_row_get(rows))
		rows++;
	for (; rc == 0 && n; n--) {
		r = (struct selftest_result){
			.row = frame_row_get(roll(&dice, rows)),
		};
		len = mutate(&dice, frame, frame_build(r.row, frame));
		/* not to be waited for: it may be lost */
		r.expected = VERDICT_DROP;
		rc = selftest_send(w, &r, frame, len);
		if (rc < 0)
			break;
		selftest_evaluate(w->view, frame, len, &r);
		tally->dropped += r.seen == SEEN_DROP;
		tally->passed += r.seen == SEEN_PASS;
		tally->lost += r.seen == SEEN_LOST;
		if (!is_wrong(&r) || r.row->local ||
		    selftest_uncertain(w->view, frame, len))
			continue;
		tally->wrong++;
		print_wrong(&r, frame, len);
	}
	return rc;
}
