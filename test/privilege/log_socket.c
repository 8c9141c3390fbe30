// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log_socket FILE: be /dev/log, write one line to FILE for each message
 * log_socket FILE MARK: wait until all that was sent so far is in FILE
 *
 * A byte that is not printable ASCII is written as <HEX>: whoever finds a "<"
 * followed by two digits has found one that the sender let through.  The first
 * form prints "ready", and ends with its parent.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATH "/dev/log"
#define TRIES 5000

static const struct sockaddr_un at = {
	.sun_family = AF_UNIX,
	.sun_path = PATH,
};

static void write_message(FILE *out, const unsigned char *text, size_t n)
{
	/* glibc ends what it sends to a datagram socket with a NUL or not. */
	while (n && (text[n - 1] == '\n' || text[n - 1] == '\0'))
		n--;
	for (; n--; text++)
		if (*text >= 0x20 && *text <= 0x7e)
			fputc(*text, out);
		else
			fprintf(out, "<%02X>", *text);
	fputc('\n', out);
	fflush(out);
}

static int serve(const char *file)
{
	static unsigned char text[65536];
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	FILE *out = fopen(file, "ae");
	ssize_t n;

	unlink(PATH);
	if (!out || s < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    bind(s, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    chmod(PATH, 0666) < 0) {
		perror(PATH);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		n = recv(s, text, sizeof(text), 0);
		if (n < 0)
			return 1;
		write_message(out, text, (size_t)n);
	}
}

static int has_line(const char *file, const char *line)
{
	static char text[1 << 20];
	FILE *in = fopen(file, "re");
	int found = 0;

	while (in && !found && fgets(text, sizeof(text), in))
		found = strncmp(text, line, strlen(line)) == 0;
	if (in)
		fclose(in);
	return found;
}

static int wait_for(const char *file, const char *mark)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), i;

	if (s < 0 || sendto(s, mark, strlen(mark), 0,
			    (const struct sockaddr *)&at, sizeof(at)) < 0) {
		perror(PATH);
		return 1;
	}
	for (i = 0; i < TRIES; i++) {
		if (has_line(file, mark))
			return 0;
		nanosleep(&nap, NULL);
	}
	fputs("log_socket: nobody reads " PATH "\n", stderr);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return wait_for(argv[1], argv[2]);
	if (argc == 2)
		return serve(argv[1]);
	fputs("usage: log_socket FILE [MARK]\n", stderr);
	return 2;
}
