// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of a transaction that removed something, kept off the caller */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "nft_linger.h"

/* The kernel has freed what was removed by then, as a rule. */
#define LINGER_NS (80 * 1000000L)
#define STACK_SIZE 16384

/* Delete a table; the kernel refuses when something is in it. */
static void delete_table(int fd, uint32_t *last, const char *table)
{
	uint32_t seq = *last;
	_Alignas(8) char buf[512];
	struct nlmsghdr *nlh;
	size_t len;

	len = nftnl_batch_begin(buf, ++seq)->nlmsg_len;
	nlh = nftnl_nlmsg_build_hdr(buf + len, NFT_MSG_DELTABLE, NFPROTO_NETDEV,
				    NLM_F_NONREC, ++seq);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, table);
	len += nlh->nlmsg_len;
	len += nftnl_batch_end(buf + len, ++seq)->nlmsg_len;
	*last = seq;
	/* whatever comes of it, nobody is there to be told */
	if (send(fd, buf, len, 0) < 0)
		return;
}

/* What the child works with, at the low end of its stack */
struct held {
	int fd;
	uint32_t seq;
	struct nft_emptied emptied;
};

static int hold(void *data)
{
	const struct timespec wait = { .tv_nsec = LINGER_NS };
	struct held *l = data;
	size_t i;

	/* hold nothing that somebody waits for: pipes, locks, a terminal */
	if (dup2(l->fd, STDIN_FILENO) < 0)
		return 0;
	close_range(STDIN_FILENO + 1, ~0U, 0);
	setsid();
	if (chdir("/") < 0)
		return 0;
	for (i = 0; i < l->emptied.n; i++)
		delete_table(STDIN_FILENO, &l->seq, l->emptied.table[i]);
	nanosleep(&wait, NULL);
	return 0;
}

/*
 * A copy of our memory would cost more than all that the child does: it shares
 * it, and only makes system calls.  Its stack is its own for as long as it
 * lives; that is when the memory goes.
 */
void nft_linger(struct nft_conn *c, const struct nft_emptied *e)
{
	char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	struct held *l = (void *)stack;

	/* without a child the caller waits, that is all */
	if (stack == MAP_FAILED)
		return;
	l->fd = mnl_socket_get_fd(c->nl);
	l->seq = c->seq;
	l->emptied = *e;
	if (clone(hold, stack + STACK_SIZE, CLONE_VM | SIGCHLD, l) < 0)
		munmap(stack, STACK_SIZE);
}
