// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of tapfilter-helper: an exact grammar, no abbreviations */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "helper.h"
#include "log.h"
#include "util.h"

#define NAME "tapfilter-helper"
#define GUEST_MAX 64

const char options_usage[] =
	"Usage: " NAME " [--config FILE] up [--domain FILE|-] [--no-link] TAP\n"
	"       " NAME " [--config FILE] down [--no-link] TAP\n"
	"       " NAME " [--config FILE] reload [--domain FILE|- [--bind]]\n"
	"                        [TAP...]\n"
	"       " NAME
	" [--config FILE] bridge --br=BRIDGE --fd=N --domain=NAME\n"
	"                        [--use-vnet] [--nic=N | --mac=MAC]\n"
	"       " NAME " [--config FILE] restore [TAP...]\n"
	"       " NAME " [--config FILE] replace\n"
	"       " NAME " [--config FILE] gc\n"
	"       " NAME " [--config FILE] hook qemu GUEST OP SUBOP EXTRA\n"
	"       " NAME " --help | --version\n";

const char options_help[] =
	"\n"
	"up       install the rules of TAP's domain, then put TAP into its bridge\n"
	"         and set it up\n"
	"down     set TAP down, take it off its bridge, remove its rules\n"
	"reload   read domains and profiles again and replace the rules of TAPs,\n"
	"         of all filtered taps without TAP\n"
	"restore  put back recorded rules that have gone, of all taps without TAP\n"
	"replace  what tapfilter runs to change many taps in one step; standard\n"
	"         input says which\n"
	"gc       remove what taps left that went without a down\n"
	"hook     what libvirt's qemu hook execs, with the domain XML on standard\n"
	"         input\n"
	"bridge   for QEMU's -netdev bridge,br=BRIDGE,helper='" NAME " bridge\n"
	"         --domain=NAME': make a tap, filter it, hand it over\n"
	"\n"
	"--config FILE    instead of " CONF_FILE "\n"
	"--domain FILE    domain XML, - for standard input, instead of the file\n"
	"                 in the domain directory that names TAP\n"
	"--bind           also taps of the domain that have no rules yet\n"
	"--no-link        leave bridge, address and state of TAP to the caller\n"
	"--nic=N, --mac=MAC\n"
	"                 which of the domain's interfaces on BRIDGE, if there are\n"
	"                 several; N counts from 0\n"
	"\n"
	"Who is not root needs a section of " CONF_FILE ", and cannot\n"
	"use the first three options.\n"
	"\n"
	"Exit status: 0 done; 1 failed, nothing changed or TAP is closed; 2 usage;\n"
	"3 not allowed.\n";

static int usage_error(const char *what, const char *arg)
{
	log_err("%s%s%s%s", what, arg ? " \"" : "", arg ? arg : "",
		arg ? "\"" : "");
	fputs(options_usage, stderr);
	return -EINVAL;
}

/* An option whose value is the next argument: stores it and skips it. */
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

/* ---- up, down, reload ----------------------------------------------------- */

static int parse_option(const struct command *c, char **argv, size_t *i,
			struct options *o)
{
	if (c->takes_domain && strcmp(argv[*i], "--domain") == 0)
		return take_value(argv, i, &o->domain);
	if (c->takes_bind && strcmp(argv[*i], "--bind") == 0 && !o->bind) {
		/* Whoever made such a tap has set it up already. */
		o->bind = o->no_link = true;
		return 0;
	}
	if (!c->takes_no_link || strcmp(argv[*i], "--no-link") != 0)
		return usage_error("unknown option", argv[*i]);
	if (o->no_link)
		return usage_error("given twice:", argv[*i]);
	o->no_link = true;
	return 0;
}

static int take_taps(const struct command *c, char **taps, struct options *o)
{
	size_t n, i;

	for (n = 0; taps[n]; n++) {
		if (taps[n][0] == '-')
			return usage_error(
				"options stand before TAP, not behind:",
				taps[n]);
		if (!util_tap_name_ok(taps[n]))
			return usage_error("not the name of a tap:", taps[n]);
		for (i = 0; i < n; i++)
			if (strcmp(taps[i], taps[n]) == 0)
				return usage_error("given twice:", taps[n]);
	}
	if (n < c->min_taps)
		return usage_error("the name of a tap is missing", NULL);
	if (n > c->max_taps)
		return usage_error(c->max_taps ? "one tap at a time, not also" :
						 "no tap is named here, not",
				   taps[c->max_taps]);
	o->taps = taps;
	o->ntaps = n;
	return 0;
}

/* Options come before taps. */
static int parse_taps(const struct command *c, char **argv, struct options *o)
{
	size_t i;

	for (i = 0; argv[i] && argv[i][0] == '-'; i++)
		if (parse_option(c, argv, &i, o) < 0)
			return -EINVAL;
	if (o->bind && !o->domain)
		return usage_error("--bind goes with --domain", NULL);
	return take_taps(c, argv + i, o);
}

/* ---- bridge --------------------------------------------------------------- */

/* An option of the form --NAME=VALUE: 0, 1 when it is another, or -EINVAL. */
static int take_equal(const char *arg, const char *option, const char **slot)
{
	size_t len = strlen(option);

	if (strncmp(arg, option, len) != 0)
		return 1;
	if (*slot)
		return usage_error("given twice:", arg);
	if (!arg[len])
		return usage_error("a value is missing after", arg);
	*slot = arg + len;
	return 0;
}

static int parse_bridge_option(const char *arg, struct options *o,
			       const char **fd)
{
	const struct {
		const char *option;
		const char **slot;
	} values[] = {
		{ "--br=", &o->bridge }, { "--domain=", &o->guest },
		{ "--fd=", fd },	 { "--nic=", &o->nic },
		{ "--mac=", &o->mac },
	};
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		rc = take_equal(arg, values[i].option, values[i].slot);
		if (rc <= 0)
			return rc;
	}
	if (strcmp(arg, "--use-vnet") != 0)
		return usage_error("unknown option", arg);
	if (o->vnet_hdr)
		return usage_error("given twice:", arg);
	o->vnet_hdr = true;
	return 0;
}

/* It is the name of a file, too. */
static bool guest_ok(const char *name)
{
	return util_domain_name_ok(name) && strlen(name) <= GUEST_MAX &&
	       name[0] != '.' && name[0] != '-';
}

static int check_bridge(struct options *o, const char *fd)
{
	uint64_t n;

	if (!o->bridge || !fd || !o->guest)
		return usage_error("--br, --fd and --domain are needed", NULL);
	if (!util_tap_name_ok(o->bridge))
		return usage_error("not the name of a bridge:", o->bridge);
	if (!guest_ok(o->guest))
		return usage_error("not the name of a domain:", o->guest);
	if (!util_parse_uint(fd, 3, INT_MAX, &n))
		return usage_error("not the number of a descriptor:", fd);
	o->fd = (int)n;
	if (o->nic && o->mac)
		return usage_error("--nic and --mac exclude each other", NULL);
	return 0;
}

/* QEMU appends its own options to those that stand in helper=. */
static int parse_bridge(const struct command *c, char **argv, struct options *o)
{
	const char *fd = NULL;
	size_t i;

	(void)c;
	for (i = 0; argv[i]; i++)
		if (parse_bridge_option(argv[i], o, &fd) < 0)
			return -EINVAL;
	return check_bridge(o, fd);
}

/* ---- hook ----------------------------------------------------------------- */

/* libvirt's qemu hook: formatdomain, https://libvirt.org/hooks.html */
static const struct {
	const char *op;
	const char *subop;
	enum hook_event event;
} events[] = {
	{ "prepare", "begin", HOOK_NOTHING },
	{ "start", "begin", HOOK_START },
	{ "started", "begin", HOOK_NOTHING },
	{ "stopped", "end", HOOK_END },
	{ "release", "end", HOOK_END },
	{ "migrate", "begin", HOOK_CHECK },
	{ "restore", "begin", HOOK_CHECK },
	{ "reconnect", "begin", HOOK_RECONNECT },
	/* a QEMU that runs already becomes libvirt's */
	{ "attach", "begin", HOOK_START },
};

/*
 * An operation that a later libvirt has must not keep guests from running: it
 * is none that brings a tap.
 */
static int parse_hook(const struct command *c, char **argv, struct options *o)
{
	static char self[] = "-";
	size_t i;

	(void)c;
	if (!argv[0] || strcmp(argv[0], "qemu") != 0)
		return usage_error("only libvirt's qemu hook is known, not",
				   argv[0]);
	for (i = 1; i < 5; i++)
		if (!argv[i])
			return usage_error("GUEST OP SUBOP EXTRA are needed",
					   NULL);
	if (argv[5])
		return usage_error("one argument too many:", argv[5]);
	o->domain = self;
	o->no_link = true;
	o->event = HOOK_NOTHING;
	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (strcmp(argv[2], events[i].op) == 0 &&
		    strcmp(argv[3], events[i].subop) == 0) {
			o->event = events[i].event;
			return 0;
		}
	log_note(
		"libvirt's hook operation \"%s %s\" is not known: nothing done",
		argv[2], argv[3]);
	return 0;
}

/* ---- all ------------------------------------------------------------------ */

static const struct command commands[] = {
	{ .name = "up",
	  .op = ACL_UP,
	  .run = cmd_up,
	  .parse = parse_taps,
	  .takes_domain = true,
	  .takes_no_link = true,
	  .resolves = true,
	  .min_taps = 1,
	  .max_taps = 1 },
	{ .name = "down",
	  .op = ACL_DOWN,
	  .run = cmd_down,
	  .parse = parse_taps,
	  .takes_no_link = true,
	  .min_taps = 1,
	  .max_taps = 1 },
	{ .name = "reload",
	  .op = ACL_RELOAD,
	  .run = cmd_reload,
	  .parse = parse_taps,
	  .takes_domain = true,
	  .takes_bind = true,
	  .resolves = true,
	  .max_taps = SIZE_MAX },
	{ .name = "bridge",
	  .op = ACL_BRIDGE,
	  .run = cmd_bridge,
	  .parse = parse_bridge,
	  .resolves = true,
	  .makes_tap = true },
	{ .name = "hook",
	  .op = ACL_UP,
	  .run = cmd_hook,
	  .parse = parse_hook,
	  .resolves = true,
	  .root_only = true,
	  .hook = true },
	{ .name = "replace",
	  .op = ACL_UP,
	  .run = cmd_replace,
	  .parse = parse_taps,
	  .root_only = true,
	  .many = true },
	{ .name = "restore",
	  .op = ACL_UP,
	  .run = cmd_restore,
	  .parse = parse_taps,
	  .root_only = true,
	  .many = true,
	  .urgent = true,
	  .max_taps = SIZE_MAX },
	{ .name = "gc",
	  .op = ACL_DOWN,
	  .run = cmd_gc,
	  .parse = parse_taps,
	  .root_only = true },
};

/* libvirt's session mode and helper= without arguments end here. */
static bool is_bridge_helper_call(const char *arg)
{
	return strncmp(arg, "--br=", 5) == 0 || strncmp(arg, "--fd=", 5) == 0 ||
	       strcmp(arg, "--use-vnet") == 0;
}

int options_parse(char **argv, struct options *o)
{
	size_t i = 0, k;

	o->fd = -1;
	if (argv[i] && strcmp(argv[i], "--config") == 0) {
		if (take_value(argv, &i, &o->config) < 0)
			return -EINVAL;
		i++;
	}
	if (!argv[i])
		return usage_error("a command is missing", NULL);
	if (is_bridge_helper_call(argv[i]))
		return usage_error(
			"which domain is it for? use helper='" NAME
			" bridge --domain=NAME' (libvirt's session mode cannot give that); this came first:",
			argv[i]);
	for (k = 0; k < ARRAY_SIZE(commands); k++) {
		if (strcmp(argv[i], commands[k].name) != 0)
			continue;
		o->command = &commands[k];
		return o->command->parse(o->command, argv + i + 1, o);
	}
	return usage_error(argv[i][0] == '-' ? "unknown option" :
					       "unknown command",
			   argv[i]);
}
