// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long are guests open while a command runs?
 *
 *	gap foreign|own SINK PREFIX COUNT COMMAND [ARGUMENT...]
 *
 * Each of the taps PREFIX1 to PREFIXcount sends frames that its rules are to
 * drop, in turn, from before the command is started until it has ended: those
 * of a foreign address, or of the tap's own one and an EtherType that nobody
 * needs.  SINK is where they come out; each says when it was sent, and by which
 * tap.  Prints
 * "GAP-us LONGEST-us FRAMES ROUNDS status": from the first frame that came
 * through to the last one, the same of the tap that was open longest, and how
 * often all taps sent.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bench.h"

#define MAX_TAPS 1024
#define FRAME_LEN 60
#define NAP_NS 100000 /* between two rounds: others are to run, too */
#define ETHERTYPE 0x88b5 /* for experiments */
#define MARK_AT 14

extern char **environ;

struct mark {
	uint32_t tap;
	uint64_t sent;
};

struct tap {
	int fd;
	uint64_t first, last;
};

struct figures {
	struct tap taps[MAX_TAPS];
	unsigned int n;
	bool own;
	unsigned long frames, rounds;
};

static int open_sink(const char *name)
{
	int size = 64 * 1024 * 1024;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
			htons(ETHERTYPE));
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE),
		.sll_ifindex = (int)if_nametoindex(name),
	};

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    bind(fd, (void *)&at, sizeof(at)) < 0) {
		log_errno(errno, "cannot listen on %s", name);
		exit(1);
	}
	return fd;
}

static void send_round(struct figures *f)
{
	uint8_t frame[FRAME_LEN] = {
		0x52, 0x54, 0,	  0xff, 0xff, 0xfd,	      0x52,
		0x54, 0,    0xee, 0xee, 0xee, ETHERTYPE >> 8, ETHERTYPE & 0xff
	};
	struct mark m;
	unsigned int i;

	for (i = 0; i < f->n; i++) {
		m = (struct mark){ .tap = i, .sent = bench_now() };
		memcpy(frame + MARK_AT, &m, sizeof(m));
		if (f->own) {
			frame[8] = frame[9] = 0;
			frame[10] = (uint8_t)((i + 1) / 256);
			frame[11] = (uint8_t)((i + 1) % 256);
		}
		/* A tap that is down takes nothing: that is closed, too. */
		if (write(f->taps[i].fd, frame, sizeof(frame)) < 0 &&
		    errno != EIO) {
			log_errno(errno, "cannot write to a tap");
			exit(1);
		}
	}
	f->rounds++;
}

static void receive(int sink, struct figures *f)
{
	uint8_t in[FRAME_LEN];
	struct mark m;
	struct tap *t;

	while (recv(sink, in, sizeof(in), 0) == FRAME_LEN) {
		memcpy(&m, in + MARK_AT, sizeof(m));
		if (m.tap >= f->n)
			continue;
		t = &f->taps[m.tap];
		t->first = t->first ? t->first : m.sent;
		t->last = m.sent;
		f->frames++;
	}
}

static void print(const struct figures *f, int status)
{
	uint64_t first = UINT64_MAX, last = 0, longest = 0;
	const struct tap *t;
	unsigned int i;

	for (i = 0; i < f->n; i++) {
		t = &f->taps[i];
		if (!t->first)
			continue;
		first = t->first < first ? t->first : first;
		last = t->last > last ? t->last : last;
		if (t->last - t->first > longest)
			longest = t->last - t->first;
	}
	printf("%llu %llu %lu %lu %d\n",
	       (unsigned long long)(last ? (last - first) / 1000 : 0),
	       (unsigned long long)longest / 1000, f->frames, f->rounds,
	       status);
}

int main(int argc, char **argv)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	static struct figures f;
	char name[IFNAMSIZ];
	int sink, status = 0;
	unsigned int i;
	pid_t pid;

	if (argc < 6)
		return 2;
	f.own = strcmp(argv[1], "own") == 0;
	sink = open_sink(argv[2]);
	f.n = bench_uint(argv[4], 1, MAX_TAPS);
	for (i = 0; i < f.n; i++) {
		snprintf(name, sizeof(name), "%.8s%u", argv[3],
			 (uint16_t)(i + 1));
		f.taps[i].fd = bench_open_tap(name, false);
	}
	send_round(&f);
	if (posix_spawnp(&pid, argv[5], NULL, NULL, argv + 5, environ))
		return 1;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		send_round(&f);
		receive(sink, &f);
		nanosleep(&nap, NULL);
	}
	send_round(&f);
	receive(sink, &f);
	print(&f, status);
	return status != 0;
}
