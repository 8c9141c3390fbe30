/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_PROBE_H
#define TF_NFT_PROBE_H

#include <stdbool.h>

#include "util.h"

/**
 * nft_probe_track() - Can chains of the bridge family ask for connections?
 * @can:	Receives it
 *
 * The first one to ask loads the kernel's module; whoever may not ask is told so,
 * too.  Changes no rules.  While taps have rules by marks, what was found out
 * before these holds: the module may have been loaded since, see
 * place_tracks().
 *
 * Return: 0 or negative errno, reported
 */
int nft_probe_track(bool *can) _must_check_;

#endif /* TF_NFT_PROBE_H */
