// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comes of several frames: how many arrive, what is noted, what is
 * answered.
 *
 *	nft_effects [log=GROUP]... FROM TO KIND=COUNT...
 *
 * The taps are ports of one bridge.  A KIND is udp4, udp6, tcp4, arp, or one of
 * them with +b behind it, to the broadcast address.  The rules must let frames
 * of type 0x88b5 pass, which follow the others.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

#include "nft_wire.h"

#define MAX_LOGS 4
#define WAIT_MS 5000

static const uint8_t udp4[] = {
	0x45, 0, 0, 32, 0, 7, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1,
	10,   0, 0, 2,	0, 9, 0, 9, 0,	12, 0, 0, 0,  0, 0, 0,
};
static const uint8_t tcp4[] = {
	0x45, 0, 0,  40, 0,    7, 0, 0, 64,   6,    0, 0, 10, 0,
	0,    1, 10, 0,	 0,    2, 0, 9, 0,    9,    0, 0, 0,  1,
	0,    0, 0,  0,	 0x50, 2, 0, 9, 0x9b, 0xc4, 0, 0,
};
static const uint8_t udp6[] = {
	0x60, 0, 0, 0, 0, 12, 17,   64, 0xfd, 0,  0, 0, 0, 0, 0, 0, 0, 0,
	0,    0, 0, 0, 0, 1,  0xfd, 0,	0,    0,  0, 0, 0, 0, 0, 0, 0, 0,
	0,    0, 0, 2, 0, 9,  0,    9,	0,    12, 0, 0, 0, 0, 0, 0,
};
static const uint8_t arp[] = {
	0,  1, 8, 0, 6, 4, 0, 1, 0x52, 0x54, 0,	 0, 0, 1,
	10, 0, 0, 1, 0, 0, 0, 0, 0,    0,    10, 0, 0, 2,
};

static const struct kind {
	const char *name;
	unsigned int type;
	const uint8_t *data;
	size_t len;
} kinds[] = {
	{ "udp4", 0x0800, udp4, sizeof(udp4) },
	{ "tcp4", 0x0800, tcp4, sizeof(tcp4) },
	{ "udp6", 0x86dd, udp6, sizeof(udp6) },
	{ "arp", 0x0806, arp, sizeof(arp) },
	{ "end", 0x88b5, arp, sizeof(arp) },
};

static void fix_checksum(uint8_t *ip)
{
	unsigned int i, sum = 0;

	for (i = 0; i < 20; i += 2)
		sum += (unsigned int)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16)) & 0xffff;
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

static void make_frame(const struct kind *k, bool broadcast, struct frame *f)
{
	static const uint8_t macs[12] = { 0x52, 0x54, 0, 0, 0, 2,
					  0x52, 0x54, 0, 0, 0, 1 };

	memset(f, 0, sizeof(*f));
	memcpy(f->data, macs, sizeof(macs));
	if (broadcast)
		memset(f->data, 0xff, 6);
	f->data[12] = (uint8_t)(k->type >> 8);
	f->data[13] = (uint8_t)k->type;
	memcpy(f->data + 14, k->data, k->len);
	if (k->type == 0x0800)
		fix_checksum(f->data + 14);
	f->len = 14 + k->len;
}

static void put(int fd, const struct frame *f)
{
	if (write(fd, f->data, f->len) == (ssize_t)f->len)
		return;
	perror("write to tap");
	exit(2);
}

/* How many frames like @f arrive before the one at the end does? */
static unsigned int count(int from, int to, const struct frame *f)
{
	struct pollfd p = { .fd = to, .events = POLLIN };
	uint8_t in[FRAME_MAX * 2];
	struct frame end;
	unsigned int seen = 0;
	ssize_t n;

	make_frame(&kinds[4], false, &end);
	put(from, &end);
	while (poll(&p, 1, WAIT_MS) > 0) {
		n = read(to, in, sizeof(in));
		if (n == (ssize_t)end.len && memcmp(in, end.data, end.len) == 0)
			return seen;
		seen += n == (ssize_t)f->len &&
			memcmp(in, f->data, f->len) == 0;
	}
	fprintf(stderr, "the frame at the end did not arrive\n");
	exit(2);
}

/* Messages of ICMP that came back, each as TYPE/CODE */
static void print_answers(int from)
{
	uint8_t in[FRAME_MAX * 2];
	unsigned int at;
	ssize_t n;

	while ((n = read(from, in, sizeof(in))) > 0) {
		at = in[12] == 8 && in[13] == 0 && in[23] == 1	      ? 34 :
		     in[12] == 0x86 && in[13] == 0xdd && in[20] == 58 ? 54 :
									0;
		if (at && n > at + 1)
			printf("answer icmp%s %u/%u\n", at == 54 ? "6" : "",
			       in[at], in[at + 1]);
	}
}

static void run(int from, int to, char *arg)
{
	char *number = strchr(arg, '='), *plus;
	unsigned long i, n = number ? strtoul(number + 1, NULL, 10) : 0;
	struct frame f;
	size_t k;

	if (number)
		*number = '\0';
	plus = strchr(arg, '+');
	if (plus)
		*plus = '\0';
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]) - 1; k++)
		if (strcmp(kinds[k].name, arg) == 0)
			break;
	make_frame(&kinds[k], plus, &f);
	for (i = 0; i < n; i++)
		put(from, &f);
	printf("%s %u\n", arg, count(from, to, &f));
}

/* ---- NFLOG ------------------------------------------------------------------ */

static void config(struct mnl_socket *nl, uint16_t group, uint16_t attr,
		   const void *data, size_t len)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;
	ssize_t n;

	nlh->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	*nfg = (struct nfgenmsg){ .res_id = htons(group) };
	mnl_attr_put(nlh, attr, len, data);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0 ||
	    (n = mnl_socket_recvfrom(nl, buf, sizeof(buf))) < 0 ||
	    mnl_cb_run(buf, (size_t)n, 0, 0, NULL, NULL) < 0) {
		perror("NFLOG");
		exit(2);
	}
}

static struct mnl_socket *listen_to(uint16_t group)
{
	const struct nfulnl_msg_config_cmd cmd = { NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode mode = { htonl(64),
						     NFULNL_COPY_PACKET, 0 };
	const uint32_t one = htonl(1); /* each message at once */
	struct mnl_socket *nl = mnl_socket_open(NETLINK_NETFILTER);

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		perror("netlink");
		exit(2);
	}
	config(nl, group, NFULA_CFG_CMD, &cmd, sizeof(cmd));
	config(nl, group, NFULA_CFG_MODE, &mode, sizeof(mode));
	config(nl, group, NFULA_CFG_QTHRESH, &one, sizeof(one));
	return nl;
}

static int print_prefix(const struct nlattr *a, void *data)
{
	const uint16_t *group = data;

	if (mnl_attr_get_type(a) == NFULA_PREFIX)
		printf("log %u '%s'\n", *group, mnl_attr_get_str(a));
	return MNL_CB_OK;
}

static int print_log(const struct nlmsghdr *nlh, void *data)
{
	return mnl_attr_parse(nlh, sizeof(struct nfgenmsg), print_prefix, data);
}

static void print_logs(struct mnl_socket *nl, uint16_t group)
{
	struct pollfd p = { .fd = mnl_socket_get_fd(nl), .events = POLLIN };
	char buf[4096];
	ssize_t n;

	/* what was noted is there already */
	while (poll(&p, 1, 0) > 0) {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0 ||
		    mnl_cb_run(buf, (size_t)n, 0, 0, print_log, &group) < 0)
			break;
	}
}

int main(int argc, char **argv)
{
	struct mnl_socket *nl[MAX_LOGS];
	uint16_t groups[MAX_LOGS];
	int i = 1, j, from, to, nlogs = 0;

	for (; i < argc && strncmp(argv[i], "log=", 4) == 0; i++) {
		groups[nlogs] = (uint16_t)strtoul(argv[i] + 4, NULL, 10);
		nl[nlogs] = listen_to(groups[nlogs]);
		nlogs++;
	}
	if (argc - i < 3)
		return 2;
	from = wire_open(argv[i]);
	to = wire_open(argv[i + 1]);
	wire_ready(from, to);
	print_answers(from);
	for (j = i + 2; j < argc; j++)
		run(from, to, argv[j]);
	print_answers(from);
	for (j = 0; j < nlogs; j++) {
		print_logs(nl[j], groups[j]);
		mnl_socket_close(nl[j]);
	}
	return 0;
}
