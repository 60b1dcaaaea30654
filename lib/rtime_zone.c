/* SPDX-License-Identifier: MIT */
/*
 * rtime_zone -- offsets, the names that loggers write, and local time.
 *
 * A name of the local zone means local time, whatever else it may mean: date(1)
 * prints it.  Other names mean what RFC 5322 and habit say; names that mean two
 * things (IST) are known to be unknown, so that no wrong time comes of them.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/rtime_civil.h"

#define ZONE_NAME_MIN 2
#define ZONE_NAME_MAX 5
#define ZONE_KEY 8 /* so that names compare as one word */
#define QUARTER_S 900 /* clocks change at a quarter of an hour, if they do */

#define UNCLEAR INT_MIN
static const struct {
	const char name[ZONE_KEY]; /* padded with NULs */
	int minutes;
} names[] = {
	{ "UTC", 0 },
	{ "GMT", 0 },
	{ "UT", 0 },
	{ "WET", 0 },
	{ "WEST", 60 },
	{ "CET", 60 },
	{ "MET", 60 },
	{ "CEST", 120 },
	{ "MEST", 120 },
	{ "EET", 120 },
	{ "EEST", 180 },
	{ "MSK", 180 },
	{ "EST", -300 },
	{ "EDT", -240 },
	{ "CST", -360 },
	{ "CDT", -300 },
	{ "MST", -420 },
	{ "MDT", -360 },
	{ "PST", -480 },
	{ "PDT", -420 },
	{ "AKST", -540 },
	{ "AKDT", -480 },
	{ "HST", -600 },
	{ "HKT", 480 },
	{ "SGT", 480 },
	{ "AWST", 480 },
	{ "JST", 540 },
	{ "KST", 540 },
	{ "AEST", 600 },
	{ "AEDT", 660 },
	{ "NZST", 720 },
	{ "NZDT", 780 },
	{ "AST", UNCLEAR },
	{ "BST", UNCLEAR },
	{ "GST", UNCLEAR },
	{ "IST", UNCLEAR },
	{ "PKT", UNCLEAR },
	{ "SST", UNCLEAR },
};

bool
zone_offset(struct text *t, long *offset_s)
{
	const char *start = t->at;
	const bool west = text_peek(t) == '-';
	unsigned hours, minutes = 0;

	if (!text_take(t, '+') && !text_take(t, '-'))
		return false;
	if (text_number(t, 2, 2, &hours)) {
		if (!text_take(t, ':') && !is_digit(text_peek(t)))
			minutes = 0;
		else if (!text_number(t, 2, 2, &minutes))
			hours = 24;
		if (hours <= 23 && minutes <= 59) {
			*offset_s = (long)(hours * 3600 + minutes * 60);
			if (west)
				*offset_s = -*offset_s;
			return true;
		}
	}
	t->at = start;
	return false;
}

/* Nothing that would make a longer word or number of it may follow. */
static bool
ends(const struct text *t)
{
	const int c = text_peek(t);

	return !is_digit(c) && !is_letter(c);
}

static bool
is_local_name(const struct rtime *r, const char *name, size_t len)
{
	if (r->zone_fixed)
		return false;
	for (int i = 0; i < 2; i++)
		if (strlen(tzname[i]) == len &&
		    memcmp(tzname[i], name, len) == 0)
			return true;
	return false;
}

static bool
read_name(const struct rtime *r, struct text *t, struct civil *c)
{
	const char *name = t->at;
	char key[ZONE_KEY] = "";
	size_t len;

	while (text_peek(t) >= 'A' && text_peek(t) <= 'Z')
		t->at++;
	len = (size_t)(t->at - name);
	if (len < ZONE_NAME_MIN || len > ZONE_NAME_MAX)
		return false;
	if (is_local_name(r, name, len)) {
		c->zone = ZONE_LOCAL;
		return true;
	}
	/* All names end like that, levels do not: INFO is asked for often. */
	if (name[len - 1] != 'T' && name[len - 1] != 'C' &&
	    name[len - 1] != 'K')
		return false;
	memcpy(key, name, len);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (memcmp(names[i].name, key, sizeof key) != 0)
			continue;
		c->zone =
		    names[i].minutes == UNCLEAR ? ZONE_UNKNOWN : ZONE_OFFSET;
		c->offset_s = names[i].minutes * 60L;
		return true;
	}
	return false;
}

bool
zone_read(const struct rtime *r, struct text *t, struct civil *c)
{
	struct text from = *t;
	const bool apart = text_take(t, ' ');
	const char *sign = t->at;

	if (!apart && (text_take(t, 'Z') || text_take(t, 'z')))
		c->zone = ZONE_OFFSET;
	else if (zone_offset(t, &c->offset_s)) {
		/*
		 * Behind a blank "-08" may be anything, "-0800" is not, nor is
		 * what stands before the year.
		 */
		if (!apart || t->at - sign > 3 ||
		    (c->year == 0 && t->end - t->at > 5 && *t->at == ' ' &&
			is_digit(t->at[1]) && is_digit(t->at[4])))
			c->zone = ZONE_OFFSET;
	} else if (read_name(r, t, c)) {
		/* "GMT+0200": the sign counts from the name. */
		if (c->zone == ZONE_OFFSET && c->offset_s == 0)
			(void)zone_offset(t, &c->offset_s);
	}
	if (c->zone != ZONE_NONE && ends(t))
		return true;
	*t = from;
	c->zone = ZONE_NONE;
	c->offset_s = 0;
	return false;
}

static long
offset_at(int64_t utc_s)
{
	const time_t when = (time_t)utc_s;
	struct tm tm;

	return localtime_r(&when, &tm) != NULL ? tm.tm_gmtoff : 0;
}

/* Remember an offset that holds from here until there. */
static void
holds(struct rtime *r, long offset_s, int64_t from_s, int64_t until_s)
{
	r->zone_offset_s = offset_s;
	r->zone_from_s = from_s;
	r->zone_until_s = until_s;
}

bool
zone_to_utc(struct rtime *r, int64_t local_s, int64_t *utc_s)
{
	long before, after;

	*utc_s = local_s - r->zone_offset_s;
	if (r->zone_fixed ||
	    (*utc_s >= r->zone_from_s && *utc_s < r->zone_until_s))
		return true;
	before = offset_at(local_s - DAY_S);
	after = offset_at(local_s + DAY_S);
	if (before == after) {
		holds(r, before, local_s - DAY_S, local_s + DAY_S);
		*utc_s = local_s - before;
		return true;
	}
	/*
	 * The clocks change today.  In an hour that comes twice it is the
	 * first; in one that is left out it is none.
	 */
	*utc_s = local_s - before;
	if (offset_at(*utc_s) != before) {
		*utc_s = local_s - after;
		if (offset_at(*utc_s) != after)
			return false;
		before = after;
	}
	*utc_s -= *utc_s % QUARTER_S;
	holds(r, before, *utc_s, *utc_s + QUARTER_S);
	*utc_s = local_s - before;
	return true;
}

/* A file of the zone database, or a rule such as CET-1CEST. */
static bool
zone_is_known(const char *name)
{
	const char *dir = getenv("TZDIR");
	char path[PATH_MAX];
	size_t letters = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	int n;

	if (letters >= 3 &&
	    (is_digit(name[letters]) || name[letters] == '-' ||
		name[letters] == '+'))
		return true;
	if (*name == '\0' || *name == '/' || strstr(name, "..") != NULL)
		return false;
	n = snprintf(path, sizeof path, "%s/%s",
	    dir != NULL ? dir : "/usr/share/zoneinfo", name);
	return n > 0 && (size_t)n < sizeof path && access(path, R_OK) == 0;
}

int
rtime_init(struct rtime *r, const char *zone)
{
	struct text t;

	*r = (struct rtime){ .memo = 0 };
	if (zone == NULL) {
		tzset();
		return 0;
	}
	t = (struct text){ zone, zone + strlen(zone) };
	if (zone_offset(&t, &r->zone_offset_s)) {
		r->zone_fixed = true;
		return t.at == t.end ? 0 : -1;
	}
	if (strcmp(zone, "Z") == 0 || strcmp(zone, "UTC") == 0) {
		r->zone_fixed = true;
		return 0;
	}
	if (!zone_is_known(zone) || setenv("TZ", zone, 1) < 0)
		return -1;
	tzset();
	return 0;
}
