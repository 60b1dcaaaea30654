/* SPDX-License-Identifier: MIT */
/*
 * serve-events -- a letter for the form, then the body of POST /log: refused
 * with the place, or as many records as events, each a line that is one.
 */
#include "cmd/rx-serve/events.h"
#include "t/fuzz/fuzz.h"

static struct events events;
static struct record record;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	events_init(&events);
	record_init(&record);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = fuzz_copy(data, size), rest;
	struct events_about about = { .node_id = "n",
		.name = "fuzz",
		.id_member = "id",
		.request_id = SPAN("r") };
	size_t n = 0;
	int status;

	if (size == 0)
		return 0;
	about.lines = *body.at & 1;
	about.ids = *body.at & 2;
	status = events_read(&events, span_skip(body, 1), &about);
	if (status != 0) {
		FUZZ_TRUE(status >= 400 && events.why[0] != '\0');
		return 0;
	}
	for (rest = buf_span(&events.records); rest.len > 0; n++) {
		const char *end = memchr(rest.at, '\n', rest.len);
		struct span line = rest;

		FUZZ_TRUE(end != NULL);
		line.len = (size_t)(end - rest.at);
		FUZZ_TRUE(record_parse(&record, line) == 0);
		FUZZ_TRUE(!record_is_control(line));
		FUZZ_TRUE(about.ids == span_starts(line, SPAN("{\"_rx\":")));
		rest = span_skip(rest, line.len + 1);
	}
	FUZZ_TRUE(n == events.n && n > 0);
	return 0;
}
