// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bulk TCP rate through a tap.
 *
 *	tcp TAP GUEST-NETNS GUEST-TAP ADDRESS to|from
 *
 * Plays QEMU: carries frames, with their virtio-net headers so that large
 * segments stay large, between TAP and GUEST-TAP, the guest's own device in
 * another namespace.  One connection sends as fast as it can "from" the guest
 * to ADDRESS of this namespace, or from here "to" the guest's ADDRESS.  Each
 * line on standard input is a number of milliseconds; the answer is the rate
 * over that time in Mbit/s, measured at the receiver.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "bench.h"

#define PORT 5001
#define CHUNK (256 * 1024)

struct direction {
	int from, to;
};

static _Atomic uint64_t received;
static const char *guest_netns;
static struct sockaddr_in server = { .sin_family = AF_INET };

static void fail(const char *what)
{
	log_errno(errno, "%s", what);
	exit(1);
}

static void *relay(void *arg)
{
	const struct direction *d = arg;
	struct pollfd pfd = { .fd = d->from, .events = POLLIN };
	static _Thread_local char buf[70000];
	ssize_t n;

	for (;;) {
		n = read(d->from, buf, sizeof(buf));
		if (n > 0) {
			/* A full queue drops the frame, as a real one would */
			if (write(d->to, buf, (size_t)n) < 0 &&
			    errno != EAGAIN && errno != EIO && errno != EINVAL)
				fail("cannot write to a tap");
		} else if (errno == EAGAIN) {
			poll(&pfd, 1, -1);
		} else if (errno != EIO) {
			fail("cannot read from a tap");
		}
	}
	return NULL;
}

static void enter_guest(void)
{
	_cleanup_close_ int fd = open(guest_netns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail("cannot enter the guest's namespace");
}

static void *receiver(void *arg)
{
	static char buf[CHUNK];
	ssize_t n;
	int fd;

	fd = accept4(*(int *)arg, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		fail("cannot accept");
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		atomic_fetch_add_explicit(&received, (uint64_t)n,
					  memory_order_relaxed);
	fail("the connection ended");
	return NULL;
}

static void *sender(void *arg)
{
	static const char buf[CHUNK];
	int fd = *(int *)arg;

	if (connect(fd, (struct sockaddr *)&server, sizeof(server)))
		fail("cannot connect");
	while (write(fd, buf, sizeof(buf)) > 0)
		;
	fail("cannot send");
	return NULL;
}

static int tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	/* the connection of the run before may not be forgotten yet */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		fail("cannot make a socket");
	return fd;
}

static void start(void *(*f)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, f, arg);
	if (errno)
		fail("cannot start a thread");
}

static void listen_here(int fd)
{
	if (bind(fd, (struct sockaddr *)&server, sizeof(server)) ||
	    listen(fd, 1))
		fail("cannot listen");
}

static void answer(void)
{
	unsigned int ms;
	char line[32];
	uint64_t t, n;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		ms = bench_uint(line, 1, 100000);
		t = bench_now();
		n = received;
		nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L },
			  NULL);
		n = received - n;
		t = bench_now() - t;
		printf("%.1f\n", (double)n * 8000 / (double)t);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	_cleanup_close_ int home = open("/proc/self/ns/net", O_RDONLY);
	struct direction out, in;
	int here, there;
	bool to;

	log_program("tcp");
	if (argc != 6 || !inet_aton(argv[4], &server.sin_addr)) {
		log_err("usage: tcp TAP GUEST-NETNS GUEST-TAP ADDRESS to|from");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	guest_netns = argv[2];
	to = strcmp(argv[5], "to") == 0;
	server.sin_port = htons(PORT);
	in.from = out.to = bench_open_tap(argv[1], true);
	here = tcp_socket();
	enter_guest();
	in.to = out.from = bench_open_tap(argv[3], true);
	there = tcp_socket();
	start(relay, &in);
	start(relay, &out);
	listen_here(to ? there : here);
	if (setns(home, CLONE_NEWNET))
		fail("cannot come back");
	start(receiver, to ? &there : &here);
	start(sender, to ? &here : &there);
	answer();
	return 0;
}
