/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_IPT_WIRE_H
#define TF_TEST_IPT_WIRE_H

/* Frames over a bridge that hands its packets to iptables. */
#include "bridged.h"
#include "nft_wire.h"
#include "rule.h"

#define IPT_MAX_HELD 256

/* A frame that did not pass but should have */
struct ipt_held {
	struct frame f;
	enum direction dir;
};

/* The kernel wants the header's checksum to be right. */
static inline void ipt_fix_checksum(struct frame *f)
{
	size_t len = (f->data[14] & 0xf) * 4U, i;
	unsigned int sum = 0;

	if (f->len < 34 || f->data[12] != 0x08 || f->data[13] != 0 ||
	    f->len < 14 + len)
		return;
	f->data[24] = f->data[25] = 0;
	for (i = 14; i < 14 + len; i += 2)
		sum += (unsigned int)f->data[i] << 8 | f->data[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	f->data[24] = (uint8_t)(~sum >> 8);
	f->data[25] = (uint8_t)~sum;
}

/* The kernel cuts off what stands behind an IP packet. */
static inline bool ipt_crosses(int from, int to, const struct frame *f)
{
	uint8_t in[FRAME_MAX * 2];
	bool seen = false;
	ssize_t n;

	if (write(from, f->data, f->len) != (ssize_t)f->len) {
		perror("write to tap");
		exit(2);
	}
	while ((n = read(to, in, sizeof(in))) > 0)
		if ((size_t)n <= f->len && n >= 14 &&
		    memcmp(in, f->data, (size_t)n) == 0)
			seen = true;
	return seen;
}

static inline void ipt_report(const struct binding *b, const struct ipt_held *h,
			      bool seen)
{
	_cleanup_buf_ struct buf text = { 0 };
	size_t i;

	if (binding_format(b, &text) < 0)
		exit(2);
	printf("# %s frame %s\n# ", h->dir == DIR_OUT ? "out" : "in",
	       seen ? "passed" : "was dropped");
	for (i = 0; i < h->f.len; i++)
		printf("%02x", h->f.data[i]);
	printf("\n%s", text.data);
}

/* The same without rules: does only the kernel drop them? */
static inline unsigned int ipt_check_held(const struct binding *b,
					  const int *fd,
					  const struct ipt_held *held,
					  unsigned int n)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < n; i++) {
		const struct ipt_held *h = &held[i];

		if (ipt_crosses(fd[h->dir == DIR_IN], fd[h->dir == DIR_OUT],
				&h->f) &&
		    !bridged_is_cut(h->f.data, h->f.len) && !wrong++)
			ipt_report(b, h, false);
	}
	return wrong;
}

#endif /* TF_TEST_IPT_WIRE_H */
