// SPDX-License-Identifier: GPL-2.0-or-later
/* Print what conf_load() makes of a file, one setting a line */
#include <stdio.h>

#include "acl.h"
#include "conf.h"
#include "log.h"

static void dump_list(const char *key, const struct acl_list *list)
{
	size_t i;

	if (list->n)
		printf(" %s", key);
	for (i = 0; i < list->n; i++)
		printf("%c%s", i ? ',' : ' ', list->names[i]);
}

static void dump_section(const struct acl_section *s)
{
	unsigned int op;

	printf("%s %s line %u", acl_kind(s), s->label, s->line);
	if (s->who != ACL_ANYBODY)
		printf(" %s %u", s->who == ACL_USER ? "uid" : "gid", s->id);
	printf(" op");
	for (op = 0; op < ACL_N_OPS; op++)
		if (s->ops & 1U << op)
			printf(" %s", acl_op_name((enum acl_op)op));
	dump_list("domain", &s->domain);
	dump_list("tap", &s->tap);
	dump_list("bridge", &s->bridge);
	if (s->max_active)
		printf(" max-active %u", s->max_active);
	if (s->require & ACL_REQUIRE_OWNER)
		printf(" owner");
	if (s->require & ACL_REQUIRE_FD)
		printf(" fd");
	printf("\n");
}

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
	printf("state-marks 0x%08x\n", c.state_marks);
	printf("state-connections %u\n", c.state_connections);
	printf("bridge-netfilter %s\n", c.bridge_netfilter ? "on" : "keep");
	for (i = 0; i < c.n_acl; i++)
		dump_section(&c.acl[i]);
	conf_free(&c);
	return 0;
}
