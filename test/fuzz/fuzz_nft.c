// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nf_tables: whatever the kernel answers, nothing is read beyond it, and no
 * call takes an answer that it does not understand for a success.
 *
 * libnftnl ends the program when an attribute is not what it expects, for it
 * trusts the kernel.  Here that ends the input, and what was allocated for it is
 * released.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sanitizer/allocator_interface.h>
#include <setjmp.h>
#include <stdlib.h>

#include "../nft_calls.h"
#include "netlink.h"
#include "nft_linger.h"

#define MAX_LIVE 4096 /* more than any input needs */

static jmp_buf on_exit_call;
static volatile bool running;
static void *live[MAX_LIVE];
static size_t n_live;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No child for each input that removes something */
void nft_linger(struct nft_conn *c, const struct nft_emptied *e)
{
	(void)c;
	(void)e;
}

void exit(int status)
{
	void (*next)(int) __attribute__((noreturn));

	if (running)
		longjmp(on_exit_call, 1);
	*(void **)&next = dlsym(RTLD_NEXT, "exit");
	next(status);
}

static struct nlattr *find(const struct nlattr *nest, uint16_t type)
{
	struct nlattr *a, *found = NULL;

	mnl_attr_for_each_nested(a, nest)
	{
		if (mnl_attr_get_type(a) == type)
			found = a;
	}
	return found;
}

static bool verdict_ok(const struct nlattr *verdict)
{
	const struct nlattr *code = find(verdict, NFTA_VERDICT_CODE);
	int n;

	if (!code || mnl_attr_get_payload_len(code) < sizeof(n))
		return false;
	n = (int)ntohl(mnl_attr_get_u32(code));
	return (n != NFT_JUMP && n != NFT_GOTO) ||
	       find(verdict, NFTA_VERDICT_CHAIN);
}

/* All that may be a value, with a verdict in it */
static bool values_ok(const struct nlattr *nest)
{
	struct nlattr *a, *verdict;

	mnl_attr_for_each_nested(a, nest)
	{
		verdict = find(a, NFTA_DATA_VERDICT);
		if (verdict && !verdict_ok(verdict))
			return false;
	}
	return true;
}

static bool exprs_ok(const struct nlattr *list)
{
	struct nlattr *a, *data;

	mnl_attr_for_each_nested(a, list)
	{
		data = find(a, NFTA_EXPR_DATA);
		if (!find(a, NFTA_EXPR_NAME) || (data && !values_ok(data)))
			return false;
	}
	return true;
}

static bool elements_ok(const struct nlattr *list)
{
	struct nlattr *a;

	mnl_attr_for_each_nested(a, list)
	{
		if (!values_ok(a))
			return false;
	}
	return true;
}

/*
 * Where the name of an expression or the target of a jump is missing, libnftnl
 * follows a pointer that nobody set.  How an answer is read depends on what was
 * asked, not on the type that it has.
 */
static bool fake_takes(const struct nlmsghdr *nlh)
{
	const bool rules = (fake.asked & 0xff) == NFT_MSG_GETRULE;
	const bool elements = (fake.asked & 0xff) == NFT_MSG_GETSETELEM;
	struct nlattr *a;

	if (nlh->nlmsg_type < NLMSG_MIN_TYPE ||
	    nlh->nlmsg_len < NLMSG_LENGTH(sizeof(struct nfgenmsg)))
		return true;
	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg))
	{
		if (rules && mnl_attr_get_type(a) == NFTA_RULE_EXPRESSIONS &&
		    !exprs_ok(a))
			return false;
		if (elements &&
		    mnl_attr_get_type(a) == NFTA_SET_ELEM_LIST_ELEMENTS &&
		    !elements_ok(a))
			return false;
	}
	return true;
}

static void on_malloc(const volatile void *p, size_t size)
{
	(void)size;
	if (!running)
		return;
	if (n_live == MAX_LIVE)
		abort();
	memcpy(&live[n_live++], &p, sizeof(p));
}

static void on_free(const volatile void *p)
{
	size_t i;

	for (i = n_live; running && i-- > 0;) {
		if (live[i] == p) {
			live[i] = live[--n_live];
			return;
		}
	}
}

static void call(unsigned int which, const struct binding *b)
{
	struct backend *be;

	if (backend_nft.open(&be) < 0)
		abort();
	if (call_nft(be, which, b) > 0)
		abort();
	backend_nft.close(be);
}

/* All but what libc keeps: the text of an error without a name */
static void release_all(void)
{
	const void *kept = strerror(4000);

	running = false;
	fake_release();
	while (n_live-- > 0)
		if (live[n_live] != kept)
			free(live[n_live]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct binding b;

	if (!b.nrules) {
		text_binding(&b, "tap0", call_rules);
		if (!__sanitizer_install_malloc_and_free_hooks(on_malloc,
							       on_free))
			abort();
	}
	if (!size)
		return 0;
	fake_begin(data + 1, size - 1);
	n_live = 0;
	running = true;
	if (setjmp(on_exit_call) == 0) {
		call(data[0] % NFT_CALLS, &b);
		running = false;
		return 0;
	}
	release_all();
	return 0;
}
