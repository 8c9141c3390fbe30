// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes those seeds of the fuzz targets that are no text into a directory with
 * one for each target: records, frames, and what this kernel answers to the
 * calls of link_calls.h and nft_calls.h, in the form that test/fuzz/netlink.h
 * describes.
 *
 *	unshare -n sh -c 'ip tuntap add tap0 mode tap; ip link add br0 type
 *	bridge; fuzz_seeds test/fuzz/corpus'
 */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "../link_calls.h"
#include "../nft_calls.h"
#include "frame.h"
#include "state.h"

static struct buf answers;
static uint32_t base;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* The linker takes these two instead of libmnl's. */
ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *buf,
			  size_t size)
{
	base = ((const struct nlmsghdr *)buf)->nlmsg_seq;
	return send(mnl_socket_get_fd(nl), buf, size, 0);
}

/* Numbers as a fuzz target wants them; behind the length nothing is aligned. */
static void renumber(char *at, size_t size)
{
	struct nlmsghdr nlh;

	while (size >= sizeof(nlh)) {
		memcpy(&nlh, at, sizeof(nlh));
		nlh.nlmsg_seq -= base;
		nlh.nlmsg_pid = 0;
		memcpy(at, &nlh, sizeof(nlh));
		if (nlh.nlmsg_len < sizeof(nlh) || nlh.nlmsg_len >= size)
			return;
		at += (nlh.nlmsg_len + 3) & ~3U;
		size -= (nlh.nlmsg_len + 3) & ~3U;
	}
}

static void keep(const void *data, size_t size)
{
	uint8_t len[2] = { (uint8_t)size, (uint8_t)(size >> 8) };

	if (size > UINT16_MAX || buf_add(&answers, len, sizeof(len)) < 0 ||
	    buf_add(&answers, data, size) < 0)
		die("an answer");
	renumber(answers.data + answers.len - size, size);
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	ssize_t n = recv(mnl_socket_get_fd(nl), buf, size, MSG_TRUNC);

	if (n >= 0)
		keep(buf, (size_t)n);
	return n;
}

static void begin(unsigned int which)
{
	const char byte = (char)which;

	answers.len = 0;
	if (buf_add(&answers, &byte, 1) < 0)
		die("a seed");
}

static void finish(const char *dir, const char *target, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, target, name);
	f = fopen(path, "we");
	if (!f || fwrite(answers.data, 1, answers.len, f) != answers.len ||
	    fclose(f) != 0)
		die(path);
}

static void seed_link(const char *dir)
{
	static const struct {
		unsigned int which;
		const char *name;
	} calls[] = { { 0, "get" },
		      { 1, "attach" },
		      { 0, "get-port" },
		      { 1, "attach-again" },
		      { 2, "attach-nothing" },
		      { 3, "shut" },
		      { 3, "shut-again" } };
	struct link *l;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		begin(calls[i].which);
		if (link_open(&l) < 0)
			die("rtnetlink");
		if (call_link(l, calls[i].which) > 0)
			die(calls[i].name);
		link_close(l);
		finish(dir, "fuzz_link", calls[i].name);
	}
}

static void seed_nft(const char *dir)
{
	static const struct {
		unsigned int which;
		const char *name;
	} calls[] = { { 0, "query-nothing" }, { 1, "apply" },
		      { 0, "query" },	      { 2, "counters" },
		      { 1, "apply-again" },   { 3, "remove" },
		      { 3, "remove-nothing" } };
	struct binding b = { 0 };
	struct backend *be;
	size_t i;

	text_binding(&b, "tap0", call_rules);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		begin(calls[i].which);
		if (backend_nft.open(&be) < 0)
			die("nf_tables");
		if (call_nft(be, calls[i].which, &b) > 0)
			die(calls[i].name);
		finish(dir, "fuzz_nft", calls[i].name);
		backend_nft.close(be);
	}
	binding_free(&b);
}

/* Each operator, widths that are no bytes, a rule without a condition */
static void seed_record(const char *dir)
{
	struct record r = { .ifindex = 7,
			    .owner = 64801,
			    .since = 1700000000,
			    .boot_id = "12345678-9abc-def0-1234-56789abcdef0",
			    .active = true };
	struct binding *b = &r.binding;

	text_binding(b, "tap0",
		     "a:1 out drop eth.src!=52:54:00:00:00:01\n"
		     "a:2 out accept eth.type=0x8100 vlan.type=0x0800 "
		     "vlan.id=1-9 ip.src={10.0.0.1,10.1.0.0/16}\n"
		     "a:3 out drop\n"
		     "b:1 in drop eth.type=0x86dd ip6.src!=fe80::/10 "
		     "ip6.proto=6 l4.dport!=80-90\n");
	memcpy(b->bridge, "br0", sizeof("br0"));
	memset(b->uuid, 0xab, sizeof(b->uuid));
	b->mac[0] = 0x52;
	b->isolated = true;
	answers.len = 0;
	if (binding_encode(b, &answers) < 0)
		die("a binding");
	finish(dir, "fuzz_record", "binding");
	answers.len = 0;
	if (record_encode(&r, &answers) < 0)
		die("a record");
	finish(dir, "fuzz_state", "record");
	record_free(&r);
}

/* The frames of selftest, a seed for each kind of them */
static void seed_observe(const char *dir)
{
	const struct frame_row *row, *next;
	uint8_t frame[2 + FRAME_MAX];
	size_t i, len;

	answers.len = 0;
	for (i = 0; (row = frame_row_get(i)); i++) {
		len = frame_build(row, frame + 2);
		frame[0] = (uint8_t)(len >> 8);
		frame[1] = (uint8_t)len;
		if (row->dir == DIR_OUT &&
		    buf_add(&answers, frame, len + 2) < 0)
			die("a frame");
		next = frame_row_get(i + 1);
		if (answers.len &&
		    (!next || strcmp(next->class, row->class) != 0)) {
			finish(dir, "fuzz_observe", row->name);
			answers.len = 0;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	seed_record(argv[1]);
	seed_link(argv[1]);
	seed_nft(argv[1]);
	seed_observe(argv[1]);
	buf_free(&answers);
	return 0;
}
