/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/stages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/ascii.h"
#include "lib/num.h"
#include "lib/rtime.h"

#define SUFFIX ".prom"

static bool
read_text(struct stage *stage, int fd)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > STAGE_BYTES ||
	    buf_room(&stage->text, (size_t)st.st_size + 1) == NULL)
		return false;
	stage->age_ms =
	    (rtime_now_ns() - st.st_mtim.tv_sec * NUM_S - st.st_mtim.tv_nsec) /
	    NUM_MS;
	while (stage->text.len < (size_t)st.st_size &&
	    (n = read(fd, stage->text.at + stage->text.len,
		 (size_t)st.st_size - stage->text.len)) > 0)
		buf_took(&stage->text, (size_t)n);
	return true;
}

struct stage *
stages_add(struct stages *s, const char *name)
{
	struct stage *stage;

	if (s->n == STAGES_MAX)
		return NULL;
	stage = &s->list[s->n++];
	snprintf(stage->name, sizeof(stage->name), "%s", name);
	stage->age_ms = 0;
	buf_init(&stage->text);
	return stage;
}

/* A name that can stand in a label and in JSON as it is. */
static bool
is_plain(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_letter(name[i]) && !is_digit(name[i]) &&
		    (i == 0 || strchr("._-", name[i]) == NULL))
			return false;
	return len > 0;
}

static void
read_stage(struct stages *s, int dir, const char *file)
{
	size_t len = strlen(file), suffix = strlen(SUFFIX);
	struct stage *stage;
	char name[STAGE_NAME + 1];
	int fd;

	if (len <= suffix || len - suffix > STAGE_NAME ||
	    !is_plain(file, len - suffix) ||
	    strcmp(file + len - suffix, SUFFIX) != 0)
		return;
	fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return; /* it has ended just now */
	snprintf(name, sizeof(name), "%.*s", (int)(len - suffix), file);
	if ((stage = stages_add(s, name)) != NULL && !read_text(stage, fd)) {
		buf_release(&stage->text);
		s->n--;
	}
	close(fd);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct stage *)a)->name, ((const struct stage *)b)->name);
}

int
stages_read(struct stages *s, const char *dir)
{
	const struct dirent *entry;
	DIR *d;

	s->n = 0;
	if (dir == NULL)
		return 0;
	if ((d = opendir(dir)) == NULL)
		return -1;
	while ((entry = readdir(d)) != NULL)
		read_stage(s, dirfd(d), entry->d_name);
	closedir(d);
	qsort(s->list, s->n, sizeof(*s->list), by_name);
	return 0;
}

void
stages_release(struct stages *s)
{
	for (size_t i = 0; i < s->n; i++)
		buf_release(&s->list[i].text);
	s->n = 0;
}

static struct span
cut_line(struct span *rest)
{
	const char *end = memchr(rest->at, '\n', rest->len);
	struct span line = *rest;

	if (end != NULL)
		line.len = (size_t)(end - line.at);
	*rest = span_skip(*rest, line.len + (end != NULL));
	return line;
}

static size_t
name_len(struct span s)
{
	size_t n = 0;

	while (n < s.len &&
	    (is_letter(s.at[n]) || s.at[n] == '_' || s.at[n] == ':' ||
		(n > 0 && is_digit(s.at[n]))))
		n++;
	return n;
}

/* Behind the brace that closes the labels, in which quotes may hold others. */
static size_t
labels_len(struct span s)
{
	bool quoted = false;

	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\\')
			i++;
		else if (s.at[i] == '"')
			quoted = !quoted;
		else if (s.at[i] == '}' && !quoted)
			return i;
	return s.len;
}

static bool
split(struct span line, struct sample *out)
{
	size_t n = name_len(line);

	out->name = (struct span){ line.at, n };
	line = span_skip(line, n);
	out->labels = (struct span){ line.at, 0 };
	if (line.len > 0 && *line.at == '{') {
		line = span_skip(line, 1);
		out->labels = (struct span){ line.at, labels_len(line) };
		if (out->labels.len == line.len)
			return false;
		line = span_skip(line, out->labels.len + 1);
	}
	if (n == 0 || line.len < 2 || *line.at != ' ')
		return false;
	out->value = span_skip(line, 1);
	for (size_t i = 0; i < out->value.len; i++)
		if (!is_digit(out->value.at[i]) &&
		    !is_letter(out->value.at[i]) &&
		    strchr("+-.", out->value.at[i]) == NULL)
			return false;
	return true;
}

bool
sample_next(struct span *rest, struct sample *out)
{
	while (rest->len > 0) {
		struct span line = cut_line(rest);

		if (span_starts(line, SPAN("# HELP ")))
			out->head = line;
		else if (span_starts(line, SPAN("# TYPE "))) {
			if (out->head.len == 0)
				out->head = line;
			out->head.len =
			    (size_t)(line.at + line.len - out->head.at);
			line = span_skip(line, strlen("# TYPE "));
			out->family = (struct span){ line.at, name_len(line) };
		} else if (split(line, out) && out->family.len > 0 &&
		    span_starts(out->name, out->family))
			return true;
	}
	return false;
}
