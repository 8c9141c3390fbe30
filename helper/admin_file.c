// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that an administrator names, and as much of XML as it takes to find a
 * profile's name before a parser has seen it */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "admin.h"
#include "log.h"
#include "util.h"

#define BLANKS " \t\r\n"

int admin_open_file(int dir, const char *name, const char *path)
{
	struct stat st;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == ENOENT ?
			       -ENOENT :
			       log_errno(errno, "opening \"%s\"", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return log_at(path, 0, "this is no regular file");
}

const char *admin_skip_prolog(const char *p)
{
	const char *end;

	for (;;) {
		p += strspn(p, " \t\r\n\xef\xbb\xbf");
		if (strncmp(p, "<!--", 4) == 0)
			end = strstr(p + 4, "-->");
		else if (strncmp(p, "<?", 2) == 0)
			end = strstr(p + 2, "?>");
		else
			return p;
		if (!end)
			return "";
		p = end + (*end == '-' ? 3 : 2);
	}
}

void admin_remove_dir(int at, const char *name)
{
	const struct dirent *e;
	DIR *d = NULL;
	int fd;

	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		d = fdopendir(fd);
	if (!d && fd >= 0)
		close(fd);
	while (d && (e = readdir(d)))
		unlinkat(fd, e->d_name, 0);
	if (d)
		closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

int admin_is_domain_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 4 &&
	       strcmp(entry->d_name + len - 4, ".xml") == 0;
}

/* Past what may stand between two words */
static const char *skip_blanks(const char *p)
{
	return p + strspn(p, BLANKS);
}

/*
 * From behind the name of an element to the value of its attribute "name".
 * What is no attribute ends the search: the parser will say what it is.
 */
static const char *find_value(const char *p, size_t *n)
{
	const char *word, *end;
	size_t len;

	for (;;) {
		word = skip_blanks(p);
		len = strcspn(word, BLANKS "=/><");
		p = skip_blanks(word + len);
		if (!len || *p != '=')
			return NULL;
		p = skip_blanks(p + 1);
		end = *p == '"' || *p == '\'' ? strchr(p + 1, *p) : NULL;
		if (!end)
			return NULL;
		*n = (size_t)(end - p) - 1;
		if (len == 4 && strncmp(word, "name", len) == 0)
			return p + 1;
		p = end + 1;
	}
}

int admin_find_name(const char *file, const struct buf *text, size_t *at,
		    char **name)
{
	const char *root, *value = NULL;
	size_t n;

	*at = 0;
	root = admin_skip_prolog(text->data ? text->data : "");
	if (*root == '<')
		value = find_value(root + strcspn(root, BLANKS "/>"), &n);
	if (!value)
		return log_at(file, 0,
			      "a profile must begin with <FilterPool "
			      "name='NAME'>");
	*at = (size_t)(value - text->data);
	*name = strndup(value, n);
	if (!*name)
		return log_errno(ENOMEM, "cannot hold a name");
	if (util_profile_name_ok(*name))
		return 0;
	log_at(file, 0,
	       "name='%s' cannot be the name of a profile: 1 to 48 of "
	       "[A-Za-z0-9_.-] with a letter or digit first",
	       *name);
	free(*name);
	*name = NULL;
	return -EINVAL;
}
