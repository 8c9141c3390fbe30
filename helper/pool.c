// SPDX-License-Identifier: GPL-2.0-or-later
/* The template path: finding profiles, reading each once, linking them */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "filterpool.h"
#include "log.h"
#include "pool.h"

void pool_free(struct pool *p)
{
	struct profile *next;

	for (; p->first; p->first = next) {
		next = p->first->next;
		profile_free(p->first);
	}
	*p = (struct pool){ 0 };
}

/* ---- dialects ------------------------------------------------------------ */

static int no_nwfilter(const struct xml_node *root, struct profile *p)
{
	return log_at(p->file, root->line,
		      "nwfilter dialect is not supported yet: <%s>",
		      root->qname);
}

/**
 * struct dialect - An XML spelling of profiles
 * @root:	Root element, without a namespace
 */
static const struct dialect {
	const char *root;
	int (*parse)(const struct xml_node *root, struct profile *p);
} dialects[] = {
	{ "FilterPool", filterpool_parse },
	{ "filter", no_nwfilter },
};

static int parse_root(const struct xml_node *root, struct profile *p)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dialects); i++)
		if (xml_is(root, NULL, dialects[i].root))
			return dialects[i].parse(root, p);
	return log_at(p->file, root->line,
		      "a profile must begin with <FilterPool name='%s'>, not "
		      "<%s>%s%s",
		      p->name, root->qname, root->ns ? " of namespace " : "",
		      root->ns ? root->ns : "");
}

int pool_parse(const char *name, const char *file, const char *data, size_t len,
	       struct profile **out)
{
	_cleanup_xml_ struct xml_node *root = NULL;
	_cleanup_profile_ struct profile *p = util_alloc(1, sizeof(*p));
	int rc;

	if (!p)
		return -ENOMEM;
	p->name = strdup(name);
	p->file = strdup(file);
	if (!p->name || !p->file)
		return log_errno(ENOMEM, "cannot keep the name of %s", file);
	rc = xml_parse(p->file, data, len, &root);
	if (rc < 0)
		return rc;
	rc = parse_root(root, p);
	if (rc < 0)
		return rc;
	*out = TAKE_PTR(p);
	return 0;
}

/* ---- files --------------------------------------------------------------- */

int pool_read(struct pool *p, const char *name, const char *file, int fd,
	      struct profile **out)
{
	_cleanup_buf_ struct buf text = { 0 };
	struct profile *profile = NULL;
	struct stat st;
	int rc;

	if (p->nprofiles == POOL_MAX_FILES)
		return log_at(file, 0, "more than %d profiles are referenced",
			      POOL_MAX_FILES);
	if (fstat(fd, &st) < 0)
		return log_errno(errno, "cannot look at %s", file);
	if (!S_ISREG(st.st_mode))
		return log_at(file, 0, "a profile must be a regular file");
	rc = util_read_all(fd, file, XML_MAX_SIZE, 0, &text);
	if (rc < 0)
		return rc;
	rc = pool_parse(name, file, text.data ? text.data : "", text.len,
			&profile);
	if (rc < 0 || !profile)
		return rc;
	profile->next = p->first;
	p->first = profile;
	p->nprofiles++;
	*out = profile;
	return 0;
}

static int not_found(const struct pool *p, const struct reference *by)
{
	_cleanup_buf_ struct buf path = { 0 };
	size_t i;

	for (i = 0; i < p->ndirs; i++)
		if (buf_printf(&path, "%s%s", i ? ":" : "", p->dirs[i].path) <
		    0)
			return -ENOMEM;
	return log_at(by->file, by->line,
		      "there is no profile '%s': no file %s.xml in %s",
		      by->profile, by->profile,
		      path.data ? path.data : "an empty template path");
}

/* A file that is there and cannot be read is an error, not the next one. */
static int find_file(struct pool *p, const struct reference *by,
		     struct profile **out)
{
	_cleanup_buf_ struct buf name = { 0 }, file = { 0 };
	size_t i;

	if (buf_printf(&name, "%s.xml", by->profile) < 0)
		return -ENOMEM;
	for (i = 0; i < p->ndirs; i++) {
		_cleanup_close_ int fd = -1;

		buf_free(&file);
		fd = infile_open(&p->dirs[i], name.data, &file);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fd;
		return pool_read(p, by->profile, file.data, fd, out);
	}
	return not_found(p, by);
}

static int find_profile(struct pool *p, const struct reference *by,
			struct profile **out)
{
	struct profile *i;

	if (!util_profile_name_ok(by->profile))
		return log_at(by->file, by->line,
			      "'%s' cannot be the name of a profile",
			      by->profile);
	for (i = p->first; i; i = i->next) {
		if (strcmp(i->name, by->profile) == 0) {
			*out = i;
			return 0;
		}
	}
	return find_file(p, by, out);
}

/* ---- linking ------------------------------------------------------------- */

/**
 * struct chain - The references that lead to a profile
 * @profile:	Last of the chain
 * @up:		What references it, NULL for an interface
 */
struct chain {
	const struct profile *profile;
	const struct chain *up;
};

static int chain_text(const struct chain *c, struct buf *out)
{
	int rc = c->up ? chain_text(c->up, out) : 0;

	return rc < 0 ? rc :
			buf_printf(out, "%s%s", c->up ? " -> " : "",
				   c->profile->name);
}

static int chain_fault(const struct chain *c, const struct reference *by,
		       const char *what)
{
	_cleanup_buf_ struct buf text = { 0 };

	if (c && (chain_text(c, &text) < 0 || buf_printf(&text, " -> ") < 0))
		return -ENOMEM;
	return log_at(by->file, by->line, "%s: %s%s", what,
		      text.data ? text.data : "", by->profile);
}

/* The chain goes on through the deepest of the children, for the message. */
static int too_deep(const struct chain *up, const struct reference *by,
		    const struct profile *p)
{
	struct chain c = { .profile = p, .up = up };
	size_t i;

	for (i = 0; i < p->nrefs; i++)
		if (p->links[i].to->height + 1 == p->height)
			return too_deep(&c, &p->refs[i], p->links[i].to);
	return chain_fault(up, by, "more than 8 levels of references");
}

static int check_params(const struct profile *p, const struct reference *by)
{
	_cleanup_buf_ struct buf names = { 0 };
	size_t i, k;

	for (i = 0; i < by->nparams; i++) {
		if (profile_uses(p, by->params[i].name))
			continue;
		for (k = 0; k < p->nuses; k++)
			if (buf_printf(&names, "%s%s", k ? ", " : "",
				       p->uses[k]) < 0)
				return -ENOMEM;
		return log_at(by->file, by->line,
			      "profile '%s' has no use for the parameter '%s'; "
			      "it uses %s",
			      p->name, by->params[i].name,
			      names.data ? names.data : "none");
	}
	return 0;
}

static int add_operand(struct profile *p, const struct operand *o)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; rc == 0 && i < o->nwords; i++)
		if (o->words[i].param)
			rc = profile_add_use(p, o->words[i].param);
	return rc;
}

static int add_own_uses(struct profile *p)
{
	const struct shape *s;
	size_t e, k, t;
	int rc = 0;

	for (e = 0; e < p->nentries; e++) {
		for (k = 0; k < p->entries[e].nshapes; k++) {
			s = &p->entries[e].shapes[k];
			for (t = 0; rc == 0 && t < s->nterms; t++) {
				rc = add_operand(p, &s->terms[t].from);
				if (rc == 0)
					rc = add_operand(p, &s->terms[t].to);
			}
		}
	}
	return rc;
}

/* What a reference hands down, and what its placeholders ask for. */
static int add_reference_uses(struct profile *p, const struct reference *ref,
			      const struct profile *child)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < child->nuses; i++)
		rc = profile_add_use(p, child->uses[i]);
	for (i = 0; rc == 0 && i < ref->nparams; i++) {
		_cleanup_free_ char *param = NULL;

		if (!param_is_placeholder(ref->params[i].value))
			continue;
		if (param_of_placeholder(ref->params[i].value, &param))
			return log_errno(ENOMEM, "cannot keep a name");
		rc = profile_add_use(p, param);
	}
	return rc;
}

static int link_profile(struct pool *p, const struct chain *up,
			unsigned int level, const struct reference *by,
			struct profile **out);

static int link_children(struct pool *p, const struct chain *c,
			 unsigned int level, struct profile *profile)
{
	const struct reference *ref;
	struct profile *child = NULL;
	size_t i;
	int rc = add_own_uses(profile);

	profile->links = util_alloc(profile->nrefs, sizeof(*profile->links));
	if (!profile->links)
		return -ENOMEM;
	for (i = 0; rc == 0 && i < profile->nrefs; i++) {
		ref = &profile->refs[i];
		rc = link_profile(p, c, level + 1, ref, &child);
		if (rc < 0 || !child)
			return rc;
		profile->links[i].to = child;
		if (child->height + 1 > profile->height)
			profile->height = child->height + 1;
		rc = add_reference_uses(profile, ref, child);
	}
	return rc;
}

static int link_found(struct pool *p, const struct chain *up,
		      unsigned int level, struct profile *profile)
{
	struct chain c = { .profile = profile, .up = up };
	int rc;

	profile->state = PROFILE_LINKING;
	rc = link_children(p, &c, level, profile);
	if (rc < 0)
		return rc;
	profile->state = PROFILE_LINKED;
	return 0;
}

/* @level: 1 for a reference of an interface */
static int link_profile(struct pool *p, const struct chain *up,
			unsigned int level, const struct reference *by,
			struct profile **out)
{
	struct profile *profile = NULL;
	int rc;

	if (p->nedges++ == POOL_MAX_EDGES)
		return log_at(by->file, by->line,
			      "more than %d references are to be followed",
			      POOL_MAX_EDGES);
	rc = find_profile(p, by, &profile);
	if (rc < 0 || !profile)
		return rc;
	if (profile->state == PROFILE_LINKING)
		return chain_fault(up, by, "profiles reference each other");
	if (level > POOL_MAX_DEPTH)
		return chain_fault(up, by, "more than 8 levels of references");
	if (profile->state == PROFILE_NEW)
		rc = link_found(p, up, level, profile);
	else if (level + profile->height > POOL_MAX_DEPTH)
		rc = too_deep(up, by, profile);
	if (rc == 0)
		rc = check_params(profile, by);
	*out = profile;
	return rc;
}

int pool_link(struct pool *p, const struct reference *by, struct profile **out)
{
	return link_profile(p, NULL, 1, by, out);
}

int pool_link_all(struct pool *p, struct profile *profile)
{
	return link_found(p, NULL, 1, profile);
}
