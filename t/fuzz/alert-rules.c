/* SPDX-License-Identifier: MIT */
/*
 * alert-rules -- a file of rules, a NUL, and records, one a line: the file is
 * refused with a reason or used, and what comes of it are records.
 */
#include "cmd/rx-alert/engine.h"
#include "lib/diag.h"
#include "t/fuzz/memfile.h"

static struct record record;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	diag_init("fuzz");
	diag_quieter();
	return 0;
}

static void
is_record(struct span line)
{
	FUZZ_TRUE(line.len > 0 && line.at[line.len - 1] == '\n');
	line.len--;
	FUZZ_TRUE(record_parse(&record, line) == 0);
}

static void
on_event(void *arg, enum event event, struct span line, struct watch *watch)
{
	(void)arg;
	FUZZ_TRUE(event != EVENT_NONE);
	is_record(line);
	watch->told = true;
}

static void
on_anomaly(void *arg, struct span line)
{
	(void)arg;
	is_record(line);
}

static void
run(const struct rules *rules, struct span lines)
{
	const struct engine_asked asked = {
		.max_watches = 100, .max_keys = 100, .replaying = true
	};
	struct engine engine;

	engine_init(&engine, rules, &asked);
	engine.on_event = on_event;
	engine.windows.on_anomaly = on_anomaly;
	while (lines.len > 0) {
		const char *newline = memchr(lines.at, '\n', lines.len);
		struct span line = lines;

		if (newline != NULL)
			line.len = (size_t)(newline - lines.at);
		lines = span_skip(lines, line.len + (newline != NULL));
		engine_take(&engine, line, false);
	}
	engine_release(&engine);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span lines = fuzz_copy(data, size), text = fuzz_first(&lines);
	struct rules_asked asked = { .file = memfile(text) };
	struct rules rules;

	if (rules_load(&rules, &asked) < 0)
		FUZZ_TRUE(rules.conf.why[0] != '\0');
	else
		run(&rules, lines);
	rules_release(&rules);
	return 0;
}
