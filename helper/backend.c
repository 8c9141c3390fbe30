// SPDX-License-Identifier: GPL-2.0-or-later
/* The backends by name */
#include <string.h>

#include "backend.h"
#include "log.h"

const struct backend_ops *backend_find(const char *name)
{
	if (strcmp(name, "auto") == 0 || strcmp(name, backend_nft.name) == 0)
		return &backend_nft;
	if (strcmp(name, "xtables") == 0)
		log_err("the backend 'xtables' is not in this version; use "
			"'nft' or 'auto'");
	else
		log_err("there is no backend '%s'; use 'nft' or 'auto'", name);
	return NULL;
}
