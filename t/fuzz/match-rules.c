/* SPDX-License-Identifier: MIT */
/*
 * match-rules -- a file of rules, a NUL, and the records it is asked about, one
 * a line.  A file is refused with a reason or used; a record that a rule keeps
 * or drops is one that the prefilter looks at; what is written is a record.
 */
#include "cmd/rx-match/match.h"
#include "cmd/rx-match/rules_ask.h"
#include "lib/diag.h"
#include "t/fuzz/memfile.h"

static struct job job;
static struct buf out;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char why[REX_WHY];

	(void)argc;
	(void)argv;
	diag_init("fuzz");
	setenv("RX_NO_LIBHS", "1", 1); /* to compile for it takes its time */
	item_path_init(&job.member, "log_line");
	item_init(&job.item);
	return severity_init(why);
}

static void
one_record(struct ask *ask, struct span line)
{
	struct item *it = &job.item;
	struct rex_line l;
	struct outcome o;
	size_t from = 0;
	struct record again;

	if (!item_read(&job, it, line))
		return;
	job.records = true;
	it->limited = false;
	judge_severity(&job, it);
	o = ask_rules(ask, it);
	if (o.fate != FATE_OPEN && !it->limited && !ask->rules->every)
		FUZZ_TRUE(
		    rex_candidate(ask->rules->rex, line, &from, true, &l));
	buf_reset(&out);
	item_render(it, &out);
	if (out.len > RECORD_MAX)
		return;
	record_init(&again);
	FUZZ_TRUE(record_parse(&again, buf_span(&out)) == 0);
	record_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = fuzz_copy(data, size), text = fuzz_first(&all);
	char why[CONF_WHY] = "";
	struct rules *rules = rules_load(memfile(text), false, why);
	struct ask ask = { .rules = NULL };

	if (rules == NULL) {
		FUZZ_TRUE(*why != '\0' && strlen(why) < CONF_WHY);
		return 0;
	}
	FUZZ_TRUE(ask_init(&ask, rules));
	while (all.len > 0) {
		const char *newline = memchr(all.at, '\n', all.len);
		struct span line = all;

		if (newline != NULL)
			line.len = (size_t)(newline - all.at);
		one_record(&ask, line);
		all = span_skip(all, line.len + (newline != NULL));
	}
	ask_release(&ask);
	rules_free(rules);
	return 0;
}
