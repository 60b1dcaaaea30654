#include "cmd/rx-tail/journal.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/rx-tail/fragment.h"
#include "cmd/rx-tail/own.h"
#include "cmd/rx-tail/render.h"
#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/stop.h"

#define TURN 500 /* entries */
#define CURSOR_MAX 256
#define PATHS_MAX 64
#define US 1000 /* ns */

static const char *wanted_units;
static const char *paths[PATHS_MAX + 1];
static size_t n_paths;

void
journal_want(struct tail *t, const char *units)
{
	t->journal = true;
	if (units != NULL)
		wanted_units = units;
}

void
journal_path(struct tail *t, const char *path)
{
	journal_want(t, NULL);
	if (n_paths == PATHS_MAX)
		die(EX_CONFIG, "more than %d --journal-path", PATHS_MAX);
	paths[n_paths++] = path;
}

#ifndef HAVE_LIBSYSTEMD

bool
journal_is_built(void)
{
	return false;
}

void
journal_open(struct tail *t)
{
	(void)t;
	die(EX_CONFIG,
	    "the journal cannot be read: rx-tail was built without "
	    "libsystemd");
}

bool
journal_resume(struct tail *t, const struct entry *e)
{
	(void)t;
	(void)e;
	return false;
}

void
journal_start(struct tail *t, bool resumed)
{
	(void)t;
	(void)resumed;
}

bool
journal_turn(struct tail *t)
{
	(void)t;
	return false;
}

void
journal_tell(struct tail *t, bool moved,
    void (*tell)(struct tail *, const struct entry *))
{
	(void)t;
	(void)moved;
	(void)tell;
}

#else

#include <systemd/sd-journal.h>

/* The calls that are used, as they are named. */
#define CALLS(X) \
	X(sd_journal_open) \
	X(sd_journal_open_directory) \
	X(sd_journal_open_files) \
	X(sd_journal_add_match) \
	X(sd_journal_add_disjunction) \
	X(sd_journal_seek_head) \
	X(sd_journal_seek_tail) \
	X(sd_journal_seek_realtime_usec) \
	X(sd_journal_seek_cursor) \
	X(sd_journal_test_cursor) \
	X(sd_journal_next) \
	X(sd_journal_previous_skip) \
	X(sd_journal_get_cursor) \
	X(sd_journal_get_realtime_usec) \
	X(sd_journal_get_data) \
	X(sd_journal_set_data_threshold) \
	X(sd_journal_get_fd) \
	X(sd_journal_process)

#define DECLARE(name) __typeof__(name) *name;
static struct {
	CALLS(DECLARE)
} sd;

/* One sequence of numbers, mostly that of this machine. */
struct sequence {
	char id[40];
	char src[MARK_SRC + 1];
	char cursor[CURSOR_MAX]; /* of the entry before o */
	uint64_t o;
	bool moved;
};

static sd_journal *journal;
static struct sequence *sequences;
static size_t n_sequences;
static char path[] = "journal";
static struct log log_of_it = { .path = path, .base = path };
static struct buf more;

bool
journal_is_built(void)
{
	return true;
}

static void
load(void)
{
	void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		die(EX_CONFIG, "the journal cannot be read: %s", dlerror());
#define LOAD(name) \
	*(void **)&sd.name = dlsym(library, #name); \
	if (sd.name == NULL) \
		die(EX_CONFIG, "the journal cannot be read: %s", dlerror());
	CALLS(LOAD)
}

static void
check(int r, const char *what)
{
	if (r >= 0)
		return;
	errno = -r;
	die_sys(
	    r == -EACCES ? EX_NOPERM : EX_IOERR, "journal: unable to %s", what);
}

/* Of a unit, what it wrote and what systemd wrote about it. */
static void
match_unit(const char *unit, size_t len)
{
	static const char *const fields[] = { "_SYSTEMD_UNIT", "UNIT" };
	char text[NAME_MAX + 32];
	const char *type = memchr(unit, '.', len) == NULL ? ".service" : "";

	if (len > NAME_MAX)
		die(EX_CONFIG, "--journal: the name of a unit is too long");
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		snprintf(text, sizeof(text), "%s=%.*s%s", fields[i], (int)len,
		    unit, type);
		check(sd.sd_journal_add_match(journal, text, 0), "match");
		check(sd.sd_journal_add_disjunction(journal), "match");
	}
}

static void
open_paths(void)
{
	struct stat st;

	if (stat(paths[0], &st) == 0 && S_ISDIR(st.st_mode)) {
		if (n_paths > 1)
			die(EX_CONFIG,
			    "--journal-path: one directory, or files");
		check(sd.sd_journal_open_directory(&journal, paths[0], 0),
		    "open its directory");
	} else {
		check(sd.sd_journal_open_files(&journal, paths, 0),
		    "open its files");
	}
}

void
journal_open(struct tail *t)
{
	load();
	if (n_paths > 0)
		open_paths();
	else
		check(sd.sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY),
		    "open");
	for (const char *u = wanted_units; u != NULL && *u != '\0';) {
		size_t len = strcspn(u, ",");

		if (len > 0)
			match_unit(u, len);
		u += len + (u[len] == ',');
	}
	sd.sd_journal_set_data_threshold(journal, FRAGMENT_MAX);
	if (!t->once)
		t->journal_fd = sd.sd_journal_get_fd(journal);
}

/* "s=ID;i=NUMBER;…": where the current entry is. */
static bool
cursor_parse(const char *cursor, char id[40], uint64_t *number)
{
	const char *i = strstr(cursor, ";i=");
	size_t len = i == NULL ? 0 : (size_t)(i - cursor) - 2;

	if (i == NULL || strncmp(cursor, "s=", 2) != 0 || len >= 40 ||
	    strlen(cursor) >= CURSOR_MAX)
		return false;
	memcpy(id, cursor + 2, len);
	id[len] = '\0';
	errno = 0;
	*number = strtoull(i + 3, NULL, 16);
	return errno == 0 && *number < MARK_OFFSET_MAX - 1;
}

static struct sequence *
sequence_of(const struct tail *t, const char *id)
{
	const struct span parts[] = { SPAN("rx1"), span_of(t->node_id),
		SPAN("journal"), span_of(id) };
	struct sequence *s;

	for (size_t i = 0; i < n_sequences; i++)
		if (strcmp(sequences[i].id, id) == 0)
			return &sequences[i];
	s = realloc(sequences, (n_sequences + 1) * sizeof(*s));
	if (s == NULL)
		die(EX_TEMPFAIL, "out of memory");
	sequences = s;
	s = &sequences[n_sequences++];
	*s = (struct sequence){ .o = 0 };
	snprintf(s->id, sizeof(s->id), "%s", id);
	digest_b32(parts, sizeof(parts) / sizeof(*parts), s->src);
	return s;
}

bool
journal_resume(struct tail *t, const struct entry *e)
{
	char cursor[CURSOR_MAX], id[40];
	struct sequence *s;
	uint64_t number;

	if (!t->journal || *e->head != '\0' || e->path.len >= sizeof(cursor))
		return false;
	memcpy(cursor, e->path.at, e->path.len);
	cursor[e->path.len] = '\0';
	if (!cursor_parse(cursor, id, &number))
		return false;
	s = sequence_of(t, id);
	s->o = e->o;
	memcpy(s->cursor, cursor, sizeof(s->cursor));
	return true;
}

/* Where the current entry is; NULL when libsystemd cannot say. */
static struct sequence *
here(struct tail *t, char cursor[CURSOR_MAX], uint64_t *number)
{
	char *text, id[40];
	bool ok;

	if (sd.sd_journal_get_cursor(journal, &text) < 0)
		return NULL;
	if ((ok = cursor_parse(text, id, number)))
		snprintf(cursor, CURSOR_MAX, "%s", text);
	free(text);
	return ok ? sequence_of(t, id) : NULL;
}

/* The current entry was handed on, or is not wanted. */
static void
passed(struct tail *t)
{
	char cursor[CURSOR_MAX];
	uint64_t number;
	struct sequence *s = here(t, cursor, &number);

	if (s == NULL || number < s->o)
		return;
	memcpy(s->cursor, cursor, sizeof(cursor));
	s->o = number + 1;
	s->moved = true;
}

/* At the earliest of the places where we were. */
static void
seek_back(void)
{
	const char *at = NULL;
	uint64_t earliest = UINT64_MAX, us;

	for (size_t i = 0; i < n_sequences; i++) {
		const char *cursor = sequences[i].cursor;

		check(sd.sd_journal_seek_cursor(journal, cursor), "seek");
		if (sd.sd_journal_next(journal) > 0 &&
		    sd.sd_journal_get_realtime_usec(journal, &us) >= 0 &&
		    us < earliest) {
			earliest = us;
			at = cursor;
		}
	}
	if (at == NULL)
		check(sd.sd_journal_seek_tail(journal), "seek");
	else
		check(sd.sd_journal_seek_cursor(journal, at), "seek");
}

static void
seek_end(struct tail *t)
{
	const uint64_t skip = t->last_n + 1;

	check(sd.sd_journal_seek_tail(journal), "seek");
	if ((uint64_t)sd.sd_journal_previous_skip(journal, skip) < skip)
		check(sd.sd_journal_seek_head(journal), "seek");
	else
		passed(t);
}

void
journal_start(struct tail *t, bool resumed)
{
	if (!t->journal)
		return;
	TAILQ_INIT(&log_of_it.chain);
	render_log(t, &log_of_it);
	t->readable++;
	if (n_sequences > 0)
		seek_back();
	else if (t->since_ns > 0 && !resumed)
		check(sd.sd_journal_seek_realtime_usec(
			  journal, (uint64_t)(t->since_ns / US)),
		    "seek");
	else if (t->from_end && !resumed)
		seek_end(t);
	else
		check(sd.sd_journal_seek_head(journal), "seek");
}

/* The value of a field of the current entry, empty when it has none. */
static struct span
field(const char *name)
{
	const void *data;
	size_t len, skip = strlen(name) + 1;

	if (sd.sd_journal_get_data(journal, name, &data, &len) < 0 ||
	    len < skip)
		return (struct span){ "", 0 };
	return (struct span){ (const char *)data + skip, len - skip };
}

static void
add_text(const char *name, struct span value)
{
	if (value.len == 0)
		return;
	buf_addf(&more, ",\"%s\":", name);
	jstr_add(&more, value);
}

static void
add_number(const char *name, struct span value)
{
	const char *why;
	uint64_t n;

	if (num_u64(value, &n, &why) == 0)
		buf_addf(&more, ",\"%s\":%" PRIu64, name, n);
}

/* Fields are loans until the next one is asked for. */
static void
add_members(void)
{
	buf_reset(&more);
	add_text("unit", field("_SYSTEMD_UNIT"));
	add_number("priority", field("PRIORITY"));
	add_number("pid", field("_PID"));
	add_text("hostname", field("_HOSTNAME"));
	if (more.failed)
		die(EX_TEMPFAIL, "out of memory");
}

static struct span
program(char dst[TAG_MAX])
{
	struct span name = field("_COMM");

	/* A tool of rx is itself, whatever its unit calls it: own.h. */
	if (!own_name(name)) {
		name = field("SYSLOG_IDENTIFIER");
		if (name.len == 0)
			name = field("_COMM");
	}
	if (name.len > TAG_MAX)
		name.len = TAG_MAX;
	memcpy(dst, name.at, name.len);
	return (struct span){ dst, name.len };
}

static void
hand_on(struct tail *t, struct sequence *s, uint64_t number)
{
	struct rtime_found when = { .digits = 6 };
	char tag[TAG_MAX];
	struct piece p = { .o = number, .e = number + 1, .when = &when };
	uint64_t us = 0;
	size_t cut, n;

	sd.sd_journal_get_realtime_usec(journal, &us);
	p.read_ns = rtime_now_ns();
	when.ns = (int64_t)us * US;
	add_members();
	p.tag = program(tag);
	p.text = field("MESSAGE");
	if (p.text.len > FRAGMENT_SURE &&
	    (cut = fragment_cut(p.text, true)) < p.text.len) {
		p.text.len = cut;
		buf_adds(&more, ",\"truncated\":true");
	}
	p.more = buf_span(&more);
	n = render_piece(t, &log_of_it, s->src, &p);
	t->lines++;
	t->bytes += p.text.len;
	log_of_it.lines++;
	CRASH("tail.line");
	if (!t->marks)
		return;
	if (!cut_open(&t->cut))
		t->cut.since_ms = stop_now_ms();
	cut_count(&t->cut, n);
}

bool
journal_turn(struct tail *t)
{
	char cursor[CURSOR_MAX];
	struct sequence *s;
	uint64_t number;
	int r;

	if (!t->journal)
		return false;
	if (t->journal_fd >= 0)
		check(sd.sd_journal_process(journal), "follow");
	for (unsigned i = 0; i < TURN && rate_open(&t->rate); i++) {
		if ((r = sd.sd_journal_next(journal)) == 0)
			return false;
		check(r, "read");
		if ((s = here(t, cursor, &number)) == NULL || number < s->o)
			continue;
		hand_on(t, s, number);
		rate_spend(&t->rate, 1);
		memcpy(s->cursor, cursor, sizeof(cursor));
		s->o = number + 1;
		s->moved = true;
		if (t->marks && cut_due(&t->cut))
			cut_mark(t, false);
	}
	return true;
}

void
journal_tell(struct tail *t, bool moved,
    void (*tell)(struct tail *, const struct entry *))
{
	for (size_t i = 0; i < n_sequences; i++) {
		struct sequence *s = &sequences[i];
		struct entry e = { .o = s->o, .path = span_of(s->cursor) };

		if (*s->cursor == '\0' || (moved && !s->moved))
			continue;
		s->moved = false;
		memcpy(e.src, s->src, sizeof(e.src));
		tell(t, &e);
	}
}

#endif
