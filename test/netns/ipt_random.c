// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's iptables against the evaluator: random rules, random frames.
 *
 *	ipt_random SEED BINDINGS FRAMES
 *
 * As nft_random.c, with rules that the iptables place does not refuse.  The
 * kernel may drop a frame by itself, since iptables wants sound IP headers.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "../random_rules.h"
#include "bridged.h"
#include "eval.h"
#include "ipt.h"
#include "ipt_wire.h"
#include "place.h"

/* Make each rule one that the place takes. */
static void adapt(struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		struct rule *r = &b->rules[i], head;

		if (r->verdict == VERDICT_REJECT)
			r->verdict = VERDICT_DROP;
		head = *r;
		while (place_refuses_rule(PLACE_IPTABLES, r)) {
			rule_clear(r);
			r->verdict = head.verdict;
			random_rule(r);
		}
		r->profile = head.profile;
		r->line = head.line;
		r->entry = head.line;
		r->dir = head.dir;
	}
	for (i = 0; i < b->nprofiles; i++)
		b->profiles[i].place = PLACE_IPTABLES;
}

static unsigned int judged[2];

/* Frames that did not pass but should are held: perhaps they never do. */
static unsigned int check_frames(const struct binding *b, const int *fd,
				 unsigned int frames, struct ipt_held *held,
				 unsigned int *nheld)
{
	unsigned int i, wrong = 0;
	struct ipt_held h;
	bool pass, seen;

	for (i = 0; i < frames; i++) {
		do {
			random_frame(&h.f);
			ipt_fix_checksum(&h.f);
		} while (h.f.len < 34 ||
			 (h.f.data[12] != 0x08 && h.f.data[12] != 0x86));
		h.dir = chance(50) ? DIR_OUT : DIR_IN;
		pass = eval_frame(b, h.dir, h.f.data, h.f.len, NULL) ==
		       VERDICT_ACCEPT;
		seen = ipt_crosses(fd[h.dir == DIR_IN], fd[h.dir == DIR_OUT],
				   &h.f);
		judged[seen]++;
		if (pass && !seen && *nheld < IPT_MAX_HELD)
			held[(*nheld)++] = h;
		if (!pass && seen && !wrong++)
			ipt_report(b, &h, seen);
	}
	return wrong;
}

int main(int argc, char **argv)
{
	static struct ipt_held held[IPT_MAX_HELD];
	struct backend_item item = { 0 };
	unsigned int wrong = 0, nheld;
	unsigned long i, bindings, frames;
	struct backend *be;
	int fd[2], rc = 0;

	if (argc != 4)
		return 2;
	rnd_seed(strtoull(argv[1], NULL, 10));
	bindings = strtoul(argv[2], NULL, 10);
	frames = strtoul(argv[3], NULL, 10);
	wire_open_both(fd);
	item.id.ifindex = if_nametoindex("tap0");
	if (backend_ipt.open(&be) < 0)
		return 2;
	for (i = 0; rc >= 0 && wrong < 5 && i < bindings; i++) {
		_cleanup_binding_ struct binding b = { 0 };

		random_binding(&b);
		adapt(&b);
		item.b = &b;
		nheld = 0;
		rc = backend_ipt.apply(be, &item, 1);
		if (rc < 0)
			break;
		wrong += check_frames(&b, fd, (unsigned int)frames, held,
				      &nheld);
		rc = backend_ipt.remove(be, "tap0");
		wrong += ipt_check_held(&b, fd, held, nheld);
	}
	printf("# %lu bindings, %u frames passed, %u did not, %u went wrong\n",
	       i, judged[1], judged[0], wrong);
	backend_ipt.close(be);
	return rc < 0 || wrong;
}
