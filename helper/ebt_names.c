// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that ebtables-save writes where we write numbers */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "ebt.h"
#include "log.h"

#define MAX_FILE (256 * 1024)
#define BLANKS " \t"

/* ---- those of files ------------------------------------------------------- */

static bool parse_number(const char *text, size_t len, int base, uint16_t *out)
{
	unsigned long n = 0;
	size_t i;
	int d;

	if (!len || len > 5)
		return false;
	for (i = 0; i < len; i++) {
		d = util_hex_digit(text[i]);
		if (d < 0 || d >= base)
			return false;
		n = n * (unsigned long)base + (unsigned long)d;
	}
	*out = (uint16_t)n;
	return n <= UINT16_MAX;
}

/* "NAME NUMBER ALIAS... # COMMENT"; only the first name is ever written */
static int add_line(struct ebt_name **names, size_t *n, const char *line,
		    size_t len, int base)
{
	size_t name, at, digits;
	struct ebt_name *slot;
	uint16_t number;

	for (name = 0; name < len && !strchr(BLANKS "#", line[name]); name++)
		;
	for (at = name; at < len && strchr(BLANKS, line[at]); at++)
		;
	for (digits = 0;
	     at + digits < len && !strchr(BLANKS "#", line[at + digits]);
	     digits++)
		;
	if (!name || name >= sizeof(slot->name) ||
	    !parse_number(line + at, digits, base, &number))
		return 0;
	slot = util_grow(names, *n, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	++*n;
	memcpy(slot->name, line, name);
	slot->number = number;
	return 0;
}

int ebt_names_add(struct ebt_name **names, size_t *n, const char *text,
		  int base)
{
	size_t len;
	int rc = 0;

	for (; rc == 0 && *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		rc = add_line(names, n, text, len, base);
	}
	return rc;
}

static int load(const char *path, int base, struct ebt_name **names, size_t *n)
{
	_cleanup_buf_ struct buf text = { 0 };
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return log_errno(errno, "cannot open %s", path);
	rc = util_read_all(fd, path, MAX_FILE, 0, &text);
	return rc < 0 || !text.len ? rc :
				     ebt_names_add(names, n, text.data, base);
}

int ebt_names_load(struct ebt_names *n)
{
	int rc = load("/etc/ethertypes", 16, &n->types, &n->ntypes);

	return rc < 0 ? rc :
			load("/etc/protocols", 10, &n->protocols,
			     &n->nprotocols);
}

void ebt_names_free(struct ebt_names *n)
{
	free(n->types);
	free(n->protocols);
	*n = (struct ebt_names){ 0 };
}

/* ---- those that it has itself --------------------------------------------- */

static const struct {
	const char *name;
	uint8_t type;
	uint8_t code[2];
} icmp[] = {
	{ "echo-reply", 0, { 0, 0xff } },
	{ "pong", 0, { 0, 0xff } },
	{ "destination-unreachable", 3, { 0, 0xff } },
	{ "network-unreachable", 3, { 0, 0 } },
	{ "host-unreachable", 3, { 1, 1 } },
	{ "protocol-unreachable", 3, { 2, 2 } },
	{ "port-unreachable", 3, { 3, 3 } },
	{ "fragmentation-needed", 3, { 4, 4 } },
	{ "source-route-failed", 3, { 5, 5 } },
	{ "network-unknown", 3, { 6, 6 } },
	{ "host-unknown", 3, { 7, 7 } },
	{ "network-prohibited", 3, { 9, 9 } },
	{ "host-prohibited", 3, { 10, 10 } },
	{ "TOS-network-unreachable", 3, { 11, 11 } },
	{ "TOS-host-unreachable", 3, { 12, 12 } },
	{ "communication-prohibited", 3, { 13, 13 } },
	{ "host-precedence-violation", 3, { 14, 14 } },
	{ "precedence-cutoff", 3, { 15, 15 } },
	{ "source-quench", 4, { 0, 0xff } },
	{ "redirect", 5, { 0, 0xff } },
	{ "network-redirect", 5, { 0, 0 } },
	{ "host-redirect", 5, { 1, 1 } },
	{ "TOS-network-redirect", 5, { 2, 2 } },
	{ "TOS-host-redirect", 5, { 3, 3 } },
	{ "echo-request", 8, { 0, 0xff } },
	{ "ping", 8, { 0, 0xff } },
	{ "router-advertisement", 9, { 0, 0xff } },
	{ "router-solicitation", 10, { 0, 0xff } },
	{ "time-exceeded", 11, { 0, 0xff } },
	{ "ttl-exceeded", 11, { 0, 0xff } },
	{ "ttl-zero-during-transit", 11, { 0, 0 } },
	{ "ttl-zero-during-reassembly", 11, { 1, 1 } },
	{ "parameter-problem", 12, { 0, 0xff } },
	{ "ip-header-bad", 12, { 0, 0 } },
	{ "required-option-missing", 12, { 1, 1 } },
	{ "timestamp-request", 13, { 0, 0xff } },
	{ "timestamp-reply", 14, { 0, 0xff } },
	{ "address-mask-request", 17, { 0, 0xff } },
	{ "address-mask-reply", 18, { 0, 0xff } },
};

static const struct {
	const char *name;
	uint8_t type;
} igmp[] = {
	{ "membership-query", 0x11 },	  { "membership-report-v1", 0x12 },
	{ "membership-report-v2", 0x16 }, { "leave-group", 0x17 },
	{ "membership-report-v3", 0x22 },
};

static const char *const operations[] = {
	"Request",	 "Reply",	  "Request_Reverse",
	"Reply_Reverse", "DRARP_Request", "DRARP_Reply",
	"DRARP_Error",	 "InARP_Request", "ARP_NAK",
};

bool ebt_icmp_name(const char *name, uint8_t *lo, uint8_t *hi)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(icmp); i++)
		if (strcasecmp(icmp[i].name, name) == 0) {
			lo[0] = hi[0] = icmp[i].type;
			lo[1] = icmp[i].code[0];
			hi[1] = icmp[i].code[1];
			return true;
		}
	return false;
}

bool ebt_igmp_name(const char *name, uint8_t *type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(igmp); i++)
		if (strcasecmp(igmp[i].name, name) == 0) {
			*type = igmp[i].type;
			return true;
		}
	return false;
}

unsigned int ebt_op_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++)
		if (strcasecmp(operations[i], name) == 0)
			return i + 1;
	return 0;
}
