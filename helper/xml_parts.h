/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_XML_PARTS_H
#define TF_XML_PARTS_H

#include "xml.h"

/* What the parts of the XML reader say to each other. */

/*
 * A document has some thousand short strings, all of which come at once and
 * go at once: they share a few blocks of memory.
 */

struct xml_block;

/**
 * struct xml_tree - A root and the memory of all that hangs on it
 * @root:	First, so that xml_free() finds the tree by its root
 * @blocks:	Newest first
 */
struct xml_tree {
	struct xml_node root;
	struct xml_block *blocks;
};

/**
 * xml_tree_alloc() - Zeroed memory that lives as long as the tree
 *
 * Return: the memory, aligned for any object, or NULL (reported)
 */
void *xml_tree_alloc(struct xml_tree *t, size_t size);

/**
 * xml_tree_copy() - Copy of some bytes with a NUL behind them
 *
 * Return: the copy, which lives as long as the tree, or NULL (reported)
 */
char *xml_tree_copy(struct xml_tree *t, const void *bytes, size_t len);

/**
 * xml_check_bytes() - Insist on UTF-8 without NUL, and on the size limit
 * @file:	File name for messages
 *
 * Return: 0 or -EINVAL, reported
 */
int xml_check_bytes(const char *file, const char *data, size_t len);

#endif /* TF_XML_PARTS_H */
