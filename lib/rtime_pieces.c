/* SPDX-License-Identifier: MIT */
/* rtime_pieces -- what the forms of date and time are made of. */
#include <string.h>
#include <strings.h>

#include "lib/num.h"
#include "lib/rtime_civil.h"

bool
text_blanks(struct text *t)
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

unsigned
piece_month(struct text *t)
{
	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };

	return name_of(t, months, 12);
}

bool
piece_weekday(struct text *t)
{
	static const char *const days[] = { "Monday", "Tuesday", "Wednesday",
		"Thursday", "Friday", "Saturday", "Sunday" };

	if (name_of(t, days, 7) == 0)
		return false;
	(void)text_take(t, ',');
	return text_blanks(t);
}

bool
piece_joint(struct text *t)
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
	case ',': t->at++; return text_blanks(t);
	default: return text_blanks(t);
	}
}

static bool
half_of_day(struct text *t, struct civil *c)
{
	struct text from = *t;
	int half;

	(void)text_blanks(t);
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

static struct span
since(const struct text *t, const char *start)
{
	return (struct span){ start, (size_t)(t->at - start) };
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
			c->fraction_text = since(t, from.at + 1);
			c->fraction_counts = true;
			return;
		}
	}
	*t = from;
	c->ns = c->digits = 0;
	c->fraction_text.len = 0;
}

bool
piece_clock(struct text *t, struct civil *c, bool seconds_too)
{
	const char *start = t->at;
	char parts;

	if (!text_number(t, 1, 2, &c->hour))
		return false;
	c->hour_text = since(t, start);
	if (text_take(t, ':'))
		parts = ':';
	else if (t->at - start == 2 && text_take(t, '.'))
		parts = '.';
	else
		return false;
	start = t->at;
	if (!text_number(t, parts == '.' ? 2 : 1, 2, &c->minute))
		return false;
	c->minute_text = since(t, start);
	if (text_peek(t) == parts && t->at + 1 < t->end && is_digit(t->at[1])) {
		start = ++t->at;
		if (!text_number(t, parts == '.' ? 2 : 1, 2, &c->second))
			return false;
		c->second_text = since(t, start);
		fraction(t, c);
	} else if (seconds_too || parts == '.' || c->minute_text.len != 2)
		return false;
	(void)half_of_day(t, c);
	return true;
}

bool
piece_packed_clock(struct text *t, struct civil *c)
{
	if (!text_number(t, 2, 2, &c->hour) ||
	    !text_number(t, 2, 2, &c->minute) ||
	    !text_number(t, 2, 2, &c->second))
		return false;
	c->hour_text = (struct span){ t->at - 6, 2 };
	c->minute_text = (struct span){ t->at - 4, 2 };
	c->second_text = (struct span){ t->at - 2, 2 };
	fraction(t, c);
	return true;
}
