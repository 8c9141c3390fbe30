// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ebtables against the evaluator: random rules, random frames; see nft_random.
 *
 *	ebt_random SEED BINDINGS FRAMES
 *
 * A frame must fare as the rules say that ebt_reduce() made, and must not pass
 * where the rules drop it from which these were made.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "../ebt_rules.h"
#include "ebt_child.h"
#include "nft_wire.h"

static void report(const struct binding *b, const struct binding *view,
		   enum direction dir, const struct frame *f, bool seen)
{
	_cleanup_buf_ struct buf text = { 0 };
	size_t i;

	if (binding_format(b, &text) < 0 || binding_format(view, &text) < 0)
		exit(2);
	printf("# %s frame %s\n# ", dir == DIR_OUT ? "out" : "in",
	       seen ? "passed" : "was dropped");
	for (i = 0; i < f->len; i++)
		printf("%02x", f->data[i]);
	printf("\n%s", text.data);
}

static bool drops(const struct binding *b, enum direction dir,
		  const struct frame *f)
{
	return eval_frame(b, dir, f->data, f->len, NULL) == VERDICT_DROP;
}

/* What the bridge itself refuses never gets to ebtables. */
static void passable_frame(struct frame *f)
{
	do {
		random_frame(f);
	} while (wire_cut_in_tag(f));
}

static unsigned int check_frames(const struct binding *b,
				 const struct binding *view, const int *fd,
				 unsigned int frames)
{
	unsigned int i, wrong = 0;
	enum direction dir;
	struct frame f;
	bool drop, seen;

	for (i = 0; i < frames; i++) {
		passable_frame(&f);
		dir = chance(50) ? DIR_OUT : DIR_IN;
		drop = drops(view, dir, &f);
		seen = wire_crosses(fd[dir == DIR_IN], fd[dir == DIR_OUT], &f);
		if (!drop && !seen)
			seen = wire_late(fd[dir == DIR_OUT], &f);
		if ((seen != drop || ebt_blind(f.data, f.len)) &&
		    !(seen && drops(b, dir, &f) && !may_pass(&f)))
			continue;
		if (!wrong++)
			report(b, view, dir, &f, seen);
	}
	return wrong;
}

static bool legacy_refuses(const struct binding *b)
{
	const struct rule *r;

	for (r = b->rules; r < b->rules + b->nrules; r++)
		if (ebt_legacy_refuses(r))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	unsigned long i = 0, bindings, frames, rules = 0;
	struct backend_tap id = { 0 };
	unsigned int wrong = 0;
	struct backend *be;
	int fd[2], rc = 0;

	if (argc != 4)
		return 2;
	rnd_seed(strtoull(argv[1], NULL, 10));
	bindings = strtoul(argv[2], NULL, 10);
	frames = strtoul(argv[3], NULL, 10);
	wire_open_both(fd);
	id.ifindex = if_nametoindex("tap0");
	if (backend_ebt.open(&be) < 0)
		return 2;
	while (rc >= 0 && wrong < 5 && i < bindings) {
		_cleanup_binding_ struct binding b = { 0 }, view = { 0 };

		if (random_carried(&b) < 2)
			continue;
		if (ebt_child_host()->own == EBT_LEGACY && legacy_refuses(&b))
			continue;
		i++;
		rules += b.nrules;
		rc = ebt_reduce(&b, &view);
		if (rc >= 0)
			rc = backend_ebt.apply(
				be, &(struct backend_item){ .b = &b, .id = id },
				1);
		if (rc >= 0)
			wrong += check_frames(&b, &view, fd,
					      (unsigned int)frames);
	}
	printf("# %lu bindings, %lu rules, %u frames went wrong\n", i, rules,
	       wrong);
	if (rc >= 0)
		rc = backend_ebt.remove(be, "tap0");
	backend_ebt.close(be);
	return rc < 0 || wrong;
}
