/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_FILTERPOOL_H
#define TF_FILTERPOOL_H

#include "profile.h"
#include "xml.h"

/**
 * filterpool_parse() - Read a profile in the FilterPool dialect
 * @root:	Root element; its name has been looked at
 * @p:		Profile whose name and file are set; receives the rest
 *
 * Goes on after a fault of an entry, so that all of them are reported.
 *
 * Return: 0 or negative errno, reported
 */
int filterpool_parse(const struct xml_node *root, struct profile *p);

#endif /* TF_FILTERPOOL_H */
