/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/glob.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/rx-tail/listing.h"

static bool
is_wild(const char *component)
{
	return strpbrk(component, "*?[\\") != NULL;
}

/* Cut the first component off rest; what follows it, without its slashes. */
static const char *
cut(const char *rest, char component[NAME_MAX + 1])
{
	size_t len = strcspn(rest, "/");

	if (len > NAME_MAX)
		len = NAME_MAX; /* no file has such a name */
	memcpy(component, rest, len);
	component[len] = '\0';
	rest += strcspn(rest, "/");
	return rest + strspn(rest, "/");
}

static bool
join(char dst[PATH_MAX], const char *dir, const char *name)
{
	const char *slash =
	    *dir == '\0' || dir[strlen(dir) - 1] == '/' ? "" : "/";

	return snprintf(dst, PATH_MAX, "%s%s%s", dir, slash, name) < PATH_MAX;
}

static const char *
openable(const char *dir)
{
	return *dir == '\0' ? "." : dir;
}

static void walk(const struct glob_walk *, const char *dir, const char *rest,
    unsigned depth);

/* Also a link that the kernel does not let us follow: its user is told. */
static bool
is_no_dir(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return !S_ISDIR(st.st_mode);
	return errno == EACCES && lstat(path, &st) == 0;
}

/* One name in dir has matched: go on below it, or tell it. */
static void
matched(const struct glob_walk *w, const char *dir, const char *name,
    const char *rest, unsigned depth)
{
	char path[PATH_MAX];

	if (!join(path, dir, name))
		return;
	if (*rest != '\0')
		walk(w, path, rest, depth);
	else if (is_no_dir(path))
		w->path(w->arg, path);
}

static bool
is_real_dir(const char *path, const struct listed *d)
{
	struct stat st;

	if (d->type != DT_UNKNOWN)
		return d->type == DT_DIR;
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void
walk_wild(const struct glob_walk *w, const char *dir, const char *component,
    const char *rest, unsigned depth)
{
	bool deep = strcmp(component, "**") == 0;
	struct listing names = { 0 };
	char path[PATH_MAX];

	w->dir(w->arg, openable(dir));
	if (deep)
		walk(w, dir, *rest == '\0' ? "*" : rest, depth);
	if (listing_of(&names, openable(dir)) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		const struct listed *d = &names.names[i];

		if (!deep && fnmatch(component, d->name, FNM_PERIOD) == 0)
			matched(w, dir, d->name, rest, depth);
		else if (deep && depth < GLOB_DEPTH && *d->name != '.' &&
		    join(path, dir, d->name) && is_real_dir(path, d))
			walk_wild(w, path, component, rest, depth + 1);
	}
	listing_forget(&names);
}

static void
walk(const struct glob_walk *w, const char *dir, const char *rest,
    unsigned depth)
{
	char component[NAME_MAX + 1], path[PATH_MAX];
	const char *after = cut(rest, component);
	struct stat st;

	if (stat(openable(dir), &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	if (is_wild(component)) {
		walk_wild(w, dir, component, after, depth);
		return;
	}
	if (!join(path, dir, component))
		return;
	if (*after == '\0' || stat(path, &st) < 0)
		w->dir(w->arg, openable(dir));
	matched(w, dir, component, after, depth);
}

void
glob_walk(const char *pattern, const struct glob_walk *w)
{
	struct stat st;

	if (is_wild(pattern) && lstat(pattern, &st) == 0) {
		w->path(w->arg, pattern);
		return;
	}
	if (*pattern == '/')
		walk(w, "/", pattern + strspn(pattern, "/"), 0);
	else
		walk(w, "", pattern, 0);
}

char *
glob_quote(const char *name)
{
	char *quoted = malloc(2 * strlen(name) + 1), *to = quoted;

	if (quoted == NULL)
		return NULL;
	for (; *name != '\0'; name++) {
		if (strchr("*?[\\", *name) != NULL)
			*to++ = '\\';
		*to++ = *name;
	}
	*to = '\0';
	return quoted;
}

static bool
match(const char *pattern, const char *path, unsigned depth)
{
	char wanted[NAME_MAX + 1], name[NAME_MAX + 1];
	const char *pattern_rest, *path_rest;

	if (*pattern == '\0' || *path == '\0')
		return *pattern == *path;
	pattern_rest = cut(pattern, wanted);
	path_rest = cut(path, name);
	if (strcmp(wanted, "**") != 0)
		return fnmatch(wanted, name, FNM_PERIOD) == 0 &&
		    match(pattern_rest, path_rest, depth);
	if (match(*pattern_rest == '\0' ? "*" : pattern_rest, path, depth))
		return true;
	return *path_rest != '\0' && *name != '.' && depth < GLOB_DEPTH &&
	    match(pattern, path_rest, depth + 1);
}

bool
glob_match(const char *pattern, const char *path)
{
	if (strcmp(pattern, path) == 0)
		return true;
	if ((*pattern == '/') != (*path == '/'))
		return false;
	return match(
	    pattern + strspn(pattern, "/"), path + strspn(path, "/"), 0);
}
