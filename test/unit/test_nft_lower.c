// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans of the nft backend: a model of the kernel runs them on frames and must
 * come to the evaluator's verdict; and they must be as short as they should.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../random_rules.h"
#include "backend.h"
#include "ebt.h"
#include "eval.h"
#include "nft_conn.h"
#include "nft_lower.h"
#include "nft_mark.h"

/* ---- a model of the kernel's packet classifier ----------------------------- */

struct packet {
	const uint8_t *data;
	size_t len;
	unsigned int type; /* at offset 12 */
	size_t net;
	bool has_l4;
	bool later;
	uint8_t proto;
	size_t l4;
	size_t fraghdr; /* 0 for none */
	bool over_limit;
	bool over_conns;
	bool no_conn;
	uint32_t mark;
};

static unsigned int u16_at(const struct packet *p, size_t at)
{
	return (unsigned int)p->data[at] << 8 | p->data[at + 1];
}

static bool is_ext(uint8_t next)
{
	return next == 0 || next == 43 || next == 44 || next == 51 ||
	       next == 59 || next == 60;
}

static size_t ext_len(const struct packet *p, uint8_t next, size_t at)
{
	if (at + (next == 43 || next == 44 ? 4 : 2) > p->len)
		return 0;
	if (next == 44)
		return 8;
	return next == 51 ? (p->data[at + 1] + 2U) * 4 :
			    (p->data[at + 1] + 1U) * 8;
}

/* ipv6_find_hdr() for a Fragment header; reads what is not there as zero */
static void find_fraghdr(struct packet *p)
{
	size_t at = p->net + 40, len;
	uint8_t next;

	if (p->net + 7 > p->len)
		return;
	next = p->data[p->net + 6];
	while (is_ext(next) && next != 59) {
		len = ext_len(p, next, at);
		if (!len)
			return;
		if (next == 44) {
			p->fraghdr = at;
			return;
		}
		next = p->data[at];
		at += len;
	}
}

static void find_l4_ip6(struct packet *p)
{
	size_t at = p->net + 40, len;
	uint8_t next;

	if (at > p->len || p->data[p->net] >> 4 != 6 ||
	    at + u16_at(p, p->net + 4) > p->len)
		return;
	next = p->data[p->net + 6];
	while (is_ext(next) && next != 59) {
		len = ext_len(p, next, at);
		if (!len)
			return;
		if (next == 51)
			break;
		if (next == 44 && u16_at(p, at + 2) & 0xfff8) {
			next = p->data[at];
			p->later = true;
			p->has_l4 = !is_ext(next) || next == 59;
			p->proto = next;
			/* the kernel leaves the offset at zero */
			p->l4 = p->net;
			return;
		}
		next = p->data[at];
		at += len;
	}
	p->has_l4 = true;
	p->proto = next;
	p->l4 = at;
}

static void find_l4_ip4(struct packet *p)
{
	size_t ihl, total;

	if (p->net + 20 > p->len || p->data[p->net] >> 4 != 4)
		return;
	ihl = (p->data[p->net] & 15U) * 4;
	total = u16_at(p, p->net + 2);
	if (ihl < 20 || total < ihl || p->net + total > p->len)
		return;
	p->has_l4 = true;
	p->later = u16_at(p, p->net + 6) & 0x1fff;
	p->proto = p->data[p->net + 9];
	p->l4 = p->net + ihl;
}

static struct packet make_packet(const struct frame *f)
{
	struct packet p = { .data = f->data, .len = f->len, .net = 14 };
	unsigned int type;

	type = p.type = u16_at(&p, 12);
	/* the kernel takes one tag off */
	if ((type == 0x8100 || type == 0x88a8) && p.len >= 18) {
		type = u16_at(&p, 16);
		p.net = 18;
	}
	if (type == 0x0800)
		find_l4_ip4(&p);
	if (type == 0x86dd) {
		find_l4_ip6(&p);
		find_fraghdr(&p);
	}
	return p;
}

static bool load(const struct packet *p, const struct plan_cond *c,
		 uint8_t *out)
{
	size_t at = c->offset;

	memset(out, 0, FIELD_MAX_BYTES);
	switch (c->source) {
	case PLAN_LINK:
		break;
	case PLAN_NET:
		at += p->net;
		break;
	case PLAN_TRANSPORT:
		if (!p->has_l4)
			return false;
		at += p->l4;
		/* only the general path asks for the fragment offset */
		if (p->later && !((c->len == 1 || c->len == 2 || c->len == 4) &&
				  c->offset % c->len == 0))
			return false;
		break;
	case PLAN_L4PROTO:
		out[0] = p->proto;
		return p->has_l4;
	case PLAN_MARK:
		memcpy(out, &p->mark, sizeof(p->mark));
		return true;
	case PLAN_CONN:
		out[0] = p->no_conn;
		return true;
	case PLAN_FRAG:
		at += p->fraghdr;
		if (!p->fraghdr)
			return false;
		break;
	case PLAN_FRAGHDR:
		out[0] = p->fraghdr != 0;
		return true;
	}
	if (at + c->len > p->len)
		return false;
	memcpy(out, p->data + at, c->len);
	return true;
}

static bool cond_holds(const struct packet *p, const struct plan_cond *c)
{
	bool negated = c->op == OP_NE || c->op == OP_NRANGE;
	bool range = c->op == OP_RANGE || c->op == OP_NRANGE;
	uint8_t data[FIELD_MAX_BYTES];
	unsigned int i;

	if (!load(p, c, data))
		return false;
	for (i = 0; c->masked && i < FIELD_MAX_BYTES; i++)
		data[i] &= c->mask[i];
	for (i = 0; i < c->nvalues; i++)
		if (memcmp(data, c->values[i].lo, c->len) == 0 ||
		    (range && memcmp(data, c->values[i].lo, c->len) >= 0 &&
		     memcmp(data, c->values[i].hi, c->len) <= 0))
			return !negated;
	return negated;
}

static bool rule_holds(const struct plan_rule *r, const struct packet *p)
{
	unsigned int i;

	for (i = 0; i < r->nconds; i++)
		if (!cond_holds(p, &r->conds[i]))
			return false;
	/* what the kernel cannot count it drops */
	if (r->conns && p->no_conn)
		fail_msg("a packet of no connection is counted");
	if (r->conns && p->over_conns)
		return false;
	return !(r->limit && p->over_limit);
}

/* Runs a chain: PLAN_ACCEPT, PLAN_DROP, or PLAN_RETURN at its end. */
static enum plan_verdict run(const struct plan *plan, unsigned int chain,
			     const struct packet *p, unsigned int depth)
{
	const struct plan_chain *c = &plan->chains[chain];
	enum plan_verdict v;
	unsigned int i;

	assert_true(depth < 16);
	for (i = 0; i < c->nrules; i++) {
		v = c->rules[i].verdict;
		if (v == PLAN_CONTINUE || !rule_holds(&c->rules[i], p))
			continue;
		if (v == PLAN_REJECT)
			return PLAN_DROP;
		if (v == PLAN_GOTO)
			return run(plan, c->rules[i].target, p, depth + 1);
		if (v == PLAN_JUMP)
			v = run(plan, c->rules[i].target, p, depth + 1);
		else if (v == PLAN_RETURN)
			return v;
		if (v != PLAN_RETURN)
			return v;
	}
	return PLAN_RETURN;
}

/* ---- the same verdict as the evaluator's ------------------------------------ */

static void plan_of(const struct binding *b, enum direction dir,
		    struct plan *out)
{
	assert_int_equal(nft_lower(b, dir, out), 0);
}

static void compare(const struct binding *b, const struct plan *plans,
		    enum direction dir, const struct frame *f, bool over_limit)
{
	const struct eval_input in = { .over_limit = over_limit };
	struct packet p = make_packet(f);
	struct buf text = { 0 };
	bool pass;
	size_t i;

	p.over_limit = over_limit;
	pass = run(&plans[dir], 0, &p, 0) != PLAN_DROP;
	if (pass == (eval_frame_with(b, dir, f->data, f->len, &in, NULL) ==
		     VERDICT_ACCEPT))
		return;
	assert_int_equal(binding_format(b, &text), 0);
	print_message("%s frame %s by the plan\n%s",
		      dir == DIR_OUT ? "out" : "in",
		      pass ? "passed" : "dropped", text.data);
	for (i = 0; i < f->len; i++)
		print_message("%02x", f->data[i]);
	print_message("\n");
	fail();
}

static void check_random(uint64_t seed, unsigned int bindings,
			 unsigned int frames)
{
	unsigned int i, j;
	struct frame f;

	rnd_seed(seed);
	for (i = 0; i < bindings; i++) {
		struct plan plans[2] = { 0 };
		struct binding b = { 0 };

		random_binding(&b);
		plan_of(&b, DIR_IN, &plans[DIR_IN]);
		plan_of(&b, DIR_OUT, &plans[DIR_OUT]);
		for (j = 0; j < frames; j++) {
			random_frame(&f);
			compare(&b, plans, j % 2 ? DIR_IN : DIR_OUT, &f,
				j % 4 < 2);
		}
		plan_free(&plans[DIR_IN]);
		plan_free(&plans[DIR_OUT]);
		binding_free(&b);
	}
}

static void test_random(void **state_)
{
	(void)state_;
	check_random(7, 20000, 100);
}

/* UDP behind an IPv6 header whose length field says @length */
static void make_udp6(struct frame *f, unsigned int length)
{
	f->len = 0;
	put_field(f, FIELD_ETH_DST);
	put_field(f, FIELD_ETH_SRC);
	put_uint(f, 2, 0x86dd);
	put_uint(f, 4, 0x60000000);
	put_uint(f, 2, length);
	put_uint(f, 2, 0x1140);
	put_field(f, FIELD_IP6_SRC);
	put_field(f, FIELD_IP6_DST);
	put_upper(f, 17);
}

/* One frame in every state, with and without room below the limits */
static void check_conns(const struct binding *b, const struct plan *plan,
			const struct frame *f)
{
	struct packet p = make_packet(f);
	struct eval_input in = { 0 };
	unsigned int i;
	bool pass;

	for (i = 0; i < 4 * 8; i++) {
		in.state = (enum conn_state)(CONN_NEW + i % 4);
		in.over_limit = p.over_limit = i & 4;
		p.over_conns = i & 8;
		p.no_conn = i & 16;
		/* what belongs to no connection is not one too many */
		in.over_conns = p.over_conns && !p.no_conn;
		p.mark = nft_mark_bits(in.state);
		pass = run(plan, 0, &p, 0) != PLAN_DROP;
		if (pass != (eval_frame_with(b, DIR_OUT, f->data, f->len, &in,
					     NULL) == VERDICT_ACCEPT))
			fail_msg("%s, case %u", b->profiles[0].name, i);
	}
}

static void test_connections(void **state_)
{
#define UDP "eth.type=0x86dd ip6.proto=17"
	static const char *const rules[] = {
		"a:1 out accept " UDP " connlimit=3\na:2 out drop\n",
		"b:1 out accept " UDP " ct.state={new,established} "
		"connlimit=3\nb:2 out drop\n",
		"c:1 out accept " UDP " l4.dport=1 connlimit=3\n"
		"c:1 out accept " UDP " connlimit=3\n"
		"c:2 out accept " UDP " ct.state=invalid\nc:3 out drop\n",
		"d:1 out accept " UDP " ct.state=new connlimit=3 "
		"limit=1/hour burst=1\n"
		"d:2 out accept " UDP " ct.state=established connlimit=3 "
		"log=1 log.prefix=\"x\"\n"
		"d:3 out accept " UDP " ct.state=related limit=1/hour burst=1\n"
		"d:4 out drop\n",
		"e:1 out accept " UDP " connlimit=1 limit=1/day burst=2 log=3 "
		"log.prefix=\"y\"\ne:2 out drop\n",
	};
	struct frame f;
	size_t i;

	(void)state_;
	make_udp6(&f, 8);
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		struct plan plan = { 0 };
		struct binding b = { 0 };

		text_binding(&b, "tap0", rules[i]);
		b.profiles[0].place = PLACE_TRACK;
		plan_of(&b, DIR_OUT, &plan);
		check_conns(&b, &plan, &f);
		plan_free(&plan);
		binding_free(&b);
	}
}

/* What the first next header says is not all that the kernel wants to see. */
static void test_ip6_cut(void **state_)
{
	static const char *const rules[] = {
		"p:1 out drop eth.type=0x86dd ip6.nexthdr=17 ip6.proto=17",
		"p:1 out drop eth.type=0x86dd ip6.nexthdr=17 ip6.fraghdr=0",
		"p:1 out accept eth.type=0x86dd ip6.nexthdr={6,17}\n"
		"p:2 out drop eth.type=0x86dd\n"
		"q:1 out drop eth.type=0x86dd ip6.proto=17",
	};
	struct frame f;
	size_t i;

	(void)state_;
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		struct plan plans[2] = { 0 };
		struct binding b = { 0 };

		text_binding(&b, "tap0", rules[i]);
		plan_of(&b, DIR_OUT, &plans[DIR_OUT]);
		make_udp6(&f, 8);
		compare(&b, plans, DIR_OUT, &f, false);
		make_udp6(&f, 80);
		compare(&b, plans, DIR_OUT, &f, false);
		for (; f.len > 14; f.len--)
			compare(&b, plans, DIR_OUT, &f, false);
		plan_free(&plans[DIR_OUT]);
		binding_free(&b);
	}
}

/* ---- how long plans are ------------------------------------------------------ */

struct size_case {
	const char *rules;
	unsigned int chains;
	unsigned int nrules; /* in all of them */
};

static const struct size_case sizes[] = {
	/* nothing to do */
	{ "", 1, 0 },
	{ "p:1 out accept eth.type=0x0800", 1, 0 },
	/* an allow-list of one address is one rule */
	{ "p:1 out accept eth.src=52:54:00:00:00:01\n"
	  "p:2 out drop",
	  1, 1 },
	{ "p:1 out accept eth.src=52:54:00:00:00:01 eth.dst=ff:ff:ff:ff:ff:ff\n"
	  "p:2 out drop",
	  1, 2 },
	/* what stands behind "all" is not reached */
	{ "p:1 out drop\n"
	  "p:2 out accept eth.type=0x0800",
	  1, 1 },
	/* one type: no chain of its own */
	{ "p:1 out accept eth.type=0x0806 arp.spa=10.0.0.1\n"
	  "p:2 out drop eth.type=0x0806",
	  1, 3 },
	/* three types, "drop what is none of them" */
	{ "p:1 out accept eth.type=0x0800\n"
	  "p:2 out accept eth.type=0x86dd\n"
	  "p:3 out accept eth.type=0x0806\n"
	  "p:4 out drop",
	  1, 1 },
	/* profiles that say the same count once */
	{ "p:1 out drop eth.type=0x0806 arp.op=3\n"
	  "q:1 out drop eth.type=0x0806 arp.op=3",
	  1, 2 },
	/* two lists in one chain: TCP is no UDP */
	{ "p:1 out accept eth.type=0x0800 ip.src=10.0.0.1\n"
	  "p:2 out drop eth.type=0x0800\n"
	  "q:1 out accept eth.type=0x0800 ip.proto=6\n"
	  "q:2 out drop eth.type=0x0800 ip.proto=17 l4.sport=67",
	  1, 5 },
	/* whether the header is there is asked once, for all types */
	{ "p:1 out drop eth.type=0x86dd ip6.proto=58 icmp6.type={1,3,5,7,9}", 2,
	  8 },
	/* a question with two answers is asked once */
	{ "p:1 out accept eth.type=0x86dd ip6.src={::1,::9} ip6.nexthdr=6\n"
	  "p:2 out drop eth.type=0x86dd ip6.src={::1,::9} ip6.dst=::3\n"
	  "p:3 out drop eth.type=0x86dd ip6.src={::1,::9} ip6.dst=::4\n"
	  "p:4 out drop eth.type=0x86dd ip6.src={::1,::9} ip6.dst=::5\n"
	  "p:5 out accept eth.type=0x86dd ip6.src={::1,::9}\n"
	  "p:6 out drop eth.type=0x86dd",
	  2, 8 },
	/* and in one rule, when frames without the field end up the same */
	{ "p:1 out accept eth.type=0x86dd ip6.src={::1,::9} ip6.nexthdr=6 "
	  "ip6.proto=6\n"
	  "p:2 out drop eth.type=0x86dd ip6.src={::1,::9} ip6.dst=::3\n"
	  "p:3 out drop eth.type=0x86dd ip6.src={::1,::9} ip6.dst=::4\n"
	  "p:4 out drop eth.type=0x86dd ip6.src={::1,::9} ip6.dst=::5\n"
	  "p:5 out accept eth.type=0x86dd ip6.src={::1,::9} ip6.proto=0-255\n"
	  "p:6 out accept eth.type=0x86dd ip6.src=::7 ip6.dst={::3,::4,::5}\n"
	  "p:7 out drop eth.type=0x86dd",
	  2, 10 },
	/* most frames are accepted before DROPs of rare ones: what is neither
	 * UDP nor ICMP, and whole UDP packets from and to other ports */
	{ "p:1 out drop eth.type=0x0800 ip.proto=17 l4.sport=67\n"
	  "p:2 out drop eth.type=0x0800 ip.proto=17 l4.dport=68\n"
	  "p:3 out drop eth.type=0x0800 ip.proto=17 ip.frag=0x2000/0x3fff\n"
	  "p:4 out drop eth.type=0x0800 ip.proto=1 icmp.type=5\n"
	  "p:5 out accept eth.type=0x0800 ip.upper=0-255\n"
	  "p:6 out drop eth.type=0x0800",
	  1, 9 },
	/* of IPv6, each protocol that is accepted */
	{ "p:1 out drop eth.type=0x86dd ip6.proto=17 l4.sport=547\n"
	  "p:2 out drop eth.type=0x86dd ip6.proto=17 l4.dport=546\n"
	  "p:3 out accept eth.type=0x86dd ip6.nexthdr=17\n"
	  "p:4 out drop eth.type=0x86dd",
	  1, 7 },
	/* but not for the sake of one or two */
	{ "p:1 out drop eth.type=0x0800 ip.proto=17 l4.sport=67\n"
	  "p:2 out drop eth.type=0x0800 ip.proto=17 l4.dport=68\n"
	  "p:3 out accept eth.type=0x0800 ip.upper=0-255\n"
	  "p:4 out drop eth.type=0x0800",
	  1, 5 },
};

static unsigned int count_rules(const struct plan *plan)
{
	unsigned int i, sum = 0;

	for (i = 0; i < plan->nchains; i++)
		sum += plan->chains[i].nrules;
	return sum;
}

static void test_sizes(void **state_)
{
	size_t i;

	(void)state_;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct binding b = { 0 };
		struct plan plan = { 0 };

		text_binding(&b, "tap0", sizes[i].rules);
		plan_of(&b, DIR_OUT, &plan);
		if (plan.nchains != sizes[i].chains ||
		    count_rules(&plan) != sizes[i].nrules)
			fail_msg("%u chains, %u rules:\n%s", plan.nchains,
				 count_rules(&plan), sizes[i].rules);
		plan_free(&plan);
		binding_free(&b);
	}
}

/* A question that is asked once, without a chain of its own */
static const struct {
	const char *rules;
	unsigned int conds;
} questions[] = {
	/* what is left of the others goes first */
	{ "p:1 out drop eth.type=0x0800 ip.src=10.0.0.1 ip.proto=1\n"
	  "p:2 out drop eth.type=0x0800 ip.src=10.0.0.1 ip.dst=10.0.0.3\n"
	  "p:3 out accept eth.type=0x0800 ip.src=10.0.0.1 ip.upper=0-255\n"
	  "p:4 out accept eth.type=0x0800 ip.src=0.0.0.0 ip.dst=10.0.0.4\n"
	  "p:5 out drop eth.type=0x0800",
	  7 },
	/* not when a frame that is too short to be asked would then pass */
	{ "p:1 out drop eth.type=0x0800 ip.src=10.0.0.1 ip.proto=1\n"
	  "p:2 out drop eth.type=0x0800 ip.src=10.0.0.1 ip.proto=2\n"
	  "p:3 out accept eth.type=0x0800 ip.src=10.0.0.1 ip.proto=6\n"
	  "p:4 out accept eth.type=0x0800 ip.src=10.0.0.1 ip.proto=17\n"
	  "p:5 out drop eth.type=0x0800",
	  9 },
	/* and not when one of the others is true of its frames as well */
	{ "p:1 out drop eth.type=0x0800 ip.src=10.0.0.1 ip.proto=1\n"
	  "p:2 out accept eth.type=0x0800 ip.dst=10.0.0.3 ip.proto=1\n"
	  "p:3 out drop eth.type=0x0800 ip.src=10.0.0.1 ip.proto=2\n"
	  "p:4 out drop eth.type=0x0800 ip.src=10.0.0.1 ip.proto=17\n"
	  "p:5 out accept eth.type=0x0800 ip.src=10.0.0.1 ip.upper=0-255\n"
	  "p:6 out drop eth.type=0x0800",
	  11 },
};

static unsigned int count_conds(const struct plan *plan)
{
	unsigned int i, j, sum = 0;

	for (i = 0; i < plan->nchains; i++)
		for (j = 0; j < plan->chains[i].nrules; j++)
			sum += plan->chains[i].rules[j].nconds;
	return sum;
}

static void test_questions(void **state_)
{
	size_t i;

	(void)state_;
	for (i = 0; i < ARRAY_SIZE(questions); i++) {
		struct binding b = { 0 };
		struct plan plan = { 0 };

		text_binding(&b, "tap0", questions[i].rules);
		plan_of(&b, DIR_OUT, &plan);
		assert_int_equal(plan.nchains, 1);
		if (count_conds(&plan) != questions[i].conds)
			fail_msg("%u conditions:\n%s", count_conds(&plan),
				 questions[i].rules);
		plan_free(&plan);
		binding_free(&b);
	}
}

/* Lists that would multiply stay apart, and nothing grows out of hand. */
static void test_no_explosion(void **state_)
{
	struct buf text = { 0 };
	struct binding b = { 0 };
	struct plan plan = { 0 };
	unsigned int i, j;

	(void)state_;
	for (i = 0; i < 8; i++)
		for (j = 0; j < 40; j++)
			assert_int_equal(
				buf_printf(&text,
					   "p%u:%u out %s eth.type=0x0800 "
					   "ip.src=10.%u.%u.0/24\n",
					   i, j, j < 39 ? "accept" : "drop", i,
					   j),
				0);
	text_binding(&b, "tap0", text.data);
	plan_of(&b, DIR_OUT, &plan);
	assert_in_range(count_rules(&plan), 8 * 40, 8 * 40 + 20);
	assert_in_range(plan.nchains, 2, 9);
	plan_free(&plan);
	binding_free(&b);
	buf_free(&text);
}

static void test_too_big(void **state_)
{
	struct buf text = { 0 };
	struct binding b = { 0 };
	struct plan plan = { 0 };
	unsigned int i;

	(void)state_;
	assert_int_equal(buf_printf(&text, "p:1 out drop eth.type=0x0800 "
					   "ip.src!={"),
			 0);
	for (i = 0; i < 200; i++)
		assert_int_equal(buf_printf(&text, "%s10.0.%u.1-10.0.%u.9",
					    i ? "," : "", i, i),
				 0);
	assert_int_equal(buf_printf(&text, "}\n"), 0);
	text_binding(&b, "tap0", text.data);
	assert_int_equal(nft_lower(&b, DIR_OUT, &plan), -E2BIG);
	plan_free(&plan);
	binding_free(&b);
	buf_free(&text);
}

/* ---- what the kernel lacks ---------------------------------------------------- */

static void test_hints(void **state_)
{
	(void)state_;
	assert_non_null(strstr(nft_step_hint(NFT_STEP_BASE_IN, EOPNOTSUPP),
			       "egress hook (needs Linux 5.16"));
	assert_non_null(strstr(nft_step_hint(NFT_STEP_BEGIN, EOPNOTSUPP),
			       "no nf_tables"));
	assert_non_null(strstr(nft_step_hint(NFT_STEP_TABLE, EOPNOTSUPP),
			       "no netdev family"));
	assert_non_null(
		strstr(nft_step_hint(NFT_STEP_RULE, EPERM), "CAP_NET_ADMIN"));
	assert_non_null(strstr(nft_step_hint(NFT_STEP_RULE, ENOENT),
			       "lacks an expression"));
	assert_null(nft_step_hint(NFT_STEP_RULE, ENOMEM));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_ip6_cut),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_no_explosion),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
