// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ebtables and iptables together against the evaluator: random rules, which
 * are placed as "backend = xtables" does, and random frames; see nft_random.
 *
 *	split_random SEED BINDINGS FRAMES
 *
 * A frame must fare as the rules say that were made for the two places, and must
 * not pass where the rules drop it from which these were made.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "../ebt_rules.h"
#include "carriers.h"
#include "ipt.h"
#include "ipt_wire.h"
#include "place.h"
#include "place_split.h"

static const struct carrier places[] = {
	{ &backend_ebt, CARRIER_PLACES(1U << PLACE_EBTABLES) },
	{ &backend_ipt_guarded, CARRIER_PLACES(1U << PLACE_IPTABLES) },
};

/**
 * struct views - What is enforced
 * @was:	The rules that were to be
 * @ebt:	What ebtables has
 * @ipt:	What iptables has
 */
struct views {
	struct binding was;
	struct binding now;
	struct binding ebt;
	struct binding ipt;
};

static void free_views(struct views *v)
{
	binding_free(&v->was);
	binding_free(&v->now);
	binding_free(&v->ebt);
	carriers_part_free(&v->ipt);
}

/* Take away rules until both together can carry the others. */
static void take_refused(struct binding *b)
{
	const struct rule *bad;
	struct split s = { 0 };
	unsigned int p, before;

	do {
		before = b->nrules;
		for (p = 0; p < b->nprofiles; p++)
			while (ebt_refuses(b, p, &bad) &&
			       split_make(b, p, &s, &bad)) {
				split_free(&s);
				take_away(b, bad);
			}
		split_free(&s);
	} while (b->nrules != before);
}

static int copy(struct binding *to, const struct binding *from)
{
	_cleanup_buf_ struct buf text = { 0 };
	size_t used;
	int rc = binding_encode(from, &text);

	return rc < 0 ? rc : binding_decode(text.data, text.len, &used, to);
}

static int make_views(struct views *v)
{
	struct binding part = { 0 };
	unsigned int i;
	int rc;

	random_binding(&v->was);
	for (i = 0; i < v->was.nrules; i++)
		if (v->was.rules[i].verdict == VERDICT_REJECT)
			v->was.rules[i].verdict = VERDICT_DROP;
	take_refused(&v->was);
	rc = copy(&v->now, &v->was);
	if (rc == 0)
		rc = place_decide(&v->now, "xtables", &place_kernel);
	/* what ebtables left out for another that it does not have */
	if (rc == -EOPNOTSUPP || rc == -EPROTONOSUPPORT)
		return 0;
	if (rc == 0)
		rc = carriers_part(&v->now, &places[0], &part);
	if (rc == 0)
		rc = ebt_reduce(&part, &v->ebt);
	carriers_part_free(&part);
	return rc < 0 ? rc : carriers_part(&v->now, &places[1], &v->ipt);
}

static bool drops(const struct binding *b, enum direction dir,
		  const struct frame *f, size_t len)
{
	return eval_frame(b, dir, f->data, len, NULL) == VERDICT_DROP;
}

/* Where a frame comes in, ebtables sees it before it is cut off. */
static struct frame as_ebtables_sees(const struct ipt_held *h, size_t end)
{
	struct frame f = h->f;

	if (h->dir == DIR_IN && end)
		f.len = end;
	return f;
}

static bool is_dropped(const struct views *v, const struct ipt_held *h,
		       const struct frame *seen, size_t end)
{
	return !end || drops(&v->ebt, h->dir, seen, seen->len) ||
	       drops(&v->ipt, h->dir, &h->f, end);
}

static bool should_have_been(const struct views *v, const struct ipt_held *h,
			     const struct frame *seen, size_t end)
{
	return drops(&v->was, h->dir, &h->f, h->f.len) &&
	       drops(&v->was, h->dir, &h->f, end) && !may_pass(seen);
}

static unsigned int judged[2];

static unsigned int check_frames(const struct views *v, const int *fd,
				 unsigned int frames, struct ipt_held *held,
				 unsigned int *nheld)
{
	unsigned int i, wrong = 0;
	struct ipt_held h;
	struct frame ebt;
	bool drop, seen;
	size_t end;

	for (i = 0; i < frames; i++) {
		do {
			random_frame(&h.f);
			ipt_fix_checksum(&h.f);
		} while (wire_cut_in_tag(&h.f));
		h.dir = chance(50) ? DIR_OUT : DIR_IN;
		end = bridged_end(h.f.data, h.f.len);
		ebt = as_ebtables_sees(&h, end);
		drop = is_dropped(v, &h, &ebt, end);
		seen = ipt_crosses(fd[h.dir == DIR_IN], fd[h.dir == DIR_OUT],
				   &h.f);
		judged[seen]++;
		if (!drop && !seen && !ebt_blind(ebt.data, ebt.len) &&
		    *nheld < IPT_MAX_HELD)
			held[(*nheld)++] = h;
		if (!seen || ((!drop || ebt_blind(ebt.data, ebt.len)) &&
			      !should_have_been(v, &h, &ebt, end)))
			continue;
		if (!wrong++) {
			ipt_report(&v->was, &h, seen);
			ipt_report(&v->now, &h, seen);
		}
	}
	return wrong;
}

int main(int argc, char **argv)
{
	static struct ipt_held held[IPT_MAX_HELD];
	struct carriers c = { .all = places, .n = ARRAY_SIZE(places) };
	unsigned long i = 0, bindings, frames;
	unsigned int wrong = 0, nheld;
	struct backend_item item = { 0 };
	int fd[2], rc = 0;

	if (argc != 4)
		return 2;
	rnd_seed(strtoull(argv[1], NULL, 10));
	bindings = strtoul(argv[2], NULL, 10);
	frames = strtoul(argv[3], NULL, 10);
	wire_open_both(fd);
	item.id.ifindex = if_nametoindex("tap0");
	if (carriers_open(&c) < 0)
		return 2;
	while (rc >= 0 && wrong < 5 && i < bindings) {
		_cleanup_(free_views) struct views v = { 0 };

		rc = make_views(&v);
		if (rc < 0 || !v.ebt.nrules || !v.ipt.nrules)
			continue;
		i++;
		item.b = &v.now;
		nheld = 0;
		rc = carriers_apply(&c, &item, 1);
		if (rc < 0)
			break;
		wrong += check_frames(&v, fd, (unsigned int)frames, held,
				      &nheld);
		rc = carriers_remove(&c, "tap0");
		wrong += ipt_check_held(&v.now, fd, held, nheld);
	}
	printf("# %lu bindings, %u frames passed, %u did not, %u went wrong\n",
	       i, judged[1], judged[0], wrong);
	carriers_close(&c);
	return rc < 0 || wrong;
}
