/* SPDX-License-Identifier: MIT */
/*
 * rtime -- when a log line says it happened, and RFC 3339 out.
 *
 * Shape   A time is int64_t nanoseconds since 1970 UTC.  rtime_scan() looks for
 *         a time at the head of a line, in the forms that loggers write (the
 *         table in rtime_forms.c), and tells where its text stands; what may
 *         stand before it is told at the top of rtime_scan.c.
 *         The text keeps its own precision: digits fraction digits, 0 to 9.
 * Year    A form without a year gets the latest one that puts it at most 31
 *         days ahead of now: December read in January is last year, and the
 *         first days of January written by a clock that is ahead are next year.
 * Zone    A form without a zone is in the zone of rtime_init(): that of TZ for
 *         NULL, else an offset such as "+02:00" or a name tzset(3) knows, which
 *         then is the zone of the process.  An hour that comes twice when the
 *         clocks change is the first of the two, one that is left out is no
 *         time.
 * Memo    A line that begins like one of the last few, but for the digits of its
 *         clock, costs a comparison; so a struct rtime belongs to one source
 *         of lines.
 * Errors  What it cannot read is "not found", never a wrong time.  Dates that
 *         do not exist (Feb 30, hour 24) are not found.
 * Limits  Years 1970 to 2261 (int64_t).  A leap second reads as :59.
 * Source  RFC 3339, RFC 3164 4.1.2, RFC 5424 6.2.3, ISO 8601, date(1).
 */
#ifndef RX_RTIME_H
#define RX_RTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

#define RTIME_MAX 31 /* "2026-01-05T10:00:00.123456789Z" and a NUL */
#define RTIME_MEMO 128 /* bytes of a line within which its time begins */

struct rtime_found {
	int64_t ns;
	unsigned digits; /* fraction digits as written */
	size_t at, len; /* of the text inside the line */
};

#define RTIME_MEMOS 4
#define RTIME_KEPT 96 /* bytes, to the end of the time and a word more */
#define RTIME_DIGITS 24 /* a clock and all the digits of its fraction */

/* Private: what the first bytes of a line may be, and what it then says. */
struct rtime_memo {
	struct rtime_found found; /* as if all the digits were 0 */
	int64_t from_ns, until_ns; /* what they may make of it */
	int64_t now_ns;
	size_t len; /* 0: nothing is kept */
	size_t lanes; /* as many, or some more, as are compared at once */
	/* The i-th byte is from low[i] on one of span[i] + 1; 256 behind len. */
	unsigned char low[RTIME_KEPT], span[RTIME_KEPT];
	unsigned n_digits;
	unsigned char at[RTIME_DIGITS];
	int64_t weight_ns[RTIME_DIGITS];
};

struct rtime {
	/* private */
	struct rtime_memo memos[RTIME_MEMOS];
	unsigned memo; /* that fitted last */
	int64_t zone_from_s, zone_until_s; /* local offset known within */
	long zone_offset_s;
	bool zone_fixed;
};

int rtime_init(struct rtime *, const char *zone); /* -1: unknown zone */
bool rtime_scan(
    struct rtime *, struct span line, int64_t now_ns, struct rtime_found *);

/* Strict RFC 3339 over the whole span; -1 when it is not. */
int rtime_parse(struct span, struct rtime_found *);

/* "2026-01-05T10:00:00Z" with 0 to 9 fraction digits; the length. */
size_t rtime_render(char dst[RTIME_MAX], int64_t ns, unsigned digits);

int64_t rtime_now_ns(void); /* the wall clock */

#endif
