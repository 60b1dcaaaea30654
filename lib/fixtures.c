/* SPDX-License-Identifier: MIT */
#include "lib/fixtures.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/newfile.h"
#include "lib/outbuf.h"
#include "lib/whole.h"

#define FIXTURE_MAX (64 * 1024 * 1024)
#define LOOK_AHEAD 100 /* lines */

static const char *dir;

void
fixtures_option(const char *path)
{
	dir = path;
}

bool
fixtures_asked(void)
{
	return dir != NULL;
}

static void
read_file(const char *path, struct buf *b)
{
	buf_reset(b);
	if (newfile_read(path, FIXTURE_MAX, b) < 0)
		die_sys(EX_CONFIG, "unable to read %s", path);
}

/* The first line of a text, without its newline; *rest is behind it. */
static struct span
line(struct span text, struct span *rest)
{
	const char *newline = memchr(text.at, '\n', text.len);
	size_t len = newline == NULL ? text.len : (size_t)(newline - text.at);

	*rest = span_skip(text, newline == NULL ? len : len + 1);
	return (struct span){ text.at, len };
}

static void
show(struct buf *out, const char *sign, struct span *text)
{
	buf_adds(out, sign);
	buf_add(out, line(*text, text));
	buf_addc(out, '\n');
}

/* In how many lines one comes that is this one; LOOK_AHEAD: not soon. */
static size_t
ahead(struct span text, struct span wanted)
{
	for (size_t n = 0; n < LOOK_AHEAD && text.len > 0; n++)
		if (span_eq(line(text, &text), wanted))
			return n;
	return LOOK_AHEAD;
}

/* Line by line; where they differ, up to the nearest that is in both. */
static void
show_difference(struct buf *out, struct span want, struct span got)
{
	while (want.len > 0 || got.len > 0) {
		struct span w, g, left = line(want, &w), right = line(got, &g);
		size_t lacking, added;

		if (want.len > 0 && got.len > 0 && span_eq(left, right)) {
			want = w;
			got = g;
			continue;
		}
		lacking = got.len == 0 ? 1 : ahead(want, right);
		added = want.len == 0 ? 1 : ahead(got, left);
		if (want.len > 0 && (got.len == 0 || lacking <= added))
			show(out, "-", &want);
		if (got.len > 0 && (want.len == 0 || added <= lacking))
			show(out, "+", &got);
	}
}

/* What the process wrote; false: it failed. */
static bool
collect(pid_t child, int fd, struct buf *got)
{
	off_t size;
	int status;
	char *to;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die_sys(EX_TEMPFAIL, "unable to wait");
	buf_reset(got);
	size = lseek(fd, 0, SEEK_END);
	if (size < 0 || (to = buf_room(got, (size_t)size + 1)) == NULL ||
	    read_at(fd, to, (size_t)size, 0) != size)
		die_sys(EX_TEMPFAIL, "unable to read what was written");
	buf_took(got, (size_t)size);
	close(fd);
	return WIFEXITED(status) && WEXITSTATUS(status) <= EX_PARTLY;
}

/* 0 in the process of the fixture, whose standard files are set. */
static pid_t
start(const char *input, int *fd)
{
	pid_t child;

	if ((*fd = memfd_create("fixture", MFD_CLOEXEC)) < 0 ||
	    (child = fork()) < 0)
		die_sys(EX_TEMPFAIL, "unable to start");
	if (child != 0)
		return child;
	if (freopen(input, "r", stdin) == NULL || dup2(*fd, STDOUT_FILENO) < 0)
		die_sys(EX_TEMPFAIL, "unable to start");
	close(*fd);
	diag_quieter();
	return 0;
}

static _Noreturn void
finish(const struct buf *report, bool right)
{
	struct outbuf out;

	outbuf_init(&out, STDOUT_FILENO);
	outbuf_line(&out, buf_span(report));
	if (report->failed || outbuf_close(&out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	exit(right ? EX_OK : EX_PARTLY);
}

/* What glob(3) would take for a pattern in the name of the directory is none. */
static void
pattern_of_dir(char *dst, size_t size)
{
	size_t n = 0;

	for (const char *p = dir; *p != '\0'; p++) {
		if (n + 8 > size)
			die(EX_CONFIG, "%s: too long a name", dir);
		if (strchr("*?[\\", *p) != NULL)
			dst[n++] = '\\';
		dst[n++] = *p;
	}
	snprintf(dst + n, size - n, "/*.in");
}

void
fixtures_run(void)
{
	char pattern[PATH_MAX], path[PATH_MAX];
	struct buf want, got, report;
	size_t wrong = 0;
	pid_t child = 1;
	glob_t found;
	int fd;

	pattern_of_dir(pattern, sizeof(pattern));
	if (glob(pattern, 0, NULL, &found) != 0)
		die(EX_CONFIG, "%s: there is no fixture NAME.in", dir);
	buf_init(&report);
	buf_init(&want);
	buf_init(&got);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *input = found.gl_pathv[i];
		bool done;

		snprintf(path, sizeof(path), "%.*s.out", (int)strlen(input) - 3,
		    input);
		read_file(path, &want);
		if ((child = start(input, &fd)) == 0)
			break;
		done = collect(child, fd, &got);
		if (done && span_eq(buf_span(&want), buf_span(&got)))
			continue;
		wrong++;
		buf_addf(
		    &report, "%s %s:\n", input, done ? "differs" : "failed");
		show_difference(&report, buf_span(&want), buf_span(&got));
	}
	buf_addf(&report, "%zu fixtures, %zu wrong", found.gl_pathc, wrong);
	if (child != 0)
		finish(&report, wrong == 0);
	globfree(&found);
	buf_release(&report);
	buf_release(&want);
	buf_release(&got);
}
