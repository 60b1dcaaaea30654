/* SPDX-License-Identifier: MIT */
#include "parse.h"

#include <string.h>

static const struct parser parsers[] = {
	{ "access", parse_access },
	{ "json", parse_json },
	{ "kv", parse_pairs },
	{ "logfmt", parse_logfmt },
	{ "syslog", parse_syslog },
};
#define N_PARSERS (sizeof(parsers) / sizeof(*parsers))
_Static_assert(N_PARSERS <= PARSE_MOST, "more parsers");

const struct parser *
parser_named(struct span name)
{
	for (size_t i = 0; i < N_PARSERS; i++)
		if (span_is(name, parsers[i].name))
			return &parsers[i];
	return NULL;
}

const char *
parser_names(void)
{
	return "access, json, kv, logfmt or syslog";
}

bool
parsing_init(struct parsing *p, struct enrich *to)
{
	*p = (struct parsing){ .to = to };
	record_init(&p->record);
	buf_init(&p->scratch);
	buf_init(&p->value);
	return rtime_init(&p->rtime, NULL) == 0;
}

void
parsing_release(struct parsing *p)
{
	record_release(&p->record);
	buf_release(&p->scratch);
	buf_release(&p->value);
}

void
parsing_add_time(struct parsing *p, const struct rtime_found *found)
{
	char text[RTIME_MAX];
	size_t n = rtime_render(text, found->ns, found->digits);

	enrich_text(p->to, SPAN("time"), (struct span){ text, n });
}

void
parsing_add(struct parsing *p, const char *name, struct span text)
{
	if (text.len > 0 && !span_is(text, "-"))
		enrich_text(p->to, span_of(name), text);
}
