/* SPDX-License-Identifier: MIT */
/*
 * conf -- a configuration: it is refused with its line and column, or each value
 * in it has a place, a text and a form that is JSON again.
 */
#include "lib/conf.h"
#include "lib/record.h"
#include "t/fuzz/fuzz.h"

static struct record record;
static struct buf out;

struct both {
	const char *text;
	bool flag;
	double number;
	uint64_t count;
	int64_t duration_ns;
	int choice;
};

static void
placed(struct conf *conf)
{
	const char *colon;
	char *end;

	FUZZ_TRUE(strncmp(conf->why, "f.json:", 7) == 0);
	FUZZ_TRUE(strtoul(conf->why + 7, &end, 10) > 0 && *end == ':');
	colon = end;
	FUZZ_TRUE(strtoul(colon + 1, &end, 10) > 0 && *end == ':');
}

static void
look(const struct conf_at *at, int depth)
{
	static const char *const choices[] = { "a", "b", NULL };
	static const struct conf_member members[] = {
		CONF_ROW("text", CONF_TEXT, offsetof(struct both, text)),
		CONF_ROW("flag", CONF_BOOL, offsetof(struct both, flag)),
		CONF_ROW("number", CONF_NUMBER, offsetof(struct both, number)),
		CONF_RANGE(
		    "count", CONF_COUNT, offsetof(struct both, count), 1, 99),
		CONF_ROW("duration", CONF_DURATION,
		    offsetof(struct both, duration_ns)),
		CONF_ONE_OF("choice", offsetof(struct both, choice), choices),
		CONF_END,
	};
	struct both both = { .count = 1 };
	struct conf_at item;
	double number;

	FUZZ_TRUE(conf_error(at, "reason") == -1);
	placed(at->conf);
	FUZZ_TRUE(conf_json(at).len > 0);
	if (conf_fill(at, members, &both) == 0)
		FUZZ_TRUE(both.count >= 1 && both.count <= 99);
	else
		placed(at->conf);
	(void)conf_text(at);
	(void)conf_number(at, &number);
	for (size_t i = 0; depth < 20 && i < conf_count(at) && i < 50; i++) {
		item = conf_item(at, i);
		look(&item, depth + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_copy(data, size);
	struct conf conf;

	if (conf_parse(&conf, "f.json", text) < 0) {
		placed(&conf);
	} else {
		look(&conf.top, 0);
		buf_reset(&out);
		conf_render(&conf.top, &out);
		FUZZ_TRUE(record_check(&record, buf_span(&out)) == 0);
	}
	conf_release(&conf);
	return 0;
}
