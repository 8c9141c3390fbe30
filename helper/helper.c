// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter-helper: puts a tap behind its filter and into its bridge */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper.h"
#include "log.h"
#include "priv.h"
#include "util.h"

#define NAME "tapfilter-helper"

/**
 * struct command - One command of the command line
 * @takes_domain:	It knows --domain
 * @takes_no_link:	It knows --no-link
 * @min_taps:		Fewest taps
 * @max_taps:		Most taps
 */
struct command {
	const char *name;
	enum status (*run)(const struct options *o);
	bool takes_domain;
	bool takes_no_link;
	size_t min_taps;
	size_t max_taps;
};

static const struct command commands[] = {
	{ "up", cmd_up, true, true, 1, 1 },
	{ "down", cmd_down, false, true, 1, 1 },
	{ "reload", cmd_reload, true, false, 0, SIZE_MAX },
};

static const char usage[] =
	"Usage: " NAME " [--config FILE] up [--domain FILE|-] [--no-link] TAP\n"
	"       " NAME " [--config FILE] down [--no-link] TAP\n"
	"       " NAME " [--config FILE] reload [--domain FILE|-] [TAP...]\n"
	"       " NAME " --help | --version\n";

static const char help[] =
	"\n"
	"up       install the rules of TAP's domain, then put TAP into its bridge\n"
	"         and set it up\n"
	"down     set TAP down, take it off its bridge, remove its rules\n"
	"reload   read domains and profiles again and replace the rules of TAPs,\n"
	"         of all filtered taps without TAP\n"
	"\n"
	"--config FILE    instead of " CONF_FILE "\n"
	"--domain FILE    domain XML, - for standard input, instead of the file\n"
	"                 in the domain directory that names TAP\n"
	"--no-link        leave bridge, address and state of TAP to the caller\n"
	"\n"
	"Exit status: 0 done; 1 failed, nothing changed or TAP is closed; 2 usage;\n"
	"3 not allowed.\n";

static int usage_error(const char *what, const char *arg)
{
	log_err("%s%s%s%s", what, arg ? " \"" : "", arg ? arg : "",
		arg ? "\"" : "");
	fputs(usage, stderr);
	return -EINVAL;
}

/* An option that takes a value: stores it and skips it. */
static int take_value(char **argv, size_t *i, const char **slot)
{
	const char *option = argv[*i];

	if (*slot)
		return usage_error("given twice:", option);
	if (!argv[*i + 1] || !argv[*i + 1][0])
		return usage_error("a value is missing after", option);
	*slot = argv[++*i];
	return 0;
}

static int parse_option(const struct command *c, char **argv, size_t *i,
			struct options *o)
{
	if (c->takes_domain && strcmp(argv[*i], "--domain") == 0)
		return take_value(argv, i, &o->domain);
	if (!c->takes_no_link || strcmp(argv[*i], "--no-link") != 0)
		return usage_error("unknown option", argv[*i]);
	if (o->no_link)
		return usage_error("given twice:", argv[*i]);
	o->no_link = true;
	return 0;
}

static int parse_taps(const struct command *c, char **taps, struct options *o)
{
	size_t n, i;

	for (n = 0; taps[n]; n++) {
		if (!util_tap_name_ok(taps[n]))
			return usage_error("not the name of a tap:", taps[n]);
		for (i = 0; i < n; i++)
			if (strcmp(taps[i], taps[n]) == 0)
				return usage_error("given twice:", taps[n]);
	}
	if (n < c->min_taps)
		return usage_error("the name of a tap is missing", NULL);
	if (n > c->max_taps)
		return usage_error("one tap at a time, not also",
				   taps[c->max_taps]);
	o->taps = taps;
	o->ntaps = n;
	return 0;
}

/* Options come before taps. */
static int parse_rest(const struct command *c, char **argv, struct options *o)
{
	size_t i;

	for (i = 0; argv[i] && argv[i][0] == '-'; i++)
		if (parse_option(c, argv, &i, o) < 0)
			return -EINVAL;
	return parse_taps(c, argv + i, o);
}

static int parse(char **argv, struct options *o, const struct command **out)
{
	size_t i = 0, k;

	if (argv[i] && strcmp(argv[i], "--config") == 0) {
		if (take_value(argv, &i, &o->config) < 0)
			return -EINVAL;
		i++;
	}
	if (!argv[i])
		return usage_error("a command is missing", NULL);
	for (k = 0; k < ARRAY_SIZE(commands); k++) {
		if (strcmp(argv[i], commands[k].name) != 0)
			continue;
		*out = &commands[k];
		return parse_rest(*out, argv + i + 1, o);
	}
	return usage_error(argv[i][0] == '-' ? "unknown option" :
					       "unknown command",
			   argv[i]);
}

/* The working directory is left before a file is opened. */
static int make_absolute(const char **path)
{
	_cleanup_free_ char *cwd = NULL;
	char *all;

	if (!*path || **path == '/' || strcmp(*path, "-") == 0)
		return 0;
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return log_errno(errno, "cannot find %s", *path);
	if (asprintf(&all, "%s/%s", cwd, *path) < 0)
		return log_errno(ENOMEM, "cannot find %s", *path);
	*path = all;
	return 0;
}

static int print(const char *text, const char *more)
{
	if (fputs(text, stdout) < 0 || fputs(more, stdout) < 0 ||
	    fflush(stdout) < 0) {
		log_errno(errno, "cannot write to standard output");
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}

int main(int argc, char **argv)
{
	static struct options o; /* its strings live as long as we do */
	const struct command *c = NULL;

	log_program(NAME);
	if (argc < 1 || priv_descriptors() < 0 || priv_signals() < 0 ||
	    priv_environment() < 0)
		return STATUS_FAILED;
	if (priv_identity() < 0)
		return STATUS_DENIED;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return print(usage, help);
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return print(NAME " " VERSION, "\n");
	if (parse(argv + 1, &o, &c) < 0)
		return STATUS_USAGE;
	if (geteuid() != 0) {
		log_err("only root may do this");
		return STATUS_DENIED;
	}
	if (!o.config)
		o.config = CONF_FILE;
	if (make_absolute(&o.config) < 0 || make_absolute(&o.domain) < 0 ||
	    priv_process() < 0)
		return STATUS_FAILED;
	return (int)c->run(&o);
}
