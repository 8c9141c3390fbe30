// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits, connections and logs of rules: text, records, evaluator, guards */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../binding_text.h"
#include "eval.h"

#define TCP "eth.type=0x0800 ip.proto=6"

static const char all[] =
	"p:1 out accept " TCP " limit=100/second burst=20\n"
	"p:2 out accept " TCP " ct.state={new,established,related,invalid} "
	"connlimit=65535\n"
	"p:3 out drop log=65535 log.limit=7/day log.burst=10000 "
	"log.prefix=\"a !#%~ \"\n"
	"p:4 in accept limit=1/minute burst=1 log=0 log.prefix=\"x\"\n"
	"p:5 in reject eth.type=0x86dd\n";

static char *text_of(const struct binding *b)
{
	struct buf out = { 0 };
	unsigned int i;

	for (i = 0; i < b->nrules; i++) {
		assert_int_equal(rule_format(b, &b->rules[i], &out), 0);
		assert_int_equal(buf_add(&out, "\n", 1), 0);
	}
	return out.data;
}

static void test_they_cross_the_seam(void **state)
{
	struct binding b = { 0 }, copy = { 0 };
	struct buf flat = { 0 };
	char *text;
	size_t used;

	(void)state;
	text_binding(&b, "tap0", all);
	assert_int_equal(binding_encode(&b, &flat), 0);
	assert_int_equal(binding_decode(flat.data, flat.len, &used, &copy), 0);
	text = text_of(&copy);
	assert_string_equal(text, all);
	free(text);
	buf_free(&flat);
	binding_free(&copy);
	binding_free(&b);
}

/* Is a binding of these rules refused once it has crossed? */
static bool is_refused(const struct binding *b)
{
	struct binding copy = { 0 };
	struct buf flat = { 0 };
	size_t used;
	int rc;

	assert_int_equal(binding_encode(b, &flat), 0);
	rc = binding_decode(flat.data, flat.len, &used, &copy);
	buf_free(&flat);
	binding_free(&copy);
	return rc == -EBADMSG;
}

static void test_what_is_refused(void **state)
{
	struct binding b = { 0 };
	struct rule *r;

	(void)state;
	text_binding(&b, "tap0", "p:1 out accept " TCP "\n");
	r = &b.rules[0];
	assert_false(is_refused(&b));
#define REFUSED(member, value)               \
	do {                                 \
		struct rule before = *r;     \
		r->member = (value);         \
		assert_true(is_refused(&b)); \
		*r = before;                 \
	} while (0)
	REFUSED(verdict, 3);
	REFUSED(limit.seconds, 1);
	REFUSED(limit.burst, 1);
	REFUSED(conns, RULE_MAX_CONNS + 1);
	r->limit = (struct rate){ RATE_MAX_FRAMES, 86400, RATE_MAX_BURST };
	r->log = (struct rule_log){ .on = true, .prefix = "p" };
	r->conns = 1;
	assert_false(is_refused(&b));
	REFUSED(verdict, VERDICT_DROP);
	REFUSED(limit.frames, RATE_MAX_FRAMES + 1);
	REFUSED(limit.seconds, 2);
	REFUSED(limit.burst, 0);
	REFUSED(limit.burst, RATE_MAX_BURST + 1);
	REFUSED(log.rate.seconds, 1);
	REFUSED(log.prefix[0], '\n');
	REFUSED(log.prefix[0], '\x7f');
	REFUSED(log.prefix[0], '"');
	REFUSED(log.prefix[0], '$');
#undef REFUSED
	binding_free(&b);
}

static bool text_is_refused(const char *text)
{
	struct binding b = { 0 };
	bool refused;

	text_binding(&b, "tap0", text);
	refused = is_refused(&b);
	binding_free(&b);
	return refused;
}

static void test_rules_of_an_entry(void **state)
{
	struct rule r = { .verdict = VERDICT_ACCEPT, .conns = 1 };

	(void)state;
	assert_non_null(rule_validate(&r)); /* no IP */
	assert_int_equal(rule_match_uint(&r, FIELD_ETH_TYPE, OP_EQ, 0x806), 0);
	assert_non_null(rule_validate(&r));
	rule_clear(&r);
	/* one line is one entry here */
	assert_false(text_is_refused("p:1 out accept limit=1/hour burst=1\n"
				     "p:1 out accept limit=1/hour burst=1\n"));
	assert_true(text_is_refused("p:1 out accept limit=1/hour burst=1\n"
				    "p:1 out accept limit=2/hour burst=1\n"));
	assert_true(text_is_refused("p:1 out drop log=1 log.prefix=\"a\"\n"
				    "p:1 out drop log=1 log.prefix=\"b\"\n"));
	assert_true(text_is_refused("p:2 out drop\np:1 out drop\n"));
}

static const struct frame {
	size_t len;
	uint8_t data[34];
} tcp = { 34, { [12] = 8, [14] = 0x45, [17] = 20, [23] = 6 } },
  arp = { 34, { [12] = 8, 6 } };

static unsigned int decides(const char *rules, const struct frame *f,
			    struct eval_input in)
{
	const struct rule *decider;
	struct binding b = { 0 };
	unsigned int line;

	text_binding(&b, "tap0", rules);
	eval_frame_with(&b, DIR_OUT, f->data, f->len, &in, &decider);
	line = decider ? decider->line : 0;
	binding_free(&b);
	return line;
}

static void test_evaluator(void **state)
{
	static const char limit[] = "p:1 out accept limit=1/hour burst=1\n"
				    "p:2 out reject\n";
	static const char conns[] = "p:1 out accept " TCP " connlimit=1\n"
				    "p:2 out drop\n";
	static const char states[] = "p:1 out accept " TCP
				     " ct.state={established,related}\n"
				     "p:2 out drop " TCP " ct.state=invalid\n"
				     "p:3 out drop\n";
	struct eval_input none = { 0 };

	(void)state;
	assert_int_equal(decides(limit, &arp, none), 0);
	assert_int_equal(decides(limit, &arp,
				 (struct eval_input){ .over_limit = true }),
			 2);
	assert_int_equal(decides(limit, &arp,
				 (struct eval_input){ .over_conns = true }),
			 0);
	assert_int_equal(decides(conns, &tcp, none), 0);
	assert_int_equal(decides(conns, &tcp,
				 (struct eval_input){ .over_conns = true }),
			 2);
	assert_int_equal(decides(states, &tcp, none), 3);
	assert_int_equal(decides(states, &tcp,
				 (struct eval_input){ .state = CONN_NEW }),
			 3);
	assert_int_equal(
		decides(states, &tcp,
			(struct eval_input){ .state = CONN_ESTABLISHED }),
		0);
	assert_int_equal(decides(states, &tcp,
				 (struct eval_input){ .state = CONN_RELATED }),
			 0);
	assert_int_equal(decides(states, &tcp,
				 (struct eval_input){ .state = CONN_INVALID }),
			 2);
	/* no IP: connection tracking has never seen it */
	assert_int_equal(
		decides(states, &arp,
			(struct eval_input){ .state = CONN_ESTABLISHED }),
		3);
}

static bool guards(const char *rules, enum guarded what)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	struct binding b = { 0 };
	bool yes;

	text_binding(&b, "tap0", rules);
	memcpy(b.mac, mac, 6);
	yes = binding_guards(&b, what);
	binding_free(&b);
	return yes;
}

#define OWN "eth.type=0x0800 ip.src=10.0.0.1"
#define REST "p:9 out drop eth.inner={0x8100,0x0800}\n"

static void test_guards(void **state)
{
	static const char mac[] = "p:1 out accept eth.src=52:54:00:00:00:01\n"
				  "p:2 out reject\n";
	static const char *const good[] = {
		"p:1 out accept " OWN "\n" REST,
		"p:1 out accept " OWN "\np:2 out drop\n",
		"p:1 out accept " OWN " ip.proto=17\n"
		"p:2 out accept eth.type=0x0800 ip.src={0.0.0.0,10.2.0.0/16}\n"
		"p:3 out accept eth.type={0x0806,0x86dd}\n" REST,
		"p:1 in accept\n" REST,
		"p:1 out drop eth.type=0x0806\n" REST,
	};
	static const char *const bad[] = {
		"p:1 out accept " OWN "\n",
		"p:1 in drop\n",
		/* wrapped packets pass */
		"p:1 out accept " OWN "\np:2 out drop eth.type=0x0800\n",
		"p:1 out accept " OWN "\np:2 out drop eth.inner=0x0806\n",
		"p:1 out accept eth.type=0x8100 vlan.id=5\n" REST,
		"p:1 out accept eth.type={0x0806,0x88a8}\n" REST,
		"p:1 out accept eth.type=0x0024\n" REST,
		/* other sources pass */
		"p:1 out accept\n" REST,
		"p:1 out accept eth.type=0x0800\n" REST,
		"p:1 out accept eth.type={0x0806,0x0800}\n" REST,
		"p:1 out accept eth.type!=0x0806\n" REST,
		"p:1 out accept eth.type=0x0800 ip.dst=10.0.0.1\n" REST,
		"p:1 out accept eth.type=0x0800 ip.src!=10.0.0.1\n" REST,
		"p:1 out accept eth.type=0x0800 ip.src=10.0.0.1-10.0.0.9\n" REST,
		"p:1 out accept eth.type=0x0800 ip.src=0.0.0.0/0\n" REST,
		/* looks at connections itself */
		"p:1 out accept " OWN " ct.state=new\n" REST,
		"p:1 out accept " OWN "\n" REST "p:10 in accept " TCP
		" connlimit=1\n",
	};
	size_t i;

	(void)state;
	assert_true(guards(mac, GUARDED_MAC));
	assert_false(guards(mac, GUARDED_IPV4));
	assert_false(guards(good[0], GUARDED_MAC));
	assert_false(guards(good[0], GUARDED_IPV6));
	assert_true(guards("p:1 out accept eth.type=0x86dd ip6.src=fd00::1\n"
			   "p:2 out drop eth.inner=0x86dd\n",
			   GUARDED_IPV6));
	for (i = 0; i < ARRAY_SIZE(good); i++)
		if (!guards(good[i], GUARDED_IPV4))
			fail_msg("does not guard: %s", good[i]);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (guards(bad[i], GUARDED_IPV4))
			fail_msg("guards: %s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_they_cross_the_seam),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_rules_of_an_entry),
		cmocka_unit_test(test_evaluator),
		cmocka_unit_test(test_guards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
