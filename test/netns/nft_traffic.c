// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules are replaced under traffic: no allowed frame may get lost and no
 * forbidden one pass, at any moment.
 *
 *	nft_traffic [xtables|iptables|moving] REPLACEMENTS FILE...
 *
 * "moving": every other FILE is placed with iptables, the rest with ebtables.
 *
 * tap0 and tap1 are ports of a bridge.  A child installs the rules of each FILE
 * on tap0 in turn, while allowed and forbidden frames are written to it.  All
 * files allow frames from 52:54:00:00:00:01 only.
 */
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "../binding_text.h"
#include "backend.h"
#include "ebt.h"
#include "ipt.h"
#include "nft_wire.h"
#include "place.h"

#define MAX_FILES 8
#define FRAME_LEN 60
#define ALLOWED 1 /* last byte of the source address */
#define FORBIDDEN 3

static const struct backend_ops *ops = &backend_nft;
static bool moving;

static void read_rules(const char *path, struct binding *b)
{
	_cleanup_buf_ struct buf text = { 0 };
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || util_read_all(fd, path, 1 << 20, 0, &text) < 0)
		exit(2);
	text_binding(b, "tap0", text.data);
}

static void place(struct binding *b, enum place p)
{
	unsigned int i;

	for (i = 0; i < b->nprofiles; i++)
		b->profiles[i].place = p;
}

static enum place place_of(int file)
{
	if (ops == &backend_ipt || (moving && file % 2))
		return PLACE_IPTABLES;
	return moving ? PLACE_EBTABLES : PLACE_NONE;
}

static int replace(unsigned long times, int nfiles, char **files)
{
	struct binding b[MAX_FILES] = { 0 };
	struct backend_item items[MAX_FILES] = { 0 };
	struct backend *be;
	unsigned long i;
	int f, rc = 0;

	for (f = 0; f < nfiles; f++) {
		read_rules(files[f], &b[f]);
		place(&b[f], place_of(f));
		if (moving && f)
			items[f].old = &b[f - 1];
		items[f].b = &b[f];
		items[f].id.ifindex = if_nametoindex("tap0");
	}
	if (moving)
		items[0].old = &b[nfiles - 1];
	if (ops->open(&be) < 0)
		return 2;
	for (i = 0; rc >= 0 && i < times; i++)
		rc = ops->apply(be, &items[i % (unsigned int)nfiles], 1);
	ops->close(be);
	for (f = 0; f < nfiles; f++)
		binding_free(&b[f]);
	return rc < 0;
}

static void make_frame(struct frame *f, uint8_t last)
{
	static const uint8_t start[] = { 0x52, 0x54, 0,	   0,	 0,
					 2,    0x52, 0x54, 0,	 0,
					 0,    0,    0x08, 0x00, 0x45 };

	*f = (struct frame){ .len = FRAME_LEN };
	memcpy(f->data, start, sizeof(start));
	f->data[11] = last;
	f->data[FRAME_LEN - 1] = last;
	f->data[17] = 46; /* length of the packet */
	f->data[23] = 17; /* UDP */
	f->data[24] = 0xa6; /* checksum */
	f->data[25] = 0xbd;
	memcpy(f->data + 26, "\x0a\0\0\1\x0a\0\0\2", 8);
}

struct figures {
	unsigned long sent, allowed, forbidden;
};

/* Read what has arrived; frames say by their last byte what they are. */
static void receive(int fd, struct figures *f)
{
	uint8_t in[FRAME_MAX];

	while (read(fd, in, sizeof(in)) == FRAME_LEN) {
		f->allowed += in[FRAME_LEN - 1] == ALLOWED;
		f->forbidden += in[FRAME_LEN - 1] == FORBIDDEN;
	}
}

static void send_both(int fd, struct figures *f)
{
	struct frame allowed, forbidden;

	make_frame(&allowed, ALLOWED);
	make_frame(&forbidden, FORBIDDEN);
	if (write(fd, allowed.data, allowed.len) != FRAME_LEN ||
	    write(fd, forbidden.data, forbidden.len) != FRAME_LEN)
		exit(2);
	f->sent++;
}

static int run(int argc, char **argv)
{
	struct figures f = { 0 };
	int fd[2], status = 0;
	pid_t pid;

	if (argc < 3 || argc > 2 + MAX_FILES)
		return 2;
	wire_open_both(fd);
	if (replace(1, 1, argv + 2) != 0)
		return 2;
	pid = fork();
	if (pid == 0)
		_exit(replace(strtoul(argv[1], NULL, 10), argc - 2, argv + 2));
	while (waitpid(pid, &status, WNOHANG) == 0) {
		send_both(fd[0], &f);
		receive(fd[1], &f);
	}
	send_both(fd[0], &f); /* meets the last rules, for sure */
	while (f.allowed < f.sent &&
	       poll(&(struct pollfd){ .fd = fd[1], .events = POLLIN }, 1,
		    1000) > 0)
		receive(fd[1], &f);
	printf("%lu of each sent, %lu allowed and %lu forbidden arrived\n",
	       f.sent, f.allowed, f.forbidden);
	return status || f.allowed != f.sent || f.forbidden || f.sent < 1000;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	bool other = true;

	if (strcmp(name, "xtables") == 0)
		ops = &backend_ebt;
	else if (strcmp(name, "iptables") == 0)
		ops = &backend_ipt;
	else if (strcmp(name, "moving") == 0)
		ops = backend_find("xtables", &place_kernel);
	else
		other = false;
	moving = strcmp(name, "moving") == 0;
	return run(argc - other, argv + other);
}
