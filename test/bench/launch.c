// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times whole processes, from before the program is started until it has been
 * reaped.
 *
 *	launch [-n NETNS] [-l LABEL] [-o FILE] COMMAND [ARGUMENT...]
 *	launch [-n NETNS] [-l LABEL] [-o FILE] -f COMMANDS
 *
 * Appends "LABEL wall-us cpu-us peak-KiB status" to FILE.  With -f, runs each
 * line of a file (words split at blanks) and adds them up.  The peak is that
 * of the largest single process, children included.  The program is small so
 * that its own size, which a child inherits as a floor, does not show.
 */

#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench.h"

extern char **environ;

struct sum {
	uint64_t wall_ns;
	uint64_t cpu_us;
	long peak_kib;
	int status;
};

static uint64_t tv_us(struct timeval tv)
{
	return (uint64_t)tv.tv_sec * 1000000u + (uint64_t)tv.tv_usec;
}

static int run(char **argv, const posix_spawn_file_actions_t *fa, struct sum *s)
{
	struct rusage ru;
	uint64_t start;
	int status, rc;
	pid_t pid;

	start = bench_now();
	rc = posix_spawnp(&pid, argv[0], fa, NULL, argv, environ);
	if (rc)
		return log_errno(rc, "cannot run %s", argv[0]);
	if (wait4(pid, &status, 0, &ru) != pid)
		return log_errno(errno, "cannot wait for %s", argv[0]);
	s->wall_ns += bench_now() - start;
	s->cpu_us += tv_us(ru.ru_utime) + tv_us(ru.ru_stime);
	if (ru.ru_maxrss > s->peak_kib)
		s->peak_kib = ru.ru_maxrss;
	if (status)
		s->status = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
	return 0;
}

static int run_lines(const char *path, const posix_spawn_file_actions_t *fa,
		     struct sum *s)
{
	char line[4096], *argv[256], *rest, *word;
	size_t n;
	FILE *f;
	int rc = 0;

	f = fopen(path, "re");
	if (!f)
		return log_errno(errno, "cannot open %s", path);
	while (!rc && fgets(line, sizeof(line), f)) {
		n = 0;
		rest = line;
		while (n + 1 < ARRAY_SIZE(argv) &&
		       (word = strsep(&rest, " \n")))
			if (*word)
				argv[n++] = word;
		argv[n] = NULL;
		if (n)
			rc = run(argv, fa, s);
	}
	fclose(f);
	return rc;
}

static int report(const char *path, const char *label, const struct sum *s)
{
	FILE *f = fopen(path, "ae");

	if (!f)
		return log_errno(errno, "cannot open %s", path);
	fprintf(f, "%s %llu %llu %ld %d\n", label,
		(unsigned long long)(s->wall_ns / 1000),
		(unsigned long long)s->cpu_us, s->peak_kib, s->status);
	return fclose(f) ? log_errno(errno, "cannot write %s", path) : 0;
}

static int enter(const char *netns)
{
	_cleanup_close_ int fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		return log_errno(errno, "cannot enter %s", netns);
	return 0;
}

int main(int argc, char **argv)
{
	const char *label = "-", *out = "/dev/stdout", *lines = NULL;
	posix_spawn_file_actions_t fa;
	struct sum s = { 0 };
	int opt, rc;

	log_program("launch");
	while ((opt = getopt(argc, argv, "+n:l:o:f:")) != -1) {
		if (opt == 'n' && enter(optarg))
			return 1;
		else if (opt == 'l')
			label = optarg;
		else if (opt == 'o')
			out = optarg;
		else if (opt == 'f')
			lines = optarg;
		else if (opt == '?')
			return 2;
	}
	if (!lines && optind == argc) {
		log_err("no command was given");
		return 2;
	}
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	rc = lines ? run_lines(lines, &fa, &s) : run(argv + optind, &fa, &s);
	if (!rc)
		rc = report(out, label, &s);
	return rc ? 1 : s.status;
}
