// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From references to a binding: where profiles are found, what counts once,
 * what is assumed.  Rules and messages are in test/golden/profiles.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "expand.h"

#define DROP_ALL                                                  \
	"<FilterEntry><Action>DROP</Action><TrafficType>outgoing" \
	"</TrafficType></FilterEntry>"
#define DROP_LEAF(leaf)                                           \
	"<FilterEntry><Action>DROP</Action><TrafficType>outgoing" \
	"</TrafficType><IPHeadersFilter>" leaf                    \
	"</IPHeadersFilter></FilterEntry>"

/* Two directories of profiles in a temporary one. */
struct fixture {
	char top[32];
	struct infile_dir dirs[2];
	struct expand_env env;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int top, i;

	assert_non_null(f);
	memcpy(f->top, "/tmp/tf-expand-XXXXXX", 22);
	assert_non_null(mkdtemp(f->top));
	top = open(f->top, O_DIRECTORY | O_CLOEXEC);
	assert_true(top >= 0);
	for (i = 0; i < 2; i++) {
		f->dirs[i].path = i ? "two" : "one";
		assert_int_equal(mkdirat(top, f->dirs[i].path, 0700), 0);
		f->dirs[i].fd =
			openat(top, f->dirs[i].path, O_DIRECTORY | O_CLOEXEC);
		assert_true(f->dirs[i].fd >= 0);
	}
	close(top);
	f->env = (struct expand_env){
		.dirs = f->dirs,
		.ndirs = 2,
		.default_profiles = "",
		.max_rules = 4096,
	};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "p.xml", "q.xml", "r.xml" };
	struct fixture *f = *state;
	char path[64];
	size_t i, k;

	for (i = 0; i < 2; i++) {
		for (k = 0; k < ARRAY_SIZE(names); k++)
			if (unlinkat(f->dirs[i].fd, names[k], 0) < 0)
				unlinkat(f->dirs[i].fd, names[k], AT_REMOVEDIR);
		close(f->dirs[i].fd);
		snprintf(path, sizeof(path), "%s/%s", f->top, f->dirs[i].path);
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(rmdir(f->top), 0);
	free(f);
	return 0;
}

static void put(struct fixture *f, int dir, const char *name, const char *body)
{
	char file[16];
	int fd;

	snprintf(file, sizeof(file), "%s.xml", name);
	fd = openat(f->dirs[dir].fd, file,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_true(dprintf(fd,
			    "<FilterPool name='%s' "
			    "xmlns:tf='urn:tapfilter:1'>%s</FilterPool>",
			    name, body) > 0);
	close(fd);
}

/* A domain with one interface and up to two references without parameters */
struct guest {
	struct domain d;
	struct interface nic;
	struct reference refs[2];
	char names[2][8];
	char type[16];
	char domain[8];
};

static void make_guest(struct guest *g, const char *first, const char *second)
{
	const char *names[2] = { first, second };
	size_t i;

	*g = (struct guest){ 0 };
	memcpy(g->type, "bridge", 7);
	memcpy(g->domain, "vm", 3);
	g->nic = (struct interface){
		.type = g->type,
		.tap = "tap7",
		.bridge = "br3",
		.has_mac = true,
		.mac = { 0x52, 0x54, 0, 0xaa, 0xbb, 1 },
		.line = 4,
		.refs = g->refs,
	};
	for (i = 0; i < 2 && names[i]; i++) {
		snprintf(g->names[i], sizeof(g->names[i]), "%s", names[i]);
		g->refs[i].profile = g->names[i];
		g->refs[i].file = "vm.xml";
		g->refs[i].line = 5;
		g->nic.nrefs++;
	}
	g->d = (struct domain){
		.file = "vm.xml",
		.name = g->domain,
		.uuid = { 1, 2, 3 },
		.ninterfaces = 1,
		.interfaces = &g->nic,
	};
}

static int expand(struct fixture *f, struct guest *g, struct binding *b)
{
	*b = (struct binding){ 0 };
	return expand_interface(&f->env, &g->d, 0, b);
}

static void fails(struct fixture *f, struct guest *g, int error)
{
	struct binding b;

	assert_int_equal(expand(f, g, &b), error);
	assert_null(b.rules);
	assert_null(b.profiles);
	assert_null(b.domain);
}

static void test_head(void **state)
{
	struct guest g;
	struct binding b;

	put(*state, 0, "p", DROP_ALL);
	make_guest(&g, "p", NULL);
	assert_int_equal(expand(*state, &g, &b), 0);
	assert_string_equal(b.tap, "tap7");
	assert_string_equal(b.bridge, "br3");
	assert_string_equal(b.domain, "vm");
	assert_memory_equal(b.mac, g.nic.mac, 6);
	assert_memory_equal(b.uuid, g.d.uuid, 16);
	assert_int_equal(b.nprofiles, 1);
	assert_int_equal(b.nrules, 1);
	binding_free(&b);
}

static void test_first_directory_wins(void **state)
{
	struct fixture *f = *state;
	struct guest g;
	struct binding b;

	put(f, 0, "p", DROP_ALL);
	put(f, 1, "p", DROP_ALL DROP_ALL);
	put(f, 1, "q", DROP_ALL DROP_ALL DROP_ALL);
	make_guest(&g, "p", "q");
	assert_int_equal(expand(f, &g, &b), 0);
	assert_int_equal(b.nrules, 4);
	binding_free(&b);

	/* A file that is at fault is not passed over. */
	put(f, 0, "p", "<Oops/>");
	fails(f, &g, -EINVAL);
	assert_int_equal(fchmodat(f->dirs[0].fd, "p.xml", 0, 0), 0);
	assert_int_not_equal(expand(f, &g, &b), 0);
}

static void test_only_regular_files(void **state)
{
	struct fixture *f = *state;
	struct guest g;

	put(f, 1, "p", DROP_ALL);
	put(f, 1, "q", DROP_ALL);
	make_guest(&g, "p", NULL);
	assert_int_equal(symlinkat("../two/p.xml", f->dirs[0].fd, "p.xml"), 0);
	fails(f, &g, -EINVAL);
	assert_int_equal(unlinkat(f->dirs[0].fd, "p.xml", 0), 0);
	assert_int_equal(mkfifoat(f->dirs[0].fd, "p.xml", 0600), 0);
	fails(f, &g, -EINVAL);
	assert_int_equal(unlinkat(f->dirs[0].fd, "p.xml", 0), 0);
	assert_int_equal(mkdirat(f->dirs[0].fd, "p.xml", 0700), 0);
	fails(f, &g, -EINVAL);
	make_guest(&g, "../p", NULL);
	fails(f, &g, -EINVAL);
}

static void test_size_limit(void **state)
{
	struct fixture *f = *state;
	struct guest g;
	int fd;

	put(f, 0, "p", DROP_ALL);
	fd = openat(f->dirs[0].fd, "p.xml", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, XML_MAX_SIZE + 1), 0);
	close(fd);
	make_guest(&g, "p", NULL);
	fails(f, &g, -EFBIG);
}

static void test_nothing_referenced(void **state)
{
	struct guest g;
	struct binding b;

	make_guest(&g, NULL, NULL);
	assert_int_equal(expand(*state, &g, &b), 0);
	assert_int_equal(b.nprofiles, 0);
	assert_int_equal(b.nrules, 0);
	assert_string_equal(b.tap, "tap7");
	binding_free(&b);
}

static void test_default_profiles(void **state)
{
	struct fixture *f = *state;
	struct guest g;
	struct binding b;

	put(f, 0, "p", DROP_ALL);
	put(f, 0, "q", DROP_ALL);
	f->env.default_profiles = " q  p ";
	make_guest(&g, "p", NULL);
	assert_int_equal(expand(f, &g, &b), 0);
	assert_int_equal(b.nprofiles, 2);
	assert_string_equal(b.profiles[0].name, "p");
	assert_string_equal(b.profiles[1].name, "q");
	binding_free(&b);

	/* They are for taps only. */
	make_guest(&g, NULL, NULL);
	memcpy(g.type, "hostdev", 8);
	assert_int_equal(expand(f, &g, &b), 0);
	assert_int_equal(b.nprofiles, 0);
	binding_free(&b);
}

static void test_link_local_of_mac(void **state)
{
	static const uint8_t want[16] = { 0xfe, 0x80, 0,    0,	  0, 0,
					  0,	0,    0x50, 0x54, 0, 0xff,
					  0xfe, 0xaa, 0xbb, 0x01 };
	struct fixture *f = *state;
	const struct match *m;
	struct guest g;
	struct binding b;

	put(f, 0, "p",
	    DROP_LEAF("<HdrSrcAddress>THIS_LINKLOCAL</HdrSrcAddress>"));
	make_guest(&g, "p", NULL);
	assert_int_equal(expand(f, &g, &b), 0);
	m = rule_find(&b.rules[0], FIELD_IP6_SRC);
	assert_non_null(m);
	assert_memory_equal(m->values[0].lo, want, 16);
	assert_string_equal(b.profiles[0].params,
			    "ipv6_linklocal=fe80::5054:ff:feaa:bb01 (from "
			    "MAC)");
	binding_free(&b);

	/* It needs nothing but the MAC, so it can be a default profile. */
	f->env.default_profiles = "p";
	make_guest(&g, NULL, NULL);
	assert_int_equal(expand(f, &g, &b), 0);
	assert_int_equal(b.nrules, 1);
	binding_free(&b);

	g.nic.has_mac = false;
	fails(f, &g, -EINVAL);
}

/* Resolve THIS_IP, THIS_IPV6 or THIS_LINKLOCAL with that value. */
static int expand_own(struct fixture *f, const char *leaf, const char *name,
		      const char *text)
{
	char param_name[32], value[64];
	struct param param = { .name = param_name, .value = value };
	struct guest g;
	struct binding b;
	int rc;

	put(f, 0, "p", leaf);
	make_guest(&g, "p", NULL);
	snprintf(param_name, sizeof(param_name), "%s", name);
	snprintf(value, sizeof(value), "%s", text);
	g.refs[0].nparams = 1;
	g.refs[0].params = &param;
	rc = expand(f, &g, &b);
	if (rc == 0)
		binding_free(&b);
	return rc;
}

/* What is refused as the guest's own is fine as somebody else's. */
static void test_own_addresses(void **state)
{
	static const char *const refused[] = {
		"0.0.0.0",     "0.0.0.0/0",   "0.0.0.0/8",
		"127.0.0.1",   "64.0.0.0/2",  "224.0.0.251",
		"192.0.0.0/2", "240.0.0.0/4", "255.255.255.255",
	};
	static const char *const refused6[] = {
		"::",	   "::/0",    "::/96",	  "::1",
		"::1/128", "ff02::1", "fe00::/7", "ff00::/8",
	};
	static const char other[] =
		DROP_LEAF("<HdrDestAddress>THIS_NET</HdrDestAddress>");
	static const char own[] =
		DROP_LEAF("<HdrSrcAddress>THIS_IP</HdrSrcAddress>");
	static const char own6[] =
		DROP_LEAF("<HdrSrcAddress>THIS_IPV6</HdrSrcAddress>");
	size_t i;

	assert_int_equal(expand_own(*state, own, "ip_address", "10.0.0.1"), 0);
	assert_int_equal(expand_own(*state, own6, "ipv6_address", "fd00::1"),
			 0);
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		assert_int_equal(expand_own(*state, own, "ip_address",
					    refused[i]),
				 -EINVAL);
		assert_int_equal(expand_own(*state, other, "net", refused[i]),
				 0);
	}
	for (i = 0; i < ARRAY_SIZE(refused6); i++) {
		assert_int_equal(expand_own(*state, own6, "ipv6_address",
					    refused6[i]),
				 -EINVAL);
		assert_int_equal(expand_own(*state, other, "net", refused6[i]),
				 0);
	}
}

/* What needs no address of the guest does not ask for its MAC. */
static void test_no_mac(void **state)
{
	struct fixture *f = *state;
	static const uint8_t none[6];
	struct guest g;
	struct binding b;

	put(f, 0, "p", DROP_ALL);
	put(f, 0, "q",
	    "<FilterEntry><Action>DROP</Action><TrafficType>outgoing"
	    "</TrafficType><ARPFilter><SrcMACAddr>THIS_MAC</SrcMACAddr>"
	    "</ARPFilter></FilterEntry>");
	make_guest(&g, "p", NULL);
	g.nic.has_mac = false;
	assert_int_equal(expand(f, &g, &b), 0);
	assert_memory_equal(b.mac, none, 6);
	binding_free(&b);
	make_guest(&g, "q", NULL);
	g.nic.has_mac = false;
	fails(f, &g, -EINVAL);
}

static void test_rule_limit(void **state)
{
	struct fixture *f = *state;
	struct guest g;
	struct binding b;

	put(f, 0, "p", DROP_ALL DROP_LEAF("<HdrDSCP>1</HdrDSCP>"));
	put(f, 0, "q", DROP_ALL);
	make_guest(&g, "p", "q");
	f->env.max_rules = 4;
	assert_int_equal(expand(f, &g, &b), 0);
	assert_int_equal(b.nrules, 4);
	binding_free(&b);
	f->env.max_rules = 3;
	fails(f, &g, -EINVAL);
}

/* Each level doubles the ways down: work must end at the limit. */
static void test_many_ways(void **state)
{
	struct fixture *f = *state;
	struct guest g;

	put(f, 0, "p",
	    "<reference profile='q' a='1'/><reference profile='q' a='2'/>"
	    "<reference profile='q' a='3'/><reference profile='q' a='4'/>"
	    "<reference profile='q' a='5'/><reference profile='q' a='6'/>"
	    "<reference profile='q' a='7'/><reference profile='q' a='8'/>");
	put(f, 0, "q",
	    "<reference profile='r' a='THIS_A' b='1'/>"
	    "<reference profile='r' a='THIS_A' b='2'/>"
	    "<reference profile='r' a='THIS_A' b='3'/>"
	    "<reference profile='r' a='THIS_A' b='4'/>"
	    "<reference profile='r' a='THIS_A' b='5'/>"
	    "<reference profile='r' a='THIS_A' b='6'/>"
	    "<reference profile='r' a='THIS_A' b='7'/>");
	put(f, 0, "r",
	    DROP_LEAF("<HdrDSCP>THIS_A</HdrDSCP>"
		      "<tf:HopLimit>THIS_B</tf:HopLimit>"));
	make_guest(&g, "p", NULL);
	fails(f, &g, -EINVAL);
}

static int check(struct fixture *f, const char *name)
{
	_cleanup_binding_ struct binding b = { 0 };
	char file[16];
	int fd, rc;

	snprintf(file, sizeof(file), "%s.xml", name);
	fd = openat(f->dirs[0].fd, file, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	rc = expand_check(&f->env, name, file, fd, &b);
	close(fd);
	return rc;
}

static void test_check(void **state)
{
	struct fixture *f = *state;

	put(f, 0, "p", DROP_LEAF("<HdrSrcAddress>THIS_IP</HdrSrcAddress>"));
	assert_int_equal(check(f, "p"), 0);
	put(f, 0, "p",
	    DROP_ALL "<FilterEntry><Action>ACCEPT</Action><TrafficType>"
		     "outgoing</TrafficType></FilterEntry>");
	assert_int_equal(check(f, "p"), 1);
	put(f, 0, "q", "<reference profile='p'/>");
	assert_int_equal(check(f, "q"), 0);
	put(f, 0, "p", "<reference profile='q'/>");
	assert_int_equal(check(f, "q"), -EINVAL);
	assert_int_equal(unlinkat(f->dirs[0].fd, "p.xml", 0), 0);
	assert_int_equal(check(f, "q"), -EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_head),
		TEST(test_first_directory_wins),
		TEST(test_only_regular_files),
		TEST(test_size_limit),
		TEST(test_nothing_referenced),
		TEST(test_default_profiles),
		TEST(test_link_local_of_mac),
		TEST(test_own_addresses),
		TEST(test_no_mac),
		TEST(test_rule_limit),
		TEST(test_many_ways),
		TEST(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
