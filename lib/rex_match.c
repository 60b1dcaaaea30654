/* SPDX-License-Identifier: MIT */
/*
 * rex_match -- one text against a set, within its budget.
 *
 * PCRE2's match limit counts, per place where a match may start, what is
 * tried again; it does not count what is merely walked over, so a text of n
 * bytes may cost n times n.  Hence two ways.  A short text gets one call with
 * a low limit: the product of length and limit is bounded.  When that limit
 * is hit, or the text is long, the starts are tried in windows with a clock
 * between them.  A window shrinks when it hits its limit, so the limit per
 * start is the full one before the text is given up.
 */
#include <string.h>
#include <time.h>

#include "lib/rex_set.h"
#include "lib/stop.h"

#define BUDGET_NS (20 * INT64_C(1000000)) /* of processor time, for a text */
#define SHORT_TEXT 1024
#define SHORT_LIMIT 10000 /* tries a start, short text */
#define WINDOW_TRIES 500000 /* tries a window may cost */
#define WINDOW_STEPS (16 * 1024 * 1024) /* starts times length of a window */
#define QUICK_NS (100 * INT64_C(1000)) /* such a window may grow */

/* One call: the starts from `from` on, as many as `starts`. */
static int
try(struct rex *r, const struct pattern *p, struct span text, size_t from,
    size_t starts, uint32_t limit)
{
	PCRE2_SPTR at = (PCRE2_SPTR)(text.at == NULL ? "" : text.at);
	size_t last = starts > text.len - from ? text.len : from + starts - 1;
	int got;

	pcre2_set_offset_limit(r->match, last);
	pcre2_set_match_limit(r->match, limit);
	got = pcre2_match(p->code, at, text.len, from, 0, r->data, r->match);
	if (got == PCRE2_ERROR_JIT_STACKLIMIT)
		got = pcre2_match(p->code, at, text.len, from, PCRE2_NO_JIT,
		    r->data, r->match);
	return got;
}

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/*
 * Processor time, asked for (a system call) only when the wall clock, which
 * runs on while we do not, says that it matters.
 */
static bool
spent(struct rex_budget *b, int64_t now_ns)
{
	if (b->wall_ns == 0) {
		b->cpu_from_ns = cpu_ns();
		b->wall_ns = now_ns;
	}
	if (now_ns - b->wall_ns < BUDGET_NS)
		return false;
	b->wall_ns = now_ns;
	return cpu_ns() - b->cpu_from_ns >= BUDGET_NS;
}

static size_t
next_start(struct span text, size_t at)
{
	while (at < text.len && (text.at[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static int
try_windows(struct rex *r, const struct pattern *p, struct span text,
    size_t from, struct rex_budget *budget)
{
	size_t most = WINDOW_STEPS / (text.len + 1) + 1, starts = 1;
	int64_t before = stop_now_ns(), now;

	for (;;) {
		uint32_t limit = WINDOW_TRIES / (uint32_t)starts;
		int got = try(r, p, text, from, starts, limit);

		if (got != PCRE2_ERROR_NOMATCH &&
		    !(got == PCRE2_ERROR_MATCHLIMIT && starts > 1))
			return got;
		if (got == PCRE2_ERROR_NOMATCH && starts > text.len - from)
			return got;
		now = stop_now_ns();
		if (spent(budget, now))
			return PCRE2_ERROR_MATCHLIMIT;
		if (got == PCRE2_ERROR_MATCHLIMIT) {
			starts = starts / 8 + 1;
		} else {
			from = next_start(text, from + starts);
			if (now - before < QUICK_NS)
				starts = starts * 2 < most ? starts * 2 : most;
			else
				starts = starts / 2 + 1;
		}
		before = now;
	}
}

size_t
rex_words(const struct rex *r)
{
	return (r->n + 63) / 64;
}

void
rex_may(struct rex *r, struct span text, bool json, uint64_t *bits)
{
	size_t words = rex_words(r);

	if (r->indexed) {
		memcpy(bits, r->anyway, words * sizeof(*bits));
		if (index_owners(&r->index, text, json, bits))
			return;
	}
	for (size_t i = 0; i < words; i++)
		bits[i] = ~UINT64_C(0);
	if (r->n % 64 != 0)
		bits[words - 1] >>= 64 - r->n % 64;
}

enum rex_answer
rex_one(struct rex *r, size_t pattern, struct span text, struct rex_budget *b,
    struct rex_hit *hit)
{
	return rex_one_from(r, pattern, text, 0, b, hit);
}

enum rex_answer
rex_one_from(struct rex *r, size_t pattern, struct span text, size_t from,
    struct rex_budget *b, struct rex_hit *hit)
{
	const struct pattern *p = &r->patterns[pattern];
	int got = PCRE2_ERROR_MATCHLIMIT;

	if (text.len <= SHORT_TEXT)
		got = try(r, p, text, from, text.len + 1, SHORT_LIMIT);
	if (got == PCRE2_ERROR_MATCHLIMIT)
		got = try_windows(r, p, text, from, b);
	if (got == PCRE2_ERROR_NOMATCH)
		return REX_NO;
	if (got < 0)
		return REX_LIMIT;
	if (hit != NULL) {
		PCRE2_SIZE *o = pcre2_get_ovector_pointer(r->data);

		*hit = (struct rex_hit){ pattern, o[0], o[1] };
	}
	return REX_YES;
}

static enum rex_answer
match_some(struct rex *r, struct span text, struct rex_hit *hit)
{
	struct rex_budget budget = { 0, 0 };
	enum rex_answer answer;

	rex_may(r, text, false, r->may);
	for (size_t word = 0; word < rex_words(r); word++)
		for (uint64_t b = r->may[word]; b != 0; b &= b - 1) {
			size_t i = word * 64 + (size_t)__builtin_ctzll(b);

			answer = rex_one(r, i, text, &budget, hit);
			if (answer != REX_NO)
				return answer;
		}
	return REX_NO;
}

enum rex_answer
rex_match(struct rex *r, struct span text, struct rex_hit *hit)
{
	struct rex_budget budget = { 0, 0 };
	enum rex_answer answer = REX_NO;

	if (r->indexed)
		return match_some(r, text, hit);
	/* Cheap beside windows, and long texts seldom hold one. */
	if (text.len > SHORT_TEXT && !r->no_literals &&
	    scan_find(&r->scan, text, 0, false, NULL) == NULL)
		return REX_NO;
	for (size_t i = 0; i < r->n && answer == REX_NO; i++)
		answer = rex_one(r, i, text, &budget, hit);
	return answer;
}

enum rex_answer
rex_find(struct rex *r, struct span text, size_t from, struct rex_hit *hit)
{
	struct rex_budget budget = { 0, 0 };
	enum rex_answer best = REX_NO, one;
	struct rex_hit h;

	for (size_t i = 0; i < r->n; i++) {
		one = rex_one_from(r, i, text, from, &budget, &h);
		if (one == REX_LIMIT)
			return one;
		if (one == REX_NO ||
		    (best == REX_YES &&
			(h.start > hit->start ||
			    (h.start == hit->start && h.end <= hit->end))))
			continue;
		*hit = h;
		best = one;
	}
	return best;
}
