// SPDX-License-Identifier: GPL-2.0-or-later
/* The tree that xml.c builds: releasing it, asking it */
#include <stddef.h>
#include <string.h>

#include "log.h"
#include "util.h"
#include "xml_parts.h"

#define BLOCK_SIZE 16384

struct xml_block {
	struct xml_block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char data[];
};

void *xml_tree_alloc(struct xml_tree *t, size_t size)
{
	size_t align = _Alignof(max_align_t), room;
	struct xml_block *b = t->blocks;
	char *out;

	size = (size + align - 1) / align * align;
	if (!b || size > b->size - b->used) {
		room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
		b = util_alloc(1, sizeof(*b) + room);
		if (!b)
			return NULL;
		b->size = room;
		b->next = t->blocks;
		t->blocks = b;
	}
	out = b->data + b->used;
	b->used += size;
	return out;
}

char *xml_tree_copy(struct xml_tree *t, const void *bytes, size_t len)
{
	char *copy = xml_tree_alloc(t, len + 1);

	if (copy && len)
		memcpy(copy, bytes, len);
	return copy;
}

void xml_free(struct xml_node *root)
{
	struct xml_tree *t = (struct xml_tree *)root;
	struct xml_block *b, *next;

	if (!t)
		return;
	for (b = t->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(t);
}

void xml_freep(struct xml_node **root)
{
	xml_free(*root);
}

bool xml_is(const struct xml_node *n, const char *ns, const char *name)
{
	if (strcmp(n->name, name) != 0)
		return false;
	if (!ns || !n->ns)
		return !ns && !n->ns;
	return strcmp(n->ns, ns) == 0;
}

static const struct xml_attr *find_attr(const struct xml_node *n,
					const char *name)
{
	size_t i;

	for (i = 0; i < n->nattrs; i++) {
		if (!n->attrs[i].ns && strcmp(n->attrs[i].name, name) == 0)
			return &n->attrs[i];
	}
	return NULL;
}

const char *xml_attr(const struct xml_node *n, const char *name)
{
	const struct xml_attr *a = find_attr(n, name);

	return a ? a->value : NULL;
}

static bool is_long(const struct xml_attr *a)
{
	return !a->value || strlen(a->value) > XML_MAX_TEXT;
}

static int too_long(const char *file, const struct xml_node *n,
		    const struct xml_attr *a)
{
	return log_at(file, n->line,
		      "attribute '%s' of <%s> is longer than %d bytes", a->name,
		      n->qname, XML_MAX_TEXT);
}

int xml_get(const char *file, const struct xml_node *n, const char *name,
	    const char **out)
{
	const struct xml_attr *a = find_attr(n, name);

	if (a && is_long(a))
		return too_long(file, n, a);
	*out = a ? a->value : NULL;
	return 0;
}

static bool in_list(const char *const *names, const char *name)
{
	for (; *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

int xml_only_attrs(const char *file, const struct xml_node *n,
		   const char *const *names)
{
	const struct xml_attr *a;
	size_t i;

	for (i = 0; i < n->nattrs; i++) {
		a = &n->attrs[i];
		if (a->ns || !in_list(names, a->name))
			return log_at(file, n->line,
				      "<%s> has no attribute '%s'%s%s",
				      n->qname, a->name,
				      a->ns ? " of namespace " : "",
				      a->ns ? a->ns : "");
		if (is_long(a))
			return too_long(file, n, a);
	}
	return 0;
}

int xml_text(const char *file, const struct xml_node *n, const char **out)
{
	if (n->child)
		return log_at(file, n->child->line,
			      "<%s> must hold text, not <%s>", n->qname,
			      n->child->qname);
	if (!n->text)
		return log_at(file, n->line,
			      "the text of <%s> is longer than %d bytes",
			      n->qname, XML_MAX_TEXT);
	*out = n->text;
	return 0;
}

int xml_no_text(const char *file, const struct xml_node *n)
{
	if (!n->text)
		return log_at(file, n->line,
			      "a long text in <%s>, which must "
			      "hold elements only",
			      n->qname);
	if (*n->text)
		return log_at(file, n->line,
			      "'%s' in <%s>, which must hold elements only",
			      n->text, n->qname);
	return 0;
}
