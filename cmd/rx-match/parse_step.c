#include "parse_step.h"

#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "match.h"
#include "parse.h"

static const struct parser *parsers[PARSE_MOST];
static size_t n_parsers;
static struct enrich enrich;
static struct parsing parsing;

static void
use(struct span name)
{
	const struct parser *p = parser_named(name);

	if (p == NULL)
		die(EX_USAGE, "--parse %.*s: %s", (int)name.len, name.at,
		    parser_names());
	for (size_t i = 0; i < n_parsers; i++)
		if (parsers[i] == p)
			return;
	parsers[n_parsers++] = p;
	steps_use(&parse_step);
}

void
parse_option(const char *names)
{
	size_t len;

	for (;; names += len + 1) {
		len = strcspn(names, ",");
		use((struct span){ names, len });
		if (names[len] == '\0')
			return;
	}
}

bool
parse_used(void)
{
	return n_parsers > 0;
}

static void
start(struct job *j)
{
	(void)j;
	if (!enrich_init(&enrich))
		die(EX_TEMPFAIL, "out of memory");
	if (!parsing_init(&parsing, &enrich))
		die(EX_USAGE, "TZ names no zone");
}

static enum step_says
take(struct job *j, struct item *it)
{
	(void)j;
	enrich_start(&enrich, it);
	parsing.now_ns = it->now_ns;
	for (size_t i = 0; i < n_parsers; i++)
		parsers[i]->parse(&parsing, it->text);
	return STEP_PASS;
}

static void
finish(struct job *j)
{
	(void)j;
	enrich_tell(&enrich);
	enrich_release(&enrich);
	parsing_release(&parsing);
}

const struct step parse_step = {
	.name = "parse",
	.start = start,
	.take = take,
	.finish = finish,
};
