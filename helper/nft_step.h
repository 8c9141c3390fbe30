/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_STEP_H
#define TF_NFT_STEP_H

#include "nft_expr.h"

/*
 * Kernel rules that are the same on every host, written down as tables: what
 * each step does with the one register.  A rule ends with END, a table with one
 * more.
 */

enum nft_step_code {
	STEP_END,
	STEP_META, /* load key @a */
	STEP_CT, /* load key @a */
	STEP_PAYLOAD, /* load @c bytes from @b on of header @a */
	STEP_BITS, /* of @a bytes, those of @b */
	STEP_IS, /* @a bytes, as this machine has @b; or go on elsewhere */
	STEP_ISNT,
	STEP_KIND, /* @a: NFT_CMP_EQ: it is a bridge; NFT_CMP_NEQ: it is none */
	STEP_NOTED, /* the mark says state @a */
	STEP_NOTE, /* write it there */
	STEP_OPENED, /* the mark of the connection has bit @a */
	STEP_UNOPENED, /* it has not */
	STEP_OPEN, /* write it there */
	STEP_TYPE, /* @a: NFT_CMP_EQ or _NEQ; the EtherType of the frame is @b */
	STEP_RESERVED, /* the loaded address is 01:80:c2:00:00:00 to 0f */
	STEP_PORT, /* look the device up in set @a, and go where it says */
	STEP_NO_PORT, /* the device is not in set @a */
	STEP_COUNT, /* the station has no more in set @a than it may */
	STEP_ACCEPT,
};

struct nft_step_op {
	enum nft_step_code code;
	uint32_t a, b, c;
};

/* Sets that count the connections of stations: of one IP version each */
enum nft_step_stations { STATIONS, STATIONS_IP6, STATIONS_COUNT };

/** nft_step_stations() - Name of such a set in the kernel */
const char *nft_step_stations(enum nft_step_stations set);

/* Bits that NFT_CT_STATE loads */
#define INVALID_BIT 0x01
#define ESTABLISHED_BIT 0x02
#define RELATED_BIT 0x04
#define NEW_BIT 0x08
#define UNTRACKED_BIT 0x40

#define END                      \
	{                        \
		.code = STEP_END \
	}
#define META(key)                             \
	{                                     \
		.code = STEP_META, .a = (key) \
	}
#define BITS(len, mask)                                    \
	{                                                  \
		.code = STEP_BITS, .a = (len), .b = (mask) \
	}
#define IS(len, value)                                    \
	{                                                 \
		.code = STEP_IS, .a = (len), .b = (value) \
	}
#define ISNT(len, value)                                    \
	{                                                   \
		.code = STEP_ISNT, .a = (len), .b = (value) \
	}
#define LAYER4(offset, len)                                              \
	{                                                                \
		.code = STEP_PAYLOAD, .a = NFT_PAYLOAD_TRANSPORT_HEADER, \
		.b = (offset), .c = (len)                                \
	}
#define LINK(offset, len)                                         \
	{                                                         \
		.code = STEP_PAYLOAD, .a = NFT_PAYLOAD_LL_HEADER, \
		.b = (offset), .c = (len)                         \
	}
#define TYPE_IS(type)                                         \
	{                                                     \
		.code = STEP_TYPE, .a = NFT_CMP_EQ, .b = type \
	}
#define TYPE_ISNT(type)                                        \
	{                                                      \
		.code = STEP_TYPE, .a = NFT_CMP_NEQ, .b = type \
	}
#define STATION LINK(6, 6)
#define RESERVED                      \
	LINK(0, 6),                   \
	{                             \
		.code = STEP_RESERVED \
	}
#define STATE(bit) \
	{ .code = STEP_CT, .a = NFT_CT_STATE }, BITS(4, bit), ISNT(4, 0)
#define DIRECTION(dir) { .code = STEP_CT, .a = NFT_CT_DIRECTION }, IS(1, dir)
#define IF_BRIDGE(key)                             \
	META(key),                                 \
	{                                          \
		.code = STEP_KIND, .a = NFT_CMP_EQ \
	}
#define UNLESS_BRIDGE(key)                          \
	META(key),                                  \
	{                                           \
		.code = STEP_KIND, .a = NFT_CMP_NEQ \
	}
#define NOTED(state)                             \
	META(NFT_META_MARK),                     \
	{                                        \
		.code = STEP_NOTED, .a = (state) \
	}
#define NOTE(state)                             \
	{                                       \
		.code = STEP_NOTE, .a = (state) \
	}
#define OPENED(who)                             \
	{                                       \
		.code = STEP_OPENED, .a = (who) \
	}
#define UNOPENED(who)                             \
	{                                         \
		.code = STEP_UNOPENED, .a = (who) \
	}
#define OPEN(who)                             \
	{                                     \
		.code = STEP_OPEN, .a = (who) \
	}
#define PORT(set)                             \
	{                                     \
		.code = STEP_PORT, .a = (set) \
	}
#define NO_PORT(set)                             \
	{                                        \
		.code = STEP_NO_PORT, .a = (set) \
	}
#define COUNT(set)                             \
	{                                      \
		.code = STEP_COUNT, .a = (set) \
	}
#define ACCEPT                      \
	{                           \
		.code = STEP_ACCEPT \
	}

/**
 * nft_steps_write() - Append the rules of a table
 * @n:		Chain that they belong to
 * @d:		Receives what is expected in the kernel
 */
int nft_steps_write(struct nft_batch *t, const struct nft_names *n,
		    const struct nft_step_op *ops,
		    struct nft_digests *d) _must_check_;

#endif /* TF_NFT_STEP_H */
