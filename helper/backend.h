/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_BACKEND_H
#define TF_BACKEND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "priv.h"
#include "rule.h"

/**
 * struct backend_tap - Identity of an installed binding, kept beside its rules
 * @ifindex:	Device that the rules are for
 * @owner:	Uid that installed them
 * @uuid:	Domain UUID
 * @digest:	binding_digest() of what is installed
 */
struct backend_tap {
	uint32_t ifindex;
	uint32_t owner;
	uint8_t uuid[16];
	uint64_t digest;
};

/**
 * struct backend_item - One tap of those that are changed together
 * @b:		What is to be installed; not owned
 * @id:		What is to stand beside it
 * @old:	What is installed, if that is certain; NULL if not, or for nothing
 */
struct backend_item {
	const struct binding *b;
	struct backend_tap id;
	const struct binding *old;
};

/**
 * struct backend_counter - Packets that met one rule
 * @dir:	Direction of its chain
 * @where:	"PROFILE:LINE" of the profile's rule
 * @verdict:	What it does
 */
struct backend_counter {
	enum direction dir;
	char where[80];
	enum verdict verdict;
	uint64_t packets;
	uint64_t bytes;
};

struct backend; /* an open connection; its layout is the backend's own */

/**
 * struct backend_ops - What carries rules into the kernel
 *
 * All functions return 0 or negative errno and report where they fail.
 *
 * @raw:	It needs raw IP sockets
 * @prepare:	As root, what open() cannot do after the drop: make a child that
 *		becomes @user (NULL: that stays what we are); NULL for nothing
 * @open:	Connect to the kernel
 * @join:	Instead of open(): use the connection of another carrier, which
 *		is closed after this one: a netfilter socket that is closed
 *		waits for what another one removed.  NULL for none
 * @close:	Release; when this process removed rules, the wait for the
 *		kernel's grace period is left to a child
 * @query:	What is installed under this tap name; -ENOENT (not reported)
 *		when nothing is, -EBADMSG (likewise) if nothing that is there
 *		tells whose it is
 * @holds:	Where query() has answered so: is that the answer of each carrier
 *		that is to have a part of the binding?  1 if so, or 0.  It does
 *		not look at the rules.  NULL for a carrier
 * @ready:	Before any rules of @b are changed: is there what they need on
 *		the host?  May switch that on, as configured.  NULL for nothing
 * @apply:	Install or replace, all taps in one step, read back, compare.
 *		What is refused leaves the kernel with what it had before; where
 *		several carriers are concerned, perhaps with more than that.
 *		When what is read back is not what was sent, taps that had
 *		nothing before have nothing again; for others the caller knows
 *		what they had
 * @verify:	Is what is installed what apply() would install?  -EILSEQ when
 *		something was added, changed or taken away; each such finding is
 *		a line that is appended to @findings
 * @remove:	Remove everything under this tap name, also what an older or
 *		vanished device left; 0 when there is nothing
 * @strays:	Is a device, whose tap is to have nothing here, led to the rules
 *		of a tap that had its number before?  -EILSEQ if so, and a line
 *		that is appended to @findings.  NULL where rules go by the name
 * @release:	See that it is not; NULL together with @strays
 * @counters:	What the rules of a binding that is installed met since they
 *		were; with nft, one that replaced the same goes on.  One entry
 *		for each place, verdict and direction, in an array that the
 *		caller frees.
 *		Rules that never decide are not in it; a frame that several
 *		profiles accept counts for one of them
 */
struct backend_ops {
	const char *name;
	bool raw;
	int (*prepare)(const struct priv_user *user);
	int (*open)(struct backend **out);
	int (*join)(const struct backend *with, struct backend **out);
	void (*close)(struct backend *be);
	int (*query)(struct backend *be, const char *tap,
		     struct backend_tap *out);
	int (*holds)(struct backend *be, const struct binding *b,
		     const struct backend_tap *id);
	int (*ready)(struct backend *be, const struct binding *b,
		     uint32_t ifindex);
	int (*apply)(struct backend *be, const struct backend_item *items,
		     size_t n);
	int (*verify)(struct backend *be, const struct binding *b,
		      const struct backend_tap *id, struct buf *findings);
	int (*remove)(struct backend *be, const char *tap);
	int (*strays)(struct backend *be, uint32_t ifindex,
		      struct buf *findings);
	int (*release)(struct backend *be, uint32_t ifindex);
	int (*counters)(struct backend *be, const struct binding *b,
			struct backend_counter **out, size_t *n);
};

extern const struct backend_ops backend_nft;
extern const struct backend_ops backend_ingress;
extern const struct backend_ops backend_bridge;
extern const struct backend_ops backend_track;

struct conf;
struct place_probe;

/** backend_configure() - Take over the settings that backends have */
void backend_configure(const struct conf *c);

/**
 * backend_find() - The backend of a configured name
 * @name:	"auto" or a backend's name
 * @probe:	Says what "auto" is; &place_kernel
 *
 * Return: functions that reach all carriers, or NULL (reported)
 */
const struct backend_ops *backend_find(const char *name,
				       const struct place_probe *probe);

/**
 * backend_any() - Functions that reach all that may have rules on this host
 *
 * For whoever does not know what is configured, as backend_find().
 */
const struct backend_ops *backend_any(const struct place_probe *probe);

#endif /* TF_BACKEND_H */
