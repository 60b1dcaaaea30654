/* SPDX-License-Identifier: MIT */
/*
 * self -- what the tools of rx tell of themselves, as part of a sample.
 *
 * Each tool replaces the file of its --stats every ten seconds.  A file is read
 * again when it is another one, and rendered to JSON once; between, only its age
 * changes, by which a tool that died is seen.
 */
#include "cmd/rx-metrics/self.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/ascii.h"
#include "lib/jstr.h"
#include "lib/newfile.h"
#include "lib/num.h"
#include "lib/record.h"
#include "lib/rtime.h"

#define SUFFIX ".prom"
#define FILE_MAX (8 * 1024 * 1024)
#define JSON_MAX (8 * 1024) /* of one file */
#define WORD_LONGEST 200 /* of a name, a label, a number */

struct self_file {
	char *name; /* without SUFFIX */
	ino_t inode;
	int64_t written_ns;
	struct buf json; /* ,"family":value… */
	bool present;
};

struct self {
	const char *dir;
	DIR *entries;
	struct self_file files[SELF_FILES];
	size_t n;
	struct record check;
};

struct self *
self_new(const char *dir)
{
	struct self *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->dir = dir;
	if ((s->entries = opendir(dir)) == NULL) {
		free(s);
		return NULL;
	}
	record_init(&s->check);
	return s;
}

/* name, name{label="value"}: what follows is the value.  false: two labels. */
static bool
parse_name(struct span *rest, struct span *name, struct span *label)
{
	size_t n;

	for (n = 0; n < rest->len && rest->at[n] != '{' && rest->at[n] != ' ';)
		n++;
	*name = (struct span){ rest->at, n };
	*rest = span_skip(*rest, n);
	*label = (struct span){ NULL, 0 };
	if (rest->len == 0 || rest->at[0] == ' ')
		return n > 0;
	for (n = 0; n < rest->len && rest->at[n] != '"';)
		n++;
	*rest = span_skip(*rest, n < rest->len ? n + 1 : n);
	for (n = 0; n < rest->len && rest->at[n] != '"'; n++)
		if (rest->at[n] == '\\')
			n++;
	if (n >= rest->len || !span_starts(span_skip(*rest, n), SPAN("\"} ")))
		return false;
	*label = (struct span){ rest->at, n };
	*rest = span_skip(*rest, n + 2);
	return name->len > 0;
}

static bool
is_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!is_letter(name.at[i]) && !is_digit(name.at[i]) &&
		    name.at[i] != '_' && name.at[i] != ':')
			return false;
	return name.len <= WORD_LONGEST && !span_is(name, "age_seconds");
}

/* A label's text is escaped as JSON is, but for bytes JSON may not hold. */
static bool
is_json_text(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\\' && ++i < text.len &&
		    text.at[i] != '\\' && text.at[i] != '"' &&
		    text.at[i] != 'n')
			return false;
		if ((unsigned char)text.at[i] < ' ')
			return false;
	}
	return text.len <= WORD_LONGEST && jstr_is_utf8(text);
}

static bool
is_number(struct record *check, struct span value)
{
	return value.len > 0 && value.len <= WORD_LONGEST &&
	    value.at[0] <= '9' && value.at[0] != '"' &&
	    record_check(check, value) == 0;
}

/* Labelled values of one family stand together: {"family":{"label":1,…}}. */
static void
add_text(struct buf *to, struct span text, struct record *check)
{
	struct span line, name, label, value, open = { NULL, 0 },
					      last = { NULL, 0 };

	while (text_line(&text, &line) && to->len < JSON_MAX) {
		if (line.len == 0 || line.at[0] == '#' ||
		    !parse_name(&line, &name, &label) ||
		    !text_word(&line, &value) || !is_number(check, value) ||
		    !is_name(name) || !is_json_text(label) ||
		    (label.at == NULL && span_eq(name, last)))
			continue;
		if (open.len > 0 && (label.at == NULL || !span_eq(name, open)))
			buf_addc(to, '}');
		if (label.at == NULL || !span_eq(name, open)) {
			buf_adds(to, ",\"");
			buf_add(to, name);
			buf_adds(to, label.at != NULL ? "\":{" : "\":");
		} else {
			buf_addc(to, ',');
		}
		if (label.at != NULL) {
			buf_addc(to, '"');
			buf_add(to, label);
			buf_adds(to, "\":");
		}
		open = label.at != NULL ? name : (struct span){ NULL, 0 };
		last = name;
		buf_add(to, value);
	}
	if (open.len > 0)
		buf_addc(to, '}');
}

static void
read_file(struct self *s, struct self_file *f, const char *file)
{
	struct buf text;
	char path[4096];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/%s", s->dir, file);

	if (n < 0 || (size_t)n >= sizeof(path) || stat(path, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return;
	f->present = true;
	if (f->inode == st.st_ino &&
	    f->written_ns == st.st_mtim.tv_sec * NUM_S + st.st_mtim.tv_nsec)
		return;
	f->inode = st.st_ino;
	f->written_ns = st.st_mtim.tv_sec * NUM_S + st.st_mtim.tv_nsec;
	buf_reset(&f->json);
	buf_init(&text);
	if (newfile_read(path, FILE_MAX, &text) == 0)
		add_text(&f->json, buf_span(&text), &s->check);
	buf_release(&text);
}

static struct self_file *
find(struct self *s, struct span name)
{
	struct self_file *f;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (span_is(name, s->files[i].name))
			return &s->files[i];
	if (s->n == SELF_FILES || !jstr_is_utf8(name))
		return NULL;
	f = &s->files[s->n];
	*f = (struct self_file){ .name = strndup(name.at, name.len) };
	if (f->name == NULL)
		return NULL;
	buf_init(&f->json);
	s->n++;
	return f;
}

static void
release_file(struct self_file *f)
{
	free(f->name);
	buf_release(&f->json);
}

void
self_sample(struct self *s)
{
	const struct dirent *e;
	struct self_file *f;
	struct span name;
	size_t i, left = 0;

	for (i = 0; i < s->n; i++)
		s->files[i].present = false;
	rewinddir(s->entries);
	while ((e = readdir(s->entries)) != NULL) {
		name = span_of(e->d_name);
		if (name.len <= strlen(SUFFIX) || name.at[0] == '.' ||
		    strcmp(name.at + name.len - strlen(SUFFIX), SUFFIX) != 0)
			continue;
		name.len -= strlen(SUFFIX);
		if ((f = find(s, name)) != NULL)
			read_file(s, f, e->d_name);
	}
	for (i = 0; i < s->n; i++)
		if (s->files[i].present)
			s->files[left++] = s->files[i];
		else
			release_file(&s->files[i]);
	s->n = left;
}

void
self_render(struct buf *b, const struct self *s, int64_t wall_ns)
{
	const struct self_file *f;
	double age_s;

	for (f = s->files; f < s->files + s->n; f++) {
		age_s = (double)(wall_ns - f->written_ns) / (double)NUM_S;
		if (f > s->files)
			buf_addc(b, ',');
		jstr_add(b, span_of(f->name));
		buf_addf(b, ":{\"age_seconds\":%.1f", age_s > 0 ? age_s : 0);
		buf_add(b, buf_span(&f->json));
		buf_addc(b, '}');
	}
}

void
self_free(struct self *s)
{
	if (s == NULL)
		return;
	while (s->n > 0)
		release_file(&s->files[--s->n]);
	record_release(&s->check);
	closedir(s->entries);
	free(s);
}
