// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets of connections, by hand: did they arrive?
 *
 *	conn_wire < LINES
 *
 * A line is "FROM>TO PACKET want NAME".  FROM and TO are the numbers of the
 * taps tap1, tap2, ... or 0 for the host; the packet is one of
 *
 *	tcp A.PORT B.PORT FLAGS	S SA A F R; a small s behind: the server's
 *	udp A.PORT B.PORT
 *	ping A B, pong A B
 *	error TYPE CODE A B PACKET	an ICMP error about that one
 *	vlan ID PACKET		that one behind a tag
 *	gains ID PACKET		it arrives behind a tag, and was sent without
 *	loses ID PACKET		it was sent behind a tag, and arrives without
 *	first PACKET, later PACKET	its two fragments (IPv6)
 *
 * from the host number A to B: 10.0.0.N, or fd00::N with "6" behind the first
 * word, with the MAC address 52:54:00:00:00:0N.  "want" is "pass" or "drop".
 * Prints "WANT GOT NAME" for each line.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "nft_wire.h"
#include "port_state.h"

#define MAX_TAPS 8

struct packet {
	bool six;
	uint8_t data[256];
	size_t len;
	unsigned int from, to;
	unsigned int vlan; /* as it is sent; 0: untagged */
	unsigned int seen; /* as it arrives */
};

static int fds[MAX_TAPS + 1];

static void die(const char *what)
{
	fprintf(stderr, "conn_wire: %s\n", what);
	exit(2);
}

static char *word(char **rest)
{
	char *w = strsep(rest, " ");

	if (!w)
		die("a line is too short");
	return w;
}

static unsigned int number(char **rest)
{
	return (unsigned int)strtoul(word(rest), NULL, 10);
}

static void put16(uint8_t *at, unsigned int n)
{
	at[0] = (uint8_t)(n >> 8);
	at[1] = (uint8_t)n;
}

static void put32(uint8_t *at, unsigned int n)
{
	put16(at, n >> 16);
	put16(at + 2, n);
}

static unsigned int add_sum(unsigned int sum, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += (unsigned int)data[i] << (i % 2 ? 0 : 8);
	return sum;
}

static unsigned int end_sum(unsigned int sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void put_address(uint8_t *at, bool six, unsigned int n)
{
	static const uint8_t four_net[] = { 10, 0, 0 };

	if (six) {
		memset(at, 0, 16);
		at[0] = 0xfd;
		at[15] = (uint8_t)n;
	} else {
		memcpy(at, four_net, 3);
		at[3] = (uint8_t)n;
	}
}

/* Put an IP header before the upper layer, whose checksum is at @sum_at. */
static void wrap(struct packet *p, unsigned int proto, size_t sum_at)
{
	size_t head = p->six ? 40 : 20, addr = p->six ? 8 : 12;
	unsigned int sum;

	memmove(p->data + head, p->data, p->len);
	memset(p->data, 0, head);
	put_address(p->data + addr, p->six, p->from);
	put_address(p->data + addr + (p->six ? 16 : 4), p->six, p->to);
	if (p->six) {
		p->data[0] = 0x60;
		put16(p->data + 4, (unsigned int)p->len);
		p->data[6] = (uint8_t)proto;
		p->data[7] = 64;
	} else {
		p->data[0] = 0x45;
		put16(p->data + 2, (unsigned int)(p->len + head));
		p->data[5] = 1; /* else the host gives it an ID */
		p->data[8] = 64;
		p->data[9] = (uint8_t)proto;
		put16(p->data + 10, end_sum(add_sum(0, p->data, head)));
	}
	sum = add_sum(0, p->data + head, p->len);
	if (proto != IPPROTO_ICMP) {
		sum = add_sum(sum, p->data + addr, head - addr);
		sum += proto + (unsigned int)p->len;
	}
	put16(p->data + head + sum_at, end_sum(sum));
	p->len += head;
}

static void ends(struct packet *p, char **rest, bool ports)
{
	char *from = word(rest), *to = word(rest), *dot;

	p->from = (unsigned int)strtoul(from, &dot, 10);
	if (ports)
		put16(p->data, (unsigned int)strtoul(dot + 1, NULL, 10));
	p->to = (unsigned int)strtoul(to, &dot, 10);
	if (ports)
		put16(p->data + 2, (unsigned int)strtoul(dot + 1, NULL, 10));
}

/* One exchange: the client begins at 1000, the server at 5000. */
static void tcp(struct packet *p, char **rest)
{
	const char *flags;
	bool server;

	ends(p, rest, true);
	flags = word(rest);
	server = strchr(flags, 's') || strcmp(flags, "SA") == 0;
	put32(p->data + 4,
	      (server ? 5000U : 1000U) + (strchr(flags, 'S') ? 0U : 1U));
	if (strcmp(flags, "S") != 0)
		put32(p->data + 8, server ? 1001 : 5001);
	p->data[12] = 0x50;
	p->data[13] = (uint8_t)((strchr(flags, 'S') ? 2 : 0) |
				(strchr(flags, 'A') ? 16 : 0) |
				(strchr(flags, 'F') ? 17 : 0) |
				(strchr(flags, 'R') ? 20 : 0));
	put16(p->data + 14, 8192);
	p->len = 20;
	wrap(p, IPPROTO_TCP, 16);
}

static void udp(struct packet *p, char **rest)
{
	ends(p, rest, true);
	p->len = 8;
	put16(p->data + 4, 8);
	wrap(p, IPPROTO_UDP, 6);
}

static void echo(struct packet *p, char **rest, bool reply)
{
	ends(p, rest, false);
	if (p->six)
		p->data[0] = reply ? 129 : 128;
	else
		p->data[0] = reply ? 0 : 8;
	p->data[5] = 7;
	p->len = 8;
	wrap(p, p->six ? IPPROTO_ICMPV6 : IPPROTO_ICMP, 2);
}

static void make(struct packet *p, char **rest);

static void error(struct packet *p, char **rest)
{
	struct packet about;
	unsigned int type = number(rest), code = number(rest);

	ends(p, rest, false);
	make(&about, rest);
	memset(p->data, 0, 8);
	p->data[0] = (uint8_t)type;
	p->data[1] = (uint8_t)code;
	put16(p->data + 6, 1280); /* an MTU, where one belongs */
	memcpy(p->data + 8, about.data, about.len);
	p->len = 8 + about.len;
	wrap(p, p->six ? IPPROTO_ICMPV6 : IPPROTO_ICMP, 2);
}

static void tagged(struct packet *p, char **rest, char kind)
{
	unsigned int vlan = number(rest);

	make(p, rest);
	p->vlan = kind == 'g' ? 0 : vlan;
	p->seen = kind == 'l' ? 0 : vlan;
}

/* What is behind the IPv6 header is cut in the middle. */
static void fragment(struct packet *p, char **rest, bool later)
{
	size_t all, cut, from, size;

	make(p, rest);
	all = p->len - 40;
	cut = all / 16 * 8;
	from = later ? cut : 0;
	size = later ? all - cut : cut;
	memmove(p->data + 48, p->data + 40 + from, size);
	memset(p->data + 40, 0, 8);
	p->data[40] = p->data[6];
	put16(p->data + 42, later ? (unsigned int)cut : 1);
	put32(p->data + 44, p->from);
	p->data[6] = IPPROTO_FRAGMENT;
	p->len = 48 + size;
	put16(p->data + 4, (unsigned int)p->len - 40);
}

static void make(struct packet *p, char **rest)
{
	char *kind = word(rest);
	size_t len = strlen(kind);

	memset(p, 0, sizeof(*p));
	p->six = kind[len - 1] == '6';
	if (p->six)
		kind[len - 1] = '\0';
	if (strcmp(kind, "tcp") == 0)
		tcp(p, rest);
	else if (strcmp(kind, "udp") == 0)
		udp(p, rest);
	else if (strcmp(kind, "ping") == 0 || strcmp(kind, "pong") == 0)
		echo(p, rest, kind[1] == 'o');
	else if (strcmp(kind, "error") == 0)
		error(p, rest);
	else if (strcmp(kind, "vlan") == 0 || strcmp(kind, "gains") == 0 ||
		 strcmp(kind, "loses") == 0)
		tagged(p, rest, *kind);
	else if (strcmp(kind, "first") == 0 || strcmp(kind, "later") == 0)
		fragment(p, rest, *kind == 'l');
	else
		die(kind);
}

static size_t header_len(unsigned int vlan)
{
	return vlan ? 18 : 14;
}

static void to_frame(const struct packet *p, struct frame *f)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0, 0 };
	size_t head = header_len(p->vlan);

	*f = (struct frame){ .len = head + p->len };
	memcpy(f->data, mac, sizeof(mac));
	f->data[5] = (uint8_t)p->to;
	memcpy(f->data + 6, mac, sizeof(mac));
	f->data[11] = (uint8_t)p->from;
	if (p->vlan) {
		put16(f->data + 12, 0x8100);
		put16(f->data + 14, p->vlan);
	}
	put16(f->data + head - 2, p->six ? 0x86dd : 0x0800);
	memcpy(f->data + head, p->data, p->len);
}

/* What the host itself gets, behind all chains of iptables */
static int host_socket(const struct packet *p)
{
	unsigned int proto = p->data[p->six ? 6 : 9];

	return socket(p->six ? AF_INET6 : AF_INET,
		      SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, (int)proto);
}

static void send_from_host(const struct packet *p)
{
	int fd = socket(p->six ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC,
			IPPROTO_RAW);
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	int on = 1;

	memcpy(&six.sin6_addr, p->data + 24, 16);
	memcpy(&four.sin_addr, p->data + 16, 4);
	if (!p->six)
		setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &on, sizeof(on));
	if (sendto(fd, p->data, p->len, 0,
		   p->six ? (struct sockaddr *)&six : (struct sockaddr *)&four,
		   p->six ? sizeof(six) : sizeof(four)) < 0)
		perror("send from the host");
	close(fd);
}

/* The kernel may put a frame off when it is busy. */
static bool arrives(int fd, const struct packet *p, size_t skip, bool wait)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint8_t in[FRAME_MAX * 2];
	ssize_t n;

	while (poll(&pfd, 1, wait ? 2000 : 50) > 0) {
		n = read(fd, in, sizeof(in));
		/* taken apart again, it has another identification */
		if (p->six && p->data[6] == IPPROTO_FRAGMENT)
			memcpy(in + skip + 44, p->data + 44, 4);
		if (n >= (ssize_t)(skip + p->len) &&
		    memcmp(in + skip, p->data, p->len) == 0)
			return true;
		/* without an IPv6 header, or one that the kernel wrote */
		if (n > 0 && skip == 0 && p->six && (size_t)n == p->len - 40 &&
		    memcmp(in, p->data + 40, p->len - 40) == 0)
			return true;
	}
	return false;
}

static bool crosses(unsigned int from, unsigned int to, const struct packet *p,
		    bool wait)
{
	int fd = to ? fds[to] : host_socket(p);
	struct frame f;
	bool seen;

	if (fd < 0)
		die("no such tap, or no socket");
	to_frame(p, &f);
	if (!from)
		send_from_host(p);
	else if (write(fds[from], f.data, f.len) != (ssize_t)f.len)
		die("cannot write to a tap");
	seen = arrives(fd, p, to ? header_len(p->seen) : 0, wait);
	if (!to)
		close(fd);
	return seen;
}

static void do_line(char *line)
{
	char *rest = line, *ways = word(&rest), *want;
	struct packet p;
	bool seen;

	make(&p, &rest);
	want = word(&rest);
	seen = crosses((unsigned int)(ways[0] - '0'),
		       (unsigned int)(ways[2] - '0'), &p,
		       strcmp(want, "pass") == 0);
	printf("%s %s %s\n", want, seen ? "pass" : "drop", rest ? rest : "");
}

int main(void)
{
	char line[256], name[IFNAMSIZ];
	unsigned int i;

	for (i = 1; i <= MAX_TAPS; i++) {
		snprintf(name, sizeof(name), "tap%u", i);
		fds[i] = if_nametoindex(name) ? wire_open(name) : -1;
		if (fds[i] >= 0)
			wait_for_port(name);
	}
	wire_ready(fds[1], fds[2]);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] && line[0] != '#')
			do_line(line);
	}
	return 0;
}
