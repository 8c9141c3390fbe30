// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of tapfilter-resolve */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "log.h"
#include "resolve.h"
#include "rule.h"
#include "util.h"

#define MAX_RULES_DEFAULT 4096

/**
 * struct words - Options that are numbers and addresses, as they were written;
 * NULL when not given
 */
struct words {
	const char *max_rules;
	const char *nic;
	const char *mac;
};

static const char *value_of(const char *arg, const char *name)
{
	size_t len = strlen(name);

	return strncmp(arg, name, len) == 0 ? arg + len : NULL;
}

static bool parse_source(const char *text, struct source *out)
{
	const char *colon = strchr(text, ':');
	char digits[12] = "";
	uint64_t fd;

	if (!colon || !colon[1] || (size_t)(colon - text) >= sizeof(digits))
		return false;
	memcpy(digits, text, (size_t)(colon - text));
	if (!util_parse_uint(digits, 0, INT_MAX, &fd) ||
	    fcntl((int)fd, F_GETFD) < 0)
		return false;
	out->fd = (int)fd;
	out->path = colon + 1;
	return true;
}

static int bad_source(const char *arg)
{
	log_err("%s: must be FD:PATH with an open descriptor", arg);
	return -EINVAL;
}

static int repeated(const char *arg)
{
	log_err("%s: given twice", arg);
	return -EINVAL;
}

static int add_dir(struct resolve_options *o, const char *arg,
		   const char *value)
{
	struct source s;

	if (!parse_source(value, &s))
		return bad_source(arg);
	if (o->ndirs == RESOLVE_MAX_DIRS) {
		log_err("%s: more than %d of them", arg, RESOLVE_MAX_DIRS);
		return -EINVAL;
	}
	o->dirs[o->ndirs].fd = s.fd;
	o->dirs[o->ndirs++].path = s.path;
	return 0;
}

/* The parsers of one argument: 0, 1 when it is not theirs, or -EINVAL. */

static int parse_flag(struct resolve_options *o, const char *arg)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "--help", &o->help },
		{ "--version", &o->version },
		{ "--text", &o->text },
		{ "--lenient", &o->lenient },
		{ "--honour-filterref", &o->honour_filterref },
		{ "--trusted-files", &o->trusted_files },
		{ "--identity", &o->identity },
		{ "--references", &o->references },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		if (strcmp(arg, flags[i].name) != 0)
			continue;
		if (*flags[i].flag)
			return repeated(arg);
		*flags[i].flag = true;
		return 0;
	}
	return 1;
}

static int parse_string(struct resolve_options *o, struct words *w,
			const char *arg)
{
	const struct {
		const char *name;
		const char **text;
	} strings[] = {
		{ "--default-profiles=", &o->default_profiles },
		{ "--domain-file=", &o->domain_file },
		{ "--name=", &o->name },
		{ "--tap=", &o->choice.tap },
		{ "--bridge=", &o->choice.bridge },
		{ "--nic=", &w->nic },
		{ "--mac=", &w->mac },
		{ "--max-rules=", &w->max_rules },
	};
	const char *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(strings); i++) {
		value = value_of(arg, strings[i].name);
		if (!value)
			continue;
		if (*strings[i].text)
			return repeated(arg);
		*strings[i].text = value;
		return 0;
	}
	return 1;
}

static int parse_file(struct resolve_options *o, const char *arg)
{
	const struct {
		const char *name;
		struct source *source;
	} files[] = {
		{ "--domain=", &o->domain },
		{ "--domain-dir=", &o->domain_dir },
		{ "--index=", &o->index },
		{ "--check=", &o->check },
	};
	const char *value = value_of(arg, "--template-dir=");
	size_t i;

	if (value)
		return add_dir(o, arg, value);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		value = value_of(arg, files[i].name);
		if (!value)
			continue;
		if (files[i].source->path)
			return repeated(arg);
		return parse_source(value, files[i].source) ? 0 :
							      bad_source(arg);
	}
	return 1;
}

static int parse_arg(struct resolve_options *o, struct words *w,
		     const char *arg)
{
	int rc = parse_flag(o, arg);

	if (rc > 0)
		rc = parse_string(o, w, arg);
	if (rc > 0)
		rc = parse_file(o, arg);
	if (rc <= 0)
		return rc;
	log_err("%s: no such option; --help lists them", arg);
	return -EINVAL;
}

static int read_choice(const struct words *w, struct domain_choice *c)
{
	uint8_t mac[FIELD_MAX_BYTES];
	uint64_t nic = 0;

	if (!!c->tap + !!w->nic + !!w->mac > 1) {
		log_err("only one of --tap, --nic and --mac can be given");
		return -EINVAL;
	}
	if (c->tap && !util_tap_name_ok(c->tap)) {
		log_err("--tap=%s: not the name of a tap", c->tap);
		return -EINVAL;
	}
	if (c->bridge && !util_tap_name_ok(c->bridge)) {
		log_err("--bridge=%s: not the name of a bridge", c->bridge);
		return -EINVAL;
	}
	if (w->nic &&
	    !util_parse_uint(w->nic, 0, DOMAIN_MAX_INTERFACES - 1, &nic)) {
		log_err("--nic=%s: must be a number from 0 to %d", w->nic,
			DOMAIN_MAX_INTERFACES - 1);
		return -EINVAL;
	}
	if (w->mac && !field_parse(field_get(FIELD_ETH_SRC), w->mac, mac)) {
		log_err("--mac=%s: must be a MAC address (52:54:00:00:00:01)",
			w->mac);
		return -EINVAL;
	}
	c->has_nic = w->nic;
	c->nic = nic;
	c->has_mac = w->mac;
	if (w->mac)
		memcpy(c->mac, mac, sizeof(c->mac));
	return 0;
}

static int read_limit(const char *text, unsigned int *out)
{
	uint64_t rules = MAX_RULES_DEFAULT;

	if (text && !util_parse_uint(text, 1, BINDING_MAX_RULES, &rules)) {
		log_err("--max-rules=%s: must be a number from 1 to %d", text,
			BINDING_MAX_RULES);
		return -EINVAL;
	}
	*out = (unsigned int)rules;
	return 0;
}

static int check_job(const struct resolve_options *o)
{
	bool domain = o->domain.path || o->domain_dir.path;
	int jobs = !!o->domain.path + !!o->domain_dir.path + !!o->index.path +
		   !!o->check.path;

	if (jobs != 1) {
		log_err("exactly one of --domain, --domain-dir, --index and "
			"--check is needed");
		return -EINVAL;
	}
	if (!o->domain_dir.path != !o->domain_file) {
		log_err("--domain-dir and --domain-file go together");
		return -EINVAL;
	}
	if (o->domain_file && !infile_name_ok(o->domain_file)) {
		log_err("--domain-file=%s: must be NAME.xml, without a slash "
			"or a leading dot",
			o->domain_file);
		return -EINVAL;
	}
	if (!domain && (domain_choice_given(&o->choice) || o->lenient)) {
		log_err("--tap, --nic, --mac, --bridge and --lenient go with a "
			"domain only");
		return -EINVAL;
	}
	if (o->references && !domain && !o->check.path) {
		log_err("--references goes with a domain or with --check");
		return -EINVAL;
	}
	if (o->name && !o->check.path) {
		log_err("--name goes with --check only");
		return -EINVAL;
	}
	return 0;
}

int resolve_parse(int argc, char **argv, struct resolve_options *out)
{
	struct words w = { 0 };
	size_t n;
	int i, rc = 0;

	for (i = 1; rc == 0 && i < argc; i++)
		rc = parse_arg(out, &w, argv[i]);
	if (rc < 0 || out->help || out->version)
		return rc;
	rc = read_choice(&w, &out->choice);
	if (rc == 0)
		rc = read_limit(w.max_rules, &out->max_rules);
	if (rc == 0)
		rc = check_job(out);
	for (n = 0; n < out->ndirs; n++)
		out->dirs[n].trusted = out->trusted_files;
	return rc;
}
