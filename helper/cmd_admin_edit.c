// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tapfilter edit: a profile in an editor.  What is edited is a copy; it is taken
 * when it is good, and stays where it is otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "admin.h"
#include "admin_pool.h"
#include "log.h"

#define COPY_DIR "/var/tmp" /* a copy outlives a reboot there */
#define SENSIBLE_EDITOR "/usr/bin/sensible-editor"

/**
 * struct edit - A profile that is being edited
 * @at:		Where it is from
 * @before:	Its text
 * @after:	Of the copy, after the editor
 * @dir:	A directory that is root's alone, whatever an editor does there
 * @copy:	Path of the copy in it
 */
struct edit {
	struct admin_pool pool;
	const char *name;
	struct admin_found at;
	struct buf before;
	struct buf after;
	char dir[sizeof(COPY_DIR "/tapfilter-XXXXXX")];
	char copy[128];
};

static void edit_free(struct edit *e)
{
	admin_pool_close(&e->pool);
	buf_free(&e->before);
	buf_free(&e->after);
}

static int make_copy(struct edit *e)
{
	_cleanup_close_ int fd = -1;
	int rc;

	snprintf(e->dir, sizeof(e->dir), COPY_DIR "/tapfilter-XXXXXX");
	if (!mkdtemp(e->dir))
		return log_errno(errno, "cannot make a directory in %s",
				 COPY_DIR);
	snprintf(e->copy, sizeof(e->copy), "%s/%s.xml", e->dir, e->name);
	fd = open(e->copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	rc = fd < 0 ? -errno :
		      util_write_all(fd, e->before.data, e->before.len);
	if (rc == 0)
		return 0;
	admin_remove_dir(AT_FDCWD, e->dir);
	return log_errno(rc, "cannot write %s", e->copy);
}

/* ---- the editor ----------------------------------------------------------- */

static const char *find_editor(void)
{
	const char *name = secure_getenv("VISUAL");
	struct stat st;

	if (!name || !name[0])
		name = secure_getenv("EDITOR");
	if (name && name[0])
		return name;
	return stat(SENSIBLE_EDITOR, &st) == 0 ? SENSIBLE_EDITOR : "vi";
}

/* It may come with options, which are the shell's to read. */
__attribute__((noreturn)) static void become(const char *editor,
					     const char *file)
{
	_cleanup_buf_ struct buf script = { 0 };

	if (buf_printf(&script, "exec %s \"$1\"", editor) == 0)
		execl("/bin/sh", "sh", "-c", script.data, "sh", file, NULL);
	log_errno(errno, "cannot run %s", editor);
	_exit(EXIT_FAILURE);
}

/* ^C at the terminal is for the editor. */
static int run_editor(const char *file)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old_int, old_quit;
	const char *editor = find_editor();
	int status = 0;
	pid_t pid;

	fflush(stdout);
	sigaction(SIGINT, &ignore, &old_int);
	sigaction(SIGQUIT, &ignore, &old_quit);
	pid = fork();
	if (pid == 0) {
		sigaction(SIGINT, &old_int, NULL);
		sigaction(SIGQUIT, &old_quit, NULL);
		become(editor, file);
	}
	if (pid < 0)
		log_errno(errno, "cannot run %s", editor);
	else
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGQUIT, &old_quit, NULL);
	if (pid < 0)
		return -EIO;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	log_err("the editor (%s) failed", editor);
	return -EIO;
}

/* ---- what came of it ------------------------------------------------------ */

static int read_copy(struct edit *e)
{
	_cleanup_close_ int fd = admin_open_file(AT_FDCWD, e->copy, e->copy);

	buf_free(&e->after);
	if (fd == -ENOENT)
		return log_errno(ENOENT, "opening \"%s\"", e->copy);
	return fd < 0 ?
		       fd :
		       util_read_all(fd, e->copy, ADMIN_FILE_MAX, 0, &e->after);
}

static bool is_unchanged(const struct edit *e)
{
	return e->before.len == e->after.len &&
	       memcmp(e->before.data, e->after.data, e->after.len) == 0;
}

static int take(struct edit *e)
{
	const struct admin_change c = { .name = e->name,
					.text = &e->after,
					.source = e->copy };

	/* An empty text is a fault, and not the lack of a profile. */
	if (!e->after.len)
		return log_at(e->copy, 0, "empty");
	return admin_pool_put(&e->pool, &c);
}

/* Only a person can answer. */
static bool wants_again(void)
{
	char answer[8];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	fprintf(stderr, "Edit it again? [Y/n] ");
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return answer[0] == '\n' || answer[0] == 'y' || answer[0] == 'Y';
}

static int edit_copy(struct edit *e)
{
	int rc;

	do {
		rc = run_editor(e->copy);
		if (rc == 0)
			rc = read_copy(e);
		if (rc < 0)
			break;
		if (is_unchanged(e)) {
			log_note("%s is as it was", e->name);
			break;
		}
		rc = take(e);
	} while (rc < 0 && wants_again());
	if (rc == 0)
		admin_remove_dir(AT_FDCWD, e->dir);
	else
		log_err("what you edited is in %s: \"tapfilter %s %s\" tries "
			"again",
			e->copy, e->at.at == e->pool.own ? "update" : "create",
			e->copy);
	return rc;
}

static int edit(struct edit *e)
{
	int rc = admin_pool_open("edit", e->name, &e->pool);

	if (rc < 0)
		return rc;
	rc = admin_pool_find(&e->pool.conf, 0, e->name, &e->at);
	if (rc == -ENOENT)
		return admin_pool_not_there(&e->pool, e->name, "");
	if (rc == 0)
		rc = admin_pool_read(&e->at, e->name, &e->before);
	if (rc == 0)
		rc = make_copy(e);
	return rc < 0 ? rc : edit_copy(e);
}

int cmd_edit(int argc, char **argv)
{
	_cleanup_(edit_free) struct edit e = {
		.pool = { .dir = -1, .lock = -1 },
	};
	int rc;

	if (argc != 2 || !util_profile_name_ok(argv[1]))
		return admin_usage(argv[0], "it takes the name of a profile");
	rc = admin_pool_root_only();
	if (rc != EXIT_SUCCESS)
		return rc;
	e.name = argv[1];
	return edit(&e) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
