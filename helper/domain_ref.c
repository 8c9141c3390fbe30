// SPDX-License-Identifier: GPL-2.0-or-later
/* References to profiles, with their parameters */
#include <errno.h>
#include <string.h>

#include "domain_parts.h"
#include "log.h"
#include "profile.h"
#include "util.h"

#define BLANKS " \t\r\n"

static void param_clear(struct param *p)
{
	free(p->name);
	free(p->value);
	*p = (struct param){ 0 };
}

void domain_reference_clear(struct reference *r)
{
	size_t i;

	for (i = 0; i < r->nparams; i++)
		param_clear(&r->params[i]);
	free(r->params);
	free(r->profile);
	*r = (struct reference){ 0 };
}
#define _cleanup_reference_ _cleanup_(domain_reference_clear)

/* Values go into messages, records and listings: printable ASCII only. */
static bool is_printable(const char *s, size_t len)
{
	while (len--) {
		if (*s < 0x21 || *s > 0x7e)
			return false;
		s++;
	}
	return true;
}

static size_t count_values(const char *value)
{
	size_t n = *value != '\0';

	for (; *value; value++)
		n += *value == ' ';
	return n;
}

/* Append the values of a text as written to those that a parameter has. */
static int add_values(const struct reference *r, unsigned int line,
		      struct param *p, const char *text)
{
	_cleanup_buf_ struct buf all = { 0 };
	size_t len, n = p->value ? count_values(p->value) : 0;
	size_t before = n;
	int rc = p->value ? buf_printf(&all, "%s", p->value) : 0;

	for (; rc >= 0; text += len) {
		text += strspn(text, BLANKS);
		len = strcspn(text, BLANKS);
		if (!len)
			break;
		if (!is_printable(text, len))
			return log_at(r->file, line,
				      "parameter '%s': '%.*s' is not printable "
				      "ASCII",
				      p->name, (int)len, text);
		if (++n > PARAM_MAX_VALUES)
			return log_at(r->file, line,
				      "parameter '%s' has more than %d values",
				      p->name, PARAM_MAX_VALUES);
		rc = buf_printf(&all, "%s%.*s", n > 1 ? " " : "", (int)len,
				text);
	}
	if (rc < 0)
		return rc;
	if (n == before)
		return log_at(r->file, line,
			      "parameter '%s' is empty: leave it out, or give "
			      "a value",
			      p->name);
	free(p->value);
	p->value = TAKE_PTR(all.data);
	return 0;
}

static struct param *find_param(const struct reference *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nparams; i++) {
		if (strcmp(r->params[i].name, name) == 0)
			return &r->params[i];
	}
	return NULL;
}

static struct param *new_param(struct reference *r, unsigned int line,
			       const char *name)
{
	struct param *p;

	if (r->nparams == REFERENCE_MAX_PARAMS) {
		log_at(r->file, line, "more than %d parameters",
		       REFERENCE_MAX_PARAMS);
		return NULL;
	}
	p = util_grow(&r->params, r->nparams, sizeof(*p));
	if (!p)
		return NULL;
	p->name = strdup(name);
	if (!p->name) {
		log_errno(errno, "cannot hold a parameter");
		return NULL;
	}
	r->nparams++;
	return p;
}

static bool same_params(const struct reference *a, const struct reference *b)
{
	const struct param *p;
	size_t i;

	for (i = 0; i < a->nparams; i++) {
		p = find_param(b, a->params[i].name);
		if (!p || strcmp(p->value, a->params[i].value) != 0)
			return false;
	}
	return a->nparams == b->nparams;
}

/* Hand a reference on to its interface; said twice, it counts once. */
static int keep_reference(struct interface *i, struct reference *r)
{
	const struct reference *have;
	struct reference *slot;
	size_t k;

	for (k = 0; k < i->nrefs; k++) {
		have = &i->refs[k];
		if (strcmp(have->profile, r->profile) != 0)
			continue;
		if (same_params(have, r))
			return 0;
		return log_at(r->file, r->line,
			      "profile '%s' is referenced on line %u with "
			      "other parameters: use a list of values in one "
			      "reference",
			      r->profile, have->line);
	}
	if (i->nrefs == INTERFACE_MAX_REFS)
		return log_at(r->file, r->line,
			      "more than %d references in one interface",
			      INTERFACE_MAX_REFS);
	slot = util_grow(&i->refs, i->nrefs, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = *r;
	*r = (struct reference){ 0 };
	i->nrefs++;
	return 0;
}

static int start_reference(const struct domain *d, const struct xml_node *n,
			   const char *attr, struct reference *r)
{
	const char *name;
	int rc = xml_get(d->file, n, attr, &name);

	if (rc < 0)
		return rc;
	if (!name)
		return log_at(d->file, n->line,
			      "<%s> must have an attribute '%s'", n->qname,
			      attr);
	if (!util_profile_name_ok(name))
		return log_at(d->file, n->line,
			      "'%s' cannot be the name of a profile: 1 to 48 "
			      "of [A-Za-z0-9_.-] with a letter or digit first",
			      name);
	r->file = d->file;
	r->line = n->line;
	r->profile = strdup(name);
	if (!r->profile) {
		log_errno(errno, "cannot hold a name");
		return -ENOMEM;
	}
	return 0;
}

static int add_attribute(struct reference *r, const struct xml_node *n,
			 const struct xml_attr *a)
{
	const char *fault;
	struct param *p;

	if (a->ns)
		return log_at(r->file, n->line,
			      "<%s> has no attribute '%s' of namespace %s",
			      n->qname, a->name, a->ns);
	if (strcmp(a->name, "profile") == 0)
		return 0;
	if (!param_name_ok(a->name, &fault))
		return log_at(r->file, n->line, "parameter '%s' %s", a->name,
			      fault);
	if (!a->value)
		return log_at(r->file, n->line,
			      "parameter '%s' is longer than %d bytes", a->name,
			      XML_MAX_LIST);
	p = new_param(r, n->line, a->name);
	return p ? add_values(r, n->line, p, a->value) : -EINVAL;
}

static int read_reference(const struct domain *d, const struct xml_node *n,
			  struct interface *i)
{
	_cleanup_reference_ struct reference r = { 0 };
	int rc = start_reference(d, n, "profile", &r);
	size_t k;

	for (k = 0; rc >= 0 && k < n->nattrs; k++)
		rc = add_attribute(&r, n, &n->attrs[k]);
	if (rc >= 0)
		rc = xml_no_text(d->file, n);
	if (rc < 0)
		return rc;
	if (n->child)
		return log_at(d->file, n->child->line,
			      "<%s> in <%s>, which must be empty",
			      n->child->qname, n->qname);
	return keep_reference(i, &r);
}

int domain_firewall(const struct domain *d, const struct xml_node *n,
		    struct interface *i)
{
	const struct xml_node *c;
	int rc = xml_no_text(d->file, n);

	if (rc < 0)
		return rc;
	if (!n->child)
		return log_at(
			d->file, n->line,
			"<%s> is empty: it must hold a <reference>, or go",
			n->qname);
	for (c = n->child; c; c = c->next) {
		if (!xml_is(c, n->ns, "reference"))
			return log_at(d->file, c->line,
				      "<%s> in <%s>, which may hold only "
				      "<reference> of the same namespace",
				      c->qname, n->qname);
		rc = read_reference(d, c, i);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int own_name(const struct reference *r, unsigned int line,
		    const char *name, char out[PARAM_TEXT_MAX])
{
	const char *fault;
	size_t i;

	memset(out, 0, PARAM_TEXT_MAX);
	if (strcmp(name, "IP") == 0)
		name = PARAM_IP;
	if (strcmp(name, "IPV6") == 0)
		name = PARAM_IPV6;
	for (i = 0; i < PARAM_TEXT_MAX - 1 && name[i]; i++) {
		out[i] = name[i];
		if (name[i] >= 'A' && name[i] <= 'Z')
			out[i] = (char)(name[i] - 'A' + 'a');
	}
	if (name[i])
		return log_at(r->file, line, "parameter '%s' is too long",
			      name);
	if (!param_name_ok(out, &fault))
		return log_at(r->file, line,
			      "parameter '%s', in small letters '%s', %s", name,
			      out, fault);
	return 0;
}

/**
 * struct filterref - A reference in libvirt's spelling
 * @written:	Names of its parameters as written.  libvirt's differ in case,
 *		ours have none: two names must not become one.
 */
struct filterref {
	struct reference r;
	const char *written[REFERENCE_MAX_PARAMS];
};

static int add_named(struct filterref *f, const struct xml_node *n,
		     const char *name, const char *value)
{
	char own[PARAM_TEXT_MAX];
	struct param *p;
	int rc = own_name(&f->r, n->line, name, own);

	if (rc < 0)
		return rc;
	p = find_param(&f->r, own);
	if (!p) {
		p = new_param(&f->r, n->line, own);
		if (!p)
			return -EINVAL;
		f->written[p - f->r.params] = name;
	}
	if (strcmp(f->written[p - f->r.params], name) != 0)
		return log_at(f->r.file, n->line,
			      "parameters '%s' and '%s' would both be '%s'",
			      f->written[p - f->r.params], name, own);
	return add_values(&f->r, n->line, p, value);
}

static int add_parameter(struct filterref *f, const struct xml_node *n)
{
	static const char *const attrs[] = { "name", "value", NULL };
	const char *file = f->r.file, *name, *value;
	int rc;

	if (!xml_is(n, NULL, "parameter") || n->child)
		return log_at(file, n->line,
			      "<%s>: <filterref> may hold only empty "
			      "<parameter name='' value=''/>",
			      n->qname);
	rc = xml_only_attrs(file, n, attrs);
	if (rc >= 0)
		rc = xml_no_text(file, n);
	if (rc < 0)
		return rc;
	name = xml_attr(n, "name");
	value = xml_attr(n, "value");
	if (!name || !value)
		return log_at(file, n->line,
			      "<parameter> must have an attribute '%s'",
			      name ? "value" : "name");
	if (strcmp(name, "CTRL_IP_LEARNING") != 0)
		return add_named(f, n, name, value);
	if (strcmp(value, "none") == 0)
		return 0;
	return log_at(file, n->line,
		      "CTRL_IP_LEARNING '%s': addresses are not learned, give "
		      "them as IP or IPV6",
		      value);
}

static void clear_filterref(struct filterref *f)
{
	domain_reference_clear(&f->r);
}

int domain_filterref(const struct domain *d, const struct xml_node *n,
		     struct interface *i)
{
	_cleanup_(clear_filterref) struct filterref f = { 0 };
	static const char *const attrs[] = { "filter", NULL };
	const struct xml_node *c;
	int rc = xml_only_attrs(d->file, n, attrs);

	if (rc >= 0)
		rc = start_reference(d, n, "filter", &f.r);
	if (rc >= 0)
		rc = xml_no_text(d->file, n);
	for (c = n->child; rc >= 0 && c; c = c->next)
		rc = add_parameter(&f, c);
	return rc < 0 ? rc : keep_reference(i, &f.r);
}
