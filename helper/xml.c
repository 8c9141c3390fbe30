// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * XML to a plain tree.
 *
 * libxml2 is driven by its SAX interface: our own callbacks build the tree, so
 * that depth and node limits hold while parsing, a document type declaration
 * stops the parser before anything in it is looked at (no DTD: no entity of
 * the document's own, nothing to fetch, nothing to expand), and line numbers
 * come from the parser's input, not from a 16-bit field of a node.
 */
#include <errno.h>
#include <libxml/parser.h>
#include <string.h>

#include "log.h"
#include "util.h"
#include "xml_parts.h"

/**
 * struct parse - State of one parse
 * @file:	File name for messages
 * @ctxt:	libxml2's parser
 * @rc:		First failure, reported; every callback is inert after it
 * @tree:	Tree so far; its root has no name before the first tag
 * @depth:	Number of open elements
 * @open:	The open elements, and of each what has been read of its text
 */
struct parse {
	const char *file;
	xmlParserCtxtPtr ctxt;
	int rc;
	size_t nodes;
	struct xml_tree *tree;
	size_t depth;
	struct {
		struct xml_node *node;
		struct xml_node *last; /* last child so far */
		size_t len; /* of its text; over XML_MAX_TEXT: too long */
		char text[XML_MAX_TEXT];
	} open[XML_MAX_DEPTH];
};

static void stop(struct parse *p, int rc)
{
	if (!p->rc)
		p->rc = rc;
	xmlStopParser(p->ctxt);
}

static unsigned int current_line(const struct parse *p)
{
	const xmlParserInput *in = p->ctxt->input;

	return in && in->line > 0 ? (unsigned int)in->line : 1;
}

/*
 * Inside the callback for a start tag the parser stands behind its last
 * attribute.  A raw '<' cannot occur in an attribute, and libxml2 keeps the
 * whole tag in its buffer, so the tag begins at the last '<'.
 */
static unsigned int tag_line(const struct parse *p)
{
	const xmlParserInput *in = p->ctxt->input;
	unsigned int line = current_line(p);
	const xmlChar *c;

	for (c = in->cur; c > in->base && *c != '<'; c--) {
		if (c[-1] == '\n' && line > 1)
			line--;
	}
	return line;
}

/* An absent string stays NULL, and that is no failure. */
static bool copy_to(struct parse *p, char **out, const xmlChar *s)
{
	if (!s)
		return true;
	*out = xml_tree_copy(p->tree, s, strlen((const char *)s));
	return *out != NULL;
}

/* Most elements are in the namespace of their parent. */
static bool copy_namespace(struct parse *p, struct xml_node *n,
			   const xmlChar *ns)
{
	if (ns && n->parent && n->parent->ns &&
	    strcmp(n->parent->ns, (const char *)ns) == 0) {
		n->ns = n->parent->ns;
		return true;
	}
	return copy_to(p, &n->ns, ns);
}

static bool copy_qname(struct parse *p, struct xml_node *n,
		       const xmlChar *prefix)
{
	_cleanup_buf_ struct buf b = { 0 };

	if (!prefix) {
		n->qname = n->name;
		return true;
	}
	if (buf_printf(&b, "%s:%s", (const char *)prefix, n->name) < 0)
		return false;
	n->qname = xml_tree_copy(p->tree, b.data, b.len);
	return n->qname != NULL;
}

/* libxml2 hands attributes over as five pointers each, values not terminated */
static bool copy_attrs(struct parse *p, struct xml_node *n, size_t count,
		       const xmlChar **a)
{
	struct xml_attr *attr;
	size_t i, len;

	if (!count)
		return true;
	n->attrs = xml_tree_alloc(p->tree, count * sizeof(*n->attrs));
	if (!n->attrs)
		return false;
	n->nattrs = count;
	for (i = 0; i < count; i++, a += 5) {
		attr = &n->attrs[i];
		if (!copy_to(p, &attr->name, a[0]) ||
		    !copy_to(p, &attr->ns, a[2]))
			return false;
		len = (size_t)(a[4] - a[3]);
		if (len > XML_MAX_LIST)
			continue;
		attr->value = xml_tree_copy(p->tree, a[3], len);
		if (!attr->value)
			return false;
	}
	return true;
}

static struct xml_node *add_node(struct parse *p)
{
	struct xml_node *n, *parent, **last;

	if (!p->depth) {
		n = &p->tree->root;
	} else {
		n = xml_tree_alloc(p->tree, sizeof(*n));
		if (!n)
			return NULL;
		parent = p->open[p->depth - 1].node;
		last = &p->open[p->depth - 1].last;
		n->parent = parent;
		if (*last)
			(*last)->next = n;
		else
			parent->child = n;
		*last = n;
	}
	p->open[p->depth].node = n;
	p->open[p->depth].last = NULL;
	p->open[p->depth].len = 0;
	p->depth++;
	return n;
}

static void on_start(void *data, const xmlChar *name, const xmlChar *prefix,
		     const xmlChar *ns, int nb_namespaces,
		     const xmlChar **namespaces, int nb_attributes,
		     int nb_defaulted, const xmlChar **attributes)
{
	struct parse *p = data;
	unsigned int line;
	struct xml_node *n;

	(void)nb_namespaces;
	(void)namespaces;
	(void)nb_defaulted;
	if (p->rc)
		return;
	line = tag_line(p);
	if (p->depth == XML_MAX_DEPTH) {
		stop(p,
		     log_at(p->file, line, "<%s> is nested more than %d deep",
			    (const char *)name, XML_MAX_DEPTH));
		return;
	}
	if (++p->nodes > XML_MAX_NODES) {
		stop(p, log_at(p->file, line, "more than %d elements",
			       XML_MAX_NODES));
		return;
	}
	n = add_node(p);
	if (n)
		n->line = line;
	if (!n || !copy_to(p, &n->name, name) || !copy_namespace(p, n, ns) ||
	    !copy_qname(p, n, prefix) ||
	    !copy_attrs(p, n, (size_t)nb_attributes, attributes))
		stop(p, -ENOMEM);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void on_end(void *data, const xmlChar *name, const xmlChar *prefix,
		   const xmlChar *ns)
{
	struct parse *p = data;
	struct xml_node *n;
	const char *text;
	size_t len;

	(void)name;
	(void)prefix;
	(void)ns;
	if (p->rc || !p->depth)
		return;
	p->depth--;
	n = p->open[p->depth].node;
	text = p->open[p->depth].text;
	len = p->open[p->depth].len;
	if (len > XML_MAX_TEXT)
		return;
	while (len && is_blank(text[len - 1]))
		len--;
	n->text = xml_tree_copy(p->tree, text, len);
	if (!n->text)
		stop(p, -ENOMEM);
}

static void on_text(void *data, const xmlChar *text, int length)
{
	const char *s = (const char *)text;
	size_t len = (size_t)length, *have;
	struct parse *p = data;

	if (p->rc || !p->depth)
		return;
	have = &p->open[p->depth - 1].len;
	while (!*have && len && is_blank(*s)) {
		s++;
		len--;
	}
	if (!len || *have > XML_MAX_TEXT)
		return;
	if (len > XML_MAX_TEXT - *have) {
		*have = XML_MAX_TEXT + 1;
		return;
	}
	memcpy(p->open[p->depth - 1].text + *have, s, len);
	*have += len;
}

static void on_doctype(void *data, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	struct parse *p = data;

	(void)external;
	(void)system;
	if (!p->rc)
		stop(p,
		     log_at(p->file, current_line(p),
			    "<!DOCTYPE %s> is not allowed: no document type, "
			    "no entities",
			    name ? (const char *)name : ""));
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* Faults that need no more said than what they are. */
static const char *plain_fault(int code)
{
	switch (code) {
	case XML_ERR_DOCUMENT_EMPTY:
	case XML_ERR_DOCUMENT_START:
		return "not XML: the file does not begin with an element";
	case XML_ERR_DOCUMENT_END:
		return "only one element may stand outermost";
	case XML_ERR_INVALID_CHAR:
	case XML_ERR_INVALID_CHARREF:
		return "a character that XML forbids";
	case XML_ERR_LT_IN_ATTRIBUTE:
		return "a bare < in the value of an attribute: write &lt;";
	case XML_ERR_GT_REQUIRED:
	case XML_ERR_SPACE_REQUIRED:
		return "a tag is not written right: > or a blank is missing";
	case XML_ERR_ATTRIBUTE_NOT_STARTED:
	case XML_ERR_ATTRIBUTE_NOT_FINISHED:
		return "the value of an attribute must stand in quotes";
	case XML_ERR_ATTRIBUTE_WITHOUT_VALUE:
		return "an attribute has no value";
	case XML_ERR_COMMENT_NOT_FINISHED:
	case XML_ERR_HYPHEN_IN_COMMENT:
		return "a comment is not closed, or holds two hyphens";
	default:
		return NULL;
	}
}

/* libxml2's own texts are several lines and quote the input unescaped. */
static int report(const char *file, const xmlError *e)
{
	unsigned int line = e->line > 0 ? (unsigned int)e->line : 0;
	const char *a = or_empty(e->str1), *b = or_empty(e->str2);
	const char *plain = plain_fault(e->code);

	if (plain)
		return log_at(file, line, "%s", plain);
	switch (e->code) {
	case XML_ERR_NO_MEMORY:
		return log_errno(ENOMEM, "cannot parse %s", file);
	case XML_ERR_TAG_NAME_MISMATCH:
		return log_at(file, line,
			      "</%s> stands where <%s> of line %d must be "
			      "closed",
			      b, a, e->int1);
	case XML_ERR_TAG_NOT_FINISHED:
		return log_at(file, line,
			      "the file ends inside <%s> of line %d", a,
			      e->int1);
	case XML_ERR_ATTRIBUTE_REDEFINED:
	case XML_NS_ERR_ATTRIBUTE_REDEFINED:
		return log_at(file, line, "attribute '%s' is given twice", a);
	case XML_NS_ERR_UNDEFINED_NAMESPACE:
		return log_at(file, line,
			      "prefix '%s' is not declared: xmlns:%s='...' is "
			      "missing",
			      a, a);
	case XML_ERR_UNDECLARED_ENTITY:
	case XML_WAR_UNDECLARED_ENTITY:
		return log_at(file, line,
			      "&%s; is not known, only &lt; &gt; &amp; &quot; "
			      "&apos; are",
			      a);
	default:
		return log_at(file, line,
			      "not well-formed XML (libxml2 error %d)",
			      e->code);
	}
}

/* A namespace that is no URI is called an error there, but is none. */
static void on_error(void *data, xmlErrorPtr e)
{
	struct parse *p = data;

	if (p->rc || e->level < XML_ERR_ERROR || e->code == XML_WAR_NS_URI)
		return;
	stop(p, report(p->file, e));
}

/* Without this, what happens while there is no parser goes to stderr raw. */
__attribute__((format(printf, 2, 3))) static void
on_message(void *data, const char *fmt, ...)
{
	(void)data;
	(void)fmt;
}

/* Nothing is ever fetched; NULL instead of this would be called, and crash. */
static xmlParserInputPtr no_entity(const char *url, const char *id,
				   xmlParserCtxtPtr ctxt)
{
	(void)url;
	(void)id;
	(void)ctxt;
	return NULL;
}

/* libxml2 failed without a word: it does so when memory is short. */
static int unreported(const struct parse *p)
{
	int error = p->ctxt->errNo;

	if (error == XML_ERR_OK || error == XML_ERR_NO_MEMORY)
		return log_errno(ENOMEM, "cannot parse %s", p->file);
	return log_at(p->file, 0, "not well-formed XML (libxml2 error %d)",
		      error);
}

static int run_parser(struct parse *p, const char *data, size_t len)
{
	int options = XML_PARSE_NONET | XML_PARSE_NOERROR |
		      XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC;
	const xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.internalSubset = on_doctype,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.serror = on_error,
	};

#if LIBXML_VERSION >= 21300
	options |= XML_PARSE_NO_XXE;
#endif
	xmlSetGenericErrorFunc(NULL, on_message);
	xmlSetExternalEntityLoader(no_entity);
	p->ctxt = xmlNewParserCtxt();
	if (!p->ctxt)
		return log_errno(ENOMEM, "cannot parse %s", p->file);
	*p->ctxt->sax = sax;
	p->ctxt->userData = p;
	xmlCtxtReadMemory(p->ctxt, data, (int)len, NULL, NULL, options);
	if (!p->rc && (!p->ctxt->wellFormed || !p->tree->root.name || p->depth))
		p->rc = unreported(p);
	xmlFreeParserCtxt(p->ctxt);
	return p->rc;
}

int xml_parse(const char *name, const char *data, size_t len,
	      struct xml_node **out)
{
	struct parse p;
	int rc = xml_check_bytes(name, data, len);

	if (rc < 0)
		return rc;
	p.file = name;
	p.rc = 0;
	p.nodes = 0;
	p.depth = 0; /* what is open is set when it opens */
	p.tree = util_alloc(1, sizeof(*p.tree));
	if (!p.tree)
		return -ENOMEM;
	rc = run_parser(&p, data, len);
	if (rc < 0)
		xml_free(&p.tree->root);
	else
		*out = &p.tree->root;
	return rc;
}
