// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What domain_read() hands out; its messages and most of its refusals are in
 * test/golden/domain.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "domain.h"
#include "util.h"
#include "xml.h"

#define STRICT ((struct domain_rules){ .strict = true })
#define LENIENT ((struct domain_rules){ .strict = false })
#define HONOUR ((struct domain_rules){ .honour_filterref = true })

static int try_read(const char *text, struct domain_rules rules,
		    struct domain *d)
{
	_cleanup_xml_ struct xml_node *root = NULL;

	*d = (struct domain){ 0 };
	assert_int_equal(xml_parse("vm.xml", text, strlen(text), &root), 0);
	return domain_read("vm.xml", root, &rules, d);
}

static void refused(const char *text, struct domain_rules rules)
{
	struct domain d;

	assert_int_equal(try_read(text, rules, &d), -EINVAL);
	assert_null(d.name);
	assert_null(d.interfaces);
}

/* A domain with one interface that holds @body */
#define DOMAIN(head, body)                                                  \
	"<domain><name>vm</name>" head "<devices><interface type='bridge'>" \
	"<mac address='52:54:00:00:00:01'/><source bridge='br0'/>"          \
	"<target dev='tap0'/><alias name='ua-a'/>" body                     \
	"</interface></devices></domain>"
#define METADATA(body)                                            \
	"<metadata><tf:firewall xmlns:tf='urn:tapfilter:1'>" body \
	"</tf:firewall></metadata>"

static void test_what_a_domain_says(void **state)
{
	static const uint8_t uuid[16] = { 0x3f, 0x1c, 0x8a, 0x52, 0x0d, 0x4e,
					  0x4b, 0x6a, 0x9c, 0x11, 0x52, 0x54,
					  0x00, 0x00, 0x00, 0xa1 };
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	const struct interface *i;
	struct domain d;

	(void)state;
	assert_int_equal(
		try_read(DOMAIN("<uuid>3f1c8a52-0d4e-4b6a-9c11-5254000000a1"
				"</uuid>",
				"<firewall>\n<reference profile='p' b='2  3' "
				"a='1'/></firewall>"),
			 STRICT, &d),
		0);
	assert_string_equal(d.name, "vm");
	assert_memory_equal(d.uuid, uuid, sizeof(uuid));
	assert_int_equal(d.ninterfaces, 1);
	i = &d.interfaces[0];
	assert_string_equal(i->type, "bridge");
	assert_string_equal(i->tap, "tap0");
	assert_string_equal(i->bridge, "br0");
	assert_string_equal(i->alias, "ua-a");
	assert_true(i->has_mac);
	assert_memory_equal(i->mac, mac, sizeof(mac));
	assert_int_equal(i->line, 1);
	assert_int_equal(i->nrefs, 1);
	assert_string_equal(i->refs[0].profile, "p");
	assert_string_equal(i->refs[0].file, "vm.xml");
	assert_int_equal(i->refs[0].line, 2);
	assert_int_equal(i->refs[0].nparams, 2);
	assert_string_equal(i->refs[0].params[0].name, "b");
	assert_string_equal(i->refs[0].params[0].value, "2 3");
	assert_string_equal(i->refs[0].params[1].name, "a");
	domain_free(&d);
}

/* Inside <interface>, whichever way its references are spelt */
static void test_isolated_port(void **state)
{
	static const struct {
		const char *text;
		bool isolated;
	} good[] = {
		{ DOMAIN("", ""), false },
		{ DOMAIN("", "<port/>"), false },
		{ DOMAIN("", "<port isolated='no'/>"), false },
		{ DOMAIN("", "<port isolated='yes'/>"), true },
		{ DOMAIN(METADATA("<tf:interface alias='ua-a'><tf:reference "
				  "profile='p'/></tf:interface>"),
			 "<port isolated='yes'/>"),
		  true },
	};
	static const char *const bad[] = {
		DOMAIN("", "<port isolated=''/>"),
		DOMAIN("", "<port isolated='on'/>"),
		DOMAIN("", "<port isolated='YES'/>"),
		DOMAIN("", "<port isolated='yes '/>"),
		DOMAIN("", "<port isolated='yes'/><port/>"),
		DOMAIN("", "<port isolated='yes'/><port isolated='yes'/>"),
	};
	static const char other[] =
		DOMAIN("", "<port isolated='yes' isolatd='no'/>");
	struct domain d;
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		for (i = 0; i < ARRAY_SIZE(good); i++) {
			assert_int_equal(try_read(good[i].text,
						  k ? STRICT : LENIENT, &d),
					 0);
			assert_int_equal(d.interfaces[0].isolated,
					 good[i].isolated);
			domain_free(&d);
		}
		for (i = 0; i < ARRAY_SIZE(bad); i++)
			refused(bad[i], k ? STRICT : LENIENT);
	}
	refused(other, STRICT);
	assert_int_equal(try_read(other, LENIENT, &d), 0);
	assert_true(d.interfaces[0].isolated);
	domain_free(&d);
}

/* The three spellings of one thing give one thing. */
static void test_spellings_mean_the_same(void **state)
{
	static const char *const spellings[] = {
		DOMAIN("", "<firewall><reference profile='p' "
			   "ip_address='10.0.0.1 10.0.0.2' gw='x'/>"
			   "</firewall>"),
		DOMAIN(METADATA("<tf:interface alias='ua-a'><tf:reference "
				"gw='x' ip_address='10.0.0.1 10.0.0.2' "
				"profile='p'/></tf:interface>"),
		       ""),
		DOMAIN("", "<filterref filter='p'>"
			   "<parameter name='IP' value='10.0.0.1'/>"
			   "<parameter name='GW' value='x'/>"
			   "<parameter name='IP' value='10.0.0.2'/>"
			   "</filterref>"),
	};
	const struct reference *r;
	struct domain d;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(spellings); i++) {
		assert_int_equal(try_read(spellings[i], HONOUR, &d), 0);
		assert_int_equal(d.interfaces[0].nrefs, 1);
		r = &d.interfaces[0].refs[0];
		assert_string_equal(r->profile, "p");
		assert_int_equal(r->nparams, 2);
		for (k = 0; k < 2; k++) {
			if (strcmp(r->params[k].name, "gw") == 0)
				assert_string_equal(r->params[k].value, "x");
			else
				assert_string_equal(r->params[k].value,
						    "10.0.0.1 10.0.0.2");
		}
		domain_free(&d);
	}
}

static void test_filterref_must_be_honoured(void **state)
{
	static const char text[] =
		DOMAIN("", "<filterref filter='p'><x/></filterref>");
	struct domain d;

	(void)state;
	refused(text, STRICT);
	refused(text, HONOUR);
	/* libvirt enforces what stands in its own XML. */
	assert_int_equal(try_read(text, LENIENT, &d), 0);
	assert_int_equal(d.interfaces[0].nrefs, 0);
	domain_free(&d);
}

static void test_namespaces_like_ours(void **state)
{
	static const char *const wrong[] = { "urn:tapfilter", "urn:tapfilter:2",
					     "urn:tapfilter:10",
					     "urn:tapfilter:1 ",
					     "URN:TAPFILTER:1" };
	static const char *const others[] = { "urn:tapfilte", "urn:tap:1",
					      "http://urn:tapfilter:1" };
	char text[512];
	struct domain d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text),
			 "<domain><name>vm</name><metadata><x:firewall "
			 "xmlns:x='%s'/></metadata></domain>",
			 wrong[i]);
		refused(text, STRICT);
		refused(text, LENIENT);
		snprintf(text, sizeof(text),
			 DOMAIN("", "<model><x:y xmlns:x='%s'/></model>"),
			 wrong[i]);
		refused(text, STRICT);
		refused(text, LENIENT);
	}
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		snprintf(text, sizeof(text),
			 "<domain><name>vm</name><metadata><x:firewall "
			 "xmlns:x='%s'/></metadata></domain>",
			 others[i]);
		assert_int_equal(try_read(text, STRICT, &d), 0);
		domain_free(&d);
	}
}

static void test_strict_is_for_our_files(void **state)
{
	static const char text[] = DOMAIN("", "<firewal><reference "
					      "profile='p'/></firewal>");
	struct domain d;

	(void)state;
	refused(text, STRICT);
	assert_int_equal(try_read(text, LENIENT, &d), 0);
	domain_free(&d);
	refused(DOMAIN("", "<firewall><referenc profile='p'/></firewall>"),
		LENIENT);
	refused(DOMAIN(METADATA("<tf:interface alias='ua-b'><tf:reference "
				"profile='p'/></tf:interface>"),
		       ""),
		LENIENT);
}

static void test_types(void **state)
{
	static const char *const taps[] = { "bridge", "network", "ethernet" };
	static const char *const others[] = {
		"user", "direct", "hostdev", "vhostuser", "vdpa",
		"udp",	"mcast",  "server",  "client",	  "internal",
		"null", "vds",	  "",	     "Bridge",	  "bridge ",
	};
	struct interface i = { 0 };
	size_t k;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(taps); k++) {
		i.type = strdup(taps[k]);
		assert_true(domain_has_tap(&i));
		free(i.type);
	}
	for (k = 0; k < ARRAY_SIZE(others); k++) {
		i.type = strdup(others[k]);
		assert_false(domain_has_tap(&i));
		free(i.type);
	}
}

static void add_text(struct buf *b, const char *text)
{
	assert_int_equal(buf_add(b, text, strlen(text)), 0);
}

/* @n values for one parameter, in one attribute or one element each */
static char *with_values(unsigned int n, bool filterref)
{
	struct buf b = { 0 };
	unsigned int i;

	add_text(&b, "<domain><name>vm</name><devices><interface type='bridge'>"
		     "<mac address='52:54:00:00:00:01'/>");
	add_text(&b, filterref ? "<filterref filter='p'>" :
				 "<firewall><reference profile='p' a='");
	for (i = 0; i < n; i++)
		add_text(&b, filterref ? "<parameter name='A' value='v'/>" :
					 "2001:db8:1234:5678:9abc:def0:1234:"
					 "5678/128 ");
	add_text(&b, filterref ? "</filterref>" : "'/></firewall>");
	add_text(&b, "</interface></devices></domain>");
	return b.data;
}

static void test_values_are_counted(void **state)
{
	struct domain d;
	char *text;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		text = with_values(PARAM_MAX_VALUES, i);
		assert_int_equal(try_read(text, HONOUR, &d), 0);
		domain_free(&d);
		free(text);
		text = with_values(PARAM_MAX_VALUES + 1, i);
		refused(text, HONOUR);
		free(text);
	}
}

static char *with_interfaces(unsigned int n)
{
	struct buf b = { 0 };
	unsigned int i;

	add_text(&b, "<domain><name>vm</name><devices>");
	for (i = 0; i < n; i++)
		add_text(&b, "<interface type='user'/>");
	add_text(&b, "</devices></domain>");
	return b.data;
}

static void test_interfaces_are_counted(void **state)
{
	char *text = with_interfaces(DOMAIN_MAX_INTERFACES);
	struct domain d;

	(void)state;
	assert_int_equal(try_read(text, STRICT, &d), 0);
	assert_int_equal(d.ninterfaces, DOMAIN_MAX_INTERFACES);
	domain_free(&d);
	free(text);
	text = with_interfaces(DOMAIN_MAX_INTERFACES + 1);
	refused(text, STRICT);
	free(text);
}

/* What is wrong with a domain's references does not hide whose a tap is. */
static void test_taps_alone(void **state)
{
	static const char text[] =
		"<domain><devices>"
		"<interface type='bridge'><target dev='tap0'/><bogus/></interface>"
		"<interface type='hostdev'><firewall/></interface>"
		"<interface type='network'><target dev='tap1'/></interface>"
		"</devices></domain>";
	_cleanup_xml_ struct xml_node *root = NULL;
	struct domain d = { 0 };

	(void)state;
	refused(text, STRICT);
	assert_int_equal(xml_parse("vm.xml", text, strlen(text), &root), 0);
	assert_int_equal(domain_read_taps("vm.xml", root, &d), 0);
	assert_int_equal(d.ninterfaces, 3);
	assert_string_equal(d.interfaces[0].tap, "tap0");
	assert_string_equal(d.interfaces[1].tap, "");
	assert_string_equal(d.interfaces[2].tap, "tap1");
	assert_false(domain_has_tap(&d.interfaces[1]));
	domain_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_domain_says),
		cmocka_unit_test(test_isolated_port),
		cmocka_unit_test(test_spellings_mean_the_same),
		cmocka_unit_test(test_filterref_must_be_honoured),
		cmocka_unit_test(test_namespaces_like_ours),
		cmocka_unit_test(test_strict_is_for_our_files),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_values_are_counted),
		cmocka_unit_test(test_interfaces_are_counted),
		cmocka_unit_test(test_taps_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
