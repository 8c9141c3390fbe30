// SPDX-License-Identifier: GPL-2.0-or-later
/* What is read out of a guest's frames, and what is suggested for it */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "observe.h"

static struct observed o;

static int begin(void **state)
{
	(void)state;
	memset(&o, 0, sizeof(o));
	return 0;
}

static void see(const char *name)
{
	const struct frame_row *row = NULL;
	uint8_t frame[FRAME_MAX];
	size_t i;

	for (i = 0; (row = frame_row_get(i)); i++)
		if (strcmp(row->name, name) == 0)
			break;
	if (!row)
		fail_msg("no frame is called %s", name);
	else
		observe_frame(&o, frame, frame_build(row, frame));
}

/* All values of a table, with how they were seen, as one text */
static const char *list(enum observe_table t)
{
	static char text[4096];
	char value[FIELD_TEXT_MAX];
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < o.lists[t].n; i++) {
		observe_format(t, &o.lists[t].rows[i], value);
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s%s/%x", i ? " " : "", value,
					o.lists[t].rows[i].how);
	}
	return text;
}

static void test_arp(void **state)
{
	(void)state;
	see("arp-request");
	assert_string_equal(list(OBSERVE_MACS), "52:54:00:ad:be:01/d");
	assert_int_equal(o.lists[OBSERVE_MACS].rows[0].frames, 1);
	assert_string_equal(list(OBSERVE_IP4), "10.0.0.1/9");
	assert_string_equal(list(OBSERVE_TYPES), "0x0806/1");
	see("arp-probe-second-address");
	assert_string_equal(list(OBSERVE_IP4), "10.0.0.1/9 10.0.0.17/21");
	see("arp-reply-other-mac");
	assert_string_equal(list(OBSERVE_MACS),
			    "52:54:00:ad:be:01/d 52:54:00:ad:be:03/9");
	see("rarp-announce");
	see("arp-hardware-type-6");
	see("arp-operation-0");
	see("arp-cut-off");
	assert_int_equal(o.messages[OBSERVE_ARP_REQUEST], 1);
	assert_int_equal(o.messages[OBSERVE_ARP_PROBE], 1);
	assert_int_equal(o.messages[OBSERVE_ARP_REPLY], 1);
	assert_int_equal(o.messages[OBSERVE_RARP], 1);
	assert_int_equal(o.messages[OBSERVE_ARP_OTHER], 3);
	assert_int_equal(o.frames, 7);
}

static void test_neighbours(void **state)
{
	(void)state;
	see("dad");
	assert_string_equal(list(OBSERVE_IP6), "2001:db8::1/21");
	see("ns");
	/* whom it asks for is somebody else */
	assert_null(strstr(list(OBSERVE_IP6), "2001:db8::2"));
	see("na-other");
	assert_non_null(strstr(list(OBSERVE_IP6), "2001:db8::3/11"));
	see("ra");
	assert_int_equal(o.messages[OBSERVE_ROUTER_ADVERTISEMENT], 1);
	assert_int_equal(o.messages[OBSERVE_NEIGHBOUR_SOLICITATION], 2);
	assert_int_equal(o.messages[OBSERVE_NEIGHBOUR_ADVERTISEMENT], 1);
}

static void test_wrapped(void **state)
{
	static const uint8_t cut[] = { 1, 2, 3, 4, 5,	6, 7, 8,
				       9, 9, 9, 9, 129, 0, 0 };
	(void)state;

	see("arp-reply-other-ip-in-vlan0-snap");
	assert_string_equal(list(OBSERVE_VLANS), "0 of 0x8100/2");
	assert_string_equal(list(OBSERVE_IP4), "10.0.0.254/a");
	assert_string_equal(list(OBSERVE_TYPES), "0x0806/2");
	see("arp-reply-other-ip-in-three-tags");
	assert_string_equal(list(OBSERVE_TYPES), "0x0806/2 0x8100/2");
	see("spanning-tree");
	assert_string_equal(list(OBSERVE_LLC), "0x4242/2");
	assert_int_equal(o.wrapped, 3);
	observe_frame(&o, cut, sizeof(cut));
	assert_int_equal(o.messages[OBSERVE_BROKEN], 1);
	observe_frame(&o, cut, 13);
	assert_int_equal(o.messages[OBSERVE_BROKEN], 2);
}

static void see_hex(const char *text)
{
	uint8_t frame[256];
	size_t len = 0;

	for (; *text; text += 2) {
		if (*text == ' ') {
			text--;
			continue;
		}
		frame[len++] = (uint8_t)(util_hex_digit(text[0]) << 4 |
					 util_hex_digit(text[1]));
	}
	observe_frame(&o, frame, len);
}

#define ALL_ZERO "0000000000000000"
#define MLD(length, records)                                    \
	"333300000016 525400000001 86dd 60000000" length "0001" \
	"fe80000000000000 0000000000000001 ff02000000000000 "   \
	"0000000000000016 3a00050200000100 8f00000000000" records " "
#define GROUP1 "ff02000000000000 00000000000000fb "
#define GROUP2 "ff02000000000000 00000000000000fc "

/* The first record has a source and a word behind it. */
static void test_mld(void **state)
{
	(void)state;
	see_hex(MLD("004c", "002") "04010001" GROUP1 ALL_ZERO ALL_ZERO
				   "01020304 04000000" GROUP2);
	assert_string_equal(list(OBSERVE_GROUPS6), "ff02::fb/5 ff02::fc/5");
	/* more records than there are, and more sources */
	see_hex(MLD("0024", "fff") "04000000" GROUP1);
	see_hex(MLD("0024", "002") "0400ffff" GROUP1);
	assert_int_equal(o.lists[OBSERVE_GROUPS6].n, 2);
	assert_int_equal(o.lists[OBSERVE_GROUPS6].rows[0].frames, 3);
	assert_int_equal(o.messages[OBSERVE_GROUP_REPORT], 3);
	assert_int_equal(o.messages[OBSERVE_BROKEN], 0);
}

#define IGMP(length, records)                        \
	"01005e000016 525400000001 0800 4500" length \
	"00000000 01020000 0a000001 e0000016 2200000000000" records " "

static void test_igmp(void **state)
{
	(void)state;
	see_hex(IGMP("0030", "002") "04000001 e00000fb 01020304"
				    "04000000 ef010203");
	assert_string_equal(list(OBSERVE_GROUPS4), "224.0.0.251/5 239.1.2.3/5");
	see_hex(IGMP("0024", "fff") "04000000 e00000fb");
	assert_int_equal(o.lists[OBSERVE_GROUPS4].rows[0].frames, 2);
	assert_int_equal(o.messages[OBSERVE_GROUP_REPORT], 2);
	assert_int_equal(o.messages[OBSERVE_BROKEN], 0);
	see_hex("01005e0000fb 525400000001 0800 4500001c 00000000 01020000"
		"0a000001 e00000fb 16000000 e00000fb");
	assert_int_equal(o.lists[OBSERVE_GROUPS4].rows[0].frames, 3);
}

/* Whatever is cut off anywhere */
static void test_cut(void **state)
{
	const struct frame_row *row;
	uint8_t frame[FRAME_MAX], *copy;
	size_t i, len, all;
	(void)state;

	for (i = 0; (row = frame_row_get(i)); i++) {
		all = frame_build(row, frame);
		for (len = 0; len < all && len < 120; len++) {
			/* the sanitizer looks at the end of it */
			copy = malloc(len + 1);
			assert_non_null(copy);
			memcpy(copy, frame, len);
			observe_frame(&o, copy, len);
			free(copy);
		}
	}
}

static void test_full(void **state)
{
	uint8_t frame[60] = { [12] = 0x88, 0xb5 };
	unsigned int i;
	(void)state;

	for (i = 0; i < OBSERVE_ROWS + 10; i++) {
		frame[11] = (uint8_t)i;
		observe_frame(&o, frame, sizeof(frame));
		observe_frame(&o, frame, sizeof(frame));
	}
	assert_int_equal(o.lists[OBSERVE_MACS].n, OBSERVE_ROWS);
	assert_int_equal(o.lists[OBSERVE_MACS].over, 20);
	assert_int_equal(o.lists[OBSERVE_MACS].rows[3].frames, 2);
	assert_int_equal(o.lists[OBSERVE_TYPES].n, 1);
}

/* ---- the suggestion --------------------------------------------------------- */

static void advise(struct observe_advice *a)
{
	const char *at, *end;

	assert_int_equal(observe_advise(&o, "a--b", "br0", NULL, a), 0);
	at = strstr(a->domain.data, "<!--");
	end = strstr(a->domain.data, "-->");
	assert_non_null(at);
	assert_ptr_equal(strstr(at + 4, "--"), end);
}

static void test_nothing(void **state)
{
	struct observe_advice a = { 0 };
	(void)state;

	assert_int_equal(observe_advise(&o, "tap0", "", NULL, &a), -ENODATA);
	see("dhcp-discover");
	assert_int_equal(observe_advise(&o, "tap0", "", NULL, &a), -ENODATA);
	see("ping-from-loopback");
	see("ping-from-multicast");
	assert_int_equal(observe_advise(&o, "tap0", "", NULL, &a), -ENODATA);
	observe_advice_free(&a);
}

static void test_dual_stack(void **state)
{
	struct observe_advice a = { 0 };
	(void)state;

	see("tcp");
	see("dad-link-local");
	see("tcp6");
	advise(&a);
	assert_non_null(
		strstr(a.domain.data, "profile='clean-traffic-dual-stack'"));
	assert_non_null(strstr(a.domain.data, "ip_address='10.0.0.1'"));
	assert_non_null(strstr(a.domain.data, "ipv6_address='2001:db8::1'"));
	/* the one that is assumed anyhow */
	assert_null(strstr(a.domain.data, "ipv6_linklocal"));
	assert_string_equal(a.name, "");
	observe_advice_free(&a);
}

static void test_link_local_only(void **state)
{
	struct observe_advice a = { 0 };
	(void)state;

	see("tcp");
	see("dad-link-local");
	advise(&a);
	assert_non_null(strstr(a.domain.data, "profile='clean-traffic'"));
	assert_non_null(strstr(a.notes.data, "link-local addresses only"));
	observe_advice_free(&a);
}

static void test_known_mac(void **state)
{
	static const uint8_t known[] = { 0x52, 0x54, 0, 9, 9, 9 };
	struct observe_advice a = { 0 };
	(void)state;

	see("tcp");
	assert_int_equal(observe_advise(&o, "tap0", "", known, &a), 0);
	assert_non_null(
		strstr(a.domain.data, "<mac address='52:54:00:09:09:09'/>"));
	assert_null(strstr(a.domain.data, "<source"));
	assert_non_null(strstr(a.notes.data,
			       "52:54:00:ad:be:01 in 1 frame: not allowed"));
	observe_advice_free(&a);
}

static void test_own_profile(void **state)
{
	struct observe_advice a = { 0 };
	(void)state;

	see("tcp");
	see("lldp");
	see("pause");
	advise(&a);
	assert_string_equal(a.name, "observed-a--b");
	assert_non_null(strstr(a.profile.data, ">arp ipv4 0x88cc<"));
	assert_non_null(strstr(a.notes.data, "seen: 0x88cc; remove"));
	assert_non_null(strstr(a.metadata.data, "profile='observed-a--b'"));
	observe_advice_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_arp, begin),
		cmocka_unit_test_setup(test_neighbours, begin),
		cmocka_unit_test_setup(test_wrapped, begin),
		cmocka_unit_test_setup(test_mld, begin),
		cmocka_unit_test_setup(test_igmp, begin),
		cmocka_unit_test_setup(test_cut, begin),
		cmocka_unit_test_setup(test_full, begin),
		cmocka_unit_test_setup(test_nothing, begin),
		cmocka_unit_test_setup(test_dual_stack, begin),
		cmocka_unit_test_setup(test_link_local_only, begin),
		cmocka_unit_test_setup(test_known_mac, begin),
		cmocka_unit_test_setup(test_own_profile, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
