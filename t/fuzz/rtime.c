/* SPDX-License-Identifier: MIT */
/*
 * rtime -- lib/rtime on any lines: what it finds stands in the line, is written
 * and read back as the same, and what earlier lines left in the memo does not
 * change it.
 */
#include "lib/rtime.h"
#include "t/fuzz/fuzz.h"

#define NOW_NS INT64_C(1767607200000000000) /* 2026-01-05T10:00:00Z */

static struct rtime remembering;

static void
round_trip(const struct rtime_found *found)
{
	struct rtime_found again;
	char text[RTIME_MAX];
	size_t n = rtime_render(text, found->ns, 9);

	FUZZ_TRUE(n < RTIME_MAX);
	FUZZ_TRUE(rtime_parse((struct span){ text, n }, &again) == 0);
	FUZZ_TRUE(again.ns == found->ns);
}

static void
one_line(struct span line)
{
	struct rtime fresh;
	struct rtime_found a, b;
	bool found;

	FUZZ_TRUE(rtime_init(&fresh, "+02:00") == 0);
	found = rtime_scan(&fresh, line, NOW_NS, &a);
	FUZZ_TRUE(rtime_scan(&remembering, line, NOW_NS, &b) == found);
	if (found) {
		FUZZ_TRUE(a.ns == b.ns && a.digits == b.digits &&
		    a.at == b.at && a.len == b.len);
		FUZZ_TRUE(a.at <= line.len && a.len <= line.len - a.at);
		FUZZ_TRUE(a.digits <= 9);
		round_trip(&a);
	}
	if (rtime_parse(line, &a) == 0)
		round_trip(&a);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return rtime_init(&remembering, "+02:00");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = fuzz_copy(data, size);

	while (all.len > 0) {
		const char *newline = memchr(all.at, '\n', all.len);
		struct span line = all;

		if (newline != NULL)
			line.len = (size_t)(newline - all.at);
		one_line(line);
		all = span_skip(all, line.len + (newline != NULL));
	}
	return 0;
}
