/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/lines.h"

#include "keywords.h"
#include "level_words.h"

static struct span
trimmed(struct span s)
{
	while (
	    s.len > 0 && (is_blank(s.at[s.len - 1]) || s.at[s.len - 1] == '\r'))
		s.len--;
	while (s.len > 0 && is_blank(s.at[0]))
		s = span_skip(s, 1);
	return s;
}

static int
say(char why[CONF_WHY], const char *what, const char *path)
{
	snprintf(why, CONF_WHY, "%s %.200s: %s", what, path, strerror(errno));
	return -1;
}

static int
read_words(
    struct lines *in, const char *path, struct buf *list, char why[CONF_WHY])
{
	struct span line;
	const char *wrong;
	int got;

	while ((got = lines_next(in, &line)) > 0) {
		line = trimmed(line);
		if (line.len == 0 || line.at[0] == '#')
			continue;
		if (span_is(line, "*") || memchr(line.at, '\0', line.len)) {
			snprintf(why, CONF_WHY, "%.200s:%ju: no word", path,
			    in->number);
			return -1;
		}
		if (list->len > 0)
			buf_addc(list, '\n');
		buf_add(list, line);
	}
	if (got < 0)
		return say(why, "unable to read", path);
	if (list->failed)
		die(EX_TEMPFAIL, "out of memory");
	wrong = in->overlong > 0 ? "a line is too long"
	    : list->len == 0     ? "no words"
				 : NULL;
	if (wrong == NULL)
		return 0;
	snprintf(why, CONF_WHY, "%.200s: %s", path, wrong);
	return -1;
}

int
keywords_read(const char *path, struct buf *list, char why[CONF_WHY])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), got;
	struct lines in;

	if (fd < 0)
		return say(why, "unable to open", path);
	lines_init(&in, fd, -1);
	got = read_words(&in, path, list, why);
	lines_release(&in);
	close(fd);
	return got;
}
