/* SPDX-License-Identifier: MIT */
/*
 * ship-loki -- what a Loki answers to a push, a NUL, and the records pushed, one
 * a line.  The push is JSON; what the answer settles is settled once, and what
 * it does not settle is there to be sent again.
 */
#include "cmd/rx-ship/loki.h"
#include "t/fuzz/fuzz.h"

#define MESSAGES 16
#define BYTES 65536

static struct loki *loki;
static struct loki_times times;
static struct tally clamped;
static struct record record;
static struct buf body;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *why;

	(void)argc;
	(void)argv;
	loki = loki_new(&times, MESSAGES, &clamped);
	FUZZ_TRUE(loki != NULL);
	FUZZ_TRUE(loki_label(loki, "app={application}", &why) == 0);
	FUZZ_TRUE(loki_label(loki, "job=rx", &why) == 0);
	FUZZ_TRUE(loki_metadata(loki, "path={log_path}", &why) == 0);
	return 0;
}

static void
fill(struct window *w, struct span lines)
{
	static const struct message empty;
	const char *newline;
	struct span line;

	for (; lines.len > 0 && w->held < MESSAGES && !window_full(w);
	     lines = span_skip(lines, line.len + (newline != NULL))) {
		line = lines;
		newline = memchr(lines.at, '\n', lines.len);
		if (newline != NULL)
			line.len = (size_t)(newline - lines.at);
		if (line.len < BYTES / MESSAGES &&
		    record_parse(&record, line) == 0)
			window_add(
			    w, &empty, line, (struct span){ line.at, 0 });
	}
}

static void
push(struct window *w, struct span answer)
{
	struct web_call call = { .end = WEB_ANSWERED, .status = 400 };
	struct message *messages[MESSAGES];
	struct request request = { .messages = messages };
	uintmax_t held, settled;

	while (request.n < MESSAGES &&
	    (messages[request.n] = window_next(w, 0)) != NULL)
		if (!loki_rejects(loki, w, messages[request.n], 0))
			window_sent(w, messages[request.n++], 0);
	buf_reset(&body);
	loki_render(loki, messages, request.n, &body);
	FUZZ_TRUE(record_parse(&record, buf_span(&body)) == 0);
	(void)loki_is_stale(loki);
	buf_init(&call.answer);
	buf_add(&call.answer, answer);
	(void)loki_too_large(&call);
	held = w->held;
	settled = w->accepted + w->rejected + w->dropped;
	if (!loki_answer(loki, &call, &request, w, 0))
		window_take_back(w);
	FUZZ_TRUE(w->in_flight == 0);
	FUZZ_TRUE(
	    held - w->held == w->accepted + w->rejected + w->dropped - settled);
	buf_release(&call.answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span lines = fuzz_copy(data, size), answer = fuzz_first(&lines);
	struct backoff backoff;
	struct outcome outcome;
	struct window w;

	times = (struct loki_times){ .old = size % 3,
		.future = size / 3 % 3,
		.max_future_ns = INT64_C(600000000000) };
	backoff_init(&backoff, 1, 1, 1);
	outcome_init(&outcome, -1);
	FUZZ_TRUE(window_init(&w, MESSAGES, BYTES, &backoff, &outcome) == 0);
	fill(&w, lines);
	/* With what the first answer taught. */
	for (int i = 0; i < 2 && w.held > 0; i++)
		push(&w, answer);
	loki->has_bound = false;
	window_release(&w);
	outcome_release(&outcome);
	return 0;
}
