/* SPDX-License-Identifier: MIT */
/*
 * rtime_memo -- a line that begins like one before, but for its clock.
 *
 * Lines that follow one another mostly differ, as far as their time goes, in a
 * few digits of the clock.  So what is kept of a line that was read the long
 * way is not its bytes but what they may be: each either this byte or a digit,
 * and what each of those digits weighs.  A line that fits has the time of the
 * same digits zero, and their weights on top.
 *
 * Why that is never another time than the long way's.  All that is not one of
 * those digits is equal, as far as the long way looks, and a digit is a digit:
 * so it takes the same turns, but for those that ask how large a number is.
 * These are few, and are asked here: a minute or second has no tens beyond 5,
 * and the sum must lie between bounds.  Those are the ends of the day, which
 * keep the hour below 24; those between which the local zone is known not to
 * change; and for a count of seconds, now.  Where the year follows from now,
 * nothing is kept unless it does so for the whole day.  Whatever does not go with this, such as a
 * clock of twelve hours, keeps its digits as they are.
 */
#include <string.h>

#include "lib/lanes.h"
#include "lib/num.h"
#include "lib/rtime_civil.h"

#define MEMO_NS (3600 * NUM_S) /* as long now may serve for the year */
static inline bool
fits(const struct rtime_memo *m, const char *at)
{
	lanes bad = { 0 };

	for (size_t i = 0; i < m->lanes; i += LANES)
		bad |= (lanes)(lanes_load(at + i) - lanes_load(m->low + i) >
		    lanes_load(m->span + i));
	return !lanes_any(bad);
}

/* Whole lanes would go beyond the line: ask a copy. */
static __attribute__((noinline)) bool
fits_short(const struct rtime_memo *m, struct span line)
{
	char copy[RTIME_KEPT];

	memcpy(copy, line.at, line.len);
	return fits(m, copy);
}

static inline bool
holds(const struct rtime_memo *m, struct span line, int64_t now_ns,
    struct rtime_found *f)
{
	int64_t ns = m->found.ns;

	if (line.len < m->len || m->len == 0 || now_ns < m->now_ns ||
	    now_ns - m->now_ns >= MEMO_NS ||
	    !(line.len >= m->lanes ? fits(m, line.at) : fits_short(m, line)))
		return false;
	for (unsigned i = 0; i < m->n_digits; i++)
		ns += (line.at[m->at[i]] - '0') * m->weight_ns[i];
	if (ns < m->from_ns || ns >= m->until_ns)
		return false;
	*f = m->found;
	f->ns = ns;
	return true;
}

bool
memo_find(
    struct rtime *r, struct span line, int64_t now_ns, struct rtime_found *f)
{
	for (unsigned i = 0; i < RTIME_MEMOS; i++) {
		const unsigned n = (r->memo + i) % RTIME_MEMOS;

		if (holds(&r->memos[n], line, now_ns, f)) {
			r->memo = n;
			return true;
		}
	}
	return false;
}

/* The end of the next word and the blank behind it. */
static size_t
word_end(struct span line, size_t at)
{
	while (at < line.len && line.at[at] == ' ')
		at++;
	while (at < line.len && line.at[at] != ' ' && at < RTIME_KEPT)
		at++;
	return at + 1;
}

/*
 * How many bytes decided it: to the end of the time and as far as half a day, a
 * zone or a year was looked for behind it.  More than there are if the line
 * ended first, for another may go on.
 */
static size_t
decided(struct span line, size_t end, const struct civil *as)
{
	size_t next = end + 1, i = next;
	char c;

	if (next + 3 > line.len)
		return line.len + 1;
	c = line.at[end];
	if (!is_letter(c) && !is_digit(c) &&
	    (c == '\0' || strchr(" \t+-.,:", c) == NULL))
		return next;
	if (c != ' ')
		return word_end(line, end);
	c = line.at[next];
	/* No zone begins so, nor half a day, and a year with a digit. */
	if (is_digit(c) ? !as->year_asked && !as->dated
			: !is_upper(c) && c != 'a' && c != 'p' && c != ' ' &&
		    c != '\t' && c != '+' && c != '-')
		return next + 1;
	while (i < line.len && i < RTIME_KEPT && is_upper(line.at[i]))
		i++;
	/* A name, and no zone: those have no small letters. */
	if (i > next && i + 1 < line.len && is_letter(line.at[i]))
		return i + 2 > next + 3 ? i + 2 : next + 3;
	i = word_end(line, end);
	/* A word that may be a zone, behind which a year is looked for. */
	if (as->year_asked && i < line.len && line.at[next] < 'a' &&
	    !is_digit(c))
		i = word_end(line, i - 1);
	return i;
}

/* The digits of a number whose last one weighs that much. */
static void
free_digits(struct rtime_memo *m, struct span line, struct span number,
    int64_t weight_ns)
{
	const size_t first = (size_t)(number.at - line.at);

	for (size_t i = number.len; i-- > 0; weight_ns *= 10) {
		const size_t at = first + i;

		m->found.ns -= (line.at[at] - '0') * weight_ns;
		m->low[at] = '0';
		m->span[at] = 9;
		m->at[m->n_digits] = (unsigned char)at;
		m->weight_ns[m->n_digits++] = weight_ns;
	}
}

/* As free_digits(), of a number below 60. */
static void
free_sixty(struct rtime_memo *m, struct span line, struct span number,
    int64_t weight_ns)
{
	free_digits(m, line, number, weight_ns);
	if (number.len == 2)
		m->span[number.at - line.at] = 5;
}

/* What of a fraction counts: nine digits, or all of it. */
static void
free_fraction(struct rtime_memo *m, struct span line, const struct civil *c)
{
	struct span text = c->fraction_text;
	int64_t weight_ns = NUM_S;

	if (c->fraction_counts) {
		free_digits(m, line, text, NUM_MS);
		return;
	}
	if (text.len > 9)
		text.len = 9;
	for (size_t i = 0; i < text.len; i++)
		weight_ns /= 10;
	free_digits(m, line, text, weight_ns);
}

static void
free_count(struct rtime_memo *m, struct span line, const struct civil *c,
    int64_t now_ns)
{
	int64_t weight_ns = NUM_S;
	struct span number = c->count_text;

	for (size_t i = 10; i < number.len; i++)
		weight_ns /= 10;
	m->until_ns = now_ns + DAY_S * NUM_S;
	if (c->dated) {
		const int64_t into_ns = m->found.ns % (DAY_S * NUM_S);

		m->from_ns = m->found.ns - into_ns;
		if (m->until_ns > m->from_ns + DAY_S * NUM_S)
			m->until_ns = m->from_ns + DAY_S * NUM_S;
	}
	/* It does not begin with 0. */
	free_digits(m, line, span_skip(number, 1), weight_ns);
	free_fraction(m, line, c);
}

static void
free_clock(struct rtime_memo *m, struct span line, const struct rtime *r,
    const struct civil *c)
{
	const int64_t day_ns = m->found.ns - c->ns -
	    (c->hour * 3600 + c->minute * 60 + c->second) * NUM_S;

	if (c->second == 60 || c->twelve_hour)
		return;
	m->from_ns = day_ns;
	m->until_ns = day_ns + DAY_S * NUM_S;
	if (c->zone != ZONE_OFFSET && !r->zone_fixed) {
		if (m->from_ns < r->zone_from_s * NUM_S)
			m->from_ns = r->zone_from_s * NUM_S;
		if (m->until_ns > r->zone_until_s * NUM_S)
			m->until_ns = r->zone_until_s * NUM_S;
	}
	free_digits(m, line, c->hour_text, 3600 * NUM_S);
	free_sixty(m, line, c->minute_text, 60 * NUM_S);
	free_sixty(m, line, c->second_text, NUM_S);
	free_fraction(m, line, c);
}

/* Will the year be the same all day, and as long as now may serve? */
static bool
is_lasting(const struct civil *c, int64_t now_ns)
{
	const int64_t now_s = now_ns / NUM_S;
	int64_t past_s;

	if (c->short_year)
		return civil_year_of(now_s + DAY_S) ==
		    civil_year_of(now_s + DAY_S + MEMO_NS / NUM_S);
	if (!c->year_asked || c->count_text.len > 0)
		return true;
	/* After 365 days it is the next year's. */
	past_s = now_s + AHEAD_S - civil_seconds(c);
	return past_s >= 2 * DAY_S && past_s <= 363 * DAY_S;
}

void
memo_keep(struct rtime *r, struct span line, int64_t now_ns,
    const struct rtime_found *f, const struct civil *c)
{
	struct rtime_memo *m;
	const size_t end = f->at + f->len;
	const size_t len = decided(line, end, c);

	if (len > line.len || len > RTIME_KEPT || !is_lasting(c, now_ns))
		return;
	r->memo = (r->memo + RTIME_MEMOS - 1) % RTIME_MEMOS;
	m = &r->memos[r->memo];
	m->found = *f;
	m->from_ns = INT64_MIN;
	m->until_ns = INT64_MAX;
	m->now_ns = now_ns;
	m->len = len;
	m->lanes = (len + LANES - 1) / LANES * LANES;
	m->n_digits = 0;
	memcpy(m->low, line.at, len);
	memset(m->span, 0, len);
	memset(m->span + len, 0xff, m->lanes - len);
	if (c->count_text.len > 0)
		free_count(m, line, c, now_ns);
	else if (c->hour_text.len > 0)
		free_clock(m, line, r, c);
	/* What stands behind the blank is a digit, and nobody asks which. */
	if (len == end + 2 && is_digit(line.at[end + 1])) {
		m->low[end + 1] = '0';
		m->span[end + 1] = 9;
	}
}
