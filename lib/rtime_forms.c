/* SPDX-License-Identifier: MIT */
/*
 * rtime_forms -- the forms of date and time that loggers write.
 *
 * A few tables, by the number of digits the text begins with, read by a small
 * matcher.  A shape says what must stand there:
 *
 *   Y  year, 4 digits               m  month, 2 digits
 *   y  year, 2 digits: not ahead    d  day, 2 digits
 *   b  month by name                e  day, 1 or 2 digits
 *   x  month or day, 2 digits, in either order; two of them must settle it
 *   C  clock: H:MM:SS or HH.MM.SS, fraction, AM or PM
 *   c  the same, seconds optional   K  clock: HHMMSS, fraction
 *   _  what joins date and clock    (blank) one or more blanks
 *
 * All else stands for itself.  Before any full form a weekday may stand, and
 * after the clock of any form a zone; after a clock whose year is not stated
 * yet, that too: "Sun Nov 22 07:45:41 UTC 2026".
 *
 * A row is full if such text is nothing but a time anywhere near the head of a
 * line; the others need the company that rtime_scan.c asks for.  Day before
 * month or month before day is only taken where the text itself settles it:
 * 05/06/2026 is not found.
 */
#include <string.h>

#include "lib/num.h"
#include "lib/rtime_civil.h"

#define YEARS_AHEAD 10 /* and a number that is a year */
#define FORM_LETTERED 128 /* the letter of a level stands before the row */

struct form {
	const char *shape;
	unsigned kind;
};

static const struct form letters[] = {
	{ "b e C", FORM_FULL },
	{ "b e, Y_c", FORM_FULL },
	{ "b e Y_c", FORM_FULL },
};
static const struct form two_digits[] = {
	{ "e b Y_c", FORM_FULL },
	{ "e-b-Y_c", FORM_FULL },
	{ "e/b/Y_c", FORM_FULL },
	{ "e-b-y_C", FORM_FULL },
	{ "e b C", FORM_FULL },
#define ONE_DIGIT 5 /* rows so far */
	{ "x/x/Y_c", FORM_FULL },
	{ "x-x-Y_c", FORM_FULL },
	{ "d.m.Y_c", FORM_FULL },
	{ "m-d C", FORM_WEAK },
	{ "y/m/d C", FORM_BARE },
	{ "m.d C", FORM_BRACKETED },
};
static const struct form four_digits[] = {
	{ "Y-m-d_c", FORM_FULL },
	{ "Y/m/d_c", FORM_FULL },
	{ "Y.m.d_c", FORM_FULL },
	{ "Y b e C", FORM_FULL },
	{ "md C", FORM_LETTERED },
};
static const struct form six_digits[] = {
	{ "ymd C", FORM_WEAK },
	{ "ymd K", FORM_WEAK },
};
static const struct form eight_digits[] = {
	{ "Ymd_C", FORM_FULL },
	{ "Ymd_K", FORM_WEAK },
	{ "Ymd C", FORM_LETTERED },
};
static const struct form fourteen_digits[] = {
	{ "YmdK", FORM_WEAK },
};

#define ROWS(table) \
	{ \
		(table), sizeof(table) / sizeof(table)[0] \
	}
static const struct {
	const struct form *rows;
	size_t n;
} forms[] = {
	[0] = ROWS(letters),
	[1] = { two_digits, ONE_DIGIT },
	[2] = ROWS(two_digits),
	[4] = ROWS(four_digits),
	[6] = ROWS(six_digits),
	[8] = ROWS(eight_digits),
	[14] = ROWS(fourteen_digits),
};

static bool
shaped(struct text *t, const char *shape, struct civil *c)
{
	for (; *shape != '\0'; shape++) {
		bool ok;

		switch (*shape) {
		case 'Y': ok = text_number(t, 4, 4, &c->year); break;
		case 'y':
			ok = c->short_year = text_number(t, 2, 2, &c->year);
			break;
		case 'm': ok = text_number(t, 2, 2, &c->month); break;
		case 'd': ok = text_number(t, 2, 2, &c->day); break;
		case 'b': ok = (c->month = piece_month(t)) != 0; break;
		case 'e': ok = text_number(t, 1, 2, &c->day); break;
		case 'x':
			ok = text_number(
			    t, 2, 2, c->either_way ? &c->day : &c->month);
			c->either_way = true;
			break;
		case 'C': ok = piece_clock(t, c, true); break;
		case 'c': ok = piece_clock(t, c, false); break;
		case 'K': ok = piece_packed_clock(t, c); break;
		case '_': ok = piece_joint(t); break;
		case ' ': ok = text_blanks(t); break;
		default: ok = text_take(t, *shape);
		}
		if (!ok)
			return false;
	}
	return true;
}

/* One blank and a year not too far off: other numbers are not one. */
static void
year_after(struct text *t, struct civil *c, int64_t now_ns)
{
	struct text from = *t;

	if (text_take(t, ' ') && text_number(t, 4, 4, &c->year) &&
	    c->year >= YEAR_MIN &&
	    c->year <= civil_year_of(now_ns / NUM_S) + YEARS_AHEAD &&
	    !is_digit(text_peek(t)) && !is_letter(text_peek(t)))
		return;
	c->year = 0;
	*t = from;
}

/* Capitals between clock and year that are no zone we know: date(1) abroad. */
static bool
zone_is_unknown(const struct text *t, int64_t now_ns)
{
	struct text from = *t;
	struct civil c = { .year = 0 };
	const char *name;

	if (!text_take(&from, ' '))
		return false;
	for (name = from.at;
	     from.at < from.end && *from.at >= 'A' && *from.at <= 'Z';)
		from.at++;
	if (from.at - name < 3)
		return false;
	year_after(&from, &c, now_ns);
	return c.year != 0;
}

/* The latest year in which the date is not too far ahead of now. */
static bool
infer_year(struct civil *c, int64_t now_s)
{
	for (c->year = civil_year_of(now_s + AHEAD_S); c->year >= YEAR_MIN;
	     c->year--)
		if (civil_exists(c) && civil_seconds(c) <= now_s + AHEAD_S)
			return true;
		else if (c->day <= 28 && !civil_exists(c))
			return false;
	return false;
}

static bool
settle_order(struct civil *c)
{
	unsigned swap;

	if (c->month > 12) {
		swap = c->month;
		c->month = c->day;
		c->day = swap;
		return true;
	}
	return c->day > 12 || c->day == c->month || c->twelve_hour;
}

/* From what is written to when it was. */
static bool
settle(struct rtime *r, struct civil *c, int64_t now_ns, int64_t *ns)
{
	const int64_t now_s = now_ns / NUM_S;
	int64_t seconds;

	if (c->either_way && !settle_order(c))
		return false;
	if (c->short_year) {
		c->year += 2000;
		if (c->year > civil_year_of(now_s + DAY_S))
			c->year -= 100;
	}
	if (c->year == 0) {
		if (!infer_year(c, now_s))
			return false;
	} else if (c->year < YEAR_MIN || c->year > YEAR_MAX || !civil_exists(c))
		return false;
	seconds = civil_seconds(c);
	switch (c->zone) {
	case ZONE_UNKNOWN: return false;
	case ZONE_OFFSET: seconds -= c->offset_s; break;
	case ZONE_NONE:
	case ZONE_LOCAL:
		if (!zone_to_utc(r, seconds, &seconds))
			return false;
		break;
	}
	*ns = seconds * NUM_S + c->ns;
	return true;
}

static unsigned
count_digits(const struct text *t)
{
	const char *p = t->at;

	while (p < t->end && is_digit(*p))
		p++;
	return (unsigned)(p - t->at);
}

/*
 * What may stand before a date and belongs to it: a weekday, or the letter of a
 * level ("I1122").  Moves t behind it and narrows the kinds of forms.
 */
static unsigned
kinds_after_lead(struct text *t, unsigned allow)
{
	struct text from = *t;

	if (!is_letter(text_peek(t)))
		return allow;
	if (piece_weekday(t))
		return allow & FORM_FULL;
	*t = from;
	if (allow & FORM_WEAK && strchr("DIWEF", *t->at) != NULL) {
		t->at++;
		if (is_digit(text_peek(t)))
			return FORM_LETTERED;
		*t = from;
	}
	return allow & FORM_FULL;
}

/* One row of the table. */
static enum form_verdict
row(struct rtime *r, struct text *t, const struct form *form, int64_t now_ns,
    struct rtime_found *f, struct civil *c)
{
	*c = (struct civil){ .year = 0 };
	if (!shaped(t, form->shape, c))
		return FORM_NONE;
	(void)zone_read(r, t, c);
	if (c->year == 0 && !c->short_year &&
	    strchr(form->shape, 'b') != NULL) {
		if (c->zone == ZONE_NONE && zone_is_unknown(t, now_ns))
			return FORM_BROKEN;
		year_after(t, c, now_ns);
	}
	if (is_digit(text_peek(t)) || is_letter(text_peek(t)))
		return FORM_NONE;
	c->year_asked = c->year == 0;
	f->digits = c->digits;
	if (settle(r, c, now_ns, &f->ns))
		return FORM_FOUND;
	return form->kind == FORM_FULL ? FORM_BROKEN : FORM_NONE;
}

enum form_verdict
form_read(struct rtime *r, struct text *t, unsigned allow, int64_t now_ns,
    struct rtime_found *f, struct civil *c)
{
	const struct text start = *t;
	const unsigned kinds = kinds_after_lead(t, allow);
	const unsigned digits = count_digits(t);
	const struct text from = *t;
	enum form_verdict verdict = FORM_NONE;
	const struct form *form;

	for (size_t i = 0; digits < sizeof forms / sizeof forms[0] &&
	     i < forms[digits].n && verdict == FORM_NONE;
	     i++) {
		form = &forms[digits].rows[i];
		if (!(form->kind & kinds))
			continue;
		*t = from;
		verdict = row(r, t, form, now_ns, f, c);
	}
	if (verdict == FORM_NONE && from.at == start.at &&
	    digits >= EPOCH_DIGITS) {
		*t = start;
		if (epoch_read(t, digits, allow, now_ns, f, c))
			verdict = FORM_FOUND;
	}
	if (verdict == FORM_FOUND)
		f->len = (size_t)(t->at - start.at);
	return verdict;
}
