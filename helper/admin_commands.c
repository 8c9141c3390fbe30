// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands of the administrator's tool, and the help on them.  The table
 * below is the whole of it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "admin_commands.h"
#include "log.h"
#include "util.h"

static int cmd_help(int argc, char **argv);

static const struct command commands[] = {
	{ "up", "[--domain FILE|-] [--no-link] TAP",
	  "install the rules of TAP, then set it up",
	  "The interface is the one whose <target dev> is TAP: in TAP.xml of the\n"
	  "domain directory, else in the file that names TAP there.\n"
	  "\n"
	  "  tapfilter up tap0\n"
	  "  tapfilter up --domain web.xml tap0\n"
	  "  virsh dumpxml web | tapfilter up --domain - --no-link vnet3",
	  admin_exec_helper },
	{ "down", "[--no-link] TAP",
	  "set TAP down, release it from its bridge, remove its rules",
	  "Twice is fine, also for a tap that has gone.\n"
	  "\n"
	  "  tapfilter down tap0",
	  admin_exec_helper },
	{ "reload", "[--domain FILE|- [--bind] | --guest GUEST] [TAP...]",
	  "replace the rules of taps by what their files say now",
	  "Without TAP: of all taps that have rules.  If a file has a fault, the\n"
	  "old rules stay.  Domains that came from libvirt are asked of virsh.\n"
	  "--guest: of the taps of a libvirt guest, also those that have no rules\n"
	  "yet because they were plugged in while it ran.\n"
	  "\n"
	  "  tapfilter reload\n"
	  "  tapfilter reload tap0 tap1\n"
	  "  tapfilter reload --guest web",
	  cmd_reload_taps },
	{ "status", "[--json] [--color=WHEN] [TAP]",
	  "list taps, and whether they are filtered",
	  "A line a tap: state, guest, where its rules are, when and by whom it was\n"
	  "brought up, frames dropped, profiles.  With TAP: all of it, a line each.\n"
	  "States: filtered, no rules, other rules (than those of the record), gone,\n"
	  "and unfiltered: a tap in a bridge that was not brought up.  For root.\n"
	  "\n"
	  "  tapfilter status\n"
	  "  tapfilter status vnet3\n"
	  "  tapfilter status --json",
	  cmd_status },
	{ "show",
	  "[--counters] [--json] [--watch[=SECONDS]]\n"
	  "                      [--color=WHEN] TAP",
	  "print the rules of TAP, and what was dropped",
	  "The rules of each profile, one a line, as 'compile' prints them, and the\n"
	  "dropped frames by class.  --counters: packets and bytes of each entry.\n"
	  "--watch: again every 2 seconds, or SECONDS, until interrupted.  For root.\n"
	  "\n"
	  "  tapfilter show tap0\n"
	  "  tapfilter show --counters --watch=5 tap0",
	  cmd_show },
	{ "stats", "--prometheus", "print figures of all taps for Prometheus",
	  "Text for the textfile collector of node_exporter: states, dropped frames\n"
	  "and bytes by tap and class.  All or nothing.  For root.\n"
	  "\n"
	  "  tapfilter stats --prometheus",
	  cmd_stats },
	{ "verify", "[--json] [--repair] [--color=WHEN] [TAP]",
	  "compare taps with their records and files",
	  "Says what differs, a line each, and what mends it: rules in the kernel,\n"
	  "the device, its port, profiles and domain that were changed since; also\n"
	  "taps in a bridge that are not filtered.  --repair: put recorded rules\n"
	  "back first.  Exit status 0 if all is well, 4 if something differs, 5 if\n"
	  "rules are missing, or TAP was never filtered.  For root.\n"
	  "\n"
	  "  tapfilter verify\n"
	  "  tapfilter verify --repair vnet3",
	  cmd_verify },
	{ "restore", "[TAP...]", "put back recorded rules that have gone",
	  "After 'nft flush ruleset', a reload of nftables or a crash.  Without TAP:\n"
	  "of all taps.  Rules that are as recorded are not touched.  A tap whose\n"
	  "rules cannot be put back is set down and released from its bridge; the\n"
	  "exit status is then 1.  For root.\n"
	  "\n"
	  "  tapfilter restore\n"
	  "  tapfilter restore vnet3",
	  admin_exec_helper },
	{ "gc", "", "remove what taps left that went without a down",
	  "A QEMU that was killed, or that got its tap from the helper, calls no\n"
	  "down.  What is left does nothing to another tap; each up removes some of\n"
	  "it, and this command all.  Rules of taps that are there stay.\n"
	  "\n"
	  "  tapfilter gc",
	  admin_exec_helper },
	{ "compile", "[--backend B] TAP | --domain FILE [--tap TAP]",
	  "print the rules that 'up' would install",
	  "One rule a line: PROFILE:LINE, direction, verdict, conditions; before\n"
	  "them, where each profile would be carried, with B instead of the\n"
	  "configured backend.  Changes nothing, and needs no privilege but to read\n"
	  "the files.\n"
	  "\n"
	  "  tapfilter compile tap0\n"
	  "  tapfilter compile --domain web.xml --tap tap0",
	  cmd_compile },
	{ "check", "[FILE...]", "look for faults in profiles and domain files",
	  "Without FILE: all profiles of the template path and all files of the\n"
	  "domain directory.  Exit status 1 if there is a fault, an ACCEPT entry\n"
	  "that filters nothing, or one that no place of the backend can carry.\n"
	  "\n"
	  "  tapfilter check\n"
	  "  tapfilter check my-profile.xml web.xml",
	  cmd_check },
	{ "list", "[--used] [--json]",
	  "list the profiles and where they come from",
	  "--used: and which taps, profiles and domain files use them; for root.\n"
	  "\n"
	  "  tapfilter list\n"
	  "  tapfilter list --used",
	  cmd_list },
	{ "dumpxml", "PROFILE", "print the file of a profile",
	  "The one that is in force, to standard output.\n"
	  "\n"
	  "  tapfilter dumpxml clean-traffic >clean-traffic.xml",
	  cmd_dumpxml },
	{ "create", "FILE", "add a profile",
	  "Its name is the one in FILE; it goes to the first directory of the\n"
	  "template path that is not the shipped one.  With the name of a shipped\n"
	  "profile it is used instead of that one, at once, as with update.\n"
	  "\n"
	  "  tapfilter create my-profile.xml",
	  cmd_create },
	{ "create-from", "PROFILE [NEW]", "copy a profile",
	  "Under the name NEW; without it a copy of your own, which is used instead of\n"
	  "the shipped one.\n"
	  "\n"
	  "  tapfilter create-from clean-traffic my-profile\n"
	  "  tapfilter create-from clean-traffic",
	  cmd_create_from },
	{ "update", "FILE",
	  "replace a profile, and the rules of running guests",
	  "FILE is checked against every tap that uses the profile before anything\n"
	  "changes.  Then all of them have the new rules, each atomically; or, if\n"
	  "one cannot, none.\n"
	  "\n"
	  "  tapfilter update my-profile.xml",
	  cmd_update },
	{ "edit", "PROFILE", "edit a profile, then do as update",
	  "With $VISUAL, $EDITOR or sensible-editor.  Of a shipped one a copy of your\n"
	  "own is edited.  What has a fault is not taken, and not lost.\n"
	  "\n"
	  "  tapfilter edit clean-traffic",
	  cmd_edit },
	{ "destroy", "PROFILE", "remove a profile",
	  "Not one that a tap, another profile, default-profiles or a domain file\n"
	  "uses, but for this: if a shipped one has the same name, that one is used\n"
	  "again.\n"
	  "\n"
	  "  tapfilter destroy my-profile",
	  cmd_destroy },
	{ "acl", "explain [--bridge=BR] USER OP TAP DOMAIN",
	  "say which section of the access list decides",
	  "USER is a name, or the number of a user; OP is up, down, reload or\n"
	  "bridge.  Without --bridge: for a domain without a bridge.  Needs no\n"
	  "privilege.  Exit status 0 if it is allowed, 3 if it is denied.\n"
	  "\n"
	  "  tapfilter acl explain alice up al-1 lab-web\n"
	  "  tapfilter acl explain --bridge=br-lab 1000 up al-1 lab-web",
	  cmd_acl },
	{ "observe", "TAP --seconds N [--json]",
	  "list what a guest really sends, and suggest a domain",
	  "MAC and IP addresses, EtherTypes, tags, messages with their counts, and a\n"
	  "domain made of that, to be thought about.  What is filtered is seen, too;\n"
	  "nothing is let through for it.  SIGINT ends it early.  For root.\n"
	  "\n"
	  "  tapfilter observe tap0 --seconds 60\n"
	  "  tapfilter observe tap0 --seconds 60 --json",
	  cmd_observe },
	{ "selftest",
	  "[-v] [--json] [--mutations=N] [--color=WHEN]\n"
	  "                          [PROFILE... [NAME=VALUE...]]",
	  "send attack and honest frames through profiles, in a namespace",
	  "Prints a table: frame, direction, expected, seen, deciding rule.  Needs\n"
	  "root; the host's own network is not touched.  Exit status 0 only if all\n"
	  "is as expected.  Without PROFILE: a summary of all shipped ones (-v: the\n"
	  "tables).  NAME=VALUE: parameters that other profiles need.\n"
	  "--mutations=N: N variations of the frames as well.\n"
	  "\n"
	  "  tapfilter selftest\n"
	  "  tapfilter selftest clean-traffic no-dhcp-server\n"
	  "  tapfilter selftest my-profile server=10.0.0.2",
	  cmd_selftest },
	{ "help", "[COMMAND]", "print help", "  tapfilter help up", cmd_help },
};

const struct command *admin_find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

void admin_print_usage(FILE *to)
{
	size_t i;

	fputs("usage: tapfilter [--config FILE] COMMAND [ARGUMENT...]\n"
	      "       tapfilter --version | --help\n\n",
	      to);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-11s %s\n", commands[i].name, commands[i].what);
}

void admin_print_help(void)
{
	admin_print_usage(stdout);
	fputs("\n"
	      "Examples:\n"
	      "  tapfilter check                      all files in order?\n"
	      "  tapfilter compile tap0               what would be installed?\n"
	      "  tapfilter up tap0                    filter tap0, set it up\n"
	      "  tapfilter status                     what is filtered, what not?\n"
	      "  tapfilter verify                     is all as it should be?\n"
	      "  tapfilter reload tap0                after its files changed\n"
	      "  tapfilter down tap0                  undo 'up'\n"
	      "  tapfilter edit clean-traffic         change a profile for all its taps\n"
	      "  tapfilter restore                    after 'nft flush ruleset'\n"
	      "  tapfilter selftest clean-traffic     does it hold, here?\n"
	      "\n"
	      "'tapfilter help COMMAND' says more; so do tapfilter(8),\n"
	      "tapfilter.conf(5) and tapfilter-profile(5).\n",
	      stdout);
}

static void print_command(FILE *to, const struct command *c)
{
	fprintf(to, "usage: tapfilter %s%s%s\n", c->name, *c->args ? " " : "",
		c->args);
}

int admin_help_on(const struct command *c)
{
	print_command(stdout, c);
	printf("\n%s\n\n%s\n", c->what, c->more);
	return EXIT_SUCCESS;
}

static int cmd_help(int argc, char **argv)
{
	const struct command *c;

	if (argc == 1) {
		admin_print_help();
		return EXIT_SUCCESS;
	}
	c = admin_find_command(argv[1]);
	if (argc > 2 || !c)
		return admin_usage("help", "there is no command \"%s\"",
				   argv[argc - 1]);
	return admin_help_on(c);
}

int admin_usage(const char *command, const char *fmt, ...)
{
	const struct command *c = admin_find_command(command);
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_err("%s: %s", command, text);
	if (c)
		print_command(stderr, c);
	return EXIT_USAGE;
}
