/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EBT_LEGACY_H
#define TF_EBT_LEGACY_H

#include "util.h"

/**
 * ebt_legacy_text() - What ebtables-legacy lists, as ebtables-save prints it
 * @list:	NUL-terminated, of "-L", with or without "--Lc"
 * @out:	"*TABLE", ":CHAIN POLICY", "[PACKETS:BYTES] -A CHAIN RULE", a line
 *		each
 *
 * ebtables-legacy-save is a script that asks whichever variant the host has.
 *
 * Return: 0; -EBADMSG (not reported) if that is no list, or -ENOMEM
 */
int ebt_legacy_text(const char *list, struct buf *out) _must_check_;

#endif /* TF_EBT_LEGACY_H */
