// SPDX-License-Identifier: GPL-2.0-or-later
/* Privileges of tapfilter-helper, see priv.h */
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"
#include "users.h"
#include "util.h"

#define MAX_GROUPS 65536

/* What a full start needs: ids, the bounding set, limits, the state directory.
 * Without one of these, ids cannot change in the way that priv_drop() does. */
static const unsigned int full_caps[] = { CAP_SETUID, CAP_SETGID, CAP_SETPCAP };

/* What every command needs, and all that is left after priv_drop():
 * nfnetlink, rtnetlink, TUNSETIFF. */
#define KEPT_CAP CAP_NET_ADMIN

/* What the kernel says, not what a library remembers: capget(2) */
struct caps {
	struct __user_cap_data_struct half[2];
};

static int read_caps(struct caps *c)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	if (syscall(SYS_capget, &head, c->half) < 0)
		return log_errno(errno, "cannot read my capabilities");
	return 0;
}

static bool has_cap(const struct caps *c, unsigned int cap)
{
	return c->half[cap / 32].effective & (1U << cap % 32);
}

int priv_find_user(const char *name, struct priv_user *u)
{
	int rc = users_uid(name, &u->uid, &u->gid);

	if (rc == -ENOENT)
		log_err("there is no user \"%s\" in " USERS_PASSWD
			": \"make install\", or the package, makes it",
			name);
	return rc;
}

/* ---- stage 1: the caller -------------------------------------------------- */

static int refuse(const char *why)
{
	log_err("%s", why);
	return -EPERM;
}

/* uid 0 of a user namespace is somebody else outside. */
static int check_namespace(void)
{
	static const char identity[] = "0 0 4294967295";
	_cleanup_close_ int fd = -1;
	char text[128] = "", words[128] = "";
	size_t i, n = 0;
	ssize_t len;

	fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (len < 0)
		return log_errno(errno, "cannot read /proc/self/uid_map");
	for (i = 0; i < (size_t)len; i++)
		if (!strchr(" \t\n", text[i]) || (n && words[n - 1] != ' '))
			words[n++] = strchr("\t\n", text[i]) ? ' ' : text[i];
	if (n == sizeof(identity) && words[n - 1] == ' ' &&
	    memcmp(words, identity, n - 1) == 0)
		return 0;
	return refuse("this is not the host's user namespace, root here is "
		      "not root there");
}

static int read_groups(struct priv *p)
{
	int n = getgroups(0, NULL);

	if (n < 0 || n > MAX_GROUPS)
		return log_errno(n < 0 ? errno : E2BIG, "cannot read groups");
	p->groups = util_alloc((size_t)n, sizeof(*p->groups));
	if (!p->groups)
		return -ENOMEM;
	n = getgroups(n, p->groups);
	if (n < 0)
		return log_errno(errno, "cannot read groups");
	p->ngroups = (size_t)n;
	return 0;
}

/* Says why a program that was installed setuid root does not run as root. */
static int without_root(struct priv *p, const struct caps *c)
{
	struct stat st;

	p->mode = PRIV_NONE;
	if (c->half[0].permitted || c->half[1].permitted)
		return refuse("file capabilities are not a way to install "
			      "this program: use setuid root");
	if (stat("/proc/self/exe", &st) == 0 && (st.st_mode & S_ISUID) &&
	    st.st_uid == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		log_note("setuid has no effect under no_new_privs, which "
			 "QEMU's -sandbox on sets");
	return 0;
}

static bool have_full_caps(const struct caps *c)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(full_caps); i++)
		if (!has_cap(c, full_caps[i]))
			return false;
	return true;
}

/*
 * As long as the real uid is the caller's, he can stop us, and let us go on
 * when what we have read is old.
 */
static int leave_caller(struct priv *p)
{
	uid_t ruid, euid, suid;
	int rc = read_groups(p);

	if (rc < 0)
		return rc;
	if (setresuid(0, 0, 0) < 0 || getresuid(&ruid, &euid, &suid) < 0 ||
	    ruid != 0 || euid != 0 || suid != 0)
		return refuse("cannot leave the caller's uid");
	return 0;
}

int priv_caller(int argc, struct priv *p)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;
	struct caps caps;

	*p = (struct priv){ .mode = PRIV_NONE };
	if (argc < 1)
		_exit(1); /* argv[0] is where the environment begins */
	if (getresuid(&ruid, &euid, &suid) < 0 ||
	    getresgid(&rgid, &egid, &sgid) < 0)
		return log_errno(errno, "cannot read my ids");
	p->uid = ruid;
	p->gid = rgid;
	if (read_caps(&caps) < 0)
		return -EPERM;
	if (rgid != egid || rgid != sgid)
		return refuse("this program cannot run setgid");
	if (euid != 0)
		return without_root(p, &caps);
	if (ruid != 0 && (suid != 0 || !getauxval(AT_SECURE)))
		return refuse("effective uid 0 that does not come from the "
			      "mode of this program");
	if (!has_cap(&caps, KEPT_CAP))
		return refuse("CAP_NET_ADMIN is missing");
	if (have_full_caps(&caps))
		p->mode = ruid ? PRIV_SETUID : PRIV_ROOT;
	else if (ruid == 0)
		p->mode = PRIV_REDUCED;
	else
		return refuse("CAP_SETUID, CAP_SETGID or CAP_SETPCAP is "
			      "missing");
	if (check_namespace() < 0)
		return -EPERM;
	return p->mode == PRIV_SETUID ? leave_caller(p) : read_groups(p);
}

/* ---- stage 2: descriptors ------------------------------------------------- */

static int close_from(unsigned int first, unsigned int last)
{
	if (first > last || close_range(first, last, 0) == 0)
		return 0;
	return log_errno(errno, "cannot close inherited files");
}

int priv_descriptors(int keep)
{
	unsigned int first = STDERR_FILENO + 1;
	int fd, rc = 0;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return log_errno(errno, "cannot open /dev/null");
	} while (fd <= STDERR_FILENO);
	if (keep >= (int)first) {
		if (fcntl(keep, F_SETFD, FD_CLOEXEC) < 0)
			return log_errno(errno, "cannot use descriptor %d",
					 keep);
		rc = close_from(first, (unsigned int)keep - 1);
		first = (unsigned int)keep + 1;
	}
	return rc < 0 ? rc : close_from(first, ~0U);
}

/* ---- stage 4: the drop ---------------------------------------------------- */

static bool only_kept(const struct priv *p, const struct caps *c)
{
	const uint32_t kept = 1U << KEPT_CAP | (p->raw ? 1U << CAP_NET_RAW : 0);
	const struct caps want = {
		.half[0] = { .effective = kept, .permitted = kept },
	};

	return memcmp(c, &want, sizeof(want)) == 0;
}

static bool no_bounding(void)
{
	unsigned long i;
	int in;

	/* Numbers beyond those that this program knows, too */
	for (i = 0; (in = prctl(PR_CAPBSET_READ, i, 0, 0, 0)) >= 0; i++)
		if (in)
			return false;
	return i > CAP_NET_ADMIN;
}

static bool is_user(const struct priv_user *u)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	return getresuid(&ruid, &euid, &suid) == 0 &&
	       getresgid(&rgid, &egid, &sgid) == 0 && ruid == u->uid &&
	       euid == u->uid && suid == u->uid && rgid == u->gid &&
	       egid == u->gid && sgid == u->gid && getgroups(0, NULL) == 0;
}

/* Whether the kernel did what was asked of it. */
static int check_drop(const struct priv *p, const struct priv_user *to)
{
	struct caps caps;

	if (read_caps(&caps) < 0)
		return -EPERM;
	if (!only_kept(p, &caps))
		return refuse("capabilities could not be dropped");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return refuse("no_new_privs could not be set");
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != SANDBOX_DUMPABLE)
		return refuse("cannot become undumpable");
	if (prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) != 0)
		return refuse("capabilities are still kept across setuid()");
	if (p->mode == PRIV_REDUCED)
		return 0;
	if (!is_user(to) || setuid(0) == 0 || setgid(0) == 0)
		return refuse("ids could not be dropped");
	if (!no_bounding())
		return refuse("the bounding set could not be cleared");
	return 0;
}

int priv_drop(struct priv *p, const struct priv_user *to)
{
	struct caps caps;
	int rc;

	p->dropped = true;
	if (read_caps(&caps) < 0)
		return -EPERM;
	if (p->raw && !has_cap(&caps, CAP_NET_RAW))
		return refuse("CAP_NET_RAW is missing, which backend = xtables "
			      "needs");
	capng_clear(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
	capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, KEPT_CAP);
	if (p->raw)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			     CAP_NET_RAW);
	if (p->mode == PRIV_REDUCED)
		rc = capng_apply(CAPNG_SELECT_CAPS);
	else if (to->uid == 0 || to->gid == 0 || to->uid == p->uid)
		return refuse("the helper's own user must be neither root nor "
			      "the caller");
	else /* the bounding set is empty since stage 3 */
		rc = capng_change_id((int)to->uid, (int)to->gid,
				     CAPNG_DROP_SUPP_GRP);
	if (rc != 0)
		return refuse("privileges could not be dropped");
	/* A change of ids may have set it again. */
	if (prctl(PR_SET_DUMPABLE, SANDBOX_DUMPABLE, 0, 0, 0) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return log_errno(errno, "cannot drop privileges");
	return check_drop(p, to);
}

/*
 * The parent's memory is the child's own copy, but libcap-ng is not asked: its
 * idea of the state is the parent's.
 */
int priv_child(const struct priv_user *to)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct caps none = { 0 };
	struct caps now;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (to && (setgroups(0, NULL) < 0 ||
		   setresgid(to->gid, to->gid, to->gid) < 0 ||
		   setresuid(to->uid, to->uid, to->uid) < 0))
		return -errno;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    syscall(SYS_capset, &head, none.half) < 0 ||
	    syscall(SYS_capget, &head, now.half) < 0)
		return -errno;
	if (memcmp(&now, &none, sizeof(now)) != 0 || (to && !is_user(to)) ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return -EPERM;
	return 0;
}

/* ---- what ebtables needs -------------------------------------------------- */

static const unsigned int carrier_caps[] = { CAP_NET_ADMIN, CAP_NET_RAW };

/* Those of them that this process has */
static struct caps carrier_set(const struct caps *have, bool raw)
{
	struct caps out = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(carrier_caps); i++)
		if (raw || carrier_caps[i] != CAP_NET_RAW)
			out.half[0].inheritable |= have->half[0].permitted &
						   1U << carrier_caps[i];
	return out;
}

static int write_caps(const struct caps *c)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	return syscall(SYS_capset, &head, c->half) < 0 ? -errno : 0;
}

int priv_inheritable(void)
{
	struct caps caps;
	int rc = read_caps(&caps);

	if (rc < 0)
		return rc;
	caps.half[0].inheritable = carrier_set(&caps, true).half[0].inheritable;
	rc = write_caps(&caps);
	return rc < 0 ? log_errno(rc, "cannot set inheritable capabilities") :
			0;
}

static int raise_ambient(const struct caps *want)
{
	size_t i;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	for (i = 0; i < ARRAY_SIZE(carrier_caps); i++)
		if (want->half[0].inheritable & 1U << carrier_caps[i] &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, carrier_caps[i],
			  0, 0) < 0)
			return -errno;
	return 0;
}

int priv_carrier(const struct priv_user *to, bool raw)
{
	struct caps have, want, now;
	int rc = read_caps(&have);

	if (rc < 0)
		return rc;
	want = carrier_set(&have, raw);
	want.half[0].permitted = want.half[0].inheritable;
	want.half[0].effective = want.half[0].inheritable;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (to &&
	    (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setgroups(0, NULL) < 0 ||
	     setresgid(to->gid, to->gid, to->gid) < 0 ||
	     setresuid(to->uid, to->uid, to->uid) < 0 ||
	     prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0))
		return -errno;
	rc = write_caps(&want);
	if (rc == 0)
		rc = raise_ambient(&want);
	if (rc < 0)
		return rc;
	rc = read_caps(&now);
	if (rc < 0)
		return rc;
	return memcmp(&now, &want, sizeof(now)) == 0 && (!to || is_user(to)) ?
		       0 :
		       -EPERM;
}
