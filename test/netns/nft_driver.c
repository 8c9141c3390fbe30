// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls a backend as the programs do, with rules from standard input; nft, or
 * xtables if that is the first argument:
 *
 *	nft_driver apply TAP[,TAP...] [TIMES]
 *					rules as text; prints the time it took
 *	nft_driver verify TAP		with the same rules
 *	nft_driver query TAP		prints the identity
 *	nft_driver counters TAP		prints what the rules met
 *	nft_driver remove TAP
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../backend_text.h"
#include "../binding_text.h"
#include "ebt.h"

#define MAX_TAPS 1024

static const struct backend_ops *ops = &backend_nft;

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* The rules of standard input for each of the taps, in one step */
static size_t read_items(char *taps, const char *text, struct binding *b,
			 struct backend_item *items)
{
	char *tap, *rest = taps;
	size_t n = 0;

	while ((tap = strsep(&rest, ",")) && n < MAX_TAPS) {
		text_binding(&b[n], tap, text);
		items[n] = (struct backend_item){
			.b = &b[n],
			.id = { .ifindex = if_nametoindex(tap),
				.owner = 4711,
				.uuid = { 0xaa, 0xbb },
				.digest = binding_digest(&b[n]) },
		};
		n++;
	}
	return n;
}

static int apply(struct backend *be, char *taps, unsigned long times)
{
	static struct backend_item items[MAX_TAPS];
	static struct binding b[MAX_TAPS];
	_cleanup_buf_ struct buf text = { 0 };
	double start;
	size_t n;
	int rc;

	rc = util_read_all(STDIN_FILENO, "standard input", 1 << 24, 0, &text);
	if (rc < 0)
		return rc;
	n = read_items(taps, text.data ? text.data : "", b, items);
	while (rc >= 0 && times-- > 0) {
		start = now_us();
		rc = ops->apply(be, items, n);
		printf("%.0f us\n", now_us() - start);
	}
	while (n-- > 0)
		binding_free(&b[n]);
	return rc;
}

static int verify(struct backend *be, char *tap)
{
	_cleanup_buf_ struct buf text = { 0 }, findings = { 0 };
	struct backend_item item;
	struct binding b = { 0 };
	int rc;

	rc = util_read_all(STDIN_FILENO, "standard input", 1 << 24, 0, &text);
	if (rc < 0)
		return rc;
	read_items(tap, text.data ? text.data : "", &b, &item);
	rc = ops->verify(be, &b, &item.id, &findings);
	if (findings.len)
		fwrite(findings.data, 1, findings.len, stderr);
	binding_free(&b);
	return rc;
}

static int run(int argc, char **argv)
{
	const char *op = argc > 1 ? argv[1] : "";
	char *tap = argv[argc > 2 ? 2 : 0];
	struct backend *be;
	double start;
	int rc;

	if (argc < 3 || ops->open(&be) < 0)
		return 2;
	if (strcmp(op, "apply") == 0)
		rc = apply(be, tap, argc > 3 ? strtoul(argv[3], NULL, 10) : 1);
	else if (strcmp(op, "query") == 0)
		rc = print_query(ops, be, tap);
	else if (strcmp(op, "counters") == 0)
		rc = print_counters(ops, be, tap);
	else if (strcmp(op, "verify") == 0)
		rc = verify(be, tap);
	else if (strcmp(op, "remove") == 0)
		rc = ops->remove(be, tap);
	else
		rc = -EINVAL;
	start = now_us();
	ops->close(be);
	printf("close %.0f us\n", now_us() - start);
	return rc < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	bool other = argc > 1 && strcmp(argv[1], "xtables") == 0;

	if (other)
		ops = &backend_ebt;
	return run(argc - other, argv + other);
}
