/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/patterns.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/rx-tail/chain.h"
#include "cmd/rx-tail/glob.h"
#include "cmd/rx-tail/input.h"
#include "cmd/rx-tail/links.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/packed.h"
#include "cmd/rx-tail/source.h"
#include "lib/diag.h"

#define LABEL_BYTES \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

/*
 * The length of NAME when text is NAME=FILE, else 0: a file of that whole name
 * that exists is meant, and a path has a slash before its first =.
 */
static size_t
label_len(const char *text)
{
	size_t n = strspn(text, LABEL_BYTES);

	return n > 0 && text[n] == '=' && text[n + 1] != '\0' &&
		access(text, F_OK) < 0
	    ? n
	    : 0;
}

void
patterns_free(struct pattern *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(p[i].text);
		free(p[i].label);
	}
	free(p);
}

void
patterns_put(struct tail *t, const struct pattern *p)
{
	t->patterns = or_die(
	    realloc(t->patterns, (t->n_patterns + 1) * sizeof(*t->patterns)));
	t->patterns[t->n_patterns++] = *p;
}

void
patterns_add(struct tail *t, const char *text, enum format format, bool config)
{
	size_t len = format == FORMAT_DOCKER ? 0 : label_len(text);
	struct pattern new = { .config = config, .format = format };

	if (len > 0)
		new.label = or_die(strndup(text, len));
	text += len > 0 ? len + 1 : 0;
	new.named = strpbrk(text, "*?[\\") == NULL;
	while (!new.named && strncmp(text, "./", 2) == 0)
		text += 2; /* events tell names without it */
	new.text = or_die(strdup(text));
	patterns_put(t, &new);
}

const char *
patterns_label(const struct tail *t, const char *path)
{
	for (size_t i = 0; i < t->n_patterns; i++)
		if (t->patterns[i].label != NULL &&
		    glob_match(t->patterns[i].text, path))
			return t->patterns[i].label;
	return NULL;
}

bool
patterns_match(const struct tail *t, const char *path)
{
	for (size_t i = 0; i < t->n_patterns; i++)
		if (glob_match(t->patterns[i].text, path))
			return true;
	return false;
}

size_t
patterns_given(const void *arg, const char *path)
{
	const struct tail *t = arg;
	const char *slash = strrchr(path, '/');
	size_t given = 0;
	bool found = false;

	for (size_t i = 0; i < t->n_patterns; i++) {
		const struct pattern *p = &t->patterns[i];
		size_t wild = strcspn(p->text, "*?[\\");

		if (p->named && strcmp(p->text, path) == 0)
			return SIZE_MAX;
		if (p->named || !glob_match(p->text, path))
			continue;
		while (wild > 0 && p->text[wild - 1] != '/')
			wild--;
		found = true;
		given = wild > given ? wild : given;
	}
	/* What is found beside a file, as its rotation, is as if "*" had. */
	return found ? given : slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

enum format
patterns_format(const struct tail *t, const char *path)
{
	for (size_t i = 0; i < t->n_patterns; i++)
		if (t->patterns[i].format != FORMAT_PLAIN &&
		    glob_match(t->patterns[i].text, path))
			return t->patterns[i].format;
	return FORMAT_PLAIN;
}

static void
follow_path(struct tail *t, const char *path, bool named)
{
	static struct diag_rate often;
	struct log *log;

	if (!t->once && !t->starting && t->n_logs >= t->max_files) {
		if (++t->refused > t->refusals_said)
			warn_every(&often,
			    "%s: not followed: the maximum is %" PRIu64
			    " files (--max-files)",
			    path, t->max_files);
		return;
	}
	log = log_new(t, path, named);
	watch_log(&t->watch, log);
	if (!t->starting)
		log_due(t, log, true);
}

/* A file that somebody has already. */
static void
found_again(struct tail *t, struct source *s, const struct look *l)
{
	if (s->state == SOURCE_DONE && !s->copy && l->size > s->o)
		chain_reopened(t, s);
}

/* What a path leads to, unless by a link that somebody else may have put
 * there; some kernels refuse those themselves (fs.protected_symlinks). */
static bool
may_follow(const char *path, struct look *l)
{
	static struct diag_rate often;
	struct stat link;
	int fd = -1;

	if (look_path(path, l) == 0) {
		if (!l->regular)
			return false;
		fd = links_open(path, O_PATH | O_CLOEXEC);
		if (fd >= 0)
			close(fd);
		else if (errno == ELOOP)
			warn_every(&often,
			    "%s: not followed: a link to another's file in a "
			    "directory that others can write",
			    path);
		return fd >= 0 || errno != ELOOP;
	}
	if (errno == EACCES && lstat(path, &link) == 0 && S_ISLNK(link.st_mode))
		warn_every(&often,
		    "%s: not followed: the link leads to what may not be "
		    "looked at",
		    path);
	return false;
}

static void
on_path(void *arg, const char *path)
{
	struct tail *t = arg;
	struct log *log;
	struct look l;
	struct source *known;

	t->paths++;
	if (log_find(t, path) != NULL || !may_follow(path, &l))
		return;
	if ((known = source_find(t, &l.id)) != NULL) {
		found_again(t, known, &l);
	} else if (packed_found(t, path)) {
		return;
	} else if ((log = log_of_rotation(t, path)) != NULL) {
		log->beside = !t->starting; /* else start.c finds it */
		log_due(t, log, true);
	} else {
		follow_path(t, path, false);
	}
}

static void
on_dir(void *arg, const char *dir)
{
	struct tail *t = arg;

	if (!t->once)
		watch_dir(&t->watch, dir);
}

/* Standard input, or a FIFO that is there at the start. */
static bool
is_piped(struct tail *t, struct pattern *p)
{
	if (p->piped || !t->starting || !p->named ||
	    (strcmp(p->text, "-") != 0 && !input_is_fifo(p->text)))
		return p->piped;
	if (t->marks)
		die(EX_USAGE,
		    "%s has no position: it cannot be used with --marks",
		    strcmp(p->text, "-") == 0 ? "standard input" : p->text);
	p->piped = true;
	t->n_piped++;
	if (!t->checking)
		input_add(t, p->text);
	return true;
}

static void
say_none(const struct pattern *p)
{
	int dir = (int)strlen(p->text) - (int)sizeof(PATTERNS_DOCKER) + 1;

	if (p->format == FORMAT_DOCKER)
		warn("%.*s: no logs of containers", dir, p->text);
	else
		warn("%s: no such file", p->text);
}

void
patterns_walk(struct tail *t)
{
	const struct glob_walk w = { on_path, on_dir, t };

	t->walk = false;
	t->refusals_said = t->refused; /* told once, not at every walk */
	t->refused = 0;
	for (size_t i = 0; i < t->n_patterns; i++) {
		struct pattern *p = &t->patterns[i];
		struct log *log = log_find(t, p->text);
		uintmax_t before = t->paths;

		if (is_piped(t, p))
			continue;
		if (p->named && log == NULL)
			follow_path(t, p->text, true);
		else if (p->named && log->names == NULL)
			watch_log(&t->watch, log);
		glob_walk(p->text, &w);
		if (t->once && !p->named && t->paths == before) {
			say_none(p);
			t->unreadable++;
		}
	}
	if (t->starting && !t->once && t->n_logs > t->max_files)
		die(EX_CONFIG,
		    "Cannot monitor %" PRIu64 " files. "
		    "Maximum is %" PRIu64 ". "
		    "Consider log aggregation or sampling.",
		    t->n_logs, t->max_files);
}
