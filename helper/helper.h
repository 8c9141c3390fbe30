/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_HELPER_H
#define TF_HELPER_H

#include <stdbool.h>
#include <stddef.h>

#include "acl.h"
#include "backend.h"
#include "conf.h"
#include "domindex.h"
#include "link.h"
#include "priv.h"
#include "spawn.h"
#include "state.h"

/* What the commands of tapfilter-helper share. */

enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1, /* nothing changed, or the tap is closed */
	STATUS_USAGE = 2,
	STATUS_DENIED = 3,
};

struct session;

/**
 * struct command - One command of the command line
 * @op:		What the access control list calls it
 * @run:	Does it, after privileges were dropped; @rc is what went wrong
 *		before that, 0 for nothing
 * @parse:	Reads the arguments behind its name; 0 or -EINVAL, reported
 * @takes_domain:	It knows --domain FILE
 * @takes_no_link:	It knows --no-link
 * @takes_bind:	It knows --bind
 * @resolves:	It needs the rules of a domain
 * @makes_tap:	It makes one
 * @root_only:	It is for root alone
 * @hook:	libvirt calls it, with a domain on standard input
 * @many:	It may lock all taps of a host at once
 * @urgent:	Guests may be open until it is done
 * @min_taps:	Fewest taps
 * @max_taps:	Most taps
 */
struct options;
struct command {
	const char *name;
	enum acl_op op;
	int (*run)(struct session *s, int rc);
	int (*parse)(const struct command *c, char **argv, struct options *o);
	bool takes_domain;
	bool takes_no_link;
	bool takes_bind;
	bool resolves;
	bool makes_tap;
	bool root_only;
	bool hook;
	bool many;
	bool urgent;
	size_t min_taps;
	size_t max_taps;
};

/* What libvirt's hook is called for, as far as it matters here */
enum hook_event {
	HOOK_NOTHING, /* neither a tap that comes nor one that goes */
	HOOK_START, /* the taps are there, the guest does not run yet */
	HOOK_CHECK, /* a guest is about to come here: could it start? */
	HOOK_RECONNECT, /* libvirtd was started again, the guest runs */
	HOOK_END, /* the guest has ended, and its taps with it */
};

/**
 * struct options - The command line
 * @config:	Configuration file, absolute; NULL for the compiled-in one
 * @domain:	Domain file, absolute; "-" for standard input; NULL for the
 *		domain directory
 * @bind:	Of "reload": also taps that have no rules yet
 * @taps:	Names of devices, checked
 * @bridge:	Of "bridge": where the tap is to go, checked
 * @guest:	Of "bridge": name of the domain, checked
 * @fd:		Of "bridge": socket that the tap is sent over, -1 for none
 * @vnet_hdr:	Of "bridge": with a virtio-net header
 * @nic:	Of "bridge": --nic=N as it was given, NULL for none
 * @mac:	Of "bridge": --mac=M as it was given, NULL for none
 * @event:	Of "hook": what libvirt says that happens
 */
struct options {
	const struct command *command;
	const char *config;
	const char *domain;
	bool no_link;
	bool bind;
	char **taps;
	size_t ntaps;
	const char *bridge;
	const char *guest;
	int fd;
	bool vnet_hdr;
	const char *nic;
	const char *mac;
	enum hook_event event;
};

/**
 * options_parse() - Read the command line; changes and opens nothing
 * @argv:	Arguments behind the program's name
 *
 * Return: 0, or -EINVAL (reported with the usage)
 */
int options_parse(char **argv, struct options *o) _must_check_;

/** options_usage() - The usage, and the help text behind it */
extern const char options_usage[];
extern const char options_help[];

/**
 * struct session - What a command works with
 * @priv:	Who called
 * @self:	The helper's own user
 * @parser:	The resolver's user
 * @proof:	The caller has a descriptor of the tap
 * @tun:	/dev/net/tun for a tap to be made, -1 unless it is needed
 * @grant:	The section that lets the caller go on, NULL for root
 * @granted:	The list was asked with everything known, or it is root
 * @denied:	Not allowed: the exit status says so
 * @domain_fd:	The file of @options->domain, -1 for none
 * @index:	Which domain file claims a tap
 * @resolver:	At work since before privileges were dropped
 * @name:	Name of the domain, empty until it is known
 * @tap:	Of "bridge": the tap that was made, empty before
 * @bridge:	That the domain names, empty for none or until it is known
 * @unconfigured:	The configuration is no use: @conf has defaults, @ops is a guess
 */
struct session {
	const struct options *options;
	struct priv *priv;
	struct priv_user self;
	struct priv_user parser;
	bool proof;
	int tun;
	const struct acl_section *grant;
	bool granted;
	bool denied;
	struct conf conf;
	struct spawn_dirs dirs;
	int domain_fd;
	struct spawn resolver;
	struct domindex index;
	struct state *state;
	struct link *link;
	const struct backend_ops *ops;
	struct backend *be;
	char boot_id[STATE_BOOT_ID_SIZE];
	char name[256];
	char tap[TAP_NAME_SIZE];
	char bridge[TAP_NAME_SIZE];
	bool unconfigured;
};

/**
 * session_open() - As root: the configuration, the files that it names, and
 * what the access control list can say before any XML is read
 *
 * Changes nothing but to make the state directory.
 *
 * Return: 0 or negative errno, reported
 */
int session_open(struct session *s) _must_check_;

/**
 * session_list() - As root: all taps that reload can do by itself
 * @taps:	Receives an array that the caller frees
 *
 * Also makes the index of domains anew.  The session is closed again.
 *
 * Return: 0; 1 when a fault (reported) leaves the old index, which serves; or
 * negative errno, reported
 */
int session_list(struct session *s, char (**taps)[TAP_NAME_SIZE],
		 size_t *n) _must_check_;

/**
 * session_reads_profiles() - Does the command need what profiles say?
 *
 * It may need the domain all the same.
 */
bool session_reads_profiles(const struct session *s);

/**
 * session_start() - As root: let the resolver begin, if the command needs it
 *
 * Return: 0 or negative errno, reported; nothing runs then
 */
int session_start(struct session *s) _must_check_;

/**
 * session_prepare() - As root: what the backend cannot do after the drop
 *
 * Return: 0 or negative errno, reported
 */
int session_prepare(struct session *s) _must_check_;

/**
 * session_drop() - Drop privileges, enter the sandbox
 *
 * Return: 0 or negative errno, reported; then nothing may go on
 */
int session_drop(struct session *s) _must_check_;

/**
 * session_branch() - A session of its own for one of several taps
 * @out:	Has nothing to resolve; session_close() releases it
 *
 * Return: 0 or negative errno, reported
 */
int session_branch(const struct session *s, struct session *out) _must_check_;

/**
 * session_close() - Release everything, the lock of a tap first
 * @s:		After session_open(), whatever that returned
 */
void session_close(struct session *s);

/**
 * session_check_options() - Is nothing on the command line for root alone?
 *
 * Before any file that it names is opened.
 *
 * Return: 0 or -EACCES, reported
 */
int session_check_options(struct session *s) _must_check_;

/**
 * session_judge_early() - May the caller go on, by what the command line says?
 *
 * Return: 0, or -EACCES (reported, @s->denied)
 */
int session_judge_early(struct session *s) _must_check_;

/**
 * session_judge() - May the caller have this binding?
 *
 * Before anything in the kernel is changed.
 *
 * Return: 0 or negative errno, reported
 */
int session_judge(struct session *s, const struct binding *b) _must_check_;

/** session_is_root() - Is the caller root, who needs no permission? */
bool session_is_root(const struct session *s);

/**
 * session_deny() - The caller may not do that
 *
 * Return: -EACCES
 */
int session_deny(struct session *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * session_may_touch() - May the caller do anything to this tap?
 *
 * By what the section that grants it requires: that the tap belongs to him,
 * that he has a descriptor of it.
 *
 * Return: 0 or -EACCES, reported
 */
int session_may_touch(struct session *s,
		      const struct link_info *dev) _must_check_;

/**
 * session_may_replace() - May the caller touch rules that stand?
 * @owner:	Who installed them
 *
 * Return: 0 or -EACCES, reported
 */
int session_may_replace(struct session *s, const char *tap,
			uint32_t owner) _must_check_;

/**
 * session_claim() - Count a tap as one that the caller has up
 * @tap:	Its record is saved already
 *
 * Return: 0 or negative errno, reported; -EACCES when he has too many
 */
int session_claim(struct session *s, const char *tap) _must_check_;

/**
 * session_forget() - Remove a tap's record, and the claim of its owner
 * @owner:	Who brought it up; 0 is root, who has no claims
 *
 * Return: 0 or negative errno, reported
 */
int session_forget(struct session *s, const char *tap,
		   uid_t owner) _must_check_;

/**
 * session_binding() - The resolver's answer for one tap
 * @tap:	Name of the device; NULL: whichever interface was chosen
 * @out:	Zeroed; on success owned by the caller
 *
 * The access control list has judged it, and its profiles have their places.
 *
 * Return: 0 or negative errno, reported.  Without any profile the binding has
 * no profile and no rule.
 */
int session_binding(struct session *s, const char *tap,
		    struct binding *out) _must_check_;

/**
 * session_identity_of() - The resolver's answer when only that was asked
 * @out:	Zeroed; name and UUID of the domain; @out->nic is the number of
 *		its interfaces with a tap.  Owned by the caller
 *
 * Return: 0 or negative errno, reported
 */
int session_identity_of(struct session *s, struct binding *out) _must_check_;

/**
 * session_bindings() - The answer for all interfaces of a domain; for root
 *
 * The profiles have their places.
 */
int session_bindings(struct session *s, struct binding **list,
		     size_t *n) _must_check_;

/**
 * session_record() - A record of a binding for now
 * @b:		The binding; not copied, so the record must not be freed
 */
struct record session_record(const struct session *s, uint32_t ifindex,
			     const struct binding *b, bool active);

/** session_same_boot() - Was a record made since the machine was started? */
bool session_same_boot(const struct session *s, const struct record *r);

/**
 * session_reconnect() - A connection to the backend without what may be left
 * in the one that failed
 *
 * Return: 0 or negative errno, reported; then there is no connection
 */
int session_reconnect(struct session *s) _must_check_;

/**
 * session_apply() - As apply of struct backend_ops, for one tap
 * @old:	Its record until now, NULL for none
 * @installed:	What the kernel has, if @old is given
 */
int session_apply(struct session *s, const struct binding *b,
		  const struct backend_tap *id, const struct record *old,
		  const struct backend_tap *installed) _must_check_;

/**
 * session_unlock() - Let out what new rules allow, where the link is left alone
 * @old:	Record of the rules before; up may have locked the port for it
 * @b:		The rules by now
 *
 * Return: 0 or negative errno, reported
 */
int session_unlock(struct session *s, const struct record *old,
		   const struct binding *b) _must_check_;

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
struct backend_tap session_identity(const struct session *s, uint32_t ifindex,
				    const struct binding *b);

/**
 * session_is_dead() - Has the device of a record gone, if not its number?
 * @data:	The session, its link open
 */
bool session_is_dead(const struct record *r, void *data);

/**
 * session_clear() - Remove what a tap left that has gone without a down
 *
 * Locks it.  A tap that is there is left alone.
 *
 * Return: 1 when something was removed, 0, or negative errno, reported
 */
int session_clear(struct session *s, const char *tap) _must_check_;

/**
 * session_sweep() - Clear away what a few taps left that went without a down
 *
 * A small number of records at a time, others with each call.
 */
void session_sweep(struct session *s);

/**
 * up_new_tap() - Filter a tap that this process has made, and put it to work
 * @b:		Its rules; @b->tap is its name.  Not copied
 *
 * Return: 0 or negative errno, reported; then the tap is closed
 */
int up_new_tap(struct session *s, const struct binding *b) _must_check_;

struct up; /* a tap that is being brought up */

/**
 * up_begin() - Prepare to filter a tap, one of several
 * @s:		What it has in common with the others
 * @b:		Its rules; taken over, and empty afterwards
 *
 * It has a lock and connections of its own.
 *
 * Return: owned by the caller, see up_end(); NULL, reported
 */
struct up *up_begin(const struct session *s, struct binding *b) _must_check_;

/**
 * up_put_in_force() - Install the rules; frames that wait for the guest go
 *
 * Return: 0 or negative errno, reported; then all is as it was
 */
int up_put_in_force(struct up *u) _must_check_;

/** up_undo() - Back to what was before up_put_in_force() */
void up_undo(struct up *u);

/** up_end() - Release its lock and what it owns; NULL is fine */
void up_end(struct up *u);

int cmd_gc(struct session *s, int rc);
int cmd_hook(struct session *s, int rc);
int cmd_up(struct session *s, int rc);
int cmd_down(struct session *s, int rc);
int cmd_reload(struct session *s, int rc);
int cmd_replace(struct session *s, int rc);
int cmd_restore(struct session *s, int rc);
int cmd_bridge(struct session *s, int rc);

#endif /* TF_HELPER_H */
