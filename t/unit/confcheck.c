/* SPDX-License-Identifier: MIT */
/*
 * confcheck FILE: fills a table of every kind from FILE and prints it, or the
 * reason why not.
 */
#include <inttypes.h>
#include <stdio.h>

#include "lib/conf.h"

struct all {
	const char *text;
	bool yes;
	double number;
	uint64_t count;
	int64_t duration_ns;
	int choice;
	struct conf_at list;
};

#define AT(member) offsetof(struct all, member)
static const char *const choices[] = { "red", "green", NULL };
static const struct conf_member members[] = {
	CONF_NEED("text", CONF_TEXT, AT(text)),
	CONF_ROW("yes", CONF_BOOL, AT(yes)),
	CONF_RANGE("number", CONF_NUMBER, AT(number), -1, 1.5),
	CONF_RANGE("count", CONF_COUNT, AT(count), 2, 5),
	CONF_RANGE("duration", CONF_DURATION, AT(duration_ns), 1, 60),
	CONF_ONE_OF("choice", AT(choice), choices),
	CONF_ROW("list", CONF_ANY, AT(list)),
	CONF_END,
};

int
main(int argc, char *argv[])
{
	struct all all = { .number = 0.5, .count = 3, .duration_ns = 7 };
	struct conf conf;
	struct conf_at item;
	size_t i;

	if (argc != 2)
		return 2;
	if (conf_read(&conf, argv[1]) < 0 ||
	    conf_fill(&conf.top, members, &all) < 0) {
		puts(conf.why);
		conf_release(&conf);
		return 1;
	}
	printf("%s %d %g %" PRIu64 " %" PRId64 " %d\n", all.text, all.yes,
	    all.number, all.count, all.duration_ns, all.choice);
	for (i = 0; all.list.json != NULL && i < conf_count(&all.list); i++) {
		item = conf_item(&all.list, i);
		if (conf_text(&item) == NULL) {
			conf_error(&item, "no text");
			puts(conf.why);
		}
	}
	conf_release(&conf);
	return 0;
}
