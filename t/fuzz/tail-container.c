/* SPDX-License-Identifier: MIT */
/*
 * tail-container -- a path, a NUL, and lines of Docker or of CRI: a line is not
 * the runtime's, or its text is part of it; members are members.
 */
#include "cmd/rx-tail/container.h"
#include "lib/record.h"
#include "t/fuzz/fuzz.h"

static struct record record;
static struct buf object;

static void
members_are(struct span members)
{
	FUZZ_TRUE(members.len == 0 || members.at[0] == ',');
	buf_reset(&object);
	buf_adds(&object, "{\"a\":1");
	buf_add(&object, members);
	buf_addc(&object, '}');
	FUZZ_TRUE(record_parse(&record, buf_span(&object)) == 0);
}

static void
all_lines(enum format format, const char *path, struct span text)
{
	struct container *c = container_new(format, path);
	struct decoded d = { .stream = STREAM_NONE };

	(void)container_refresh(c, 1);
	while (text.len > 0) {
		const char *newline = memchr(text.at, '\n', text.len);
		struct span line = text;

		if (newline != NULL)
			line.len = (size_t)(newline - text.at);
		text = span_skip(text, line.len + (newline != NULL));
		d = (struct decoded){ .stream = STREAM_NONE };
		if (!container_decode(c, line, &d))
			continue;
		FUZZ_TRUE(d.text.len <= line.len);
		FUZZ_TRUE(d.stream < STREAMS);
		FUZZ_TRUE(format != FORMAT_CRI ||
		    (d.timed && d.stream != STREAM_NONE));
		members_are(container_members(c, d.stream));
	}
	container_free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_copy(data, size), name = fuzz_first(&text);
	char path[512];

	/* Nothing is there, so that no file is read. */
	snprintf(path, sizeof(path), "/proc/self/none/%.*s",
	    (int)(name.len < 400 ? name.len : 400), name.at);
	all_lines(FORMAT_DOCKER, path, text);
	all_lines(FORMAT_CRI, path, text);
	return 0;
}
