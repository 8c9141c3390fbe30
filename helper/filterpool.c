// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The FilterPool dialect: reading the elements of a profile.
 *
 * Elements without a namespace are those of the format as it was proposed to
 * libvirt in 2010; what it lacks stands in our namespace.
 */
#include <errno.h>
#include <string.h>

#include "filterpool.h"
#include "filterpool_draft.h"
#include "log.h"

static const char *const no_attrs[] = { NULL };

static bool is_row(const struct xml_node *n, const char *name, bool ours)
{
	return xml_is(n, ours ? TF_NAMESPACE : NULL,
		      ours ? name + strlen("tf:") : name);
}

static int plain_element(const char *file, const struct xml_node *n)
{
	int rc = xml_only_attrs(file, n, no_attrs);

	return rc < 0 ? rc : xml_no_text(file, n);
}

static int unknown_child(const char *file, const struct xml_node *n)
{
	const char *ns = n->ns ? n->ns : "none";

	return log_at(file, n->line, "<%s> (namespace %s) is not known in <%s>",
		      n->qname, ns, n->parent->qname);
}

static int repeated(const char *file, const struct xml_node *n,
		    unsigned int first)
{
	return log_at(file, n->line,
		      "a second <%s> in one <%s>; the first is in line %u",
		      n->qname, n->parent->qname, first);
}

/* ---- groups and leaves --------------------------------------------------- */

static int read_leaf(struct draft *d, enum leaf_id id, const struct xml_node *n)
{
	struct leaf *leaf = &d->leaf[id];
	const char *text;
	int rc;

	if (leaf->line)
		return repeated(d->file, n, leaf->line);
	rc = xml_only_attrs(d->file, n, no_attrs);
	if (rc < 0)
		return rc;
	rc = xml_text(d->file, n, &text);
	if (rc < 0)
		return rc;
	leaf->line = n->line;
	if (!*text)
		return 0;
	leaf->text = text;
	return leaf_check(d->file, id, leaf);
}

static enum leaf_id find_leaf(enum group_id g, const struct xml_node *n)
{
	const struct leaf_row *row;
	enum leaf_id id;

	for (id = 0; id < LEAF_COUNT; id++) {
		row = &filterpool_leaves[id];
		if (row->group == g && is_row(n, row->name, row->ours))
			break;
	}
	return id;
}

static int read_group(struct draft *d, enum group_id g,
		      const struct xml_node *n)
{
	const struct xml_node *child;
	enum leaf_id id;
	int rc;

	if (d->group_line[g])
		return repeated(d->file, n, d->group_line[g]);
	d->group_line[g] = n->line;
	rc = plain_element(d->file, n);
	if (rc < 0)
		return rc;
	d->group[g] = n->child ? GROUP_ABSENT : GROUP_ANY;
	for (child = n->child; child; child = child->next) {
		id = find_leaf(g, child);
		if (id == LEAF_COUNT)
			return unknown_child(d->file, child);
		rc = read_leaf(d, id, child);
		if (rc < 0)
			return rc;
		if (leaf_given(d, id))
			d->group[g] = GROUP_SET;
	}
	return 0;
}

/* ---- entries ------------------------------------------------------------- */

/**
 * struct entry_reader - What has been seen of a FilterEntry
 * @action:	Line of its Action, 0 for not yet
 */
struct entry_reader {
	struct draft draft;
	unsigned int action;
	unsigned int traffic;
	unsigned int comment;
};

/* Read an element that says one of some words; @choice names them. */
static int read_word(const char *file, const struct xml_node *n,
		     unsigned int *seen, const char *const *words,
		     const char *choice, unsigned int *out)
{
	const char *text;
	int rc;

	if (*seen)
		return repeated(file, n, *seen);
	*seen = n->line;
	rc = xml_only_attrs(file, n, no_attrs);
	if (rc < 0)
		return rc;
	rc = xml_text(file, n, &text);
	if (rc < 0)
		return rc;
	for (*out = 0; words[*out]; ++*out)
		if (strcmp(text, words[*out]) == 0)
			return 0;
	return log_at(file, n->line, "%s '%s' must be %s", n->qname, text,
		      choice);
}

static int read_comment(const char *file, const struct xml_node *n,
			unsigned int *seen)
{
	const char *text;
	int rc;

	if (*seen)
		return repeated(file, n, *seen);
	*seen = n->line;
	rc = xml_only_attrs(file, n, no_attrs);
	return rc < 0 ? rc : xml_text(file, n, &text);
}

static int read_action(struct entry_reader *r, const struct xml_node *n)
{
	static const char *const verdicts[] = {
		[VERDICT_ACCEPT] = "ACCEPT",
		[VERDICT_DROP] = "DROP",
		[VERDICT_REJECT] = "REJECT",
		NULL,
	};
	unsigned int word = 0;
	int rc = read_word(r->draft.file, n, &r->action, verdicts,
			   "ACCEPT, DROP or REJECT", &word);

	r->draft.out->verdict = (enum verdict)word;
	return rc;
}

static int read_traffic(struct entry_reader *r, const struct xml_node *n)
{
	static const char *const directions[] = {
		[DIR_IN] = "incoming",
		[DIR_OUT] = "outgoing",
		NULL,
	};
	unsigned int word = 0;
	int rc = read_word(r->draft.file, n, &r->traffic, directions,
			   "incoming or outgoing", &word);

	r->draft.out->dir = (enum direction)word;
	return rc;
}

static int read_state(struct draft *d, const struct xml_node *n)
{
	int rc = read_leaf(d, LEAF_STATE, n);

	if (rc == 0 && !leaf_given(d, LEAF_STATE))
		return log_at(
			d->file, n->line,
			"<%s> must be a list of new, established, related "
			"and invalid",
			n->qname);
	return rc;
}

static int read_entry_child(struct entry_reader *r, const struct xml_node *n,
			    const char *name)
{
	const char *file = r->draft.file;
	enum group_id g;
	int rc;

	if (xml_is(n, NULL, "Action"))
		return read_action(r, n);
	if (xml_is(n, NULL, "TrafficType"))
		return read_traffic(r, n);
	if (xml_is(n, TF_NAMESPACE, "Comment"))
		return read_comment(file, n, &r->comment);
	for (g = 0; g < GROUP_COUNT; g++)
		if (is_row(n, filterpool_groups[g].name,
			   filterpool_groups[g].ours))
			return read_group(&r->draft, g, n);
	if (find_leaf(GROUP_COUNT, n) == LEAF_STATE)
		return read_state(&r->draft, n);
	rc = draft_read_more(&r->draft, n, name);
	return rc ? rc : unknown_child(file, n);
}

/* Groups were written, but none of them says anything. */
static bool says_nothing(const struct draft *d)
{
	bool written = false;
	enum group_id g;

	for (g = 0; g < GROUP_COUNT; g++) {
		if (d->group[g] != GROUP_ABSENT)
			return false;
		written |= d->group_line[g] != 0;
	}
	return written;
}

static int read_entry(const struct profile *p, const struct xml_node *n,
		      struct entry *out)
{
	const char *file = p->file;
	struct entry_reader r = {
		.draft = { .file = file, .line = n->line, .out = out },
	};
	const struct xml_node *child;
	int rc;

	out->line = n->line;
	rc = plain_element(file, n);
	if (rc < 0)
		return rc;
	for (child = n->child; child; child = child->next) {
		rc = read_entry_child(&r, child, p->name);
		if (rc < 0)
			return rc;
	}
	if (!r.action)
		return log_at(file, n->line,
			      "<FilterEntry> needs <Action>ACCEPT</Action> or "
			      "<Action>DROP</Action>");
	if (!r.traffic)
		return log_at(file, n->line,
			      "<FilterEntry> needs <TrafficType>, incoming or "
			      "outgoing");
	if (says_nothing(&r.draft))
		return log_at(file, n->line,
			      "no element of this entry has a value; leave the "
			      "groups out to mean every frame");
	return draft_lower(&r.draft);
}

/* ---- references ---------------------------------------------------------- */

static int check_param(const char *file, const struct xml_node *n,
		       const struct xml_attr *a)
{
	_cleanup_free_ char *param = NULL;
	const char *fault;

	if (!param_name_ok(a->name, &fault))
		return log_at(file, n->line, "parameter name '%s' %s", a->name,
			      fault);
	if (!a->value[strspn(a->value, " \t\r\n")])
		return log_at(file, n->line,
			      "parameter '%s' is empty; leave it out, or give "
			      "it a value",
			      a->name);
	if (!strstr(a->value, PARAM_PLACEHOLDER))
		return 0;
	if (!param_is_placeholder(a->value))
		return log_at(file, n->line,
			      "%s='%s': a placeholder must be the whole value",
			      a->name, a->value);
	fault = param_of_placeholder(a->value, &param);
	if (fault)
		return log_at(file, n->line, "%s '%s' %s", a->name, a->value,
			      fault);
	return 0;
}

static int add_param(struct reference *ref, const struct xml_attr *a)
{
	struct param *p =
		util_grow(&ref->params, ref->nparams, sizeof(*ref->params));

	if (!p)
		return -ENOMEM;
	ref->nparams++;
	p->name = strdup(a->name);
	p->value = strdup(a->value);
	if (!p->name || !p->value)
		return log_errno(ENOMEM, "cannot keep a parameter");
	return 0;
}

static int read_attr(const char *file, const struct xml_node *n,
		     const struct xml_attr *a, struct reference *out)
{
	int rc;

	if (a->ns || !a->value)
		return log_at(file, n->line, "attribute '%s' of <%s> %s",
			      a->name, n->qname,
			      a->ns ? "must not have a namespace" :
				      "is too long");
	if (strcmp(a->name, "profile") != 0) {
		rc = check_param(file, n, a);
		return rc < 0 ? rc : add_param(out, a);
	}
	if (!util_profile_name_ok(a->value))
		return log_at(file, n->line,
			      "'%s' cannot be the name of a profile", a->value);
	out->profile = strdup(a->value);
	if (!out->profile)
		return log_errno(ENOMEM, "cannot keep a name");
	return 0;
}

static int read_reference(const char *file, const struct xml_node *n,
			  struct reference *out)
{
	size_t i;
	int rc;

	out->file = file;
	out->line = n->line;
	for (i = 0; i < n->nattrs; i++) {
		rc = read_attr(file, n, &n->attrs[i], out);
		if (rc < 0)
			return rc;
	}
	if (!out->profile)
		return log_at(file, n->line,
			      "<reference> needs profile='NAME'");
	if (n->child)
		return unknown_child(file, n->child);
	return xml_no_text(file, n);
}

/* ---- the profile --------------------------------------------------------- */

static int read_root_child(struct profile *p, const struct xml_node *n)
{
	struct reference *ref;
	struct entry *e;

	if (xml_is(n, NULL, "FilterEntry")) {
		e = util_grow(&p->entries, p->nentries, sizeof(*p->entries));
		if (!e)
			return -ENOMEM;
		p->nentries++;
		return read_entry(p, n, e);
	}
	if (xml_is(n, NULL, "reference")) {
		ref = util_grow(&p->refs, p->nrefs, sizeof(*p->refs));
		if (!ref)
			return -ENOMEM;
		p->nrefs++;
		return read_reference(p->file, n, ref);
	}
	return unknown_child(p->file, n);
}

static int read_root(const struct xml_node *root, const struct profile *p)
{
	static const char *const attrs[] = { "name", NULL };
	const char *name;
	int rc = xml_only_attrs(p->file, root, attrs);

	if (rc < 0)
		return rc;
	rc = xml_no_text(p->file, root);
	if (rc < 0)
		return rc;
	name = xml_attr(root, "name");
	if (!name)
		return log_at(p->file, root->line,
			      "<FilterPool> needs name='%s'", p->name);
	if (strcmp(name, p->name) != 0)
		return log_at(p->file, root->line,
			      "name='%s' must be '%s', as the file is called",
			      name, p->name);
	if (!root->child)
		return log_at(p->file, root->line,
			      "<FilterPool> needs a <FilterEntry> or a "
			      "<reference>");
	return 0;
}

int filterpool_parse(const struct xml_node *root, struct profile *p)
{
	const struct xml_node *n;
	int rc = read_root(root, p), one;

	for (n = root->child; n && rc != -ENOMEM; n = n->next) {
		one = read_root_child(p, n);
		if (one < 0)
			rc = one;
	}
	return rc;
}
