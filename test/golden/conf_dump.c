// SPDX-License-Identifier: GPL-2.0-or-later
/* Print what conf_load() makes of a file, one setting a line */
#include <stdio.h>

#include "conf.h"
#include "log.h"

int main(int argc, char **argv)
{
	struct conf c = { 0 };
	size_t i;

	log_program("conf_dump");
	if (argc != 2)
		return 2;
	if (conf_load(argv[1], &c) < 0)
		return 1;
	for (i = 0; i < c.n_template_path; i++)
		printf("template-path %s\n", c.template_path[i]);
	printf("domain-dir %s\n", c.domain_dir);
	printf("state-dir %s\n", c.state_dir);
	printf("backend %s\n", c.backend);
	printf("default-profiles %s\n", c.default_profiles);
	printf("max-rules %u\n", c.max_rules);
	printf("honour-filterref %s\n", c.honour_filterref ? "yes" : "no");
	conf_free(&c);
	return 0;
}
