// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-resolve: domain XML and profiles to rules.
 *
 * The only program that sees XML.  It needs no privilege and opens no path of
 * its own: files and directories come as open descriptors, and what it says
 * goes to standard output as flat records that the reader checks.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "domain.h"
#include "expand.h"
#include "index.h"
#include "log.h"
#include "rule.h"
#include "util.h"
#include "xml.h"

#define EXIT_USAGE 2
#define MAX_DIRS 64
#define MAX_RULES_DEFAULT 4096
#define PIPE_DEADLINE_MS 10000

/* A descriptor, and the path that it was opened by */
struct source {
	int fd;
	const char *path; /* NULL: not given */
};

struct options {
	bool help;
	bool version;
	bool text;
	bool lenient;
	bool honour_filterref;
	const char *default_profiles;
	const char *max_rules;
	const char *tap;
	struct source domain;
	struct source index;
	struct source check;
	struct infile_dir dirs[MAX_DIRS];
	size_t ndirs;
	unsigned int rules;
};

static const char help[] =
	"Usage: tapfilter-resolve [OPTION]... --domain=FD:PATH\n"
	"       tapfilter-resolve [OPTION]... --index=FD:PATH\n"
	"       tapfilter-resolve [OPTION]... --check=FD:PATH\n"
	"\n"
	"Resolve domain XML and profiles to rules.  Files and directories are\n"
	"open descriptors; a PATH is for messages only.\n"
	"\n"
	"  --domain=FD:PATH         rules for the interfaces of a domain\n"
	"  --tap=TAP                only for the interface of this tap\n"
	"  --lenient                the XML is libvirt's own: unknown elements\n"
	"                           in <interface> are no error\n"
	"  --index=FD:PATH          which tap is in which file of a directory\n"
	"  --check=FD:PATH          check one profile file\n"
	"  --template-dir=FD:PATH   directory of profiles; first wins\n"
	"  --default-profiles='P Q' profiles on every interface with a tap\n"
	"  --max-rules=N            most rules of one tap (4096)\n"
	"  --honour-filterref       use <filterref> too\n"
	"  --text                   print text instead of records\n"
	"  --version, --help\n"
	"\n"
	"Example: tapfilter-resolve --text --template-dir=4:profiles \\\n"
	"         --domain=3:vm.xml 3<vm.xml 4</usr/share/tapfilter/profiles\n";

/* ---- command line --------------------------------------------------------- */

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

static int add_dir(struct options *o, const char *arg, const char *value)
{
	struct source s;

	if (!parse_source(value, &s))
		return bad_source(arg);
	if (o->ndirs == MAX_DIRS) {
		log_err("%s: more than %d of them", arg, MAX_DIRS);
		return -EINVAL;
	}
	o->dirs[o->ndirs].fd = s.fd;
	o->dirs[o->ndirs++].path = s.path;
	return 0;
}

/* The parsers of one argument: 0, 1 when it is not theirs, or -EINVAL. */

static int parse_flag(struct options *o, const char *arg)
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

static int parse_string(struct options *o, const char *arg)
{
	const struct {
		const char *name;
		const char **text;
	} strings[] = {
		{ "--default-profiles=", &o->default_profiles },
		{ "--max-rules=", &o->max_rules },
		{ "--tap=", &o->tap },
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

static int parse_file(struct options *o, const char *arg)
{
	const struct {
		const char *name;
		struct source *source;
	} files[] = {
		{ "--domain=", &o->domain },
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

static int parse_arg(struct options *o, const char *arg)
{
	int rc = parse_flag(o, arg);

	if (rc > 0)
		rc = parse_string(o, arg);
	if (rc > 0)
		rc = parse_file(o, arg);
	if (rc <= 0)
		return rc;
	log_err("%s: no such option; --help lists them", arg);
	return -EINVAL;
}

static int check_options(struct options *o)
{
	int jobs = !!o->domain.path + !!o->index.path + !!o->check.path;
	uint64_t rules = MAX_RULES_DEFAULT;

	if (jobs != 1) {
		log_err("exactly one of --domain, --index and --check is "
			"needed");
		return -EINVAL;
	}
	if (!o->domain.path && (o->tap || o->lenient)) {
		log_err("--tap and --lenient go with --domain only");
		return -EINVAL;
	}
	if (o->tap && !util_tap_name_ok(o->tap)) {
		log_err("--tap=%s: not the name of a tap", o->tap);
		return -EINVAL;
	}
	if (o->max_rules &&
	    !util_parse_uint(o->max_rules, 1, BINDING_MAX_RULES, &rules)) {
		log_err("--max-rules=%s: must be a number from 1 to %d",
			o->max_rules, BINDING_MAX_RULES);
		return -EINVAL;
	}
	o->rules = (unsigned int)rules;
	return 0;
}

/* ---- work ----------------------------------------------------------------- */

static int read_source(const struct source *s, struct buf *out)
{
	struct stat st;

	if (fstat(s->fd, &st) < 0)
		return log_errno(errno, "cannot look at %s", s->path);
	return util_read_all(s->fd, s->path, XML_MAX_SIZE,
			     S_ISREG(st.st_mode) ? 0 : PIPE_DEADLINE_MS, out);
}

static int load_domain(const struct options *o, struct domain *out)
{
	const struct domain_rules rules = {
		.strict = !o->lenient,
		.honour_filterref = o->honour_filterref,
	};
	_cleanup_xml_ struct xml_node *root = NULL;
	_cleanup_buf_ struct buf text = { 0 };
	const char *path = o->domain.path;
	int rc = read_source(&o->domain, &text);

	if (rc >= 0)
		rc = xml_parse(path, text.data, text.len, &root);
	return rc < 0 ? rc : domain_read(path, root, &rules, out);
}

static int find_tap(const struct domain *d, const char *tap, size_t *nic)
{
	const struct interface *i;

	for (*nic = 0; *nic < d->ninterfaces; ++*nic) {
		i = &d->interfaces[*nic];
		if (strcmp(i->tap, tap) == 0 && domain_has_tap(i))
			return 0;
	}
	return log_at(d->file, 0,
		      "domain '%s' has no interface with a tap and <target "
		      "dev='%s'/>",
		      d->name, tap);
}

static int put_interface(const struct options *o, const struct domain *d,
			 size_t nic, struct buf *out)
{
	const struct expand_env env = {
		.dirs = o->dirs,
		.ndirs = o->ndirs,
		.default_profiles = o->default_profiles ? o->default_profiles :
							  "",
		.max_rules = o->rules,
	};
	_cleanup_binding_ struct binding b = { 0 };
	int rc = expand_interface(&env, d, nic, &b);

	/* Asked for by name, a tap without any profile is an answer, too. */
	if (rc < 0 || (!b.nprofiles && !o->tap))
		return rc;
	return o->text ? binding_format(&b, out) : binding_encode(&b, out);
}

static int run_domain(const struct options *o, struct buf *out)
{
	_cleanup_(domain_free) struct domain d = { 0 };
	int rc = load_domain(o, &d);
	size_t nic;

	if (rc >= 0 && o->tap) {
		rc = find_tap(&d, o->tap, &nic);
		return rc < 0 ? rc : put_interface(o, &d, nic, out);
	}
	for (nic = 0; rc >= 0 && nic < d.ninterfaces; nic++) {
		if (domain_has_tap(&d.interfaces[nic]))
			rc = put_interface(o, &d, nic, out);
	}
	return rc;
}

static int run_index(const struct options *o, struct buf *out)
{
	const struct infile_dir dir = {
		.fd = o->index.fd,
		.path = o->index.path,
	};
	_cleanup_free_ struct index_entry *entries = NULL;
	size_t i, n;
	int rc = index_build(&dir, &entries, &n);

	if (rc >= 0 && !o->text)
		return buf_add(out, entries, n * sizeof(*entries));
	for (i = 0; rc >= 0 && i < n; i++)
		rc = buf_printf(out, "%s %s\n", entries[i].tap,
				entries[i].file);
	return rc;
}

/* The profile's name is its file's: what follows the last slash, no .xml. */
static int run_check(const struct options *o)
{
	const struct expand_env env = {
		.dirs = o->dirs,
		.ndirs = o->ndirs,
		.default_profiles = "",
		.max_rules = o->rules,
	};
	const char *slash = strrchr(o->check.path, '/');
	const char *base = slash ? slash + 1 : o->check.path;
	const char *dot = strrchr(base, '.');
	_cleanup_free_ char *name = NULL;

	if (!dot || strcmp(dot, ".xml") != 0)
		return log_at(o->check.path, 0,
			      "the file of a profile must be called NAME.xml");
	name = strndup(base, (size_t)(dot - base));
	if (!name)
		return log_errno(errno, "cannot hold a name");
	if (!util_profile_name_ok(name))
		return log_at(o->check.path, 0,
			      "'%s' cannot be the name of a profile: 1 to 48 "
			      "of [A-Za-z0-9_.-] with a letter or digit first",
			      name);
	return expand_check(&env, name, o->check.path, o->check.fd);
}

static int write_all(const struct buf *b)
{
	size_t done = 0;
	ssize_t n;

	while (done < b->len) {
		n = write(STDOUT_FILENO, b->data + done, b->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return log_errno(errno, "cannot write the result");
		done += (size_t)n;
	}
	return 0;
}

static int run(const struct options *o)
{
	_cleanup_buf_ struct buf out = { 0 };
	int rc;

	if (o->help)
		rc = buf_printf(&out, "%s", help);
	else if (o->version)
		rc = buf_printf(&out, "tapfilter-resolve " VERSION "\n");
	else if (o->domain.path)
		rc = run_domain(o, &out);
	else if (o->index.path)
		rc = run_index(o, &out);
	else
		rc = run_check(o);
	return rc < 0 ? rc : write_all(&out) | rc;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	int i;

	log_program("tapfilter-resolve");
	for (i = 1; i < argc; i++) {
		if (parse_arg(&o, argv[i]) < 0)
			return EXIT_USAGE;
	}
	if (!o.help && !o.version && check_options(&o) < 0)
		return EXIT_USAGE;
	return run(&o) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
