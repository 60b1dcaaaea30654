/* SPDX-License-Identifier: MIT */
/*
 * tail -- what one run of rx-tail is made of.
 *
 *   pattern   what was asked for, on the command line
 *   log       one path that is followed; patterns yield logs
 *   source    one life of one file; a log has a chain of them, oldest first:
 *             files that were renamed away, then the one its path leads to
 *   cut       how far each source was handed on, told downstream by marks
 *
 * A turn of the loop (loop.c) takes what the watch saw, looks where the paths
 * of those logs lead now (chain.c), and reads their chains in order
 * (follow.c): a newer source is not read while an older one has lines.
 *
 * Memory: each source about 700 bytes and an open descriptor, which it may
 * lose when it is idle (source.c); one read buffer for all.
 */
#ifndef RX_TAIL_TAIL_H
#define RX_TAIL_TAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "cmd/rx-tail/births.h"
#include "cmd/rx-tail/container.h"
#include "cmd/rx-tail/counters.h"
#include "cmd/rx-tail/cut.h"
#include "cmd/rx-tail/encoding.h"
#include "cmd/rx-tail/hold.h"
#include "cmd/rx-tail/ident.h"
#include "cmd/rx-tail/listing.h"
#include "cmd/rx-tail/rate.h"
#include "cmd/rx-tail/tag.h"
#include "cmd/rx-tail/watch.h"
#include "lib/buf.h"
#include "lib/mark.h"
#include "lib/nodeid.h"
#include "lib/outbuf.h"
#include "lib/rtime.h"

enum source_state {
	SOURCE_LIVE, /* the path of its log leads to it */
	SOURCE_ROTATED, /* it is read until it is quiet, then finished */
	SOURCE_DONE /* finished, or never asked for: known, not read */
};

#define SOURCE_PAST 4

struct source {
	struct log *log;
	TAILQ_ENTRY(source) chain; /* of its log, oldest first */
	TAILQ_ENTRY(source) open; /* of open files, least lately used first */
	struct source *next_dirty;
	bool dirty; /* its ENTRY goes into the next mark */
	bool forget; /* freed after that mark */
	bool closed; /* its end was told: x */
	bool copy; /* of a source that is still there: never read */
	bool half; /* a line without LF is at its end */
	bool alone; /* no copy of an earlier life is beside it unknown */
	enum source_state state;

	struct ident id; /* of the file */
	struct ident born; /* of the file as it was: an adopted copy differs */
	uint64_t gen;
	char src[MARK_SRC + 1]; /* "": the head is not complete */
	char head[DIGEST_HEX + 1];
	unsigned head_len;

	uint64_t o; /* all before was handed on */
	uint64_t fr; /* fragments of the line at o that were */
	struct anchor anchor;
	enum encoding encoding;
	struct hold hold; /* what of it is in a record not complete */
	/* Where it was earlier: tells an old copy from a new file. */
	struct {
		uint64_t o;
		struct anchor anchor;
	} past[SOURCE_PAST];
	unsigned n_past;
	int64_t past_ms;

	uint64_t seen; /* size and time when its end was reached last */
	int64_t mtime_ns;

	struct packed *packed; /* it is compressed: packed.h */
	char *where; /* a path that led to it */
	int fd; /* -1: not open */
	int64_t grew_ms, left_ms; /* stop_now_ms(); left: its path */
	uint64_t size; /* at the last look */
	int64_t behind_ms; /* since when more than o was there; 0: not */
};

struct log {
	TAILQ_ENTRY(log) all;
	TAILQ_ENTRY(log) due_entry;
	TAILQ_HEAD(chain, source) chain;
	struct watched *names; /* what the watch knows of it */
	char *path;
	const char *base; /* inside path */
	char *dir;
	bool named; /* given as it is: stays when the file goes */
	bool due; /* is in tail.due */
	bool look; /* its path may lead elsewhere */
	bool beside; /* a file that may be of its chain came up */
	bool unpack; /* compressed files of its chain are asked for */
	bool remote; /* no event tells of it: looked at often */
	bool grew; /* an event said so since all was read */
	struct births births;
	int fails; /* errno that was said of it */
	struct known *known; /* at the start: entries of claims */
	struct join *join; /* NULL: each line is a record */
	unsigned holds; /* sources that have one: hold.h */
	const char *name; /* of its container, NULL: none; a loan of join */

	const char *label;
	uintmax_t bytes, lines; /* handed on */
	struct span path_json, label_json; /* inside constant */
	struct buf constant; /* the members that are the same in each record */
	struct buf head; /* all before the text, when lines tell no time */
	int64_t head_ns; /* of the read that it is of */
	struct rtime rtime;
	struct tag tag;
	struct { /* the hour of the line before, rendered */
		int64_t hour_ns;
		unsigned digits;
		size_t len;
		char text[RTIME_MAX];
	} time;
};

struct pattern {
	char *text;
	char *label; /* NULL: none of its own */
	bool config; /* --config names it: HUP may take it back */
	bool named; /* no wildcards */
	bool piped; /* an input: input.h */
	enum format format; /* of what it names */
};

struct label {
	char *glob, *name;
	bool config;
};

struct tail {
	/* options */
	struct pattern *patterns;
	size_t n_patterns;
	struct label *labels;
	size_t n_labels;
	bool from_end, once, marks;
	bool raw; /* lines are written as they are: not records */
	bool timeless; /* a line's own time is not looked for */
	bool own_near; /* then: a line that is read now may be ours */
	bool checking; /* nothing is opened but to see that it can be */
	bool journal; /* is a source too: journal.h */
	int journal_fd; /* readable when there may be more, or -1 */
	bool keeps; /* positions, by marks or a checkpoint */
	uint64_t last_n; /* -n */
	int64_t since_ns; /* 0: not given */
	uint64_t max_files;
	int64_t rotate_wait_ms;
	struct multiline *multiline; /* NULL: a line is a record */
	int64_t join_wait_ms;
	char node_id[NODEID_MAX + 1], ip[NODEID_MAX + 1];

	struct rtime rtime; /* in the zone of lines, of none of them yet */
	struct rate rate;
	struct outbuf out;
	struct cut cut;
	struct watch watch;
	struct listing listing;

	TAILQ_HEAD(log_list, log) logs, due;
	void *logs_by_path, *sources_by_id; /* of tree.h */
	TAILQ_HEAD(, source) open;
	TAILQ_HEAD(input_list, input) inputs;
	unsigned n_inputs; /* that have not ended */
	unsigned n_piped; /* patterns that are inputs */
	unsigned n_open, max_open;
	uint64_t n_logs;
	uint64_t refused; /* logs, for --max-files */
	uint64_t refusals_said;
	bool walk; /* patterns may name new files */
	bool reread; /* HUP came: reconfig.h */
	bool starting; /* positions are being taken */
	int64_t tick_ms; /* when all is looked at again */
	int64_t keep_ms; /* when the checkpoint is due */

	/* counters */
	uintmax_t bytes, lines, replaced;
	struct counters counters;
	uintmax_t undecoded; /* lines that are not of their container format */
	uintmax_t paths, unreadable, readable;
	bool denied;
};

static inline bool
source_wanted(const struct source *s)
{
	return s->state != SOURCE_DONE;
}

#endif
