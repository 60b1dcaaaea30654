/* SPDX-License-Identifier: MIT */
/*
 * rtime -- drive lib/rtime over standard input, a line at a time.
 *
 *   rtime scan NOW [ZONE]  each line: its time, where its text starts and how
 *                          long it is, tab-separated, or "-"
 *   rtime rows             each line NOW, ZONE and text, tab-separated: the same
 *   rtime clock            each line NOW and text, by one scanner: the same
 *   rtime parse            each line: nanoseconds and digits, or "-"
 *   rtime render DIGITS    each line of nanoseconds: the time
 *   rtime speed NOW N      scan all lines N times: CPU nanoseconds a line
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "lib/rtime.h"
#include "t/unit/slurp.h"

static int64_t
now_of(struct span s)
{
	struct rtime_found f;

	if (rtime_parse(s, &f) < 0)
		errx(2, "%.*s: not RFC 3339", (int)s.len, s.at);
	return f.ns;
}

static void
tell(bool found, const struct rtime_found *f)
{
	char when[RTIME_MAX];

	if (!found) {
		puts("-");
		return;
	}
	rtime_render(when, f->ns, f->digits);
	printf("%s\t%zu\t%zu\n", when, f->at, f->len);
}

static struct span
column(struct span *rest)
{
	const char *tab = memchr(rest->at, '\t', rest->len);
	struct span s;

	if (tab == NULL)
		errx(2, "a row has three columns");
	s = (struct span){ rest->at, (size_t)(tab - rest->at) };
	*rest = span_skip(*rest, s.len + 1);
	return s;
}

static void
row(struct span line)
{
	struct rtime r;
	struct rtime_found f;
	struct span now = column(&line);
	struct span zone = column(&line);
	char *name = strndup(zone.at, zone.len);

	if (rtime_init(&r, zone.len > 0 ? name : NULL) < 0)
		puts("no such zone");
	else
		tell(rtime_scan(&r, line, now_of(now), &f), &f);
	free(name);
}

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
speed(struct span all, int64_t now_ns, long n)
{
	struct rtime r;
	struct rtime_found f;
	struct span rest, line;
	long lines = 0, found = 0;
	int64_t start = cpu_ns();

	rtime_init(&r, NULL);
	for (long i = 0; i < n; i++)
		for (rest = all; slurp_line(&rest, &line); lines++)
			found += rtime_scan(&r, line, now_ns, &f);
	printf("%.1f ns a line, found in %ld of %ld\n",
	    (double)(cpu_ns() - start) / (double)lines, found / n, lines / n);
}

int
main(int argc, char *argv[])
{
	const char *verb = argc > 1 ? argv[1] : "";
	const char *arg = argc > 2 ? argv[2] : "";
	struct span all = slurp(STDIN_FILENO), rest = all, line;
	struct rtime r;
	struct rtime_found f;
	char when[RTIME_MAX];

	if (rtime_init(&r, argc > 3 && *verb == 's' ? argv[3] : NULL) < 0 &&
	    strcmp(verb, "scan") == 0)
		errx(2, "no such zone: %s", argv[3]);
	if (strcmp(verb, "speed") == 0 && argc == 4)
		speed(all, now_of(span_of(arg)), strtol(argv[3], NULL, 10));
	else
		while (slurp_line(&rest, &line))
			if (strcmp(verb, "scan") == 0)
				tell(rtime_scan(
					 &r, line, now_of(span_of(arg)), &f),
				    &f);
			else if (strcmp(verb, "rows") == 0)
				row(line);
			else if (strcmp(verb, "clock") == 0) {
				const int64_t now_ns = now_of(column(&line));

				tell(rtime_scan(&r, line, now_ns, &f), &f);
			} else if (strcmp(verb, "parse") == 0) {
				if (rtime_parse(line, &f) < 0)
					puts("-");
				else
					printf(
					    "%" PRId64 " %u\n", f.ns, f.digits);
			} else if (strcmp(verb, "render") == 0) {
				rtime_render(when, strtoll(line.at, NULL, 10),
				    (unsigned)strtoul(arg, NULL, 10));
				puts(when);
			} else
				errx(2, "no such verb: %s", verb);
	slurp_free(all);
	return 0;
}
