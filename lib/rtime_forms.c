/*
 * rtime_forms -- the forms of date and time that loggers write.
 *
 * One table, read by a small matcher.  A shape says what must stand there:
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
 * digits tells with how many digits the shape begins, as bits, so that most
 * rows cost one test.  A row is full if such text is nothing but a time
 * anywhere near the head of a line; the others need the company that
 * rtime_scan.c asks for.  Day before month or month before day is only taken
 * where the text itself settles it: 05/06/2026 is not found.
 */
#include <string.h>

#include "lib/num.h"
#include "lib/rtime_civil.h"

#define D(n) (1u << (n))
#define AHEAD_S (31 * DAY_S) /* a date without its year may be that far off */
#define NAMED 64 /* the row begins with the letter of a level */

static const struct form {
	const char *shape;
	unsigned digits;
	unsigned kind;
} forms[] = {
	{ "Y-m-d_c", D(4), FORM_FULL },
	{ "Y/m/d_c", D(4), FORM_FULL },
	{ "Y.m.d_c", D(4), FORM_FULL },
	{ "Y b e C", D(4), FORM_FULL },
	{ "b e C", D(0), FORM_FULL },
	{ "b e, Y_c", D(0), FORM_FULL },
	{ "b e Y_c", D(0), FORM_FULL },
	{ "e b Y_c", D(1) | D(2), FORM_FULL },
	{ "e-b-Y_c", D(1) | D(2), FORM_FULL },
	{ "e/b/Y_c", D(1) | D(2), FORM_FULL },
	{ "e-b-y_C", D(1) | D(2), FORM_FULL },
	{ "e b C", D(1) | D(2), FORM_FULL },
	{ "x/x/Y_c", D(2), FORM_FULL },
	{ "x-x-Y_c", D(2), FORM_FULL },
	{ "d.m.Y_c", D(2), FORM_FULL },
	{ "Ymd_C", D(8), FORM_FULL },
	{ "Ymd_K", D(8), FORM_WEAK },
	{ "YmdK", D(14), FORM_WEAK },
	{ "ymd C", D(6), FORM_WEAK },
	{ "ymd K", D(6), FORM_WEAK },
	{ "m-d C", D(2), FORM_WEAK },
	{ "y/m/d C", D(2), FORM_BARE },
	{ "m.d C", D(2), FORM_BRACKETED },
	{ "md C", D(4), NAMED },
	{ "Ymd C", D(8), NAMED },
};

static bool
blanks(struct text *t)
{
	const char *start = t->at;

	while (text_peek(t) == ' ' || text_peek(t) == '\t')
		t->at++;
	return t->at > start;
}

/*
 * The rest of the name that begins at t, in any case, whole or its first three
 * letters, with a point if need be: which of the list it is, from 1; 0: none.
 */
static unsigned
name_of(struct text *t, const char *const list[], unsigned n)
{
	const size_t room = (size_t)(t->end - t->at);
	size_t len = 0, whole;

	while (len < room && is_letter(t->at[len]))
		len++;
	if (len < 3)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		whole = strlen(list[i]);
		if ((t->at[0] | 0x20) != (list[i][0] | 0x20) ||
		    (len != 3 && len != whole) ||
		    strncasecmp(t->at, list[i], len) != 0)
			continue;
		t->at += len;
		return i + 1;
	}
	return 0;
}

static unsigned
month_name(struct text *t)
{
	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };

	return name_of(t, months, 12);
}

/* A weekday and what parts it from the date. */
static bool
weekday(struct text *t)
{
	static const char *const days[] = { "Monday", "Tuesday", "Wednesday",
		"Thursday", "Friday", "Saturday", "Sunday" };

	if (name_of(t, days, 7) == 0)
		return false;
	(void)text_take(t, ',');
	return blanks(t);
}

/* What joins date and clock; a comma or a blank may have blanks after it. */
static bool
joint(struct text *t)
{
	switch (text_peek(t)) {
	case 'T':
	case 't':
	case '_':
	case '-': t->at++; return true;
	case ':':
		t->at++;
		(void)text_take(t, ':');
		return true;
	case ',': t->at++; return blanks(t);
	default: return blanks(t);
	}
}

static bool
half_of_day(struct text *t, struct civil *c)
{
	struct text from = *t;
	int half;

	(void)blanks(t);
	half = text_peek(t) | 0x20;
	if (half == 'a' || half == 'p') {
		t->at++;
		if ((text_peek(t) | 0x20) == 'm') {
			t->at++;
			if (!is_letter(text_peek(t))) {
				if (c->hour < 1 || c->hour > 12)
					c->hour = 24; /* does not exist */
				else
					c->hour = c->hour % 12 +
					    (half == 'p' ? 12 : 0);
				c->twelve_hour = true;
				return true;
			}
		}
	}
	*t = from;
	return false;
}

/*
 * The fraction.  After a comma it has at least three digits, so that a column
 * of a table is not one; after a colon it counts milliseconds.
 */
static void
fraction(struct text *t, struct civil *c)
{
	struct text from = *t;

	if (text_take(t, '.')) {
		if (text_fraction(t, c))
			return;
	} else if (text_take(t, ',')) {
		if (text_fraction(t, c) && c->digits >= 3)
			return;
	} else if (text_take(t, ':')) {
		if (text_number(t, 1, 3, &c->ns) && !is_digit(text_peek(t)) &&
		    text_peek(t) != ':') {
			c->ns *= NUM_MS;
			c->digits = 3;
			return;
		}
	}
	*t = from;
	c->ns = c->digits = 0;
}

static bool
clock(struct text *t, struct civil *c, bool seconds_too)
{
	const char *start = t->at;
	char parts;

	if (!text_number(t, 1, 2, &c->hour))
		return false;
	if (text_take(t, ':'))
		parts = ':';
	else if (t->at - start == 2 && text_take(t, '.'))
		parts = '.';
	else
		return false;
	start = t->at;
	if (!text_number(t, parts == '.' ? 2 : 1, 2, &c->minute))
		return false;
	if (text_peek(t) == parts && t->at + 1 < t->end && is_digit(t->at[1])) {
		t->at++;
		if (!text_number(t, parts == '.' ? 2 : 1, 2, &c->second))
			return false;
		fraction(t, c);
	} else if (seconds_too || parts == '.' || t->at - start != 2)
		return false;
	(void)half_of_day(t, c);
	return true;
}

static bool
packed_clock(struct text *t, struct civil *c)
{
	if (!text_number(t, 2, 2, &c->hour) ||
	    !text_number(t, 2, 2, &c->minute) ||
	    !text_number(t, 2, 2, &c->second))
		return false;
	fraction(t, c);
	return true;
}

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
		case 'b': ok = (c->month = month_name(t)) != 0; break;
		case 'e': ok = text_number(t, 1, 2, &c->day); break;
		case 'x':
			ok = text_number(
			    t, 2, 2, c->either_way ? &c->day : &c->month);
			c->either_way = true;
			break;
		case 'C': ok = clock(t, c, true); break;
		case 'c': ok = clock(t, c, false); break;
		case 'K': ok = packed_clock(t, c); break;
		case '_': ok = joint(t); break;
		case ' ': ok = blanks(t); break;
		default: ok = text_take(t, *shape);
		}
		if (!ok)
			return false;
	}
	return true;
}

/* One blank and a year not too far off: other numbers are not one. */
static void
year_after(struct text *t, struct civil *c, unsigned this_year)
{
	struct text from = *t;

	if (text_take(t, ' ') && text_number(t, 4, 4, &c->year) &&
	    c->year >= YEAR_MIN && c->year <= this_year + 10 &&
	    !is_digit(text_peek(t)) && !is_letter(text_peek(t)))
		return;
	c->year = 0;
	*t = from;
}

/* Capitals between clock and year that are no zone we know: date(1) abroad. */
static bool
zone_is_unknown(const struct text *t, unsigned this_year)
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
	year_after(&from, &c, this_year);
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

/*
 * Seconds since 1970 have ten digits since 2001, and more when they count
 * smaller units.  Never those of tomorrow.
 */
static bool
epoch(struct text *t, unsigned digits, bool point, int64_t now_ns,
    struct rtime_found *f)
{
	static const unsigned units[] = {
		[10] = 0, [13] = 3, [16] = 6, [19] = 9
	};
	const char *start = t->at;
	struct civil c = { .ns = 0 };
	uint64_t n = 0, scale = NUM_S;

	if (digits >= sizeof units / sizeof units[0] || *start == '0' ||
	    (digits != 10 && (units[digits] == 0 || point)))
		return false;
	for (unsigned i = 0; i < digits; i++)
		n = n * 10 + (uint64_t)(*t->at++ - '0');
	for (unsigned i = 0; i < units[digits]; i++)
		scale /= 10;
	if (n > (uint64_t)(now_ns + DAY_S * NUM_S) / scale)
		return false;
	*f = (struct rtime_found){
		.ns = (int64_t)(n * scale),
		.digits = units[digits],
	};
	if (digits == 10 && (text_peek(t) == '.') && t->at + 1 < t->end &&
	    is_digit(t->at[1])) {
		t->at++;
		(void)text_fraction(t, &c);
		f->ns += c.ns;
		f->digits = c.digits;
	}
	/* Something must follow: a number alone is a number. */
	return (!point || f->digits > 0) && t->at < t->end &&
	    strchr(" \t.,|:;]})>\"'", *t->at) != NULL;
}

static unsigned
count_digits(const struct text *t)
{
	const char *p = t->at;

	while (p < t->end && is_digit(*p))
		p++;
	return (unsigned)(p - t->at);
}

enum form_verdict
form_read(struct rtime *r, struct text *t, unsigned allow, int64_t now_ns,
    struct rtime_found *f)
{
	const struct text start = *t;
	const unsigned this_year = civil_year_of(now_ns / NUM_S);
	unsigned digits = count_digits(t);
	struct text from;
	struct civil c;

	if (digits == 0) {
		if (weekday(t))
			allow &= FORM_FULL;
		else if (allow & FORM_WEAK && text_peek(t) != -1 &&
		    strchr("DIWEF", *t->at) != NULL) {
			t->at++;
			allow = NAMED;
		}
		if (t->at > start.at)
			digits = count_digits(t);
		if (allow == NAMED && digits == 0) {
			*t = start;
			allow = FORM_FULL;
		}
	}
	from = *t;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (!(forms[i].kind & allow) || digits >= 32 ||
		    !(forms[i].digits & D(digits)))
			continue;
		*t = from;
		memset(&c, 0, sizeof c);
		if (!shaped(t, forms[i].shape, &c))
			continue;
		(void)zone_read(r, t, &c);
		if (c.year == 0 && !c.short_year && !c.zone &&
		    zone_is_unknown(t, this_year))
			return FORM_BROKEN;
		if (c.year == 0 && !c.short_year && strchr(forms[i].shape, 'b'))
			year_after(t, &c, this_year);
		if (is_digit(text_peek(t)) || is_letter(text_peek(t)))
			continue;
		if (settle(r, &c, now_ns, &f->ns)) {
			f->digits = c.digits;
			f->len = (size_t)(t->at - start.at);
			return FORM_FOUND;
		}
		if (forms[i].kind == FORM_FULL)
			return FORM_BROKEN;
	}
	*t = start;
	if (allow & (FORM_EPOCH | FORM_EPOCH_POINT) && digits >= 10 &&
	    epoch(t, digits, !(allow & FORM_EPOCH), now_ns, f)) {
		f->len = (size_t)(t->at - start.at);
		return FORM_FOUND;
	}
	return FORM_NONE;
}
