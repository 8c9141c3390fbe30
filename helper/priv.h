/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_PRIV_H
#define TF_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sandbox.h"
#include "util.h"

/*
 * Privileges of tapfilter-helper: down, never up.  main() calls the stages in
 * this order.  Each returns 0 or negative errno, reported, and then nothing
 * may go on.  The helper may have been started by root, or by anybody when it
 * is installed setuid root; then everything that it finds is the caller's
 * choice: arguments, descriptors, environment, limits, signals, directory.
 */

enum priv_mode {
	PRIV_NONE, /* no privilege: only --help and --version */
	PRIV_ROOT, /* started by root */
	PRIV_SETUID, /* started by another user, effective uid 0 by its mode */
	PRIV_REDUCED, /* uid 0, but only CAP_NET_ADMIN: ids cannot change */
};

/**
 * struct priv - Who called, and what this process may do
 * @uid:	Real uid: the caller
 * @gid:	Real gid
 * @groups:	Supplementary groups, owned
 * @raw:	After the drop it still needs raw IP sockets, which iptables is
 *		told by; to be set before
 * @dropped:	priv_drop() was called
 */
struct priv {
	enum priv_mode mode;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t ngroups;
	bool dropped;
	bool raw;
};

/**
 * struct priv_user - A system user that a process becomes
 */
struct priv_user {
	uid_t uid;
	gid_t gid;
};

#define PRIV_HELPER "tapfilter" /* tapfilter-helper after its drop */
#define PRIV_RESOLVER "tapfilter-parse" /* tapfilter-resolve */

/**
 * priv_find_user() - Look one of these users up
 *
 * Return: 0 or negative errno, reported
 */
int priv_find_user(const char *name, struct priv_user *u) _must_check_;

/**
 * priv_caller() - Stage 1: who is it, and is this a way to run?
 *
 * Should: take ids from the kernel, once.  Refuse an empty argument list,
 * setgid, file capabilities (they leave the process to its caller, who has
 * the same uid), and uid 0 of a user namespace (it is not root outside).
 * Leave the caller's real uid, by which he could stop us at any point.
 * Mustn't: open anything but /proc/self/uid_map, write to any descriptor that
 * is not there yet.
 */
int priv_caller(int argc, struct priv *p) _must_check_;

/**
 * priv_descriptors() - Stage 2: only standard input, output, error and @keep
 * @keep:	One more that stays open, -1 for none
 *
 * Should: fill those that are closed, so that no file of ours becomes one.
 * Mustn't: keep any other; the tap must not stay in use for our sake.
 */
int priv_descriptors(int keep) _must_check_;

/**
 * priv_process() - Stage 3: nothing of the caller's process acts on ours
 * @many:	Allow the files that it takes to lock all taps of a host
 *
 * Should: set a literal environment, block signals, stop timers, set limits,
 * priority, umask and working directory, become undumpable, and give up
 * gaining privileges by exec and the bounding set.
 * Mustn't: let a variable of the caller reach a library, leave SIGCHLD
 * ignored (waiting for a child would fail), start with a limit that could cut
 * a change in half.
 */
int priv_process(const struct priv *p, bool many) _must_check_;

/**
 * priv_hurry() - Come before other processes: somebody's guests are open
 *
 * For root's commands, after stage 3.
 */
void priv_hurry(void);

/**
 * priv_drop() - Stage 4: what is left is CAP_NET_ADMIN
 * @to:		The helper's own user; not used in PRIV_REDUCED
 *
 * Should: come when every file that only root can open is open, and the
 * resolver runs.  Ask the kernel whether it took: libcap-ng reports success
 * without it.
 * Mustn't: end as the caller, who could then signal and trace us, or as uid 0,
 * who owns root's files.
 */
int priv_drop(struct priv *p, const struct priv_user *to) _must_check_;

/**
 * priv_sandbox() - Stage 5: seccomp, and Landlock where the kernel has it
 * @dirs:	Directories that stay in use
 *
 * Should: come last, before the first byte that somebody else wrote is
 * interpreted.
 * Mustn't: go on without seccomp; without Landlock in PRIV_REDUCED, where
 * files would be open to us as root's.
 */
int priv_sandbox(const struct priv *p, const struct sandbox_dir *dirs,
		 size_t n) _must_check_;

/**
 * priv_child() - A child after fork(): no privilege at all, for good
 * @to:		User to become, NULL to stay
 *
 * For tapfilter-resolve; exec may follow.
 *
 * Return: 0 or negative errno, not reported
 */
int priv_child(const struct priv_user *to) _must_check_;

/**
 * priv_carrier() - A child after fork(): only what ebtables needs, for exec
 * @to:		User to become, NULL to stay
 * @raw:	It is ebtables-legacy, which needs a raw socket
 *
 * CAP_NET_ADMIN, and with @raw CAP_NET_RAW if we have it, as ambient
 * capabilities.
 *
 * Return: 0 or negative errno, not reported
 */
int priv_carrier(const struct priv_user *to, bool raw) _must_check_;

/**
 * priv_inheritable() - Let priv_carrier() work when the bounding set is empty
 *
 * Return: 0 or negative errno, reported
 */
int priv_inheritable(void) _must_check_;

#endif /* TF_PRIV_H */
