// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules: building, checking, text, and the flat record */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rule.h"

static const uint8_t guest[6] = { 0x52, 0x54, 0, 0, 0, 1 };

/* A binding with one profile and @n rules, all empty DROPs outgoing. */
static struct binding *make_binding(unsigned int n)
{
	struct binding *b = test_calloc(1, sizeof(*b));
	unsigned int i;

	memcpy(b->tap, "tap0", 5);
	memcpy(b->bridge, "br0", 4);
	memcpy(b->mac, guest, 6);
	b->domain = strdup("lab");
	b->profiles = calloc(1, sizeof(*b->profiles));
	b->profiles[0].name = strdup("no-thing");
	b->profiles[0].params = strdup("ip_address=10.0.0.1");
	b->nprofiles = 1;
	b->rules = calloc(n ? n : 1, sizeof(*b->rules));
	b->nrules = n;
	for (i = 0; i < n; i++) {
		b->rules[i].verdict = VERDICT_DROP;
		b->rules[i].dir = DIR_OUT;
		b->rules[i].line = i + 1;
	}
	return b;
}

static void drop_binding(struct binding *b)
{
	binding_free(b);
	test_free(b);
}

static void add_address(struct rule *r, enum field_id id, const char *text,
			unsigned int prefix)
{
	const struct field *f = field_get(id);
	struct match *m = rule_add_match(r, id, OP_EQ, 1);
	unsigned int bit;

	assert_non_null(m);
	assert_true(field_parse(f, text, m->values[0].lo));
	for (bit = 0; bit < prefix; bit++)
		m->values[0].hi[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

static void fill_arp_rule(struct rule *r)
{
	assert_int_equal(rule_match_uint(r, FIELD_ETH_TYPE, OP_EQ, 0x806), 0);
	assert_int_equal(rule_match_uint(r, FIELD_ARP_OP, OP_NE, 2), 0);
	add_address(r, FIELD_ARP_SPA, "10.0.0.0", 24);
}

static void test_text_is_canonical(void **state)
{
	struct binding *b = make_binding(1);
	struct buf out = { 0 };

	(void)state;
	fill_arp_rule(&b->rules[0]);
	assert_int_equal(rule_format(b, &b->rules[0], &out), 0);
	assert_string_equal(out.data, "no-thing:1 out drop eth.type=0x0806 "
				      "arp.op!=2 arp.spa=10.0.0.0/24");
	buf_free(&out);
	drop_binding(b);
}

static void test_record_survives_the_seam(void **state)
{
	struct buf flat = { 0 }, before = { 0 }, after = { 0 };
	struct binding *b = make_binding(3);
	struct binding copy = { 0 };
	size_t used;

	(void)state;
	fill_arp_rule(&b->rules[0]);
	assert_int_equal(binding_encode(b, &flat), 0);
	assert_int_equal(binding_decode(flat.data, flat.len, &used, &copy), 0);
	assert_int_equal(used, flat.len);
	assert_int_equal(binding_format(b, &before), 0);
	assert_int_equal(binding_format(&copy, &after), 0);
	assert_string_equal(before.data, after.data);
	assert_true(binding_digest(b) == binding_digest(&copy));
	buf_free(&flat);
	buf_free(&before);
	buf_free(&after);
	binding_free(&copy);
	drop_binding(b);
}

static void test_isolation_crosses_the_seam(void **state)
{
	struct binding *b = make_binding(0);
	struct buf flat = { 0 }, no = { 0 }, yes = { 0 };
	struct binding copy = { 0 };
	uint64_t digest = binding_digest(b);
	size_t i, used, at = 0;

	(void)state;
	assert_int_equal(binding_encode(b, &no), 0);
	b->isolated = true;
	assert_true(binding_digest(b) != digest);
	assert_int_equal(binding_encode(b, &yes), 0);
	assert_int_equal(binding_decode(yes.data, yes.len, &used, &copy), 0);
	assert_true(copy.isolated);
	assert_int_equal(binding_format(&copy, &flat), 0);
	assert_string_equal(flat.data,
			    "# tap tap0 domain lab nic 0 mac 52:54:00:00:00:01 "
			    "bridge br0\n# port isolated\n"
			    "# profile no-thing ip_address=10.0.0.1\n");
	assert_int_equal(yes.len, no.len);
	for (i = 0; i < yes.len; i++)
		if (yes.data[i] != no.data[i])
			at = i;
	yes.data[at] = 2;
	binding_free(&copy);
	assert_int_equal(binding_decode(yes.data, yes.len, &used, &copy),
			 -EBADMSG);
	buf_free(&flat);
	buf_free(&no);
	buf_free(&yes);
	drop_binding(b);
}

static void test_places_cross_the_seam(void **state)
{
	struct binding *b = make_binding(0);
	struct buf flat = { 0 }, text = { 0 };
	struct binding copy = { 0 };
	uint64_t digest = binding_digest(b);
	size_t used;

	(void)state;
	b->profiles[0].place = PLACE_NETDEV;
	assert_true(binding_digest(b) != digest);
	assert_int_equal(binding_encode(b, &flat), 0);
	assert_int_equal(binding_decode(flat.data, flat.len, &used, &copy), 0);
	assert_int_equal(copy.profiles[0].place, PLACE_NETDEV);
	assert_int_equal(binding_format(&copy, &text), 0);
	assert_string_equal(text.data,
			    "# tap tap0 domain lab nic 0 mac 52:54:00:00:00:01 "
			    "bridge br0\n# profile no-thing (nft netdev) "
			    "ip_address=10.0.0.1\n");
	binding_free(&copy);
	flat.len = 0;
	b->profiles[0].place = PLACE_COUNT;
	assert_int_equal(binding_encode(b, &flat), 0);
	assert_int_equal(binding_decode(flat.data, flat.len, &used, &copy),
			 -EBADMSG);
	buf_free(&flat);
	buf_free(&text);
	drop_binding(b);
}

/* What goes to the system's log must not forge a line there. */
static void test_domain_of_a_record(void **state)
{
	static const char *const bad[] = { "", "a\nb", "\x1b[2J", "a/b",
					   "\xc2\x9b" };
	struct binding *b = make_binding(1);
	struct binding copy = { 0 };
	struct buf flat = { 0 };
	char *name = b->domain;
	size_t i, used;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		b->domain = strdup(bad[i]);
		assert_int_equal(binding_encode(b, &flat), 0);
		assert_int_equal(binding_decode(flat.data, flat.len, &used,
						&copy),
				 -EBADMSG);
		buf_free(&flat);
		free(b->domain);
	}
	b->domain = name;
	drop_binding(b);
}

static void test_every_cut_record_is_refused(void **state)
{
	struct binding *b = make_binding(1);
	struct binding copy = { 0 };
	struct buf flat = { 0 };
	size_t len, used;

	(void)state;
	fill_arp_rule(&b->rules[0]);
	assert_int_equal(binding_encode(b, &flat), 0);
	for (len = 0; len < flat.len; len++)
		assert_int_equal(binding_decode(flat.data, len, &used, &copy),
				 -EBADMSG);
	buf_free(&flat);
	drop_binding(b);
}

/* Whatever one flipped bit makes of it, what is accepted must be valid. */
static void test_every_flipped_bit_is_harmless(void **state)
{
	struct binding *b = make_binding(1);
	struct binding copy = { 0 };
	struct buf flat = { 0 };
	size_t bit, used;
	unsigned int i;

	(void)state;
	fill_arp_rule(&b->rules[0]);
	assert_int_equal(binding_encode(b, &flat), 0);
	for (bit = 0; bit < flat.len * 8; bit++) {
		flat.data[bit / 8] ^= (char)(1 << bit % 8);
		if (binding_decode(flat.data, flat.len, &used, &copy) == 0) {
			for (i = 0; i < copy.nrules; i++)
				assert_null(rule_validate(&copy.rules[i]));
			binding_free(&copy);
		}
		flat.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	buf_free(&flat);
	drop_binding(b);
}

static void test_address_needs_its_ethertype(void **state)
{
	struct rule r = { .verdict = VERDICT_DROP };

	(void)state;
	add_address(&r, FIELD_IP_SRC, "10.0.0.1", 32);
	assert_non_null(rule_validate(&r));
	assert_int_equal(rule_match_uint(&r, FIELD_ETH_TYPE, OP_EQ, 0x86dd), 0);
	assert_non_null(rule_validate(&r));
	rule_clear(&r);
	assert_int_equal(rule_match_uint(&r, FIELD_ETH_TYPE, OP_EQ, 0x800), 0);
	add_address(&r, FIELD_IP_SRC, "10.0.0.1", 32);
	assert_null(rule_validate(&r));
	rule_clear(&r);
}

static void test_ports_need_a_protocol_that_has_them(void **state)
{
	struct rule r = { .verdict = VERDICT_DROP };

	(void)state;
	assert_int_equal(rule_match_uint(&r, FIELD_ETH_TYPE, OP_EQ, 0x800), 0);
	assert_int_equal(rule_match_uint(&r, FIELD_L4_DPORT, OP_EQ, 25), 0);
	assert_non_null(rule_validate(&r));
	assert_int_equal(rule_match_uint(&r, FIELD_IP_PROTO, OP_EQ, 6), 0);
	assert_null(rule_validate(&r));
	rule_clear(&r);
}

static void test_tag_needs_its_tpid(void **state)
{
	struct rule r = { .verdict = VERDICT_DROP };

	(void)state;
	assert_int_equal(rule_match_uint(&r, FIELD_VLAN_ID, OP_EQ, 5), 0);
	assert_non_null(rule_validate(&r));
	assert_int_equal(rule_match_uint(&r, FIELD_ETH_TYPE, OP_EQ, 0x8100), 0);
	assert_null(rule_validate(&r));
	rule_clear(&r);
}

static void test_bits_outside_the_mask_are_refused(void **state)
{
	struct rule r = { .verdict = VERDICT_DROP };

	(void)state;
	assert_int_equal(rule_match_uint(&r, FIELD_ETH_TYPE, OP_EQ, 0x800), 0);
	add_address(&r, FIELD_IP_SRC, "10.0.0.1", 24);
	assert_non_null(rule_validate(&r));
	rule_clear(&r);
}

static void add_own_source(struct rule *r, const uint8_t *mac)
{
	struct match *m = rule_add_match(r, FIELD_ETH_SRC, OP_EQ, 1);

	assert_non_null(m);
	memcpy(m->values[0].lo, mac, 6);
	value_full_mask(field_get(FIELD_ETH_SRC), &m->values[0]);
}

static void test_pinned_mac_is_noticed(void **state)
{
	struct binding *b = make_binding(2);

	(void)state;
	b->rules[0].verdict = VERDICT_ACCEPT;
	assert_false(binding_pins_mac(b));
	add_own_source(&b->rules[0], guest);
	assert_true(binding_pins_mac(b));
	b->rules[1].dir = DIR_IN;
	assert_false(binding_pins_mac(b));
	drop_binding(b);
}

static void test_another_mac_is_not_pinned(void **state)
{
	static const uint8_t other[6] = { 0x52, 0x54, 0, 0, 0, 2 };
	struct binding *b = make_binding(2);

	(void)state;
	b->rules[0].verdict = VERDICT_ACCEPT;
	add_own_source(&b->rules[0], other);
	assert_false(binding_pins_mac(b));
	drop_binding(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_canonical),
		cmocka_unit_test(test_record_survives_the_seam),
		cmocka_unit_test(test_isolation_crosses_the_seam),
		cmocka_unit_test(test_places_cross_the_seam),
		cmocka_unit_test(test_domain_of_a_record),
		cmocka_unit_test(test_every_cut_record_is_refused),
		cmocka_unit_test(test_every_flipped_bit_is_harmless),
		cmocka_unit_test(test_address_needs_its_ethertype),
		cmocka_unit_test(test_ports_need_a_protocol_that_has_them),
		cmocka_unit_test(test_tag_needs_its_tpid),
		cmocka_unit_test(test_bits_outside_the_mask_are_refused),
		cmocka_unit_test(test_pinned_mac_is_noticed),
		cmocka_unit_test(test_another_mac_is_not_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
