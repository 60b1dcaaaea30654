/* SPDX-License-Identifier: MIT */
/* rtime -- the calendar, and RFC 3339 in and out. */
#include "lib/rtime.h"

#include <time.h>

#include "lib/num.h"
#include "lib/rtime_civil.h"

static const unsigned days_before_month[] = { 0, 31, 59, 90, 120, 151, 181, 212,
	243, 273, 304, 334, 365 };

static bool
is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970 to the first of January. */
static int64_t
days_before_year(unsigned year)
{
	const int64_t y = (int64_t)year - 1;

	return 365 * (y - 1969) + y / 4 - y / 100 + y / 400 - 477;
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
	if (month == 2 && is_leap(year))
		return 29;
	return days_before_month[month] - days_before_month[month - 1];
}

bool
civil_exists(const struct civil *c)
{
	return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	    c->day <= days_in_month(c->year, c->month) && c->hour <= 23 &&
	    c->minute <= 59 && c->second <= 60;
}

int64_t
civil_seconds(const struct civil *c)
{
	int64_t days = days_before_year(c->year) +
	    days_before_month[c->month - 1] + c->day - 1;

	if (c->month > 2 && is_leap(c->year))
		days++;
	/* A leap second is told as the one before it. */
	return days * DAY_S + c->hour * 3600 + c->minute * 60 +
	    (c->second == 60 ? 59 : c->second);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

unsigned
civil_year_of(int64_t seconds)
{
	const int64_t days = floor_div(seconds, DAY_S);
	unsigned year = (unsigned)(1970 + floor_div(days * 400, 146097));

	while (days_before_year(year) > days)
		year--;
	while (days_before_year(year + 1) <= days)
		year++;
	return year;
}

bool
text_fraction(struct text *t, struct civil *c)
{
	unsigned kept;
	const char *start = t->at;

	if (!text_number(t, 1, 9, &kept))
		return false;
	c->digits = (unsigned)(t->at - start);
	for (c->ns = kept, kept = c->digits; kept < 9; kept++)
		c->ns *= 10;
	while (is_digit(text_peek(t)))
		t->at++;
	c->fraction_text = (struct span){ start, (size_t)(t->at - start) };
	return true;
}

int
rtime_parse(struct span s, struct rtime_found *f)
{
	struct civil c = { .zone = ZONE_OFFSET };
	struct text t;

	if (s.len < 20) /* or nothing, not even a place */
		return -1;
	t = (struct text){ s.at, s.at + s.len };
	if (!text_number(&t, 4, 4, &c.year) || !text_take(&t, '-') ||
	    !text_number(&t, 2, 2, &c.month) || !text_take(&t, '-') ||
	    !text_number(&t, 2, 2, &c.day) ||
	    (!text_take(&t, 'T') && !text_take(&t, 't')) ||
	    !text_number(&t, 2, 2, &c.hour) || !text_take(&t, ':') ||
	    !text_number(&t, 2, 2, &c.minute) || !text_take(&t, ':') ||
	    !text_number(&t, 2, 2, &c.second) ||
	    (text_take(&t, '.') && !text_fraction(&t, &c)))
		return -1;
	if (!text_take(&t, 'Z') && !text_take(&t, 'z')) {
		if (t.end - t.at != 6 || t.at[3] != ':' ||
		    !zone_offset(&t, &c.offset_s))
			return -1;
	}
	if (t.at != t.end || c.year < YEAR_MIN || c.year > YEAR_MAX ||
	    !civil_exists(&c))
		return -1;
	*f = (struct rtime_found){
		.ns = (civil_seconds(&c) - c.offset_s) * NUM_S + c.ns,
		.digits = c.digits,
		.len = s.len,
	};
	return 0;
}

static char *
put(char *to, unsigned n, unsigned width)
{
	for (unsigned i = width; i-- > 0; n /= 10)
		to[i] = (char)('0' + n % 10);
	return to + width;
}

size_t
rtime_render(char dst[RTIME_MAX], int64_t ns, unsigned digits)
{
	const int64_t seconds = floor_div(ns, NUM_S);
	const unsigned year = civil_year_of(seconds);
	const unsigned clock =
	    (unsigned)(seconds - floor_div(seconds, DAY_S) * DAY_S);
	unsigned fraction = (unsigned)(ns - seconds * NUM_S);
	unsigned day =
	    (unsigned)(floor_div(seconds, DAY_S) - days_before_year(year));
	unsigned month = 1;
	char *to = dst;

	while (month < 12 && day >= days_in_month(year, month))
		day -= days_in_month(year, month++);
	to = put(to, year, 4);
	*to++ = '-';
	to = put(to, month, 2);
	*to++ = '-';
	to = put(to, day + 1, 2);
	*to++ = 'T';
	to = put(to, clock / 3600, 2);
	*to++ = ':';
	to = put(to, clock / 60 % 60, 2);
	*to++ = ':';
	to = put(to, clock % 60, 2);
	if (digits > 0) {
		if (digits > 9)
			digits = 9;
		for (unsigned i = digits; i < 9; i++)
			fraction /= 10;
		*to++ = '.';
		to = put(to, fraction, digits);
	}
	*to++ = 'Z';
	*to = '\0';
	return (size_t)(to - dst);
}

int64_t
rtime_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NUM_S + now.tv_nsec;
}
