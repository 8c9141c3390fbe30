/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_OBSERVE_H
#define TF_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field.h"
#include "link.h"
#include "util.h"

/*
 * What a guest sends: counted by what stands in its frames, in tables of a
 * fixed size, since the guest decides how much there is to see.
 */

#define OBSERVE_ROWS 64

enum observe_table {
	OBSERVE_MACS,
	OBSERVE_IP4,
	OBSERVE_IP6,
	OBSERVE_TYPES, /* EtherType behind all wrapping, 2 bytes */
	OBSERVE_VLANS, /* type of the outer tag, then its VLAN number, 2 each */
	OBSERVE_LLC, /* destination and source of frames of LLC without SNAP */
	OBSERVE_GROUPS4, /* that it asked to be a member of */
	OBSERVE_GROUPS6,
	OBSERVE_TABLES
};

/* Where it was seen; a row has all of these that it was seen in. */
enum observe_how {
	OBSERVE_PLAIN = 1 << 0, /* in an untagged Ethernet II frame */
	OBSERVE_WRAPPED = 1 << 1, /* behind a tag or LLC/SNAP */
	OBSERVE_SOURCE = 1 << 2, /* as source of Ethernet or IP */
	OBSERVE_ARP = 1 << 3, /* as sender in ARP */
	OBSERVE_ND = 1 << 4, /* as its own in neighbour discovery */
	OBSERVE_PROBE = 1 << 5, /* asked whether somebody has it already */
};

/**
 * struct observe_row - One value, and in how many frames it was
 * @key:	The value, the rest zero
 * @last:	Number of the last one
 */
struct observe_row {
	uint8_t key[FIELD_MAX_BYTES];
	uint64_t frames;
	uint64_t last;
	unsigned int how;
};

/**
 * struct observe_list - The values of a table, in the order of their coming
 * @over:	Times that a new value found no room
 */
struct observe_list {
	struct observe_row rows[OBSERVE_ROWS];
	size_t n;
	uint64_t over;
};

enum observe_message {
	OBSERVE_ARP_REQUEST,
	OBSERVE_ARP_REPLY,
	OBSERVE_ARP_PROBE,
	OBSERVE_ARP_OTHER,
	OBSERVE_RARP,
	OBSERVE_DHCP4_CLIENT,
	OBSERVE_DHCP4_SERVER,
	OBSERVE_DHCP6_CLIENT,
	OBSERVE_DHCP6_SERVER,
	OBSERVE_ROUTER_SOLICITATION,
	OBSERVE_ROUTER_ADVERTISEMENT,
	OBSERVE_NEIGHBOUR_SOLICITATION,
	OBSERVE_NEIGHBOUR_ADVERTISEMENT,
	OBSERVE_REDIRECT,
	OBSERVE_GROUP_REPORT,
	OBSERVE_GROUP_QUERY,
	OBSERVE_SPANNING_TREE,
	OBSERVE_FRAGMENT,
	OBSERVE_BROKEN,
	OBSERVE_MESSAGES
};

/**
 * struct observed - What was seen
 * @bytes:	Of all frames together
 * @lost:	Frames that the kernel had no room for
 * @wrapped:	Frames with a tag or LLC
 */
struct observed {
	uint64_t frames;
	uint64_t bytes;
	uint64_t lost;
	uint64_t wrapped;
	uint64_t messages[OBSERVE_MESSAGES];
	struct observe_list lists[OBSERVE_TABLES];
};

/**
 * observe_frame() - Take one frame into account
 * @frame:	From its destination address on, tags inline, no FCS; whatever
 *		a guest wrote
 */
void observe_frame(struct observed *o, const uint8_t *frame, size_t len);

/**
 * observe_message_name() - What a message is called
 *
 * Return: words; with underscores for blanks it is its key in JSON
 */
const char *observe_message_name(enum observe_message m);

/** observe_list_name() - The same for a table */
const char *observe_list_name(enum observe_table t);

/**
 * observe_format() - Write the value of a row as text
 * @out:	FIELD_TEXT_MAX bytes
 */
void observe_format(enum observe_table t, const struct observe_row *row,
		    char *out);

/**
 * struct observe_advice - A domain for what was seen
 * @notes:	What must be thought about, a sentence a line
 * @name:	Of a profile that the domain needs, empty if shipped ones do
 * @profile:	That profile
 * @domain:	A domain with the interface
 * @metadata:	The same reference for the metadata of a libvirt domain
 */
struct observe_advice {
	struct buf notes;
	char name[32];
	struct buf profile;
	struct buf domain;
	struct buf metadata;
};

/**
 * observe_advise() - Suggest a domain and, if need be, a profile
 * @tap:	Its name
 * @bridge:	Name of its bridge, empty for none
 * @mac:	The guest's address as it is known; NULL: the most frequent one
 * @out:	Zeroed; observe_advice_free() releases it, also after an error
 *
 * Both are valid input.  What no guest should send is never allowed by them,
 * but named in the notes.
 *
 * Return: 0, -ENODATA (not reported) if no address was seen that could be the
 * guest's, or -ENOMEM (reported)
 */
int observe_advise(const struct observed *o, const char *tap,
		   const char *bridge, const uint8_t *mac,
		   struct observe_advice *out) _must_check_;

/** observe_advice_free() - Release the texts */
void observe_advice_free(struct observe_advice *a);

/**
 * struct observe_tap - A socket that gets what comes from a tap
 * @fd:		The socket, -1 for none
 * @signals:	Descriptor by which the user ends it, -1 for none
 */
struct observe_tap {
	int fd;
	int signals;
};

/**
 * observe_open() - Begin to listen, as root
 *
 * The tap, its rules and its promiscuity stay as they are.
 *
 * Return: 0 or negative errno, reported
 */
int observe_open(const struct link_info *dev,
		 struct observe_tap *out) _must_check_;

/**
 * observe_run() - Take into account what comes
 * @ms:		How long; SIGINT, SIGTERM or the end of the tap end it early
 * @passed:	Receives how long it was
 *
 * What guests write is interpreted from here on: privileges are gone for good.
 *
 * Return: 0 or negative errno, reported
 */
int observe_run(struct observe_tap *t, int64_t ms, struct observed *o,
		int64_t *passed) _must_check_;

/** observe_close() - Close its descriptors */
void observe_close(struct observe_tap *t);

#endif /* TF_OBSERVE_H */
