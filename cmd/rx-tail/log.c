/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/log.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/render.h"
#include "cmd/rx-tail/source.h"
#include "cmd/rx-tail/tree.h"
#include "lib/ascii.h"
#include "lib/diag.h"

static int
by_path(const void *a, const void *b)
{
	const struct log *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static char *
dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

struct log *
log_new(struct tail *t, const char *path, bool named)
{
	struct log *log = calloc(1, sizeof(*log));

	if (log == NULL || (log->path = strdup(path)) == NULL ||
	    (log->dir = dir_of(path)) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	tree_add(&t->logs_by_path, log, by_path);
	log->base = strrchr(log->path, '/');
	log->base = log->base == NULL ? log->path : log->base + 1;
	log->named = named;
	TAILQ_INIT(&log->chain);
	TAILQ_INSERT_TAIL(&t->logs, log, all);
	t->n_logs++;
	if ((log->join = join_new(t, log->path)) != NULL)
		log->name = join_name(log->join);
	render_log(t, log);
	return log;
}

struct log *
log_find(struct tail *t, const char *path)
{
	char *copy = (char *)(uintptr_t)path; /* it is only compared */
	struct log wanted = { .path = copy };

	return tree_find(t->logs_by_path, &wanted, by_path);
}

void
log_free(struct tail *t, struct log *log)
{
	struct source *s;

	while ((s = TAILQ_FIRST(&log->chain)) != NULL)
		source_free(t, s);
	watch_forget(&t->watch, log);
	if (log->due)
		TAILQ_REMOVE(&t->due, log, due_entry);
	TAILQ_REMOVE(&t->logs, log, all);
	tree_remove(&t->logs_by_path, log, by_path);
	t->n_logs--;
	join_free(log->join);
	t->walk |= t->refused > 0; /* there is room for one of them */
	buf_release(&log->constant);
	buf_release(&log->head);
	free(log->path);
	free(log->dir);
	free(log);
}

void
log_due(struct tail *t, struct log *log, bool look)
{
	log->look |= look;
	if (log->due)
		return;
	log->due = true;
	TAILQ_INSERT_TAIL(&t->due, log, due_entry);
}

struct source *
log_live(struct log *log)
{
	struct source *s;

	TAILQ_FOREACH_REVERSE(s, &log->chain, chain, chain)
	if (s->state == SOURCE_LIVE)
		return s;
	return NULL;
}

bool
log_tells(struct log *log, struct span line, int64_t now_ns, int64_t *ns)
{
	struct rtime_found found;

	if (log->join != NULL && join_tells(log->join, line, &found)) {
		*ns = found.ns;
		return true;
	}
	if (!rtime_scan(&log->rtime, line, now_ns, &found))
		return false;
	*ns = found.ns;
	return true;
}

static bool
is_compressed(const char *name)
{
	static const char *const endings[] = { ".gz", ".bz2", ".xz", ".zst",
		".lz4", ".lzma", ".Z", ".zip", ".7z", ".br" };
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcmp(name + len - n, endings[i]) == 0)
			return true;
	}
	return false;
}

bool
is_rotation(const char *base, const char *name)
{
	size_t len = strlen(base);
	const char *suffix;

	if (strncmp(base, name, len) != 0 || name[len] == '\0' ||
	    strchr(".-_", name[len]) == NULL || is_compressed(name))
		return false;
	suffix = name + len + 1;
	if (strcmp(suffix, "old") == 0 || strcmp(suffix, "prev") == 0)
		return true;
	return is_digit(*suffix);
}

struct log *
log_of_rotation(struct tail *t, const char *path)
{
	char live[PATH_MAX];
	const char *base = strrchr(path, '/');
	size_t start = base == NULL ? 0 : (size_t)(base + 1 - path);
	size_t len = strlen(path);
	struct log *log;

	if (len >= sizeof(live))
		return NULL;
	memcpy(live, path, len + 1);
	for (size_t end = len; end-- > start + 1;) {
		if (strchr(".-_", path[end]) == NULL)
			continue;
		live[end] = '\0';
		if (is_rotation(live + start, path + start) &&
		    (log = log_find(t, live)) != NULL)
			return log;
	}
	return NULL;
}
