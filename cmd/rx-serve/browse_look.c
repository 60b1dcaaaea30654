/* SPDX-License-Identifier: MIT */
/* Commands that look at files: ls, stat. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/rx-serve/beneath.h"
#include "cmd/rx-serve/browse_part.h"

static void
put_mode(mode_t mode)
{
	const char *const bits = "rwxrwxrwx";
	char text[11] = "?---------";

	text[0] = S_ISREG(mode) ? '-'
	    : S_ISDIR(mode)     ? 'd'
	    : S_ISLNK(mode)     ? 'l'
	    : S_ISFIFO(mode)    ? 'p'
	    : S_ISSOCK(mode)    ? 's'
	    : S_ISBLK(mode)     ? 'b'
				: 'c';
	for (int i = 0; i < 9; i++)
		if ((mode >> (8 - i) & 1) != 0)
			text[i + 1] = bits[i];
	browse_putf("%s", text);
}

static void
put_time(time_t t)
{
	char text[40] = "?";
	struct tm tm;

	if (localtime_r(&t, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm);
	browse_putf("%s", text);
}

static void
put_entry(const struct browse *b, const char *name, const struct stat *st)
{
	if (b->letters['l'] || b->letters['n']) {
		put_mode(st->st_mode);
		browse_putf(" %3ju %5u %5u %12jd ", (uintmax_t)st->st_nlink,
		    st->st_uid, st->st_gid, (intmax_t)st->st_size);
		put_time(st->st_mtim.tv_sec);
		browse_putf(" ");
	}
	browse_name(name);
	browse_putf("\n");
}

static bool
is_shown(const struct browse *b, const char *name)
{
	if (*name != '.' || b->letters['a'])
		return true;
	return b->letters['A'] && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0;
}

static void
list(const struct browse *b, const char *path, int fd)
{
	struct dirent **names;
	struct stat st;
	int n = scandirat(fd, ".", &names, NULL, alphasort);

	if (n < 0) {
		browse_failed(path);
		return;
	}
	for (int i = 0; i < n; i++) {
		if (is_shown(b, names[i]->d_name) &&
		    fstatat(fd, names[i]->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0)
			put_entry(b, names[i]->d_name, &st);
		free(names[i]);
	}
	free(names);
}

void
browse_ls(const struct browse *b)
{
	struct stat st;
	int fd;

	for (size_t i = 0; i < b->n_paths; i++) {
		const char *path = b->paths[i];

		if (beneath_stat(path, &st) < 0)
			browse_failed(path);
		else if (!S_ISDIR(st.st_mode) || b->letters['d'])
			put_entry(b, path, &st);
		else if ((fd = beneath_directory(path)) < 0)
			browse_failed(path);
		else {
			if (b->n_paths > 1) {
				browse_name(path);
				browse_putf(":\n");
			}
			list(b, path, fd);
			close(fd);
		}
	}
}

void
browse_stat(const struct browse *b)
{
	struct stat st;

	for (size_t i = 0; i < b->n_paths; i++) {
		if (beneath_stat(b->paths[i], &st) < 0) {
			browse_failed(b->paths[i]);
			continue;
		}
		browse_putf("  File: ");
		browse_name(b->paths[i]);
		browse_putf("\n  Size: %jd\n  Mode: ", (intmax_t)st.st_size);
		put_mode(st.st_mode);
		browse_putf("\nOwners: %u %u\n Links: %ju\nModify: ", st.st_uid,
		    st.st_gid, (uintmax_t)st.st_nlink);
		put_time(st.st_mtim.tv_sec);
		browse_putf("\n");
	}
}
