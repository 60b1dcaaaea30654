#include <fcntl.h>
#include <sysexits.h>
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

void
keywords_read(const char *path, struct buf *list)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), got;
	struct lines in;
	struct span line;

	if (fd < 0)
		die_sys(EX_CONFIG, "unable to open %s", path);
	lines_init(&in, fd, -1);
	while ((got = lines_next(&in, &line)) > 0) {
		line = trimmed(line);
		if (line.len == 0 || line.at[0] == '#')
			continue;
		if (span_is(line, "*") || memchr(line.at, '\0', line.len))
			die(EX_CONFIG, "%s:%ju: no word", path, in.number);
		if (list->len > 0)
			buf_addc(list, '\n');
		buf_add(list, line);
	}
	if (got < 0)
		die_sys(EX_CONFIG, "unable to read %s", path);
	if (in.overlong > 0)
		die(EX_CONFIG, "%s: a line is too long", path);
	if (list->failed)
		die(EX_TEMPFAIL, "out of memory");
	if (list->len == 0)
		die(EX_CONFIG, "%s: no words", path);
	lines_release(&in);
	close(fd);
}
