// SPDX-License-Identifier: GPL-2.0-or-later
/* tapfilter stats: figures for a monitoring system, in Prometheus' text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/) */
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "admin_drops.h"
#include "admin_view.h"

/*
 * A label's value; backslash, quote and line feed are escaped.  Readers refuse
 * all of it for one byte that is not UTF-8, which the kernel allows in names.
 */
static int add_label(struct buf *out, const char *name, const char *value)
{
	int rc = buf_printf(out, "%s%s=\"",
			    out->data[out->len - 1] == '{' ? "" : ",", name);
	size_t n;

	for (; rc >= 0 && *value; value += n ? n : 1) {
		n = util_utf8_length((const unsigned char *)value,
				     strlen(value));
		if (!n)
			rc = buf_printf(out, "\\\\x%02X",
					(unsigned char)*value);
		else if (*value == '\n')
			rc = buf_add(out, "\\n", 2);
		else if (*value == '\\' || *value == '"')
			rc = buf_printf(out, "\\%c", *value);
		else
			rc = buf_add(out, value, n);
	}
	return rc < 0 ? rc : buf_add(out, "\"", 1);
}

static int add_head(struct buf *out, const char *name, const char *type,
		    const char *help)
{
	return buf_printf(out,
			  "# HELP tapfilter_%s %s\n# TYPE tapfilter_%s %s\n",
			  name, help, name, type);
}

/* The start of a sample, up to the label of the tap */
static int add_name(struct buf *out, const char *name,
		    const struct admin_tap *t)
{
	int rc = buf_printf(out, "tapfilter_%s{", name);

	return rc < 0 ? rc : add_label(out, "tap", t->name);
}

static int add_value(struct buf *out, uint64_t n)
{
	return buf_printf(out, "} %llu\n", (unsigned long long)n);
}

static int add_info(struct buf *out, const struct admin_taps *all,
		    const struct admin_tap *t)
{
	const struct binding *b = &t->record.binding;
	const char *bridge = view_bridge(all, t);
	char mac[FIELD_TEXT_MAX], uuid[UTIL_UUID_SIZE];
	int rc;

	view_mac(b->mac, mac);
	util_format_uuid(b->uuid, uuid);
	rc = add_name(out, "tap_info", t);
	if (rc >= 0)
		rc = add_label(out, "bridge", bridge ? bridge : "");
	if (rc >= 0)
		rc = add_label(out, "domain", b->domain);
	if (rc >= 0)
		rc = add_label(out, "mac", mac);
	if (rc >= 0)
		rc = add_label(out, "uuid", uuid);
	return rc < 0 ? rc : add_value(out, 1);
}

/* Gone, and another device has the name: that one is told of. */
static bool is_replaced(const struct admin_taps *all, const struct admin_tap *t)
{
	size_t i;

	for (i = 0; t->state == TAP_GONE && i < all->n; i++)
		if (&all->taps[i] != t &&
		    strcmp(all->taps[i].name, t->name) == 0)
			return true;
	return false;
}

static int add_states(struct buf *out, const struct admin_taps *all,
		      const struct admin_tap *t)
{
	enum tap_state s;
	int rc = 0;

	if (is_replaced(all, t))
		return 0;

	for (s = TAP_FILTERED; rc >= 0 && s <= TAP_UNFILTERED; s++) {
		rc = add_name(out, "tap_state", t);
		if (rc >= 0)
			rc = add_label(out, "state", view_state_word(s));
		if (rc >= 0)
			rc = add_value(out, t->state == s);
	}
	return rc;
}

static int add_drops(struct buf *out, const struct admin_tap *t,
		     const char *name, bool bytes)
{
	struct drop_sums sums;
	const struct drop_sum *sum;
	enum direction dir;
	enum drop_class c;
	int rc = 0;

	drop_sums_make(&t->record.binding, t->counters, t->ncounters, &sums);
	for (c = 0; c < DROP_CLASSES; c++)
		for (dir = DIR_IN; rc >= 0 && dir <= DIR_OUT; dir++) {
			sum = &sums.by[dir][c];
			if (!sum->known)
				continue;
			rc = add_name(out, name, t);
			if (rc >= 0)
				rc = add_label(out, "direction",
					       dir == DIR_OUT ? "out" : "in");
			if (rc >= 0)
				rc = add_label(out, "class",
					       drop_class_name(c));
			if (rc >= 0)
				rc = add_value(out, bytes ? sum->bytes :
							    sum->packets);
		}
	return rc;
}

/* Samples of one name stand together, so each goes over all taps. */
static int add_all_drops(struct buf *out, const struct admin_taps *all,
			 bool bytes)
{
	const char *name = bytes ? "dropped_bytes_total" :
				   "dropped_packets_total";
	size_t i;
	int rc;

	rc = add_head(out, name, "counter",
		      bytes ? "Bytes of the frames that the rules of a tap "
			      "dropped." :
			      "Frames that the rules of a tap dropped.");
	for (i = 0; rc >= 0 && i < all->n; i++)
		if (all->taps[i].counted)
			rc = add_drops(out, &all->taps[i], name, bytes);
	return rc;
}

static int write_prometheus(struct buf *out, const struct admin_taps *all)
{
	const struct admin_tap *t = all->taps, *end = t + all->n;
	int rc;

	rc = add_head(out, "tap_info", "gauge",
		      "What was brought up on a tap; always 1.");
	for (; rc >= 0 && t < end; t++)
		if (admin_tap_has_record(t))
			rc = add_info(out, all, t);
	if (rc >= 0)
		rc = add_head(out, "tap_state", "gauge",
			      "1 for the state that a tap is in, 0 for the "
			      "others.");
	for (t = all->taps; rc >= 0 && t < end; t++)
		rc = add_states(out, all, t);
	if (rc >= 0)
		rc = add_head(out, "tap_since_timestamp_seconds", "gauge",
			      "When a tap was brought up.");
	for (t = all->taps; rc >= 0 && t < end; t++) {
		if (!admin_tap_has_record(t))
			continue;
		rc = add_name(out, "tap_since_timestamp_seconds", t);
		if (rc >= 0)
			rc = add_value(out, (uint64_t)t->record.since);
	}
	if (rc >= 0)
		rc = add_all_drops(out, all, false);
	return rc < 0 ? rc : add_all_drops(out, all, true);
}

int cmd_stats(int argc, char **argv)
{
	_cleanup_taps_ struct admin_taps all = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	struct admin_view v;
	int rc;

	rc = admin_view_parse(argc, argv, VIEW_PROMETHEUS, &v);
	if (rc != EXIT_SUCCESS)
		return rc;
	if (v.tap || v.given != VIEW_PROMETHEUS)
		return admin_usage(argv[0], "say --prometheus, and no tap");
	rc = admin_view_load(&v, TAPS_COUNTERS, &all);
	if (rc != EXIT_SUCCESS)
		return rc;
	/* Half of it would be taken for all. */
	if (write_prometheus(&text, &all) < 0)
		return EXIT_FAILURE;
	fwrite(text.data, 1, text.len, stdout);
	return EXIT_SUCCESS;
}
