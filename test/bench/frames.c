// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a frame costs on its way from tap to bridge to tap.
 *
 *	frames ROUNDS FRAMES KIND LABEL:SRC:DST...
 *
 * A write to a tap's descriptor carries the frame through the ingress hook,
 * the bridge and the egress hook of the other tap before it returns.  In each
 * round every pair of taps gets a burst of FRAMES frames in turn, so a drift
 * of the machine's speed meets all of them.  KIND is udp4, tcp4 or udp6.
 * Prints "LABEL median-ns difference-to-first-ns delivered sent"; the
 * difference is the median of the rounds' differences.
 */

#include <arpa/inet.h>
#include <netinet/if_ether.h>

#include "bench.h"

#define MAX_PAIRS 8
#define FRAME_LEN 98

struct pair {
	char *label;
	int src, dst;
	uint8_t frame[FRAME_LEN];
	uint64_t delivered;
	double *ns;
};

static unsigned int tap_number(const char *name)
{
	const char *digits = name + strcspn(name, "0123456789");

	return bench_uint(digits, 1, 0xffff);
}

static uint16_t checksum(const uint8_t *p, size_t len, uint32_t sum)
{
	for (; len > 1; len -= 2, p += 2)
		sum += (uint32_t)(p[0] << 8 | p[1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put_mac(uint8_t *p, unsigned int guest)
{
	static const uint8_t base[4] = { 0x52, 0x54, 0, 0 };

	memcpy(p, base, 4);
	put16(p + 4, guest);
}

/* Only what filters and the bridge look at has to be right. */
static void make_ip4(uint8_t *ip, unsigned int src, unsigned int dst, bool tcp)
{
	ip[0] = 0x45;
	put16(ip + 2, FRAME_LEN - ETH_HLEN);
	put16(ip + 4, 1);
	ip[8] = 64;
	ip[9] = tcp ? 6 : 17;
	ip[12] = ip[16] = 10;
	put16(ip + 14, src);
	put16(ip + 18, dst);
	put16(ip + 10, checksum(ip, 20, 0));
}

static void make_ip6(uint8_t *ip, unsigned int src, unsigned int dst)
{
	ip[0] = 0x60;
	put16(ip + 4, FRAME_LEN - ETH_HLEN - 40);
	ip[6] = 17;
	ip[7] = 64;
	ip[8] = ip[24] = 0xfd;
	put16(ip + 22, src);
	put16(ip + 38, dst);
}

static void make_frame(uint8_t *f, unsigned int src, unsigned int dst,
		       const char *kind)
{
	bool v6 = strcmp(kind, "udp6") == 0, tcp = strcmp(kind, "tcp4") == 0;
	uint8_t *l4 = f + ETH_HLEN + (v6 ? 40 : 20);

	memset(f, 0, FRAME_LEN);
	put_mac(f, dst);
	put_mac(f + ETH_ALEN, src);
	put16(f + 12, v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (v6)
		make_ip6(f + ETH_HLEN, src, dst);
	else
		make_ip4(f + ETH_HLEN, src, dst, tcp);
	put16(l4, 4000);
	put16(l4 + 2, 5001);
	if (tcp) {
		l4[12] = 5 << 4;
		l4[13] = 0x10;
	} else {
		put16(l4 + 4, (unsigned int)(f + FRAME_LEN - l4));
	}
}

static void open_pair(struct pair *p, char *spec, const char *kind)
{
	char *src, *dst = spec;

	p->label = strsep(&dst, ":");
	src = strsep(&dst, ":");
	if (!dst) {
		log_err("a pair is LABEL:SRC:DST");
		exit(2);
	}
	p->src = bench_open_tap(src, false);
	p->dst = bench_open_tap(dst, false);
	make_frame(p->frame, tap_number(src), tap_number(dst), kind);
}

/* Counts only the frame that was sent: hosts and bridges chatter, too. */
static uint64_t drain(struct pair *p)
{
	uint8_t buf[2048];
	uint64_t n = 0;
	ssize_t got;

	while ((got = read(p->dst, buf, sizeof(buf))) > 0)
		n += got == FRAME_LEN && memcmp(buf, p->frame, 12) == 0;
	return n;
}

static double burst(struct pair *p, unsigned int frames)
{
	uint64_t start = bench_now();
	unsigned int i;

	for (i = 0; i < frames; i++) {
		if (write(p->src, p->frame, FRAME_LEN) != FRAME_LEN) {
			log_errno(errno, "cannot send through %s", p->label);
			exit(1);
		}
	}
	return (double)(bench_now() - start) / frames;
}

static void swap(uint8_t *a, size_t n)
{
	uint8_t t[16];

	memcpy(t, a, n);
	memmove(a, a + n, n);
	memcpy(a + n, t, n);
}

/*
 * The bridge must know both ends, or the frame is flooded; and connection
 * tracking an answer, or each frame is of a new connection.
 */
static void teach(struct pair *p)
{
	uint8_t back[FRAME_LEN], *ip = back + ETH_HLEN;
	bool v6;

	memcpy(back, p->frame, FRAME_LEN);
	swap(back, ETH_ALEN);
	v6 = back[12] == ETH_P_IPV6 >> 8;
	swap(ip + (v6 ? 8 : 12), v6 ? 16 : 4);
	swap(ip + (v6 ? 40 : 20), 2);
	if (write(p->dst, back, FRAME_LEN) < 0)
		log_errno(errno, "cannot send through %s", p->label);
	put16(back + 12, 0x88b5);
	if (write(p->dst, back, FRAME_LEN) < 0)
		log_errno(errno, "cannot send through %s", p->label);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, unsigned int n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void print_pair(struct pair *p, struct pair *base, unsigned int rounds,
		       unsigned int frames)
{
	_cleanup_free_ double *diff = util_alloc(rounds, sizeof(double));
	unsigned int i;
	double d;

	if (!diff)
		exit(1);
	for (i = 0; i < rounds; i++)
		diff[i] = p->ns[i] - base->ns[i];
	d = median(diff, rounds);
	memcpy(diff, p->ns, rounds * sizeof(double));
	printf("%s %.0f %.0f %llu %llu\n", p->label, median(diff, rounds), d,
	       (unsigned long long)p->delivered,
	       (unsigned long long)rounds * frames);
}

int main(int argc, char **argv)
{
	struct pair pairs[MAX_PAIRS] = { 0 };
	unsigned int rounds, frames, r;
	size_t n, i;

	log_program("frames");
	if (argc < 5 || argc > 4 + MAX_PAIRS) {
		log_err("usage: frames ROUNDS FRAMES KIND LABEL:SRC:DST...");
		return 2;
	}
	rounds = bench_uint(argv[1], 1, 100000);
	frames = bench_uint(argv[2], 1, 900);
	n = (size_t)argc - 4;
	for (i = 0; i < n; i++) {
		open_pair(&pairs[i], argv[4 + i], argv[3]);
		pairs[i].ns = util_alloc(rounds, sizeof(double));
		if (!pairs[i].ns)
			return 1;
	}
	/* A bridge port forwards once its carrier has been noticed. */
	for (r = 0; r < 50 && drain(&pairs[0]) == 0; r++) {
		for (i = 0; i < n; i++) {
			teach(&pairs[i]);
			burst(&pairs[i], 10);
		}
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	}
	for (i = 0; i < n; i++) {
		drain(&pairs[i]);
		teach(&pairs[i]);
	}
	for (r = 0; r < rounds; r++) {
		for (i = 0; i < n; i++) {
			pairs[i].ns[r] = burst(&pairs[i], frames);
			pairs[i].delivered += drain(&pairs[i]);
		}
	}
	for (i = 0; i < n; i++)
		print_pair(&pairs[i], &pairs[0], rounds, frames);
	for (i = 0; i < n; i++)
		free(pairs[i].ns);
	return 0;
}
