/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/journal.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/rx-tail/fragment.h"
#include "cmd/rx-tail/journal_lib.h"
#include "cmd/rx-tail/journal_place.h"
#include "cmd/rx-tail/own.h"
#include "cmd/rx-tail/render.h"
#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/stop.h"

#define TURN 500 /* entries */
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

#ifdef HAVE_LIBSYSTEMD

static char path[] = "journal";
static struct log log_of_it = { .path = path, .base = path };
static struct buf more;

bool
journal_is_built(void)
{
	return true;
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
		journal_lib_check(
		    sd.sd_journal_add_match(sd.journal, text, 0), "match");
		journal_lib_check(
		    sd.sd_journal_add_disjunction(sd.journal), "match");
	}
}

static void
match_units(void)
{
	for (const char *u = wanted_units; u != NULL && *u != '\0';) {
		size_t len = strcspn(u, ",");

		if (len > 0)
			match_unit(u, len);
		u += len + (u[len] == ',');
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
		journal_lib_check(
		    sd.sd_journal_open_directory(&sd.journal, paths[0], 0),
		    "open its directory");
	} else {
		journal_lib_check(
		    sd.sd_journal_open_files(&sd.journal, paths, 0),
		    "open its files");
	}
}

void
journal_open(struct tail *t)
{
	journal_lib_load();
	if (n_paths > 0)
		open_paths();
	else
		journal_lib_check(
		    sd.sd_journal_open(&sd.journal, SD_JOURNAL_LOCAL_ONLY),
		    "open");
	sd.sd_journal_set_data_threshold(sd.journal, FRAGMENT_MAX);
	if (!t->once)
		t->journal_fd = sd.sd_journal_get_fd(sd.journal);
}

void
journal_start(struct tail *t, bool resumed)
{
	if (!t->journal)
		return;
	TAILQ_INIT(&log_of_it.chain);
	render_log(t, &log_of_it);
	t->readable++;
	place_find_lost(t);
	match_units();
	if (place_is_resumed())
		place_back();
	else if (t->since_ns > 0 && !resumed)
		journal_lib_check(sd.sd_journal_seek_realtime_usec(
				      sd.journal, (uint64_t)(t->since_ns / US)),
		    "seek");
	else if (t->from_end && !resumed)
		place_end(t);
	else
		journal_lib_check(sd.sd_journal_seek_head(sd.journal), "seek");
}

/* The value of a field of the current entry, empty when it has none. */
static struct span
field(const char *name)
{
	const void *data;
	size_t len, skip = strlen(name) + 1;

	if (sd.sd_journal_get_data(sd.journal, name, &data, &len) < 0 ||
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

	sd.sd_journal_get_realtime_usec(sd.journal, &us);
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
	char cursor[JOURNAL_CURSOR];
	struct sequence *s;
	uint64_t number;
	int r;

	if (!t->journal)
		return false;
	if (t->journal_fd >= 0)
		journal_lib_check(sd.sd_journal_process(sd.journal), "follow");
	for (unsigned i = 0; i < TURN && rate_open(&t->rate); i++) {
		if ((r = sd.sd_journal_next(sd.journal)) == 0)
			return false;
		journal_lib_check(r, "read");
		if ((s = place_here(t, cursor, &number)) == NULL ||
		    number < s->o)
			continue;
		hand_on(t, s, number);
		rate_spend(&t->rate, 1);
		place_passed(s, cursor, number);
		if (t->marks && cut_due(&t->cut))
			cut_mark(t, false);
	}
	return true;
}

#endif
