// SPDX-License-Identifier: GPL-2.0-or-later
/* Colours on standard output */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "color.h"

static enum when { AUTO, ALWAYS, NEVER } chosen = AUTO;

bool color_choose(const char *when)
{
	static const char *const words[] = {
		[AUTO] = "auto",
		[ALWAYS] = "always",
		[NEVER] = "never",
	};
	enum when i;

	for (i = AUTO; i <= NEVER; i++)
		if (strcmp(words[i], when) == 0) {
			chosen = i;
			return true;
		}
	return false;
}

/* https://no-color.org: set, and not empty */
static bool is_wanted(void)
{
	const char *no;

	if (chosen != AUTO)
		return chosen == ALWAYS;
	no = secure_getenv("NO_COLOR");
	return (!no || !*no) && isatty(STDOUT_FILENO);
}

const char *color_on(enum color c)
{
	static const char *const codes[] = {
		[COLOR_NONE] = "",
		[COLOR_GREEN] = "\033[32m",
		[COLOR_YELLOW] = "\033[33m",
		[COLOR_RED] = "\033[31m",
	};

	return is_wanted() ? codes[c] : "";
}

const char *color_off(enum color c)
{
	return c != COLOR_NONE && is_wanted() ? "\033[0m" : "";
}
