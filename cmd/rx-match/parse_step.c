/* SPDX-License-Identifier: MIT */
#include "parse_step.h"

#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "match.h"
#include "parse.h"

struct parsers {
	const struct parser *all[PARSE_MOST];
	size_t n;
};
static struct parsers now, before; /* what options say; until adopted */
static struct enrich enrich;
static struct parsing parsing;

static bool
use(struct span name)
{
	const struct parser *p = parser_named(name);
	size_t i = 0;

	if (p == NULL)
		return false;
	while (i < now.n && now.all[i] != p)
		i++;
	if (i == now.n)
		now.all[now.n++] = p;
	return true;
}

const char *
parse_option(const char *names)
{
	size_t len;

	steps_use(&parse_step);
	for (;; names += len + 1) {
		len = strcspn(names, ",");
		if (!use((struct span){ names, len }))
			return parser_names();
		if (names[len] == '\0')
			return NULL;
	}
}

static void
forget(void)
{
	before = now;
	now.n = 0;
}

static void
adopt(struct job *j, bool good)
{
	(void)j;
	if (!good)
		now = before;
}

bool
parse_used(void)
{
	return now.n > 0;
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
	for (size_t i = 0; i < now.n; i++)
		now.all[i]->parse(&parsing, it->text);
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
	.forget = forget,
	.adopt = adopt,
	.start = start,
	.take = take,
	.finish = finish,
};
