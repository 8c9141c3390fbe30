// SPDX-License-Identifier: GPL-2.0-or-later
/* What a FilterEntry asks for beside its conditions: limits and a log */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "filterpool_draft.h"
#include "log.h"

#define DEFAULT_BURST 5
#define DEFAULT_LOG_RATE 10 /* in a second */

static int attr_fault(const struct draft *d, const struct xml_node *n,
		      const char *attr, const char *sentence)
{
	return log_at(d->file, n->line, "%s='%s' of <%s> %s", attr,
		      xml_attr(n, attr), n->qname, sentence);
}

/* A decimal number; -EINVAL, not reported */
static int read_number(const char *text, uint32_t min, uint32_t max,
		       uint32_t *out)
{
	uint64_t n;

	if (!util_parse_uint(text, min, max, &n) || text[1] == 'x')
		return -EINVAL;
	*out = (uint32_t)n;
	return 0;
}

/* "N/PERIOD"; -EINVAL, not reported */
static int read_rate(const char *text, struct rate *out)
{
	static const struct {
		const char *name;
		uint32_t seconds;
	} periods[] = {
		{ "second", 1 },
		{ "minute", 60 },
		{ "hour", 3600 },
		{ "day", 86400 },
	};
	const char *slash = strchr(text, '/');
	char number[sizeof("1000000")];
	size_t i, len = slash ? (size_t)(slash - text) : 0;

	if (!len || len >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, len);
	number[len] = '\0';
	for (i = 0; i < ARRAY_SIZE(periods); i++)
		if (strcmp(periods[i].name, slash + 1) == 0)
			out->seconds = periods[i].seconds;
	return out->seconds ?
		       read_number(number, 1, RATE_MAX_FRAMES, &out->frames) :
		       -EINVAL;
}

static int read_burst(const struct draft *d, const struct xml_node *n,
		      struct rate *out)
{
	const char *text = xml_attr(n, "burst");

	out->burst = DEFAULT_BURST;
	if (text && read_number(text, 1, RATE_MAX_BURST, &out->burst) < 0)
		return attr_fault(d, n, "burst",
				  "must be a number from 1 to 10000");
	return 0;
}

static int read_limit(const struct draft *d, const struct xml_node *n)
{
	const char *text = xml_attr(n, "rate");

	if (!text)
		return log_at(d->file, n->line,
			      "<%s> needs rate='N/second', for instance",
			      n->qname);
	if (read_rate(text, &d->out->limit) < 0)
		return attr_fault(d, n, "rate",
				  "must be N/second, N/minute, N/hour or N/day "
				  "with N from 1 to 1000000");
	return read_burst(d, n, &d->out->limit);
}

static int read_conns(const struct draft *d, const struct xml_node *n)
{
	const char *text = xml_attr(n, "max");

	if (!text)
		return log_at(d->file, n->line, "<%s> needs max='N'", n->qname);
	if (read_number(text, 1, RULE_MAX_CONNS, &d->out->conns) < 0)
		return attr_fault(d, n, "max",
				  "must be a number from 1 to 65535");
	return 0;
}

static int read_log_rate(const struct draft *d, const struct xml_node *n)
{
	struct rate *rate = &d->out->log.rate;
	const char *text = xml_attr(n, "rate");

	if (text && strcmp(text, "none") == 0)
		return xml_attr(n, "burst") ?
			       attr_fault(d, n, "burst",
					  "has no meaning beside rate='none'") :
			       0;
	*rate = (struct rate){ DEFAULT_LOG_RATE, 1, DEFAULT_BURST };
	if (text) {
		*rate = (struct rate){ 0 };
		if (read_rate(text, rate) < 0)
			return attr_fault(
				d, n, "rate",
				"must be none, or N/second, N/minute, "
				"N/hour or N/day with N from 1 to "
				"1000000");
	}
	return read_burst(d, n, rate);
}

static int read_log(const struct draft *d, const struct xml_node *n,
		    const char *name)
{
	const char *group = xml_attr(n, "group");
	const char *prefix = xml_attr(n, "prefix");
	struct rule_log *log = &d->out->log;
	uint32_t number = 0;

	log->on = true;
	if (group && read_number(group, 0, UINT16_MAX, &number) < 0)
		return attr_fault(d, n, "group",
				  "must be a number from 0 to 65535");
	log->group = (uint16_t)number;
	if (prefix && (!*prefix || !rule_prefix_ok(prefix)))
		return attr_fault(d, n, "prefix",
				  "must be 1 to 63 printable ASCII characters, "
				  "without quotation marks and dollar signs");
	if (prefix)
		memcpy(log->prefix, prefix, strlen(prefix));
	else
		snprintf(log->prefix, sizeof(log->prefix), "%.48s:%u ", name,
			 d->line);
	return read_log_rate(d, n);
}

/* An element that has attributes only, and stands once in an entry */
static int check_element(const struct draft *d, const struct xml_node *n,
			 unsigned int *seen, const char *const *attrs)
{
	int rc;

	if (*seen)
		return log_at(
			d->file, n->line,
			"a second <%s> in one <FilterEntry>; the first is "
			"in line %u",
			n->qname, *seen);
	*seen = n->line;
	rc = xml_only_attrs(d->file, n, attrs);
	if (rc == 0 && (!n->text || *n->text || n->child))
		rc = log_at(d->file, n->line,
			    "<%s> must be empty: it has attributes only",
			    n->qname);
	return rc;
}

int draft_read_more(struct draft *d, const struct xml_node *n, const char *name)
{
	static const char *const limit[] = { "rate", "burst", NULL };
	static const char *const conns[] = { "max", NULL };
	static const char *const log[] = { "group", "prefix", "rate", "burst",
					   NULL };
	int rc;

	if (xml_is(n, TF_NAMESPACE, "Limit")) {
		rc = check_element(d, n, &d->limit, limit);
		if (rc == 0)
			rc = read_limit(d, n);
	} else if (xml_is(n, TF_NAMESPACE, "ConnLimit")) {
		rc = check_element(d, n, &d->conns, conns);
		if (rc == 0)
			rc = read_conns(d, n);
	} else if (xml_is(n, TF_NAMESPACE, "Log")) {
		rc = check_element(d, n, &d->log, log);
		if (rc == 0)
			rc = read_log(d, n, name);
	} else {
		return 0;
	}
	return rc < 0 ? rc : 1;
}

/* Connections are known of whole, untagged IP packets. */
static int check_state(const struct draft *d, unsigned int line,
		       const char *element)
{
	int fragment = leaf_number(d, LEAF_FRAGMENT);

	if (!draft_is_ip(d))
		return log_at(d->file, line,
			      "<%s> needs a group of IP in its entry: "
			      "<IPHeadersFilter>, <tf:ICMPFilter> or "
			      "<tf:ICMPv6Filter>",
			      element);
	if (leaf_given(d, LEAF_VLAN_ID) || leaf_given(d, LEAF_VLAN_PCP))
		return log_at(d->file, line,
			      "<%s> cannot be in an entry that looks behind a "
			      "tag: connections are those of untagged packets",
			      element);
	if (fragment >= 0 && fragment != FRAGMENT_NONE)
		return log_at(d->file, line,
			      "<%s> cannot be in an entry for fragments: "
			      "connections are those of whole packets",
			      element);
	return 0;
}

int draft_check_more(const struct draft *d)
{
	unsigned int line = d->limit ? d->limit : d->conns;
	int rc = 0;

	if (line && d->out->verdict != VERDICT_ACCEPT)
		return log_at(d->file, line,
			      "<tf:%s> needs <Action>ACCEPT</Action>: what is "
			      "above it goes on to the next entry, which may "
			      "drop it",
			      d->limit ? "Limit" : "ConnLimit");
	if (leaf_given(d, LEAF_STATE))
		rc = check_state(d, d->leaf[LEAF_STATE].line, "tf:State");
	if (rc == 0 && d->conns)
		rc = check_state(d, d->conns, "tf:ConnLimit");
	return rc;
}
