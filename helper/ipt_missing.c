// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Matches and targets that the kernel lacks, by the question that iptables asks
 * before it uses a revision; the kernel then tries to load the module itself.
 */
#include <netinet/in.h> /* the kernel's headers want it first */

#include <errno.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ipt_missing.h"

static bool is_missing(enum ipt_family f, bool target, const char *name,
		       uint8_t revision)
{
	_cleanup_close_ int fd = socket(f == IPT_IP4 ? AF_INET : AF_INET6,
					SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	struct xt_get_revision ask = { .revision = revision };
	socklen_t len = sizeof(ask);
	int level = f == IPT_IP4 ? IPPROTO_IP : IPPROTO_IPV6;
	int what = f == IPT_IP4 ? (target ? IPT_SO_GET_REVISION_TARGET :
					    IPT_SO_GET_REVISION_MATCH) :
				  (target ? IP6T_SO_GET_REVISION_TARGET :
					    IP6T_SO_GET_REVISION_MATCH);

	memcpy(ask.name, name, strnlen(name, sizeof(ask.name) - 1));
	return fd >= 0 && getsockopt(fd, level, what, &ask, &len) < 0 &&
	       (errno == ENOENT || errno == EPROTONOSUPPORT);
}

/* The targets of our rules that are no verdicts and lead to no chain */
static bool is_extension(const char *target)
{
	return strcmp(target, "MARK") == 0 || strcmp(target, "NFLOG") == 0;
}

bool ipt_missing(enum ipt_family f, const void *rule, char *out, size_t size)
{
	const struct xt_entry_target *t = ipt_rule_target(f, rule);
	const struct xt_entry_match *m = NULL;
	const char *prefix = f == IPT_IP4 ? "ipt" : "ip6t";
	const char *name = t->u.user.name;

	while ((m = ipt_next_match(f, rule, m)))
		if (is_missing(f, false, m->u.user.name, m->u.user.revision)) {
			snprintf(out, size, "match \"%s\": modprobe %s_%s",
				 m->u.user.name, prefix, m->u.user.name);
			return true;
		}
	if (!is_extension(name) ||
	    !is_missing(f, true, name, t->u.user.revision))
		return false;
	snprintf(out, size, "target \"%s\": modprobe %s_%s", name, prefix,
		 name);
	return true;
}
