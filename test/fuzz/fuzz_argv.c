// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of tapfilter-helper, its arguments divided by NUL bytes:
 * whatever they are, no fault, and what is accepted keeps to the grammar that
 * the commands rely on.
 */
#include <stdlib.h>
#include <string.h>

#include "helper.h"
#include "util.h"

#define MAX_ARGS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The arguments are those that were given, not parts of them or others. */
static bool is_given(char **argv, const char *text)
{
	size_t i;

	for (i = 0; argv[i]; i++)
		if (text >= argv[i] && text <= argv[i] + strlen(argv[i]))
			return true;
	return false;
}

static void check_text(char **argv, const char *text)
{
	if (text && (!text[0] || !is_given(argv, text)))
		abort();
}

static void check_taps(const struct options *o)
{
	size_t i, k;

	if (o->ntaps < o->command->min_taps ||
	    o->ntaps > o->command->max_taps || (o->ntaps && !o->taps))
		abort();
	for (i = 0; i < o->ntaps; i++) {
		if (!util_tap_name_ok(o->taps[i]))
			abort();
		for (k = 0; k < i; k++)
			if (strcmp(o->taps[i], o->taps[k]) == 0)
				abort();
	}
	if (o->bridge || o->guest || o->fd != -1 || o->vnet_hdr || o->nic ||
	    o->mac)
		abort();
	if (o->bind && (!o->command->takes_bind || !o->domain))
		abort();
	if ((o->domain && !o->command->takes_domain) ||
	    (o->no_link && !o->command->takes_no_link && !o->bind))
		abort();
}

static void check_bridge(const struct options *o)
{
	if (o->ntaps || o->domain || o->no_link || (o->nic && o->mac))
		abort();
	if (!o->bridge || !util_tap_name_ok(o->bridge) || o->fd < 3)
		abort();
	if (!o->guest || !util_domain_name_ok(o->guest) ||
	    strlen(o->guest) > 64 || o->guest[0] == '.' || o->guest[0] == '-')
		abort();
}

static void check(char **argv)
{
	struct options o = { 0 };

	if (options_parse(argv, &o) < 0)
		return;
	if (!o.command || !o.command->run)
		abort();
	check_text(argv, o.config);
	if (o.command->hook) {
		if (strcmp(o.domain, "-") != 0 || !o.no_link || o.ntaps)
			abort();
		return;
	}
	check_text(argv, o.domain);
	check_text(argv, o.nic);
	check_text(argv, o.mac);
	if (o.command->makes_tap)
		check_bridge(&o);
	else
		check_taps(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[MAX_ARGS + 1] = { 0 }, *text;
	size_t n = 0, at;

	text = malloc(size + 1);
	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	for (at = 0; at < size && n < MAX_ARGS; at += strlen(text + at) + 1) {
		argv[n] = strdup(text + at);
		if (!argv[n++])
			abort();
	}
	check(argv);
	while (n > 0)
		free(argv[--n]);
	free(text);
	return 0;
}
