// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter.conf: whatever the text, no fault, and settings in their range */
#include <stdlib.h>

#include "conf.h"
#include "rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf c = { 0 };
	size_t i;

	if (conf_parse("conf", (const char *)data, size, &c) < 0)
		return 0;
	if (c.domain_dir[0] != '/' || c.state_dir[0] != '/' ||
	    c.n_template_path == 0 || c.max_rules < 1 ||
	    c.max_rules > BINDING_MAX_RULES)
		abort();
	for (i = 0; i < c.n_template_path; i++)
		if (c.template_path[i][0] != '/')
			abort();
	conf_free(&c);
	return 0;
}
