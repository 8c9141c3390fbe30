/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_HELPER_H
#define TF_HELPER_H

#include <stdbool.h>
#include <stddef.h>

#include "backend.h"
#include "conf.h"
#include "link.h"
#include "spawn.h"
#include "state.h"

/* What the commands of tapfilter-helper share. */

enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1, /* nothing changed, or the tap is closed */
	STATUS_USAGE = 2,
	STATUS_DENIED = 3,
};

/**
 * struct options - The command line
 * @config:	Configuration file, absolute
 * @domain:	Domain file, absolute; "-" for standard input; NULL for the
 *		domain directory
 * @taps:	Names of devices, checked
 */
struct options {
	const char *config;
	const char *domain;
	bool no_link;
	char **taps;
	size_t ntaps;
};

/**
 * struct session - What a command works with
 * @domain_fd:	The file of @options->domain, -1 for none
 */
struct session {
	const struct options *options;
	struct conf conf;
	struct state *state;
	struct link *link;
	const struct backend_ops *ops;
	struct backend *be;
	int domain_fd;
};

/**
 * session_open() - Read the configuration, open the state directory and the
 * domain file
 *
 * Changes nothing but to make the state directory.
 *
 * Return: 0 or negative errno, reported
 */
int session_open(struct session *s, const struct options *o) _must_check_;

/**
 * session_close() - Release everything, the lock of a tap first
 * @s:		After session_open(), whatever that returned
 */
void session_close(struct session *s);

/**
 * session_resolve() - Start to resolve the domain of a tap
 * @tap:	Name of the device; NULL for all of @options->domain
 *
 * Return: 0 or negative errno, reported; nothing runs then
 */
int session_resolve(struct session *s, const char *tap,
		    struct spawn *resolver) _must_check_;

/**
 * session_binding() - The answer of session_resolve() for one tap
 * @out:	Zeroed; on success owned by the caller
 *
 * Return: 0 or negative errno, reported.  Without any profile the binding has
 * no profile and no rule.
 */
int session_binding(struct spawn *resolver, const char *tap,
		    struct binding *out) _must_check_;

/**
 * session_record() - A record of a binding for now
 * @b:		The binding; not copied, so the record must not be freed
 */
struct record session_record(const struct session *s, uint32_t ifindex,
			     const struct binding *b, bool active);

/**
 * session_reconnect() - A connection to the backend without what may be left
 * in the one that failed
 *
 * Return: 0 or negative errno, reported; then there is no connection
 */
int session_reconnect(struct session *s) _must_check_;

/**
 * session_put_back() - Restore the rules after a replacement that failed
 * @b:		What was to be installed
 * @old:	The record from before, NULL for none
 * @installed:	What the kernel had
 *
 * The kernel may have the old rules, the new ones or none: an error does not
 * tell whether it came before or after the change.
 *
 * Return: 0 or negative errno, reported: what stands now is not certain
 */
int session_put_back(struct session *s, const struct binding *b,
		     const struct record *old,
		     const struct backend_tap *installed) _must_check_;

/** session_identity() - What is kept beside a binding's rules */
struct backend_tap session_identity(uint32_t ifindex, const struct binding *b);

enum status cmd_up(const struct options *o);
enum status cmd_down(const struct options *o);
enum status cmd_reload(const struct options *o);

#endif /* TF_HELPER_H */
