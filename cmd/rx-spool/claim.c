/* SPDX-License-Identifier: MIT */
/*
 * claim -- take over a lane and say where its reader goes on (P1).
 *
 * The line is printed after the commit: a claim that nobody read only makes
 * the next one necessary.
 *
 * begin repeats the positions and is a record, with a record's bound.  What does
 * not fit are finished sources, the oldest first: read once more, if they are
 * still there, their lines are recognised by what the table holds.  Where the
 * others stood before is told when it fits.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-spool/spool.h"
#include "lib/diag.h"
#include "lib/outbuf.h"
#include "lib/stop.h"

#define LOCK_WAIT_MS 10000
#define ENTRIES_MAX (RECORD_MAX - 65 * 1024) /* leaves begin its own members */
#define OLDER_NAME 8 /* bytes beside a list of older positions */

static const struct cli_option options[] = { { 0, NULL, NULL, NULL } };
static struct cli cli = {
	.name = "rx-spool claim",
	.synopsis = "[options] DB [LANE]",
	.about = "Takes over a lane and prints where its reader is to go on.",
	.options = options,
	.examples = "  rx-tail --resume <(rx-spool claim q.db) /var/log/syslog "
		    "|\n      rx-spool push q.db\n",
};

struct cut {
	struct entry *entries;
	size_t n, size;
	size_t bytes; /* of the entries as text */
	const char *path, *lane;
	struct buf text; /* the paths, one behind the other, */
	struct buf older; /* and where they stood before */
};

/* The next one does not fit. */
static int
leave_out(const struct cut *cut, const struct store_source *source)
{
	if (source->done)
		return 0;
	die(EX_CONFIG,
	    "lane %s of %s reads too many files at once: the positions of "
	    "those "
	    "not finished take more than %d bytes; use several lanes",
	    cut->lane, cut->path, ENTRIES_MAX);
}

/* Where one that is not finished stood before it came to where it is. */
static size_t
add_older(struct buf *b, const struct store_source *source, uint64_t o)
{
	struct pair all[PAIRS_MAX];
	size_t n = source->done ? 0 : pairs_parse(source->anchors, all);
	size_t first = 0, before = b->len;

	while (first < n && all[first].o >= o)
		first++;
	if (first < n)
		pairs_render(b, all + first, n - first);
	return b->len - before;
}

/* A source that was stored from but never marked has no ENTRY to give. */
static int
collect(void *arg, const struct store_source *source)
{
	struct cut *cut = arg;
	struct entry e;

	if (source->entry.len == 0 || entry_parse(source->entry, &e) < 0)
		return 0;
	if (cut->bytes + source->entry.len + 1 > ENTRIES_MAX)
		return leave_out(cut, source);
	cut->bytes += source->entry.len + 1;
	if (cut->n == cut->size) {
		cut->size = cut->size == 0 ? 64 : 2 * cut->size;
		cut->entries =
		    realloc(cut->entries, cut->size * sizeof(*cut->entries));
		if (cut->entries == NULL)
			die(EX_TEMPFAIL, "out of memory");
	}
	/* The loan ends with the row; an offset stands in until the end. */
	buf_add(&cut->text, e.path);
	e.path.at = NULL;
	e.older.at = NULL;
	e.older.len = add_older(&cut->older, source, e.o);
	cut->entries[cut->n++] = e;
	return 0;
}

static void
print(struct store *st, const struct store_lane *lane, struct cut *cut)
{
	const struct claim claim = { .spool = span_of(store_uuid(st)),
		.lane = span_of(lane->name),
		.token = span_of(lane->token),
		.epoch = lane->epoch };
	const char *path = cut->text.at, *older = cut->older.at;
	size_t room = ENTRIES_MAX - cut->bytes;
	struct outbuf out;
	struct buf line;

	for (size_t i = 0; i < cut->n; i++) {
		struct span *before = &cut->entries[i].older;

		cut->entries[i].path.at = path;
		path += cut->entries[i].path.len;
		before->at = older;
		older += before->len;
		if (before->len + OLDER_NAME > room)
			before->len = 0;
		else if (before->len > 0)
			room -= before->len + OLDER_NAME;
	}
	buf_init(&line);
	mark_claim(&line, &claim, lane->marks == 0, cut->entries, cut->n);
	if (line.failed || cut->text.failed || cut->older.failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_init(&out, STDOUT_FILENO);
	outbuf_add(&out, buf_span(&line));
	if (outbuf_close(&out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	buf_release(&line);
}

int
verb_claim(int argc, char *argv[])
{
	const struct store_options how = { .create = true,
		.wait_ms = LOCK_WAIT_MS };
	struct cut cut = { .n = 0 };
	struct store_lane lane;
	struct store *st;
	const char *path, *name;

	cli.versions = store_versions();
	while (cli_next(&cli, argc, argv) != -1)
		;
	spool_operands(&cli, argc - optind, argv + optind, &path, &name);
	cut.path = path;
	cut.lane = name;
	if (stop_init() < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	st = spool_open(path, &how);
	spool_confine(path, NULL, NULL);
	buf_init(&cut.text);
	buf_init(&cut.older);
	spool_check(st, store_begin(st));
	spool_check(st, store_lane_make(st, name, &lane));
	spool_check(st, store_lane_claim(st, &lane));
	spool_check(st, store_sources_prune(st, lane.id));
	spool_check(st, store_sources(st, lane.id, collect, &cut));
	spool_check(st, store_commit(st));
	print(st, &lane, &cut);
	free(cut.entries);
	buf_release(&cut.text);
	buf_release(&cut.older);
	spool_close(st);
	return EX_OK;
}
