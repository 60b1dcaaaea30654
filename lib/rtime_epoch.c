/* SPDX-License-Identifier: MIT */
/*
 * rtime_epoch -- numbers that count from 1970.
 *
 * Since 2001 seconds have ten digits, and more when they count smaller units.
 * A number is one easily taken for another: it must not lie ahead, something
 * must follow it, and it must stand in company (rtime_scan.c).
 */
#include <string.h>

#include "lib/num.h"
#include "lib/rtime_civil.h"

/* The next column is a date, of the same day but for the zone. */
static bool
is_dated(struct text t, int64_t seconds)
{
	struct civil c = { .year = 0 };
	int64_t days;
	char parts;

	if (!text_blanks(&t) || !text_number(&t, 4, 4, &c.year) ||
	    t.at == t.end)
		return false;
	parts = *t.at;
	if (strchr("-./", parts) == NULL || !text_take(&t, parts) ||
	    !text_number(&t, 2, 2, &c.month) || !text_take(&t, parts) ||
	    !text_number(&t, 2, 2, &c.day) || c.year < YEAR_MIN ||
	    c.year > YEAR_MAX || !civil_exists(&c))
		return false;
	days = civil_seconds(&c) / DAY_S - seconds / DAY_S;
	return days >= -1 && days <= 1;
}

bool
epoch_read(struct text *t, unsigned digits, unsigned allow, int64_t now_ns,
    struct rtime_found *f, struct civil *c)
{
	static const unsigned fractions[] = {
		[10] = 0, [13] = 3, [16] = 6, [19] = 9
	};
	const char *start = t->at;
	uint64_t n = 0, unit = NUM_S;

	if (*t->at == '0' || digits < EPOCH_DIGITS || digits > 19 ||
	    (digits > 10 && fractions[digits] == 0))
		return false;
	for (unsigned i = 0; i < digits; i++)
		n = n * 10 + (uint64_t)(*t->at++ - '0');
	for (unsigned i = 0; i < fractions[digits]; i++)
		unit /= 10;
	if (n > (uint64_t)(now_ns + DAY_S * NUM_S) / unit)
		return false;
	*c = (struct civil){ .ns = 0 };
	*f = (struct rtime_found){
		.ns = (int64_t)(n * unit),
		.digits = fractions[digits],
	};
	if (digits == 10 && text_peek(t) == '.' && t->at + 1 < t->end &&
	    is_digit(t->at[1])) {
		t->at++;
		(void)text_fraction(t, c);
		f->ns += c->ns;
		f->digits = c->digits;
	}
	if (t->at == t->end || strchr(" \t.,|:;]})>\"'", *t->at) == NULL)
		return false;
	c->count_text = (struct span){ start, digits };
	c->dated = !(allow & FORM_EPOCH) &&
	    !(allow & FORM_EPOCH_POINT && digits == 10 && f->digits > 0);
	return !c->dated ||
	    (allow & FORM_EPOCH_DATED && is_dated(*t, f->ns / NUM_S));
}
