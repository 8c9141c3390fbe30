// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter.conf: whatever the text, no fault, and settings in their range.
 * Then decisions: whatever is asked about, no section allows that must not.
 */
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "conf.h"
#include "rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_section(const struct acl_section *s)
{
	if (!s->label[0] || strlen(s->label) > 44 || !s->line || !s->ops ||
	    s->ops & ~ACL_ALL_OPS)
		abort();
	if (s->who == ACL_USER && s->id == 0)
		abort();
	if (s->id == (id_t)-1 || s->max_active > 65535)
		abort();
	if (s->deny && (s->require || s->max_active))
		abort();
	if (!s->deny &&
	    (s->who == ACL_ANYBODY || !s->domain.n || !s->tap.n || !s->require))
		abort();
}

/* The section that decides is one of them, of the kind that it must be, and
 * what is allowed when all is known was so when less was. */
static void decide(const struct conf *c, struct acl_request r)
{
	const struct acl_section *s;
	bool allowed, early;

	s = acl_decide(c, &r, &allowed);
	if (s ? s < c->acl || s >= c->acl + c->n_acl || s->deny == allowed :
		allowed)
		abort();
	if (s && acl_mismatch(s, &r) != ACL_KEY_NONE)
		abort();
	if (!allowed)
		return;
	if (s->who == ACL_USER ? s->id != r.uid : s->id != r.gid)
		abort();
	if (!(s->ops & 1U << r.op) || (*r.bridge && !s->bridge.n))
		abort();
	r.bridge = NULL;
	if (!acl_decide(c, &r, &early) || !early)
		abort();
	r.domain = NULL;
	if (!acl_decide(c, &r, &early) || !early)
		abort();
	r.tap = NULL;
	if (!acl_decide(c, &r, &early) || !early)
		abort();
}

static const char *pick(const struct acl_list *list, size_t i)
{
	return list->n ? list->names[i % list->n] : "";
}

/* Requests that are made of one section's own words */
static void ask(const struct conf *c, const struct acl_section *s)
{
	struct acl_request r = { .uid = s->id, .gid = s->id };
	char tap[64];
	size_t i, n;

	for (i = 0; i < 8; i++) {
		r.op = (enum acl_op)(i % ACL_N_OPS);
		r.domain = pick(&s->domain, i);
		r.bridge = i % 3 ? pick(&s->bridge, i) : "";
		r.tap = pick(&s->tap, i);
		decide(c, r);
		n = strlen(r.tap);
		if (n == 0 || n >= sizeof(tap) - 8)
			continue;
		memcpy(tap, r.tap, n + 1);
		memcpy(tap + n - 1, "0123456", i);
		tap[n - 1 + i] = '\0';
		r.tap = tap;
		decide(c, r);
	}
}

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
	for (i = 0; i < c.n_acl; i++)
		check_section(&c.acl[i]);
	for (i = 0; i < c.n_acl && i < 16; i++)
		ask(&c, &c.acl[i]);
	conf_free(&c);
	return 0;
}
