// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hostile HOW... -- PROGRAM [ARG...]
 *
 * Runs PROGRAM as a caller may who means it no good:
 *
 *	no-args		with an empty argument list
 *	fds=N		with N more descriptors, of files, pipes and sockets
 *	few-fds		with a limit below the descriptors that are open
 *	timers=MS	with all three timers running
 *	block		with all signals blocked
 *	ignore		with all signals ignored
 *	tap=NAME	with a descriptor of that tap
 *	give=UID	having given that tap to UID
 *	socket=KIND	with a socket as descriptor 3: stream, dgram, seqpacket,
 *			inet or netlink
 *	hex=DIGITS	with one more argument, its bytes given by two digits each
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int tap = -1;
static char name[256];
static int no_args;

static int more_fds(unsigned long n)
{
	const struct rlimit r = { n + 64, n + 64 };
	unsigned long i;
	int fd = -1, pair[2];

	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		switch (i % 4) {
		case 0:
			fd = open("/dev/zero", O_RDWR);
			break;
		case 1:
			fd = open("/", O_RDONLY | O_DIRECTORY);
			break;
		case 2:
			fd = pipe(pair) < 0 ? -1 : pair[0];
			i++;
			break;
		default:
			fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		}
		if (fd < 0)
			return -1;
	}
	return 0;
}

static int few_fds(void)
{
	const struct rlimit r = { 4, 4 };

	return setrlimit(RLIMIT_NOFILE, &r);
}

static int timers(unsigned long ms)
{
	const struct timeval after = { (time_t)(ms / 1000),
				       (suseconds_t)(ms % 1000 * 1000) };
	const struct itimerval t = { .it_value = after, .it_interval = after };

	return setitimer(ITIMER_VIRTUAL, &t, NULL) < 0 ||
			       setitimer(ITIMER_PROF, &t, NULL) < 0 ||
			       setitimer(ITIMER_REAL, &t, NULL) < 0 ?
		       -1 :
		       0;
}

static int block(void)
{
	sigset_t all;

	sigfillset(&all);
	return sigprocmask(SIG_SETMASK, &all, NULL);
}

static int ignore(void)
{
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	return 0;
}

static int open_tap(const char *tap_name)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	tap = open("/dev/net/tun", O_RDWR);
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", tap_name);
	return tap < 0 ? -1 : ioctl(tap, TUNSETIFF, &req);
}

static int open_socket(const char *kind)
{
	static const struct {
		const char *name;
		int family, type;
	} kinds[] = {
		{ "stream", AF_UNIX, SOCK_STREAM },
		{ "dgram", AF_UNIX, SOCK_DGRAM },
		{ "seqpacket", AF_UNIX, SOCK_SEQPACKET },
		{ "inet", AF_INET, SOCK_STREAM },
		{ "netlink", AF_NETLINK, SOCK_RAW },
	};
	size_t i;
	int fd = -1;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i].name) == 0)
			fd = socket(kinds[i].family, kinds[i].type, 0);
	return fd < 0 ? -1 : dup2(fd, 3);
}

static int bytes(const char *hex)
{
	char pair[3] = "";
	size_t i;

	for (i = 0; hex[0] && hex[1] && i + 1 < sizeof(name); i++, hex += 2) {
		memcpy(pair, hex, 2);
		name[i] = (char)strtoul(pair, NULL, 16);
	}
	return 0;
}

static int apply(const char *how)
{
	const char *value = strchr(how, '=');

	value = value ? value + 1 : "";
	if (strcmp(how, "no-args") == 0)
		return no_args = 1, 0;
	if (strncmp(how, "fds=", 4) == 0)
		return more_fds(strtoul(value, NULL, 10));
	if (strcmp(how, "few-fds") == 0)
		return few_fds();
	if (strncmp(how, "timers=", 7) == 0)
		return timers(strtoul(value, NULL, 10));
	if (strcmp(how, "block") == 0)
		return block();
	if (strcmp(how, "ignore") == 0)
		return ignore();
	if (strncmp(how, "tap=", 4) == 0)
		return open_tap(value);
	if (strncmp(how, "give=", 5) == 0)
		return ioctl(tap, TUNSETOWNER, strtoul(value, NULL, 10));
	if (strncmp(how, "socket=", 7) == 0)
		return open_socket(value);
	if (strncmp(how, "hex=", 4) == 0)
		return bytes(value);
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	char *none[] = { NULL }, *args[64];
	int i, n;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (apply(argv[i]) < 0) {
			perror(argv[i]);
			return 99;
		}
	if (i + 1 >= argc || argc - i > 60 || !argv[i + 1]) {
		fputs("usage: hostile HOW... -- PROGRAM [ARG...]\n", stderr);
		return 99;
	}
	argv += i + 1;
	for (n = 0; argv[n]; n++)
		args[n] = argv[n];
	if (name[0])
		args[n++] = name;
	args[n] = NULL;
	execve(argv[0], no_args ? none : args, environ);
	perror(argv[0]);
	return 99;
}
