// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel against the evaluator: random rules, random frames.
 *
 *	nft_random SEED BINDINGS FRAMES [ingress]
 *
 * In the network namespace there are the taps tap0, which is filtered, and
 * tap1, both ports of a bridge that does not learn.  Each frame is written to
 * one tap and arrives at the other, or not, before the write returns.
 *
 * "ingress": as on a kernel without the netdev egress hook.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "../random_rules.h"
#include "backend.h"
#include "eval.h"
#include "nft_wire.h"
#include "place.h"

static void report(const struct binding *b, enum direction dir,
		   const struct frame *f, bool seen, const struct rule *decider)
{
	_cleanup_buf_ struct buf text = { 0 };
	size_t i;

	if (binding_format(b, &text) < 0)
		exit(2);
	printf("# %s frame %s, evaluator: %s line %u\n# ",
	       dir == DIR_OUT ? "out" : "in", seen ? "passed" : "was dropped",
	       decider ? b->profiles[decider->profile].name : "pass",
	       decider ? decider->line : 0);
	for (i = 0; i < f->len; i++)
		printf("%02x", f->data[i]);
	printf("\n%s", text.data);
}

static unsigned int check_frames(const struct binding *b, const int *fd,
				 unsigned int frames)
{
	const struct rule *decider;
	enum direction dir;
	struct frame f;
	unsigned int i, wrong = 0;
	bool pass, seen;

	for (i = 0; i < frames; i++) {
		do
			random_frame(&f);
		while (wire_cut_in_tag(&f));
		dir = chance(50) ? DIR_OUT : DIR_IN;
		pass = eval_frame(b, dir, f.data, f.len, &decider) ==
		       VERDICT_ACCEPT;
		seen = wire_crosses(fd[dir == DIR_IN], fd[dir == DIR_OUT], &f);
		if (pass && !seen)
			seen = wire_late(fd[dir == DIR_OUT], &f);
		if (pass == seen)
			continue;
		if (!wrong++)
			report(b, dir, &f, seen, decider);
	}
	return wrong;
}

/* Returns negative errno, or how many frames went wrong */
static int check_binding(const struct backend_ops *ops, struct backend *be,
			 enum place place, const int *fd, unsigned int frames)
{
	struct backend_item item = { .id.ifindex = if_nametoindex("tap0") };
	_cleanup_binding_ struct binding b = { 0 };
	unsigned int i;
	int rc;

	random_binding(&b);
	for (i = 0; i < b.nprofiles; i++)
		b.profiles[i].place = place;
	item.b = &b;
	rc = ops->apply(be, &item, 1);
	return rc < 0 ? rc : (int)check_frames(&b, fd, frames);
}

int main(int argc, char **argv)
{
	bool ingress = argc == 5 && strcmp(argv[4], "ingress") == 0;
	const struct backend_ops *ops = backend_find("nft", &place_kernel);
	unsigned long i, bindings;
	struct backend *be;
	int fd[2], rc = 0, wrong = 0;

	if (argc != 4 + ingress)
		return 2;
	rnd_seed(strtoull(argv[1], NULL, 10));
	bindings = strtoul(argv[2], NULL, 10);
	wire_open_both(fd);
	if (ops->open(&be) < 0)
		return 2;
	for (i = 0; rc >= 0 && wrong < 5 && i < bindings; i++) {
		rc = check_binding(ops, be,
				   ingress ? PLACE_INGRESS : PLACE_NETDEV, fd,
				   (unsigned int)strtoul(argv[3], NULL, 10));
		if (rc > 0)
			wrong += rc;
	}
	printf("# %lu bindings, %d frames went wrong\n", i, wrong);
	if (rc >= 0)
		rc = ops->remove(be, "tap0");
	ops->close(be);
	return rc < 0 || wrong;
}
