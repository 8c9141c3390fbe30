/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_ADMIN_BINDING_H
#define TF_ADMIN_BINDING_H

#include <stdbool.h>

#include "conf.h"
#include "priv.h"
#include "spawn.h"
#include "state.h"

/* What a tap that is recorded would get if it were brought up now */

struct index_entry;
struct place_probe;

/**
 * struct admin_bindings - What the answers for several taps have in common
 * @staged:	Profiles that win over those of the template path
 * @probe:	Says where profiles can be carried: &place_kernel
 * @domains:	The domain directory, -1 until it is needed
 * @indexed:	@index was read
 * @given:	XML that libvirt gave, a file for each guest
 */
struct admin_bindings {
	const struct conf *conf;
	const struct spawn_staged *staged;
	const struct place_probe *probe;
	struct priv_user user;
	struct spawn_dirs dirs;
	int domains;
	bool indexed;
	struct index_entry *index;
	size_t nindex;
	struct admin_given *given;
	size_t ngiven;
};

/**
 * admin_bindings_open() - Prepare to ask; for root
 * @c:		Must outlive @out
 * @staged:	A directory whose profiles stand before the template path: one
 *		that has NAME.xml alone says what the profile NAME would do.
 *		The resolver's user must be able to read it.  NULL for none
 * @out:	On success, admin_bindings_close() releases it
 *
 * Return: 0 or negative errno, reported
 */
int admin_bindings_open(const struct conf *c, const struct spawn_staged *staged,
			struct admin_bindings *out) _must_check_;

/**
 * admin_bindings_close() - Release; what admin_binding() gave stays
 * @a:		Also when it was zeroed and never opened
 */
void admin_bindings_close(struct admin_bindings *a);
#define _cleanup_bindings_ _cleanup_(admin_bindings_close)

/**
 * admin_binding() - Resolve the interface of a recorded tap anew
 * @r:		Its record; with @r->given the guest is asked of libvirt, else
 *		it is looked for in the domain directory
 * @out:	Zeroed; on success owned by the caller, its places decided.
 *		Without any profile if the interface references none any more
 *
 * Each file is read once for all taps: the directory's index, and the XML of a
 * guest of libvirt.
 *
 * Return: 0; negative errno, reported: -EHOSTDOWN if libvirt did not answer
 */
int admin_binding(struct admin_bindings *a, const struct record *r,
		  struct binding *out) _must_check_;

#endif /* TF_ADMIN_BINDING_H */
