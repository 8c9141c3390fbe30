// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All that runs in the tests' guest.  On each of eth0 to eth3 that is there, or
 * comes later, it sends round after round: first frames that are not the
 * guest's to send, then honest ones.  So where an honest frame comes out, the
 * others of its round were sent before.  Its address is 10.0.0.N, where N is
 * the last byte of the card's MAC address.
 *
 * The last bytes of a frame are "TFe2", a letter for its kind, and N.  Kinds in
 * capital letters are honest.  The power button ends the guest.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/input.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FRAME_SIZE 80
#define MARK_AT (FRAME_SIZE - 6)
#define N_CARDS 4
#define N_EVENTS 8
#define ROUND_NS 30000000L

/**
 * struct card - A network card
 * @fd:		Packet socket, -1 for none
 * @index:	Its number; another one is another card
 */
struct card {
	int fd;
	int index;
	uint8_t mac[ETH_ALEN];
};

static const uint8_t peer[ETH_ALEN] = { 0x52, 0x54, 0, 0, 0, 0x99 };
static const uint8_t stranger[ETH_ALEN] = { 0x52, 0x54, 0, 0, 0, 0x77 };
static struct card cards[N_CARDS];
static int events[N_EVENTS];

/* ---- frames --------------------------------------------------------------- */

static uint8_t *put16(uint8_t *p, unsigned int n)
{
	*p++ = (uint8_t)(n >> 8);
	*p++ = (uint8_t)n;
	return p;
}

static uint8_t *put_ether(uint8_t *f, const uint8_t *to, const uint8_t *from,
			  unsigned int type)
{
	memcpy(f, to, ETH_ALEN);
	memcpy(f + ETH_ALEN, from, ETH_ALEN);
	return put16(f + 2 * ETH_ALEN, type);
}

static uint8_t *put_address(uint8_t *p, uint8_t last)
{
	const uint8_t address[4] = { 10, 0, 0, last };

	memcpy(p, address, sizeof(address));
	return p + sizeof(address);
}

/*
 * UDP without a checksum from 10.0.0.@last to 10.0.0.99, to the end of the
 * frame: a bridge may cut off what is beyond the packet.
 */
static void put_udp(const uint8_t *f, uint8_t *p, uint8_t last)
{
	unsigned int len = (unsigned int)(f + FRAME_SIZE - p);
	static const uint8_t head[12] = { 0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17 };
	uint8_t *end;
	uint32_t sum = 0;
	int i;

	memcpy(p, head, sizeof(head));
	put16(p + 2, len);
	end = put_address(put_address(p + sizeof(head), last), 99);
	for (i = 0; i < 20; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(p + 10, ~(sum + (sum >> 16)) & 0xffff);
	put16(put16(put16(put16(end, 4000), 5000), len - 20), 0);
}

static void put_arp(uint8_t *p, const uint8_t *mac, uint8_t last)
{
	static const uint8_t head[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };

	memcpy(p, head, sizeof(head));
	memcpy(p + sizeof(head), mac, ETH_ALEN);
	p = put_address(p + sizeof(head) + ETH_ALEN, last);
	put_address(p + ETH_ALEN, 99);
}

static void put_ip6(uint8_t *p)
{
	p[0] = 0x60;
	p[5] = FRAME_SIZE - ETH_HLEN - 40;
	p[6] = 59; /* nothing behind it */
	p[7] = 64;
	p[8] = 0xfe;
	p[9] = 0x80;
	p[23] = 1;
	p[24] = 0xff;
	p[25] = 2;
	p[39] = 1;
}

static void send_frame(const struct card *c, char kind)
{
	static const uint8_t all[ETH_ALEN] = { 255, 255, 255, 255, 255, 255 };
	const uint8_t *mac = c->mac;
	uint8_t f[FRAME_SIZE] = { 0 }, own = mac[5], *p;

	switch (kind) {
	case 'U':
		put_udp(f, put_ether(f, peer, mac, ETHERTYPE_IP), own);
		break;
	case 'A':
		put_arp(put_ether(f, all, mac, ETHERTYPE_ARP), mac, own);
		break;
	case 'm': /* another's MAC */
		put_udp(f, put_ether(f, peer, stranger, ETHERTYPE_IP), own);
		break;
	case 'i': /* another's address */
		put_udp(f, put_ether(f, peer, mac, ETHERTYPE_IP), 77);
		break;
	case 'a': /* ARP for another's address */
		put_arp(put_ether(f, all, mac, ETHERTYPE_ARP), mac, 77);
		break;
	case 's': /* ARP with another's MAC inside */
		put_arp(put_ether(f, all, mac, ETHERTYPE_ARP), stranger, own);
		break;
	case 'v': /* tagged */
		p = put_ether(f, peer, mac, ETHERTYPE_VLAN);
		put_udp(f, put16(put16(p, 0), ETHERTYPE_IP), 77);
		break;
	case '6':
		put_ip6(put_ether(f, peer, mac, ETHERTYPE_IPV6));
		break;
	case 'l': /* LLC and SNAP */
		p = put_ether(f, peer, mac, FRAME_SIZE - 14);
		p = put16(put16(put16(p, 0xaaaa), 0x0300), 0);
		put_udp(f, put16(p, ETHERTYPE_IP), 77);
		break;
	case 'x': /* a protocol of its own */
		put_ether(f, peer, mac, 0x88b5);
		break;
	default:
		return;
	}
	memcpy(f + MARK_AT, "TFe2", 4);
	f[MARK_AT + 4] = (uint8_t)kind;
	f[MARK_AT + 5] = own;
	if (write(c->fd, f, sizeof(f)) < 0)
		return; /* the card is about to go */
}

/* ---- cards ---------------------------------------------------------------- */

static void find_card(struct card *c, int control, int number)
{
	struct ifreq req = { 0 };
	struct sockaddr_ll at = { .sll_family = AF_PACKET };

	snprintf(req.ifr_name, sizeof(req.ifr_name), "eth%d", number);
	if (ioctl(control, SIOCGIFINDEX, &req) < 0)
		req.ifr_ifindex = 0;
	if (c->fd >= 0 && req.ifr_ifindex == c->index)
		return;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->index = at.sll_ifindex = req.ifr_ifindex;
	if (!c->index || ioctl(control, SIOCGIFHWADDR, &req) < 0)
		return;
	memcpy(c->mac, req.ifr_hwaddr.sa_data, ETH_ALEN);
	req.ifr_flags = IFF_UP;
	c->fd = socket(AF_PACKET, SOCK_RAW, 0); /* receives nothing */
	if (ioctl(control, SIOCSIFFLAGS, &req) < 0 || c->fd < 0 ||
	    bind(c->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		perror("card");
	printf("card eth%d\n", number);
}

static void run_card(struct card *c)
{
	static const char kinds[] = "miasv6lxAU";
	const char *k;

	for (k = kinds; c->fd >= 0 && *k; k++)
		send_frame(c, *k);
}

/* ---- the machine ---------------------------------------------------------- */

static void load_modules(void)
{
	char name[128];
	FILE *list = fopen("/modules", "r");
	int fd;

	while (list && fgets(name, sizeof(name), list)) {
		name[strcspn(name, "\n")] = '\0';
		fd = open(name, O_RDONLY);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
			perror(name);
		close(fd);
	}
	if (list)
		fclose(list);
}

static void look_at_button(void)
{
	struct input_event e;
	char name[32];
	int i;

	for (i = 0; i < N_EVENTS; i++) {
		if (events[i] < 0) {
			snprintf(name, sizeof(name), "/dev/input/event%d", i);
			events[i] = open(name, O_RDONLY | O_NONBLOCK);
		}
		if (events[i] >= 0 &&
		    read(events[i], &e, sizeof(e)) == sizeof(e) &&
		    e.type == EV_KEY && e.code == KEY_POWER) {
			puts("power off");
			reboot(RB_POWER_OFF);
		}
	}
}

int main(void)
{
	const struct timespec nap = { .tv_nsec = ROUND_NS };
	int control, i;

	if (mount("dev", "/dev", "devtmpfs", 0, NULL) < 0)
		perror("/dev");
	setvbuf(stdout, NULL, _IOLBF, 0);
	load_modules();
	for (i = 0; i < N_CARDS; i++)
		cards[i].fd = -1;
	for (i = 0; i < N_EVENTS; i++)
		events[i] = -1;
	control = socket(AF_INET, SOCK_DGRAM, 0);
	puts("ready");
	for (;;) {
		for (i = 0; i < N_CARDS; i++) {
			find_card(&cards[i], control, i);
			run_card(&cards[i]);
		}
		look_at_button();
		nanosleep(&nap, NULL);
	}
}
