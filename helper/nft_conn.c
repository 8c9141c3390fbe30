// SPDX-License-Identifier: GPL-2.0-or-later
/* Talking to nf_tables: requests, transactions, and what their errors mean */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "log.h"
#include "netlink.h"
#include "nft_conn.h"

/* What an acknowledgement takes of the receive buffer, rounded up */
#define ACK_COST 1024

/* Of the question whether there is nf_tables, until somebody needs it */
static struct mnl_socket *spare;

/* 0 or negative errno, not reported */
static int connect_kernel(struct nft_conn *c)
{
	int one = 1;

	c->nl = TAKE_PTR(spare);
	if (!c->nl)
		c->nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!c->nl || (!mnl_socket_get_portid(c->nl) &&
		       mnl_socket_bind(c->nl, 0, MNL_SOCKET_AUTOPID) < 0))
		return -errno;
	/* errors without a copy of the message: no surprises in size */
	if (mnl_socket_setsockopt(c->nl, NETLINK_CAP_ACK, &one, sizeof(one)) <
	    0)
		return -errno;
	c->portid = mnl_socket_get_portid(c->nl);
	return 0;
}

int nft_conn_open(struct nft_conn *c)
{
	int rc = connect_kernel(c);

	if (rc == -EPROTONOSUPPORT)
		return log_errno(rc, "the kernel has no nfnetlink "
				     "(CONFIG_NETFILTER_NETLINK)");
	return rc < 0 ? log_errno(rc, "cannot open a netfilter socket") : 0;
}

void nft_conn_close(struct nft_conn *c)
{
	if (c->nl)
		mnl_socket_close(c->nl);
	c->nl = NULL;
}

static ssize_t receive(struct nft_conn *c)
{
	ssize_t n;
	int rc;

	do
		n = mnl_socket_recvfrom(c->nl, c->buf, sizeof(c->buf));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	rc = netlink_check(c->buf, (size_t)n);
	return rc < 0 ? rc : n;
}

/* State of a request: the first error counts, the rest is still read. */
struct answer {
	mnl_cb_t cb;
	void *data;
	uint32_t seq;
	int error;
	bool interrupted;
	bool done;
};

/* How a dump ended; an empty message is the end of a good one. */
static int done_error(const struct nlmsghdr *nlh)
{
	const int *error = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) < sizeof(*error) ? 0 : *error;
}

static void take_answer(struct answer *a, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err;
	int error = 0;

	if (nlh->nlmsg_seq != a->seq)
		return;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		a->interrupted = true;
	if (!(nlh->nlmsg_flags & NLM_F_MULTI))
		a->done = true;
	if (nlh->nlmsg_type == NLMSG_DONE) {
		a->done = true;
		error = done_error(nlh);
	} else if (nlh->nlmsg_type == NLMSG_ERROR) {
		err = mnl_nlmsg_get_payload(nlh);
		error = err->error;
	} else if (!a->error) {
		errno = EBADMSG; /* libnftnl does not always set it */
		if (a->cb(nlh, a->data) == MNL_CB_ERROR)
			error = -errno;
	}
	if (!a->error)
		a->error = error;
}

int nft_conn_request(struct nft_conn *c, struct nlmsghdr *nlh, mnl_cb_t cb,
		     void *data)
{
	struct answer a = { .cb = cb, .data = data, .seq = ++c->seq };
	const struct nlmsghdr *in;
	ssize_t n;
	int left;

	nlh->nlmsg_seq = a.seq;
	if (mnl_socket_sendto(c->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (!a.done) {
		n = receive(c);
		if (n < 0)
			return (int)n;
		in = (const void *)c->buf;
		left = (int)n;
		for (; mnl_nlmsg_ok(in, left); in = mnl_nlmsg_next(in, &left))
			take_answer(&a, in);
	}
	if (a.interrupted)
		return -EINTR;
	return a.error;
}

static int ignore_answer(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	(void)data;
	return MNL_CB_OK;
}

/* The kernel says -EINVAL when nothing answers for that part of nfnetlink. */
static bool ask_for_nft(void)
{
	_Alignas(8) char request[64];
	struct nft_conn c = { .seq = 0 };
	struct nlmsghdr *nlh;
	int rc = connect_kernel(&c);

	if (rc == 0) {
		nlh = nftnl_nlmsg_build_hdr(request, NFT_MSG_GETGEN,
					    NFPROTO_UNSPEC, 0, 0);
		rc = nft_conn_request(&c, nlh, ignore_answer, NULL);
	}
	/* An answer that was not read would be taken for that of a later
	 * request. */
	if (rc == 0)
		spare = TAKE_PTR(c.nl);
	nft_conn_close(&c);
	return rc != -EINVAL && rc != -EPROTONOSUPPORT;
}

bool nft_conn_possible(void)
{
	static bool asked, possible;

	if (!asked)
		possible = ask_for_nft();
	asked = true;
	return possible;
}

int nft_batch_begin(struct nft_batch *t, struct nft_conn *c,
		    uint32_t generation)
{
	struct nft_note *note;

	*t = (struct nft_batch){ .conn = c,
				 .family = NFPROTO_NETDEV,
				 .first = c->seq + 1 };
	t->msg = malloc(NFT_MSG_MAX);
	if (!t->msg)
		return log_errno(ENOMEM, "cannot allocate a message");
	note = util_grow(&t->notes, 0, sizeof(*note));
	if (!note)
		return -ENOMEM;
	note->step = NFT_STEP_BEGIN;
	t->nnotes = 1;
	nftnl_batch_begin(t->msg, ++c->seq);
	if (generation)
		mnl_attr_put_u32((struct nlmsghdr *)t->msg, NFNL_BATCH_GENID,
				 htonl(generation));
	return buf_add(&t->buf, t->msg, ((struct nlmsghdr *)t->msg)->nlmsg_len);
}

void nft_batch_free(struct nft_batch *t)
{
	free(t->msg);
	free(t->notes);
	buf_free(&t->buf);
	*t = (struct nft_batch){ 0 };
}

struct nlmsghdr *nft_batch_new(struct nft_batch *t, uint16_t type,
			       uint16_t flags)
{
	return nftnl_nlmsg_build_hdr(t->msg, type, t->family, flags,
				     ++t->conn->seq);
}

int nft_batch_add(struct nft_batch *t, const struct nlmsghdr *nlh,
		  enum nft_step step, const struct rule *rule)
{
	struct nft_note *note;

	note = util_grow(&t->notes, t->nnotes, sizeof(*note));
	if (!note)
		return -ENOMEM;
	t->nnotes++;
	note->step = step;
	note->b = t->b;
	note->rule = rule;
	t->last = t->buf.len;
	return buf_add(&t->buf, nlh, nlh->nlmsg_len);
}

/*
 * The kernel takes no larger message, and loses answers, without room.  In the
 * worst case it refuses every message.
 */
static int make_room(struct nft_batch *t)
{
	int fd = mnl_socket_get_fd(t->conn->nl), size;

	if (t->buf.len > INT32_MAX / 4 || t->nnotes > INT32_MAX / ACK_COST / 4)
		return log_errno(EFBIG, "too many rules for one transaction");
	size = (int)t->buf.len + ACK_COST;
	if (size > 65536 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		return log_errno(errno,
				 "cannot make room to send %zu bytes of rules",
				 t->buf.len);
	size = (int)t->nnotes * ACK_COST;
	if (size > 65536 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		return log_errno(errno, "cannot make room for %u answers",
				 t->nnotes);
	return 0;
}

const char *nft_step_hint(enum nft_step step, int error)
{
	if (error == EPERM)
		return "needs CAP_NET_ADMIN in the network namespace";
	switch (step) {
	case NFT_STEP_BEGIN:
		if (error == EOPNOTSUPP)
			return "the kernel has no nf_tables (CONFIG_NF_TABLES)";
		break;
	case NFT_STEP_TABLE:
		if (error == EOPNOTSUPP || error == EAFNOSUPPORT)
			return "the kernel's nf_tables has no netdev family "
			       "(CONFIG_NF_TABLES_NETDEV)";
		break;
	case NFT_STEP_BASE_OUT:
		if (error == EOPNOTSUPP)
			return "the kernel has no netdev ingress hook "
			       "(CONFIG_NETFILTER_INGRESS)";
		if (error == ENOENT || error == ENODEV)
			return "there is no such device";
		break;
	case NFT_STEP_BASE_IN:
		if (error == EOPNOTSUPP || error == EINVAL)
			return "the kernel has no netdev egress hook (needs "
			       "Linux 5.16 and CONFIG_NETFILTER_EGRESS)";
		if (error == ENOENT || error == ENODEV)
			return "there is no such device";
		break;
	case NFT_STEP_LIMIT:
		if (error == ENOENT || error == EOPNOTSUPP)
			return "the kernel's nf_tables has no limits "
			       "(CONFIG_NFT_LIMIT)";
		break;
	case NFT_STEP_RULE:
		if (error == ENOENT || error == EOPNOTSUPP)
			return "the kernel's nf_tables lacks an expression "
			       "that the rule needs";
		break;
	case NFT_STEP_SET:
		if (error == EOPNOTSUPP || error == ENOENT)
			return "the kernel's nf_tables lacks a kind of set "
			       "that the rule needs";
		break;
	case NFT_STEP_CHAIN:
	case NFT_STEP_DELETE:
		break;
	}
	return NULL;
}

static const char *step_name(enum nft_step step)
{
	switch (step) {
	case NFT_STEP_BEGIN:
		return "the transaction";
	case NFT_STEP_TABLE:
		return "the table";
	case NFT_STEP_BASE_OUT:
		return "the chain of outgoing frames";
	case NFT_STEP_BASE_IN:
		return "the chain of incoming frames";
	case NFT_STEP_CHAIN:
		return "a chain";
	case NFT_STEP_LIMIT:
		return "a limit";
	case NFT_STEP_RULE:
		return "a rule";
	case NFT_STEP_SET:
		return "the values of a rule";
	case NFT_STEP_DELETE:
		return "the removal of old rules";
	}
	return "a message";
}

/* What failed; the kernel reports it by its sequence number. */
static int explain(const struct nft_note *note, int error)
{
	const char *hint, *tap;

	if (error == ERESTART)
		return -error;
	tap = note->b ? note->b->tap : "";
	hint = nft_step_hint(note->step, error);
	if (note->rule && note->b)
		log_errno(error, "%s: %s:%u: the kernel refused %s%s%s", tap,
			  note->b->profiles[note->rule->profile].name,
			  note->rule->line, step_name(note->step),
			  hint ? ": " : "", hint ? hint : "");
	else
		log_errno(error, "%s%sthe kernel refused %s%s%s", tap,
			  *tap ? ": " : "", step_name(note->step),
			  hint ? ": " : "", hint ? hint : "");
	return -error;
}

/*
 * The last message is answered in any case, after errors of those before it.
 * An error for the first is one of the whole transaction: the kernel may send
 * nothing after it.  Returns the first error; @failed is what it was about, or
 * stays as it is when the answers cannot be read, which is reported.
 */
static int read_acks(struct nft_batch *t, const struct nft_note **failed)
{
	uint32_t last = t->first + t->nnotes - 1;
	const struct nlmsgerr *err;
	const struct nlmsghdr *in;
	int left, rc = 0;
	ssize_t n;

	for (;;) {
		n = receive(t->conn);
		if (n < 0)
			return log_errno((int)n,
					 "cannot read the kernel's answers");
		in = (const void *)t->conn->buf;
		left = (int)n;
		for (; mnl_nlmsg_ok(in, left); in = mnl_nlmsg_next(in, &left)) {
			if (in->nlmsg_type != NLMSG_ERROR ||
			    in->nlmsg_seq - t->first >= t->nnotes)
				continue;
			err = mnl_nlmsg_get_payload(in);
			if (err->error && !rc) {
				*failed = &t->notes[in->nlmsg_seq - t->first];
				rc = err->error;
			}
			if (in->nlmsg_seq == t->first || in->nlmsg_seq == last)
				return rc;
		}
	}
}

static void want_ack(struct nft_batch *t)
{
	struct nlmsghdr *last = (void *)(t->buf.data + t->last);

	last->nlmsg_flags |= NLM_F_ACK;
}

/* Without its end, it is undone. */
int nft_batch_try(struct nft_batch *t, enum nft_step *refused)
{
	const struct nft_note *failed = &t->notes[0];
	int rc;

	want_ack(t);
	if (mnl_socket_sendto(t->conn->nl, t->buf.data, t->buf.len) < 0)
		return -errno;
	rc = read_acks(t, &failed);
	*refused = failed->step;
	return rc;
}

int nft_batch_commit(struct nft_batch *t)
{
	struct nlmsghdr *end = (void *)t->msg;
	const struct nft_note *failed = NULL;
	int rc;

	want_ack(t);
	nftnl_batch_end(t->msg, ++t->conn->seq);
	rc = buf_add(&t->buf, end, end->nlmsg_len);
	if (rc >= 0)
		rc = make_room(t);
	if (rc < 0)
		return rc;
	if (mnl_socket_sendto(t->conn->nl, t->buf.data, t->buf.len) < 0)
		return log_errno(errno, "cannot send the rules to the kernel");
	rc = read_acks(t, &failed);
	return failed ? explain(failed, -rc) : rc;
}
