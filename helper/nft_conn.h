/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_NFT_CONN_H
#define TF_NFT_CONN_H

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <stdbool.h>
#include <stdint.h>

#include "rule.h"
#include "util.h"

/* One message, before it is sent: holds the largest list of elements. */
#define NFT_MSG_MAX (128 * 1024)
#define NFT_RECV_SIZE 32768

/**
 * struct nft_conn - A connection to the kernel's nf_tables
 * @nl:		Socket
 * @seq:	Sequence number of the last message
 * @changed:	A transaction of ours was committed
 * @buf:	What was received last
 */
struct nft_conn {
	struct mnl_socket *nl;
	uint32_t portid;
	uint32_t seq;
	bool changed;
	_Alignas(8) char buf[NFT_RECV_SIZE];
};

struct nft_carry;

/** enum nft_step - What a message of a transaction asks for */
enum nft_step {
	NFT_STEP_BEGIN,
	NFT_STEP_TABLE,
	NFT_STEP_BASE_OUT,
	NFT_STEP_BASE_IN,
	NFT_STEP_CHAIN,
	NFT_STEP_LIMIT,
	NFT_STEP_RULE,
	NFT_STEP_SET,
	NFT_STEP_DELETE,
};

struct nft_note {
	enum nft_step step;
	const struct binding *b; /* that a message is for, or NULL */
	const struct rule *rule; /* that it stands for, or NULL */
};

/**
 * struct nft_batch - A transaction that is being written
 * @conn:	Where it goes
 * @family:	Of the tables that the next messages are about
 * @b:		Binding that the next messages are for, to name it; may be NULL
 * @carry:	What its rules have met so far
 * @buf:	Finished messages
 * @msg:	The message being written
 * @first:	Sequence number of the first message
 * @notes:	What each message is, beginning with the first
 * @nsets:	Anonymous sets so far
 * @last:	Where in @buf the last message is: the one to be acknowledged
 */
struct nft_batch {
	struct nft_conn *conn;
	uint8_t family;
	const struct binding *b;
	struct nft_carry *carry;
	struct buf buf;
	char *msg;
	uint32_t first;
	unsigned int nnotes;
	struct nft_note *notes;
	uint32_t nsets;
	size_t last;
};

/* All functions return 0 or negative errno, and report unless said so. */

/**
 * nft_conn_possible() - Does this kernel have nf_tables?
 *
 * Asked once, which loads its module; whoever may not ask is told so, too.  The
 * socket is kept for the first connection: closing it would wait for the end
 * of what others removed.
 */
bool nft_conn_possible(void);

int nft_conn_open(struct nft_conn *c) _must_check_;
void nft_conn_close(struct nft_conn *c);

/**
 * nft_conn_request() - Send a request and hand each answer to a function
 * @c:		Connection
 * @nlh:	Request; its sequence number is set here
 * @cb:		Called for each message; MNL_CB_ERROR with errno ends it
 *
 * Return: 0; -EINTR (not reported) if others changed the rules while they
 * were read; another negative errno (not reported)
 */
int nft_conn_request(struct nft_conn *c, struct nlmsghdr *nlh, mnl_cb_t cb,
		     void *data) _must_check_;

/**
 * nft_batch_begin() - Start a transaction
 * @generation:	0, or of the rules that it was made for: when others changed any
 *		since, it fails with -ERESTART, which is not reported
 */
int nft_batch_begin(struct nft_batch *t, struct nft_conn *c,
		    uint32_t generation) _must_check_;
void nft_batch_free(struct nft_batch *t);
#define _cleanup_batch_ _cleanup_(nft_batch_free)

/**
 * nft_batch_new() - Start a message
 *
 * Return: its header, valid until nft_batch_add()
 */
struct nlmsghdr *nft_batch_new(struct nft_batch *t, uint16_t type,
			       uint16_t flags);

/** nft_batch_add() - Append the started message */
int nft_batch_add(struct nft_batch *t, const struct nlmsghdr *nlh,
		  enum nft_step step, const struct rule *rule) _must_check_;

/**
 * nft_batch_commit() - Send a transaction and check what the kernel says of it
 *
 * An error is answered for each message that is refused, an acknowledgement
 * for the last one only.
 */
int nft_batch_commit(struct nft_batch *t) _must_check_;

/**
 * nft_batch_try() - See whether the kernel would take it, and change nothing
 * @refused:	Receives the step of the first message that it refused
 *
 * Return: 0 or negative errno of that message; not reported
 */
int nft_batch_try(struct nft_batch *t, enum nft_step *refused) _must_check_;

/** nft_step_hint() - What an error in a step says of the kernel; or NULL */
const char *nft_step_hint(enum nft_step step, int error);

#endif /* TF_NFT_CONN_H */
