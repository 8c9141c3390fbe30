// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may do what.  Root may do everything; for anybody else the list in the
 * configuration is asked twice: before any XML is read, with what the command
 * line says, and again when the domain and its bridge are known.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper.h"
#include "log.h"

/* A tap that the kernel is to name, see tap_create() */
#define OWN_TAP "tf0"

bool session_is_root(const struct session *s)
{
	return s->priv->mode != PRIV_SETUID;
}

int session_deny(struct session *s, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->denied = true;
	log_err("not allowed: %s", text);
	return -EACCES;
}

static int ask(struct session *s, const char *tap, const char *domain,
	       const char *bridge)
{
	const struct acl_request r = {
		.uid = s->priv->uid,
		.gid = s->priv->gid,
		.groups = s->priv->groups,
		.ngroups = s->priv->ngroups,
		.op = s->options->command->op,
		.tap = tap,
		.domain = domain,
		.bridge = bridge,
	};
	bool allowed = false;
	const struct acl_section *by = acl_decide(&s->conf, &r, &allowed);

	if (!by)
		return session_deny(s, "no [acl] section matches");
	if (!allowed)
		return session_deny(s, "by [%s %s]", acl_kind(by), by->label);
	s->grant = by;
	return 0;
}

int session_check_options(struct session *s)
{
	const struct options *o = s->options;

	if (session_is_root(s))
		return 0;
	if (o->command->root_only)
		return session_deny(s, "%s is for root", o->command->name);

	if (o->config || (o->domain && !o->guest) || o->no_link)
		return session_deny(s, "%s is for root",
				    o->config  ? "--config" :
				    o->no_link ? "--no-link" :
						 "--domain FILE");
	if (!o->guest && o->ntaps == 0)
		return session_deny(s,
				    "%s without the name of a tap is for root",
				    o->command->name);
	return 0;
}

int session_judge_early(struct session *s)
{
	const struct options *o = s->options;
	int rc;

	if (session_is_root(s))
		return 0;
	rc = ask(s, o->ntaps ? o->taps[0] : NULL, o->guest, o->bridge);
	/* Nothing more will be known of it. */
	s->granted = rc == 0 && !o->command->resolves;
	return rc;
}

int session_judge(struct session *s, const struct binding *b)
{
	int rc;

	snprintf(s->name, sizeof(s->name), "%s", b->domain);
	memcpy(s->bridge, b->bridge, sizeof(s->bridge));
	if (s->options->guest && strcmp(b->domain, s->options->guest) != 0) {
		log_err("the domain in %s.xml calls itself \"%s\"",
			s->options->guest, b->domain);
		return -EINVAL;
	}
	if (session_is_root(s))
		return 0;
	rc = ask(s, b->tap[0] ? b->tap : OWN_TAP, b->domain, b->bridge);
	s->granted = rc == 0;
	return rc;
}

int session_may_touch(struct session *s, const struct link_info *dev)
{
	if (session_is_root(s))
		return 0;
	if ((s->grant->require & ACL_REQUIRE_OWNER) &&
	    dev->owner != s->priv->uid)
		return session_deny(s, "%s does not belong to uid %u",
				    dev->name, s->priv->uid);
	if ((s->grant->require & ACL_REQUIRE_FD) && !s->proof)
		return session_deny(s, "the caller has no descriptor of %s",
				    dev->name);
	return 0;
}

int session_may_replace(struct session *s, const char *tap, uint32_t owner)
{
	if (session_is_root(s) || owner == s->priv->uid)
		return 0;
	return session_deny(s, "the rules of %s are from uid %u", tap, owner);
}

int session_claim(struct session *s, const char *tap)
{
	int rc;

	if (session_is_root(s))
		return 0;
	rc = state_claim(s->state, s->priv->uid, tap, s->grant->max_active,
			 session_is_dead, s);
	if (rc == -EDQUOT)
		return session_deny(s,
				    "uid %u has %u taps up, and [acl %s] "
				    "allows no more",
				    s->priv->uid, s->grant->max_active,
				    s->grant->label);
	return rc;
}

int session_forget(struct session *s, const char *tap, uid_t owner)
{
	int rc = state_remove(s->state, tap);

	return rc == 0 && owner ? state_unclaim(s->state, owner, tap) : rc;
}
