/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_XML_H
#define TF_XML_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A plain tree of an XML document.  xml.c is the only owner of libxml2; what
 * it hands out has no entities, no DTD, no comments and no processing
 * instructions, and every node knows its line.
 */

#define TF_NAMESPACE "urn:tapfilter:1"

#define XML_MAX_SIZE 1048576
#define XML_MAX_DEPTH 32
#define XML_MAX_NODES 20000
#define XML_MAX_TEXT 512 /* an attribute's value or an element's own text */
#define XML_MAX_LIST 16384 /* a parameter: room for 256 values */

struct xml_attr {
	char *ns; /* namespace URI, NULL for none */
	char *name;
	char *value; /* NULL when longer than XML_MAX_LIST */
};

/**
 * struct xml_node - One element
 * @ns:		Namespace URI, NULL for none
 * @name:	Local name
 * @qname:	Name as written, with its prefix, for messages
 * @line:	Line on which its start tag begins
 * @nattrs:	Number of attributes, without namespace declarations
 * @text:	Its own text, all runs joined, blanks around it cut off; ""
 *		for none, NULL when it was longer than XML_MAX_TEXT
 */
struct xml_node {
	char *ns;
	char *name;
	char *qname;
	unsigned int line;
	size_t nattrs;
	struct xml_attr *attrs;
	char *text;
	struct xml_node *parent;
	struct xml_node *child; /* first child */
	struct xml_node *next; /* next sibling */
};

/**
 * xml_parse() - Parse a document
 * @name:	File name for messages
 * @data:	Bytes; must be UTF-8 without NUL, whatever the XML declaration
 *		says
 * @len:	Number of bytes, at most XML_MAX_SIZE
 * @out:	Receives the root, owned by the caller
 *
 * Long attribute values and texts are refused only where somebody asks for
 * them (a foreign part of a domain may hold long ones): they are NULL in the
 * tree, and xml_get(), xml_only_attrs() and xml_text() report them.  Only who
 * reads @attrs itself, for parameters, sees values up to XML_MAX_LIST.
 *
 * Return: 0 or negative errno, reported as "file:line: ..."
 */
int xml_parse(const char *name, const char *data, size_t len,
	      struct xml_node **out);

/** xml_free() - Release a tree; NULL is fine */
void xml_free(struct xml_node *root);

/** xml_freep() - xml_free() for a cleanup attribute */
void xml_freep(struct xml_node **root);
#define _cleanup_xml_ _cleanup_(xml_freep)

/**
 * xml_is() - Is this element of that name?
 * @ns:		Namespace URI, NULL for none
 */
bool xml_is(const struct xml_node *n, const char *ns, const char *name);

/**
 * xml_attr() - Value of an attribute without a namespace
 *
 * For elements that have passed xml_only_attrs(); only there is a value known
 * to be short.
 *
 * Return: the value (the node's), or NULL when there is none
 */
const char *xml_attr(const struct xml_node *n, const char *name);

/**
 * xml_get() - Value of an attribute, in an element that may hold others
 * @file:	File name for messages
 * @n:		Element
 * @name:	Attribute without a namespace
 * @out:	Receives the value (the node's), or NULL when there is none
 *
 * Return: 0, or -EINVAL (reported) when the value is too long
 */
int xml_get(const char *file, const struct xml_node *n, const char *name,
	    const char **out);

/**
 * xml_only_attrs() - Insist on an element's attributes
 * @file:	File name for messages
 * @n:		Element
 * @names:	Names that it may have, without a namespace; NULL-terminated
 *
 * Return: 0, or -EINVAL (reported) for any other attribute or a value that is
 * too long
 */
int xml_only_attrs(const char *file, const struct xml_node *n,
		   const char *const *names);

/**
 * xml_text() - Text of an element that may have no children
 * @file:	File name for messages
 * @n:		Element
 * @out:	Receives the text (the node's), "" for none
 *
 * Return: 0, or -EINVAL (reported) when it is too long or there are children
 */
int xml_text(const char *file, const struct xml_node *n, const char **out);

/**
 * xml_no_text() - Insist that an element has no text of its own
 *
 * Return: 0 or -EINVAL, reported
 */
int xml_no_text(const char *file, const struct xml_node *n);

#endif /* TF_XML_H */
