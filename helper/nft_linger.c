// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of a transaction that removed something, kept off the caller */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "nft_linger.h"

/* The kernel has freed what was removed by then, as a rule. */
#define LINGER_NS (80 * 1000000L)

/* Delete a table; the kernel refuses when something is in it. */
static void delete_table(int fd, uint32_t seq, const char *table)
{
	_Alignas(8) char buf[512];
	struct nlmsghdr *nlh;
	size_t len;

	len = nftnl_batch_begin(buf, ++seq)->nlmsg_len;
	nlh = nftnl_nlmsg_build_hdr(buf + len, NFT_MSG_DELTABLE, NFPROTO_NETDEV,
				    NLM_F_NONREC, ++seq);
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, table);
	len += nlh->nlmsg_len;
	len += nftnl_batch_end(buf + len, ++seq)->nlmsg_len;
	/* whatever comes of it, nobody is there to be told */
	if (send(fd, buf, len, 0) < 0)
		return;
}

void nft_linger(struct nft_conn *c, const char *table)
{
	const struct timespec wait = { .tv_nsec = LINGER_NS };
	pid_t pid = fork();

	/* without a child the caller waits, that is all */
	if (pid != 0)
		return;
	/* hold nothing that somebody waits for: pipes, locks, a terminal */
	if (dup2(mnl_socket_get_fd(c->nl), STDIN_FILENO) < 0)
		_exit(0);
	close_range(STDIN_FILENO + 1, ~0U, 0);
	setsid();
	if (chdir("/") < 0)
		_exit(0);
	if (table[0])
		delete_table(STDIN_FILENO, c->seq, table);
	nanosleep(&wait, NULL);
	_exit(0);
}
