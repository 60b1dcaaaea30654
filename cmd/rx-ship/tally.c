/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/tally.h"

#include <stdio.h>
#include <string.h>

#include "lib/num.h"
#include "lib/stats.h"

static const struct {
	int64_t ms;
	const char *le; /* the same in seconds */
} buckets[TALLY_BUCKETS] = {
	{ 1, "0.001" },
	{ 5, "0.005" },
	{ 10, "0.01" },
	{ 50, "0.05" },
	{ 100, "0.1" },
	{ 500, "0.5" },
	{ 1000, "1" },
	{ 5000, "5" },
	{ 30000, "30" },
	{ 60000, "60" },
};

void
tally_add(struct tally *t, const char *why)
{
	size_t len = strcspn(why, ": "), i;

	for (i = 0; i < t->n; i++)
		if (strncmp(t->reasons[i].word, why, len) == 0 &&
		    t->reasons[i].word[len] == '\0')
			break;
	if (i >= TALLY_REASONS - 1) {
		i = TALLY_REASONS - 1;
		why = "other";
		len = strlen(why);
	}
	if (i == t->n) {
		snprintf(t->reasons[i].word, sizeof(t->reasons[i].word), "%.*s",
		    (int)len, why);
		t->n++;
	}
	t->reasons[i].count++;
}

void
tally_time(struct tally_times *t, int64_t ms)
{
	size_t i = 0;

	while (i < TALLY_BUCKETS && ms > buckets[i].ms)
		i++;
	t->buckets[i]++;
	t->n++;
	t->sum_ms += ms;
}

void
tally_render(
    const struct tally *t, struct buf *b, const char *name, const char *help)
{
	stats_family(b, name, STATS_COUNTER, help);
	for (size_t i = 0; i < t->n; i++) {
		const struct stats_label reason = { "reason",
			t->reasons[i].word };

		stats_value(b, name, &reason, 1, t->reasons[i].count);
	}
}

void
tally_render_times(const struct tally_times *t, struct buf *b, const char *name,
    const char *help)
{
	struct stats_label le = { "le", "+Inf" };
	uintmax_t sum = 0;
	char text[96];

	stats_family(b, name, STATS_HISTOGRAM, help);
	snprintf(text, sizeof(text), "%s_bucket", name);
	for (size_t i = 0; i < TALLY_BUCKETS; i++) {
		le.value = buckets[i].le;
		stats_value(b, text, &le, 1, sum += t->buckets[i]);
	}
	le.value = "+Inf";
	stats_value(b, text, &le, 1, t->n);
	snprintf(text, sizeof(text), "%s_sum", name);
	stats_ns(b, text, NULL, 0, t->sum_ms * (int64_t)NUM_MS);
	snprintf(text, sizeof(text), "%s_count", name);
	stats_value(b, text, NULL, 0, t->n);
}
