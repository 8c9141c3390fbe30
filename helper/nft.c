// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The nft backend: netdev chains on ingress and egress of the tap, and for
 * profiles that ask for connections, chains of the bridge family.
 *
 * The taps of one call are one transaction, see nft_target.c.
 */
#include <errno.h>
#include <string.h>

#include "backend.h"
#include "bridge_calls.h"
#include "log.h"
#include "nft_common.h"
#include "nft_linger.h"
#include "nft_ports.h"
#include "nft_stray.h"
#include "nft_target.h"

#define MAX_TRIES 100 /* while others change the rules */

/* The carriers of all its places have one connection. */
struct backend {
	enum place place;
	struct nft_conn *conn;
	struct nft_emptied emptied;
};

struct targets {
	struct nft_target *t;
	size_t n;
};

static void free_targets(struct targets *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		nft_target_free(&all->t[i]);
	free(all->t);
}

static int netdev_remove(struct backend *be, const char *tap)
{
	_cleanup_batch_ struct nft_batch t = { 0 };
	struct nft_present present;
	struct nft_names n;
	int rc;

	nft_names_init(&n, PLACE_NETDEV, tap);
	rc = nft_read_present(be->conn, &n, &present);
	if (rc < 0 || !nft_is_present(&present))
		return rc;
	rc = nft_batch_begin(&t, be->conn, 0);
	if (rc >= 0)
		rc = nft_delete_all(&t, &n, &present);
	if (rc >= 0)
		rc = nft_batch_commit(&t);
	if (rc < 0)
		return rc;
	be->conn->changed = true;
	nft_emptied_add(&be->emptied, n.table);
	return 0;
}

/*
 * What all taps have in common goes with the last of them: only if nobody
 * brought another one meanwhile.
 */
static int try_remove(struct backend *be, const struct nft_names *n)
{
	_cleanup_batch_ struct nft_batch t = { 0 };
	_cleanup_ports_ struct nft_ports ports = { 0 };
	const struct nft_common *k = nft_common_of(be->place);
	struct nft_common_now now;
	struct nft_present present;
	int rc;

	rc = nft_read_present(be->conn, n, &present);
	if (rc < 0 || !nft_is_present(&present))
		return rc;
	rc = nft_common_look(be->conn, k, &now);
	if (rc >= 0)
		rc = nft_ports_read(be->conn, k->table, &ports);
	if (rc >= 0)
		rc = nft_batch_begin(&t, be->conn, now.generation);
	if (rc < 0)
		return rc;
	t.family = n->family;
	if (nft_ports_other(&ports, n)) {
		rc = nft_ports_remove(&t, &ports, n, 0);
		if (rc >= 0)
			rc = nft_delete_all(&t, n, &present);
	} else {
		rc = nft_common_delete(&t, k, &now);
	}
	if (rc >= 0)
		rc = nft_batch_commit(&t);
	be->conn->changed |= rc >= 0;
	return rc;
}

static int common_remove(struct backend *be, const char *tap)
{
	struct nft_names n;
	int rc, tries = 0;

	rc = nft_common_there(be->conn, nft_common_of(be->place));
	if (rc <= 0)
		return rc;
	nft_names_init(&n, be->place, tap);
	do
		rc = try_remove(be, &n);
	while (rc == -ERESTART && ++tries < MAX_TRIES);
	if (rc == -ERESTART)
		log_errno(rc, "cannot remove the rules of %s", tap);
	return rc;
}

static int plan_all(enum place place, struct targets *all,
		    const struct backend_item *items, size_t n)
{
	int rc = 0;

	all->t = util_alloc(n, sizeof(*all->t));
	if (!all->t)
		return -ENOMEM;
	for (; rc >= 0 && all->n < n; all->n++)
		rc = nft_target_plan(&all->t[all->n], place, items[all->n].b,
				     &items[all->n].id);
	return rc;
}

/* Does the table of a target occur before it? */
static bool is_known(const struct targets *all, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (strcmp(all->t[j].names.table, all->t[i].names.table) == 0)
			return true;
	return false;
}

/* The chains of the bridge family, and what leads to them */
static int write_common(struct backend *be, const struct nft_common *k,
			struct targets *all, struct nft_batch *t)
{
	_cleanup_ports_ struct nft_ports ports = { 0 };
	struct nft_common_now now;
	size_t i;
	int rc = nft_common_look(be->conn, k, &now);

	if (rc >= 0)
		rc = all->n == 1 ?
			     nft_target_ports(be->conn, &all->t[0], &ports) :
			     nft_ports_read(be->conn, k->table, &ports);
	if (rc >= 0)
		rc = nft_batch_begin(t, be->conn, 0);
	if (rc >= 0)
		rc = nft_common_write(t, k, &now);
	for (i = 0; rc >= 0 && i < all->n; i++) {
		rc = nft_ports_remove(t, &ports, &all->t[i].names,
				      all->t[i].id.ifindex);
		if (rc >= 0)
			rc = nft_target_write(t, &all->t[i]);
		if (rc >= 0)
			rc = nft_ports_add(t, &all->t[i].names,
					   all->t[i].id.ifindex, k->sets);
	}
	return rc;
}

static int write_netdev(struct backend *be, struct targets *all,
			struct nft_batch *t)
{
	size_t i;
	int rc = nft_batch_begin(t, be->conn, 0);

	for (i = 0; rc >= 0 && i < all->n; i++)
		if (!is_known(all, i))
			rc = nft_add_table(t, all->t[i].names.table);
	for (i = 0; rc >= 0 && i < all->n; i++)
		rc = nft_target_write(t, &all->t[i]);
	return rc;
}

static int write_all(struct backend *be, struct targets *all,
		     struct nft_batch *t)
{
	const struct nft_common *k = nft_common_of(be->place);

	return k ? write_common(be, k, all, t) : write_netdev(be, all, t);
}

static int nft_remove(struct backend *be, const char *tap)
{
	return nft_common_of(be->place) ? common_remove(be, tap) :
					  netdev_remove(be, tap);
}

/* A packet of either IP version that is not shown to it has no state. */
static const struct bridge_need both_calls = { true, true };

static int bridge_ready(struct backend *be, const struct binding *b,
			uint32_t ifindex)
{
	int rc = bridge_calls_refuse(b, ifindex);

	(void)be;
	return rc < 0 ? rc : bridge_calls_switch(b, ifindex, &both_calls);
}

/* What was there before is gone: only a first try can be undone. */
static void undo_first(struct backend *be, const struct targets *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (!nft_is_present(&all->t[i].present) &&
		    nft_remove(be, all->t[i].names.tap) < 0)
			log_err("the rules of %s could not be removed",
				all->t[i].names.tap);
}

/* Is there what was sent?  If not, the first difference is told. */
static int verify_sent(struct backend *be, const struct nft_target *t)
{
	_cleanup_buf_ struct buf findings = { 0 };
	int rc = nft_target_verify(be->conn, t, &findings);

	if (rc == -EILSEQ)
		log_err("%s is not as it was sent: %.*s", t->names.tap,
			(int)strcspn(findings.data, "\n"), findings.data);
	return rc;
}

static int nft_apply(struct backend *be, const struct backend_item *items,
		     size_t n)
{
	_cleanup_(free_targets) struct targets all = { 0 };
	_cleanup_batch_ struct nft_batch t = { 0 };
	size_t i;
	int rc;

	rc = plan_all(be->place, &all, items, n);
	for (i = 0; rc >= 0 && i < n; i++)
		rc = nft_target_look(be->conn, &all.t[i]);
	if (rc >= 0)
		rc = write_all(be, &all, &t);
	if (rc >= 0)
		rc = nft_batch_commit(&t);
	if (rc < 0)
		return rc;
	be->conn->changed = true;
	for (i = 0; i < n; i++)
		nft_emptied_drop(&be->emptied, all.t[i].names.table);
	for (i = 0; rc >= 0 && i < n; i++)
		rc = verify_sent(be, &all.t[i]);
	if (rc < 0)
		undo_first(be, &all);
	return rc;
}

/* Does all that leads to the chains of a tap do so, and to them alone? */
static int verify_common(struct backend *be, const struct nft_common *k,
			 const struct nft_target *t, struct buf *findings)
{
	_cleanup_ports_ struct nft_ports ports = { 0 };
	size_t before = findings->len;
	int rc = nft_common_verify(be->conn, k, findings);

	if (rc >= 0)
		rc = nft_ports_find(be->conn, k->table, t->id.ifindex, &ports);
	if (rc >= 0 &&
	    !nft_ports_lead(&ports, &t->names, t->id.ifindex, k->sets))
		rc = buf_printf(findings,
				"the table bridge %s does not lead to the "
				"chains of %s\n",
				k->table, t->names.tap);
	/* that which is switched on before rules are put back */
	if (rc >= 0 && be->place == PLACE_BRIDGE)
		rc = bridge_calls_check(t->b, t->id.ifindex, &both_calls,
					findings);
	if (rc < 0 && rc != -EILSEQ)
		return rc;
	return findings->len > before ? -EILSEQ : 0;
}

static int nft_verify(struct backend *be, const struct binding *b,
		      const struct backend_tap *id, struct buf *findings)
{
	const struct nft_common *k = nft_common_of(be->place);
	const struct backend_item item = { .b = b, .id = *id };
	_cleanup_(free_targets) struct targets all = { 0 };
	_cleanup_batch_ struct nft_batch t = { 0 };
	bool differs;
	int rc;

	rc = plan_all(be->place, &all, &item, 1);
	/* Never sent: the digests are what is wanted. */
	if (rc >= 0)
		rc = write_all(be, &all, &t);
	if (rc < 0)
		return rc;
	rc = k ? verify_common(be, k, &all.t[0], findings) : 0;
	if (rc < 0 && rc != -EILSEQ)
		return rc;
	differs = rc == -EILSEQ;
	rc = nft_target_verify(be->conn, &all.t[0], findings);
	return rc == 0 && differs ? -EILSEQ : rc;
}

/* ---- all places ----------------------------------------------------------- */

static int nft_query(struct backend *be, const char *tap,
		     struct backend_tap *out)
{
	const struct nft_common *k = nft_common_of(be->place);
	struct nft_names n;
	int rc = k ? nft_common_there(be->conn, k) : 1;

	if (rc <= 0)
		return rc < 0 ? rc : -ENOENT;
	nft_names_init(&n, be->place, tap);
	return nft_read_query(be->conn, &n, out);
}

static int nft_strays(struct backend *be, uint32_t ifindex,
		      struct buf *findings)
{
	return nft_stray_find(be->conn, nft_common_of(be->place), ifindex,
			      findings);
}

static int nft_release(struct backend *be, uint32_t ifindex)
{
	return nft_stray_remove(be->conn, nft_common_of(be->place), ifindex);
}

static int nft_counters(struct backend *be, const struct binding *b,
			struct backend_counter **out, size_t *count)
{
	struct nft_names n;

	nft_names_init(&n, be->place, b->tap);
	return nft_read_counters(be->conn, &n, out, count);
}

static int nft_open(struct backend **out)
{
	struct backend *be = util_alloc(1, sizeof(*be));
	int rc = -ENOMEM;

	if (!be)
		return rc;
	be->place = PLACE_NETDEV;
	be->conn = util_alloc(1, sizeof(*be->conn));
	if (be->conn)
		rc = nft_conn_open(be->conn);
	if (rc >= 0) {
		*out = be;
		return 0;
	}
	if (be->conn)
		nft_conn_close(be->conn);
	free(be->conn);
	free(be);
	return rc;
}

static void nft_close(struct backend *be)
{
	if (!be)
		return;
	if (be->conn->changed)
		nft_linger(be->conn, &be->emptied);
	nft_conn_close(be->conn);
	free(be->conn);
	free(be);
}

static int join(enum place place, const struct backend *with,
		struct backend **out)
{
	*out = util_alloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	**out = (struct backend){ .place = place, .conn = with->conn };
	return 0;
}

static int ingress_join(const struct backend *with, struct backend **out)
{
	return join(PLACE_INGRESS, with, out);
}

static int marks_join(const struct backend *with, struct backend **out)
{
	return join(PLACE_BRIDGE, with, out);
}

static int track_join(const struct backend *with, struct backend **out)
{
	return join(PLACE_TRACK, with, out);
}

static void nft_leave(struct backend *be)
{
	free(be);
}

const struct backend_ops backend_nft = {
	.name = "nft",
	.open = nft_open,
	.close = nft_close,
	.query = nft_query,
	.apply = nft_apply,
	.verify = nft_verify,
	.remove = nft_remove,
	.counters = nft_counters,
};

#define JOINS(join_)                                                    \
	.join = (join_), .close = nft_leave, .query = nft_query,        \
	.apply = nft_apply, .verify = nft_verify, .remove = nft_remove, \
	.strays = nft_strays, .release = nft_release, .counters = nft_counters

const struct backend_ops backend_ingress = {
	.name = "nft bridge and ingress",
	JOINS(ingress_join),
};

const struct backend_ops backend_bridge = {
	.name = "nft bridge with marks",
	.ready = bridge_ready,
	JOINS(marks_join),
};

const struct backend_ops backend_track = {
	.name = "nft bridge with connection tracking",
	JOINS(track_join),
};
