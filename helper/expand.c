// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From an interface's references to its binding.  Every profile that is
 * reached is one conjunct; what is reached twice with the same parameters
 * counts once.
 */
#include <errno.h>
#include <string.h>

#include "expand.h"
#include "expand_params.h"
#include "expand_rules.h"
#include "log.h"
#include "pool.h"

/**
 * struct conjunct - A profile with what it is resolved with
 * @text:	The parameters that it can use, as text; also its identity
 */
struct conjunct {
	const struct profile *profile;
	struct param_set params;
	char *text;
};

/**
 * struct expansion - Work on one interface
 * @followed:	References followed so far
 */
struct expansion {
	const struct expand_env *env;
	const struct domain *domain;
	const struct interface *iface;
	struct pool pool;
	size_t nconjuncts;
	struct conjunct *conjuncts;
	size_t followed;
};

static void expansion_free(struct expansion *x)
{
	size_t i;

	for (i = 0; i < x->nconjuncts; i++) {
		param_set_free(&x->conjuncts[i].params);
		free(x->conjuncts[i].text);
	}
	free(x->conjuncts);
	pool_free(&x->pool);
}

#define _cleanup_expansion_ _cleanup_(expansion_free)

static bool is_known(const struct expansion *x, const struct profile *p,
		     const char *text)
{
	size_t i;

	for (i = 0; i < x->nconjuncts; i++)
		if (x->conjuncts[i].profile == p &&
		    strcmp(x->conjuncts[i].text, text) == 0)
			return true;
	return false;
}

/* Takes the content of @params. */
static int visit(struct expansion *x, const struct profile *p,
		 struct param_set *params, const struct reference *by)
{
	_cleanup_buf_ struct buf text = { 0 };
	struct param_set own;
	struct conjunct *c;
	size_t i;
	int rc;

	if (x->followed++ == POOL_MAX_EDGES)
		return log_at(by->file, by->line,
			      "more than %d references are to be followed",
			      POOL_MAX_EDGES);
	rc = params_relevant(params, p, &text);
	if (rc < 0)
		return rc;
	if (is_known(x, p, text.data))
		return 0;
	c = util_grow(&x->conjuncts, x->nconjuncts, sizeof(*x->conjuncts));
	if (!c)
		return -ENOMEM;
	x->nconjuncts++;
	c->profile = p;
	c->params = *params;
	c->text = TAKE_PTR(text.data);
	/* The array may move below; what the set points to does not. */
	own = *params;
	*params = (struct param_set){ 0 };
	for (i = 0; i < p->nrefs; i++) {
		_cleanup_params_ struct param_set inner = { 0 };

		rc = params_inherit(&own, &p->refs[i], &inner);
		if (rc < 0)
			return rc;
		rc = visit(x, p->links[i].to, &inner, &p->refs[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- direct references --------------------------------------------------- */

/**
 * struct direct - A reference of the interface or of the configuration
 */
struct direct {
	const struct reference *ref;
	const struct profile *profile;
	char *text;
};

struct directs {
	size_t n;
	struct direct *d;
};

static void directs_free(struct directs *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->d[i].text);
	free(l->d);
}

static int check_twice(const struct directs *l, const struct direct *d)
{
	const struct direct *o;

	for (o = l->d; o < d; o++)
		if (o->profile == d->profile && strcmp(o->text, d->text) != 0)
			return log_at(d->ref->file, d->ref->line,
				      "profile '%s' is referenced at %s:%u "
				      "with other parameters; use one "
				      "reference with a list",
				      d->ref->profile, o->ref->file,
				      o->ref->line);
	return 0;
}

static int add_direct(struct expansion *x, struct directs *l,
		      const struct reference *ref, bool is_default)
{
	_cleanup_params_ struct param_set params = {
		.top = ref,
		.is_default = is_default,
		.iface = x->iface,
		.file = x->domain->file,
	};
	_cleanup_buf_ struct buf text = { 0 };
	struct profile *p = NULL;
	struct direct *d;
	int rc;

	rc = pool_link(&x->pool, ref, &p);
	if (rc == 0)
		rc = params_top(&params);
	if (rc == 0)
		rc = params_relevant(&params, p, &text);
	if (rc < 0)
		return rc;
	d = util_grow(&l->d, l->n, sizeof(*l->d));
	if (!d)
		return -ENOMEM;
	l->n++;
	d->ref = ref;
	d->profile = p;
	d->text = TAKE_PTR(text.data);
	rc = check_twice(l, d);
	return rc < 0 ? rc : visit(x, p, &params, ref);
}

/* default-profiles as references */
struct defaults {
	size_t n;
	struct reference *refs;
};

static void defaults_free(struct defaults *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->refs[i].profile);
	free(l->refs);
}

static int read_defaults(const char *names, struct defaults *out)
{
	struct reference *r;
	size_t len;

	for (;; names += len) {
		names += strspn(names, " \t");
		len = strcspn(names, " \t");
		if (!len)
			return 0;
		r = util_grow(&out->refs, out->n, sizeof(*out->refs));
		if (!r)
			return -ENOMEM;
		out->n++;
		r->file = "default-profiles";
		r->profile = strndup(names, len);
		if (!r->profile)
			return log_errno(ENOMEM, "cannot keep a name");
	}
}

static int collect(struct expansion *x, const struct defaults *defaults)
{
	_cleanup_(directs_free) struct directs l = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < x->iface->nrefs; i++)
		rc = add_direct(x, &l, &x->iface->refs[i], false);
	for (i = 0; rc == 0 && i < defaults->n; i++)
		rc = add_direct(x, &l, &defaults->refs[i], true);
	return rc;
}

/* ---- the binding --------------------------------------------------------- */

static int fill_head(const struct domain *d, size_t nic, struct binding *out)
{
	const struct interface *i = &d->interfaces[nic];

	memcpy(out->tap, i->tap, sizeof(out->tap));
	memcpy(out->bridge, i->bridge, sizeof(out->bridge));
	out->isolated = i->isolated;
	if (i->has_mac)
		memcpy(out->mac, i->mac, sizeof(out->mac));
	memcpy(out->uuid, d->uuid, sizeof(out->uuid));
	out->nic = (unsigned int)nic;
	out->domain = strdup(d->name ? d->name : "");
	return out->domain ? 0 : log_errno(ENOMEM, "cannot keep a name");
}

/* Before any work: each entry makes one rule, or one for each of its shapes */
static int check_count(const struct expansion *x)
{
	const struct profile *p;
	size_t i, e, n = 0;

	if (x->nconjuncts > BINDING_MAX_PROFILES - EXPAND_READABLE_MAX)
		return log_at(x->domain->file, x->iface->line,
			      "the interface has more than %d profiles",
			      BINDING_MAX_PROFILES - EXPAND_READABLE_MAX);
	for (i = 0; i < x->nconjuncts; i++) {
		p = x->conjuncts[i].profile;
		for (e = 0; e < p->nentries; e++)
			n += p->entries[e].flexible ? 1 : p->entries[e].nshapes;
		if (n > x->env->max_rules)
			return log_at(p->file, 0,
				      "profile '%s' brings the rules of the "
				      "interface to %zu, but max-rules is %u",
				      p->name, n, x->env->max_rules);
	}
	return 0;
}

static int fill_profiles(const struct expansion *x, struct binding *out)
{
	struct binding_profile is;
	const struct conjunct *c;
	const struct profile *p;
	size_t i;
	int rc;

	out->profiles = util_alloc(x->nconjuncts + EXPAND_READABLE_MAX,
				   sizeof(*out->profiles));
	if (!out->profiles)
		return -ENOMEM;
	for (i = 0; i < x->nconjuncts; i++) {
		c = &x->conjuncts[i];
		out->nprofiles++;
		is = (struct binding_profile){ .name = c->profile->name,
					       .file = c->profile->file };
		rc = binding_name_profile(&out->profiles[i], &is, c->text);
		if (rc == 0)
			rc = expand_entries(c->profile, &c->params,
					    (unsigned int)i, x->env->max_rules,
					    out);
		if (rc < 0)
			return rc;
	}
	for (p = x->pool.first; p; p = p->next)
		profile_idle_entries(p);
	rc = expand_readable(out);
	if (rc == 0 && out->nrules > x->env->max_rules)
		return log_at(x->domain->file, x->iface->line,
			      "the interface needs %u rules, but max-rules is "
			      "%u",
			      out->nrules, x->env->max_rules);
	return rc;
}

/*
 * A packet that seems to belong to another guest's connection would pass as
 * part of it, so nothing of the kind may get that far.
 */
static int check_guards(const char *file, const struct binding *b,
			const struct rule *r)
{
	const char *element = r->conns ? "tf:ConnLimit" : "tf:State";
	bool six = rule_ethertype(r) != 0x0800;

	if (!binding_guards(b, GUARDED_MAC))
		return log_at(file, r->line,
			      "%s needs another profile of the interface that "
			      "drops outgoing frames that are not from "
			      "THIS_MAC, as no-mac-spoofing does",
			      element);
	if (!binding_guards(b, six ? GUARDED_IPV6 : GUARDED_IPV4))
		return log_at(file, r->line,
			      "%s of IPv%c needs another profile of the "
			      "interface that drops outgoing IPv%c that is not "
			      "from the guest's addresses, as %s does",
			      element, six ? '6' : '4', six ? '6' : '4',
			      six ? "no-ipv6-spoofing" : "no-ip-spoofing");
	return 0;
}

static int check_state(const struct expansion *x, const struct binding *b)
{
	const struct rule *r;
	unsigned int i;
	int rc = 0;

	/* without conjuncts there are no rules */
	for (i = 0; rc == 0 && x->conjuncts && i < b->nrules; i++) {
		r = &b->rules[i];
		if (rule_is_stateful(r))
			rc = check_guards(
				x->conjuncts[r->profile].profile->file, b, r);
	}
	return rc;
}

int expand_interface(const struct expand_env *env, const struct domain *d,
		     size_t nic, struct binding *out)
{
	_cleanup_expansion_ struct expansion x = {
		.env = env,
		.domain = d,
		.iface = &d->interfaces[nic],
		.pool = { .dirs = env->dirs, .ndirs = env->ndirs },
	};
	_cleanup_(defaults_free) struct defaults defaults = { 0 };
	int rc = 0;

	if (domain_has_tap(x.iface))
		rc = read_defaults(env->default_profiles, &defaults);
	if (rc == 0)
		rc = collect(&x, &defaults);
	if (rc == 0)
		rc = check_count(&x);
	if (rc == 0)
		rc = fill_head(d, nic, out);
	if (rc == 0)
		rc = fill_profiles(&x, out);
	if (rc == 0)
		rc = check_state(&x, out);
	if (rc < 0)
		binding_free(out);
	return rc;
}
