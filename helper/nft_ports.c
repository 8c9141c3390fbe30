// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way from a port to the chains of its tap: one look-up, however many taps
 * there are.  An element stays when the chains get other rules.
 */
#include <stdio.h> /* libnftnl/set.h needs it */

#include <errno.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "log.h"
#include "nft_ports.h"

#define REQUEST_SIZE 1024
#define MAX_TRIES 100 /* while others change the rules */
#define NFT_TYPE_IFINDEX 20 /* of nft(8), for its listings */
#define NFT_TYPE_VERDICT 0xffffff00 /* of the kernel */

const char *nft_ports_name(enum nft_ports_set set)
{
	static const char *const names[] = {
		[PORTS_IN] = "in",
		[PORTS_OUT] = "out",
		[PORTS_GUESTS] = "guests",
	};

	return names[set];
}

void nft_ports_free(struct nft_ports *p)
{
	unsigned int i;

	for (i = 0; i < PORTS_COUNT; i++)
		free(p->all[i]);
	*p = (struct nft_ports){ 0 };
}

/* ---- what is there -------------------------------------------------------- */

struct reader {
	struct nft_port **all;
	size_t *n;
};

static int take_elem(struct nftnl_set_elem *e, void *data)
{
	const struct reader *r = data;
	struct nft_port *slot = util_grow(r->all, *r->n, sizeof(*slot));
	const char *chain = NULL;
	const void *key;
	uint32_t len = 0;

	if (!slot)
		return -1;
	key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &len);
	if (!key || len != sizeof(slot->ifindex))
		return 0;
	memcpy(&slot->ifindex, key, len);
	if (nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_CHAIN))
		chain = nftnl_set_elem_get_str(e, NFTNL_SET_ELEM_CHAIN);
	snprintf(slot->chain, sizeof(slot->chain), "%s", chain ? chain : "");
	++*r->n;
	return 0;
}

static int elems_cb(const struct nlmsghdr *nlh, void *data)
{
	struct nftnl_set *s = nftnl_set_alloc();
	int rc = -1;

	if (s && nftnl_set_elems_nlmsg_parse(nlh, s) >= 0)
		rc = nftnl_set_elem_foreach(s, take_elem, data);
	if (s)
		nftnl_set_free(s);
	return rc < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

static int read_failed(int rc, const char *table, enum nft_ports_set set)
{
	if (rc >= 0 || rc == -ENOENT)
		return 0;
	return log_errno(rc, "cannot read the set %s of the table %s",
			 nft_ports_name(set), table);
}

static int read_set(struct nft_conn *c, const char *table,
		    enum nft_ports_set set, struct nft_ports *out)
{
	struct reader r = { .all = &out->all[set], .n = &out->n[set] };
	_Alignas(8) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh;
	int rc, tries = 0;

	do {
		out->n[set] = 0;
		nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETSETELEM,
					    NFPROTO_BRIDGE, NLM_F_DUMP, 0);
		mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, table);
		mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET,
				  nft_ports_name(set));
		rc = nft_conn_request(c, nlh, elems_cb, &r);
	} while (rc == -EINTR && ++tries < MAX_TRIES);
	return read_failed(rc, table, set);
}

int nft_ports_read(struct nft_conn *c, const char *table, struct nft_ports *out)
{
	enum nft_ports_set set;
	int rc = 0;

	for (set = 0; rc >= 0 && set < PORTS_COUNT; set++)
		rc = read_set(c, table, set, out);
	return rc;
}

/* The chains of a tap that ports are led to, by each map */
struct led {
	char chain[PORTS_GUESTS][NFT_NAME_SIZE];
};

static void name_chains(const struct nft_names *n, struct led *out)
{
	nft_chain_name(n, DIR_IN, 0, out->chain[PORTS_IN]);
	nft_chain_name(n, DIR_OUT, 0, out->chain[PORTS_OUT]);
}

static bool leads_to(const struct nft_port *p, unsigned int set,
		     const struct led *led)
{
	return strcmp(p->chain, led->chain[set]) == 0;
}

bool nft_ports_lead(const struct nft_ports *p, const struct nft_names *n,
		    uint32_t ifindex, unsigned int sets)
{
	unsigned int set, found = 0;
	struct led led = { 0 };
	size_t i;

	name_chains(n, &led);
	for (set = 0; set < PORTS_COUNT; set++)
		for (i = 0; i < p->n[set]; i++)
			if (p->all[set][i].ifindex == ifindex &&
			    (set == PORTS_GUESTS ||
			     leads_to(&p->all[set][i], set, &led)))
				found |= 1U << set;
	return found == sets;
}

bool nft_ports_other(const struct nft_ports *p, const struct nft_names *n)
{
	unsigned int set;
	struct led led = { 0 };
	size_t i;

	name_chains(n, &led);
	for (set = 0; set < PORTS_GUESTS; set++)
		for (i = 0; i < p->n[set]; i++)
			if (!leads_to(&p->all[set][i], set, &led))
				return true;
	return false;
}

/* ---- messages ------------------------------------------------------------- */

static int out_of_memory(void)
{
	return log_errno(ENOMEM, "cannot make a set of ports");
}

static struct nftnl_set *new_set(const char *table, enum nft_ports_set set)
{
	struct nftnl_set *s = nftnl_set_alloc();

	if (s && nftnl_set_set_str(s, NFTNL_SET_TABLE, table) >= 0 &&
	    nftnl_set_set_str(s, NFTNL_SET_NAME, nft_ports_name(set)) >= 0)
		return s;
	if (s)
		nftnl_set_free(s);
	out_of_memory();
	return NULL;
}

/* A set with the element of one port; @chain: where it leads to, or NULL */
static struct nftnl_set *new_elem(const char *table, enum nft_ports_set set,
				  uint32_t ifindex, const char *chain)
{
	struct nftnl_set *s = new_set(table, set);
	struct nftnl_set_elem *e;

	if (!s)
		return NULL;
	e = nftnl_set_elem_alloc();
	if (e)
		nftnl_set_elem_add(s, e);
	if (!e ||
	    nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, &ifindex,
			       sizeof(ifindex)) < 0 ||
	    (chain &&
	     nftnl_set_elem_set_str(e, NFTNL_SET_ELEM_CHAIN, chain) < 0)) {
		nftnl_set_free(s);
		out_of_memory();
		return NULL;
	}
	if (chain)
		nftnl_set_elem_set_u32(e, NFTNL_SET_ELEM_VERDICT,
				       (uint32_t)NFT_GOTO);
	return s;
}

static int find_elem(struct nft_conn *c, const char *table,
		     enum nft_ports_set set, uint32_t ifindex,
		     struct nft_ports *out)
{
	struct reader r = { .all = &out->all[set], .n = &out->n[set] };
	struct nftnl_set *s = new_elem(table, set, ifindex, NULL);
	_Alignas(8) char buf[REQUEST_SIZE];
	struct nlmsghdr *nlh;
	int rc;

	if (!s)
		return -ENOMEM;
	nlh = nftnl_nlmsg_build_hdr(buf, NFT_MSG_GETSETELEM, NFPROTO_BRIDGE, 0,
				    0);
	nftnl_set_elems_nlmsg_build_payload(nlh, s);
	nftnl_set_free(s);
	rc = nft_conn_request(c, nlh, elems_cb, &r);
	/* a set of this name whose keys are no ports is not ours */
	return rc == -EINVAL ? 0 : read_failed(rc, table, set);
}

int nft_ports_find(struct nft_conn *c, const char *table, uint32_t ifindex,
		   struct nft_ports *out)
{
	enum nft_ports_set set;
	int rc = 0;

	for (set = 0; rc >= 0 && set < PORTS_COUNT; set++)
		rc = find_elem(c, table, set, ifindex, out);
	return rc;
}

int nft_ports_make(struct nft_batch *t, const char *table, unsigned int sets)
{
	enum nft_ports_set set;
	struct nlmsghdr *nlh;
	struct nftnl_set *s;
	int rc = 0;

	for (set = 0; rc >= 0 && set < PORTS_COUNT; set++) {
		if (!(sets & 1U << set))
			continue;
		s = new_set(table, set);
		if (!s)
			return -ENOMEM;
		nftnl_set_set_u32(s, NFTNL_SET_FAMILY, t->family);
		nftnl_set_set_u32(s, NFTNL_SET_ID, ++t->nsets);
		nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, NFT_TYPE_IFINDEX);
		nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, sizeof(uint32_t));
		nftnl_set_set_u32(s, NFTNL_SET_FLAGS,
				  set == PORTS_GUESTS ? 0 : NFT_SET_MAP);
		if (set != PORTS_GUESTS) {
			nftnl_set_set_u32(s, NFTNL_SET_DATA_TYPE,
					  NFT_TYPE_VERDICT);
			nftnl_set_set_u32(s, NFTNL_SET_DATA_LEN, 0);
		}
		rc = nft_set_byteorder(s, NFT_BYTEORDER_HOST);
		nlh = nft_batch_new(t, NFT_MSG_NEWSET, NLM_F_CREATE);
		nftnl_set_nlmsg_build_payload(nlh, s);
		nftnl_set_free(s);
		if (rc < 0)
			return rc;
		rc = nft_batch_add(t, nlh, NFT_STEP_SET, NULL);
	}
	return rc;
}

/* @chain: where it leads to, NULL in the set and where it is deleted */
static int send_elem(struct nft_batch *t, const char *table, uint16_t type,
		     enum nft_ports_set set, uint32_t ifindex,
		     const char *chain)
{
	struct nftnl_set *s = new_elem(table, set, ifindex, chain);
	struct nlmsghdr *nlh;

	if (!s)
		return -ENOMEM;
	nlh = nft_batch_new(t, type,
			    type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
	nftnl_set_elems_nlmsg_build_payload(nlh, s);
	nftnl_set_free(s);
	return nft_batch_add(t, nlh, chain ? NFT_STEP_SET : NFT_STEP_DELETE,
			     NULL);
}

int nft_ports_add(struct nft_batch *t, const struct nft_names *n,
		  uint32_t ifindex, unsigned int sets)
{
	char chain[NFT_NAME_SIZE];
	enum nft_ports_set set;
	int rc = 0;

	for (set = 0; rc >= 0 && set < PORTS_COUNT; set++) {
		if (!(sets & 1U << set))
			continue;
		nft_chain_name(n, set == PORTS_OUT ? DIR_OUT : DIR_IN, 0,
			       chain);
		rc = send_elem(t, n->table, NFT_MSG_NEWSETELEM, set, ifindex,
			       set == PORTS_GUESTS ? NULL : chain);
	}
	return rc;
}

/* The numbers of a tap's ports, of which there are few: the maps say it */
struct numbers {
	uint32_t *all;
	size_t n;
};

static int find_numbers(const struct nft_ports *p, const struct led *led,
			struct numbers *out)
{
	unsigned int set;
	uint32_t *slot;
	size_t i;

	for (set = 0; set < PORTS_GUESTS; set++)
		for (i = 0; i < p->n[set]; i++) {
			if (!leads_to(&p->all[set][i], set, led))
				continue;
			slot = util_grow(&out->all, out->n, sizeof(*slot));
			if (!slot)
				return -ENOMEM;
			*slot = p->all[set][i].ifindex;
			out->n++;
		}
	return 0;
}

static bool has_number(const struct numbers *of, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < of->n; i++)
		if (of->all[i] == ifindex)
			return true;
	return false;
}

/*
 * Must an element go, such that those that nft_ports_add() sends can be?
 * Whatever leads the port that is kept elsewhere is of a former name of it.
 */
static bool is_wrong(const struct nft_port *one, unsigned int set,
		     const struct led *led, const struct numbers *ours,
		     uint32_t keep)
{
	bool own = set == PORTS_GUESTS ? has_number(ours, one->ifindex) :
					 leads_to(one, set, led);

	if (!one->ifindex)
		return false;
	if (own)
		return one->ifindex != keep;
	return set != PORTS_GUESTS && one->ifindex == keep;
}

int nft_ports_remove(struct nft_batch *t, struct nft_ports *p,
		     const struct nft_names *n, uint32_t keep)
{
	struct numbers ours = { 0 };
	struct nft_port *one;
	unsigned int set;
	struct led led = { 0 };
	size_t i;
	int rc;

	name_chains(n, &led);
	rc = find_numbers(p, &led, &ours);
	for (set = 0; set < PORTS_COUNT; set++)
		for (i = 0; rc >= 0 && i < p->n[set]; i++) {
			one = &p->all[set][i];
			if (!is_wrong(one, set, &led, &ours, keep))
				continue;
			rc = send_elem(t, n->table, NFT_MSG_DELSETELEM, set,
				       one->ifindex, NULL);
			one->ifindex = 0;
		}
	free(ours.all);
	return rc;
}

int nft_ports_clear(struct nft_batch *t, const char *table,
		    const struct nft_ports *p)
{
	enum nft_ports_set set;
	int rc = 0;
	size_t i;

	for (set = 0; set < PORTS_COUNT; set++)
		for (i = 0; rc >= 0 && i < p->n[set]; i++)
			rc = send_elem(t, table, NFT_MSG_DELSETELEM, set,
				       p->all[set][i].ifindex, NULL);
	return rc;
}
