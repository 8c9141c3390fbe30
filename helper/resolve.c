// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter-resolve: domain XML and profiles to rules.
 *
 * The only program that sees XML.  It needs no privilege and opens no path of
 * its own: files and directories come as open descriptors, and what it opens
 * lies in one of these.  What it says goes to standard output as flat records
 * that the reader checks.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "domain.h"
#include "expand.h"
#include "index.h"
#include "log.h"
#include "resolve.h"
#include "rule.h"
#include "util.h"
#include "xml.h"

#define EXIT_USAGE 2
#define PIPE_DEADLINE_MS 10000

static const char help[] =
	"Usage: tapfilter-resolve [OPTION]... --domain=FD:PATH\n"
	"       tapfilter-resolve [OPTION]... --domain-dir=FD:PATH\n"
	"                                     --domain-file=NAME.xml\n"
	"       tapfilter-resolve [OPTION]... --index=FD:PATH\n"
	"       tapfilter-resolve [OPTION]... --check=FD:PATH\n"
	"\n"
	"Resolve domain XML and profiles to rules.  Files and directories are\n"
	"open descriptors; a PATH is for messages only.\n"
	"\n"
	"  --domain=FD:PATH         rules for the interfaces of a domain\n"
	"  --domain-dir=FD:PATH, --domain-file=NAME.xml\n"
	"                           the same, of a file in a directory\n"
	"  --tap=TAP                only for the interface of this tap,\n"
	"  --nic=N                  or for the Nth interface, from 0,\n"
	"  --mac=MAC                or for the one with this address\n"
	"  --bridge=BRIDGE          only for the one on this bridge; there\n"
	"                           must be one, of those named above if any\n"
	"  --lenient                the XML is libvirt's own: unknown elements\n"
	"                           in <interface> are no error\n"
	"  --index=FD:PATH          which tap is in which file of a directory\n"
	"  --check=FD:PATH          check one profile file, and rules with some\n"
	"                           values for its parameters\n"
	"  --name=NAME              name of its profile; else its file's\n"
	"  --template-dir=FD:PATH   directory of profiles; first wins\n"
	"  --identity               only the domain's name and UUID\n"
	"  --references             only the names of the profiles that a domain\n"
	"                           or a profile references, one a line\n"
	"  --trusted-files          files that are opened in a directory must\n"
	"                           be root's, writable by nobody else\n"
	"  --default-profiles='P Q' profiles on every interface with a tap\n"
	"  --max-rules=N            most rules of one tap (4096)\n"
	"  --honour-filterref       use <filterref> too\n"
	"  --text                   print text instead of records\n"
	"  --version, --help\n"
	"\n"
	"Example: tapfilter-resolve --text --template-dir=4:profiles \\\n"
	"         --domain=3:vm.xml 3<vm.xml 4</usr/share/tapfilter/profiles\n";

static int read_source(const struct source *s, struct buf *out)
{
	struct stat st;

	if (fstat(s->fd, &st) < 0)
		return log_errno(errno, "cannot look at %s", s->path);
	return util_read_all(s->fd, s->path, XML_MAX_SIZE,
			     S_ISREG(st.st_mode) ? 0 : PIPE_DEADLINE_MS, out);
}

/*
 * The whole file.  Its name goes to messages for as long as the domain lives:
 * to @path, for a file that is opened here.
 */
static int read_domain_file(const struct resolve_options *o, struct buf *path,
			    struct buf *out)
{
	const struct infile_dir dir = {
		.fd = o->domain_dir.fd,
		.path = o->domain_dir.path,
		.trusted = o->trusted_files,
	};
	struct source s = o->domain;
	_cleanup_close_ int fd = -1;

	if (s.path) {
		if (buf_printf(path, "%s", s.path) < 0)
			return -ENOMEM;
		return read_source(&s, out);
	}
	fd = infile_open(&dir, o->domain_file, path);
	if (fd == -ENOENT)
		return log_at(path->data, 0, "there is no such file");
	return fd < 0 ? fd :
			util_read_all(fd, path->data, XML_MAX_SIZE, 0, out);
}

static int load_domain(const struct resolve_options *o, struct buf *path,
		       struct domain *out)
{
	const struct domain_rules rules = {
		.strict = !o->lenient,
		.honour_filterref = o->honour_filterref,
	};
	_cleanup_xml_ struct xml_node *root = NULL;
	_cleanup_buf_ struct buf text = { 0 };
	int rc = read_domain_file(o, path, &text);

	if (rc >= 0)
		rc = xml_parse(path->data, text.data, text.len, &root);
	if (rc >= 0 && o->identity)
		return domain_read_identity(path->data, root, out);
	return rc < 0 ? rc : domain_read(path->data, root, &rules, out);
}

static int put_interface(const struct resolve_options *o,
			 const struct domain *d, size_t nic, struct buf *out)
{
	const struct expand_env env = {
		.dirs = o->dirs,
		.ndirs = o->ndirs,
		.default_profiles = o->default_profiles ? o->default_profiles :
							  "",
		.max_rules = o->max_rules,
	};
	_cleanup_binding_ struct binding b = { 0 };
	int rc = expand_interface(&env, d, nic, &b);

	/* Asked for, an interface without any profile is an answer, too. */
	if (rc < 0 || (!b.nprofiles && !domain_choice_given(&o->choice)))
		return rc;
	return o->text ? binding_format(&b, out) : binding_encode(&b, out);
}

/* A binding of no tap, without a profile or a rule; nic is how many there are */
static int put_identity(const struct resolve_options *o, struct domain *d,
			struct buf *out)
{
	_cleanup_binding_ struct binding b = { 0 };
	size_t i;

	for (i = 0; i < d->ninterfaces; i++)
		if (domain_has_tap(&d->interfaces[i]))
			b.nic++;
	memcpy(b.uuid, d->uuid, sizeof(b.uuid));
	b.domain = TAKE_PTR(d->name);
	return o->text ? binding_format(&b, out) : binding_encode(&b, out);
}

static int put_references(const struct domain *d, struct buf *out)
{
	const struct interface *iface;
	size_t i, k;
	int rc = 0;

	for (i = 0; i < d->ninterfaces; i++) {
		iface = &d->interfaces[i];
		for (k = 0; rc == 0 && k < iface->nrefs; k++)
			rc = buf_printf(out, "%s\n", iface->refs[k].profile);
	}
	return rc;
}

static int run_domain(const struct resolve_options *o, struct buf *out)
{
	_cleanup_buf_ struct buf path = { 0 };
	_cleanup_(domain_free) struct domain d = { 0 };
	int rc = load_domain(o, &path, &d);
	size_t nic;

	if (rc >= 0 && o->identity)
		return put_identity(o, &d, out);
	if (rc >= 0 && o->references)
		return put_references(&d, out);
	if (rc >= 0 && domain_choice_given(&o->choice)) {
		rc = domain_choose(&d, &o->choice, &nic);
		return rc < 0 ? rc : put_interface(o, &d, nic, out);
	}
	for (nic = 0; rc >= 0 && nic < d.ninterfaces; nic++) {
		if (domain_has_tap(&d.interfaces[nic]))
			rc = put_interface(o, &d, nic, out);
	}
	return rc;
}

static int run_index(const struct resolve_options *o, struct buf *out)
{
	const struct infile_dir dir = {
		.fd = o->index.fd,
		.path = o->index.path,
		.trusted = o->trusted_files,
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

/* Its file's: what follows the last slash, no .xml */
static int name_of_check(const struct resolve_options *o, char **name)
{
	const char *slash = strrchr(o->check.path, '/');
	const char *base = slash ? slash + 1 : o->check.path;
	const char *dot = strrchr(base, '.');

	if (o->name)
		*name = strdup(o->name);
	else if (dot && strcmp(dot, ".xml") == 0)
		*name = strndup(base, (size_t)(dot - base));
	else
		return log_at(o->check.path, 0,
			      "the file of a profile must be called NAME.xml");
	if (!*name)
		return log_errno(ENOMEM, "cannot hold a name");
	if (util_profile_name_ok(*name))
		return 0;
	return log_at(o->check.path, 0,
		      "'%s' cannot be the name of a profile: 1 to 48 of "
		      "[A-Za-z0-9_.-] with a letter or digit first",
		      *name);
}

static int run_check(const struct resolve_options *o, struct buf *out)
{
	const struct expand_env env = {
		.dirs = o->dirs,
		.ndirs = o->ndirs,
		.default_profiles = "",
		.max_rules = o->max_rules,
	};
	_cleanup_binding_ struct binding b = { 0 };
	_cleanup_free_ char *name = NULL;
	int rc = name_of_check(o, &name), idle;

	if (rc < 0)
		return rc;
	if (o->references)
		return expand_references(&env, name, o->check.path, o->check.fd,
					 out);
	idle = expand_check(&env, name, o->check.path, o->check.fd, &b);
	if (idle < 0)
		return idle;
	rc = o->text ? binding_format(&b, out) : binding_encode(&b, out);
	return rc < 0 ? rc : idle;
}

static int put(const struct buf *b)
{
	int rc = util_write_all(STDOUT_FILENO, b->data, b->len);

	return rc < 0 ? log_errno(rc, "cannot write the result") : 0;
}

static int run(const struct resolve_options *o)
{
	_cleanup_buf_ struct buf out = { 0 };
	int rc;

	if (o->help)
		rc = buf_printf(&out, "%s", help);
	else if (o->version)
		rc = buf_printf(&out, "tapfilter-resolve " VERSION "\n");
	else if (o->domain.path || o->domain_dir.path)
		rc = run_domain(o, &out);
	else if (o->index.path)
		rc = run_index(o, &out);
	else
		rc = run_check(o, &out);
	return rc < 0 ? rc : put(&out) | rc;
}

int main(int argc, char **argv)
{
	struct resolve_options o = { 0 };

	log_program("tapfilter-resolve");
	if (resolve_parse(argc, argv, &o) < 0)
		return EXIT_USAGE;
	if (resolve_sandbox(&o) < 0)
		return EXIT_FAILURE;
	return run(&o) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
