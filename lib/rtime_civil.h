/* SPDX-License-Identifier: MIT */
/*
 * rtime_civil -- what the parts of rtime share; tools use rtime.h.
 *
 *   rtime.c        the calendar; RFC 3339 in and out
 *   rtime_zone.c   zones: offsets, names, local time
 *   rtime_pieces.c parts of a date and a clock
 *   rtime_forms.c  the forms that loggers write
 *   rtime_epoch.c  numbers that count from 1970
 *   rtime_scan.c   where in a line a time may stand
 *   rtime_memo.c   a line that begins like one before
 */
#ifndef RX_RTIME_CIVIL_H
#define RX_RTIME_CIVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ascii.h"
#include "lib/rtime.h"

#define DAY_S INT64_C(86400)
#define AHEAD_S (31 * DAY_S) /* a date without its year may be that far off */
#define YEAR_MIN 1970
#define YEAR_MAX 2261

enum zone_kind {
	ZONE_NONE, /* not stated */
	ZONE_OFFSET,
	ZONE_LOCAL, /* by a name of the local zone */
	ZONE_UNKNOWN, /* stated, and nobody can say what it means */
};

/* A date and a time of day as they are written. */
struct civil {
	unsigned year; /* 0: not stated */
	unsigned month, day, hour, minute, second;
	unsigned ns, digits;
	enum zone_kind zone;
	long offset_s;
	bool short_year; /* two digits of it */
	bool either_way; /* month and day may be the other way round */
	bool twelve_hour; /* AM or PM was said */
	bool
	    year_asked; /* it is inferred, or what follows from the line after */
	/* Where the digits stand, empty where there are none. */
	struct span hour_text, minute_text, second_text, fraction_text;
	bool fraction_counts; /* milliseconds, and not decimal places */
	struct span count_text; /* of a number that counts from 1970 */
	bool dated; /* because the date of its day follows */
};

/* Bytes still to be read. */
struct text {
	const char *at;
	const char *end;
};

static inline int
text_peek(const struct text *t)
{
	return t->at < t->end ? (unsigned char)*t->at : -1;
}

static inline bool
text_take(struct text *t, char c)
{
	if (text_peek(t) != (unsigned char)c)
		return false;
	t->at++;
	return true;
}

/* From min to max digits, as many as there are. */
static inline bool
text_number(struct text *t, unsigned min, unsigned max, unsigned *n)
{
	unsigned count = 0, value = 0;

	if (t->end - t->at < (ptrdiff_t)min)
		return false;
	while (count < min) { /* unrolled where min is a constant */
		if (!is_digit(t->at[count]))
			return false;
		value = value * 10 + (unsigned)(t->at[count++] - '0');
	}
	for (t->at += count; count < max && is_digit(text_peek(t)); count++)
		value = value * 10 + (unsigned)(*t->at++ - '0');
	*n = value;
	return true;
}

bool text_blanks(struct text *); /* one or more */

/* Digits after a point or comma: to nanoseconds, what lies beyond is cut. */
bool text_fraction(struct text *, struct civil *);

/* A zone at t, after at most one blank: false leaves t where it was. */
bool zone_read(const struct rtime *, struct text *, struct civil *);
bool zone_offset(struct text *, long *offset_s); /* +hh, +hhmm, +hh:mm */

/* By name, whole or three letters of it, in any case; 0: none. */
unsigned piece_month(struct text *);
bool piece_weekday(struct text *); /* and what parts it from the date */
bool piece_joint(struct text *); /* what joins date and clock */
bool piece_clock(struct text *, struct civil *, bool seconds_too);
bool piece_packed_clock(struct text *, struct civil *);

bool civil_exists(const struct civil *);
int64_t civil_seconds(const struct civil *); /* as if it were UTC */
unsigned civil_year_of(int64_t seconds);

/* Local seconds to UTC; false in the hour that a change of clocks leaves out */
bool zone_to_utc(struct rtime *, int64_t local_s, int64_t *utc_s);

/* The form at t: FORM_NONE, or its end in t and what it says in the civil. */
enum form_verdict {
	FORM_NONE,
	FORM_FOUND,
	FORM_BROKEN, /* it is one, of a time that does not exist */
};
enum form_allow {
	FORM_FULL = 1, /* what is nothing else than a time */
	FORM_WEAK = 2, /* what is one only at the head of a line */
	FORM_BRACKETED = 4, /* what is one only in brackets at the head */
	FORM_BARE = 8, /* what is one only without them */
	FORM_EPOCH = 16,
	FORM_EPOCH_POINT = 32, /* seconds with a fraction */
	FORM_EPOCH_DATED = 64, /* seconds with their date in the next column */
};
enum form_verdict form_read(struct rtime *, struct text *, unsigned allow,
    int64_t now_ns, struct rtime_found *, struct civil *);

#define EPOCH_DIGITS 10 /* at least */
bool epoch_read(struct text *, unsigned digits, unsigned allow, int64_t now_ns,
    struct rtime_found *, struct civil *);

/* Is it like a line that was kept?  And keep one, as the civil was read. */
bool memo_find(
    struct rtime *, struct span line, int64_t now_ns, struct rtime_found *);
void memo_keep(struct rtime *, struct span line, int64_t now_ns,
    const struct rtime_found *, const struct civil *);

#endif
