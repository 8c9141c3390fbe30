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
#include "nft_wire.h"
#include "place.h"

#define MAX_HELD 256

struct held {
	struct frame f;
	enum direction dir;
};

/* Make each rule one that the place takes. */
static void adapt(struct binding *b)
{
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		struct rule *r = &b->rules[i], head = *r;

		while (place_refuses_rule(PLACE_IPTABLES, r)) {
			rule_clear(r);
			random_rule(r);
		}
		r->profile = head.profile;
		r->line = head.line;
		r->entry = head.line;
		r->dir = head.dir;
		r->verdict = head.verdict;
	}
	for (i = 0; i < b->nprofiles; i++)
		b->profiles[i].place = PLACE_IPTABLES;
}

/* The kernel wants the header's checksum to be right. */
static void fix_checksum(struct frame *f)
{
	size_t len = (f->data[14] & 0xf) * 4U, i;
	unsigned int sum = 0;

	if (f->len < 34 || f->data[12] != 0x08 || f->data[13] != 0 ||
	    f->len < 14 + len)
		return;
	f->data[24] = f->data[25] = 0;
	for (i = 14; i < 14 + len; i += 2)
		sum += (unsigned int)f->data[i] << 8 | f->data[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	f->data[24] = (uint8_t)(~sum >> 8);
	f->data[25] = (uint8_t)~sum;
}

/* The kernel cuts off what stands behind an IP packet. */
static bool crosses(int from, int to, const struct frame *f)
{
	uint8_t in[FRAME_MAX * 2];
	bool seen = false;
	ssize_t n;

	if (write(from, f->data, f->len) != (ssize_t)f->len) {
		perror("write to tap");
		exit(2);
	}
	while ((n = read(to, in, sizeof(in))) > 0)
		if ((size_t)n <= f->len && n >= 14 &&
		    memcmp(in, f->data, (size_t)n) == 0)
			seen = true;
	return seen;
}

static void report(const struct binding *b, const struct held *h, bool seen)
{
	_cleanup_buf_ struct buf text = { 0 };
	size_t i;

	if (binding_format(b, &text) < 0)
		exit(2);
	printf("# %s frame %s\n# ", h->dir == DIR_OUT ? "out" : "in",
	       seen ? "passed" : "was dropped");
	for (i = 0; i < h->f.len; i++)
		printf("%02x", h->f.data[i]);
	printf("\n%s", text.data);
}

static unsigned int judged[2];

/* Frames that did not pass but should are held: perhaps they never do. */
static unsigned int check_frames(const struct binding *b, const int *fd,
				 unsigned int frames, struct held *held,
				 unsigned int *nheld)
{
	unsigned int i, wrong = 0;
	struct held h;
	bool pass, seen;

	for (i = 0; i < frames; i++) {
		do {
			random_frame(&h.f);
			fix_checksum(&h.f);
		} while (h.f.len < 34 ||
			 (h.f.data[12] != 0x08 && h.f.data[12] != 0x86));
		h.dir = chance(50) ? DIR_OUT : DIR_IN;
		pass = eval_frame(b, h.dir, h.f.data, h.f.len, NULL) ==
		       VERDICT_ACCEPT;
		seen = crosses(fd[h.dir == DIR_IN], fd[h.dir == DIR_OUT], &h.f);
		judged[seen]++;
		if (pass && !seen && *nheld < MAX_HELD)
			held[(*nheld)++] = h;
		if (!pass && seen && !wrong++)
			report(b, &h, seen);
	}
	return wrong;
}

/* The same without rules: does only the kernel drop them? */
static unsigned int check_held(const struct binding *b, const int *fd,
			       const struct held *held, unsigned int n)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < n; i++) {
		const struct held *h = &held[i];

		if (crosses(fd[h->dir == DIR_IN], fd[h->dir == DIR_OUT],
			    &h->f) &&
		    !bridged_is_cut(h->f.data, h->f.len) && !wrong++)
			report(b, h, false);
	}
	return wrong;
}

int main(int argc, char **argv)
{
	static struct held held[MAX_HELD];
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
		wrong += check_held(&b, fd, held, nheld);
	}
	printf("# %lu bindings, %u frames passed, %u did not, %u went wrong\n",
	       i, judged[1], judged[0], wrong);
	backend_ipt.close(be);
	return rc < 0 || wrong;
}
