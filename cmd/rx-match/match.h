/* SPDX-License-Identifier: MIT */
/*
 * match -- what the parts of rx-match share: the job, and the count of what
 *          happened.
 *
 * Parts   options.c   the command line
 *         patterns.c  -e and -k, made into one set; reconfig.c: on HUP again
 *         main.c      acquire, confine, inputs, finish
 *         filter.c    a stream of records: candidates, marks, bad lines
 *         frame.c     do the lines of a block look like records
 *         text.c      lines of plain text, made into records
 *         judge.c     keep or drop, and how bad
 *         item.c      a record that is kept, and what is set in it
 *         repeat.c    records that are like one that was kept
 *         steps.c     what it passes through, a file for each step
 *         rules*.c    named rules: read, armed, asked, compared
 *         parse*.c    members out of known formats
 *         explain.c   --explain: why a record is kept or not
 *         fixtures.c  --test: inputs with known outputs
 *         enrich.c    members that were found in a text
 *         emit.c      what is written for what is kept
 *         context.c   the lines around what is kept
 *         raw.c       lines as grep shows them
 *         counters.c  what happened, for --stats
 *         view.c      the same for a person
 *         highlight.c what is coloured in either
 *         via*.c      a mode of its own: a stream through a command
 *         keyword*.c severity.c level*.c   words and levels
 */
#ifndef RX_MATCH_H
#define RX_MATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/lines.h"
#include "lib/outbuf.h"
#include "lib/record.h"
#include "lib/rex.h"
#include "lib/rtime.h"
#include "lib/span.h"

#include "context.h"
#include "item.h"
#include "keywords_find.h"
#include "number.h"
#include "severity.h"
#include "view.h"

enum format {
	FORMAT_AUTO,
	FORMAT_JSON,
	FORMAT_CLASSIC,
	FORMAT_RAW,
	FORMAT_VIEW,
	FORMAT_REPORT /* about the records, in their place */
};

struct job {
	/* what to do */
	struct rex *rex;
	struct rex *sieve; /* only its candidates are looked at; NULL: all */
	bool searching; /* there is a pattern */
	bool explaining; /* why each record is kept or not, in its place */
	bool diffing; /* by two files of rules; kept is what differs */
	bool by_rules; /* rules say what is kept */
	const struct keyword_finder *finder; /* finds the same, or NULL */
	bool invert, counting, as_text;
	bool listing; /* -l */
	bool named, numbered; /* raw lines begin with these */
	uintmax_t most; /* -m, UINTMAX_MAX: no end */
	struct item_path member;
	enum severity bar; /* SEVERITY_NONE: any */
	bool classing; /* the severity of what is kept is asked for */
	bool repeating; /* what is like what was kept is: repeat.h */
	enum format format; /* AUTO until it is known what stdout is */
	enum colour colour;
	const char *stats; /* --stats, or NULL */
	bool operands; /* files are named */
	bool rereads; /* and others are read again on HUP */
	bool terminal, coloured; /* stdout is one; the view has colours */

	/* with what */
	struct outbuf out;
	struct item item; /* the record at hand */
	struct item around; /* one of its context */
	struct context context;
	struct buf line; /* what is written */
	struct buf label; /* unescaped, of the view */
	struct buf control; /* a control record that waits, or empty */
	uintmax_t mark_end, now_end; /* in out: of a mark; what may not wait */
	int64_t marks_ms; /* since when marks wait */
	struct rtime rtime;

	/* the input at hand */
	const char *name;
	struct lines in;
	struct number number; /* of its lines */
	bool records; /* it is no plain text */
	uintmax_t kept;
	bool marked; /* control records were seen */
	bool busy, reload_due; /* in a block; HUP came while it was */

	/* what happened, over all inputs */
	uintmax_t all_lines, all_kept;
	uintmax_t controls; /* of the lines: marks and their like, passed on */
	uintmax_t not_records, overlong, limited, too_large, replaced;
	uintmax_t rejected; /* by a step */
	uintmax_t unreadable; /* inputs */
	uintmax_t denied; /* of these: for lack of permission */
};

/*
 * Is the item kept?  Sets severity and limited from its text.  hint: a place,
 * perhaps in the text, where a pattern may match, or NULL.
 */
bool judge(struct job *, struct item *, const char *hint);
void judge_severity(struct job *, struct item *);
struct span judge_inherited(struct job *, struct item *);

/*
 * Fills an item from a line of a record stream, false: it is none; and its text
 * alone, a loan of its record or unescaped.
 */
bool item_read(const struct job *, struct item *, struct span line);
void item_search(const struct job *, struct item *);

/* One block of input, or its lines after -m has ended the search. */
void filter_block(struct job *, struct span block);
void text_block(struct job *, struct span block);

/* Writes the control record that waits, if there is one. */
void filter_release(struct job *);

/*
 * In how many milliseconds what is to be written must be: 0 at once, -1 there is
 * nothing.  Marks that cover no record may wait for the next, a second at most.
 */
int64_t filter_due_ms(const struct job *);

/* The input at hand, as messages call it. */
static inline const char *
job_input(const struct job *j)
{
	return strcmp(j->name, "-") == 0 ? "stdin" : j->name;
}

static inline bool
job_done(const struct job *j)
{
	return j->kept >= j->most;
}

/*
 * A record, or a line of plain text, that is kept: through the steps, then
 * counted and written.
 */
void emit_record(struct job *, struct item *);
void emit_repeated(struct job *, struct span line, enum severity);
void emit_text(struct job *, struct item *);

/* A record that a step made: written, not counted, through no step. */
void emit_made(struct job *, struct item *);

/* A line beside one that is kept; and where lines are left out. */
void emit_around(struct job *, struct span line, uintmax_t number);
void emit_apart(struct job *);

/* Own counters into a file, from now on. */
void counters_to(struct job *, const char *path);

/* A line as grep shows it: with its file, its number, its matches. */
void raw_line(struct job *, const struct item *, struct span text);
void raw_apart(struct job *);
void raw_count(struct job *);
void raw_name(struct job *);

#endif
